"""The paper's memory as a baseline, and memories that learn while they are used."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from paths import ALFWORLD
from runs import CLEAN_CUP, CLEAN_MUG, NOT_HELD
from tiny_kitchen import Kitchen, run_with_mug_at

from memp.domain.trajectory import Step
from memp.embed import Embedder
from memp.embed.hashing import HashingEmbedder
from memp.errors import InputError
from memp.evaluate.__main__ import main
from memp.evaluate.agents.agent import Recaller
from memp.evaluate.agents.skilled import Skilled
from memp.evaluate.environments.environment import Task
from memp.evaluate.experiments.arms import NONE
from memp.evaluate.experiments.online import ARMS, Cell, MakeMemory, Online, OnlineEpisode, OnlineMemory
from memp.evaluate.experiments.reference import ReferenceMemory
from memp.evaluate.experiments.run import play
from memp.evaluate.report.online_tables import HEADER, cells, group_rows, online_rows
from memp.reply import RecallReply
from memp.update.policies import Policy

PUT = "put a mug in cabinet."
CLEAN = "put a clean mug in cabinet."


def reference(policy: Policy = "validation", *, deletes: bool = False, floor: float | None = None) -> ReferenceMemory:
    return ReferenceMemory(HashingEmbedder(), policy, deletes=deletes, floor=floor)


def found_at(reply: RecallReply) -> str:
    """What the reply says of where the mug was found."""
    (told,) = [text for text in reply.matches[0].parameters.values() if "so far: " in text]
    return told.partition("so far: ")[2]


# --- The paper's memory


def test_every_run_is_an_item_of_its_own_and_equal_ones_are_not_merged():
    memory = reference()
    for place in ("shelf 1", "shelf 2", "shelf 2"):
        memory.record(PUT, run_with_mug_at(place), True)
    assert memory.size == 3


def test_the_item_of_the_most_similar_task_is_told_in_the_form_of_recall_procedure():
    memory = reference()
    memory.record(PUT, run_with_mug_at("shelf 1"), True)
    memory.record(CLEAN, CLEAN_MUG, True)
    (match,) = memory.recall("put a clean mug in drawer.").matches
    assert match.id == "p2" and "= mug" in match.parameters.values() and "= drawer" in match.parameters.values()
    assert match.steps and match.example is not None and match.example.task == CLEAN
    assert memory.recall(PUT, "it is stuck").matches == memory.recall(PUT).matches


def test_an_item_tells_of_its_own_run_alone_where_the_thing_was():
    memory = reference()
    for place in ("shelf 1", "countertop 1"):
        memory.record(PUT, run_with_mug_at(place), True)
    assert found_at(memory.recall(PUT)) == "countertop 1x"


def test_nothing_is_told_by_an_empty_memory_or_below_a_floor_that_is_given():
    memory = reference(floor=0.9)
    assert memory.recall(PUT).matches == []
    memory.record(PUT, run_with_mug_at("shelf 1"), True)
    assert memory.recall("migrate the orders database").matches == []
    assert len(memory.recall(PUT).matches) == 1


@pytest.mark.parametrize(("policy", "size"), [("vanilla", 2), ("validation", 1), ("adjustment", 1)])
def test_only_vanilla_keeps_a_failed_run(policy: Policy, size: int):
    memory = reference(policy)
    memory.record(CLEAN, NOT_HELD, False)
    memory.record(CLEAN, CLEAN_MUG, True)
    assert memory.size == size


def test_adjustment_revises_in_place_what_a_failed_run_used():
    told: dict[str, RecallReply] = {}
    for policy in ("validation", "adjustment"):
        memory = reference(policy)
        memory.record(PUT, run_with_mug_at("shelf 1"), True)
        failed = [*run_with_mug_at("countertop 1")[:2], "put mug 1 in/on drawer 1 -> Nothing happens."]
        memory.record(PUT, failed, False, used=["p1"])
        told[policy] = memory.recall(PUT)
    before, after = told["validation"].matches[0], told["adjustment"].matches[0]
    assert before.revision == 1 and before.pitfalls == []
    assert after.revision == 2 and after.id == before.id and after.steps == before.steps
    assert "Nothing happens" in after.pitfalls[0]
    assert found_at(told["adjustment"]) == "shelf 1x, countertop 1x"


@pytest.mark.parametrize(
    ("outcomes", "left"), [([False, False], 1), ([True, False, False], 0), ([True, True, False], 1)]
)
def test_the_deletion_rule_drops_what_fails_more_often_than_not_from_three_uses_on(
    outcomes: Sequence[bool], left: int
):  # fmt: skip
    for deletes in (False, True):
        memory = reference("adjustment", deletes=deletes)
        memory.record(CLEAN, CLEAN_MUG, True)
        for outcome in outcomes:
            memory.record(CLEAN, CLEAN_CUP if outcome else NOT_HELD, outcome, used=["p1"])
        kept = memory.size - sum(outcomes)
        assert kept == (left if deletes else 1)


def test_all_that_was_used_is_credited():
    memory = reference()
    memory.record(PUT, run_with_mug_at("shelf 1"), True)
    memory.record(CLEAN, CLEAN_MUG, True)
    memory.record("put a clean cup in cabinet.", CLEAN_CUP, False, used=["p1", "p2"])
    assert [(m.uses, m.successes) for task in (PUT, CLEAN) for m in memory.recall(task).matches] == [(1, 0), (1, 0)]


def test_adjustment_withholds_an_item_from_the_kind_of_task_on_which_it_failed_oftener_than_not():
    cases: tuple[tuple[Policy, int], ...] = (("validation", 1), ("adjustment", 0))
    for policy, told in cases:
        memory = reference(policy)
        memory.record(PUT, run_with_mug_at("shelf 1"), True)
        memory.record(CLEAN, run_with_mug_at("shelf 1"), False, used=["p1"])
        assert len(memory.recall("put a clean mug in shelf.").matches) == told
        assert len(memory.recall(PUT).matches) == 1


# --- An agent with a skill of its own

PLACES = ("shelf 1", "shelf 2", "shelf 3", "countertop 1")


def way(task: Task) -> list[str]:
    return [
        f"go to {task.id}",
        f"take mug 1 from {task.id}",
        "go to cabinet 1",
        "open cabinet 1",
        "move mug 1 to cabinet 1",
    ]


def test_without_detours_and_omissions_it_goes_the_winning_way():
    kitchen = Kitchen(PLACES)
    for task in kitchen.tasks("test"):
        played = play(kitchen, task, Skilled(0, None, way, detours=0.0, forgets=0.0))
        assert played.won and [step.action for step in played.steps] == way(task)


def test_detours_cost_steps_and_an_omission_the_game_unless_exploring_wins_it():
    kitchen = Kitchen(PLACES)
    (task, *_) = kitchen.tasks("test")
    for seed in range(5):
        far = play(kitchen, task, Skilled(seed, None, way, detours=8.0, forgets=0.0), 200)
        assert far.won and far.invalid == 0
        assert not play(kitchen, task, Skilled(seed, None, way, detours=0.0, forgets=1.0), 5).won
    steps = [len(play(kitchen, task, Skilled(seed, None, way, 8.0, 0.0), 200).steps) for seed in range(20)]
    assert sum(steps) / len(steps) > 10


def test_its_luck_is_of_the_seed_and_the_task_whatever_its_memory():
    kitchen = Kitchen(PLACES)
    empty = ReferenceMemory(HashingEmbedder())
    for task in kitchen.tasks("test"):
        assert play(kitchen, task, Skilled(1, None, way)) == play(kitchen, task, Skilled(1, empty.recall, way))
    assert len({play(kitchen, kitchen.tasks("test")[0], Skilled(seed, None, way)).steps for seed in range(9)}) > 1


# --- Online


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
    found = online(wrong=[0.0], seeds=range(4)).run(tmp_path / "out.jsonl")
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


# --- The command


@pytest.mark.skipif(not ALFWORLD.is_dir(), reason="no ALFWorld data: set MEMP_TEST_ALFWORLD")
def test_the_command_plays_alfworld_and_prints_both_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sizes = [
        "--stream",
        "4",
        "--group",
        "2",
        "--tasks",
        "2",
        "--seeds",
        "1",
        "--wrong",
        "0.5",
        "--split",
        "valid_train",
    ]
    asked = ["online", "--data", str(ALFWORLD), "--out", str(tmp_path / "o.jsonl"), "--hashing", "--arms", "none,ours"]
    assert main([*asked, *sizes]) == 0
    told = capsys.readouterr().out
    assert "final success %" in told and told.count("│ ours ") == 2
    assert (tmp_path / "o.jsonl").read_text().count("\n") == 3


@pytest.mark.parametrize("wrong", [["--wrong", "2"], ["--wrong", "x"], ["--seeds", "0"], ["--group", "-1"]])
def test_the_command_refuses_what_it_cannot_run(tmp_path: Path, wrong: list[str]):
    with pytest.raises(SystemExit, match="2"):
        main(["online", "--data", str(tmp_path), "--out", str(tmp_path / "o"), *wrong])


def test_the_command_names_unknown_arms_and_missing_games(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    asked = ["online", "--data", str(tmp_path), "--out", str(tmp_path / "o.jsonl")]
    assert main([*asked, "--arms", "best"]) == 2 and "no arm 'best'" in capsys.readouterr().err
    assert main(asked) == 1 and "alfworld-download" in capsys.readouterr().err
