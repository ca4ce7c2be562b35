"""A further world is one file and one line in the table: a kitchen is played by the commands as ALFWorld is."""

from pathlib import Path

import pytest
from kitchen_world import KITCHEN

from memp.errors import InputError
from memp.evaluate import __main__ as commands
from memp.evaluate.agents.scripted import SCRIPTED
from memp.evaluate.commands.world import main
from memp.evaluate.environments.catalog import ENVIRONMENTS
from memp.evaluate.environments.environment import Benchmark
from memp.evaluate.experiments.arms import ARMS
from memp.evaluate.experiments.memories import Memories


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kitchen's line in the table of commands."""
    row = commands.Experiment(KITCHEN.summary, "world", KITCHEN)
    monkeypatch.setattr(commands, "EXPERIMENTS", {KITCHEN.name: row, **commands.EXPERIMENTS})


def test_the_command_plays_and_reports_a_further_world(
    listed: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    few = ["--learned", "2", "--tasks", "1", "--runs", "3"]
    assert commands.main(["kitchen", "--data", str(tmp_path), "--out", str(tmp_path / "out"), "--smoke", *few]) == 0
    assert "proceduralization" in capsys.readouterr().out
    report = (tmp_path / "out" / "report.md").read_text()
    assert report.startswith("# Procedural memory on the tests' kitchen")
    assert "Another world: there is but one kitchen." in report
    assert {path.stem for path in (tmp_path / "out").glob("*.jsonl")} == {
        "build", "retrieve", "scaling", "transfer", "update",
    }  # fmt: skip
    header = (tmp_path / "out" / "build.jsonl").read_text().partition("\n")[0]
    assert '"world": "kitchen"' in header, "so that results of two worlds are never mixed"


def test_experiments_that_a_world_has_no_games_for_are_not_offered(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    asked = ["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--only", "robustness"]
    assert main(asked, KITCHEN) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "There is no experiment 'robustness': use build, retrieve, scaling, transfer, update." in told


def test_things_are_moved_in_alfworld_only(tmp_path: Path):
    arm = ARMS["none"].model_copy(update={"fault": "moved"})
    memories = Memories(KITCHEN, tmp_path, tmp_path, model="hashing")
    with pytest.raises(InputError, match="ALFWorld's games only"):
        memories.experiment([arm], [0]).run(tmp_path / "out.jsonl")


@pytest.mark.parametrize("benchmark", ENVIRONMENTS.values(), ids=list(ENVIRONMENTS))
def test_a_row_of_the_table_is_consistent(benchmark: Benchmark):
    assert benchmark.actions in SCRIPTED
    assert benchmark.solutions in benchmark.sources
    assert benchmark.train not in (benchmark.final, benchmark.smoke), "what was learned from is not measured"


def test_results_of_alfworld_from_before_there_were_others_are_still_gone_on_with():
    assert not ENVIRONMENTS["alfworld"].setting
