"""The deep check: every page, the checksum of every row, the tally of every table, and the indexes held against their keys."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from itertools import zip_longest
from typing import Any

import apsw
import numpy as np

from memp.embed import Vectors
from memp.store.sql.engine import Row
from memp.store.sqlite import checksums, tallies
from memp.store.sqlite.dialect import from_blob
from memp.store.sqlite.index import BY_WORD, IN_BLOCKS
from memp.store.sqlite.preselection import decoded, encoded
from memp.store.sqlite.transaction import fetched
from memp.store.sqlite.words import ACTIVE
from memp.text.keywords import indexed

MOST_FAULTS = 20
"""Faults of one kind that are said one by one."""

NAMES = {"trajectories": "t{}", "procedures": "p{}", "revisions": "p{}r{}"}
"""What rows of a table are called in this memory."""


def faults(connection: apsw.Connection) -> list[str]:
    """What is wrong with the file that a connection reads, in sentences; empty where all is as it was written."""
    checks: tuple[Callable[[apsw.Connection], Iterable[str]], ...] = (
        _pages,
        _links,
        unreadable,
        _rows,
        _blocks,
        _words,
    )
    found: list[str] = []
    for check in checks:
        try:
            found += check(connection)
        except (apsw.Error, UnicodeDecodeError, ValueError) as error:
            found.append(f"{check.__name__.strip('_').capitalize()} cannot be read to the end: {error}.")
    return found


def _pages(connection: apsw.Connection) -> Iterator[str]:
    for (said,) in connection.execute(f"PRAGMA integrity_check({MOST_FAULTS})"):
        if said != "ok":
            yield f"SQLite: {said}"


def _links(connection: apsw.Connection) -> Iterator[str]:
    broken = Counter((table, parent) for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"))
    for (table, parent), count in broken.items():
        yield f"{tallies.rows_of(table, count)} belong to none of {parent}."


def unreadable(connection: apsw.Connection) -> Iterator[str]:
    """The procedures of which nothing can be shown, as the revision that is theirs is gone."""
    missing = "SELECT 1 FROM revisions r WHERE r.procedure_id = p.id AND r.number = p.{}"
    for column, what in (("revision", "current revision"), ("trial", "revision on trial")):
        sql = f"""SELECT p.id, p.{column} FROM procedures p WHERE p.{column} IS NOT NULL
            AND NOT EXISTS ({missing.format(column)}) ORDER BY p.id"""
        for procedure_id, number in connection.execute(sql):
            yield f"p{procedure_id} is damaged: its {what}, p{procedure_id}r{number}, is gone."


def _rows(connection: apsw.Connection) -> Iterator[str]:
    has_tallies = int(connection.pragma("user_version")) >= tallies.SINCE
    for table in checksums.tables(connection):
        try:
            keys = list(checksums.damaged(connection, table))
            if keys:
                yield f"{named(connection, table, keys)} {'are' if len(keys) > 1 else 'is'} not as written."
            if has_tallies:
                yield from _presence(connection, table.name, sums=not keys)
        except apsw.Error as error:
            yield f"The table {table.name} cannot be read to the end: {error}."


def _presence(connection: apsw.Connection, table: str, *, sums: bool) -> Iterator[str]:
    """Whether all rows of a table are there, and no other; with `sums` whether they are the last that were written."""
    noted, counted = tallies.noted(connection, table), tallies.counted(connection, table, checksums.COLUMN)
    if noted is None:
        yield f"The tally of {table} is not as written: whether rows of it are missing is not known."
    elif counted.rows < noted.rows:
        yield f"Missing: {tallies.rows_of(table, noted.rows - counted.rows)}, of {noted.rows:,}."
    elif counted.rows > noted.rows:
        yield f"Not written by memp: {tallies.rows_of(table, counted.rows - noted.rows)}, of {counted.rows:,}."
    elif sums and counted != noted:
        yield f"Rows of {table} were exchanged for others, or are as they were at an earlier time."


def numbered(connection: apsw.Connection, table: checksums.Table, keys: list[Row]) -> str:
    """The same for a reader who may not know the table."""
    names = named(connection, table, keys)
    return names if table.name in NAMES else f"{tallies.rows_of(table.name, len(keys))} ({names})"


def named(connection: apsw.Connection, table: checksums.Table, keys: Iterable[Row]) -> str:
    """Rows of a table in words, by what a person calls them."""
    label = NAMES.get(table.name, f"{table.name} {'/'.join('{}' for _ in table.key)}")
    if table.name == "revisions":  # Told apart by rowid, and called by another name.
        keys = [_revision(connection, key) for key in keys]
    return spelled(label, keys)


def spelled(label: str, keys: Iterable[Row]) -> str:
    """Keys in words, in their order: neighbours as "t29 to t66" or "keys 1 to 9", and of many the first."""
    spans = _spans(keys)
    shown = spans[:MOST_FAULTS]
    last = label.rpartition(" ")[2]
    names = [label.format(*one[0]) + (f" to {last.format(*one[-1])}" if len(one) > 1 else "") for one in shown]
    left = sum(map(len, spans)) - sum(map(len, shown))
    return ", ".join(names) + (f" and {left:,} more" if left else "")


def _spans(keys: Iterable[Row]) -> list[list[Row]]:
    """Keys in their order; three or more whose last numbers follow each other are one span."""
    spans: list[list[Row]] = []
    for key in sorted(
        set(keys), key=lambda key: [(part, "") if isinstance(part, int) else (0, str(part)) for part in key]
    ):
        if spans and isinstance(key[-1], int) and spans[-1][-1] == (*key[:-1], key[-1] - 1):
            spans[-1].append(key)
        else:
            spans.append([key])
    return [part for span in spans for part in ([span] if len(span) > 2 else [[key] for key in span])]


def _revision(connection: apsw.Connection, key: Row) -> Row:
    """Of which procedure a revision is, and its number; unknown where its page is broken."""
    with suppress(apsw.Error, UnicodeDecodeError):
        sql = "SELECT procedure_id, number FROM revisions WHERE rowid = ?"
        return next(iter(fetched(connection, sql, key)), ("?", key[0]))
    return ("?", key[0])


def _blocks(connection: apsw.Connection) -> Iterator[str]:
    """The codes of each block, against the vectors of its keys."""
    sql = f"SELECT k.id, k.scope, k.kind FROM keys k WHERE k.vector_id IS NOT NULL AND {IN_BLOCKS} AND {ACTIVE}"
    left = {key_id: (scope, kind) for key_id, scope, kind in connection.execute(sql)}
    wrong = 0
    blocks = "SELECT scope, kind, ids, signs, bounds, codes FROM keys_blocks"
    for scope, kind, *blobs in fetched(connection, blocks):
        ids = np.frombuffer(blobs[0], np.int64).tolist()
        placed = all(left.pop(key_id, None) == (scope, kind) for key_id in ids)
        wrong += not (placed and _same_block(connection, ids, blobs))
    if wrong or left:
        yield f"The vector index has {wrong} wrong blocks and lacks {len(left)} keys: run `memp doctor --repair`."


def _same_block(connection: apsw.Connection, ids: list[int], blobs: list[bytes]) -> bool:
    sql = "SELECT v.vector FROM keys k JOIN vectors v ON v.id = k.vector_id WHERE k.id = ?"
    vectors = [from_blob(row[0]) for key_id in ids for row in fetched(connection, sql, (key_id,))]
    if len(vectors) != len(ids) or not _are_units(np.stack(vectors)):
        return False
    try:
        columns = decoded(blobs)[1:]
        return all(np.array_equal(*pair) for pair in zip(columns, encoded(np.stack(vectors)), strict=True))
    except ValueError:
        return False


def _are_units(vectors: Vectors) -> bool:
    with np.errstate(all="ignore"):  # A damaged number may be any.
        return bool(np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-2))


def contents(connection: apsw.Connection) -> Iterator[Row]:
    """All that a memory holds, row by row: two files that hold the same differ in nothing that anybody reads."""
    names = [table.name for table in checksums.tables(connection)]
    for name in (*names, "keys_blocks"):
        for row in connection.execute(f"SELECT * FROM {name} NOT INDEXED ORDER BY 1, 2, 3"):
            yield (name, *row)
    yield from _instances(connection)


def _words(connection: apsw.Connection) -> Iterator[str]:
    """The words of each key, against an index of the same keys that is made for it."""
    fresh = apsw.Connection(":memory:")
    try:
        options = "body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'"
        fresh.execute(f"CREATE VIRTUAL TABLE keys_fts USING fts5 ({options})")
        keys = connection.execute(f"SELECT id, text, extra FROM keys WHERE {BY_WORD} ORDER BY id")
        fresh.executemany(
            "INSERT INTO keys_fts (rowid, body) VALUES (?, ?)",
            ((key_id, indexed(f"{text}\n{extra}")) for key_id, text, extra in keys),
        )
        with closing(_instances(connection)) as stored, closing(_instances(fresh)) as expected:
            differ = next((pair for pair in zip_longest(stored, expected) if pair[0] != pair[1]), None)
        if differ is not None:
            yield f"The word index is not that of the keys (at {_word(differ)}): run `memp doctor --repair`."
    finally:
        fresh.close()


def _instances(connection: apsw.Connection) -> Generator[Row]:
    """Each word with its key and place, then the lengths of the keys."""
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab (main, keys_fts, instance)")
    try:
        yield from connection.execute("SELECT term, doc, offset FROM temp.words ORDER BY term, doc, offset")
        yield from connection.execute("SELECT id, sz FROM keys_fts_docsize ORDER BY id")
    finally:
        connection.execute("DROP TABLE temp.words")


def _word(differ: tuple[Any, Any]) -> str:
    return f"'{str((differ[0] or differ[1])[0])[:40]}'"
