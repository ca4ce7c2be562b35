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
    options = parser.parse_args()
    settings = read_settings(model=options.model)
    embedder = Timed(open_embedder(settings.model, settings.cache))
    with (
        tempfile.TemporaryDirectory() as folder,
        open_memory(
            db=Path(folder, "memory.sqlite3"), model=settings.model, builder="extractive", embedder=embedder
        ) as memory,
    ):
        made = {record(memory, number).built for number in range(options.procedures)}
        print(f"{len(made)} procedures, {settings.model}")
        print(
            f"{'':10}{'call, ms':>10}{'least':>9}{'most':>9}{'embedding, ms':>15}{'ratio':>8}   (median of {options.calls})"
        )
        calls: dict[str, Callable[[int], object]] = {
            "recall": lambda number: memory.recall(task(number)),
            "record": lambda number: record(memory, number),
            "reflect": lambda number: memory.reflect(task(number), steps(number), f"error {number}", lesson="wait"),
        }
        # They take turns, each with tasks of its own, so that none finds the other's vectors at hand.
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
        for number in range(3 * (options.calls + 1)):
            name = list(calls)[number % 3]
            took[name].append(timed(embedder, calls[name], options.procedures + number))
        for name, pairs in took.items():
            show(name, pairs[1:])


def timed(embedder: Timed, call: Callable[[int], object], number: int) -> tuple[float, float]:
    """Seconds of a call, and how many of them the model took."""
    before, begin = embedder.seconds, time.perf_counter()
    call(number)
    return time.perf_counter() - begin, embedder.seconds - before


def show(name: str, pairs: Sequence[tuple[float, float]]) -> None:
    whole = [1e3 * seconds for seconds, _ in pairs]
    embedding = statistics.median(1e3 * seconds for _, seconds in pairs)
    ratio = statistics.median(seconds / model for seconds, model in pairs)
    print(f"{name:10}{statistics.median(whole):10.2f}{min(whole):9.2f}{max(whole):9.2f}{embedding:15.2f}{ratio:8.2f}")


def record(memory: Any, number: int) -> Any:
    return memory.record(task(number), steps(number), "success", evidence="check: make test, exit 0")


def task(number: int) -> str:
    chance = random.Random(number)
    return f"{chance.choice(VERBS)} the {chance.choice(THINGS)} of the {chance.choice(PLACES)} module number {number}"


def steps(number: int) -> list[str]:
    return [f"Bash: make step{number} -> ok", f"Bash: edit part{number % 97}.py -> saved", "Bash: make test -> ok"]


if __name__ == "__main__":
    main()
