"""Schema migrations of a SQLite file, as numbered plain functions. Each runs once, in a transaction; the file's
`user_version` counts them.

The tables are in memp.store.sql.schema. SQLite adds:

keys_fts       FTS5 over `keys.text` and `keys.extra` (rowid = keys.id)
keys_terms     in how many keys each word stands, as FTS5 counts it
keys_blocks    short codes of the keys' vectors: rebuildable (memp.store.sqlite.preselection)
audit_*        triggers that keep the audit log as it is
checksum       of each row, and the triggers that write it (memp.store.sqlite.checksums)
tallies        of each table how many rows it has, which the same triggers keep (memp.store.sqlite.tallies)
"""

from collections.abc import Callable

import apsw

from memp.store.sql import schema
from memp.store.sqlite import checksums, tallies
from memp.store.sqlite.dialect import TYPES
from memp.store.sqlite.index import rebuild_blocks
from memp.store.sqlite.transaction import SQLiteTransaction
from memp.text.homes import below_home
from memp.text.keywords import indexed

APPLICATION_ID = 0x6D656D70
"""'memp' in ASCII: tells a memory from any other SQLite file."""

_AUDIT_IS_KEPT = """
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_true BEFORE UPDATE ON audit
WHEN NEW.detail <> '' OR NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at OR NEW.actor <> OLD.actor
    OR NEW.action <> OLD.action OR NEW.procedure_id IS NOT OLD.procedure_id OR NEW.revision IS NOT OLD.revision
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
"""

_WORDS = """
CREATE VIRTUAL TABLE keys_fts USING fts5 (
    body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE keys_terms USING fts5vocab (keys_fts, row);
"""


def _first(connection: apsw.Connection) -> None:
    connection.execute(schema.first(TYPES) + _AUDIT_IS_KEPT + _WORDS)


def _imported(connection: apsw.Connection) -> None:
    connection.execute(schema.imported(TYPES))


def _unfinished(connection: apsw.Connection) -> None:
    connection.execute(schema.unfinished(TYPES))


def _projects(connection: apsw.Connection) -> None:
    connection.execute(schema.projects(TYPES))
    # A project that was named by a path has, from here on, the identity that memp.light.project.named gives it.
    for (named,) in list(connection.execute("SELECT identity FROM projects")):
        identity = below_home(str(named))
        if identity != named:
            connection.execute("INSERT INTO projects (identity) VALUES (?) ON CONFLICT DO NOTHING", (identity,))
            connection.execute("DELETE FROM projects WHERE identity = ?", (named,))
            connection.execute("UPDATE trajectories SET project = ? WHERE project = ?", (identity, named))
            connection.execute("UPDATE procedures SET project = ? WHERE project = ?", (identity, named))


def _unspaced(connection: apsw.Connection) -> None:
    """The word index holds texts in scripts without spaces by pairs of letters, and Hindi and its kin by whole words."""
    sql = "SELECT id, text, extra FROM keys WHERE kind NOT IN ('fact', 'run')"
    for key_id, text, extra in list(connection.execute(sql)):
        body = f"{text}\n{extra}"
        if not body.isascii():
            connection.execute("DELETE FROM keys_fts WHERE rowid = ?", (key_id,))
            connection.execute("INSERT INTO keys_fts (rowid, body) VALUES (?, ?)", (key_id, indexed(body)))


_ROWID_REVISIONS = """
CREATE TABLE revisions_by_rowid (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    number INTEGER NOT NULL,
    script TEXT NOT NULL,
    builder TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (procedure_id, number)
);
INSERT INTO revisions_by_rowid SELECT procedure_id, number, script, builder, reason, state, created_at FROM revisions;
DROP TABLE revisions;
ALTER TABLE revisions_by_rowid RENAME TO revisions;
"""


def _compact(connection: apsw.Connection) -> None:
    """Vectors are kept once. In a clustered table, too, a script of some kilobytes fills pages of its own."""
    connection.execute("DROP TABLE IF EXISTS keys_vec")
    connection.execute(schema.compact(TYPES) + _ROWID_REVISIONS)
    rebuild_blocks(SQLiteTransaction(connection))


def _waiting(connection: apsw.Connection) -> None:
    connection.execute(schema.waiting(TYPES))


def _outlines(connection: apsw.Connection) -> None:
    connection.execute(schema.outlines(TYPES))


def _origins(connection: apsw.Connection) -> None:
    connection.execute(schema.origins(TYPES))


_AUDIT_IS_TRUE = """
DROP TRIGGER audit_is_true;
CREATE TRIGGER audit_is_true BEFORE UPDATE OF id, created_at, actor, action, procedure_id, revision, detail ON audit
WHEN NEW.detail <> '' OR NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at OR NEW.actor <> OLD.actor
    OR NEW.action <> OLD.action OR NEW.procedure_id IS NOT OLD.procedure_id OR NEW.revision IS NOT OLD.revision
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
"""


def _checksums(connection: apsw.Connection) -> None:
    """Each row has a checksum, which `migrate` writes; the tables of later steps get theirs there as well."""
    connection.execute(_AUDIT_IS_TRUE)
    checksums.add_columns(connection)


def _tallies(connection: apsw.Connection) -> None:
    """Each table has a tally, which `migrate` counts."""
    connection.execute(tallies.CREATE)


def _browsing(connection: apsw.Connection) -> None:
    connection.execute(schema.browsing(TYPES))


def _decisions(connection: apsw.Connection) -> None:
    connection.execute(schema.decisions(TYPES))


MIGRATIONS: tuple[Callable[[apsw.Connection], None], ...] = (
    _first,
    _imported,
    _unfinished,
    _projects,
    _unspaced,
    _compact,
    _waiting,
    _outlines,
    _origins,
    _checksums,
    _tallies,
    _browsing,
    _decisions,
)
"""Never edit or reorder one that was released; append."""

SEALED = MIGRATIONS.index(_tallies)
"""The step from which on what is written is checked."""


def migrate(connection: apsw.Connection, begin: int, end: int = len(MIGRATIONS)) -> None:
    """Go through the steps from one number to another."""
    before = checksums.tables(connection) if begin else []
    for step in MIGRATIONS[begin:end]:
        step(connection)
    if begin < end and end > SEALED:
        checksums.seal(connection, before)
