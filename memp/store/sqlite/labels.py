"""Schema labels: whether a file's `user_version` is that of the tables it holds, and the repair where it is not.

A file that was copied by hand, or written by a tool that sets the pragma, may claim another schema than it has: then a
migration fails on a table that is there, or a query on one that is not.
"""

from pathlib import Path
from typing import NamedTuple

import apsw

from memp.errors import StoreError
from memp.store.sqlite import lineage
from memp.store.sqlite.migrations import APPLICATION_ID, MIGRATIONS, migrate

_COLUMNS = """
    SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT GLOB 'sqlite_*' AND m.name NOT GLOB 'keys_*'
"""
"""Every table with its columns, but for the search indexes: which of those there are depends on the embedder too."""


class Label(NamedTuple):
    """The schema that a file claims, and the one whose tables it holds: None where they are of no schema."""

    claimed: int
    held: int | None

    @property
    def wrong(self) -> bool:
        """Whether the file has other tables than it claims. What a newer memp made is not known here."""
        return self.claimed != self.held and self.claimed <= len(MIGRATIONS)


def read_label(path: Path) -> Label | None:
    """The label of a memory file; None where it is none, or cannot be read.

    What is wrong with such a file is said by whoever opens it.
    """
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return _label(connection)
        finally:
            connection.close()
    except apsw.Error:
        return None


def relabel(path: Path) -> int:
    """Write into a file the number of the schema whose tables it holds; that number.

    Raises:
        StoreError: its tables are of no schema, it lies beside the journal of another file, or it cannot be written.
    """
    lineage.check(path)
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            label = _label(connection)
            if label is None or label.held is None:
                raise StoreError(
                    f"The tables of {path} are of no schema that memp has had: restore a backup (`memp restore`)."
                )
            connection.pragma("user_version", label.held)
        finally:
            connection.close()
        return label.held
    except apsw.Error as error:
        raise StoreError(
            f"The schema of {path} cannot be relabelled ({error}): restore a backup (`memp restore`)."
        ) from error


def _label(connection: apsw.Connection) -> Label | None:
    if int(connection.pragma("application_id")) != APPLICATION_ID:
        return None
    columns = _columns(connection)
    claimed = int(connection.pragma("user_version"))
    held = [number for number, known in enumerate(_known()) if known == columns]
    # Several schemas may have the same tables, with other contents: what a file claims of these is believed.
    return Label(claimed, claimed if claimed in held else max(held, default=None))


def _known() -> list[frozenset[tuple[str, str]]]:
    """The columns of each schema, by its number."""
    connection = apsw.Connection(":memory:")
    try:
        known = [_columns(connection)]
        for number in range(len(MIGRATIONS)):
            migrate(connection, number, number + 1)
            known.append(_columns(connection))
        return known
    finally:
        connection.close()


def _columns(connection: apsw.Connection) -> frozenset[tuple[str, str]]:
    return frozenset((str(table), str(column)) for table, column in connection.execute(_COLUMNS))
