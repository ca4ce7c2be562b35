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
from sealed import beside

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


@pytest.mark.skipif(os.name == "nt", reason="there is no such signal")
def test_the_next_record_builds_what_a_killed_process_left(open_memory: Opener):
    memory = open_memory()
    killed_while_recording(memory.store.path, TASK, CLEAN_MUG)
    memory.record("water the plants", ["fill the can -> full", "pour -> wet"], "success")
    assert memory.store.stats().unfinished == 0 and len(memory.recall(TASK).matches) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only there a process says when it began")
def test_a_process_of_the_same_number_is_told_from_the_one_that_was_killed(open_memory: Opener, stopped: "Stopped"):
    memory = open_memory()
    stopped(memory)
    database = beside(memory.store.path)
    (name,) = database.execute("SELECT process FROM unfinished").fetchall()[0]
    # In a container each server has the same number, and is never another's.
    database.execute("UPDATE unfinished SET process = ?", (name.rpartition("/")[0] + "/00000000-1",))
    database.close()
    assert memory.build_unfinished(abandoned=True) == 1 and memory.store.stats().unfinished == 0


@pytest.mark.skipif(os.name == "nt", reason="there is no such signal")
def test_of_several_processes_that_start_at_once_one_builds_a_run(open_memory: Opener):
    memory = open_memory()
    for number in range(4):
        killed_while_recording(memory.store.path, f"{TASK} number {number}", CLEAN_MUG)
    code = f"""
import sys
from memp.config import open_memory
memory = open_memory(db={str(memory.store.path)!r}, model="hashing")
print("ready", flush=True)
sys.stdin.readline()
print(memory.build_unfinished(abandoned=True))
"""
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    counts = [int(process.communicate("\n", timeout=120)[0]) for process in processes]
    stats = memory.store.stats()
    assert (sum(counts), stats.unfinished, stats.trajectories) == (4, 0, 4)
    assert all(memory.store.built_from(number) for number in range(1, 5))


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
