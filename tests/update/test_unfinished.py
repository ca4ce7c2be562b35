"""Runs that were stored when memp was stopped: counted, and built later as the record would have."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import CHECKED, CLEAN_MUG, NOT_HELD, TASK

from memp.errors import InputError
from memp.memory import ProceduralMemory
from memp.update.updater import Updater

Opener = Callable[..., ProceduralMemory]

KILLED = """
import os, signal, sys
from memp.config import open_memory
from memp.update.updater import Updater
Updater.update = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
open_memory(db=sys.argv[1], model="hashing").record({task!r}, {steps!r}, {outcome!r}, evidence={evidence!r}, used={used!r})
"""


def killed_while_recording(
    path: Path, task: str, steps: list[str], outcome: str = "success", used: object = ()
) -> None:
    """A process that is killed after it stored a run."""
    code = KILLED.format(task=task, steps=steps, outcome=outcome, evidence=CHECKED, used=used)
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name == "nt", reason="there is no such signal")
def test_what_a_killed_process_left_is_built_by_the_next_one(open_memory: Opener):
    memory = open_memory()
    killed_while_recording(memory.store.path, TASK, CLEAN_MUG)
    assert memory.recall(TASK).matches == [] and memory.store.stats().unfinished == 1
    assert memory.build_unfinished(abandoned=True) == 1
    assert len(memory.recall(TASK).matches) == 1 and memory.store.stats().unfinished == 0
    failed = killed_while_recording(memory.store.path, TASK, NOT_HELD, "failure", ["p1"])
    assert failed is None and memory.build_unfinished() == 1
    (pitfall,) = memory.recall(TASK).matches[0].pitfalls
    assert "Nothing happens" in pitfall.pitfall.trigger and memory.procedure(1).uses == 1


def test_a_record_that_ends_leaves_nothing_unfinished(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    memory.record(TASK, NOT_HELD, "failure", used=["p1"])
    memory.reflect(TASK, NOT_HELD[:1], "Nothing happens", used=["p1"])
    assert memory.store.stats().unfinished == 0 and memory.build_unfinished() == 0


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> Callable[[ProceduralMemory], None]:
    """Records a run in this process, and is stopped once it is stored."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    def record(memory: ProceduralMemory) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(Updater, "update", stop)
            with pytest.raises(KeyboardInterrupt):
                memory.record(TASK, CLEAN_MUG, "success")

    return record


Stopped = Callable[[ProceduralMemory], None]


def test_what_a_running_process_may_be_at_is_left_to_it(open_memory: Opener, stopped: Stopped):
    memory = open_memory()
    stopped(memory)
    assert memory.build_unfinished(abandoned=True) == 0 and memory.store.stats().unfinished == 1
    assert memory.build_unfinished() == 1 and memory.store.stats().procedures == 1


def test_runs_of_every_project_are_built_where_they_belong(open_memory: Opener, stopped: Stopped):
    shop = open_memory(project="shop")
    stopped(shop)
    open_memory().build_unfinished()
    assert [p.scope for p in shop.store.procedures()] == ["shop"]


def test_where_scripts_come_from_callers_a_run_waits_for_one(open_memory: Opener, stopped: Stopped):
    memory = open_memory()
    stopped(memory)
    with pytest.raises(InputError, match="MEMP_BUILDER"):
        open_memory(builder="caller").build_unfinished()
    assert memory.store.stats().unfinished == 1
