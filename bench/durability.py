"""What does it cost that a record waits for the disk, and that its rows have checksums?

    python bench/durability.py [--rounds 5] [--runs 60] [--folder FOLDER]

In each round the same runs are recorded into new memories: as memp writes, without the wait (`synchronous=NORMAL`), and without
the triggers that write checksums, of which the CPU time counts. Ratios are taken within a round, since a machine is busy at
times, and the median of them counts.
The embedder is the hashing one: a model's share would hide the rest. FOLDER says which disk.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import apsw
from rows import Row
from table import show

from memp import open_memory
from memp.memory import ProceduralMemory


class Spent(NamedTuple):
    """The seconds that runs took, on the clock and of the processor."""

    wall: float
    cpu: float


WAYS = ("as it is", "without the wait", "without checksums")


def rows(rounds: int, runs: int, folder: Path | None) -> list[Row]:
    """The figures of so many rounds."""
    spent: list[list[Spent]] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=folder) as room:
            spent.append([_recorded(Path(room, f"{number}.sqlite3"), way, runs) for number, way in enumerate(WAYS)])
    return [
        Row("a record, as it is", 1e3 * statistics.median(one[0].wall / runs for one in spent), "ms"),
        Row("... of CPU", 1e3 * statistics.median(one[0].cpu / runs for one in spent), "ms"),
        Row("... against one without the wait", statistics.median(one[0].wall / one[1].wall for one in spent), "x"),
        Row("... against one without checksums, CPU", statistics.median(one[0].cpu / one[2].cpu for one in spent), "x"),
    ]


def _recorded(path: Path, way: str, runs: int) -> Spent:
    with _opened(path, way) as memory:
        begin, spent = time.perf_counter(), time.process_time()
        for number in range(runs):
            steps = [f"open crate {number} -> open", f"count {number % 9} parts -> counted", "close it -> closed"]
            memory.record(f"count the parts of crate {number} in hall {number % 13}", steps, "success")
        return Spent(time.perf_counter() - begin, time.process_time() - spent)


@contextmanager
def _opened(path: Path, way: str) -> Generator[ProceduralMemory]:
    """A new memory, and what is changed of it over its own connections."""
    connections: list[apsw.Connection] = []
    apsw.connection_hooks.append(connections.append)
    try:
        memory = open_memory(db=path, model="hashing", builder="extractive")
    finally:
        apsw.connection_hooks.remove(connections.append)
    with closing(memory):
        if way == "without the wait":
            for connection in connections:
                connection.execute("PRAGMA synchronous = NORMAL")
        if way == "without checksums":
            _drop_checksums(connections[0])
        yield memory


def _drop_checksums(connection: apsw.Connection) -> None:
    sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB '*_sums_*'"
    for (name,) in connection.execute(sql).fetchall():
        connection.execute(f"DROP TRIGGER {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    show(rows(options.rounds, options.runs, options.folder))


if __name__ == "__main__":
    main()
