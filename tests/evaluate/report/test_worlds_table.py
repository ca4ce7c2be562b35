"""The table of all worlds, and where memory does not help."""

from pathlib import Path

from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.traces.study import TraceLine
from memp.evaluate.experiments.worlds import COMPARED, World
from memp.evaluate.report.worlds_table import (
    HEADER,
    Traced,
    differences_table,
    negative_table,
    section,
    worlds_table,
)


def episodes(won: dict[str, int], **fields: object) -> list[Episode]:
    """Ten tasks and two seeds of each arm, of which the first so many are won; every tenth task is handed over."""
    return [
        Episode.model_validate(
            {
                "arm": arm, "seed": seed, "task": f"t{task}", "kind": "handed over" if task == 9 else "k",
                "won": task < won[arm] or task == 9, "steps": 4, "invalid": 0, "lookups": 1, "tokens": 50, **fields,
            }
        )
        for arm in COMPARED for task in range(10) for seed in range(2)
    ]  # fmt: skip


WON = dict.fromkeys(COMPARED, 0) | {"random": 1, "trajectory": 8, "script": 6, "proceduralization": 9}


def rows_of(worlds: list[World], traces: Traced | None = None) -> dict[tuple[str, str], dict[str, str]]:
    return {
        (row[0], row[1]): dict(zip(HEADER, row, strict=True)) for row in worlds_table(worlds, traces).rows
    }  # fmt: skip


def test_each_measure_of_a_world_is_a_row_with_all_arms_beside_each_other():
    rows = rows_of([World("one", episodes(WON, shares={"reward": (1, 4)})), World("two", episodes(WON))])
    assert {measure for world, measure in rows if world == "one"} == {
        "success %", "reward %", "steps", "memory tokens",
    }  # fmt: skip
    success = rows["one", "success %"]
    assert success["no memory"] == "10.0 ±0.0" and success["both"] == "100.0 ±0.0"
    assert success["tasks"] == "10" and success["seeds"] == "2"
    assert rows["one", "reward %"]["script"] == "25.0 ±0.0" and rows["one", "steps"]["random"] == "4.0 ±0.0"
    assert ("two", "reward %") not in rows


def test_tasks_that_one_action_wins_are_left_out_of_a_row_of_their_own_and_of_differences():
    world = World("desk", episodes(WON), handed="handed over")
    rows = rows_of([world])
    apart = rows["desk", "success %, without tasks that are handed over"]
    assert apart["no memory"] == "0.0 ±0.0" and apart["tasks"] == "9"
    assert rows["desk", "success %"]["no memory"] == "10.0 ±0.0"
    (row,) = differences_table([world]).rows
    assert row[0] == "desk" and row[5].startswith("+100.0")


def test_a_world_is_compared_by_its_own_measure_where_it_says_so(tmp_path: Path):
    world = World("runs", episodes(dict.fromkeys(COMPARED, 0), shares={"given": (1, 4)}), graded="given")
    (row,) = differences_table([world]).rows
    assert row[0] == "runs (given)" and set(row[1:]) == {"+0.0 [+0.0, +0.0] p=1.0000"}
    half = [e.model_copy(update={"shares": {"given": (3 if e.arm == "script" else 1, 4)}}) for e in world.episodes]
    assert differences_table([world._replace(episodes=half)]).rows[0][4].startswith("+50.0")


def test_a_world_that_was_not_measured_says_what_it_needs():
    rows = rows_of([World("moon", missing="pip install moon")], Traced(missing="name that folder with --data"))
    assert list(rows) == [
        ("moon", "not measured: pip install moon"), ("traces", "not measured: name that folder with --data"),
    ]  # fmt: skip


def test_the_labelled_runs_have_a_row_for_each_goal():
    line = TraceLine(set="set_a", family="x", counts={"named": (9, 10), "lost": (0, 5)})
    rows = rows_of([], Traced([line]))
    named = next(row for (_, measure), row in rows.items() if "goal >= 85" in measure)
    assert named["script"] == "90.0 [90.0, 90.0]" and named["verbatim run"] == "0" and named["tasks"] == "1 families"


def test_where_memory_does_not_help_is_listed():
    worse = {**dict.fromkeys(COMPARED, 5), "irrelevant": 0, "script": 1, "trajectory": 9, "proceduralization": 7}
    rows = {
        row[:2]: row[3] for row in negative_table([World("good", episodes(WON)), World("bad", episodes(worse))]).rows
    }
    assert rows == {
        ("good", "script vs verbatim run"): "behind, not clearly",
        ("bad", "irrelevant vs no memory"): "worse than no memory",
        ("bad", "script vs no memory"): "worse than no memory",
        ("bad", "both vs no memory"): "not clearly better",
        ("bad", "script vs verbatim run"): "clearly worse",
        ("bad", "both vs verbatim run"): "behind, not clearly",
    }


def test_success_is_drawn_one_world_a_row(tmp_path: Path):
    worlds = [World("one", episodes(WON)), World("moon", missing="x"), World("two", episodes(WON))]
    draw = section(worlds, None).draw
    assert draw is not None
    (path,) = draw(tmp_path / "worlds.svg")
    assert path.with_suffix(".png").is_file()
    nothing = section([World("moon", missing="x")], None).draw
    assert nothing is not None and nothing(tmp_path / "none.svg") == []
