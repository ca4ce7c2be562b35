"""Disk and search of the memory file: `python bench/store.py [--sizes 1000 10000] [--projects 100] [--keep FOLDER]`.

A memory of so many procedures of 20 steps, in one scope, and the last size also in as many scopes as there are projects. Rows
are ratios of what is measured in one run on one machine: the bytes of the file to those of the runs' own texts and one vector
each; the CPU of a search to that of the same product in numpy on one thread, over vectors that lie ready in memory; the CPU of
a recall to that of the embedding of its query alone. The texts are made up, and so are most vectors: near those of some texts.
100,000 procedures take some 20 minutes and 2 GB.
"""

import argparse
import os
import random
import shutil
import statistics
import tempfile
import time
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import apsw
import numpy as np
from rows import Row
from table import show

from memp.build.builders import from_rules, keys_of
from memp.build.outline import outline_of
from memp.config import read_settings
from memp.domain.procedure import Draft
from memp.domain.results import Options
from memp.domain.trajectory import Evidence, Provenance, Step, Trajectory
from memp.embed import Embedder, Vectors, unit
from memp.embed.background import Ready
from memp.embed.load import open_embedder
from memp.memory import ProceduralMemory
from memp.retrieve.strategies import worded
from memp.store.sqlite.store import SQLiteStore
from memp.text.entities import facts_of

BATCH = 500
BASES = 300
"""Texts that are embedded; the vectors of the others are near one of these."""

DRAFTS = 50
QUERIES = 40
LARGE = 100_000
MIB = 1024 * 1024

VERBS = (
    "rotate restore resize drain promote rebuild verify archive migrate replay seal patch index export mount".split()
)
NOUNS = (
    "certificate snapshot queue replica ledger bucket gateway cache schema token pipeline volume alias digest".split()
)
PLACES = "staging production canary the lab the archive the edge a mirror the vault".replace("the ", "the_").split()


class Text:
    """Made-up tasks and runs, the same for the same number."""

    def __init__(self, number: int) -> None:
        self._draw = random.Random(number)
        self.number = number

    def _name(self, kinds: int) -> str:
        return f"{self._draw.choice('bdfgklmnprstvz')}{self._draw.choice('aeiou')}{self._draw.randrange(kinds):x}r"

    @property
    def task(self) -> str:
        draw = self._draw
        return (
            f"{draw.choice(VERBS)} the {draw.choice(NOUNS)} of {self._name(60)} in {draw.choice(PLACES)} "
            f"before the {draw.choice(NOUNS)} of {self._name(200)} is {draw.choice(VERBS)}ed"
        )

    def run(self) -> Trajectory:
        task, draw = self.task, self._draw
        steps = tuple(
            Step(
                action=f"{draw.choice(VERBS)} --{draw.choice(NOUNS)} {self._name(400)} --at {draw.choice(PLACES)}",
                observation=f"{draw.choice(NOUNS)} {self._name(400)}: ok",
            )
            for _ in range(20)
        )
        return Trajectory(task=task, steps=steps, reward=1.0, evidence=Evidence(kind="check", detail="tests pass"))


class Near:
    """Vectors near those of some texts, for memories that are too big to be embedded."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self._bases = embedder.encode([Text(number).task for number in range(BASES)])

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows: list[Vectors] = []
        for text in texts:
            draw = np.random.default_rng(zlib.crc32(text.encode()))
            noise = draw.standard_normal(self._bases.shape[1]) / np.sqrt(self._bases.shape[1])
            rows.append(self._bases[draw.integers(BASES)] + 0.6 * noise)
        return unit(np.stack(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--projects", type=int, default=100, help="in how many projects the last size is kept as well")
    parser.add_argument("--model", help="the embedding model; by default the configured one")
    parser.add_argument("--keep", type=Path, help="where memories are kept, and found again")
    parser.add_argument(
        "--calls", type=int, default=500, help="recalls and records while another process reads one view"
    )
    show(rows(**vars(parser.parse_args())))


def rows(
    sizes: Sequence[int] = (1_000, 10_000), projects: int = 100, model: str | None = None, keep: Path | None = None,
    calls: int = 500,
) -> Iterator[Row]:  # fmt: skip
    """The rows of each memory."""
    settings = read_settings()
    embedder = open_embedder(model or settings.model, settings.cache)
    with tempfile.TemporaryDirectory() as folder:
        place = keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        for size, scopes in [*((size, 1) for size in sizes), (sizes[-1], projects)]:
            path = filled(place / f"{size}-{scopes}.sqlite3", size, scopes, embedder)
            yield from measured(path, size, scopes, embedder, calls)


def filled(path: Path, size: int, scopes: int, embedder: Embedder) -> Path:
    """A memory of so many procedures."""
    if path.exists():
        SQLiteStore(path).close()  # It may be of an older schema.
        return path
    near = Near(embedder)
    drafts: list[Draft] = []
    outlines: list[bytes | None] = []
    store = SQLiteStore(path)
    for begin in range(0, size, BATCH):
        with store.transaction():
            for number in range(begin, min(begin + BATCH, size)):
                run = Text(number).run()
                if len(drafts) < DRAFTS:
                    drafts.append(from_rules(run, (), 1.0))
                    outlines.append(outline_of(run))
                scope, like = f"project{number % scopes}" if scopes > 1 else "", number % len(drafts)
                put(store, scope, run, drafts[like], outlines[like])
        while pending := store.pending_keys(BATCH):
            store.set_vectors(embedder.identity, [i for i, _ in pending], near.encode([text for _, text in pending]))
    store.close()
    return path


def put(store: SQLiteStore, scope: str, run: Trajectory, like: Draft, outline: bytes | None = None) -> None:
    """A procedure of a run, with steps like those of a draft, and the outline of that one's run."""
    script = like.script.model_copy(update={"goal": run.task, "steps": tuple(step.action for step in run.steps)})
    draft = like.model_copy(
        update={"script": script, "facts": tuple(facts_of(run.task)), "template": "", "bindings": {}}
    )
    stored = store.add_trajectory(scope, run, (), True)
    made = store.put(scope, draft, stored.id, script.signature(), keys_of(draft, run.task))
    store.set_first_run(made.id, stored.id)
    store.finish(stored.id, outline)


def measured(path: Path, size: int, scopes: int, embedder: Embedder, calls: int) -> Iterator[Row]:
    """The rows of one memory."""
    among = f"{size:,} procedures in {scopes} scope{'s' if scopes > 1 else ''}"
    yield from disk(path, size, among)
    scope = "project0" if scopes > 1 else ""
    tasks = [Text(number * size // QUERIES).task for number in range(QUERIES)]
    asked = [task.replace("before", "until") for task in tasks]
    with ProceduralMemory(SQLiteStore(path), Ready(embedder), options=Options(project=scope)) as memory:
        yield from searches(memory, asked, size // scopes, embedder, among)
        yield recalls(memory, asked, embedder, among)
    if scopes == 1:
        yield from journal(path, embedder, asked, calls, among)


def disk(path: Path, size: int, among: str) -> Iterator[Row]:
    with connected(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        own = db.execute("SELECT sum(length(task) + length(steps)) FROM trajectories").get + size * 384 * 4
        pages = db.execute(
            "SELECT name, sum(pgsize) FROM dbstat WHERE aggregate = 1 GROUP BY name ORDER BY 2 DESC LIMIT 9"
        ).fetchall()
    total = path.stat().st_size
    yield Row(f"file, a procedure, {among}", total / size / 1000, "kB")
    beyond = (total - own) / size / 1000
    yield Row(f"... beyond its run and one vector, {among}", beyond, "kB", "<= 6" if size >= LARGE else "")
    for name, used in pages:
        yield Row(f"... of it {name}, {among}", used / size / 1000, "kB")


def searches(
    memory: ProceduralMemory, asked: Sequence[str], size: int, embedder: Embedder, among: str
) -> Iterator[Row]:  # fmt: skip
    """Both kinds of search, beside the product of a query and all vectors."""
    vectors = embedder.encode(asked)
    matrix = unit(np.random.default_rng(0).standard_normal((size, vectors.shape[1])))
    scopes = memory.options.scopes

    def flat(vector: Vectors) -> object:
        scores = matrix @ vector
        return np.argpartition(-scores, 40)[:40] if size > 40 else scores

    product = cpu(flat, vectors)
    for name, act in {
        "tasks": lambda v: memory.store.nearest("task", v, scopes, 40),
        "runs": lambda v: memory.store.alone(v, scopes, Provenance().context),
    }.items():  # fmt: skip
        took = cpu(act, vectors)
        yield Row(f"search of {name}, {among}", took, "ms")
        yield Row(f"... of {name}, {among} / numpy's product", took / product)
    words = [worded(memory.store, task, "").rare for task in asked]
    lexical = cpu(lambda w: memory.store.lexical("task", w, scopes, 40), words)
    yield Row(f"lexical part, {among}", lexical, "ms", "<= 25" if size >= LARGE else "")
    yield Row(f"document counts, {among}", cpu(memory.store.document_frequency, words), "ms")


def recalls(memory: ProceduralMemory, asked: Sequence[str], embedder: Embedder, among: str) -> Row:
    memory.recall(asked[0])
    # In turns, so that both meet the machine as it is.
    alone, whole = list[float](), list[float]()
    for task in asked:
        alone.append(spent(embedder.encode, [f"{task} now"]))
        whole.append(spent(memory.recall, task))
    ratio = statistics.median(whole) / statistics.median(alone)
    return Row(f"CPU of a recall in one process / embedding its query, {among}", ratio)


def journal(path: Path, embedder: Embedder, asked: Sequence[str], calls: int, among: str) -> Iterator[Row]:
    """The journal while another process reads one view for so many calls, and after two more; of a copy, as it records."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ProceduralMemory(SQLiteStore(copied := _copy(path, folder)), Ready(embedder)) as memory,
        connected(copied, apsw.SQLITE_OPEN_READONLY) as reader,
    ):
        wal = Path(f"{copied}-wal")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM meta").fetchall()
        for number in range(calls):
            memory.recall(asked[number % len(asked)])
            memory.store.add_trajectory("journal", Text(-number - 1).run(), (), True)
        yield Row(f"journal, {calls} calls beside a reader, {among}", wal.stat().st_size / MIB, "MiB")
        reader.execute("COMMIT")
        for _ in range(2):
            memory.recall(asked[0])
        yield Row(f"... two calls after it, {among}", wal.stat().st_size / MIB, "MiB", "<= 16")


def _copy(path: Path, folder: str) -> Path:
    return Path(shutil.copy(path, Path(folder, path.name)))


@contextmanager
def connected(path: Path, flags: int = apsw.SQLITE_OPEN_READWRITE) -> Generator[apsw.Connection]:
    connection = apsw.Connection(str(path), flags=flags)
    try:
        yield connection
    finally:
        connection.close()


def spent(act: Callable[[Any], object], argument: Any) -> float:
    """The CPU milliseconds of a call."""
    begin = time.process_time()
    act(argument)
    return 1000 * (time.process_time() - begin)


def cpu(act: Callable[[Any], object], arguments: Sequence[Any]) -> float:
    """The median CPU milliseconds of a call, over twice the arguments."""
    return statistics.median(spent(act, argument) for argument in [*arguments, *arguments])


if __name__ == "__main__":
    main()
