"""Where the backups of a memory are, and which automatic ones there are."""

from datetime import date
from pathlib import Path

END = ".sqlite3"


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


def emptied(path: Path) -> str:
    """What to say of a memory file that is empty or gone though there are automatic backups of it; nothing of others."""
    try:
        if path.exists() and path.stat().st_size:
            return ""
        newest = next(iter(backups(path)), None)
    except OSError:
        return ""  # Whoever opens it says why.
    what = "is empty" if path.exists() else "is not there"
    return f"The memory file {what}; its newest backup comes back by `memp restore {newest}`." if newest else ""
