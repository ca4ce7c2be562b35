"""Power cuts: of a process that records under strace, what is on the disk for sure when it acknowledges a run.

What was written and not yet waited for (fsync) is taken to be lost, all of it.
"""

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from memp.errors import StoreError
from memp.store.sqlite.store import SQLiteStore

RECORDER = """
import sys
from memp import open_memory
memory = open_memory(db=sys.argv[1], model="hashing", builder="extractive")
for number in range(int(sys.argv[2])):
    steps = [f"go to shelf {number} -> there", f"take box {number} -> taken"]
    done = memory.record(f"fetch box {number} of the depot", steps, "success" if number % 3 else "failure")
    print(f"t{done.trajectory} ", flush=True)
"""

CALLS = "pwrite64,write,fsync,fdatasync,ftruncate,unlink"
_PATH, _TEXT = r'(?:\d+<([^>]*)>|"([^"]*)")', r', "((?:\\x[0-9a-f]{2})*)"'
_CALL = re.compile(rf"^\d+\s+(\w+)\({_PATH}(?:{_TEXT}(?:\.\.\.)?, (\d+)(?:, (\d+))?|, (\d+))?")


class Cut(NamedTuple):
    """Runs that were acknowledged and are not on the disk, files that cannot be used, and how often the disk was waited for."""

    lost: int
    unusable: int
    syncs: int


def tried(folder: Path, count: int) -> Cut:
    """Record so many runs, and look at the disk after each."""
    if shutil.which("strace") is None:
        raise SystemExit("The part 'cuts' needs strace: install it, or pass --only with the other parts.")
    memory, trace = folder / "memory.sqlite3", folder / "trace"
    command = ["strace", "-f", "-y", "-xx", "-s", "200000", "-e", f"trace={CALLS}", "-o", str(trace)]
    subprocess.run(
        [*command, sys.executable, "-c", RECORDER, str(memory), str(count)], check=True, stdout=subprocess.PIPE
    )
    number = lost = unusable = syncs = 0
    for number, (files, waited) in enumerate(_acknowledged(trace), 1):
        syncs = waited
        found = _runs(folder / "cut.sqlite3", memory, files)
        unusable += found is None
        lost += found is not None and found < number
    assert number == count, f"{number} of {count} acknowledgements are in the trace"
    return Cut(lost, unusable, syncs)


def _acknowledged(trace: Path) -> Iterator[tuple[dict[str, bytearray], int]]:
    """The files as they are on the disk for sure at each acknowledgement, and how often it was waited for until then."""
    durable: dict[str, bytearray] = defaultdict(bytearray)
    pending: dict[str, list[tuple[int, bytes | None]]] = defaultdict(list)
    syncs = 0
    with trace.open() as lines:
        for line in lines:
            if (match := _CALL.match(line)) is None:
                continue
            call, path, name = match[1], _plain(match[2] or ""), _plain(match[3] or "")
            if call == "pwrite64" and match[4]:
                pending[path].append((int(match[6]), bytes.fromhex(match[4].replace("\\x", ""))))
            elif call == "ftruncate":
                pending[path].append((int(match[7]), None))
            elif call == "unlink":
                durable.pop(name, None)
                pending.pop(name, None)
            elif call in ("fsync", "fdatasync") and ".sqlite3" in path:
                syncs += 1
                for change in pending.pop(path, []):
                    _apply(durable[path], *change)
            elif call == "write" and re.match(r"\\x74(\\x3[0-9])+\\x20", match[4] or ""):
                yield durable, syncs


def _plain(path: str) -> str:
    """A path that strace wrote in hexadecimal."""
    return bytes.fromhex(path.replace("\\x", "")).decode() if "\\x" in path else path


def _apply(file: bytearray, place: int, content: bytes | None) -> None:
    if content is None:
        del file[place:]
        return
    if len(file) < place:
        file.extend(bytes(place - len(file)))
    file[place : place + len(content)] = content


def _runs(copy: Path, memory: Path, files: dict[str, bytearray]) -> int | None:
    """How many runs a copy of these files has; None where it cannot be used."""
    for old in copy.parent.glob(f"{copy.name}*"):
        old.unlink()
    for end in ("", "-wal"):
        if content := files.get(f"{memory}{end}"):
            Path(f"{copy}{end}").write_bytes(content)
    try:
        with closing(SQLiteStore(copy)) as store:
            return None if store.check_deep() else store.stats().trajectories
    except StoreError:
        return None
