"""Copies of a memory file, also of one that is in use: made with SQLite's online backup, checked, and put in its place."""

import os
import secrets
import shutil
import sqlite3
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import apsw

from memp.errors import StoreBusyError, StoreError
from memp.light import private
from memp.store.records import Stats
from memp.store.sqlite import checksums, deep, lineage
from memp.store.sqlite.copies import refuse_emptied
from memp.store.sqlite.making import locked, making
from memp.store.sqlite.migrations import APPLICATION_ID
from memp.store.sqlite.opening import BESIDE
from memp.store.sqlite.store import SQLiteStore

_SHARED, _SHARED_BYTES = 0x40000002, 510
"""The bytes of a database that each process locks which has it open: part of SQLite's file format."""


def back_up(source: Path, target: Path) -> None:
    """Copy the file as it is now, without migrating it; others may go on to write it.

    Raises:
        StoreError: it cannot be copied; the reason, in SQLite's words. Or it lies beside the journal of another file.
    """
    lineage.check(source)
    try:
        _copy_online(source, target)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(str(error)) from error


def _copy_online(source: Path, target: Path) -> None:
    """Copy a file that others may write meanwhile.

    Raises:
        sqlite3.Error, OSError: it cannot be copied.
    """
    # WAL wants files beside it; where none can be made, nobody writes.
    alone = not os.access(source.parent, os.W_OK) and not Path(f"{source}-wal").exists()
    uri = f"{source.absolute().as_uri()}?{'immutable=1' if alone else 'mode=ro'}"
    os.close(private.create(target, 0))
    # Python's own module: whole pages are copied, for which neither sqlite-vec nor memp's schema is needed.
    with closing(sqlite3.connect(uri, uri=True)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)


def back_up_checked(source: Path, target: Path) -> None:
    """`back_up`, checked to the last row, and in its place in one step; who asks for it holds `locked`.

    Raises:
        StoreError: it cannot be copied, or the copy has faults; `target` is as it was.
    """
    refuse_emptied(source)
    lineage.check(source)
    try:
        with making(target) as made:
            _copy_online(source, made)
            lineage.begin_anew(made)
            if faults := check_copy(made, named=source):
                raise StoreError(f"{source} has faults, so it was not copied ({faults[0]})", "run `memp doctor --deep`")
            publish(made, target)
    except sqlite3.Error as error:
        raise StoreError(f"{source} cannot be copied to {target} ({error})") from error
    except OSError as error:
        raise StoreError(f"{target} cannot be written ({error.strerror})", "name another file") from error


class Restored(NamedTuple):
    """What is in a memory that was restored, and where the file is kept that it replaced."""

    stats: Stats
    aside: Path | None


def restore(source: Path, memory: Path) -> Restored:
    """Let a copy take a memory's place, checked and brought up to date.

    Raises:
        StoreError: the copy has faults, the memory is in use or cannot be written; the sentence says what was changed.
    """
    try:
        private.make_folder(memory.parent)
        with locked(memory), making(memory) as made:
            refuse_in_use(memory)
            _copy_whole(Path(private.followed(source)), made)
            with closing(SQLiteStore(made)) as store:  # An older one is brought up to date.
                stats = store.stats()
            lineage.begin_anew(made)
            return Restored(stats, put_in_place(made, memory))
    except OSError as error:
        raise StoreError(
            f"{source} cannot be copied to beside {memory} ({error.strerror}); nothing was changed."
        ) from error


def _copy_whole(source: Path, made: Path) -> None:
    """Copy a file that was kept, with its journal where one lies beside it.

    Raises:
        StoreError: it has faults, or is no memory.
        OSError: it cannot be copied.
    """
    if Path(f"{source}-wal").exists():
        back_up(source, made)
    else:  # Nobody has it open: nothing is left beside it.
        copy_bytes(source, made)
    if faults := check_copy(made, named=source):
        raise StoreError(f"{source} is damaged ({faults[0]}): name another copy; nothing was changed.")


def check_copy(path: Path, named: Path | None = None) -> list[str]:
    """The faults of a file that nobody has open, in sentences, where it is called `named`; nothing is written.

    Raises:
        StoreError: it is no memory of memp's.
    """
    try:
        with closing(apsw.Connection(f"{path.absolute().as_uri()}?immutable=1", flags=_READ)) as connection:
            if int(connection.pragma("application_id")) != APPLICATION_ID:
                raise StoreError(f"{named or path} is no memory of memp's.")
            checksums.install(connection)
            if not any(column == checksums.COLUMN for _, column in _columns(connection)):
                return [
                    f"SQLite: {row[0]}" for row in connection.execute("PRAGMA integrity_check(5)") if row[0] != "ok"
                ]
            return deep.faults(connection)
    except apsw.Error as error:
        raise StoreError(f"{named or path} is not a usable memory ({error}).") from error


_READ = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI


def _columns(connection: apsw.Connection) -> list[tuple[str, str]]:
    sql = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.name = 'trajectories'"
    return [(str(table), str(column)) for table, column in connection.execute(sql)]


def publish(made: Path, target: Path) -> None:
    """Let a finished file take a name, so that a power cut leaves the one or the other there.

    Raises:
        OSError: it cannot be written.
    """
    _sync(made, os.O_RDWR)
    made.replace(target)
    if sys.platform != "win32":
        _sync(target.parent, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def in_use(path: Path) -> bool:
    """Whether a process has the file open. Not to be asked in one that has: to close the file gives its own locks up. On Windows
    an open file cannot be replaced in the first place."""
    if sys.platform == "win32" or not path.exists():
        return False
    import fcntl

    try:
        with path.open("rb+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED_BYTES, _SHARED)
    except BlockingIOError:
        return True
    except OSError:
        return False  # It cannot be written: whoever tries is told so.
    return False


def refuse_in_use(path: Path) -> None:
    """Refuse to replace a file that a process has open.

    Raises:
        StoreBusyError: one has.
    """
    if in_use(path):
        raise StoreBusyError(
            f"Another process has the memory {path} open: close the clients and servers that use it (`memp doctor` names "
            "the servers), then do this again; nothing was changed."
        )


def put_in_place(made: Path, path: Path) -> Path | None:
    """Let a whole file take the place of a memory that nobody has open; where the one that was there is kept, if one was.

    Raises:
        StoreBusyError: somebody has it open.
        StoreError: it cannot be written; the sentence says where a copy of the file that was there is.
    """
    path = Path(private.followed(path))
    refuse_in_use(path)
    aside = None
    try:
        aside = _kept_aside(path) if path.exists() else None
        with _journal_apart(path, made):
            publish(made, path)
    except OSError as error:
        kept = f"what was there is kept in {aside}" if aside else "nothing was changed"
        raise StoreError(f"{path} cannot be replaced ({error.strerror}); {kept}.") from error
    return aside


@contextmanager
def _journal_apart(path: Path, made: Path) -> Generator[None]:
    """Take away what SQLite made beside a file while `made` takes its place, which would be read with it; where it does not,
    put it back."""
    apart: list[tuple[Path, Path]] = []
    try:
        for end in BESIDE:
            here, there = Path(f"{path}{end}"), Path(f"{made}.before{end}")
            with suppress(FileNotFoundError):
                here.replace(there)
                apart.append((here, there))
        yield
    finally:
        for here, there in apart:
            if made.exists():
                there.replace(here)
            else:
                there.unlink()


def _kept_aside(path: Path) -> Path:
    """A copy of a memory with what its journal holds; of a damaged one, its files as they are.

    Raises:
        OSError: it cannot be made; nothing is left of it.
    """
    aside = path.with_name(f"{path.name}.aside-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}")
    with suppress(StoreError):
        back_up(path, aside)
        return aside
    try:
        for end in ("", *BESIDE):
            with suppress(FileNotFoundError):
                copy_bytes(Path(f"{path}{end}"), Path(f"{aside}{end}"))
    except OSError:
        for end in ("", *BESIDE):
            Path(f"{aside}{end}").unlink(missing_ok=True)
        raise
    return aside


def copy_bytes(source: Path, target: Path) -> None:
    """Copy a file that may be no database any more.

    Raises:
        OSError: it cannot be read, or the copy not written.
    """
    with source.open("rb") as read, os.fdopen(private.create(target, os.O_TRUNC), "wb") as written:
        shutil.copyfileobj(read, written)
