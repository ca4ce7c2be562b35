"""Where a copy of a memory is made before it has its name, and the lock under which one process does that at a time."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from memp.errors import StoreBusyError
from memp.light import private
from memp.store.sqlite.copies import folder_of

PATIENCE = 10.0
"""Seconds to wait for another process that makes a copy of the same memory, or puts one in its place."""


@contextmanager
def locked(memory: Path, patience: float | None = None) -> Generator[None]:
    """Keep other processes meanwhile from making a copy of a memory, or putting one in its place. What is left half made among
    its backups goes first.

    Raises:
        StoreBusyError: one does, and is not done in time.
    """
    lock = FileLock(folder_of(memory) / "lock", timeout=PATIENCE if patience is None else patience, mode=private.FILE)
    try:
        private.make_own_folder(folder_of(memory))
        lock.acquire()
        for left in folder_of(memory).glob(
            ".*.new"
        ):  # By processes that were killed: who holds the lock is alone here.
            clear(left)
    except Timeout:
        raise StoreBusyError(
            f"Another process is copying or replacing the memory {memory}: try again when it is done."
        ) from None
    except OSError:
        pass  # Nothing can be made beside a memory that may only be read, nor is it replaced: it is copied to elsewhere.
    try:
        yield
    finally:
        lock.release()


@contextmanager
def making(target: Path) -> Generator[Path]:
    """Where a file is made that is to take the name `target`: a folder beside it, deleted afterwards, with all that SQLite makes
    there. What a process that was killed left of it goes first; who asks for it holds `locked`.

    Raises:
        OSError: the folder cannot be made.
    """
    folder = target.with_name(f".{target.name}.new")
    clear(folder)
    private.make_own_folder(folder)
    try:
        yield folder / target.name
    finally:
        with suppress(OSError):  # Then the next one deletes it.
            clear(folder)


def clear(path: Path) -> None:
    """Delete what is left of a file that was being made.

    Raises:
        OSError: it cannot be deleted.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
