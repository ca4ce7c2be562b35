"""Where the backups of a memory are, which automatic ones there are, and what they tell of a memory that is empty or gone."""

import time
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


def gone(path: Path) -> str:
    """What to say of a memory file that is not there though there are automatic backups of it; nothing of others."""
    newest = None if path.exists() else _newest(path)
    return f"The memory file is not there; its newest backup comes back by `memp restore {newest}`." if newest else ""


def refuse_emptied(path: Path) -> None:
    """Refuse a memory file that is empty though there are automatic backups of it: opened, it would be a new memory.

    Raises:
        EmptiedError: it is.
    """
    newest = None
    for _ in range(TRIES):
        newest = _newest(path) if _is_empty(path) else None
        if newest is None:
            return
        time.sleep(PAUSE)
    raise EmptiedError(
        f"The memory file {path} is empty, though there are backups of it",
        f"the newest comes back by `memp restore {newest}`",
        "or delete the empty file to begin a new memory",
        NOTHING_STORED,
    )


def _newest(path: Path) -> Path | None:
    return next(iter(backups(path)), None)


def _is_empty(path: Path) -> bool:
    try:
        return not path.stat().st_size
    except OSError:
        return False  # Whoever opens it says why.
