"""Salvage: a new memory file of all rows of a damaged one that are as they were written, with what can be derived from them.

The damaged file is only read. Procedures whose row is lost are made anew from their runs, keys from what they are the texts of;
vectors that are lost wait to be embedded; indexes are made anew.
"""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import apsw

from memp.domain.procedure import Script
from memp.store.records import MAX_KEY
from memp.store.sql.engine import Row
from memp.store.sqlite import checksums, deep, lineage, tallies
from memp.store.sqlite.checksums import Table
from memp.store.sqlite.readable import readable
from memp.store.sqlite.store import SQLiteStore
from memp.store.sqlite.transaction import fetched

_FAILURES = (apsw.Error, UnicodeDecodeError)


class Salvaged(NamedTuple):
    """What is lost of a file, in sentences, and what is said of its vectors: those are made anew from their texts."""

    lost: list[str]
    vectors: list[str]


def salvage(path: Path, target: Path) -> Salvaged:
    """Make `target` of what is whole in `path`, which others must not write meanwhile.

    Raises:
        StoreError: nothing of it can be read.
    """
    SQLiteStore(target).close()
    with (
        readable(path, target.with_name(f"{target.name}.read")) as damaged,
        closing(apsw.Connection(str(target), flags=apsw.SQLITE_OPEN_READWRITE)) as connection,
    ):
        checksums.install(connection)
        connection.execute("BEGIN IMMEDIATE; DELETE FROM meta")
        sealed = checksums.tables(connection)
        missed = {table: _copied(damaged, connection, table) for table in sealed}
        said = {table.name: list(_lost(damaged, connection, table, missed[table])) for table in sealed}
        vectors = said.pop("vectors", [])
        lost = [sentence for name in sorted(said, key=_has_no_name) for sentence in said[name]]
        lost += _uncounted(damaged, sealed)
        lineage.begin(connection)
        lost += [*_derived(connection), *_unlinked(connection)]
        connection.execute("COMMIT")
    with closing(SQLiteStore(target)) as store:
        store.reindex()
    return Salvaged(lost, vectors)


def _copied(damaged: apsw.Connection, connection: apsw.Connection, table: Table) -> list[Row]:
    """Copy the rows of a table that are whole; the keys of those that are not, and of some that there may never have been."""
    names = ", ".join(name for name, _ in table.columns)
    rows = f"SELECT {names} FROM {table.name} NOT INDEXED WHERE {checksums.COLUMN} IS {table.sum('')}"
    insert = f"INSERT OR IGNORE INTO {table.name} ({names}) VALUES ({', '.join('?' for _ in table.columns)})"
    try:
        connection.executemany(insert, damaged.execute(rows))
        return list(checksums.damaged(damaged, table))
    except _FAILURES:
        connection.execute(f"DROP TRIGGER IF EXISTS audit_is_kept; DELETE FROM {table.name}")
        return list(_copied_singly(damaged, connection, table, (rows, insert)))


def _lost(damaged: apsw.Connection, connection: apsw.Connection, table: Table, missed: list[Row]) -> Iterator[str]:
    """What is lost of a table: the rows that are known to be, and how many more by its tally."""
    noted = tallies.noted(damaged, table.name)
    copied = tallies.counted(connection, table.name, checksums.COLUMN)
    lost = _known(damaged, connection, table, missed, noted.rows - copied.rows if noted else None)
    missing = noted.rows - copied.rows if noted else len(lost)
    if table.name == "vectors" and missing > 0:
        again = "is made anew from its text" if missing == 1 else "are made anew from their texts"
        yield f"{tallies.rows_of(table.name, missing)} cannot be read, and {again}."
        return
    if lost and missing >= len(lost):
        yield f"Lost: {deep.numbered(damaged, table, lost)}."
    elif lost and missing > 0:  # Not all of these numbers had a row.
        among = (
            f"of {noted.rows:,}" if noted and _has_no_name(table.name) else f"among {deep.named(damaged, table, lost)}"
        )
        yield f"Lost: {tallies.rows_of(table.name, missing)}, {among}."
    if noted and missing > len(lost):
        yield f"Lost: {'another ' if lost else ''}{tallies.rows_of(table.name, missing - len(lost))}, of {noted.rows:,}."
    elif missing < 0:
        yield f"Kept, though memp did not write so many: {tallies.rows_of(table.name, copied.rows)}."
    elif noted and not lost and copied != noted:
        yield f"Kept, though not the last that was written: {tallies.rows_of(table.name, copied.rows)}."


def _has_no_name(table: str) -> bool:
    """Whether rows of a table are called by numbers that nobody sees."""
    return table not in deep.NAMES


def _known(
    damaged: apsw.Connection, connection: apsw.Connection, table: Table, missed: list[Row], missing: int | None
) -> list[Row]:  # fmt: skip
    """The keys of rows that are lost, of `missing` ones: of those that could not be copied the ones that there can have been, and
    those to which other rows refer."""
    if table.key != ("rowid",):
        return [key for key in missed if None not in key]
    there = {number for (number,) in connection.execute(f"SELECT rowid FROM {table.name}")}
    last = _last_number(damaged, table)
    # A broken page has numbers that no row ever had.
    numbers = {n for (n,) in missed if isinstance(n, int) and 0 < n <= (last or n)} - there
    referred = {n for n in _referred(connection, table.name) if 0 < n <= (last or n)} - there
    gaps = set(range(1, last + 1)) - there if last <= len(there) + (missing or 0) + _MOST_GAPS else set[int]()
    for known in (referred, gaps):  # All of them, and no other.
        if missing and len(known) == missing:
            return [(number,) for number in sorted(known)]
    return [(number,) for number in sorted(numbers | referred)]


_MOST_GAPS = 100_000
"""A damaged number may be any: so many are not looked for."""


def _last_number(damaged: apsw.Connection, table: Table) -> int:
    """The highest number that a row of a table ever had; 0 where nobody knows."""
    with suppress(*_FAILURES):
        for (number,) in damaged.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)):
            return number if isinstance(number, int) and number > 0 else 0
    return 0


def _referred(connection: apsw.Connection, name: str) -> set[int]:
    """The numbers of rows of a table by which other rows refer to them."""
    found: set[int] = set()
    for table in checksums.tables(connection):
        links = connection.execute('SELECT "from", "table", "to" FROM pragma_foreign_key_list(?)', (table.name,))
        for column, parent, of in links.fetchall():
            if parent == name and of in (None, "id"):
                found |= {n for (n,) in connection.execute(f"SELECT DISTINCT {column} FROM {table.name}") if n}
    for kinds, parent in _OWNERS:
        if parent == name:
            found |= {n for (n,) in connection.execute(f"SELECT DISTINCT owner FROM keys WHERE kind IN ({kinds})")}
    return found


_OWNERS = (("'run'", "trajectories"), ("'task', 'fact'", "procedures"), ("'error', 'failed'", "pitfalls"))
"""Of what kinds of keys the owner is a row of which table."""


def _uncounted(damaged: apsw.Connection, sealed: list[Table]) -> Iterator[str]:
    """Of which tables nobody knows whether rows of them have vanished."""
    unknown = [table.name for table in sealed if tallies.noted(damaged, table.name) is None]
    if unknown:
        every = len(unknown) == len(sealed)
        which = "any table" if every else ", ".join(tallies.rows_of(name, 2)[2:] for name in unknown)
        yield f"Whether rows have vanished of {which} is not known, as their tally is lost."


def _copied_singly(
    damaged: apsw.Connection, connection: apsw.Connection, table: Table, sql: tuple[str, str]
) -> Iterator[Row]:
    """Copy row by row past pages that cannot be read; the keys of those that could not be copied."""
    same = " AND ".join(f"{name} = ?" for name in table.key)
    for key in _keys(damaged, table):
        try:
            row = fetched(damaged, f"{sql[0]} AND {same}", key)
        except _FAILURES:
            row = []
        if row:
            connection.execute(sql[1], row[0])
        else:
            yield key


def _keys(damaged: apsw.Connection, table: Table) -> list[Row]:
    """The keys of all rows that there may be: from both ends to the page that is broken, and between two numbers all."""
    found: dict[Row, None] = {}
    for order in ("ASC", "DESC"):
        by = ", ".join(f"{name} {order}" for name in table.key)
        with suppress(*_FAILURES):
            for row in damaged.execute(f"SELECT {', '.join(table.key)} FROM {table.name} NOT INDEXED ORDER BY {by}"):
                found[row] = None
    if table.key != ("rowid",):
        return list(found)
    numbers = [number for (number,) in found if isinstance(number, int)]
    numbers.append(_last_number(damaged, table))
    last = max((number for number in numbers if 0 < number <= 2 * len(numbers) + _MOST_GAPS), default=0)
    return [(number,) for number in range(1, last + 1)]


_REVISION = """UPDATE procedures SET trial = NULL, revision = (
        SELECT number FROM revisions r WHERE r.procedure_id = procedures.id ORDER BY state = 'current' DESC, number DESC LIMIT 1)
    WHERE NOT EXISTS (SELECT 1 FROM revisions r WHERE r.procedure_id = procedures.id AND r.number = procedures.revision)
    AND EXISTS (SELECT 1 FROM revisions r WHERE r.procedure_id = procedures.id) RETURNING id"""

_RUN_KEYS = f"""INSERT OR IGNORE INTO keys (scope, kind, owner, text)
    SELECT scope, 'run', id, substr(task, 1, {MAX_KEY}) FROM trajectories RETURNING owner"""
_TASK_KEYS = f"""INSERT OR IGNORE INTO keys (scope, kind, owner, text)
    SELECT p.scope, 'task', p.id, substr(t.task, 1, {MAX_KEY}) FROM sources s
    JOIN procedures p ON p.id = s.procedure_id JOIN trajectories t ON t.id = s.trajectory_id RETURNING owner"""


def _derived(connection: apsw.Connection) -> Iterator[str]:
    """Make anew what follows from other rows; what was."""
    made = [(procedure_id,) for procedure_id in _without_row(connection)]
    if len(made) == 1:
        yield f"p{made[0][0]} was made anew from its runs: it is a candidate again."
    elif made:
        yield f"{deep.spelled('p{}', made)} were made anew from their runs: they are candidates again."
    revised = connection.execute(_REVISION).fetchall()
    if len(revised) == 1:
        yield f"p{revised[0][0]} has another revision, as its current one is lost."
    elif revised:
        yield f"{deep.spelled('p{}', revised)} have another revision each, as their current ones are lost."
    connection.execute("UPDATE keys SET vector_id = NULL WHERE vector_id NOT IN (SELECT id FROM vectors)")
    texts = len(connection.execute(_RUN_KEYS).fetchall()) + len(connection.execute(_TASK_KEYS).fetchall())
    if texts:
        yield f"{texts} texts by which things are found were made anew."


def _without_row(connection: apsw.Connection) -> Iterator[int]:
    """Make the rows of procedures that are known by their revisions and runs."""
    sql = """SELECT r.procedure_id, max(r.number), min(t.created_at), min(t.scope), min(t.project), r.script
        FROM revisions r JOIN sources s ON s.procedure_id = r.procedure_id JOIN trajectories t ON t.id = s.trajectory_id
        WHERE r.state = 'current' AND r.procedure_id NOT IN (SELECT id FROM procedures) GROUP BY r.procedure_id"""
    for procedure_id, number, at, scope, project, script in fetched(connection, sql):
        connection.execute(
            """INSERT INTO procedures (id, scope, project, revision, signature, created_at, updated_at, uses, successes)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6, count(*), coalesce(sum(success), 0) FROM credits WHERE procedure_id = ?1""",
            (procedure_id, scope, project, number, Script.model_validate_json(script).signature(), at),
        )
        yield procedure_id


def _unlinked(connection: apsw.Connection) -> Iterator[str]:
    """Take out what belongs to something that is lost; what that was."""
    gone = connection.execute(
        "SELECT id FROM procedures WHERE id NOT IN (SELECT procedure_id FROM revisions)"
    ).fetchall()
    if gone:
        connection.executemany("DELETE FROM procedures WHERE id = ?", gone)
        yield f"Lost: {deep.spelled('p{}', gone)}, of which no revision is left."
    tables = [table.name for table in checksums.tables(connection)]
    for _ in tables:  # What belongs to what is taken out here goes with it.
        if not sum(_without_parent(connection, table) for table in tables):
            break
    for kind, parents in _OWNERS:
        connection.execute(f"DELETE FROM keys WHERE kind IN ({kind}) AND owner NOT IN (SELECT id FROM {parents})")
    connection.execute("DELETE FROM vectors WHERE id NOT IN (SELECT vector_id FROM keys WHERE vector_id IS NOT NULL)")


def _without_parent(connection: apsw.Connection, table: str) -> int:
    """Delete the rows of a table whose parent is lost; how many."""
    count = 0
    links = connection.execute('SELECT "from", "table", "to" FROM pragma_foreign_key_list(?)', (table,)).fetchall()
    for column, parent, of in links:
        connection.execute(
            f"DELETE FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {of or 'id'} FROM {parent})"
        )
        count += connection.changes()
    return count
