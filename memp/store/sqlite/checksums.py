"""Row checksums: each row holds one over its other columns, which triggers write with the row (CRC-32).

SQLite itself notices damage to the form of a page, and none to what stands in it. The triggers keep the tally of the table as
well (memp.store.sqlite.tallies). They call functions of memp's own, so that no other program writes to the tables by mistake: it
can neither add, change nor delete a row.
"""

import zlib
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import NamedTuple

import apsw

from memp.store.sql.engine import Row
from memp.store.sqlite import tallies
from memp.store.sqlite.transaction import fetched

COLUMN = "checksum"

_FUNCTION = "memp_checksum"

_COLUMNS = """SELECT m.name, l.wr, c.name, c.type, c.pk FROM sqlite_master m
    JOIN pragma_table_list l ON l.schema = 'main' AND l.name = m.name JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL %'
    AND m.name NOT GLOB 'sqlite_*' AND m.name NOT GLOB 'keys_fts*' AND m.name NOT IN ('keys_blocks', 'tallies')
    ORDER BY m.name, c.cid"""
"""Of the tables that hold what is true; the indexes over keys, and the tallies, are held against them."""


class Table(NamedTuple):
    """A table with its columns and their types, the columns by which its rows are told apart, and whether it has checksums."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    has_sums: bool

    def sum(self, row: str) -> str:
        """The checksum of a row, in SQL: `row` is its name with a dot."""
        texts = [name for name, kind in self.columns if kind == "TEXT"]
        kinds = " || ".join(f"typeof({row}{name})" for name in texts) or "''"
        # As bytes: a damaged text may be none.
        values = [f"CAST({row}{name} AS BLOB)" if name in texts else f"{row}{name}" for name, _ in self.columns]
        return f"{_FUNCTION}({', '.join([kinds, *values])})"


def install(connection: apsw.Connection) -> None:
    """Let a connection compute checksums and tallies: without that it cannot write to the tables that have them."""
    connection.create_scalar_function(_FUNCTION, _checksum, -1, deterministic=True)
    tallies.install(connection)


def tables(connection: apsw.Connection) -> list[Table]:
    """The tables that have checksums, or are to get them."""
    rows = connection.execute(_COLUMNS).fetchall()
    return [_table(name, list(columns)) for name, columns in groupby(rows, key=lambda row: str(row[0]))]


def add_columns(connection: apsw.Connection) -> list[Table]:
    """Give the tables that have no checksums yet their column. All before the first trigger: for each SQLite reads every trigger
    anew."""
    sealed = tables(connection)
    for table in sealed:
        if not table.has_sums:
            connection.execute(f"ALTER TABLE {table.name} ADD COLUMN {COLUMN} INTEGER")
    return [table._replace(has_sums=True) for table in sealed]


def seal(connection: apsw.Connection, before: Collection[Table]) -> None:
    """Give each table its checksums, over the columns that it has now, its tally, and the triggers that keep both.

    `before` are the tables of before the last migration. Those that are the same keep their checksums, so that a row that is
    damaged stays known for it. Where there were none, there are no rows.
    """
    install(connection)
    for (name,) in fetched(
        connection, "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB '*_sums_*'"
    ):
        connection.execute(f"DROP TRIGGER {name}")
    sealed = add_columns(connection)
    for table in sealed if before else ():
        if table not in before:
            connection.execute(f"UPDATE {table.name} SET {COLUMN} = {table.sum('')}")
    empty = tallies.Tally(0, 0)
    counted = {
        table.name: tallies.counted(connection, table.name, COLUMN) if before else empty for table in sealed
    }  # fmt: skip
    tallies.note(connection, counted)
    for table in sealed:
        for statement in _triggers(table):
            connection.execute(statement)


def _triggers(table: Table) -> Iterator[str]:
    """The triggers of a table, which for each row write its checksum and change the tally.

    A new row gets its checksum by that of updates: SQLite reads all triggers whenever it opens a file, so the sum is written out
    once. None calls itself, as SQLite's `recursive_triggers` is off.
    """
    name = table.name
    same = " AND ".join(f"{column} = NEW.{column}" for column in table.key)
    yield f"CREATE TRIGGER {name}_sums_insert AFTER INSERT ON {name} BEGIN UPDATE {name} SET {COLUMN} = NULL WHERE {same}; END"
    yield f"""CREATE TRIGGER {name}_sums_update AFTER UPDATE ON {name} BEGIN
UPDATE {name} SET {COLUMN} = {table.sum("NEW.")} WHERE {same};
{tallies.change(name, f"OLD.{COLUMN}", f"(SELECT {COLUMN} FROM {name} WHERE {same})")} END"""
    yield f"""CREATE TRIGGER {name}_sums_delete AFTER DELETE ON {name} BEGIN
{tallies.change(name, f"OLD.{COLUMN}", "NULL")} END"""


def damaged(connection: apsw.Connection, table: Table) -> Iterator[Row]:
    """The keys of rows that are not as they were written.

    Raises:
        apsw.CorruptError: the table cannot be read to its end.
    """
    install(connection)
    key, differs = ", ".join(table.key), f"{COLUMN} IS NOT {table.sum('')}"
    try:
        yield from fetched(connection, f"SELECT {key} FROM {table.name} NOT INDEXED WHERE {differs}")
    except UnicodeDecodeError:  # A number that is a broken text now.
        same = " AND ".join(f"{name} IS ?" for name in table.key)
        for row in _keys(connection, table):
            try:
                if fetched(connection, f"SELECT 1 FROM {table.name} WHERE {same} AND {differs}", row):
                    yield row
            except UnicodeDecodeError:
                yield row


def _keys(connection: apsw.Connection, table: Table) -> list[Row]:
    columns = ", ".join(
        f"CAST({name} AS BLOB)" if (dict(table.columns).get(name) == "TEXT") else name for name in table.key
    )
    return fetched(connection, f"SELECT {columns} FROM {table.name} NOT INDEXED")


def _table(name: str, rows: list[Row]) -> Table:
    columns = tuple((str(column), str(kind)) for _, _, column, kind, _ in rows if column != COLUMN)
    clustered = rows[0][1]
    key = tuple(str(column) for _, _, column, _, part in rows if part) if clustered else ("rowid",)
    return Table(name, columns, key, len(columns) < len(rows))


def _checksum(*values: object) -> int:
    crc = 0
    for value in values:
        if isinstance(value, bytes):
            crc = zlib.crc32(value, zlib.crc32(b"b%d:" % len(value), crc))
        else:
            crc = zlib.crc32(repr(value).encode(), crc)
    return crc
