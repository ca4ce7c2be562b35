"""Does importing a memory take longer than embedding its texts, and does each procedure take longer in a larger file?

    python bench/bulk_import.py [--sizes 250 1000] [--model hashing|NAME] [--runs]

A memory of made-up procedures of 20 steps is exported, and the file is imported into an empty memory, to the last vector. The
ratio is the CPU that the embedder alone takes for the same different texts, handed over at once, which it sorts by their length
and batches, to that of the whole import: 1 would be a free import. Both are measured in turns of one run, so the ratio holds on a
busy machine. The time of a procedure in the largest file to that in the smallest says whether the time grows with the size alone.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from rows import Row
from store import DRAFTS, Text, put

from memp import open_memory, read_settings
from memp.build.builders import from_rules
from memp.embed import Embedder
from memp.embed.background import Ready
from memp.embed.load import open_embedder
from memp.exchange.memory_file import Selection, export_memory, import_memory
from memp.store.sqlite.store import SQLiteStore


class Imported(NamedTuple):
    """The CPU seconds of an import: reading and storing the file, embedding what is new; and of the embedder alone."""

    stored: float
    embedded: float
    alone: float

    @property
    def share(self) -> float:
        """The share of the import that is the embedder's own."""
        return self.alone / (self.stored + self.embedded)


def rows(sizes: Sequence[int] = (250, 1000), model: str | None = None, *, runs: bool = False) -> list[Row]:
    """The figures of imports of so many procedures, the smallest first."""
    settings = read_settings(model=model)
    embedder = open_embedder(settings.model, settings.cache)
    made = {size: imported(size, embedder, settings.model, runs=runs) for size in sorted(sizes)}
    table = [
        Row(f"bulk import of {size:,}: the embedder's own CPU / all", one.share, "", ">= 0.85")
        for size, one in made.items()
    ]
    small, large = min(made), max(made)
    growth = {
        "storing": made[large].stored / made[small].stored,
        "embedding": made[large].embedded / made[small].embedded,
    }
    for part, times in growth.items():
        table.append(Row(f"... {part} a procedure, {large:,} / {small:,}", times * small / large, "", "<= 1.1"))
    return table


def imported(size: int, embedder: Embedder, model: str, *, runs: bool) -> Imported:
    """An import of so many procedures."""
    texts = [Text(number).task for number in range(size)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = exported(folder, size, runs=runs)
        embedder.encode(texts[:50])
        with (
            open_memory(db=folder / "here.sqlite3", model=model, embedder=Ready(embedder)) as memory,
            file.open("rb") as at,
        ):
            stored = spent(lambda: import_memory(memory.store, at, memory.options, file.name))
            embedded = spent(memory.embed_pending)
            assert memory.store.stats().pending == 0 and memory.store.stats().procedures == size
        alone = spent(lambda: embedder.encode(texts))
    return Imported(stored, embedded, alone)


def exported(folder: Path, size: int, *, runs: bool) -> Path:
    """A file of so many procedures."""
    drafts = [from_rules(Text(number).run(), (), 1.0) for number in range(min(size, DRAFTS))]
    store = SQLiteStore(folder / "there.sqlite3")
    try:
        with store.transaction():
            for number in range(size):
                put(store, "", Text(number).run(), drafts[number % len(drafts)])
        export_memory(store, folder / "memory.jsonl", Selection(trajectories=runs))
    finally:
        store.close()
    return folder / "memory.jsonl"


def spent(act: Callable[[], object]) -> float:
    """The CPU seconds of a call."""
    begin = time.process_time()
    act()
    return time.process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[250, 1000])
    parser.add_argument("--model", help="hashing, or a model; by default that of the settings")
    parser.add_argument("--runs", action="store_true", help="with the runs that the procedures were made from")
    options = parser.parse_args()
    for row in rows(options.sizes, options.model, runs=options.runs):
        print(f"{row.what:64}{row.value:8.2f} {row.unit:3} {row.goal}")


if __name__ == "__main__":
    main()
