"""`memp demo`: the real server, driven over stdio by the MCP client library."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memp.embed.compiled import CompiledEmbedder
from memp_clients.cli import main
from memp_clients.commands import demo

Play = Callable[..., tuple[str, str]]


def environment(home: Path, **settings: str) -> dict[str, str]:
    """A fresh machine's, with nothing configured but what is passed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MEMP_", "ANTHROPIC_"))}
    return {**kept, "HOME": str(home), "MEMP_DB": str(home / "own.sqlite3"), "COLUMNS": "80", **settings}


def play(home: Path, *arguments: str, **settings: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "memp_clients.cli", "demo", *arguments],
        env=environment(home, **settings), capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Play:
    """Plays in this process; the server that the demo starts is a process of its own all the same."""

    def ran(*arguments: str, **settings: str) -> tuple[str, str]:
        for name, value in environment(tmp_path, **settings).items():
            monkeypatch.setenv(name, value)
        assert main(("demo", *arguments)) == 0
        return tuple(capsys.readouterr())

    return ran


def assert_learned(played: dict[str, Any]) -> None:
    """The events of the session happened, in this order."""
    calls = played["calls"]
    assert [call["tool"] for call in calls] == [
        *["record_trajectory"] * 4, "recall_procedure", *["reflect_on_failure"] * 2, *["recall_procedure"] * 2,
    ]  # fmt: skip
    records, (first, material, revised, again, unrelated) = calls[:4], [call["reply"] for call in calls[4:]]
    assert [call["reply"]["created"] for call in records] == ["p1", "p2", "p3", "p4"]
    assert first["matches"][0]["id"] == "p1"
    assert "pitfalls" not in first["matches"][0]
    assert material["material"]["procedure"]["id"] == "p1"
    assert material["material"]["left_it_at"]["followed"] == 2
    assert revised["revised"] == ["p1r2 is on trial"]
    assert "lock timeout" in again["matches"][0]["pitfalls"][0]
    assert again["matches"][0]["steps"] == calls[6]["arguments"]["revision"]["steps"]
    assert unrelated["matches"] == []
    assert unrelated["next"].startswith("No applicable procedure")
    assert all(call["tokens"] <= 600 for call in calls if call["tool"] == "recall_procedure")
    assert "4 runs are kept; p1 went from 5 to 7 steps" in played["gained"]


def test_an_agent_learns_from_its_failure(tmp_path: Path, called: Play) -> None:
    out, err = called("--json", MEMP_MODEL="hashing")
    assert_learned(json.loads(out))
    assert err == ""
    assert not (tmp_path / "own.sqlite3").exists()


def test_it_reads_well_where_it_is_piped(tmp_path: Path) -> None:
    out, err = play(tmp_path, MEMP_MODEL="hashing")
    assert err == ""
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80
    for words in (
        "1  record_trajectory",
        "followed         2 of 5 steps",
        "Avoid",
        "No applicable procedure",
        "tokens,",
    ):
        assert words in out
    assert out.rstrip().splitlines()[-2].startswith("What was gained: 4 runs are kept")


def test_it_learns_with_the_real_model_too(called: Play, compiled: CompiledEmbedder, model_cache: Path) -> None:
    out, _ = called("--json", MEMP_CACHE=str(model_cache))
    played = json.loads(out)
    assert_learned(played)
    notes = {note for call in played["calls"] for note in call["reply"].get("notes", [])}
    assert notes == {"Your evidence counts as a claim: no signed `memp check` shows it, nor a hook so far"}


def test_without_a_model_it_goes_by_words_and_says_so(tmp_path: Path, called: Play) -> None:
    out, err = called("--json", MEMP_MODEL=str(tmp_path / "nothing"), MEMP_CACHE=str(tmp_path))
    played = json.loads(out)
    assert_learned(played)
    assert "keywords only" in played["calls"][-1]["reply"]["notes"][0]
    assert "Going on without the compiled model" in err


def test_no_language_model_is_asked_even_where_one_is_configured(called: Play) -> None:
    out, _ = called("--json", MEMP_MODEL="hashing", ANTHROPIC_API_KEY="k", ANTHROPIC_BASE_URL="http://127.0.0.1:9")
    assert_learned(json.loads(out))


def test_a_server_that_cannot_be_started_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEMP_MODEL", "hashing")
    monkeypatch.setattr(demo.sys, "executable", str(tmp_path / "no-python"))
    assert main(["demo"]) == 1
    assert capsys.readouterr().err.startswith("memp: The server went away")
