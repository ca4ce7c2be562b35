"""Server time of each page by the store's own query of it: `python bench/page.py [--sizes 1000 10000] [--uses 90000]`.

A memory of so many procedures, made as in bench/store.py with `--model` (by default no real one: only a search asks it), ten
times as many recalls, and `--uses` runs beside those that the procedures came from: the number of uses falls with the rank of a
procedure (as 1 / rank, seed 1), so the first has some 7 % of them. Pages are asked for within the process, without a network.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from rows import Row
from starlette.testclient import TestClient
from store import BATCH, Text, filled
from table import show

from memp.config import read_settings
from memp.domain.procedure import Ref
from memp.embed import Embedder
from memp.embed.load import open_embedder
from memp.store.records import Asked, ProceduresWanted, RunsWanted, Shown
from memp.store.sqlite.store import SQLiteStore
from memp.text.keywords import hash_words
from memp_clients.page.access import Access
from memp_clients.page.app import make_page
from memp_server.opening import LazyMemory

HOST = "http://127.0.0.1:8000"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000], help="procedures")
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--uses", type=int, default=0, help="further runs, each of which used a procedure")
    parser.add_argument("--model", default="hashing")
    show(rows(**vars(parser.parse_args())))


def rows(sizes: Sequence[int] = (1_000, 10_000), calls: int = 20, model: str = "hashing", uses: int = 0) -> list[Row]:
    """The rows of each size."""
    found: list[Row] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            embedder = open_embedder(model, read_settings().cache)
            path = filled(Path(folder) / "memory.sqlite3", size, 1, embedder)
            _recalled(path, 10 * size, size)
            _used(path, uses, size, embedder)
            found += _measured(path, size, calls, model)
    return found


def _recalled(path: Path, recalls: int, size: int) -> None:
    """Log recalls, of which the newest keep their answers."""
    store, now = SQLiteStore(path), datetime.now(UTC)
    for begin in range(0, recalls, 10_000):
        store.note_recalls(
            [
                Asked(
                    scope="", words=hash_words(f"task {number}"), context="/m/cli/", asked=f'{{"task": "task {number}"}}',
                    at=(now - timedelta(minutes=recalls - number)).isoformat(), answer='{"matches": []}',
                    shown=(Shown(procedure_id=number % size + 1, revision=1, similarity=0.5),),
                )
                for number in range(begin, min(recalls, begin + 10_000))
            ],
            wait=True,
        )  # fmt: skip
    store.close()


def _used(path: Path, uses: int, size: int, embedder: Embedder) -> None:
    store, drawn = SQLiteStore(path), random.Random(1)
    for begin in range(0, uses, 10_000):
        with store.transaction():
            for number in range(begin, min(uses, begin + 10_000)):
                used = [Ref(procedure_id=min(size, int((size + 1) ** drawn.random())))]
                store.finish(store.add_trajectory("", Text(size + number).run(), used, number % 5 > 0).id)
        while pending := store.pending_keys(BATCH):
            # None of these pages compares them.
            vectors = np.zeros((len(pending), embedder.identity.dimension), np.float32)
            vectors[:, 0] = 1
            store.set_vectors(embedder.identity, [i for i, _ in pending], vectors)
    store.close()


def _measured(path: Path, size: int, calls: int, model: str) -> list[Row]:
    opened = LazyMemory(lambda: read_settings(db=path, model=model))
    access = Access(8000)
    client = TestClient(make_page(opened, access), base_url=HOST)
    client.get(access.new_link())
    store = SQLiteStore(path)
    own: dict[str, Callable[[], object]] = {
        "/procedures": lambda: store.procedures(store.browse_procedures(ProceduresWanted(), None)),
        f"/procedures?from={size - 50}": lambda: store.browse_procedures(ProceduresWanted(), None, size - 50),
        "/runs": lambda: store.browse_runs(RunsWanted(), None),
        "/recalls": lambda: store.browse_answers(None),
    }
    paths = (
        "/", *own, "/procedures?tier=validated&sort=success", "/procedures?q=a+task", "/procedures?families=1",
        f"/procedures/{size // 2}",
        "/procedures/1", f"/runs/{size // 2}", "/runs?outcome=failed", "/recalls?from=5000", f"/recalls/{10 * size}",
        "/review", "/health",
    )  # fmt: skip
    found: list[Row] = []
    for page in paths:
        client.get(page)  # The template is compiled, and pages of the file are read, once.
        taken = _spent(lambda page=page: client.get(page), calls)
        what = f"{page}, of {size:,} procedures"
        found.append(Row(what, 1e3 * taken, "ms", "< 50" if size <= 10_000 else "< 200"))
        if page in own:
            found.append(Row("... by the store's own query", taken / _spent(own[page], calls)))
    store.close()
    opened.close()
    return found


def _spent(act: Callable[[], object], calls: int) -> float:
    """The median CPU seconds of a call, of all threads."""
    taken: list[float] = []
    for _ in range(calls):
        begin = time.process_time()
        act()
        taken.append(time.process_time() - begin)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
