"""Do processes that record at once in one memory wait for each other, and is anything lost?

    python bench/writers.py [--processes 8] [--calls 20] [--model hashing|NAME]

As many agents' servers do, each process opens the memory, and all begin at once to record runs of 20 steps: a fifth of them of
one task that all have, the others of their own. Seconds depend on the machine, which that many models keep busy; the ratio of the
95th percentile to the median says whether somebody is left waiting while others go on. Afterwards every run must be there once,
every key with its vector, and the indexes whole.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from rows import Row
from store import Text

from memp import open_memory, read_settings
from memp.domain.trajectory import Trajectory
from memp.embed.background import Ready
from memp.embed.load import open_embedder
from memp.errors import MempError
from memp.store.sqlite.store import SQLiteStore

SHARED_OF = 5
"""Every which run of a process is of a task that all have."""


class Written(NamedTuple):
    """The seconds of each call of a process, and the sentences of those that failed."""

    seconds: Sequence[float]
    errors: Sequence[str]


def rows(processes: int = 8, calls: int = 20, model: str | None = None) -> list[Row]:
    """The figures of so many processes that make so many calls each."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "memory.sqlite3")
        written = write(path, processes, calls, model or read_settings().model)
        seconds = sorted(second for one in written for second in one.seconds)
        errors = [error for one in written for error in one.errors]
        lost, pending, faults = left(path, processes * calls)
    middle, late = statistics.median(seconds), seconds[int(0.95 * (len(seconds) - 1))]
    return [
        Row(f"record, {processes} processes at once: p50", 1e3 * middle, "ms"),
        Row("... p95 / p50", late / middle, "", "<= 10"),
        Row("... the longest", seconds[-1], "s", "<= 5"),
        Row("... errors", len(errors), "", "<= 0"),
        Row("... runs lost", lost, "", "<= 0"),
        Row("... keys without a vector", pending, "", "<= 0"),
        Row("... faults of the file", faults, "", "<= 0"),
    ]


def write(path: Path, processes: int, calls: int, model: str) -> list[Written]:
    """What each of the processes met."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(processes), context.Queue()
    running = [
        context.Process(target=_record, args=(path, model, number, calls, barrier, results))
        for number in range(processes)
    ]
    for process in running:
        process.start()
    written = [results.get() for _ in running]
    for process in running:
        process.join()
    return written


def _record(path: Path, model: str, number: int, calls: int, barrier: Any, results: Any) -> None:
    settings = read_settings(model=model)
    embedder = open_embedder(settings.model, settings.cache)
    seconds, errors = list[float](), list[str]()
    with open_memory(db=path, model=model, builder="extractive", embedder=Ready(embedder)) as memory:
        barrier.wait()
        for call in range(calls):
            run = run_of(number, call)
            steps = [{"action": step.action, "observation": step.observation} for step in run.steps]
            begin = time.perf_counter()
            try:
                memory.record(run.task, steps, "success", evidence="check: tests pass")
            except MempError as error:
                errors.append(str(error))
            seconds.append(time.perf_counter() - begin)
    results.put(Written(seconds, errors))


def run_of(number: int, call: int) -> Trajectory:
    """A run of a process; of those of the task that all have each is on a host of its own."""
    if call % SHARED_OF:
        return Text(1_000_000 + 1_000 * number + call).run()
    run, host = Text(0).run(), f"node{number}x{call}"
    steps = tuple(step.model_copy(update={"action": f"{step.action} --host {host}"}) for step in run.steps)
    return run.model_copy(update={"task": f"{run.task} on {host}", "steps": steps})


def left(path: Path, runs: int) -> tuple[int, int, int]:
    """How many of the runs are not there, how many keys have no vector, and how many faults the file has."""
    store = SQLiteStore(path)
    try:
        stats = store.stats()
        return runs - stats.trajectories + stats.unfinished, stats.pending, len(store.check())
    finally:
        store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--model", help="hashing, or a model; by default that of the settings")
    options = parser.parse_args()
    for row in rows(options.processes, options.calls, options.model):
        print(f"{row.what:40}{row.value:12.2f} {row.unit:3} {row.goal}")


if __name__ == "__main__":
    main()
