"""The command, its report and its pages."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from memp.evaluate.commands.world import main as command
from memp.evaluate.environments.alfworld import ALFWORLD
from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.studies import STUDIES
from memp.evaluate.report import page
from memp.evaluate.report.pictures import pictures
from memp.evaluate.report.sections import section

FILES = {f"{name}{end}" for name in (*STUDIES, "update") for end in (".jsonl", ".svg", ".png")} | {
    "report.md", "report.html", "robustness-steps.svg", "robustness-steps.png",
}  # fmt: skip
OF_BUILD = {"build.jsonl", "build.svg", "build.png", "report.md", "report.html"}


def episodes(name: str) -> list[Episode]:
    """Two tasks with two seeds of each arm of a study; what is won depends on the arm."""
    return [
        Episode(
            arm=arm.name, seed=seed, task=f"t{task}", kind="k<i>nd", won=(place + task + seed) % 3 > 0,
            steps=5 + place % 7, invalid=0, lookups=1, tokens=10 * arm.k, hit=arm.fault is not None and task == 0,
        )
        for place, arm in enumerate(STUDIES[name].arms) for task in range(2) for seed in range(2)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("only", "files", "told"),
    [
        (["--only", "build"], OF_BUILD, "success %"),
        pytest.param([], FILES, "went wrong %", marks=pytest.mark.slow, id="all"),
    ],
)
def test_smoke_one_command_gives_results_tables_pictures_and_a_page(
    games: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], only: list[str], files: set[str], told: str
):
    few = ["--tasks", "1", "--learned", "20", "--runs", "5", "--mishaps", "2"]
    arguments = ["--data", str(games), "--out", str(tmp_path), "--smoke", *few, *only]
    assert command(arguments, ALFWORLD) == 0
    assert {path.name for path in tmp_path.iterdir()} >= files
    assert told in capsys.readouterr().out
    first = {name: (tmp_path / name).read_bytes() for name in files}
    (tmp_path / "report.html").unlink()
    assert command(arguments, ALFWORLD) == 0, "again: nothing is played, and the report is made of the same results"
    assert {name: (tmp_path / name).read_bytes() for name in files} == first


def test_what_cannot_be_measured_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "results.jsonl"
    file.touch()
    assert command(["--data", str(tmp_path), "--out", str(file)], ALFWORLD) == 1
    assert "name a folder" in capsys.readouterr().err
    assert command(["--data", str(tmp_path), "--out", str(tmp_path), "--only", "build,luck"], ALFWORLD) == 2
    assert "no experiment 'luck': use build, retrieve" in capsys.readouterr().err


class Page(HTMLParser):
    """Parses a page: its text, and the addresses that it would load."""

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
    text = page.html(page.head_of(ALFWORLD), [found], {"split": "a & b"}, {name: drawn})
    shown = Page()
    shown.feed(text)
    assert shown.loads == [] and "script" not in shown.tags
    assert shown.tags.count("svg") == len(drawn) and shown.tags.count("table") == len(found.tables)
    assert "a &amp; b" in text and "k&lt;i&gt;nd" in text
    assert "What this does not show" in text and "<?xml" not in text
