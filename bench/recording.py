"""How long does a record take, beside the embedding of its own key texts alone?

    python bench/recording.py [--sizes 1000 10000] [--calls 20] [--keep FOLDER] [--model hashing|NAME]

In a memory of so many procedures of 20 steps (those of bench/store.py), runs of 20 steps are recorded, by rule: runs that join no
family, runs of a family that has a dozen already, and runs of a task that was recorded before, done otherwise. The ratio is the
median of the CPU of each call to that of embedding its own texts in one batch, in turns, so that it holds on a busy machine. In
all but the last the texts are new.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from rows import Row
from store import Text, filled

from memp import read_settings
from memp.domain.results import Options
from memp.domain.trajectory import Trajectory
from memp.embed import Embedder
from memp.embed.background import Ready
from memp.embed.load import open_embedder
from memp.memory import ProceduralMemory
from memp.store.sqlite.store import SQLiteStore

DOZEN = 12
FIRST = 10_000_000
"""The number of the first run that is in no memory."""


def new(number: int) -> Trajectory:
    """A run that joins none."""
    return Text(FIRST + number).run()


def of_family(number: int) -> Trajectory:
    """A run of a family: the same on another host."""
    run, host = Text(2 * FIRST).run(), f"node{number:03}x"
    steps = tuple(
        step.model_copy(update={"action": f"{step.action} --host {host}"}) if place % 4 == 0 else step
        for place, step in enumerate(run.steps)
    )
    return run.model_copy(update={"task": f"{run.task} on host {host}", "steps": steps})


def seen(number: int) -> Trajectory:
    """A run of a task that the memory has, done otherwise."""
    return Text(number).run().model_copy(update={"steps": new(FIRST + number).steps})


KINDS: dict[str, Callable[[int], Trajectory]] = {
    "joins none": new,
    "joins a dozen": of_family,
    "task seen before": seen,
}


def rows(
    sizes: Sequence[int] = (1_000, 10_000), calls: int = 20, keep: Path | None = None, model: str | None = None
) -> list[Row]:
    """The ratios of records of each kind in memories of so many procedures."""
    settings = read_settings(model=model)
    embedder = open_embedder(settings.model, settings.cache)
    table: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        for size in sizes:
            place = keep or Path(name)
            place.mkdir(parents=True, exist_ok=True)
            path = shutil.copy(filled(place / f"{size}-1.sqlite3", size, 1, embedder), Path(name, "written.sqlite3"))
            with ProceduralMemory(SQLiteStore(path), Ready(embedder), options=Options(builder="extractive")) as memory:
                for kind, run_of in KINDS.items():
                    table.append(ratio(memory, embedder, f"record in {size:,}, {kind}", run_of, calls))
            path.unlink()
    return table


def ratio(
    memory: ProceduralMemory, embedder: Embedder, what: str, run_of: Callable[[int], Trajectory], calls: int
) -> Row:
    """The median CPU of a record to that of embedding its texts."""
    for number in range(DOZEN):
        record(memory, run_of(number))
    ratios: list[float] = []
    for number in range(DOZEN, DOZEN + calls):
        run = run_of(number)
        own = spent(lambda run=run: embedder.encode([f"{run.task} now"]))
        ratios.append(spent(lambda run=run: record(memory, run)) / own)
    return Row(f"{what}: p50 / embedding its own texts", statistics.median(ratios), "", "<= 1.6")


def record(memory: ProceduralMemory, run: Trajectory) -> object:
    steps = [{"action": step.action, "observation": step.observation} for step in run.steps]
    return memory.record(run.task, steps, "success", evidence="check: make test, exit 0")


def spent(act: Callable[[], object]) -> float:
    begin = time.process_time()
    act()
    return time.process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="where memories are kept, and found again (as of bench/store.py)")
    parser.add_argument("--model", help="hashing, or a model; by default that of the settings")
    options = parser.parse_args()
    for row in rows(options.sizes, options.calls, options.keep, options.model):
        print(f"{row.what:72}{row.value:8.2f} {row.unit:3} {row.goal}")


if __name__ == "__main__":
    main()
