"""Labelled sets of tasks: what is stored, how it is asked again, and near misses to which nothing stored applies.

A set is a file of JSON lines, or of one JSON list, or a folder of such. A row has `task` (as it is stored), `again` (the same
asked otherwise), `miss` (the same field and words, another goal), `field`, and perhaps `goal` and `steps`. The names that
other files use for them are understood: `a`, `b`, `query`, `near_miss`, `family`.
"""

import hashlib
import json
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from memp.domain.results import Options
from memp.embed import Embedder
from memp.embed.background import Ready
from memp.embed.calibrate import PAIRS
from memp.memory import ProceduralMemory
from memp.retrieve.candidates import Candidate, Query
from memp.retrieve.retriever import Request
from memp.retrieve.strategies import STRATEGIES
from memp.store.sqlite.store import SQLiteStore

OWN = (PAIRS, Path(__file__).with_name("tasks"))
"""The sets in the repository."""

Kind = Literal["again", "miss", "same"]
"""A stored task asked otherwise; a near miss; a stored task word for word."""


class Stored(NamedTuple):
    task: str
    field: str
    goal: str = ""
    steps: tuple[str, ...] = ()


class Ask(NamedTuple):
    """A query; `right` is the place of the stored task that is meant, -1 for none."""

    kind: Kind
    text: str
    field: str
    right: int


class TaskSet(NamedTuple):
    name: str
    stored: Sequence[Stored]
    asks: Sequence[Ask]


class Answer(NamedTuple):
    """A query of a set with the candidates that a search brought, most relevant first."""

    set: str
    ask: Ask
    candidates: Sequence[Candidate]
    right: int
    """The owner that is meant."""
    nearest: int
    """The owner whose task has the highest cosine, whatever the language."""


def load(paths: Iterable[Path]) -> list[TaskSet]:
    """The sets of files and folders; a file with splits is one set for each."""
    files = [file for path in paths for file in (sorted(path.glob("*.json*")) if path.is_dir() else [path])]
    return [one for file in files for one in _read(file)]


def _read(file: Path) -> Iterator[TaskSet]:
    text = file.read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = (
        json.loads(text) if file.suffix == ".json" else [json.loads(x) for x in text.splitlines()]
    )
    for split in dict.fromkeys(row.get("split", "") for row in rows):
        yield _set(f"{file.stem}{f' {split}' if split else ''}", [row for row in rows if row.get("split", "") == split])


def _set(name: str, rows: Sequence[dict[str, Any]]) -> TaskSet:
    stored: list[Stored] = []
    asks: list[Ask] = []
    for row in rows:
        field = row.get("field") or row.get("family", "unrelated").split("-")[0]
        task = row.get("task") or row.get("a")
        again = row.get("again") or row.get("b") or (row.get("query") if task else None)
        miss = row.get("miss") or row.get("near_miss") or (row.get("query") if not task else None)
        if task:
            stored.append(Stored(task, field, row.get("goal", ""), tuple(row.get("steps", ()))))
            asks.append(Ask("same", task, field, len(stored) - 1))
        if again:
            asks.append(Ask("again", again, field, len(stored) - 1))
        if miss:
            asks.append(Ask("miss", miss, field, -1))
    return TaskSet(name, stored, asks)


@contextmanager
def remembered(tasks: TaskSet, embedder: Embedder) -> Generator[tuple[ProceduralMemory, list[int]]]:
    """A memory in which each task of a set is one procedure, and their ids: by the caller's script where there is a goal, else
    by rule, from a run whose steps are those given or two that nothing else has."""
    with tempfile.TemporaryDirectory() as folder:
        memory = ProceduralMemory(SQLiteStore(Path(folder) / "set.sqlite3"), Ready(embedder), None, Options())
        ids = [_record(memory, one) for one in tasks.stored]
        memory.embed_pending()
        yield memory, ids
        memory.close()


def _record(memory: ProceduralMemory, one: Stored) -> int:
    digest = hashlib.sha256(one.task.encode()).hexdigest()
    run = [*one.steps] if one.steps and not one.goal else [f"op{digest[:6]} -> ok", f"op{digest[6:12]} -> ok"]
    script = {"goal": one.goal, "steps": [*one.steps]} if one.goal else None
    built = memory.record(one.task, run, "success", script=script).built
    assert built is not None, one.task
    return built


def answers(tasks: TaskSet, embedder: Embedder) -> list[Answer]:
    """What the default search brings for each query of a set, nothing cut."""
    with remembered(tasks, embedder) as (memory, ids):
        return [_answer(tasks.name, memory, ask, ids[ask.right] if ask.right >= 0 else -1) for ask in tasks.asks]


def _answer(name: str, memory: ProceduralMemory, ask: Ask, right: int) -> Answer:
    retriever = memory._retriever  # pyright: ignore[reportPrivateUsage]
    embedder, _ = retriever.vectors.at_hand()
    assert embedder is not None
    result = STRATEGIES["hybrid"].search(memory.store, query_of(memory, ask.text))
    vector = retriever.vectors.encode(embedder, [ask.text])[0]
    nearest = memory.store.nearest("task", vector, ("",), 1)
    return Answer(name, ask, (*result.candidates, *result.below), right, nearest[0].owner if nearest else -1)


def query_of(memory: ProceduralMemory, task: str) -> Query:
    """A task as a recall searches it, with all that it finds, however unlikely."""
    retriever = memory._retriever  # pyright: ignore[reportPrivateUsage]
    embedder, _ = retriever.vectors.at_hand()
    query = retriever._query(Request(task), embedder)  # pyright: ignore[reportPrivateUsage]
    return replace(query, exhaustive=True)
