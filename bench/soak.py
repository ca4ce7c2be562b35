"""Is anything lost, half done or unnoticed, whatever happens to the process, the disk and the file?

    python bench/soak.py [--kills 1000] [--processes 8] [--calls 1000] [--damaged 200] [--cuts 200] [--model hashing|NAME]

Each part plays what goes wrong with a memory of its own and counts what is not as docs/reliability.md says; all such counts must
be 0. `--only kills damage` picks parts, and all take some hours. Linux only; `cuts` needs strace.
"""

import argparse
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from rows import Row
from soaking import cuts, damage, disk, kills
from table import show
from writers import left, write

from memp.store.sqlite.store import SQLiteStore

PARTS = ("kills", "writers", "damage", "disk", "cuts")


def rows(only: Sequence[str], options: argparse.Namespace) -> Iterator[Row]:
    """The figures of the parts that are asked for."""
    parts: dict[str, Callable[[Path], Iterator[Row]]] = {
        "kills": lambda folder: of_kills(folder, options.kills, options.model),
        "writers": lambda folder: of_writers(folder, options.processes, options.calls, options.model),
        "damage": lambda folder: of_damage(folder, options.damaged),
        "disk": of_disk,
        "cuts": lambda folder: of_cuts(folder, options.cuts),
    }
    for name in only:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            yield from parts[name](Path(folder))


def of_kills(folder: Path, count: int, model: str) -> Iterator[Row]:
    """Processes that are killed while they record."""
    acknowledged = kills.killed(folder / "memory.sqlite3", count, model, random.Random(14))
    left = kills.left(folder / "memory.sqlite3", acknowledged, model)
    yield Row(f"kill -9 while recording, {count:,} times: acknowledged", len(acknowledged))
    yield Row("... of these lost", left.lost, "", "<= 0")
    yield Row("... runs without what is made of them, after the next start", left.unbuilt, "", "<= 0")
    yield Row("... keys without a vector, or with another text's", left.vectors, "", "<= 0")
    yield Row("... faults of the file", left.faults, "", "<= 0")


def of_writers(folder: Path, processes: int, calls: int, model: str) -> Iterator[Row]:
    """Processes that record at once."""
    written = write(folder / "memory.sqlite3", processes, calls, model)
    lost, pending, faults = left(folder / "memory.sqlite3", processes * calls)
    with closing(SQLiteStore(folder / "memory.sqlite3")) as store:
        faults += len(store.check_deep())
    seconds = [second for one in written for second in one.seconds]
    yield Row(
        f"{processes} processes at once, {calls:,} calls each: errors",
        sum(len(one.errors) for one in written),
        "",
        "<= 0",
    )
    yield Row("... lost", lost, "", "<= 0")
    yield Row("... keys without a vector, and faults of the file", pending + faults, "", "<= 0")
    yield Row("... the longest call", max(seconds), "s", "<= 5")


def of_damage(folder: Path, count: int) -> Iterator[Row]:
    """Bytes that were flipped, rows that were overwritten or deleted."""
    path = damage.memory(folder / "whole.sqlite3")
    found = damage.tried(path, folder, count, random.Random(14))
    yield Row(f"16 bytes flipped at random, {count:,} times: not found by the deep check", found.missed, "", "<= 0")
    yield Row("... mended, with what was lost named", found.mended)
    yield Row("... not to be read, so that a backup is named", found.unreadable)
    yield Row("... faults after the repair", found.faults, "", "<= 0")
    yield Row("... of the runs in mended files, lost", 100 * found.lost, "%")
    shutil.rmtree(folder / "tried", ignore_errors=True)
    for what, missed in damage.indexes(path, folder).items():
        yield Row(f"{what}: not found, or not mended", missed, "", "<= 0")
    for what, missed in damage.vanished(path, folder).items():
        yield Row(what, missed, "", "<= 0")


def of_disk(folder: Path) -> Iterator[Row]:
    """Disks, files and clocks that are not as they should be."""
    for what, fault in disk.tried(folder):
        yield Row(f"{what}{f': {fault}' if fault else ''}", int(bool(fault)), "", "<= 0")


def of_cuts(folder: Path, count: int) -> Iterator[Row]:
    """What is on the disk for sure at each acknowledgement, by the system calls of a process."""
    result = cuts.tried(folder, count)
    yield Row(f"power cut after each of {count:,} records: acknowledged and not on the disk", result.lost, "", "<= 0")
    yield Row("... files that cannot be used", result.unusable, "", "<= 0")
    yield Row("... waits for the disk (fsync) for each record", result.syncs / count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--damaged", type=int, default=200)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--model", default="hashing")
    parser.add_argument(
        "--folder", type=Path, help="where the memories are made; by default the system's temporary folder"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    show(rows(options.only, options))


if __name__ == "__main__":
    main()
