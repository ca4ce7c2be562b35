"""The tables of the labelled runs."""

from pathlib import Path

from experiments import episode

from memp.evaluate.experiments.traces.measures import MEASURES
from memp.evaluate.experiments.traces.replay import SHARE
from memp.evaluate.experiments.traces.study import TraceLine
from memp.evaluate.report.traces_table import families_table, measures_table, remarks_table, replay_table, section

LINES = [
    TraceLine(set="set_a", family="x", counts={"lost": (1, 10), "named": (9, 10)}, remarks=("lost: a | b",)),
    TraceLine(set="set_b", family="y", counts={"lost": (0, 10), "joined": (12, 12)}),
]


def test_each_measure_is_a_row_with_its_interval_its_counts_and_whether_the_goal_is_reached():
    table = measures_table(LINES)
    rows = {row[0]: dict(zip(table.header, row, strict=True)) for row in table.rows}
    assert len(rows) == len(MEASURES)
    lost = rows[MEASURES["lost"].title]
    assert lost["set_a (1 families) %"] == "10.0 [10.0, 10.0]" and lost["all (2) %"] == "5.0 [0.0, 10.0]"
    assert lost["counts"] == "1 of 20" and lost["goal %"] == "0" and lost["reached"] == "no"
    assert lost["verbatim run %"] == "0"
    named = rows[MEASURES["named"].title]
    assert named["set_b (1 families) %"] == "" and named["goal %"] == ">= 85" and named["reached"] == "yes"
    assert rows[MEASURES["false"].title]["reached"] == "", "nothing was counted"


def test_what_an_answer_gives_of_a_run_that_was_left_out_is_compared_by_family():
    given = {"none": 0, "trajectory": 2, "script": 3}
    episodes = [
        episode(arm, seed, f"f{family}", won=False).model_copy(update={"shares": {SHARE: (many, 4)}})
        for arm, many in given.items() for family in range(3) for seed in range(2)
    ]  # fmt: skip
    table = replay_table(episodes)
    rows = {row[0]: dict(zip(table.header, row, strict=True)) for row in table.rows}
    assert list(rows) == list(given) and table.title.endswith("3 families")
    assert rows["script"]["effects given %"] == "75.0 ±0.0"
    assert rows["script"]["vs verbatim run (points of effects)"].startswith("+25.0")
    assert rows["trajectory"]["vs verbatim run (points of effects)"] == ""


def test_families_and_remarks_are_listed():
    assert families_table(LINES).rows[0][:2] == ("set_a/x", "1/10")
    assert remarks_table(LINES).rows == (("x", "lost: a | b"),)


def test_the_measures_are_drawn(tmp_path: Path):
    draw = section(LINES).draw
    assert draw is not None and draw(tmp_path / "traces.svg")[0].read_text().count("<svg") == 1
