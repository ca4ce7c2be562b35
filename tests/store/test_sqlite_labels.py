"""Schema labels: a file that claims another schema than it has is told from a sound one, and mended."""

from pathlib import Path

import apsw
import pytest

from memp.errors import StoreError
from memp.store.sqlite.labels import read_label, relabel
from memp.store.sqlite.store import SQLiteStore


def labelled(path: Path, version: int) -> Path:
    """A file of today's tables that claims to have this schema."""
    SQLiteStore(path).close()
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", version)
    connection.close()
    return path


@pytest.mark.parametrize("version", [-1, 1])
def test_a_file_with_a_wrong_label_is_refused_with_what_to_do_and_relabelled(tmp_path: Path, version: int):
    path = labelled(tmp_path / "memory.sqlite3", version)
    with pytest.raises(StoreError, match="run `memp doctor --repair`"):
        SQLiteStore(path)
    label = read_label(path)
    assert label is not None and label.wrong and label.claimed == version
    assert relabel(path) == label.held
    store = SQLiteStore(path)
    assert label.held == store.schema_version and store.check() == []
    store.close()


def test_a_sound_file_and_one_of_a_newer_memp_have_no_wrong_label(tmp_path: Path):
    sound, newer = labelled(tmp_path / "a.sqlite3", 1), labelled(tmp_path / "b.sqlite3", 99)
    relabel(sound)
    assert [label.wrong for label in map(read_label, (sound, newer)) if label] == [False, False]


def test_a_file_whose_tables_are_of_no_schema_is_not_relabelled(tmp_path: Path):
    path = labelled(tmp_path / "memory.sqlite3", 1)
    connection = apsw.Connection(str(path))
    connection.execute("DROP TABLE findings")
    connection.close()
    with pytest.raises(StoreError, match="restore a backup"):
        relabel(path)


def test_what_is_no_memory_has_no_label(tmp_path: Path):
    (tmp_path / "text").write_bytes(b"text" * 999)
    assert read_label(tmp_path / "text") is None and read_label(tmp_path / "missing") is None
