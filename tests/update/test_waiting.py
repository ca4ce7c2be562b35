"""MEMP_WRITE: runs that wait for a person's word, or are refused."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memp.config import open_memory, read_settings
from memp.domain.origin import Origin
from memp.errors import InputError
from memp.memory import ProceduralMemory
from memp.reply import record_reply, reflect_reply

STEPS = ["edit login.py -> saved", "pytest -q -> 3 passed"]
TASK = "fix the flaky login test"
SCRIPT = {"goal": "Fix a flaky test", "steps": ["freeze the clock", "pytest -q"]}
SECRET = "sk-ant-api03-" + "Zq8" * 12

pytestmark = pytest.mark.usefixtures("home")

Opened = Callable[[str], ProceduralMemory]


@pytest.fixture
def opened(home: Path) -> Any:
    """Open the memory of the commands, with a setting of MEMP_WRITE, as a server does."""
    memories: list[ProceduralMemory] = []

    def ran(write: str) -> ProceduralMemory:
        memories.append(open_memory(read_settings(write=write, project="shop")))
        return memories[-1]

    yield ran
    for memory in memories:
        memory.close()


def test_a_run_waits_outside_the_memory_and_the_reply_says_so(opened: Opened, home: Path) -> None:
    memory = opened("ask")
    record = memory.record(TASK, [*STEPS, f"export TOKEN={SECRET}"], "success", evidence="check: pytest, exit 0")
    reply = record_reply(record).lean()
    assert set(reply) == {"waiting", "next"} and f"memp review {reply['waiting']} --approve" in reply["next"]
    stats = memory.store.stats()
    assert (stats.trajectories, stats.procedures, stats.keys) == (0, 0, 0)
    [path] = (home / "memory.sqlite3.waiting").iterdir()
    assert SECRET not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = memory.record(TASK, [*STEPS, f"export TOKEN={SECRET}"], "success", evidence="check: pytest, exit 0")
    assert again.waiting == record.waiting and len(memory.waiting_runs.all()) == 1


def test_a_call_that_comes_again_from_another_session_waits_once(opened: Opened) -> None:
    memory = opened("ask")
    for session in ("s1 2026-11-29", "s2 2026-11-30"):
        memory.record(TASK, STEPS, "success", origin=Origin(channel="tool", client="an agent", name=session))
    [waiting] = memory.waiting_runs.all()
    assert waiting.call()["origin"].name == "s1 2026-11-29"


def test_what_cannot_be_used_is_said_at_once(opened: Opened) -> None:
    memory = opened("ask")
    for call in (
        lambda: memory.record(TASK, STEPS, 7), lambda: memory.record("", STEPS), lambda: memory.record(TASK, []),
        lambda: memory.record(TASK, STEPS, used=["x"]), lambda: memory.reflect(TASK, STEPS, "boom", revision=SCRIPT),
    ):  # fmt: skip
        with pytest.raises(InputError):
            call()
    assert memory.waiting_runs.all() == []


def test_a_person_stores_or_deletes_it(opened: Opened, document: Callable[..., Any], run: Callable[..., Any]) -> None:
    memory = opened("ask")
    kept = memory.record(TASK, STEPS, "success", evidence="check: pytest, exit 0", script=SCRIPT, facts=["login"])
    failed = memory.reflect("run the importer", ["run it -> boom"], "boom", lesson="install it first")
    assert reflect_reply(failed).waiting == failed.waiting
    listed = document("review")["runs"]
    assert [(one["task"], one["outcome"]) for one in listed] == [(TASK, "success"), ("run the importer", "failure")]
    shown = document("review", kept.waiting)
    assert shown["arguments"]["script"] == SCRIPT
    assert "edit login.py" in run("review", kept.waiting)[1] and TASK in run("review")[1]
    assert document("review", kept.waiting, "--approve")["done"].endswith("is stored as t1.")
    assert document("review", failed.waiting, "--reject")["done"].endswith("is deleted.")
    [procedure] = memory.store.procedures()
    assert (procedure.script.goal, procedure.scope) == (SCRIPT["goal"], "shop")
    assert memory.store.stats().trajectories == 1 and memory.waiting_runs.all() == []
    assert run("review", kept.waiting, "--approve")[0] == 1


def test_a_failure_that_waited_becomes_a_pitfall(opened: Opened, document: Callable[..., Any]) -> None:
    failed = opened("ask").reflect("run the importer", ["run it -> boom"], "boom happened", lesson="install it first")
    document("review", failed.waiting, "--approve")
    assert "install it first" in str(
        document("recall", "run the importer", "--error", "boom happened", "--project", "shop")
    )


def test_off_stores_nothing_and_says_so(
    opened: Opened, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = opened("off")
    for call in (lambda: memory.record(TASK, STEPS), lambda: memory.reflect(TASK, STEPS, "boom")):
        with pytest.raises(InputError, match="Writing is off here"):
            call()
    assert memory.store.stats().trajectories == 0
    monkeypatch.setenv("MEMP_WRITE", "off")
    assert "Writing is off here" in run("record", "--task", TASK, "--step", "a -> b")[2]


def test_what_a_person_types_does_not_wait(document: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMP_WRITE", "ask")
    assert document("record", "--task", TASK, "--step", "a -> b", "--step", "c -> d")["trajectory"] == "t1"
