"""`memp eval all` over small worlds."""

from dataclasses import replace
from pathlib import Path

import pytest
from kitchen_world import KITCHEN
from labelled_runs import LAMPS, write

from memp.errors import ConfigError
from memp.evaluate import __main__ as commands
from memp.evaluate.commands import worlds
from memp.evaluate.environments.environment import World


def _not_installed(folder: Path) -> World:
    raise ConfigError("The moon is not installed: pip install 'memp[moon]'.")


QUICK = replace(KITCHEN, quick={"learned": 2, "tasks": 1, "runs": 3})
MOON = replace(KITCHEN, name="moon", open=_not_installed, needs_data=False)
SHED = replace(QUICK, name="shed", handed="heat")


@pytest.fixture(autouse=True)
def _small_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "ENVIRONMENTS", {world.name: world for world in (QUICK, MOON, SHED)})


def run(out: Path, *more: str) -> int:
    return commands.main(["all", "--out", str(out), "--smoke", *more])


def test_worlds_that_can_be_played_are_and_the_others_say_what_they_need(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data = tmp_path / "data"
    write(data / "traces", LAMPS)
    (data / "kitchen").mkdir()
    out = tmp_path / "out"
    assert run(out, "--data", str(data)) == 1
    said = capsys.readouterr()
    report = (out / "report.md").read_text()
    assert "| kitchen | success % | 1 | 1 |" in report
    assert "not measured: The moon is not installed: pip install 'memp[moon]'." in report
    assert f"not measured: needs data; {data} has no folder of that name: a folder 'shed' in it: any folder." in report
    assert (
        "| traces | parameters that are no labelled value" in report
        and "| traces | effects given % | 1 | 1 |" in report
    )
    assert "Not measured: moon, shed; the table says what each needs." in " ".join(said.err.split())
    assert "All worlds" in said.out and (out / "worlds.svg").is_file() and (out / "traces" / "traces.jsonl").is_file()

    (data / "shed").mkdir()
    before = (out / "kitchen" / "build.jsonl").read_bytes()
    assert run(out, "--data", str(data), "--only", "kitchen,shed") == 0, "all that was asked for was measured"
    assert (out / "kitchen" / "build.jsonl").read_bytes() == before, "what was played is not played again"
    assert "| shed | success % |" in (out / "report.md").read_text()


def test_bounds_are_those_asked_for_then_the_worlds_own_then_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "kitchen").mkdir()
    slow = replace(KITCHEN, bounded={"tasks": 2, "seeds": 1, "learned": 3})
    monkeypatch.setattr(worlds, "ENVIRONMENTS", {"kitchen": slow})
    asked = ["all", "--data", str(tmp_path), "--only", "kitchen", "--hashing", "--tasks", "1", "--out"]
    assert commands.main([*asked, str(tmp_path / "out")]) == 0
    report = (tmp_path / "out" / "report.md").read_text()
    assert "1 tasks of test, memory of 3 runs of train (expert), seeds 0 to 0, 30 steps at most" in report


@pytest.mark.parametrize(
    ("more", "status", "told"),
    [
        (["--only", "kitchen,mars"], 2, "There is no world 'mars': use kitchen, moon, shed, traces."),
        (["--only", "moon"], 1, "Not measured: moon"),
    ],
)
def test_what_cannot_be_measured_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], status: int, told: str
):
    assert run(tmp_path / "out", *more) == status
    assert told in " ".join(capsys.readouterr().err.split())


def test_a_file_in_the_place_of_the_folder_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "out").write_text("")
    assert run(tmp_path / "out") == 1
    assert "is a file: name a folder" in " ".join(capsys.readouterr().err.split())


def test_a_stopped_run_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def stopped(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(worlds, "played", stopped)
    (tmp_path / "kitchen").mkdir()
    assert run(tmp_path / "out", "--data", str(tmp_path), "--only", "kitchen") == 130
    assert "the same command goes on" in " ".join(capsys.readouterr().err.split())
