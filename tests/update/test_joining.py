"""Joining a family while another process revises it."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from memp import ProceduralMemory, open_memory
from memp.build.builder import ScriptBuilder
from memp.build.exemplars import SAMPLE
from memp.domain.trajectory import Provenance
from memp.errors import RevisedMeanwhileError, StoreBusyError
from memp.update.joining import MOST_TRIES, Joining
from memp.update.updater import Updater
from memp_clients.screen.models import NotNeeded

SHOP, BLOG = Provenance(project="shop"), Provenance(project="blog")


def memory_at(folder: Path) -> ProceduralMemory:
    return open_memory(db=folder / "memory.sqlite3", model="hashing", builder="extractive")


def restore(memory: ProceduralMemory, dataset: str, snapshot: str) -> None:
    steps = [
        f"vault ls {dataset} -> {snapshot}",
        f"vault restore --snapshot {snapshot} --target {dataset}-shadow -> ok",
    ]
    memory.record(f"Restore the dataset {dataset} from its last snapshot", steps, "success", evidence="check: ok")


def meanwhile(monkeypatch: pytest.MonkeyPatch, folder: Path, others: Sequence[str]) -> None:
    """Let another process record a run of each of these datasets, one before each try to join."""
    join, left = Joining.join, list(others)

    def late(self: Joining, *arguments: Any):
        if left:
            dataset = left.pop(0)
            waiting, left[:] = left[:], []  # The other process itself is not disturbed.
            with memory_at(folder) as other:
                restore(other, dataset, f"snap-{len(dataset)}0")
            left[:] = waiting
        return join(self, *arguments)

    monkeypatch.setattr(Joining, "join", late)


def test_a_run_joins_a_procedure_that_was_revised_after_it_was_matched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with memory_at(tmp_path) as memory:
        restore(memory, "orders", "snap-114")
        meanwhile(monkeypatch, tmp_path, ["invoices"])
        restore(memory, "carts", "snap-98")
        (procedure,) = memory.store.procedures()
        assert len(procedure.trajectories) == 3
        (match,) = memory.recall("Restore the dataset tickets from its last snapshot").matches
        assert "tickets" in match.bindings.values() and match.bindings.keys() <= {
            parameter.name for parameter in procedure.script.parameters
        }


def test_a_run_joins_though_others_revise_the_procedure_all_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tries: list[int] = []
    join = Joining.join

    def late(self: Joining, match: Any, run_id: int, facts: Sequence[str]):
        tries.append(run_id)
        if len(tries) <= MOST_TRIES:
            raise RevisedMeanwhileError("p1 was revised meanwhile.")
        with memory_at(tmp_path) as other, pytest.raises(StoreBusyError):  # Nobody can be quicker now.
            other.store.note_recalls([], wait=False)
        return join(self, match, run_id, facts)

    with memory_at(tmp_path) as memory:
        restore(memory, "orders", "snap-114")
        monkeypatch.setattr(Joining, "join", late)
        restore(memory, "carts", "snap-98")
        assert len(tries) == MOST_TRIES + 1
        (procedure,) = memory.store.procedures()
        assert procedure.trajectories == (1, 2) and memory.store.stats().unfinished == 0


RECORD = """
import sys
from memp.config import open_memory
path, who, most = sys.argv[1:]
with open_memory(db=path, model="hashing", builder="extractive") as memory:
    for number in range(int(most)):
        user = f"{who}{number}"
        more = [[], [f"usermod -aG docker {user} -> "], [f"ssh-keygen -f {user} -> "]][number % 3]
        steps = [f"useradd {user} -> ", *more, f"mkdir /srv/{user} -> ", f"chown {user} /srv/{user} -> ",
                 f"passwd -e {user} -> "]
        memory.record(f"Create the user {user}", steps, "success", evidence="check: ok")
"""


def test_several_processes_that_record_one_task_make_one_procedure(tmp_path: Path):
    path = tmp_path / "memory.sqlite3"
    command = [sys.executable, "-c", RECORD, str(path)]
    subprocess.run([*command, "ann", "3"], check=True, timeout=120)
    at_once = [subprocess.Popen([*command, who, "4"]) for who in ("bob", "cyd", "dan")]
    assert [process.wait(timeout=120) for process in at_once] == [0, 0, 0]
    with memory_at(tmp_path) as memory:
        (procedure,) = memory.store.procedures()
        assert len(procedure.trajectories) == 15 and memory.store.stats().unfinished == 0
        assert memory.store.check() == []


def test_processes_that_start_at_one_moment_on_an_empty_memory_make_one_procedure(tmp_path: Path):
    path = tmp_path / "memory.sqlite3"
    head, opens, body = RECORD.partition("with open_memory")
    code = f"{head}print(flush=True); sys.stdin.readline()\n{opens}{body}"
    at_once = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), who, "2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for who in ("ann", "bob", "cyd")
    ]
    for process in at_once:
        assert process.stdout is not None and process.stdout.readline()  # It is loaded and waits.
    for process in at_once:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [(process.communicate(timeout=120), process.returncode)[1] for process in at_once] == [0, 0, 0]
    with memory_at(tmp_path) as memory:
        (procedure,) = memory.store.procedures()
        assert len(procedure.trajectories) == 6 and memory.store.stats().unfinished == 0


def test_a_run_joins_what_another_process_made_between_its_look_and_its_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    draft, path = ScriptBuilder.draft, tmp_path / "memory.sqlite3"

    def late(self: ScriptBuilder, *arguments: Any):
        monkeypatch.setattr(ScriptBuilder, "draft", draft)
        subprocess.run([sys.executable, "-c", RECORD, str(path), "ann", "1"], check=True, timeout=120)
        return draft(self, *arguments)

    with memory_at(tmp_path) as memory:
        monkeypatch.setattr(ScriptBuilder, "draft", late)
        steps = ["useradd bob -> ", "usermod -aG docker bob -> ", "mkdir /srv/bob -> ", "chown bob /srv/bob -> ",
                 "passwd -e bob -> "]  # fmt: skip
        record = memory.record("Create the user bob", steps, "success", evidence="check: ok")
        (procedure,) = memory.store.procedures()
        assert len(procedure.trajectories) == 2
        assert (record.built, record.how) == (procedure.id, "merged")


def test_the_exemplars_are_those_that_a_run_was_aligned_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A revision by rule of another process may make one more of the runs an exemplar before the run joins."""
    with memory_at(tmp_path) as memory:
        for number in range(SAMPLE + 2):
            restore(memory, f"orders{number}", f"snap-{number}")
        (procedure,) = memory.store.procedures()
        match = Joining.match

        def and_revised(self: Joining, *arguments: Any, **named: Any):
            matched = match(self, *arguments, **named)
            known, script = memory.store.procedures()[0], procedure.script
            if known.revision == procedure.revision:
                reason = f"generalised with t{SAMPLE + 1}"
                memory.store.revise(1, known.revision, script, "extractive", reason, [], state="current")
            return matched

        monkeypatch.setattr(Joining, "match", and_revised)
        restore(memory, "carts", "snap-98")
        (procedure,) = memory.store.procedures()
        assert len(procedure.trajectories) == SAMPLE + 3


def test_a_run_that_was_left_unfinished_joins_by_words_alone_a_task_that_is_done_all_the_time(tmp_path: Path):
    with memory_at(tmp_path) as memory:
        for number in range(30):
            restore(memory, f"orders{number}", f"snap-{number}")
        left = memory.record("Water the plants on the balcony", ["tap open -> ok"], "success").trajectory
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Updater, "update", interrupted)
            with pytest.raises(KeyboardInterrupt):
                restore(memory, "carts", "snap-98")
        assert memory.store.unfinished()[0].trajectory == left + 1
    with open_memory(db=tmp_path / "memory.sqlite3", builder="extractive", embedder=NotNeeded()) as memory:
        assert memory.build_unfinished() == 1
        assert sorted(len(p.trajectories) for p in memory.store.procedures()) == [1, 31]
        assert memory.recall("Restore the dataset tickets from its last snapshot").matches


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_run_joins_a_procedure_of_its_project_though_those_of_others_are_nearer_to_its_task(tmp_path: Path):
    colours = ["red", "green", "blue", "black", "white", "brown", "grey", "pink", "gold", "navy"]
    steps = ["ssh host", "systemctl stop api", "rm cache", "systemctl start api", "curl health"]
    with memory_at(tmp_path) as memory:
        for n, colour in enumerate(colours):
            task = f"fix the {colour} worker of the {colours[n - 3]} shop with {colours[n - 5]} paint and {colours[n - 7]} screws"
            memory.record(
                task, [f"{verb}{n} it" for verb in ("stop", "wait", "start", "look")], "success", provenance=SHOP
            )
        first = memory.record("fix what leaks at night", steps, "success", provenance=BLOG)
        again = memory.record("fix the queue worker", [*steps, "tail log"], "success", provenance=BLOG)
        assert again.built == first.built
