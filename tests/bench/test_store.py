"""The bench of the memory file runs to its end and prints its rows; what they say is for a person to read."""

import runpy
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "store.py"


def test_the_rows_of_a_small_memory_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEMP_HOME", str(tmp_path))
    options = ["--sizes", "60", "--projects", "3", "--model", "hashing", "--calls", "5"]
    monkeypatch.setattr(sys, "argv", [str(BENCH), *options])
    runpy.run_path(str(BENCH), run_name="__main__")
    printed = capsys.readouterr().out
    for row in (
        "file, a procedure",
        "search of tasks",
        "search of runs",
        "lexical part",
        "embedding its query",
        "journal",
    ):
        assert row in printed
    assert "60 procedures in 1 scope " in printed
    assert "60 procedures in 3 scopes" in printed
