"""Tallies: how many rows a table has, and the sum of their checksums, which the triggers of memp.store.sqlite.checksums keep.

A checksum tells that a row is as it was written, and not that it is still there. A tally tells of rows that vanished, came by
another way than memp, or are as they were at another time.
"""

import struct
import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple, Self

import apsw

from memp.store.sqlite.transaction import fetched

TABLE = "tallies"

SINCE = 11
"""The step of the schema from which on files have them."""

_FUNCTION = "memp_tally"

_FORM = struct.Struct(">qQ")
_WHOLE = struct.Struct(">qQI")
_SUMS = 2**64

_WORDS = {
    "trajectories": "run", "procedures": "procedure", "revisions": "revision of a procedure",
    "sources": "link from a procedure to a run that it was built from", "credits": "credit of a procedure that a run used",
    "answers": "answer as it was given", "decisions": "decision that can be taken back", "recalls": "recall",
    "shown": "note of what a recall showed", "audit": "entry of the audit log", "pitfalls": "pitfall",
    "sightings": "link from a pitfall to a run that met it", "keys": "text by which something is found", "vectors": "vector",
    "findings": "count of what runs found out", "meta": "note on the file itself", "projects": "project",
    "origins": "origin of runs", "unfinished": "note of a run that is not built yet",
    "imported": "word of an imported file on a procedure", "imported_bindings": "value of a parameter from an imported file",
    "imported_findings": "finding of an imported file",
}  # fmt: skip
"""What a row of a table is, for a person."""


class Tally(NamedTuple):
    """The number of rows, and the sum of their checksums, modulo 2^64: in whatever order they were written."""

    rows: int
    sum: int

    def packed(self) -> bytes:
        content = _FORM.pack(*self)
        return content + zlib.crc32(content).to_bytes(4, "big")

    @classmethod
    def of(cls, packed: object) -> Self | None:
        """The tally of its packed form; None where that is not as it was written."""
        if not isinstance(packed, bytes) or len(packed) != _WHOLE.size:
            return None
        rows, total, crc = _WHOLE.unpack(packed)
        return cls(rows, total) if zlib.crc32(packed[: _FORM.size]) == crc else None


CREATE = f"CREATE TABLE {TABLE} (name TEXT NOT NULL PRIMARY KEY, tally BLOB NOT NULL) WITHOUT ROWID"


def install(connection: apsw.Connection) -> None:
    """Let a connection keep tallies: without that it can neither add nor delete rows of the tables that have them."""
    connection.create_scalar_function(_FUNCTION, _changed, 3, deterministic=True)


def change(table: str, before: str, after: str) -> str:
    """The statement of a trigger that lets the tally of a table follow a row, by its checksum before and after in SQL: NULL where
    there is no such row."""
    return f"UPDATE {TABLE} SET tally = {_FUNCTION}(tally, {before}, {after}) WHERE name = '{table}';"


def _changed(*values: Any) -> Any:
    packed, before, after = values
    tally = Tally.of(packed)
    if tally is None:  # It stays damaged: one that was made right again would hide that.
        return packed
    rows = tally.rows + (after is not None) - (before is not None)
    return Tally(rows, (tally.sum + _summand(after) - _summand(before)) % _SUMS).packed()


def _summand(checksum: object) -> int:
    """A checksum as a number of 32 bits, as it is unless it is damaged."""
    return checksum & 0xFFFFFFFF if isinstance(checksum, int) else 0


def counted(connection: apsw.Connection, table: str, column: str) -> Tally:
    """The tally that a table must have by its rows, of which one column holds the checksum."""
    # A damaged checksum may be any number, or none.
    number = f"CASE typeof({column}) WHEN 'integer' THEN {column} & 4294967295 ELSE 0 END"
    sql = f"SELECT count(*), coalesce(sum({number}), 0) FROM {table} NOT INDEXED"
    ((rows, total),) = fetched(connection, sql)
    return Tally(rows, total % _SUMS)


def noted(connection: apsw.Connection, table: str) -> Tally | None:
    """The tally that was kept of a table; None where it is lost or not as it was written."""
    with suppress(apsw.Error, UnicodeDecodeError):
        return next((Tally.of(packed) for (packed,) in fetched(connection, _NOTED, (table,))), None)
    return None


_NOTED = f"SELECT tally FROM {TABLE} WHERE name = ?"


def note(connection: apsw.Connection, tallies: Mapping[str, Tally]) -> None:
    """Write down the tallies of tables whose rows were not counted one by one."""
    rows = [(name, tally.packed()) for name, tally in tallies.items()]
    connection.executemany(f"INSERT OR REPLACE INTO {TABLE} (name, tally) VALUES (?, ?)", rows)


def rows_of(table: str, count: int) -> str:
    """So many rows of a table, as a person calls them: "2 runs"."""
    first, _, rest = _WORDS.get(table, f"row of {table}").partition(" ")
    if count != 1:
        first = f"{first[:-1]}ies" if first == "entry" else f"{first}s"
    return f"{count:,} {first} {rest}".strip()
