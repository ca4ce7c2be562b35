"""The store on SQLite: rows in ordinary tables, blocks of codes and FTS5 over them, in one file and in the same transactions."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from memp.errors import StoreError
from memp.store.records import Stats
from memp.store.sql.browsing import SQLBrowsing
from memp.store.sql.decisions import SQLDecisions
from memp.store.sql.erasure import SQLErasure
from memp.store.sql.evidence import SQLEvidence
from memp.store.sql.exporting import SQLExporting
from memp.store.sql.importing import SQLImporting
from memp.store.sql.origins import SQLOrigins
from memp.store.sql.pending import SQLPending
from memp.store.sql.procedures import SQLProcedures
from memp.store.sql.projects import SQLProjects
from memp.store.sql.recalls import SQLRecalls
from memp.store.sql.statements import counts
from memp.store.sql.trajectories import SQLTrajectories
from memp.store.sql.writing import SQLDistillation, SQLWriting
from memp.store.sqlite.connection import Database
from memp.store.sqlite.index import SQLiteIndex, SQLiteKeyVectors, SQLiteSearch
from memp.store.sqlite.migrations import MIGRATIONS


class SQLiteStore(
    SQLPending,
    SQLiteSearch,
    SQLiteKeyVectors,
    SQLBrowsing,
    SQLProcedures,
    SQLTrajectories,
    SQLWriting,
    SQLEvidence,
    SQLOrigins,
    SQLDecisions,
    SQLDistillation,
    SQLRecalls,
    SQLExporting,
    SQLImporting,
    SQLErasure,
    SQLProjects,
):
    """The `Store` on one SQLite file. Safe to use from several threads, and from several processes at once.

    Raises:
        StoreError: the file cannot be used; the sentence says why and what to do.
    """

    def __init__(self, path: Path, *, busy_timeout: float = 5.0, read_only: bool = False) -> None:
        self._file = Database(path, busy_timeout=busy_timeout, read_only=read_only)
        self._indexes = SQLiteIndex()
        super().__init__(self._file, self._indexes)

    @property
    def path(self) -> Path:
        return self._file.path

    @property
    def read_only(self) -> bool:
        return self._file.read_only

    @property
    def moved(self) -> bool:
        return self._file.moved

    def settle(self) -> None:
        self._file.settle()

    @property
    def schema_version(self) -> int:
        # Opening a file brings it up to date, or fails.
        return len(MIGRATIONS)

    def stats(self) -> Stats:
        size = sum(p.stat().st_size for p in (self.path, Path(f"{self.path}-wal")) if p.exists())
        return Stats(**counts(self._db), identity=self.identity(), bytes=size)

    def check(self) -> list[str]:
        return [*self._file.faults(), *self._indexes.faults(self._db)]

    def check_deep(self) -> list[str]:
        return self._file.deep_faults()

    def reindex(self) -> None:
        with self._db.write() as db:
            self._index.rebuild(db)

    @contextmanager
    def copied(self) -> Generator[Self]:
        try:
            folder = TemporaryDirectory(prefix="memp-")  # Readable by its owner alone.
        except OSError as error:
            raise StoreError(f"No copy of {self.path} can be made ({error.strerror})", "set TMPDIR") from error
        with folder as name:
            path = Path(name, "memory.sqlite3")
            self._file.copy_to(path)
            with closing(type(self)(path)) as copy:
                yield copy

    def close(self) -> None:
        self._file.close()
