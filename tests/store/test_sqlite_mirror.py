"""Mirror of the index of vectors: a search sees what its view of the file has, whoever wrote it, and nothing else."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from stored import IDENTITY, add

from memp.embed import Vectors, unit
from memp.store.sqlite import mirror
from memp.store.sqlite.store import SQLiteStore

SIZE = 150


@pytest.fixture(params=["codes", "signs"], autouse=True)
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to keep keys. The list is as short as the signs allow for so few."""
    if request.param == "signs":
        monkeypatch.setattr(mirror, "MOST_CODES", 0)
    monkeypatch.setattr(mirror, "READ", 2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(tmp_path / "memory.sqlite3")) as opened:
        yield opened


def spread(count: int, seed: int, dimension: int = IDENTITY.dimension) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, dimension)))


def fill(store: SQLiteStore, vectors: Vectors, scope: str = "", name: str = "task") -> list[int]:
    """A procedure for each vector; their ids."""
    with store.transaction():
        ids = [add(store, f"{name} {n}", steps=[name, str(n)], scope=scope, embed=False) for n in range(len(vectors))]
        embed(store, vectors)
    return ids


def embed(store: SQLiteStore, vectors: Vectors) -> None:
    pending = store.pending_keys(10 * SIZE)
    known = [vectors[int(text.rsplit(" ", 1)[1])] for _, text in pending]
    identity = IDENTITY.model_copy(update={"dimension": vectors.shape[1]})
    store.set_vectors(identity, [i for i, _ in pending], np.stack(known))


def nearest(store: SQLiteStore, vector: Vectors, scope: str = "") -> int:
    """The procedure of the key that is nearest; 0 where none is."""
    hits = store.nearest("task", vector, [scope], 1)
    return hits[0].owner if hits and hits[0].similarity and hits[0].similarity > 0.99 else 0


def test_what_was_rolled_back_is_not_seen_and_what_is_written_in_its_place_is(store: SQLiteStore):
    old, gone, new = spread(SIZE, 1), spread(SIZE, 2), spread(SIZE, 3)
    fill(store, old)
    assert nearest(store, old[3])

    def try_in_vain() -> None:
        with store.transaction():
            fill(store, gone, name="in vain")
            assert nearest(store, gone[3])
            raise KeyError

    with pytest.raises(KeyError):
        try_in_vain()
    assert not nearest(store, gone[3])
    ids = fill(store, new, name="later")
    assert [nearest(store, vector) for vector in new] == ids
    assert not nearest(store, gone[3])


def test_what_another_connection_adds_archives_and_restores_is_seen_by_the_next_search(
    store: SQLiteStore, tmp_path: Path
):
    first, second = spread(SIZE, 4), spread(SIZE, 5)
    ids = fill(store, first)
    assert nearest(store, first[7]) == ids[7]
    with closing(SQLiteStore(tmp_path / "memory.sqlite3")) as other:
        later = fill(other, second, name="other")
        assert [nearest(store, vector) for vector in second] == later
        other.archive(ids[7], "useless")
        assert not nearest(store, first[7])
        assert nearest(store, first[8]) == ids[8]
        other.restore(ids[7], "person", "wanted")
        assert nearest(store, first[7]) == ids[7]


def test_one_procedure_after_the_other_is_found_as_soon_as_it_is_there(store: SQLiteStore):
    vectors = spread(SIZE, 6)
    for n, vector in enumerate(vectors):
        made = add(store, f"one {n}", steps=[str(n)], embed=False)
        embed(store, vectors)
        assert nearest(store, vector) == made


def test_vectors_of_another_model_take_the_place_of_the_old_ones(store: SQLiteStore):
    old, new = spread(SIZE, 7), spread(SIZE, 8, 50)
    ids = fill(store, old)
    assert nearest(store, old[5]) == ids[5]
    store.forget_vectors()
    embed(store, new)
    assert [nearest(store, vector) for vector in new] == ids


def test_more_scopes_than_are_kept_are_searched_alike(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mirror, "MOST_BYTES", 100_000)
    places = {f"project{n}": spread(20, 10 + n) for n in range(4)}
    ids = {scope: fill(store, vectors, scope, scope) for scope, vectors in places.items()}
    for _ in range(2):
        for scope, vectors in places.items():
            assert nearest(store, vectors[11], scope) == ids[scope][11]


def test_threads_that_search_more_scopes_than_are_kept_at_once_all_end(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mirror, "MOST_BYTES", 0)
    places = {f"project{n}": spread(SIZE, 40 + n) for n in range(2)}
    ids = {scope: fill(store, vectors, scope, scope) for scope, vectors in places.items()}
    found: dict[str, list[int]] = {}

    def read(scope: str) -> None:
        found[scope] = [nearest(store, vector, scope) for vector in places[scope]]

    threads = [threading.Thread(target=read, args=(scope,)) for scope in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ids


def test_threads_that_read_while_another_writes_find_what_was_there_before(store: SQLiteStore):
    old = spread(SIZE, 20)
    ids = fill(store, old)
    found: list[list[int]] = []

    def read() -> None:
        found.append([nearest(store, vector) for vector in old])

    def write() -> None:
        for n in range(10):
            fill(store, spread(5, 30 + n), name=f"more {n}")

    threads = [threading.Thread(target=act) for act in (read, write, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [ids, ids]
