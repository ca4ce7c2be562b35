"""A file's schema: it is what it was in every released version, and a file of each opens unchanged."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
import sqlite_vec
from sealed import beside
from stored import EMBEDDER, IDENTITY, add, hits, run, vector

from memp.errors import StoreBusyError, StoreError
from memp.light.project import named
from memp.store.sqlite.store import SQLiteStore
from memp.text.keywords import terms

# As text, and not as the migrations have it: these are the files that people have.
FIRST = """
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
    length INTEGER NOT NULL,
    weight REAL NOT NULL,
    outside INTEGER NOT NULL,
    context TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (scope, digest)
);
CREATE INDEX trajectories_by_context ON trajectories (scope, context);

CREATE TABLE procedures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    revision INTEGER NOT NULL,
    trial INTEGER,
    signature TEXT NOT NULL,
    origin TEXT NOT NULL DEFAULT '',
    first_run INTEGER,
    tier TEXT NOT NULL DEFAULT 'candidate',
    status TEXT NOT NULL DEFAULT 'active',
    uses INTEGER NOT NULL DEFAULT 0,
    successes INTEGER NOT NULL DEFAULT 0,
    outside INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX procedures_by_signature ON procedures (scope, signature);
CREATE INDEX procedures_by_first_run ON procedures (first_run);

CREATE TABLE revisions (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    number INTEGER NOT NULL,
    script TEXT NOT NULL,
    builder TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (procedure_id, number)
) WITHOUT ROWID;

CREATE TABLE sources (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    trajectory_id INTEGER NOT NULL REFERENCES trajectories (id),
    bindings TEXT NOT NULL,
    found TEXT NOT NULL DEFAULT '[]',
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
    weight REAL NOT NULL,
    outside INTEGER NOT NULL,
    context TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (procedure_id, trajectory_id)
) WITHOUT ROWID;
CREATE INDEX credits_by_trajectory ON credits (trajectory_id);

CREATE TABLE recalls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    words BLOB NOT NULL,
    context TEXT NOT NULL,
    draw REAL,
    held INTEGER NOT NULL,
    trajectory_id INTEGER REFERENCES trajectories (id),
    created_at TEXT NOT NULL
);
CREATE INDEX recalls_open ON recalls (scope, id) WHERE trajectory_id IS NULL;
CREATE INDEX recalls_by_trajectory ON recalls (trajectory_id) WHERE trajectory_id IS NOT NULL;

CREATE TABLE shown (
    recall_id INTEGER NOT NULL REFERENCES recalls (id),
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    revision INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    similarity REAL,
    PRIMARY KEY (recall_id, procedure_id)
) WITHOUT ROWID;
CREATE INDEX shown_by_procedure ON shown (procedure_id, revision);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    procedure_id INTEGER,
    revision INTEGER,
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_procedure ON audit (procedure_id);
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_true BEFORE UPDATE ON audit
WHEN NEW.detail <> '' OR NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at OR NEW.actor <> OLD.actor
    OR NEW.action <> OLD.action OR NEW.procedure_id IS NOT OLD.procedure_id OR NEW.revision IS NOT OLD.revision
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

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

IMPORTED = """
CREATE TABLE imported (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    file TEXT NOT NULL,
    script TEXT NOT NULL,
    how TEXT NOT NULL,
    told TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (procedure_id, file, script)
) WITHOUT ROWID;

CREATE TABLE imported_bindings (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    bindings TEXT NOT NULL,
    runs INTEGER NOT NULL
);
CREATE INDEX imported_bindings_by_procedure ON imported_bindings (procedure_id);

CREATE TABLE imported_findings (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    file TEXT NOT NULL,
    about TEXT NOT NULL,
    value TEXT NOT NULL,
    runs INTEGER NOT NULL,
    PRIMARY KEY (about, value, file, procedure_id)
) WITHOUT ROWID;
CREATE INDEX imported_findings_by_procedure ON imported_findings (procedure_id);

ALTER TABLE pitfalls ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;

DROP INDEX trajectories_by_context;
CREATE INDEX trajectories_by_context ON trajectories (scope, context, created_at);
"""

UNFINISHED = """
CREATE TABLE unfinished (
    trajectory_id INTEGER NOT NULL PRIMARY KEY REFERENCES trajectories (id),
    process TEXT NOT NULL
) WITHOUT ROWID;
"""

PROJECTS = """
CREATE TABLE projects (
    identity TEXT NOT NULL PRIMARY KEY,
    same_as TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

ALTER TABLE trajectories ADD COLUMN project TEXT NOT NULL DEFAULT '';
ALTER TABLE procedures ADD COLUMN project TEXT NOT NULL DEFAULT '';

CREATE INDEX trajectories_by_project ON trajectories (project);
CREATE INDEX procedures_by_project ON procedures (project);
"""

# As SQLite keeps the SQL of a table that was altered.
COMPACT = """
DROP INDEX keys_pending;
DROP INDEX keys_by_text;
CREATE TABLE vectors (id INTEGER NOT NULL PRIMARY KEY, vector BLOB NOT NULL);
ALTER TABLE keys ADD COLUMN vector_id INTEGER;
ALTER TABLE keys DROP COLUMN vector;
CREATE INDEX keys_pending ON keys (id) WHERE vector_id IS NULL;
CREATE INDEX keys_by_text ON keys (text) WHERE vector_id IS NOT NULL;
ALTER TABLE trajectories ADD COLUMN alone INTEGER NOT NULL DEFAULT 1;
DROP INDEX trajectories_by_context;
CREATE INDEX trajectories_alone ON trajectories (scope, context, created_at) WHERE alone = 1;

DROP TABLE revisions;
CREATE TABLE "revisions" (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    number INTEGER NOT NULL,
    script TEXT NOT NULL,
    builder TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (procedure_id, number)
);

CREATE TABLE keys_blocks (
        id INTEGER PRIMARY KEY, scope TEXT NOT NULL, kind TEXT NOT NULL, ids BLOB NOT NULL, signs BLOB NOT NULL,
        bounds BLOB NOT NULL, codes BLOB NOT NULL);
CREATE INDEX keys_blocks_by_kind ON keys_blocks (scope, kind);
"""

WAITING = """
DROP INDEX keys_pending;
CREATE INDEX keys_pending ON keys (id) WHERE vector_id IS NULL AND kind <> 'fact';
CREATE INDEX facts_pending ON keys (id) WHERE vector_id IS NULL AND kind = 'fact';
CREATE INDEX sightings_by_trajectory ON sightings (trajectory_id);
"""

OUTLINES = "ALTER TABLE trajectories ADD COLUMN outline BLOB;"

ORIGINS = """
CREATE TABLE origins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    client TEXT NOT NULL,
    name TEXT NOT NULL,
    batch TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (channel, client, name)
);
ALTER TABLE trajectories ADD COLUMN origin INTEGER REFERENCES origins (id);
ALTER TABLE trajectories ADD COLUMN witness TEXT NOT NULL DEFAULT '';
ALTER TABLE procedures ADD COLUMN quarantine TEXT NOT NULL DEFAULT '';
ALTER TABLE procedures ADD COLUMN hearsay INTEGER NOT NULL DEFAULT 0;
CREATE INDEX trajectories_by_origin ON trajectories (origin) WHERE origin IS NOT NULL;
CREATE INDEX trajectories_by_witness ON trajectories (witness) WHERE witness <> '';
"""
# The columns, and the triggers that fill them, as SQLite keeps their SQL.
CHECKSUMS = (Path(__file__).parent / "checksums.sql").read_text(encoding="utf-8")
# The tallies, and the triggers that keep them as well, in place of those before.
TALLIES = (Path(__file__).parent / "tallies.sql").read_text(encoding="utf-8")

# What a person pages through.
BROWSING = (Path(__file__).parent / "browsing.sql").read_text(encoding="utf-8")
# What a person takes back.
DECISIONS = (Path(__file__).parent / "decisions.sql").read_text(encoding="utf-8")

VERSIONS = {
    1: FIRST, 2: FIRST + IMPORTED, 3: FIRST + IMPORTED + UNFINISHED, 4: FIRST + IMPORTED + UNFINISHED + PROJECTS,
    5: FIRST + IMPORTED + UNFINISHED + PROJECTS,
    6: FIRST + IMPORTED + UNFINISHED + PROJECTS + COMPACT,
    7: FIRST + IMPORTED + UNFINISHED + PROJECTS + COMPACT + WAITING,
    8: FIRST + IMPORTED + UNFINISHED + PROJECTS + COMPACT + WAITING + OUTLINES,
    9: FIRST + IMPORTED + UNFINISHED + PROJECTS + COMPACT + WAITING + OUTLINES + ORIGINS,
    10: FIRST + IMPORTED + UNFINISHED + PROJECTS + COMPACT + WAITING + OUTLINES + ORIGINS + CHECKSUMS,
    11: FIRST + IMPORTED + UNFINISHED + PROJECTS + COMPACT + WAITING + OUTLINES + ORIGINS + CHECKSUMS + TALLIES,
    12: FIRST + IMPORTED + UNFINISHED + PROJECTS + COMPACT + WAITING + OUTLINES + ORIGINS + CHECKSUMS + TALLIES + BROWSING,
    13: FIRST + IMPORTED + UNFINISHED + PROJECTS + COMPACT + WAITING + OUTLINES + ORIGINS + CHECKSUMS + TALLIES + BROWSING
    + DECISIONS,
}  # fmt: skip
"""The schema by its version."""

ROWS = """
INSERT INTO trajectories (scope, digest, task, steps, reward, success, evidence, provenance, length, weight, outside, context,
    created_at) VALUES ('', 'd1', 'clean the mug', '[{"action": "wash it", "observation": "done"}]', 1.0, 1,
    '{"kind": "check", "detail": "look"}', '{"client": "old"}', 1, 1.0, 1, '//old/', '2026-01-01T00:00:00+00:00');
INSERT INTO procedures (scope, revision, signature, tier, uses, successes, created_at, updated_at)
    VALUES ('', 1, 'wash', 'pinned', 3, 2, '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00');
INSERT INTO revisions (procedure_id, number, script, builder, reason, state, created_at)
    VALUES (1, 1, '{"goal": "Clean the {object}", "steps": ["wash {object}"]}', 'caller', 'built from t1',
    'current', '2026-01-01T00:00:00+00:00');
INSERT INTO sources (procedure_id, trajectory_id, bindings, found) VALUES (1, 1, '{"object": "mug"}', '[]');
INSERT INTO keys (scope, kind, owner, text) VALUES ('', 'task', 1, 'clean the mug'), ('', 'run', 1, 'clean the mug');
INSERT INTO keys_fts (rowid, body) VALUES (1, 'clean the mug');
INSERT INTO pitfalls (scope, procedure_id, trigger, consequence, instead, created_at)
    VALUES ('', 1, 'the tap is dry', '', 'use the well', '2026-01-01T00:00:00+00:00');
INSERT INTO sightings (pitfall_id, trajectory_id) VALUES (1, 1);
"""


def schema(path: Path) -> set[tuple[str, str, str]]:
    """Every table, index and trigger of a file, with the SQL that made it."""
    db = apsw.Connection(str(path))
    rows = db.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    db.close()
    return {(str(kind), str(name), str(sql)) for kind, name, sql in rows}


def made(path: Path, version: int, rows: str = "") -> Path:
    """A file of a schema's version, as the memp of its time left it."""
    db = beside(path)
    db.pragma("journal_mode", "wal")
    db.execute(VERSIONS[version] + rows)
    db.pragma("user_version", version)
    db.pragma("application_id", 0x6D656D70)
    db.close()
    return path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    opened = SQLiteStore(tmp_path / "memory.sqlite3")
    yield opened
    opened.close()


def test_a_new_file_has_the_schema_that_was_released(store: SQLiteStore, tmp_path: Path):
    assert schema(store.path) == schema(made(tmp_path / "released.sqlite3", store.schema_version))


def test_a_file_of_this_version_is_opened_without_a_change(tmp_path: Path):
    path = made(tmp_path / "memory.sqlite3", 13, ROWS)
    before = path.read_bytes()
    store = SQLiteStore(path)
    assert [p.script.steps for p in store.procedures()] == [("wash {object}",)]
    store.close()
    assert path.read_bytes() == before


def test_a_file_of_before_is_searched_by_the_letters_of_scripts_without_spaces(tmp_path: Path):
    path = made(tmp_path / "memory.sqlite3", 4, ROWS)
    db = apsw.Connection(str(path))
    db.execute("UPDATE keys SET text = 'カップを洗う' WHERE kind = 'task'")
    db.execute("UPDATE keys_fts SET body = 'カッフを洗う' WHERE rowid IN (SELECT id FROM keys WHERE kind = 'task')")
    db.close()
    store = SQLiteStore(path)
    assert [hit.owner for hit in store.lexical("task", terms("赤いカップ"), [""], 5)] == [1]
    assert store.check() == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_of_every_version_is_read_and_goes_on(tmp_path: Path, version: int):
    store = SQLiteStore(made(tmp_path / "memory.sqlite3", version, ROWS))
    (procedure,) = store.procedures()
    assert (procedure.id, procedure.tier, procedure.uses, procedure.successes) == (1, "pinned", 3, 2)
    assert (store.trajectory(1).steps[0].action, store.trajectory(1).provenance.client) == ("wash it", "old")
    assert [(known.pitfall.instead, known.seen) for known in store.pitfalls([1])] == [("use the well", 1)]
    assert store.stood_for(1, {}) == {"object": [("mug", 1)]}
    assert hits(store, "mug") == (set(), {1})
    added = add(store, "boil an egg", steps=["boil it"])
    assert hits(store, "clean the mug") == ({1, added}, {1})
    assert store.add_trajectory("", run("clean the cup"), [], True).id == 3
    assert store.check() == []
    store.close()
    assert schema(store.path) == schema(made(tmp_path / "released.sqlite3", store.schema_version))


def test_an_older_file_keeps_its_vectors_each_once_and_gives_its_disk_back(tmp_path: Path):
    rows = [(kind, 1, text) for text in ("clean the mug", "mug") for kind in ("task", "run", "fact")]
    path = made(
        tmp_path / "memory.sqlite3", 5, ROWS.replace("('', 'run', 1, 'clean the mug')", "('', 'error', 1, 'dry')")
    )
    db = apsw.Connection(str(path))
    db.enable_load_extension(True)
    db.load_extension(sqlite_vec.loadable_path())
    db.execute("DELETE FROM keys; DELETE FROM keys_fts")
    db.execute("INSERT INTO meta VALUES ('embedder', ?)", (IDENTITY.model_dump_json(),))
    db.execute(
        """CREATE VIRTUAL TABLE keys_vec USING vec0 (key_id INTEGER PRIMARY KEY, scope TEXT PARTITION KEY,
        kind TEXT PARTITION KEY, embedding FLOAT[384] DISTANCE_METRIC=cosine, chunk_size=64)"""
    )
    for number in range(200):
        for kind, owner, text in rows:
            blob = EMBEDDER.encode([f"{text} {number}"])[0].tobytes()
            db.execute(
                "INSERT INTO keys (scope, kind, owner, text, vector) VALUES ('', ?, ?, ?, ?)",
                (kind, owner, f"{text} {number}", blob),
            )
            db.execute("INSERT INTO keys_vec SELECT id, scope, kind, vector FROM keys WHERE id = last_insert_rowid()")
    db.execute("INSERT INTO keys_fts (rowid, body) SELECT id, text FROM keys WHERE kind = 'task'")
    db.close()
    before = path.stat().st_size
    store = SQLiteStore(path)
    assert (store.stats().pending, store.check()) == (0, [])
    (hit,) = store.nearest("task", vector("clean the mug 7"), [""], 1)
    assert (hit.text, hit.similarity) == ("clean the mug 7", pytest.approx(1.0))
    assert len(store.fact_vectors([1])[1]) == 400
    known = store.known_vectors(["mug 3", "clean the mug 199"])
    assert all((known[text] == vector(text)).all() for text in ("mug 3", "clean the mug 199"))
    store.close()
    assert path.stat().st_size < 0.4 * before


def test_an_older_file_that_another_process_writes_is_opened_later_with_all_its_rows(tmp_path: Path):
    path = made(tmp_path / "memory.sqlite3", 5, ROWS)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError):
        SQLiteStore(path, busy_timeout=0.1)
    other.execute("ROLLBACK")
    # One that reads an older view keeps pages from being given back, and nothing else.
    other.execute("BEGIN")
    assert other.execute("SELECT count(*) FROM keys").get == 2
    store = SQLiteStore(path)
    assert [p.id for p in store.procedures()] == [1]
    store.close()
    other.close()


def test_an_older_file_that_may_not_be_written_says_what_to_do(tmp_path: Path):
    path = made(tmp_path / "memory.sqlite3", 1)
    with pytest.raises(StoreError, match="older schema and is read-only: open it once with write access"):
        SQLiteStore(path, read_only=True)


def test_of_an_older_file_the_runs_that_no_procedure_came_of_are_unfinished(tmp_path: Path):
    alone = """INSERT INTO trajectories (scope, digest, task, steps, reward, success, evidence, provenance, length, weight,
        outside, context, created_at) SELECT scope, 'd' || (id + 8), task, steps, reward, success, evidence, provenance, length,
        weight, outside, context, created_at FROM trajectories WHERE id = 1;"""
    forgotten = (
        "INSERT INTO audit (created_at, actor, action, detail) VALUES ('2026-01-01', 'person', 'forgotten', '');"
    )
    for name, rows, left in (("a", alone, [2]), ("b", alone + forgotten, [])):
        store = SQLiteStore(made(tmp_path / f"{name}.sqlite3", 2, ROWS + rows))
        assert [one.trajectory for one in store.unfinished()] == left
        store.close()


def test_what_an_older_file_holds_belongs_to_no_project_but_to_one_that_was_kept_apart(tmp_path: Path):
    apart = ROWS.replace("VALUES ('', 'd1'", "VALUES ('shop', 'd1'").replace(
        "VALUES ('', 1, 'wash'", "VALUES ('shop', 1, 'wash'"
    )
    for name, rows, project in (("a", ROWS, ""), ("b", apart, "shop")):
        store = SQLiteStore(made(tmp_path / f"{name}.sqlite3", 3, rows))
        assert store.belonging([1])[1].projects == {project}
        assert store.ran_in([1]) == {1: project}
        store.close()


@pytest.mark.parametrize(("scope", "project"), [("/home/jane/shop", "~/shop"), ("acme", "acme"), ("", "")])
def test_what_was_kept_apart_under_a_path_is_of_that_project_without_the_home(tmp_path: Path, scope: str, project: str):
    path = made(tmp_path / "memory.sqlite3", 3, ROWS.replace("VALUES ('',", f"VALUES ('{scope}',"))
    store = SQLiteStore(path)
    assert store.ran_in([1]) == {1: project}
    assert store.procedures_in(project) == [1]
    assert set(store.merged_projects()) == ({project} if project else set())
    assert named(scope).identity == project
    store.close()
