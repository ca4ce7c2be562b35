"""Random command lines of `memp`, in this process, on a memory of its own."""

import contextlib
import io
import os
import random
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

from fuzzing.logs import LOGS, changed
from fuzzing.texts import text
from memp_clients.cli import main

OPTIONS = {
    "recall": ("--error", "--context", "--fact", "--limit", "--detail"),
    "record": ("--task", "--step", "--outcome", "--evidence", "--used", "--script", "--fact", "--tokens"),
    "reflect": ("--task", "--step", "--error", "--used", "--lesson", "--revision"),
    "list": ("--all",),
    "show": (),
    "why": ("--task", "--runs"),
    "stats": (),
    "tidy": ("--dry-run",),
    "review": ("--approve", "--reject", "--pin", "--unpin", "--rollback", "--restore", "--reason"),
    "revoke": ("--dry-run", "--yes", "--reason"),
    "forget": ("--yes", "--keep-runs"),
    "import": ("--dry-run", "--outcome", "--task", "--since"),
    "export memory": ("--id", "--tier", "--with-trajectories", "--force"),
    "export skills": ("--all", "--tier", "--dry-run", "--keep-personal"),
    "projects": (),
    "projects move": ("--dry-run",),
    "projects merge": (),
    "projects rename": (),
    "distill": ("--limit", "--budget"),
    "doctor": (),
}
"""Commands with options of theirs; what none knows is refused."""

FLAGS = {
    "--all",
    "--runs",
    "--dry-run",
    "--approve",
    "--reject",
    "--pin",
    "--unpin",
    "--restore",
    "--yes",
    "--keep-runs",
    "--with-trajectories",
    "--force",
    "--keep-personal",
}
LINES_A_MEMORY = 100


def typed(rng: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """Run command lines; each, and the traceback where there was one."""
    while count > 0:
        with tempfile.TemporaryDirectory() as folder, _home(folder):
            for _ in range(min(count, LINES_A_MEMORY)):
                line = words(rng, folder)
                yield f"memp {line!r}", _ran(line)
        count -= LINES_A_MEMORY


def words(rng: random.Random, folder: str) -> list[str]:
    """One command line."""
    command = rng.choice(list(OPTIONS))
    line = command.split()
    for _ in range(rng.randint(0, 4)):
        known = [*OPTIONS[command], "--json", "--project"]
        option = rng.choice(known)
        line += [option] if option in FLAGS or option == "--json" else [option, _argument(rng)]
    if command == "import":
        path = Path(folder, f"log{rng.randint(1, 5)}.jsonl")
        path.write_bytes(changed(rng, rng.choice(sorted(LOGS.iterdir())).read_bytes()))
        return [*line, str(path)]
    if command.startswith("export"):
        return [*line, str(Path(folder, rng.choice(("out", "out/in", "memory.jsonl"))))]
    return [*line, *(_argument(rng) for _ in range(rng.randint(0, 2)))]


def _argument(rng: random.Random) -> str:
    if rng.random() < 0.4:
        return rng.choice(
            (
                "p1",
                "p2",
                "t1",
                "t3",
                "p1r2",
                "1",
                "2",
                "success",
                "failure",
                "0.5",
                "3",
                "candidate",
                "script",
                "a -> b",
            )
        )
    return text(rng).replace("\0", "")


def _ran(line: list[str]) -> str:
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(line)
    except SystemExit:
        return ""
    except Exception:  # noqa: BLE001  # what this looks for
        return traceback.format_exc()
    return err.getvalue() if "Traceback (most recent call last):\n  File" in err.getvalue() else ""


@contextlib.contextmanager
def _home(folder: str) -> Iterator[None]:
    """Settings and stdin of a command: a memory in a folder, and nobody to ask."""
    before, stdin, here = dict(os.environ), sys.stdin, Path.cwd()
    os.environ |= {
        "MEMP_DB": str(Path(folder, "memory.sqlite3")),
        "MEMP_MODEL": "hashing",
        "MEMP_CACHE": folder,
        "HOME": folder,
    }
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO()))  # type: ignore[arg-type]
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        sys.stdin = stdin
        os.environ.clear()
        os.environ.update(before)
