"""One SQLite file, opened safely: WAL, `BEGIN IMMEDIATE`, and every SQLite failure said as a sentence.

A `Database` holds two connections, one that reads and one that writes, each behind its own lock, so that in one
process a reader never waits for a writer; WAL gives the same between processes. What need not be written now (`wait=False`) goes
through the one that reads: after each change by another connection SQLite drops all pages that a connection has at hand.
"""

import os
import threading
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import apsw

from memp.errors import (
    NOTHING_STORED,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreMovedError,
    StoreReadOnlyError,
)
from memp.light import private
from memp.store.sql.engine import Row
from memp.store.sqlite import deep, lineage
from memp.store.sqlite.dialect import SQLiteDialect, bound
from memp.store.sqlite.opening import Opening
from memp.store.sqlite.transaction import SQLiteTransaction, rolled_back
from memp.store.sqlite.waiting import patient


class Database:
    """The memory file: the `Engine` of memp.store.sql on SQLite.

    Args:
        path: the file; it and its folder are made when missing.
        busy_timeout: seconds to wait for another process that writes.
        read_only: open without the right to write; the file must exist.

    Raises:
        StoreError: the file is corrupt, not a memp memory, made by a newer memp, or cannot be opened.
    """

    dialect = SQLiteDialect()

    def __init__(self, path: Path, *, busy_timeout: float = 5.0, read_only: bool = False) -> None:
        # What SQLite makes for a link it makes beside the file that it leads to.
        self.path = path = Path(private.followed(path))
        self.busy_timeout = busy_timeout
        try:
            self.read_only = read_only or (path.exists() and not os.access(path, os.W_OK))
        except OSError as error:
            raise StoreError(f"The memory {path} cannot be opened ({error.strerror}): set MEMP_DB.") from error
        self._read_lock = threading.RLock()
        self._write_lock = threading.RLock()
        self._journal = ""  # The salts of the journal that the file says it is written through.
        self._holder: int | None = None  # The thread whose transaction is open.
        self._opening = opening = Opening(path, busy_timeout, self.read_only)
        opening.prepare()
        with self._explained():
            self._writer = None if self.read_only else opening.connect(write=True)
            if self._writer is not None:
                opening.migrate(self._writer)
            self._reader = opening.connect(write=not self.read_only)
            # What it writes, the log of recalls, is no run that was acknowledged: a recall does not wait for the disk. The next
            # record's wait is for the whole journal.
            self._reader.execute("PRAGMA synchronous = NORMAL")
            if self._writer is None:
                opening.check_version(self._reader)
        stat = path.stat()
        self._file = (stat.st_dev, stat.st_ino)

    def close(self) -> None:
        """Close both connections; safe to call twice."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            if self._writer is not None:
                self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def rows(self, sql: str, bindings: Sequence[Any] = ()) -> list[Row]:
        held = self._held()
        if held is not None:
            with self._explained():
                return held.execute(sql, bound(bindings)).fetchall()
        with self._explained(), self._read_lock:
            return self._reader.execute(sql, bound(bindings)).fetchall()

    def value(self, sql: str, bindings: Sequence[Any] = ()) -> Any:
        rows = self.rows(sql, bindings)
        return rows[0][0] if rows else None

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """`Engine.snapshot`; other threads that read wait for its end."""
        if self._held() is not None:
            yield  # Nobody else writes.
            return
        with self._explained(), self._read_lock:
            self._reader.execute("BEGIN")
            try:
                yield
            finally:
                self._reader.execute("COMMIT")

    @contextmanager
    def write(self, *, wait: bool = True) -> Generator[SQLiteTransaction]:
        """One `BEGIN IMMEDIATE` transaction; it is rolled back when the block raises.

        Raises:
            StoreBusyError: another process holds the file; without `wait`, at once.
            StoreReadOnlyError, StoreFullError, StoreError: as they say; nothing was stored.
        """
        held = self._held()
        if held is not None:
            with self._explained(), held:  # A savepoint.
                yield SQLiteTransaction(held)
            return
        writer = self._writer
        if writer is None:
            raise StoreReadOnlyError(f"The memory {self.path} is read-only: it can be recalled from, not written.")
        connection, lock = (writer, self._write_lock) if wait else (self._reader, self._read_lock)
        if not lock.acquire(blocking=wait):
            raise self._busy()
        try:
            with self._explained(), self._patience(connection, self.busy_timeout if wait else 0.0):
                if connection.in_transaction:  # A snapshot of this thread.
                    raise self._busy()
                connection.execute("BEGIN IMMEDIATE")
                with rolled_back(connection):
                    # Now that nobody else writes: a restored file took this one's place while it was locked.
                    self._check_present()
                    yield SQLiteTransaction(connection)
                    connection.execute("COMMIT")
                self._note_journal(connection)
        finally:
            lock.release()

    def _note_journal(self, connection: apsw.Connection) -> None:
        """Note the journal that the file is written through, where it is a new one: a transaction learns only by its end that it
        has begun one, and of a journal without a note nobody can tell which file it belongs to."""
        journal = lineage.salts(self.path)
        if journal in ("", self._journal):
            return
        # What was to be stored is: where this fails, the next transaction notes it, or another process that writes now.
        with suppress(apsw.Error):
            connection.execute("BEGIN IMMEDIATE")
            with rolled_back(connection):
                lineage.note(connection, journal)
                connection.execute("COMMIT")
            self._journal = journal

    def _busy(self) -> StoreBusyError:
        return StoreBusyError(f"The memory {self.path} is being written", NOTHING_STORED)

    @contextmanager
    def _patience(self, connection: apsw.Connection, seconds: float) -> Generator[None]:
        """Within, a connection waits at most so long for another process."""
        connection.set_busy_handler(patient(seconds))
        try:
            yield
        finally:
            connection.set_busy_handler(patient(self.busy_timeout))

    @contextmanager
    def transaction(self) -> Generator[None]:
        """`Engine.transaction`.

        Raises:
            StoreError: as `write`.
        """
        with self.write():
            outermost = self._held() is None
            if outermost:
                self._holder = threading.get_ident()
            try:
                yield
            finally:
                if outermost:
                    self._holder = None

    def _held(self) -> apsw.Connection | None:
        """The connection whose transaction this thread is in."""
        return self._writer if self._holder == threading.get_ident() else None

    def copy_to(self, path: Path) -> None:
        """Copy the database as it is now into a new file, which is its owner's alone; others may go on to write."""
        os.close(private.create(path))
        with self._explained(), self._read_lock, closing(apsw.Connection(str(path))) as written:
            copying = written.backup("main", self._reader, "main")
            copying.step()
            copying.finish()

    def scrub(self) -> None:
        """Rewrite the file without its free pages, and empty its journal.

        Raises:
            StoreBusyError, StoreFullError: another process reads or writes, or there is no room: what was deleted may still
                stand in free pages.
        """
        writer = self._writer
        if writer is None:
            raise StoreReadOnlyError(f"The memory {self.path} is read-only: nothing was forgotten.")
        with self._write_lock, self._read_lock, self._explained():
            writer.set_busy_handler(patient(self.busy_timeout))
            try:
                writer.execute("VACUUM")
                busy = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]
            except (apsw.BusyError, apsw.LockedError):
                busy = True
            except (apsw.FullError, apsw.IOError) as error:
                raise StoreFullError(
                    f"It is deleted, but traces may be left on disk: there is no room to write {self.path} anew ({error}). "
                    "Free disk space, then run `memp forget --scrub`."
                ) from error
        if busy:
            raise StoreBusyError(
                f"It is deleted, but traces may be left on disk while others use {self.path}: close the clients that "
                "use this memory, then run `memp forget --scrub`."
            )

    def deep_faults(self) -> list[str]:
        """Faults of every page, row and index, in sentences; others may go on to read and write."""
        with self._looked_at() as connection:
            return deep.faults(connection)

    def faults(self) -> list[str]:
        """Faults that SQLite's quick check finds in the file, five at most, and procedures that cannot be shown, in sentences."""
        with self._looked_at() as connection:
            said = [f"SQLite: {row[0]}" for row in connection.execute("PRAGMA quick_check(5)") if row[0] != "ok"]
            return [*said, *deep.unreadable(connection)]

    @contextmanager
    def _looked_at(self) -> Generator[apsw.Connection]:
        """One view of the file over a connection of its own. FTS5 keeps of its index what a connection once read of it, and takes
        for damaged what another one has merged since."""
        with self._explained(), closing(self._opening.connect(write=False)) as connection:
            connection.execute("BEGIN")
            yield connection

    @property
    def moved(self) -> bool:
        """Whether the file was deleted or replaced while it is open."""
        try:
            stat = self.path.stat()
        except OSError:
            return True
        return (stat.st_dev, stat.st_ino) != self._file

    def settle(self) -> None:
        """Write what the journal holds into the file, where that was moved away: the journal stays behind, and the next file at
        this path takes its name. Where another file stands there the journal may be that one's, and nothing is written."""
        if self._writer is not None and not self.path.exists():
            with self._explained(), self._write_lock:
                self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _check_present(self) -> None:
        """Refuse to write to a file that was deleted or moved while it is open: it would take the writes, and lose them."""
        if self.moved:
            raise StoreMovedError(
                f"The memory {self.path} was replaced or deleted while it was open", "try again", NOTHING_STORED
            )

    @contextmanager
    def _explained(self) -> Generator[None]:
        """Raise SQLite's failures as StoreErrors that say what to do."""
        try:
            yield
        except apsw.Error as error:
            raise self._told(_first(error)) from error

    def _told(self, error: apsw.Error) -> StoreError:
        """What to say of a failure of SQLite."""
        match error:
            case apsw.BusyError() | apsw.LockedError():
                waited = f"Another process has been writing the memory {self.path} for over {self.busy_timeout:g} s"
                return StoreBusyError(waited, NOTHING_STORED, "try again")
            case apsw.ReadOnlyError():
                return StoreReadOnlyError(f"The memory {self.path} is read-only", NOTHING_STORED)
            case apsw.FullError():
                full = f"There is no room left for the memory {self.path}"
                return StoreFullError(full, NOTHING_STORED, "free disk space, then try again")
            case apsw.NotADBError() | apsw.CorruptError():
                return StoreDamagedError(
                    f"{self.path} is not a usable SQLite file ({error}): `memp doctor --repair` saves what is whole of "
                    "it, `memp restore` lists the backups; nothing was changed."
                )
            case apsw.CantOpenError() | apsw.PermissionsError() | apsw.AuthError():
                return StoreError(f"The memory {self.path} cannot be opened ({error}): check the path in MEMP_DB.")
            case apsw.IOError():
                refused = f"The disk does not read or write the memory {self.path} ({error})"
                return StoreError(refused, NOTHING_STORED, "see whether it is full, or files may not grow (ulimit -f)")
            case apsw.ConnectionClosedError():
                return StoreError(f"The memory {self.path} was closed", NOTHING_STORED)
            case _:
                # A damaged index or a missing table says so in many ways.
                unusable = f"The memory {self.path} cannot be used ({error})"
                return StoreError(unusable, "run `memp doctor --repair`", NOTHING_STORED)


def _first(error: apsw.Error) -> apsw.Error:
    """The failure that came first: where a full disk has rolled a transaction back, its end fails as well."""
    while isinstance(error.__context__, apsw.Error):
        error = error.__context__
    return error
