"""A transaction on an apsw connection, as the SQL of the store sees it."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

import apsw

from memp.store.sql.engine import Row
from memp.store.sqlite.dialect import SQLiteDialect, bound


class SQLiteTransaction:
    """`Transaction` on the connection that writes."""

    dialect = SQLiteDialect()

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, bindings: Sequence[Any] = ()) -> list[Row]:
        return self._connection.execute(sql, bound(bindings)).fetchall()

    def value(self, sql: str, bindings: Sequence[Any] = ()) -> Any:
        rows = self.rows(sql, bindings)
        return rows[0][0] if rows else None

    def run(self, sql: str, bindings: Sequence[Any] = ()) -> int:
        self._connection.execute(sql, bound(bindings))
        return self._connection.changes()

    def run_many(self, sql: str, bindings: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(sql, bindings)


def fetched(connection: apsw.Connection, sql: str, bindings: Sequence[Any] = ()) -> list[Row]:
    """All rows of a query on a bare connection."""
    return list(connection.execute(sql, tuple(bindings)))


@contextmanager
def rolled_back(connection: apsw.Connection) -> Generator[None]:
    """Undo the open transaction when the block raises."""
    try:
        yield
    except BaseException:
        # A full disk may have rolled back already; then there is nothing left to undo.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
