"""Memories that learn while they are used, group by group."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tiny_kitchen import Kitchen, way

from memp.domain.trajectory import Step
from memp.embed import Embedder
from memp.embed.hashing import HashingEmbedder
from memp.errors import InputError
from memp.evaluate.agents.agent import Recaller
from memp.evaluate.agents.skilled import Skilled
from memp.evaluate.environments.scienceworld import SCIENCEWORLD
from memp.evaluate.experiments.arms import NONE
from memp.evaluate.experiments.online import ARMS, Cell, MakeMemory, Online, OnlineEpisode, OnlineMemory, prepare
from memp.evaluate.report.online_tables import HEADER, cells, group_rows, online_rows
from memp.reply import RecallReply

PLACES = ("shelf 1", "shelf 2", "shelf 3", "countertop 1")


def online(arms: Mapping[str, MakeMemory | None] = ARMS, **changed: object) -> Online:
    kitchen = Kitchen(PLACES)
    tasks = kitchen.tasks("test")

    def agent(seed: int, recall: Recaller | None) -> Skilled:
        return Skilled(seed, recall, way, detours=3.0, forgets=0.2)

    fields: dict[str, object] = {"seeds": range(2), "wrong": (0.0, 0.3), "group": 2, "limit": 12, **changed}
    return Online(kitchen, tasks, tasks[:2], embedder=HashingEmbedder(), make_agent=agent, arms=arms, **fields)  # type: ignore[arg-type]


class Told:
    """A memory that gives nothing and notes what it is told, and when."""

    size = 0

    def __init__(self) -> None:
        self.log: list[str] = []
        self.successes: dict[str, bool] = {}

    def recall(self, task: str, error: str | None) -> RecallReply:
        self.log.append("recall")
        return RecallReply(matches=[], next="")

    def finish(self, task: str, steps: Sequence[Step], success: bool, used: Sequence[str]) -> None:
        self.log.append("finish")

    def close(self) -> None:
        self.log.append("close")


def test_within_a_group_memory_does_not_change_and_the_final_tasks_change_nothing(tmp_path: Path):
    memory = Told()

    def opened(embedder: Embedder, folder: Path) -> OnlineMemory:
        return memory

    online({"told": opened}, seeds=[0], wrong=[0.0]).run(tmp_path / "out.jsonl")
    group = ["recall"] * 2 + ["finish"] * 2
    assert memory.log == [*group, *group, "recall", "recall", "close"]


def test_all_arms_meet_the_same_order_labels_and_first_group(tmp_path: Path):
    episodes = online().run(tmp_path / "out.jsonl")
    by_cell: dict[Cell, list[OnlineEpisode]] = {}
    for episode in episodes:
        by_cell.setdefault(Cell(episode.arm, episode.wrong, episode.seed), []).append(episode)
    for cell, of in by_cell.items():
        none = by_cell[Cell(NONE, 0.0, cell.seed)]
        assert [e.task for e in of] == [e.task for e in none]
        assert [e.won for e in of if e.group == 1] == [e.won for e in none if e.group == 1]
        assert all((e.won == e.reported) for e in of) or cell.wrong
    assert any(e.won != e.reported for e in episodes if e.wrong)
    assert len({tuple(e.task for e in by_cell[Cell(NONE, 0.0, seed)] if e.group) for seed in range(2)}) == 2


def test_a_memory_that_learned_is_larger_and_wins_oftener_than_none(tmp_path: Path):
    found = online(wrong=[0.0], seeds=range(12)).run(tmp_path / "out.jsonl")
    won = {arm: sum(e.won for e in found if e.arm == arm and not e.group) for arm in ARMS}
    sizes = {arm: max(e.size for e in found if e.arm == arm) for arm in ARMS}
    assert won["ours"] > won[NONE] and won["validation"] > won[NONE]
    assert sizes[NONE] == 0 < sizes["ours"] < sizes["vanilla"] == 4


def test_a_run_that_was_interrupted_goes_on_to_the_same_file(tmp_path: Path):
    arms = {name: ARMS[name] for name in (NONE, "deletion", "ours")}
    whole = online(arms).run(tmp_path / "whole.jsonl")
    written = (tmp_path / "whole.jsonl").read_bytes()
    cut = tmp_path / "cut.jsonl"
    for end in (40, len(written) // 2, len(written) - 10, len(written)):
        cut.write_bytes(written[:end])
        assert online(arms).run(cut) == whole
        assert cut.read_bytes() == written


def test_results_of_another_setting_and_files_of_something_else_are_refused(tmp_path: Path):
    out, none = tmp_path / "out.jsonl", {NONE: None}
    online(none).run(out)
    with pytest.raises(InputError, match="another setting"):
        online(none, group=3).run(out)
    with out.open("a") as file:
        file.write("no result\n")
    with pytest.raises(InputError, match="is no result"):
        online(none).run(out)


def test_the_tables_tell_success_by_group_and_how_far_ours_is_ahead(tmp_path: Path):
    episodes = online().run(tmp_path / "out.jsonl")
    rows = {(row.wrong, row.arm): row for row in online_rows(episodes)}
    assert set(rows) == {(w, a) for w in (0.0, 0.3) for a in ARMS if a != NONE or not w}
    ours, none = rows[0.0, "ours"], rows[0.0, NONE]
    assert ours.behind is None and none.final_behind is not None and ours.final is not None and none.final is not None
    assert none.final_behind.difference.mean == pytest.approx(ours.final.mean - none.final.mean)
    assert all(len(cells(row)) == len(HEADER) for row in rows.values())
    groups = [row for row in group_rows(episodes) if (row.wrong, row.arm) == (0.0, "vanilla")]
    assert [(row.group, row.size.mean) for row in groups] == [(1, 0.0), (2, 2.0)]


def test_a_world_without_a_skilled_agent_is_an_error_that_says_so():
    with pytest.raises(InputError, match="skill of its own in ScienceWorld"):
        prepare(SCIENCEWORLD, Path(), ["none"], range(1))
