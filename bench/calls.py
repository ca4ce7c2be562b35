"""How long do recall, record and reflect take in a memory of 1,000 procedures, and how much of that is the embedding?

    python bench/calls.py [--procedures 1000] [--calls 100] [--model hashing|NAME]

In one process, without MCP. Each call is of another task; the time that the model took within it is set apart, so that the
ratio to it holds on a busy machine: with a compiled model (see `memp setup`; by default that of the settings), 1.5 says that
finding the procedure takes half of the time that embedding the query does. `hashing` embeds next to nothing: its
milliseconds are the memory's own.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rows import Row
from table import show

from memp import open_memory, read_settings
from memp.embed.load import open_embedder

VERBS = "fix build test deploy rename document profile port remove migrate".split()
THINGS = "parser importer scheduler cache index server client renderer installer logger".split()
PLACES = "billing shop search mail report login archive gateway planner billing-api".split()


class Timed:
    """An embedder at hand that adds up the seconds which it takes."""

    def __init__(self, embedder: Any) -> None:
        self._embedder = embedder
        self.identity = embedder.identity
        self.why_not = ""
        self.seconds = 0.0

    def get(self) -> "Timed":
        return self

    def encode(self, texts: Sequence[str]) -> Any:
        begin = time.perf_counter()
        try:
            return self._embedder.encode(texts)
        finally:
            self.seconds += time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--procedures", type=int, default=1000)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--model", default=None, help="hashing, or a model; by default that of the settings")
    show(rows(**vars(parser.parse_args())))


def rows(procedures: int = 1_000, calls: int = 100, model: str | None = None) -> list[Row]:
    """Each kind of call, and its ratio to the embedding within it; a record of a task of 5 MB."""
    settings = read_settings(model=model)
    embedder = Timed(open_embedder(settings.model, settings.cache))
    with (
        tempfile.TemporaryDirectory() as folder,
        open_memory(
            db=Path(folder, "memory.sqlite3"), model=settings.model, builder="extractive", embedder=embedder
        ) as memory,
    ):
        for number in range(procedures):
            record(memory, number)
        kinds: dict[str, Callable[[int], object]] = {
            "recall": lambda number: memory.recall(task(number)),
            "record": lambda number: record(memory, number),
            "reflect": lambda number: memory.reflect(task(number), steps(number), f"error {number}", lesson="wait"),
        }
        # They take turns, each with tasks of its own, so that none finds the other's vectors at hand.
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
        for number in range(3 * (calls + 1)):
            name = list(kinds)[number % 3]
            took[name].append(timed(embedder, kinds[name], procedures + number))
        huge = [timed(embedder, lambda number: recall_huge(memory, number), number)[0] for number in range(3)]
    found = [row for name, pairs in took.items() for row in rows_of(name, pairs[1:], procedures)]
    return [*found, Row("recall and record of a task of 5 MB, the slowest of 3", max(huge), "s", "<= 1")]


def recall_huge(memory: Any, number: int) -> None:
    """Recall and record a task of 5 MB, cut off as it is."""
    words = f"{task(number)}, and then do what the log says: " + "level=info parsed the line well; " * 160_000
    memory.recall(words)
    memory.record(words, steps(number), "success", evidence="check: make test, exit 0")


def timed(embedder: Timed, call: Callable[[int], object], number: int) -> tuple[float, float]:
    """Seconds of a call, and how many of them the model took."""
    before, begin = embedder.seconds, time.perf_counter()
    call(number)
    return time.perf_counter() - begin, embedder.seconds - before


def rows_of(name: str, pairs: Sequence[tuple[float, float]], procedures: int) -> list[Row]:
    """The medians of some calls: seconds each, and how many of them the model took."""
    what = f"{name} of short runs among {procedures:,} procedures, in one process"
    return [
        Row(what, statistics.median(1e3 * seconds for seconds, _ in pairs), "ms"),
        Row("... / the embedding within it", statistics.median(seconds / model for seconds, model in pairs)),
    ]


def record(memory: Any, number: int) -> Any:
    return memory.record(task(number), steps(number), "success", evidence="check: make test, exit 0")


def task(number: int) -> str:
    chance = random.Random(number)
    return f"{chance.choice(VERBS)} the {chance.choice(THINGS)} of the {chance.choice(PLACES)} module number {number}"


def steps(number: int) -> list[str]:
    return [f"Bash: make step{number} -> ok", f"Bash: edit part{number % 97}.py -> saved", "Bash: make test -> ok"]


if __name__ == "__main__":
    main()
