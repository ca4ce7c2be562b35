"""What is exported names no person: not in skills, not in memory files, unless it is asked for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STEPS = [
    "ssh-keygen -C jane@corp.io -> done", "copy /mnt/old/home/janedoe/key to /Users/janedoe/.ssh -> ok",
    "curl http://93.184.216.34/x -> 200 from 93.184.216.34",
]  # fmt: skip
PERSONAL = ("jane@corp.io", "janedoe", "93.184.216.34")
SCRIPT = {"goal": "Make a key for jane@corp.io", "steps": ["ssh-keygen -C jane@corp.io", "cp /home/janedoe/x /srv/x"]}


@pytest.fixture
def exported(home: Path, document: Callable[..., Any]) -> Callable[..., str]:
    """Export a memory of one procedure, as a file and as skills: all words of both."""
    document(
        "record", "--task", "Make a key", *[part for step in STEPS for part in ("--step", step)], "--outcome", "success"
    )
    document(
        "record",
        "--task",
        "Make a key for Jane",
        "--step",
        "a -> b",
        "--outcome",
        "success",
        "--script",
        json.dumps(SCRIPT),
    )

    def ran(*options: str) -> str:
        document("export", "memory", str(home / "m.jsonl"), "--with-trajectories", *options)
        document("export", "skills", "--all", str(home / "skills"), *options)
        files = [home / "m.jsonl", *(home / "skills").rglob("SKILL.md")]
        return "\n".join(file.read_text() for file in files)

    return ran


def test_without_an_option_nobody_is_named(exported: Callable[..., str], home: Path, run: Callable[..., Any]) -> None:
    words = exported()
    assert not [person for person in PERSONAL if person in words]
    assert "[e-mail]" in words and "~/.ssh" in words and "[ip address]" in words and "/srv/x" in words
    assert run("import", str(home / "m.jsonl"), "--db", str(home / "other.sqlite3"))[0] == 0


def test_with_the_option_all_but_homes_stays_and_an_import_may_take_it_out(
    exported: Callable[..., str], home: Path, document: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = exported("--keep-personal")
    assert "jane@corp.io" in words and "93.184.216.34" in words and "/mnt/old/home/janedoe" in words
    assert "/Users/janedoe" not in words and "/home/janedoe/x" not in words
    monkeypatch.setenv("MEMP_DB", str(home / "hidden.sqlite3"))
    monkeypatch.setenv("MEMP_PERSONAL", "hide")
    document("import", str(home / "m.jsonl"))
    document("export", "memory", str(home / "again.jsonl"), "--with-trajectories", "--keep-personal")
    words = (home / "again.jsonl").read_text()
    assert "[e-mail]" in words and not [person for person in ("jane@corp.io", "93.184.216.34") if person in words]
