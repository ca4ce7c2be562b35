"""Search over many keys in one scope, beside a flat index: its CPU time, and how many of the nearest ten it finds (recall@10).

    python bench/search.py [--sizes 100000 1000000] [--real 40000] [--queries 200] [--keep FOLDER]

The keys have the vectors of real sentences (bench/texts.py), and where more are wanted than there are, of these with a share
of another; the queries are sentences that are not among them. Beside it the same search in faiss (`IndexFlatIP`, one thread),
or in numpy where faiss-cpu is not installed (`pip install faiss-cpu`). The first search of a process reads what it keeps of
the keys in memory: it has a row of its own. A million keys take some 6 GB of disk and 5 GB of memory.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from rows import Row
from store import cpu, spent
from table import show
from texts import grown, vectors_of

from memp.config import read_settings
from memp.embed import Embedder, Vectors
from memp.embed.load import open_embedder
from memp.store.sqlite.connection import Database
from memp.store.sqlite.dialect import to_blob
from memp.store.sqlite.preselection import add_vectors
from memp.store.sqlite.store import SQLiteStore

NEAREST = 10
BATCH = 10_000
GOALS = {1_000_000: "<= 0.5"}
RECALL_GOAL = ">= 0.99"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--real", type=int, default=40_000, help="keys with the vectors of real sentences")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--model", help="the embedding model; by default the configured one")
    parser.add_argument("--keep", type=Path, help="where vectors and memories are kept, and found again")
    options = parser.parse_args()
    settings = read_settings()
    embedder = open_embedder(options.model or settings.model, settings.cache)
    with tempfile.TemporaryDirectory() as folder:
        show(rows(embedder, options.keep or Path(folder), options.sizes, options.real, options.queries))


def rows(embedder: Embedder, keep: Path, sizes: Sequence[int], real: int, queries: int) -> list[Row]:
    """The rows of each size."""
    keep.mkdir(parents=True, exist_ok=True)
    vectors = vectors_of(real + queries, embedder, keep)
    asked, kept = vectors[:queries], vectors[queries:]
    return [row for size in sizes for row in _measured(keep, embedder, grown(kept, size), asked)]


def _measured(keep: Path, embedder: Embedder, keys: Vectors, asked: Vectors) -> list[Row]:
    size, named = len(keys), f"of {len(keys):,} keys in one scope"
    name, flat = _flat(keys)
    path = _filled(keep / f"search-{embedder.identity.digest[:12]}-{size}.sqlite3", keys)
    with closing(SQLiteStore(path)) as store:

        def search(vector: Vectors) -> Any:
            return store.nearest("task", vector, [""], NEAREST)

        first = spent(search, asked[0])
        # In turns, so that both meet the machine as it is.
        ours, theirs = cpu(search, asked[:20]), cpu(flat, asked[:20])
        ours, theirs = (ours + cpu(search, asked[:20])) / 2, (theirs + cpu(flat, asked[:20])) / 2
        found = [{hit.owner for hit in search(vector)} for vector in asked]
    exact = [set(flat(vector).tolist()) for vector in asked]
    recall = sum(len(ours & true) for ours, true in zip(found, exact, strict=True)) / (len(asked) * NEAREST)
    return [
        Row(f"search {named} / {name}", ours / theirs, "", GOALS.get(size, "")),
        Row(f"search {named}", ours, "ms"),
        Row(f"{name} {named}", theirs, "ms"),
        Row(f"recall@10 of the search {named}", recall, "", RECALL_GOAL),
        Row(f"first search of a process {named}", first, "ms"),
    ]


def _flat(keys: Vectors) -> tuple[str, Callable[[Vectors], NDArray[np.int64]]]:
    """A flat search by one thread: the places of the nearest."""
    if find_spec("faiss") is None:
        return "numpy's product", lambda vector: np.argpartition(-(keys @ vector), NEAREST)[:NEAREST]
    faiss: Any = import_module("faiss")
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(keys.shape[1])
    index.add(keys)
    return "faiss IndexFlatIP", lambda vector: index.search(vector[None], NEAREST)[1][0]


def _filled(path: Path, keys: Vectors) -> Path:
    """A memory whose keys have these vectors; the owner of each is its place."""
    if path.exists():
        return path
    with closing(SQLiteStore(path)), Database(path) as file:
        for begin in range(0, len(keys), BATCH):
            some = keys[begin : begin + BATCH]
            ids = range(begin + 1, begin + len(some) + 1)
            with file.write() as db:
                db.run_many(
                    "INSERT INTO vectors (id, vector) VALUES (?, ?)",
                    ((i, to_blob(vector)) for i, vector in zip(ids, some, strict=True)),
                )
                db.run_many(
                    "INSERT INTO keys (id, scope, kind, owner, text, vector_id) VALUES (?, '', 'task', ?, ?, ?)",
                    ((i, i - 1, f"key {i}", i) for i in ids),
                )
                add_vectors(db, "", "task", list(ids), list(some))
    return path


if __name__ == "__main__":
    main()
