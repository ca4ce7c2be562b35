"""State of hooks on disk, beside the memory file: offers made in a session, texts that wait, sessions that are to be
recorded, and the log of failures.

Hooks of one session may run at the same time. What only one of them may do is claimed by making a file.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path

LOG = "log.txt"
MAX_LOG = 200_000
KEPT_DAYS = 60
"""Days after which the state of a session is deleted."""

NOTE_SECONDS = 1_800.0
"""Age of a note from which on the recorder that was started for it is taken to be gone."""

RESTART_SECONDS = 60.0
"""Between two starts of a recorder for the notes that were left."""


def folder_of(db: Path) -> Path:
    """The folder with the state of all hooks on one memory file."""
    return db.with_name(f"{db.name}.hooks")


class HookSession:
    """The state of one session of one host: a folder of claimed names.

    Raises:
        OSError: its folder cannot be made, read or written; in every method.
    """

    def __init__(self, db: Path, host: str, name: str) -> None:
        self._at = (db, host, name)

    @cached_property
    def folder(self) -> Path:
        """The folder, which need not exist."""
        import hashlib  # It loads OpenSSL, and most calls claim nothing.

        db, host, name = self._at
        key = hashlib.sha256(f"{host}\n{name}".encode()).hexdigest()[:20]
        return folder_of(db) / f"{host}-{key}"

    def has(self, name: str) -> bool:
        """Whether a name is claimed."""
        return (self.folder / name).exists()

    def claim(self, name: str, content: str = "") -> bool:
        """Whether this is the first to claim a name in the session; `content` is kept with it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        return True

    def claimed(self, prefix: str) -> Mapping[str, str]:
        """The claimed names that begin with `prefix`, with their contents."""
        if not self.folder.is_dir():
            return {}
        return {path.name: path.read_text(encoding="utf-8") for path in sorted(self.folder.glob(f"{prefix}*"))}

    def release(self, prefix: str) -> None:
        """Let the names that begin with `prefix` be claimed again."""
        for path in self.folder.glob(f"{prefix}*"):
            path.unlink(missing_ok=True)

    def take(self, prefix: str) -> list[str]:
        """Remove the names that begin with `prefix`; their contents, which nobody else gets."""
        taken: list[str] = []
        for name, content in self.claimed(prefix).items():
            with suppress(FileNotFoundError):  # Another hook was quicker.
                (self.folder / name).unlink()
                taken.append(content)
        return taken


def clear(db: Path) -> None:
    """Delete the state of sessions that nobody went on with for `KEPT_DAYS`."""
    import shutil  # Only the process that records clears up.

    oldest = time.time() - KEPT_DAYS * 86_400
    for folder in folder_of(db).glob("*-*"):
        if folder.is_dir() and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


class Later:
    """Sessions that are to be recorded, as notes on disk: one is made when a session ends, and gone when it is recorded.

    Whoever is killed on the way, or cannot write, leaves the note for the next hook.
    """

    def __init__(self, db: Path) -> None:
        self.folder = folder_of(db) / "later"

    def put(self, name: str, note: str) -> None:
        """Make or replace a note, in one step on disk.

        Raises:
            OSError: it cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self.folder / f"{name}.{os.getpid()}.new"
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(note)
        new.replace(self.folder / f"{name}.json")

    def done(self, name: str) -> None:
        """Remove a note."""
        (self.folder / f"{name}.json").unlink(missing_ok=True)

    def due(self, now: float) -> list[Path]:
        """The notes that nobody is at: those that were given up, and those older than a recorder is patient."""
        return [path for path in sorted(self.folder.glob("*.json")) if _is_due(path, now)]

    def waiting(self) -> list[Path]:
        """All notes, also those that a recorder is at."""
        return sorted(self.folder.glob("*.json"))

    def claim(self, now: float) -> bool:
        """Whether whoever asks is to start a recorder for these notes: one a minute is enough."""
        started = self.folder / "started"
        with suppress(FileNotFoundError):
            if now - started.stat().st_mtime < RESTART_SECONDS:
                return False
        started.touch()
        return True


def _is_due(path: Path, now: float) -> bool:
    try:
        age = now - path.stat().st_mtime
        return age > NOTE_SECONDS or '"given_up": true' in path.read_text(encoding="utf-8")
    except OSError:  # It is recorded meanwhile.
        return False


def log(db: Path, host: str, event: str, reason: str) -> None:
    """Log why a hook could not do its work. It never raises: there is nobody to tell but this file."""
    path = folder_of(db) / LOG
    line = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {host} {event}: {' '.join(reason.split())[:600]}\n"
    with suppress(OSError):
        if not db.parent.is_dir():
            return
        path.parent.mkdir(exist_ok=True, mode=0o700)
        if path.exists() and path.stat().st_size > MAX_LOG:
            path.replace(path.with_suffix(".old.txt"))
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(line)


def failures(db: Path, days: int = 7) -> list[str]:
    """The lines of the log of the last days, oldest first.

    Raises:
        OSError: the log is there and cannot be read.
    """
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400))
    path = folder_of(db) / LOG
    if not path.is_file():
        return []
    return [line for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line >= since]
