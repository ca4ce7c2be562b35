"""The store on SQLite: rows in ordinary tables, vec0 and FTS5 over them, in one file and in the same transactions."""

from pathlib import Path

from memp.store.sql.decisions import Ledger
from memp.store.sql.erasure import Forgetting
from memp.store.sql.exchange import Exchange
from memp.store.sql.procedures import Reads
from memp.store.sqlite.connection import Database
from memp.store.sqlite.index import Search


class SQLiteStore(Search, Reads, Exchange, Ledger, Forgetting):
    """The `Store` on one SQLite file. Safe to use from several threads, and from several processes at once.

    Raises:
        StoreError: the file cannot be used; the sentence says why and what to do.
    """

    def __init__(self, path: Path, *, busy_timeout: float = 5.0, read_only: bool = False) -> None:
        super().__init__(Database(path, busy_timeout=busy_timeout, read_only=read_only))

    @property
    def path(self) -> Path:
        return self._db.path

    @property
    def read_only(self) -> bool:
        return self._db.read_only

    def close(self) -> None:
        self._db.close()
