"""Joining a family while another process revises it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from memp import ProceduralMemory, open_memory
from memp.errors import RevisedMeanwhileError, StoreError
from memp.update.joining import MOST_TRIES, Joining


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


def test_a_procedure_that_others_revise_all_the_time_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tries: list[int] = []

    def refused(self: Joining, match: Any, run_id: int, facts: Sequence[str]):
        tries.append(run_id)
        raise RevisedMeanwhileError("p1 was revised meanwhile.")

    with memory_at(tmp_path) as memory:
        restore(memory, "orders", "snap-114")
        with monkeypatch.context() as patch:
            patch.setattr(Joining, "join", refused)
            with pytest.raises(StoreError, match="is kept as t2: the same call again does the rest"):
                restore(memory, "carts", "snap-98")
        assert len(tries) == MOST_TRIES
        restore(memory, "carts", "snap-98")
        (procedure,) = memory.store.procedures()
        assert len(procedure.trajectories) == 2
