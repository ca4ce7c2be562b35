"""Pictures: the same for the same values, and not needed for the rest."""

import builtins
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from memp.errors import ConfigError
from memp.evaluate.commands.world import main as command
from memp.evaluate.environments.alfworld import ALFWORLD
from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.studies import STUDIES
from memp.evaluate.report import plots
from memp.evaluate.report.stats import Interval


def episodes(name: str) -> list[Episode]:
    """Two tasks with two seeds of each arm of a study; what is won depends on the arm."""
    return [
        Episode(
            arm=arm.name, seed=seed, task=f"t{task}", kind="k<i>nd", won=(place + task + seed) % 3 > 0,
            steps=5 + place % 7, invalid=0, lookups=1, tokens=10 * arm.k, hit=arm.fault is not None and task == 0,
        )
        for place, arm in enumerate(STUDIES[name].arms) for task in range(2) for seed in range(2)
    ]  # fmt: skip


def test_the_same_values_give_the_same_picture(tmp_path: Path):
    known, unknown = Interval(0.5, 0.4, 0.6), Interval(0.7, float("-inf"), float("inf"))
    series = [
        plots.Series("of one seed", ((0, unknown), (1, unknown))),
        plots.Series("of five", ((0, known), (1, known))),
    ]
    for name in ("a", "b"):
        plots.lines(tmp_path / f"{name}.svg", "Lines", "tasks", [plots.Panel(tuple(series), "won")])
        plots.bars(tmp_path / f"{name}-bars.svg", "Bars", "won", ["x", "y"], [plots.Bars("z", (known, None))])
    for end in (".svg", ".png", "-bars.svg", "-bars.png"):
        assert (tmp_path / f"a{end}").read_bytes() == (tmp_path / f"b{end}").read_bytes()
    assert ET.parse(tmp_path / "a.svg").getroot().tag.endswith("svg")


def test_without_matplotlib_results_and_tables_are_there_and_an_error_says_what_to_install(
    few_games: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    importing: Callable[..., object] = builtins.__import__

    def without(name: str, *rest: object, **named: object) -> object:
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return importing(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"pip install memp\[plots\]"):
        plots.bars(tmp_path / "x.svg", "", "", ["x"], [])
    arguments = [
        "--data",
        str(few_games),
        "--out",
        str(tmp_path),
        "--smoke",
        "--tasks",
        "1",
        "--learned",
        "20",
        "--only",
        "retrieve",
    ]
    assert command(arguments, ALFWORLD) == 1
    captured = capsys.readouterr()
    assert "memp[plots]" in captured.err and "proceduralization" in captured.out
    assert (tmp_path / "report.md").is_file() and (tmp_path / "retrieve.jsonl").is_file()
