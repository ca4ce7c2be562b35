"""SQLite's search indexes: what is lost of the blocks or FTS5 is noticed, and built anew from the keys."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from sealed import beside
from stored import add, hits, vector

from memp.errors import StoreError
from memp.store.sqlite.store import SQLiteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    opened = SQLiteStore(tmp_path / "memory.sqlite3")
    yield opened
    opened.close()


def raw(store: SQLiteStore) -> apsw.Connection:
    """The file from beside the store, as another tool would open it."""
    return beside(store.path)


def test_reindex_heals_a_lost_vector_index(store: SQLiteStore):
    procedure = add(store, facts=["mug"])
    gone = add(store, "clean the cup", steps=["rinse"])
    store.archive(gone, "useless")
    with raw(store) as db:
        db.execute("DELETE FROM keys_blocks")
    assert hits(store, "clean the mug")[0] == set()
    assert any("memp doctor --repair" in fault for fault in store.check())
    store.reindex()
    assert store.check() == []
    assert hits(store, "clean the mug") == ({procedure}, {procedure})


def test_a_missing_index_table_is_a_store_error_until_reindexed(store: SQLiteStore):
    procedure = add(store)
    with raw(store) as db:
        db.execute("DROP TABLE keys_blocks")
    with pytest.raises(StoreError, match="memp doctor --repair"):
        store.nearest("task", vector("clean the mug"), [""], 5)
    store.reindex()
    assert hits(store, "clean the mug") == ({procedure}, {procedure})


def test_reindex_heals_a_lost_word_index(store: SQLiteStore):
    procedure = add(store)
    with raw(store) as db:
        db.execute("INSERT INTO keys_fts (keys_fts) VALUES ('delete-all')")
    assert hits(store, "clean the mug")[1] == set()
    store.reindex()
    assert hits(store, "clean the mug")[1] == {procedure}
    assert store.document_frequency(["mug", "nothing"]) == ({"mug": 1}, 1)


def test_what_is_added_after_a_reindex_is_hits(store: SQLiteStore):
    add(store)
    store.reindex()
    later = add(store, "boil an egg", steps=["boil it"])
    assert later in hits(store, "boil an egg")[0] & hits(store, "boil an egg")[1]
