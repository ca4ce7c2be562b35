"""Text that nobody sees, recorded in a run, comes out as escapes wherever it is shown."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from memp_clients.hooks.offers import wrapped

HIDDEN = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
SEEN = "[U+E006F U+E0062 U+E0065 U+E0079]"
TASK = f"restart the queue{HIDDEN} of the shop"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def recorded(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMP_TRUSTED", "1")  # What one origin alone claims is no skill.
    step = f"systemctl restart queue{HIDDEN} -> active{HIDDEN}\ufe01"
    for _ in range(2):
        status, _, err = run(
            "record", "--task", TASK, "--step", step, "--outcome", "success", "--evidence", "check: ok, exit 0"
        )
        assert status == 0, err
    return home


def is_shown(text: str) -> bool:
    """Whether what was hidden is in a text, as escapes, and nothing of it as it is."""
    return SEEN in text.replace("\n", " ") and HIDDEN not in text and "\ufe01" not in text


@pytest.mark.parametrize(
    "command",
    [
        ("recall", "restart the queue of the shop"),
        ("list",),
        ("show", "p1"),
        ("show", "t1"),
        ("why", "p1"),
        ("review", "p1"),
    ],
    ids=" ".join,
)
def test_commands_show_it_as_escapes(
    recorded: Path, run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
):
    monkeypatch.setenv("COLUMNS", "200")
    assert is_shown(run(*command)[1])
    assert is_shown(run(*command, "--json")[1])


def test_exports_and_skills_have_it_as_escapes(recorded: Path, run: Run):
    run("export", "memory", str(recorded / "out.jsonl"), "--with-trajectories")
    assert is_shown((recorded / "out.jsonl").read_text())
    run("export", "skills", str(recorded / "skills"), "--all")
    (skill,) = (recorded / "skills").glob("*/SKILL.md")
    assert is_shown(skill.read_text())


def test_a_hook_has_it_as_escapes():
    said = wrapped("It may fit.", {"goal": TASK, "steps": [HIDDEN]})
    assert is_shown(said)
    assert json.loads(said.splitlines()[2])["steps"] == [SEEN]
