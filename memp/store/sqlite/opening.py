"""Open a memory file: its settings, the check that it is one, and the migrations that bring its schema up to date."""

import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import sqlite_vec  # pyright: ignore[reportMissingTypeStubs]

from memp.errors import NOTHING_STORED, StoreError
from memp.light import private
from memp.store.sqlite import checksums, lineage
from memp.store.sqlite.copies import refuse_emptied
from memp.store.sqlite.migrations import APPLICATION_ID, MIGRATIONS, migrate
from memp.store.sqlite.transaction import rolled_back
from memp.store.sqlite.waiting import patient

log = logging.getLogger("memp.store")

PAGE_BYTES = 8192
"""The page size of a new file: five vectors of 384 floats fill a page, where of 4 kB two leave a quarter empty."""

JOURNAL_BYTES = 16 * 1024 * 1024
"""The size to which the journal is cut when it begins anew: it grows as long as a reader holds an older view."""


BESIDE = ("-wal", "-shm", "-journal")
"""The ends of the names of the files that SQLite makes beside a database."""


def _lower(*texts: Any) -> Any:
    return texts[0].lower() if isinstance(texts[0], str) else texts[0]


def require_file(path: Path) -> None:
    """Refuse what is there and is no file: to open a pipe would wait for whoever writes into it.

    Raises:
        StoreError: it is a pipe, a device or a folder.
    """
    if not path.is_file():
        raise StoreError(f"{path} is no file: set MEMP_DB to the path of one.")


@dataclass(frozen=True)
class Opening:
    """How a file is opened: for so long another process that writes is waited for, and nothing is written where it is read-only.
    `path` is the file itself, not a link to it.

    SQLite's own errors are passed on.
    """

    path: Path
    busy_timeout: float
    read_only: bool

    def prepare(self) -> None:
        """Make a file that is missing, its owner's alone, which SQLite then makes its journal as well.

        Raises:
            StoreError: a symbolic link stands where the journal goes, or another file's journal; the file is empty, though there
                are backups of it; or it cannot be made.
        """
        beside = [Path(f"{self.path}{end}") for end in BESIDE]
        if link := next((path for path in beside if path.is_symlink()), None):
            raise StoreError(f"{link} is a symbolic link, which memp does not follow: remove it.")
        if self.path.exists():
            require_file(self.path)
            refuse_emptied(self.path)
            lineage.check(self.path)
        if self.read_only or self.path.exists():
            return
        try:
            private.make_folder(self.path.parent)
            with suppress(FileExistsError):  # Another process was faster.
                os.close(private.create(self.path))
        except OSError as error:
            raise StoreError(
                f"The folder {self.path.parent} cannot be made ({error.strerror}): set MEMP_DB."
            ) from error

    def connect(self, *, write: bool) -> apsw.Connection:
        """A connection to the file; with `write` one that may write to it."""
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE if write else apsw.SQLITE_OPEN_READONLY
        name = str(self.path)
        if self.read_only and not os.access(self.path.parent, os.W_OK) and not Path(f"{self.path}-wal").exists():
            # WAL wants files beside it; where none can be made, nobody writes.
            name, flags = f"{self.path.absolute().as_uri()}?immutable=1", flags | apsw.SQLITE_OPEN_URI
        connection = apsw.Connection(name, flags=flags)
        connection.set_busy_handler(patient(self.busy_timeout))
        _load_vectors(connection)
        # SQLite's own knows the letters of ASCII alone.
        connection.create_scalar_function("lower", _lower, 1, deterministic=True)
        checksums.install(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        # What is acknowledged survives a power cut: each commit waits for the disk.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # On macOS fsync alone does not reach the disk.
        connection.execute("PRAGMA secure_delete = ON")
        # Not mapped: a file that is cut off under a map kills the process, and all that was read would count as its memory.
        # What is searched most is in memory anyway (memp.store.sqlite.mirror).
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
        return connection

    def check_version(self, connection: apsw.Connection) -> int:
        """The file's schema version; nothing is written."""
        # One view of the file: another process may be migrating it between two of these.
        connection.execute("SAVEPOINT look")
        try:
            version = int(connection.pragma("user_version"))
            application = int(connection.pragma("application_id"))
            tables = connection.execute("SELECT count(*) FROM sqlite_master").get
        finally:
            connection.execute("RELEASE look")
        if application != APPLICATION_ID and (version or tables):
            raise StoreError(f"{self.path} is a SQLite file of another program: set MEMP_DB to another path.")
        if version < 0:
            raise StoreError(
                f"{self.path} claims to have schema {version}, which there is not", "run `memp doctor --repair`",
                NOTHING_STORED,
            )  # fmt: skip
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{self.path} was made by a newer memp (schema {version}, this one knows {len(MIGRATIONS)}): "
                "upgrade memp, or set MEMP_DB to another path."
            )
        if self.read_only and version < len(MIGRATIONS):
            raise StoreError(f"{self.path} has an older schema and is read-only: open it once with write access.")
        return version

    def migrate(self, connection: apsw.Connection) -> None:
        """Bring the schema up to date; a file that is up to date is not written to."""
        before = self.check_version(connection)
        if before == len(MIGRATIONS):
            return
        if not before:
            connection.pragma("page_size", PAGE_BYTES)  # Of a file that has no table yet.
        self._use_wal(connection)
        connection.execute("BEGIN IMMEDIATE")
        with rolled_back(connection):
            # Another process may have migrated while this one waited for the lock.
            migrate(connection, self.check_version(connection))
            connection.pragma("user_version", len(MIGRATIONS))
            lineage.begin(connection)
            connection.pragma("application_id", APPLICATION_ID)
            connection.execute("COMMIT")
        if before:
            self._tighten()
            self._reclaim(connection)

    def _tighten(self) -> None:
        """Take from others the rights on a file of an older memp, once: what a person gives them later stays."""
        files = [self.path, *(Path(f"{self.path}{end}") for end in BESIDE)]
        if [path for path in files if private.tighten(path)]:
            log.warning("Other users of this machine could read %s: it is yours alone now (0600).", self.path)

    def _reclaim(self, connection: apsw.Connection) -> None:
        """Give the disk back that an older schema took. A file without room for that, or in use, is as good as before."""
        try:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (apsw.BusyError, apsw.LockedError, apsw.FullError) as error:
            log.warning("%s is larger than it need be (%s): `memp forget --scrub` makes it small.", self.path, error)

    def _use_wal(self, connection: apsw.Connection) -> None:
        """Switch a new file to WAL. Here SQLite itself never waits for another process that does the same."""
        deadline = time.monotonic() + self.busy_timeout
        while connection.pragma("journal_mode") != "wal":
            try:
                connection.pragma("journal_mode", "wal")
            except apsw.BusyError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def engine_versions() -> str:
    """SQLite and its two extensions, with their versions, after a try of each.

    Raises:
        StoreError: one of them does not work.
    """
    connection = apsw.Connection(":memory:")
    try:
        _load_vectors(connection)
        vec = connection.execute("SELECT vec_version()").get
        connection.execute("CREATE VIRTUAL TABLE probe USING fts5 (body)")
    except apsw.Error as error:
        raise StoreError(str(error)) from error
    finally:
        connection.close()
    return f"SQLite {apsw.sqlite_lib_version()}, sqlite-vec {vec}, FTS5"


def _load_vectors(connection: apsw.Connection) -> None:
    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    connection.enable_load_extension(False)
