"""The command, its report and its pictures."""

import builtins
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from memp.errors import ConfigError
from memp.evaluate.commands.world import main as command
from memp.evaluate.environments.alfworld import ALFWORLD
from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.studies import CALM, STUDIES
from memp.evaluate.report import page, plots
from memp.evaluate.report.pictures import pictures
from memp.evaluate.report.sections import section
from memp.evaluate.report.stats import Interval
from memp.evaluate.report.tables import TROUBLE, trouble

FILES = {f"{name}{end}" for name in (*STUDIES, "update") for end in (".jsonl", ".svg", ".png")} | {
    "report.md", "report.html", "robustness-steps.svg", "robustness-steps.png",
}  # fmt: skip


def episodes(name: str) -> list[Episode]:
    """Two tasks with two seeds of each arm of a study; what is won depends on the arm."""
    return [
        Episode(
            arm=arm.name, seed=seed, task=f"t{task}", kind="k<i>nd", won=(place + task + seed) % 3 > 0,
            steps=5 + place % 7, invalid=0, lookups=1, tokens=10 * arm.k, hit=arm.fault is not None and task == 0,
        )
        for place, arm in enumerate(STUDIES[name].arms) for task in range(2) for seed in range(2)
    ]  # fmt: skip


def test_smoke_one_command_gives_results_tables_pictures_and_a_page(
    games: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    few = ["--tasks", "1", "--learned", "60", "--runs", "5", "--mishaps", "2"]
    arguments = ["--data", str(games), "--out", str(tmp_path), "--smoke", *few]
    assert command(arguments, ALFWORLD) == 0
    assert {path.name for path in tmp_path.iterdir()} >= FILES
    assert "went wrong %" in capsys.readouterr().out
    first = {name: (tmp_path / name).read_bytes() for name in FILES}
    (tmp_path / "report.html").unlink()
    assert command(arguments, ALFWORLD) == 0, "again: nothing is played, and the report is made of the same results"
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == first


def test_what_cannot_be_measured_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "results.jsonl"
    file.touch()
    assert command(["--data", str(tmp_path), "--out", str(file)], ALFWORLD) == 1
    assert "name a folder" in capsys.readouterr().err
    assert command(["--data", str(tmp_path), "--out", str(tmp_path), "--only", "build,luck"], ALFWORLD) == 2
    assert "no experiment 'luck': use build, retrieve" in capsys.readouterr().err


def test_every_study_compares_with_no_memory_and_with_the_papers_arm():
    for study in STUDIES.values():
        for group in study.groups:
            names = [arm.name for arm in group.arms]
            by_name = dict(zip(names, group.arms, strict=True))
            assert by_name[group.none].contents is None and by_name[group.paper].retrieve == "facts"
            players = {(arm.noise, arm.limit, arm.fault) for arm in group.arms}
            assert len(players) == 1, "the same agent and the same trouble in all arms of a group"
        assert len({arm.name for arm in study.arms}) == len(study.arms)


def test_recovery_and_extra_steps_are_of_the_episodes_in_which_it_happened():
    def episode(task: str, steps: int, *, won: bool, hit: bool) -> Episode:
        return Episode(
            arm="a", seed=0, task=task, kind="k", won=won, steps=steps, invalid=0, lookups=1, tokens=1, hit=hit
        )

    calm = [episode(task, 5, won=True, hit=False) for task in "abcd"]
    own = [
        episode("a", 9, won=True, hit=True), episode("b", 30, won=False, hit=True), episode("c", 5, won=True, hit=False),
        episode("d", 6, won=False, hit=False),
    ]  # fmt: skip
    found = trouble(own, calm)
    assert found.recovery is not None and found.extra is not None
    assert (found.hit, found.recovery.mean, found.extra.mean) == (0.5, 0.5, 14.5)
    assert trouble(calm, calm) == (0.0, None, None)


def test_only_the_tables_of_what_went_wrong_tell_of_it():
    found = section(STUDIES["robustness"], episodes("robustness"))
    calm, _, fails, *_ = found.tables
    assert set(TROUBLE).isdisjoint(calm.header) and fails.header[-3:] == TROUBLE
    assert all(len(line) == len(table.header) for table in found.tables for line in table.rows)
    assert [line[0] for line in calm.rows] == [
        arm.name.removeprefix(CALM) for arm in STUDIES["robustness"].groups[0].arms
    ]


class Page(HTMLParser):
    """What a page shows, and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [v or "" for name, v in attrs if name in ("src", "href", "xlink:href") and (v or "")[:1] != "#"]


@pytest.mark.parametrize("name", STUDIES)
def test_a_page_holds_its_pictures_and_loads_nothing(name: str, tmp_path: Path):
    found = section(STUDIES[name], episodes(name))
    drawn = pictures(found, tmp_path)
    text = page.html(ALFWORLD, [found], {"split": "a & b"}, {name: drawn})
    shown = Page()
    shown.feed(text)
    assert shown.loads == [] and "script" not in shown.tags
    assert shown.tags.count("svg") == len(drawn) and shown.tags.count("table") == len(found.tables)
    assert "a &amp; b" in text and "k&lt;i&gt;nd" in text
    assert "What this does not show" in text and "<?xml" not in text


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
    games: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
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
        str(games),
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
