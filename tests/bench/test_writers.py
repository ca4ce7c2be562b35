"""Processes that record at once in one memory: nothing is lost, refused or left without a vector."""

from pathlib import Path

from writers import left, write


def test_three_processes_that_record_at_once_lose_nothing(tmp_path: Path):
    path = tmp_path / "memory.sqlite3"
    written = write(path, processes=3, calls=6, model="hashing")
    assert [len(one.seconds) for one in written] == [6, 6, 6]
    assert [error for one in written for error in one.errors] == []
    assert left(path, runs=18) == (0, 0, 0)
