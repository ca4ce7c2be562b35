"""Recall and record over stdio, by the embedding of their own texts alone: `python bench/recalls.py [--memories 1000-1 10000-1]`.

A memory of so many procedures in so many scopes, 1000-1 say, made as in bench/store.py (`--keep FOLDER` finds it again; it is
copied before use). The server runs as a process and is asked as an agent's host asks it. In turns with each recall its query is
embedded here by the same model, and after each record the texts that it stored are: the ratio of the medians holds on a busy
machine.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from memory import ready
from rows import Row
from stdio import Server
from store import Text, connected, filled
from table import show

from memp.config import read_settings
from memp.embed import Embedder
from memp.embed.load import open_embedder

MEMORIES = ("1000-1", "10000-1", "10000-100")
GOALS = {"1000-1": "<= 1.5", "10000-1": "<= 1.6", "100000-1": "<= 2.0", "100000-100": "<= 1.6", "1000000-1": "<= 4.0"}
RECORD_GOALS = {"1000-1": "<= 1.5", "10000-1": "<= 1.6", "100000-1": "<= 1.6"}
NEW = 50_000_000
"""The number from which on runs are recorded: none is in the memory yet."""


class Taken(NamedTuple):
    """Seconds of a call, of the embedding of its texts alone, and the CPU seconds of both."""

    wall: float
    alone: float
    cpu: float
    cpu_alone: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--memories", nargs="+", default=MEMORIES, help="procedures and scopes of each")
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--model", help="the embedding model; by default the configured one")
    parser.add_argument("--keep", type=Path, help="where memories are kept, and found again")
    show(rows(**vars(parser.parse_args())))


def rows(
    memories: Sequence[str] = MEMORIES, calls: int = 60, model: str | None = None, keep: Path | None = None
) -> list[Row]:
    """The rows of each memory."""
    settings = read_settings()
    embedder = open_embedder(model or settings.model, settings.cache)
    with tempfile.TemporaryDirectory() as folder:
        return [row for name in memories for row in _measured(name, calls, embedder, model, keep, Path(folder))]


def _measured(
    name: str, calls: int, embedder: Embedder, model: str | None, keep: Path | None, folder: Path
) -> list[Row]:  # fmt: skip
    size, scopes = map(int, name.split("-"))
    path = folder / f"{name}-copy.sqlite3"
    shutil.copy(filled((keep or folder) / f"{name}.sqlite3", size, scopes, embedder), path)
    project = "project0" if scopes > 1 else ""
    environment = {**os.environ, "MEMP_DB": str(path), "MEMP_PROJECT": project}
    environment |= {"MEMP_MODEL": model} if model else {}
    with Server([sys.executable, "-m", "memp_clients.cli", "serve"], environment) as server:
        server.begin()
        ready(server)
        recalled = [_recall(server, embedder, number, size) for number in range(calls)]
        recorded = [_record(server, embedder, number, path) for number in range(calls // 2)]
    among = f"{size:,} procedures in {scopes} scope{'s' if scopes > 1 else ''}"
    return [
        *_ratio(f"recall among {among}", "its query", recalled, GOALS.get(name, "")),
        *_ratio(f"record (20 steps, by rule) among {among}", "its texts", recorded, RECORD_GOALS.get(name, "")),
    ]


def _ratio(what: str, texts: str, taken: Sequence[Taken], goal: str) -> list[Row]:
    wall, alone, cpu, cpu_alone = (statistics.median(column) for column in zip(*taken[1:], strict=True))
    return [
        Row(f"{what}, p50 / embedding {texts} alone", wall / alone, "", goal),
        Row(f"{what}, CPU / embedding {texts} alone", cpu / cpu_alone, "", goal),
        Row(f"{what}, p50", 1000 * wall, "ms"),
    ]


def _recall(server: Server, embedder: Embedder, number: int, size: int) -> Taken:
    task = f"{Text(number * 7919 % size).task.replace('before', 'until')} {number}"
    return _taken(server, lambda: server.call("recall_procedure", task=task), lambda: embedder.encode([task]))


def _taken(server: Server, act: Callable[[], object], embed: Callable[[], object]) -> Taken:
    begin, before = time.perf_counter(), server.cpu()
    act()
    seconds, cpu = time.perf_counter() - begin, server.cpu() - before
    begin, before = time.perf_counter(), time.process_time()
    embed()
    return Taken(seconds, time.perf_counter() - begin, cpu, time.process_time() - before)


def _record(server: Server, embedder: Embedder, number: int, path: Path) -> Taken:
    run = Text(NEW + number).run()
    steps = [step.model_dump() for step in run.steps]

    def record() -> None:
        server.call("record_trajectory", task=run.task, steps=steps, outcome="success", evidence="check: tests pass")

    def embed() -> None:
        embedder.encode([text for (text,) in db.execute("SELECT DISTINCT text FROM keys WHERE id > ?", (before,))])

    with connected(path) as db:
        before = db.execute("SELECT max(id) FROM keys").get
        return _taken(server, record, embed)


if __name__ == "__main__":
    main()
