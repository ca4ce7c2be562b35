"""Copies of a memory file: while it is in use, and where there is nothing to copy."""

from pathlib import Path

import pytest

from memp.errors import StoreError
from memp.memory import ProceduralMemory
from memp.store.sqlite.backup import back_up
from memp.store.sqlite.store import SQLiteStore

STEPS = ["mix -> dough", "bake -> bread"]


def test_a_memory_in_use_is_copied_as_it_is_at_that_moment(memory: ProceduralMemory, tmp_path: Path):
    memory.record("bake bread", STEPS, 1)
    back_up(tmp_path / "memory.sqlite3", tmp_path / "copy.sqlite3")
    memory.record("bake a cake", ["mix -> batter", "bake -> cake"], 1)
    copy = SQLiteStore(tmp_path / "copy.sqlite3")
    try:
        assert [copy.trajectory(1).task, copy.stats().trajectories, copy.check()] == ["bake bread", 1, []]
    finally:
        copy.close()
    assert memory.store.stats().trajectories == 2


@pytest.mark.parametrize("content", [None, b"no database " * 400])
def test_what_is_no_memory_is_not_copied(tmp_path: Path, content: bytes | None):
    source = tmp_path / "source.sqlite3"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(StoreError, match="unable to open database file" if content is None else "not a database"):
        back_up(source, tmp_path / "copy.sqlite3")
