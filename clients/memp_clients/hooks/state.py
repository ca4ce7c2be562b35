"""State of hooks on disk, beside the memory file: offers made in a session, texts that wait, sessions that are to be
recorded, and the log of failures.

Hooks of one session may run at the same time. What only one of them may do is claimed by making a file. Paths are texts: a
hook would take as long to import pathlib as for all that it does here.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property

from memp.light import private
from memp.text.patterns import Pattern

AnyPath = str | os.PathLike[str]

LOG = "log.txt"
OLD_LOG = "log.old.txt"
MAX_LOG = 200_000
"""Bytes after which a log is put aside for a new one; the one that was put aside before goes."""

MAX_REASON = 700
"""Characters of a line of it."""

KEPT_DAYS = 60
"""Days after which the state of a session is deleted."""

NOTE_SECONDS = 1_800.0
"""Age of a note from which on the recorder that was started for it is taken to be gone."""

RESTART_SECONDS = 60.0
"""Between two starts of a recorder for the notes that were left."""


_PLAIN = Pattern(r"[a-z0-9-]{1,64}")
"""Names that may be a folder's as they are: hosts call most sessions by a UUID."""


def folder_of(db: AnyPath) -> str:
    """The folder with the state of all hooks on one memory file."""
    return f"{os.fspath(db)}.hooks"


def make_private(folder: str) -> None:
    """Make a folder of ours, and those above it, where it is missing."""
    private.make_own_folder(folder)


class HookSession:
    """The state of one session of one host: a folder of claimed names.

    Raises:
        OSError: its folder cannot be made, read or written; in every method.
    """

    def __init__(self, db: AnyPath, host: str, name: str) -> None:
        self._at = (db, host, name)

    @cached_property
    def folder(self) -> str:
        """The folder, which need not exist."""
        db, host, name = self._at
        return os.path.join(folder_of(db), f"{host}-{name if _PLAIN.fullmatch(name) else _digest(host, name)}")

    def has(self, name: str) -> bool:
        """Whether a name is claimed."""
        return os.path.exists(os.path.join(self.folder, name))

    def claim(self, name: str, content: str = "") -> bool:
        """Whether this is the first to claim a name in the session; `content` is kept with it."""
        make_private(self.folder)
        try:
            handle = private.create(os.path.join(self.folder, name))
        except FileExistsError:
            return False
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        return True

    def claimed(self, prefix: str) -> Mapping[str, str]:
        """The claimed names that begin with `prefix`, with their contents."""
        return {name: _text(os.path.join(self.folder, name)) for name in _names(self.folder, prefix)}

    def release(self, prefix: str) -> None:
        """Let the names that begin with `prefix` be claimed again."""
        for name in _names(self.folder, prefix):
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(self.folder, name))

    def take(self, prefix: str) -> list[str]:
        """Remove the names that begin with `prefix`; their contents, which nobody else gets."""
        taken: list[str] = []
        for name, content in self.claimed(prefix).items():
            with suppress(FileNotFoundError):  # Another hook was quicker.
                os.unlink(os.path.join(self.folder, name))
                taken.append(content)
        return taken


def _digest(host: str, name: str) -> str:
    import hashlib  # It loads OpenSSL.

    return hashlib.sha256(f"{host}\n{name}".encode()).hexdigest()[:20]


def _names(folder: str, prefix: str = "", suffix: str = "") -> list[str]:
    """The names in a folder that begin and end so, sorted; of a folder that is not there, none."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(name for name in os.listdir(folder) if name.startswith(prefix) and name.endswith(suffix))
    return []


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def clear(db: AnyPath) -> None:
    """Delete the state of sessions that nobody went on with for `KEPT_DAYS`."""
    import shutil  # Only the process that records clears up.

    oldest = time.time() - KEPT_DAYS * 86_400
    for name in _names(folder_of(db)):
        folder = os.path.join(folder_of(db), name)
        if "-" in name and os.path.isdir(folder) and os.path.getmtime(folder) < oldest:
            shutil.rmtree(folder, ignore_errors=True)


class Later:
    """Sessions that are to be recorded, as notes on disk: one is made when a session ends, and gone when it is recorded.

    Whoever is killed on the way, or cannot write, leaves the note for the next hook.
    """

    def __init__(self, db: AnyPath) -> None:
        self.folder = os.path.join(folder_of(db), "later")

    def put(self, name: str, note: str) -> None:
        """Make or replace a note, in one step on disk.

        Raises:
            OSError: it cannot be written.
        """
        make_private(self.folder)
        new = os.path.join(self.folder, f"{name}.{os.getpid()}.new")
        handle = private.create(new, os.O_TRUNC)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(note)
        os.replace(new, self._note(name))

    def done(self, name: str) -> None:
        """Remove a note."""
        with suppress(FileNotFoundError):
            os.unlink(self._note(name))

    def _note(self, name: str) -> str:
        return os.path.join(self.folder, f"{name}.json")

    def due(self, now: float) -> list[str]:
        """The paths of notes that nobody is at: those that were given up, and those older than a recorder is patient."""
        return [path for path in self.waiting() if _is_due(path, now)]

    def waiting(self) -> list[str]:
        """The paths of all notes, also those that a recorder is at."""
        return [os.path.join(self.folder, name) for name in _names(self.folder, suffix=".json")]

    def claim(self, now: float) -> bool:
        """Whether whoever asks is to start a recorder for these notes: one a minute is enough."""
        started = os.path.join(self.folder, "started")
        with suppress(FileNotFoundError):
            if now - os.path.getmtime(started) < RESTART_SECONDS:
                return False
        os.close(private.create(started, os.O_APPEND))
        os.utime(started)
        return True


def _is_due(path: str, now: float) -> bool:
    try:
        age = now - os.path.getmtime(path)
        return age > NOTE_SECONDS or '"given_up": true' in _text(path)
    except OSError:  # It is recorded meanwhile.
        return False


def log(db: AnyPath, host: str, event: str, reason: str) -> None:
    """Log why a hook could not do its work. It never raises: there is nobody to tell but this file."""
    folder = folder_of(db)
    path = os.path.join(folder, LOG)
    said = " ".join(f"{host[:60]} {event[:60]}: {reason}".split())[:MAX_REASON]
    line = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {said}\n"
    with suppress(OSError):
        if not os.path.isdir(os.path.dirname(folder)):
            return
        make_private(folder)
        if os.path.exists(path) and os.path.getsize(path) > MAX_LOG:
            os.replace(path, os.path.join(folder, OLD_LOG))
        handle = private.create(path, os.O_APPEND)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(line)


def failures(db: AnyPath, days: int = 7) -> list[str]:
    """The lines of the log of the last days, oldest first.

    Raises:
        OSError: the log is there and cannot be read.
    """
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400))
    path = os.path.join(folder_of(db), LOG)
    if not os.path.isfile(path):
        return []
    with open(path, encoding="utf-8", errors="replace") as file:
        return [line for line in file.read().splitlines() if line >= since]
