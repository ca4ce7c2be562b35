"""`memp eval traces` on small families."""

from pathlib import Path

import pytest
from labelled_runs import LAMPS, LETTERS, write

from memp.evaluate import __main__ as commands


def test_the_command_prints_the_table_and_writes_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data, out = write(tmp_path / "data", LAMPS, LETTERS), tmp_path / "out"
    asked = ["traces", "--data", str(data), "--hashing"]
    assert commands.main([*asked, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "siblings that end as one procedure" in printed and "By family" not in printed
    assert "A run left out, and its task recalled: 2 families" in printed
    assert {path.name for path in out.iterdir()} == {
        "traces.jsonl", "replay.jsonl", "report.md", "report.html", "traces.svg", "traces.png",
    }  # fmt: skip
    assert "What was lost, and what is wrong" in (out / "report.md").read_text()
    assert commands.main([*asked, "--verbose", "--family", "lamp"]) == 0
    printed = capsys.readouterr().out
    assert "By family" in printed and "set_t/lamp" in printed and "letter" not in printed


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--data", "nowhere"], "nowhere has no labelled runs"),
        (["--family", "nothing of the kind", "--hashing"], "No family has"),
        (["--out", __file__], "is a file: name a folder"),
    ],
)
def test_what_cannot_be_measured_is_said(asked: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    assert commands.main(["traces", *asked]) == 1
    assert told in " ".join(capsys.readouterr().err.split())
