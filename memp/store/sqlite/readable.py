"""A damaged file made readable: a copy in which the header and the schema, which every memory has alike, are as they must be."""

import os
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw

from memp.errors import StoreDamagedError
from memp.store.sqlite import checksums, lineage
from memp.store.sqlite.backup import copy_bytes
from memp.store.sqlite.migrations import APPLICATION_ID, MIGRATIONS, migrate
from memp.store.sqlite.opening import BESIDE, PAGE_BYTES
from memp.store.sqlite.transaction import fetched

_SIZES = (PAGE_BYTES, 4096)
"""The sizes of pages that memories have had."""


@contextmanager
def readable(path: Path, copy: Path) -> Generator[apsw.Connection]:
    """A connection to a copy, which is deleted afterwards.

    Raises:
        StoreDamagedError: nothing of it can be read.
    """
    try:
        # Read with the journal of another file it would be neither the one nor the other.
        for end in ("",) if lineage.is_strange(path) else ("", "-wal"):
            with suppress(FileNotFoundError):
                copy_bytes(Path(f"{path}{end}"), Path(f"{copy}{end}"))
        _mend_header(copy)
        with closing(apsw.Connection(str(copy), flags=apsw.SQLITE_OPEN_READWRITE)) as connection:
            checksums.install(connection)
            connection.execute("PRAGMA writable_schema = ON")  # A schema that does not parse is no error then.
            _mend_schema(connection)
            yield connection
    except apsw.Error as error:
        raise StoreDamagedError(
            f"Nothing of {path} can be read ({error})", "`memp restore FILE` restores a backup"
        ) from error
    finally:
        for end in ("", *BESIDE):
            Path(f"{copy}{end}").unlink(missing_ok=True)


def can_be_read(path: Path) -> bool:
    """Whether a repair would find anything in a damaged file."""
    try:
        with TemporaryDirectory(prefix="memp-") as folder, readable(path, Path(folder, path.name)):
            return True
    except StoreDamagedError:
        return False


def _mend_header(path: Path) -> None:
    """Write what the first hundred bytes of each memory have alike."""
    with path.open("r+b") as file:
        size = int.from_bytes(file.read(100)[16:18], "big")
        size = size if size in _SIZES else PAGE_BYTES
        fixed = {
            0: b"SQLite format 3\0", 16: size.to_bytes(2, "big") + bytes([2, 2, 0, 64, 32, 32]),
            28: (file.seek(0, os.SEEK_END) // size).to_bytes(4, "big"),  # Of one that was cut short, what is left.
            44: (4).to_bytes(4, "big"), 52: bytes(4), 56: (1).to_bytes(4, "big"),
            60: len(MIGRATIONS).to_bytes(4, "big"), 64: bytes(4), 68: APPLICATION_ID.to_bytes(4, "big"), 72: bytes(20),
        }  # fmt: skip
        for place, content in fixed.items():
            file.seek(place)
            file.write(content)


def _mend_schema(connection: apsw.Connection) -> None:
    """Leave in the schema the tables alone, each as it must be: a row of it that is damaged is known by what is left of it."""
    with closing(apsw.Connection(":memory:")) as fresh:
        migrate(fresh, 0)
        wanted = {
            str(n): str(sql) for n, sql in fresh.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        }
    blob = "CAST({} AS BLOB)"
    rows = fetched(
        connection,
        f"SELECT rowid, {blob.format('name')}, {blob.format('sql')}, rootpage FROM sqlite_master "
        f"WHERE {blob.format('type')} = {blob.format(repr('table'))} OR {blob.format('sql')} LIKE 'CREATE TABLE%'",
    )
    connection.execute("BEGIN")
    for rowid, name, sql, _ in rows:
        known = bytes(name or b"").decode(errors="replace")
        if known not in wanted:
            known = next((n for n in wanted if f" {n} (".encode() in bytes(sql or b"")), "")
        if known in wanted and "VIRTUAL" not in wanted[known]:
            change = "UPDATE sqlite_master SET type = 'table', name = ?1, tbl_name = ?1, sql = ?2 WHERE rowid = ?3"
            connection.execute(change, (known, wanted[known], rowid))
        else:
            connection.execute("DELETE FROM sqlite_master WHERE rowid = ?", (rowid,))
    connection.execute("DELETE FROM sqlite_master WHERE type NOT IN ('table') AND name NOT GLOB 'sqlite_autoindex*'")
    connection.execute("COMMIT")
    connection.pragma("writable_schema", "RESET")
