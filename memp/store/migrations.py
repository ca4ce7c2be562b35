"""The schema, as numbered plain functions. Each runs once, in a transaction; the file's `user_version` counts them.

trajectories   immutable runs; `digest` makes recording one twice a single row in its scope
procedures     one row each: current revision, tier, status, outcome counts, signature of its steps
revisions      every script a procedure ever had
findings       what source runs found out ("where mug is": countertop), counted over all procedures of a scope
sources        which trajectories a procedure came from, with what its parameters stood for there
credits        one row for each (procedure, trajectory) that used it
recalls        use events: what was shown, when
pitfalls       what went wrong, of a procedure or of a task that has none yet
sightings      the runs that met a pitfall
keys           the texts by which things are found, with their vectors (the truth)
keys_fts       FTS5 over `keys.text` and `keys.extra` (rowid = keys.id)
keys_vec       vec0 over `keys.vector`: rebuildable; made when the first embedder is known
meta           the embedder's identity
"""

from collections.abc import Callable

import apsw

APPLICATION_ID = 0x6D656D70
"""'memp' in ASCII: tells a memory from any other SQLite file."""

_FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE trajectories (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    digest TEXT NOT NULL,
    task TEXT NOT NULL,
    steps TEXT NOT NULL,
    reward REAL NOT NULL CHECK (reward BETWEEN 0 AND 1),
    success INTEGER NOT NULL,
    evidence TEXT NOT NULL,
    provenance TEXT NOT NULL,
    tokens INTEGER,
    created_at TEXT NOT NULL,
    UNIQUE (scope, digest)
);

CREATE TABLE procedures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    revision INTEGER NOT NULL,
    signature TEXT NOT NULL,
    tier TEXT NOT NULL DEFAULT 'candidate',
    status TEXT NOT NULL DEFAULT 'active',
    uses INTEGER NOT NULL DEFAULT 0,
    successes INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX procedures_by_signature ON procedures (scope, signature);

CREATE TABLE revisions (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    number INTEGER NOT NULL,
    script TEXT NOT NULL,
    builder TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (procedure_id, number)
) WITHOUT ROWID;

CREATE TABLE sources (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    trajectory_id INTEGER NOT NULL REFERENCES trajectories (id),
    bindings TEXT NOT NULL,
    PRIMARY KEY (procedure_id, trajectory_id)
) WITHOUT ROWID;
CREATE INDEX sources_by_trajectory ON sources (trajectory_id);

CREATE TABLE findings (
    scope TEXT NOT NULL,
    about TEXT NOT NULL,
    value TEXT NOT NULL,
    runs INTEGER NOT NULL,
    PRIMARY KEY (scope, about, value)
) WITHOUT ROWID;

CREATE TABLE credits (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    trajectory_id INTEGER NOT NULL REFERENCES trajectories (id),
    revision INTEGER NOT NULL,
    success INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (procedure_id, trajectory_id)
) WITHOUT ROWID;

CREATE TABLE recalls (
    id INTEGER PRIMARY KEY,
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    rank INTEGER NOT NULL,
    similarity REAL,
    created_at TEXT NOT NULL
);

CREATE TABLE pitfalls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    procedure_id INTEGER REFERENCES procedures (id),
    trigger TEXT NOT NULL,
    consequence TEXT NOT NULL,
    instead TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX pitfalls_by_procedure ON pitfalls (procedure_id);

CREATE TABLE sightings (
    pitfall_id INTEGER NOT NULL REFERENCES pitfalls (id),
    trajectory_id INTEGER NOT NULL REFERENCES trajectories (id),
    PRIMARY KEY (pitfall_id, trajectory_id)
) WITHOUT ROWID;

CREATE TABLE keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    owner INTEGER NOT NULL,
    text TEXT NOT NULL,
    extra TEXT NOT NULL DEFAULT '',
    template TEXT NOT NULL DEFAULT '',
    vector BLOB,
    UNIQUE (kind, owner, text)
);
CREATE INDEX keys_pending ON keys (id) WHERE vector IS NULL;
CREATE INDEX keys_by_text ON keys (text) WHERE vector IS NOT NULL;

CREATE VIRTUAL TABLE keys_fts USING fts5 (
    body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE keys_terms USING fts5vocab (keys_fts, row);
"""


def _first(connection: apsw.Connection) -> None:
    connection.execute(_FIRST)


MIGRATIONS: tuple[Callable[[apsw.Connection], None], ...] = (_first,)
"""Never edit or reorder one that was released; append."""
