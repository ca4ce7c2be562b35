"""Where the backups of a memory are, which there are, and what they tell of a memory that is empty or gone."""

import time
from contextlib import suppress
from datetime import date
from pathlib import Path

from memp.errors import NOTHING_STORED, EmptiedError

END = ".sqlite3"

TRIES = 3
PAUSE = 0.05
"""A file that another process makes just now is empty for a moment."""


def folder_of(path: Path) -> Path:
    """The folder of the backups of a memory."""
    return path.with_name(f"{path.name}.backups")


def backups(path: Path) -> list[Path]:
    """The automatic backups of a memory, the newest first."""
    return sorted((file for file in folder_of(path).glob(f"*{END}") if day_of(file)), reverse=True)


def day_of(file: Path) -> date | None:
    """The day of an automatic backup; None for other files."""
    try:
        return date.fromisoformat(file.name.removesuffix(END))
    except ValueError:
        return None


def newest(path: Path) -> Path | None:
    """The backup of a memory that was written last, by a server or by hand; None where there is none."""
    times: dict[Path, float] = {}
    for file in folder_of(path).glob(f"*{END}"):
        with suppress(OSError):  # It was deleted meanwhile.
            times[file] = file.stat().st_mtime
    return max(times, key=lambda file: (times[file], file.name), default=None)


def gone(path: Path) -> str:
    """What to say of a memory file that is not there though there are backups of it; nothing of others."""
    try:
        file = None if path.exists() else newest(path)
    except OSError:
        return ""  # Whoever opens it says why.
    return f"The memory file is not there; its newest backup comes back by `memp restore {file}`." if file else ""


def refuse_emptied(path: Path) -> None:
    """Refuse a memory file that is empty though there are backups of it: opened, it would be a new memory.

    Raises:
        EmptiedError: it is.
    """
    file = None
    for _ in range(TRIES):
        file = newest(path) if _is_empty(path) else None
        if file is None:
            return
        time.sleep(PAUSE)
    raise EmptiedError(
        f"The memory file {path} is empty, though there are backups of it",
        f"the newest comes back by `memp restore {file}`",
        "or delete the empty file to begin a new memory",
        NOTHING_STORED,
    )


def _is_empty(path: Path) -> bool:
    try:
        return not path.stat().st_size
    except OSError:
        return False  # Whoever opens it says why.
