"""Runs and outcomes that the examples left in a memory file."""

from pathlib import Path

from memp.store.sqlite.store import SQLiteStore


def runs(database: Path) -> list[tuple[str, int, float, str]]:
    """The recorded runs: task, number of steps, reward and kind of evidence."""
    store = SQLiteStore(database, read_only=True)
    try:
        found = [store.trajectory(number) for number in range(1, store.stats().trajectories + 1)]
    finally:
        store.close()
    return [(t.task.split()[4], len(t.steps), t.reward, t.evidence.kind) for t in found]


def outcomes(database: Path, procedure: int) -> list[bool]:
    store = SQLiteStore(database, read_only=True)
    try:
        return [use.success for use in store.uses(procedure)]
    finally:
        store.close()
