"""Disks, files and clocks that are not as they should be: each is answered with a sentence, and nothing is lost."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from memp import open_memory
from memp.errors import StoreError
from memp.store.sqlite.store import SQLiteStore

SENTENCES = """
import sys
from memp import MempError, open_memory
{before}
try:
    memory = open_memory(db=sys.argv[1], model="hashing", builder="extractive")
    {after}
    for number in range(int(sys.argv[2])):
        steps = [f"open {{number}} -> open", "sort -> " + "x" * 9000]
        memory.record(f"sort drawer {{number}} of desk {{number}}", steps, "success")
        print(number, flush=True)
except MempError as error:
    print("said:", error, flush=True)
"""

LIMIT = """import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"""
LOWER = "resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))"
CONNECTIONS = """import apsw
connections = []
apsw.connection_hooks.append(connections.append)"""
FULL = """for connection in connections:
        connection.pragma("max_page_count", connection.pragma("page_count") + 40)"""
CLOCK = """import memp.store.sql.trajectories as trajectories, memp.store.sql.writing as writing, memp.domain.trajectory as domain
import datetime as clock
class Before(clock.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz).replace(year=1986)
domain.datetime = Before
trajectories.timestamp = writing.timestamp = lambda: "1986-01-01T00:00:00+00:00" """


def tried(folder: Path) -> Iterator[tuple[str, str]]:
    """What was played, and what was not as it must be; empty where all was."""
    yield "a limit on the size of files", _written(folder / "limit.sqlite3", LIMIT, LOWER, said="memory")
    yield "a full disk", _written(folder / "full.sqlite3", CONNECTIONS, FULL, said="no room left")
    yield "a clock that is 40 years back", _written(folder / "clock.sqlite3", CLOCK, "pass", said="")
    yield "a file that may only be read", _refused(folder / "read.sqlite3", lambda path: path.chmod(0o400))
    yield (
        "a file that is cut short",
        _refused(folder / "short.sqlite3", lambda path: os.truncate(path, path.stat().st_size // 2)),
    )
    yield "a file of garbage", _refused(folder / "garbage.sqlite3", lambda path: path.write_bytes(os.urandom(100_000)))
    yield "a file of a newer memp", _refused(folder / "newer.sqlite3", _newer)


def _written(path: Path, before: str, after: str, said: str) -> str:
    """Record until something is said, then see that all that was acknowledged is there."""
    code = SENTENCES.format(before=before, after=after)
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), "60"], capture_output=True, text=True, check=False, timeout=300
    )
    lines = done.stdout.splitlines()
    sentence = next((line for line in lines if line.startswith("said:")), "")
    if done.returncode or said not in sentence or bool(said) is not bool(sentence):
        return f"it said {sentence or done.stderr[-300:]!r}"
    acknowledged = len(lines) - bool(sentence)
    with closing(open_memory(db=path, model="hashing", builder="extractive")) as memory:
        memory.build_unfinished(abandoned=True)
        stats, faults = memory.store.stats(), memory.store.check_deep()
    if stats.trajectories < acknowledged or stats.unfinished or faults:
        return (
            f"of {acknowledged} runs {stats.trajectories} are there, {stats.unfinished} unfinished; {' '.join(faults)}"
        )
    return ""


def _refused(path: Path, change: object) -> str:
    """See that a changed file is answered with a sentence, or read, and left as it is."""
    with closing(open_memory(db=path, model="hashing", builder="extractive")) as memory:
        for number in range(20):
            memory.record(f"sort drawer {number}", [f"open {number} -> open", "sort -> sorted"], "success")
    assert callable(change)
    change(path)
    before = path.read_bytes()
    try:
        with closing(SQLiteStore(path)) as store:
            if not store.check_deep() and path.stat().st_mode & 0o200:
                return "nothing was said"
    except StoreError as error:
        if len(str(error)) < 20:
            return f"it said {error}"
    return "" if path.read_bytes() == before else "the file was changed"


def _newer(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(60)
        file.write((999).to_bytes(4, "big"))
