"""The table of a scorer's answers."""

from pathlib import Path

import pytest
from experiments import asked_decisions

from memp.evaluate.experiments.decisions import (
    ARMS,
)
from memp.evaluate.report.scorer_table import cells, rows, step_cells
from memp.memory import ProceduralMemory


def test_the_table_compares_each_arm_over_games(taught_two_types: ProceduralMemory, tmp_path: Path):
    found = {row.arm: row for row in rows(asked_decisions(taught_two_types).run(tmp_path / "out.jsonl"))}
    assert list(found) == list(ARMS) and found["none"].against_none is None
    both, none = found["both"], found["none"]
    assert both.against_none is not None and both.against_wrong is not None
    assert both.against_none.difference.mean == pytest.approx(both.right - none.right)
    assert cells(both)[1] == "12 in 3 games" and both.by_verb["take"][1] == 3
    assert step_cells(both, ["heat", "take"])[1] == ""
