"""`memp check`, `memp origins`, and `memp revoke` of an origin."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import CLEAN_MUG, TASK, again

from memp.config import open_memory
from memp.domain.origin import Origin
from memp_clients.cli import main

Run = Callable[..., tuple[int, str, str]]
Document = Callable[..., dict[str, Any]]


def record(home: Path, evidence: str, session: str = "s") -> None:
    with open_memory(db=home / "memory.sqlite3", model="hashing") as memory:
        origin = Origin(channel="tool", client="an agent", name=session)
        memory.record(TASK, CLEAN_MUG, "success", evidence=evidence, origin=origin)


@pytest.mark.parametrize(("code", "kind"), [("0", "check"), ("3", "rules")])
def test_a_check_ends_as_its_command_does_and_an_agent_may_point_to_one_that_passed(
    home: Path, run: Run, document: Document, code: str, kind: str
):
    status, _, err = run("check", "--", sys.executable, "-c", f"raise SystemExit({code})")
    assert status == int(code)
    assert f"ended with exit {code}" in " ".join(err.split())
    record(home, printed(err).replace(f"exit {code}", "exit 0"))
    assert document("show", "t1")["evidence"]["kind"] == kind


def printed(err: str) -> str:
    """The evidence that `memp check` prints."""
    return " ".join(err.split()).partition('Evidence that names it: "')[2].removesuffix('"')


@pytest.mark.parametrize(
    "command",
    [
        ["-k", "a,b"],
        ["-c", "import x; x.go() -> 1: exit"],
        ["DB_PASSWORD=Hunter2xyz99"],
        ["two  blanks"],
    ],
)
def test_the_evidence_that_it_prints_is_the_one_that_counts(
    home: Path, run: Run, document: Document, command: list[str]
):
    (home / "t").write_text("#!/bin/sh\nexit 0\n")
    (home / "t").chmod(0o755)
    _, _, err = run("check", "--", str(home / "t"), *command)
    evidence = printed(err)
    assert evidence.startswith(f"check: {home / 't'} ")
    assert "Hunter2" not in evidence
    record(home, evidence)
    assert document("show", "t1")["evidence"]["kind"] == "check"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_check_that_a_signal_ended_ends_as_in_a_shell(home: Path, run: Run):
    status, _, err = run("check", "--", sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    assert status == 137
    assert "ended with exit 137" in " ".join(err.split())


@pytest.mark.parametrize(("at", "kind"), [("shop", "check"), ("bank", "claim")])
def test_a_check_counts_for_runs_of_its_project(home: Path, run: Run, document: Document, at: str, kind: str):
    status, _, err = run("--project", "shop", "check", "--", sys.executable, "-c", "")
    assert status == 0
    words = ["record", "--task", TASK, "--step", "look -> ok", "--outcome", "success"]
    document("--project", at, *words, "--evidence", printed(err))
    assert document("--project", at, "show", "t1")["evidence"]["kind"] == kind


def test_a_check_that_cannot_be_started_is_none(home: Path, run: Run):
    status, _, err = run("check", "--", str(home / "nothing-here"))
    assert (status, "could not be started" in " ".join(err.split())) == (127, True)
    assert not (home / "memory.sqlite3.checks").exists()


def test_with_json_what_a_check_prints_is_not_among_the_document(home: Path, capfd: pytest.CaptureFixture[str]):
    for code in ("0", "3"):
        main(["--json", "check", "--", sys.executable, "-c", f"print('9 passed'); raise SystemExit({code})"])
        out, err = capfd.readouterr()
        assert (json.loads(out)["status"], err) == (int(code), "9 passed\n")
        assert f", exit {code} (memp " in json.loads(out)["evidence"]
    assert main(["--json", "check", "--", str(home / "nothing-here")]) == 127
    assert "could not be started" in json.loads(capfd.readouterr().out)["error"]


def test_a_check_without_a_command_says_how_it_is_called(home: Path, run: Run):
    status, _, err = run("check")
    assert (status, "memp check -- pytest -q" in err) == (2, True)


def test_origins_are_listed_and_one_is_withdrawn_after_a_look(home: Path, document: Document, run: Run):
    record(home, "user: it works")
    (known,) = document("origins")["origins"]
    assert {name: known[name] for name in ("id", "channel", "client", "name", "runs")} == {
        "id": "o1", "channel": "tool", "client": "an agent", "name": "s", "runs": 1,
    }  # fmt: skip
    looked = document("revoke", "o1", "--dry-run")
    assert (looked["runs"], looked["done"], len(looked["would"])) == (["t1"], [], 2)
    assert run("revoke", "o1")[0] != 0
    assert document("revoke", "o1", "--yes", "--reason", "not ours")["done"] == looked["would"]
    assert document("origins")["origins"][0]["runs"] == 0


def test_what_a_program_types_into_record_is_a_claim(home: Path, document: Document):
    document(
        "record", "--task", TASK, "--step", "look -> ok", "--outcome", "success", "--evidence", "check: pytest, exit 0"
    )
    assert document("show", "t1")["evidence"]["kind"] == "claim"


def test_what_a_person_types_counts_as_said(home: Path, document: Document, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    document("record", "--task", TASK, "--step", "look -> ok", "--outcome", "success", "--evidence", "user: it works")
    assert document("show", "t1")["evidence"]["kind"] == "user"


def test_of_a_machine_that_a_person_vouches_for_evidence_counts_as_said(
    home: Path, document: Document, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MEMP_TRUSTED", "true")
    document(
        "record", "--task", TASK, "--step", "look -> ok", "--outcome", "success", "--evidence", "check: pytest, exit 0"
    )
    assert document("show", "t1")["evidence"]["kind"] == "check"


def test_what_such_a_machine_says_on_a_day_is_one_witness(
    home: Path, document: Document, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MEMP_TRUSTED", "true")
    for number in range(3):
        steps = [word for step in again(number) for word in ("--step", step)]
        document("record", "--task", TASK, *steps, "--outcome", "success", "--evidence", "check: pytest, exit 0")
    (known,) = document("origins")["origins"]
    assert (known["channel"], known["client"], known["runs"]) == ("trusted", "memp record", 3)
    assert document("show", "p1")["tier"] == "candidate"


def test_each_run_that_a_person_types_is_a_witness(home: Path, document: Document, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    for number in range(2):
        steps = [word for step in again(number) for word in ("--step", step)]
        document("record", "--task", TASK, *steps, "--outcome", "success", "--evidence", "check: pytest, exit 0")
    assert document("show", "p1")["tier"] == "validated"
