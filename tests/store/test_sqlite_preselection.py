"""Preselection of vectors: the short list holds the nearest keys, whatever was added, archived or written by others."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import numpy as np
import pytest
from stored import EMBEDDER, IDENTITY, add

from memp.embed import Vectors, unit
from memp.errors import StoreError
from memp.store.records import Hit
from memp.store.sqlite import mirror
from memp.store.sqlite.store import SQLiteStore

SIZE = 300


def spread(count: int, seed: int) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, IDENTITY.dimension)))


def fill(store: SQLiteStore, vectors: Vectors, scope: str = "") -> list[int]:
    """A procedure for each vector; their ids."""
    with store.transaction():
        ids = [
            add(store, f"task {scope} {n}", steps=[f"step {scope} {n}"], scope=scope, embed=False)
            for n in range(len(vectors))
        ]
        pending = store.pending_keys(10 * len(vectors))
        known = {f"task {scope} {n}": vector for n, vector in enumerate(vectors)}
        store.set_vectors(IDENTITY, [i for i, _ in pending], np.stack([known[text] for _, text in pending]))
    return ids


def exact(vectors: Vectors, ids: list[int], query: Vectors, limit: int) -> list[int]:
    cosines = vectors.astype(np.float64) @ query.astype(np.float64)
    return [ids[place] for place in np.argsort(-cosines, kind="stable")[:limit]]


def owners(hits: list[Hit]) -> list[int]:
    return [hit.owner for hit in hits]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    opened = SQLiteStore(tmp_path / "memory.sqlite3")
    yield opened
    opened.close()


def test_the_nearest_are_those_of_a_search_over_all(store: SQLiteStore):
    vectors = spread(SIZE, 1)
    ids = fill(store, vectors)
    for query in spread(20, 2):
        hits = store.nearest("task", query, [""], 12)
        assert owners(hits) == exact(vectors, ids, query, 12)
        assert [hit.similarity for hit in hits] == pytest.approx(sorted(vectors @ query)[::-1][:12], abs=1e-6)


def test_of_vectors_that_differ_by_little_the_order_is_exact(store: SQLiteStore):
    base = spread(1, 3)
    vectors = unit(base + 0.1 * spread(SIZE, 4))
    ids = fill(store, vectors)
    for query in unit(base + 0.1 * spread(10, 5)):
        assert owners(store.nearest("task", query, [""], 5)) == exact(vectors, ids, query, 5)


def test_of_equal_vectors_the_oldest_keys_come_first(store: SQLiteStore):
    ids = fill(store, np.repeat(spread(1, 6), SIZE, axis=0))
    assert owners(store.nearest("task", spread(1, 6)[0], [""], 7)) == ids[:7]


def test_what_is_archived_is_left_out_until_it_is_restored(store: SQLiteStore):
    vectors = spread(SIZE, 7)
    ids = fill(store, vectors)
    gone = ids[10:200]
    for procedure in gone:
        store.archive(procedure, "useless")
    kept = [place for place, i in enumerate(ids) if i not in gone]
    query = spread(1, 8)[0]
    assert owners(store.nearest("task", query, [""], 9)) == exact(vectors[kept], [ids[p] for p in kept], query, 9)
    assert store.check() == []
    for procedure in gone:
        store.restore(procedure, "person", "wanted")
    assert owners(store.nearest("task", query, [""], 9)) == exact(vectors, ids, query, 9)
    assert store.check() == []


def test_what_another_connection_writes_is_seen_at_once(store: SQLiteStore, tmp_path: Path):
    vectors = spread(2 * SIZE, 9)
    ids = fill(store, vectors[:SIZE])
    query = vectors[SIZE + 5]
    assert owners(store.nearest("task", query, [""], 3)) == exact(vectors[:SIZE], ids, query, 3)
    other = SQLiteStore(tmp_path / "memory.sqlite3")
    later = fill(other, vectors[SIZE:], "shop")
    other.archive(later[5], "useless")
    assert owners(store.nearest("task", query, ["", "shop"], 3)) == exact(
        np.delete(vectors, SIZE + 5, axis=0), [i for i in [*ids, *later] if i != later[5]], query, 3
    )
    other.close()


def test_of_more_keys_than_codes_are_read_of_the_near_ones_are_in_the_list(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    for name, value in (("MOST_CODES", 100), ("ROUGH", 120), ("KEPT", 40)):
        monkeypatch.setattr(mirror, name, value)
    vectors = spread(SIZE, 10)
    ids = fill(store, vectors)
    for place in range(0, SIZE, 20):
        query = unit(vectors[place][None] + 0.5 * spread(1, 100 + place))[0]
        assert owners(store.nearest("task", query, [""], 1)) == [ids[place]]


def test_keys_that_were_archived_while_the_file_is_open_hide_no_others(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    for name, value in (("MOST_CODES", 100), ("ROUGH", 400), ("KEPT", 40)):
        monkeypatch.setattr(mirror, name, value)
    query = spread(1, 3)[0]
    vectors = np.concatenate([np.repeat(query[None], 120, axis=0), spread(60, 5)])[
        np.random.default_rng(1).permutation(180)
    ]
    ids = fill(store, vectors)
    for place in np.flatnonzero(vectors @ query > 0.99):
        store.archive(ids[place], "useless")
        store.nearest("task", query, [""], 1)
    kept = vectors @ query < 0.99
    assert owners(store.nearest("task", query, [""], 1)) == exact(vectors[kept], list(np.array(ids)[kept]), query, 1)


def test_of_few_keys_the_nearest_are_found_for_sure_however_many_were_archived(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    for name, value in (("MOST_CODES", 64), ("ROUGH", 1), ("KEPT", 1)):
        monkeypatch.setattr(mirror, name, value)
    vectors = spread(SIZE, 15)
    ids = fill(store, vectors)
    kept = list(range(0, SIZE, 60))
    for place in set(range(SIZE)).difference(kept):
        store.archive(ids[place], "useless")
    query = spread(1, 16)[0]
    assert owners(store.nearest("task", query, [""], 3)) == exact(vectors[kept], [ids[p] for p in kept], query, 3)
    assert store.check() == []


@pytest.mark.parametrize("most", [10, 16_384])
def test_an_index_that_was_made_anew_is_searched_alike(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch, most: int):
    monkeypatch.setattr(mirror, "MOST_CODES", most)
    vectors = spread(SIZE, 13)
    ids = fill(store, vectors)
    for gone in (0, 200):
        for place in range(gone):
            store.archive(ids[place], "useless")
        for query in spread(3, 14):
            before = store.nearest("task", query, [""], 9)
            store.reindex()
            assert store.nearest("task", query, [""], 9) == before
            assert owners(before) == exact(vectors[gone:], ids[gone:], query, 9)


def test_a_model_whose_dimensions_fill_no_whole_words_is_searched_alike(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    vectors = unit(np.random.default_rng(11).standard_normal((SIZE, 50)))
    with store.transaction():
        ids = [add(store, f"task {n}", steps=[f"step {n}"], embed=False) for n in range(SIZE)]
        pending = store.pending_keys(10 * SIZE)
        rows = np.stack([vectors[int(text.split()[1])] for _, text in pending])
        store.set_vectors(IDENTITY.model_copy(update={"dimension": 50}), [i for i, _ in pending], rows)
    for most in (mirror.MOST_CODES, 10):
        monkeypatch.setattr(mirror, "MOST_CODES", most)
        assert owners(store.nearest("task", vectors[77], [""], 1)) == [ids[77]]


def test_a_query_of_another_dimension_is_refused(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch):
    fill(store, spread(SIZE, 12))
    for most in (mirror.MOST_CODES, 10):
        monkeypatch.setattr(mirror, "MOST_CODES", most)
        for dimension in (50, 1_024):
            query = unit(np.random.default_rng(1).standard_normal((1, dimension)))[0]
            with pytest.raises(StoreError, match="another model"):
                store.nearest("task", query, [""], 3)


def test_what_is_forgotten_takes_its_vector_along_unless_another_key_has_the_same_text(store: SQLiteStore):
    shared, alone = "clean the mug", "a secret errand"
    first = add(store, shared)
    add(store, shared, steps=["rinse"])
    gone = add(store, alone, steps=["whisper"])
    store.forget([first, gone], [2])
    assert set(store.known_vectors([shared, alone])) == {shared}
    assert [hit.similarity for hit in store.nearest("task", EMBEDDER.encode([shared])[0], [""], 3)] == pytest.approx(
        [1.0]
    )
    assert store.check() == []
    with closing(apsw.Connection(str(store.path))) as file:
        assert file.execute("SELECT count(*) FROM vectors").fetchall() == [(1,)]
