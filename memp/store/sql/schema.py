"""Database schema: tables and indexes of a memory, as the numbered steps by which they grew.

trajectories   immutable runs; `digest` makes recording one twice a single row in its scope; `alone`: it used no procedure, and
               none is known to have been there for its task; `outline`: what it did, in two bytes a step (memp.build.outline)
procedures     one row each: current revision, the one on trial, tier, status, outcome counts, signature of its steps
revisions      every script a procedure ever had, and what became of it
findings       what source runs found out ("where mug is": countertop), counted over all procedures of a scope
sources        which trajectories a procedure came from, with what its parameters stood for there, and what was counted
               in findings for it
credits        one row for each (procedure, trajectory) that used it, with the revision and what the outcome weighs
recalls        look-ups: whose, whether held out, and the run that followed; of the task only hashes of its words
answers        what was asked and answered, word for word, of the newest of these, and what a person says of it
decisions      the newest decisions of people, with how a procedure stood before each and after it
shown          which revisions a recall brought
audit          every change of what a procedure is worth or says: by whom, when, why; rows are never changed or deleted,
               but for their words where a person has them forgotten
pitfalls       what went wrong, of a procedure or of a task that has none yet
sightings      the runs that met a pitfall
keys           the texts by which things are found
vectors        the vectors of these texts (the truth), one for each different text
meta           the embedder's identity
imported       what a file from another memory said of a procedure: for a person to read, never evidence
imported_bindings  what the parameters stood for in runs that stayed there, as `sources` has it of runs here
imported_findings  what those runs found out; told only of the procedures that came in the same file
projects       what runs belong to: by which identity, the name that a person gave it, and the one that it was merged into
unfinished     runs that are stored and not built yet, and the process that was at it: it may have been stopped
origins        where runs came from: by which channel, of which client, session or file, in which import

An engine adds to a step what is its own: the indexes over `keys`, and what keeps the audit log as it is.
"""

from memp.store.sql.engine import ColumnTypes


def first(types: ColumnTypes) -> str:
    """Step 1."""
    return f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL){types.clustered};

CREATE TABLE trajectories (
    id {types.id},
    scope TEXT NOT NULL,
    digest TEXT NOT NULL,
    task TEXT NOT NULL,
    steps TEXT NOT NULL,
    reward {types.real} NOT NULL CHECK (reward BETWEEN 0 AND 1),
    success INTEGER NOT NULL,
    evidence TEXT NOT NULL,
    provenance TEXT NOT NULL,
    tokens {types.big},
    length INTEGER NOT NULL,
    weight {types.real} NOT NULL,
    outside INTEGER NOT NULL,
    context TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (scope, digest)
);
CREATE INDEX trajectories_by_context ON trajectories (scope, context);

CREATE TABLE procedures (
    id {types.id},
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
){types.clustered};

CREATE TABLE sources (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    trajectory_id INTEGER NOT NULL REFERENCES trajectories (id),
    bindings TEXT NOT NULL,
    found TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (procedure_id, trajectory_id)
){types.clustered};
CREATE INDEX sources_by_trajectory ON sources (trajectory_id);

CREATE TABLE findings (
    scope TEXT NOT NULL,
    about TEXT NOT NULL,
    value TEXT NOT NULL,
    runs INTEGER NOT NULL,
    PRIMARY KEY (scope, about, value)
){types.clustered};

CREATE TABLE credits (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    trajectory_id INTEGER NOT NULL REFERENCES trajectories (id),
    revision INTEGER NOT NULL,
    success INTEGER NOT NULL,
    weight {types.real} NOT NULL,
    outside INTEGER NOT NULL,
    context TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (procedure_id, trajectory_id)
){types.clustered};
CREATE INDEX credits_by_trajectory ON credits (trajectory_id);

CREATE TABLE recalls (
    id {types.id},
    scope TEXT NOT NULL,
    words {types.blob} NOT NULL,
    context TEXT NOT NULL,
    draw {types.real},
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
    similarity {types.real},
    PRIMARY KEY (recall_id, procedure_id)
){types.clustered};
CREATE INDEX shown_by_procedure ON shown (procedure_id, revision);

CREATE TABLE audit (
    id {types.id},
    created_at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    procedure_id INTEGER,
    revision INTEGER,
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_procedure ON audit (procedure_id);

CREATE TABLE pitfalls (
    id {types.id},
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
){types.clustered};

CREATE TABLE keys (
    id {types.id},
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    owner INTEGER NOT NULL,
    text TEXT NOT NULL,
    extra TEXT NOT NULL DEFAULT '',
    template TEXT NOT NULL DEFAULT '',
    vector {types.vector},
    UNIQUE (kind, owner, text)
);
CREATE INDEX keys_pending ON keys (id) WHERE vector IS NULL;
CREATE INDEX keys_by_text ON keys (text) WHERE vector IS NOT NULL;
"""


def imported(types: ColumnTypes) -> str:
    """Step 2: what comes from another memory."""
    return f"""
CREATE TABLE imported (
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    file TEXT NOT NULL,
    script TEXT NOT NULL,
    how TEXT NOT NULL,
    told TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (procedure_id, file, script)
){types.clustered};

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
){types.clustered};
CREATE INDEX imported_findings_by_procedure ON imported_findings (procedure_id);

ALTER TABLE pitfalls ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;

DROP INDEX trajectories_by_context;
CREATE INDEX trajectories_by_context ON trajectories (scope, context, created_at);
"""


def unfinished(types: ColumnTypes) -> str:
    """Step 3: runs on their way. Of an older file those are taken that no procedure came of, unless a person had something
    forgotten there: then a run may stand alone on purpose."""
    return f"""
CREATE TABLE unfinished (
    trajectory_id INTEGER NOT NULL PRIMARY KEY REFERENCES trajectories (id),
    process TEXT NOT NULL
){types.clustered};

INSERT INTO unfinished (trajectory_id, process) SELECT id, '' FROM trajectories t
WHERE t.success = 1 AND t.weight > 0 AND NOT EXISTS (SELECT 1 FROM sources WHERE trajectory_id = t.id)
    AND NOT EXISTS (SELECT 1 FROM audit WHERE action = 'forgotten');
"""


def projects(types: ColumnTypes) -> str:
    """Step 4: projects. Of an older file only what MEMP_PROJECT kept apart belongs to one."""
    return f"""
CREATE TABLE projects (
    identity TEXT NOT NULL PRIMARY KEY,
    same_as TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL DEFAULT ''
){types.clustered};

ALTER TABLE trajectories ADD COLUMN project TEXT NOT NULL DEFAULT '';
ALTER TABLE procedures ADD COLUMN project TEXT NOT NULL DEFAULT '';
UPDATE trajectories SET project = scope WHERE scope <> '';
UPDATE procedures SET project = scope WHERE scope <> '';
INSERT INTO projects (identity) SELECT DISTINCT scope FROM trajectories WHERE scope <> '';

CREATE INDEX trajectories_by_project ON trajectories (project);
CREATE INDEX procedures_by_project ON procedures (project);
"""


def compact(types: ColumnTypes) -> str:
    """Step 6: a vector for each text, which its keys share, be they of a run or of what was made of it. Its id is that of the
    key that had it first. And a note which runs had no procedure, of which each recall reads the newest."""
    return f"""
CREATE TABLE vectors (id INTEGER NOT NULL PRIMARY KEY, vector {types.vector} NOT NULL);

ALTER TABLE keys ADD COLUMN vector_id INTEGER;
UPDATE keys SET vector_id = (SELECT min(o.id) FROM keys o WHERE o.text = keys.text AND o.vector IS NOT NULL)
WHERE vector IS NOT NULL;
INSERT INTO vectors (id, vector) SELECT id, vector FROM keys WHERE vector_id = id;

DROP INDEX keys_pending;
DROP INDEX keys_by_text;
ALTER TABLE keys DROP COLUMN vector;
CREATE INDEX keys_pending ON keys (id) WHERE vector_id IS NULL;
CREATE INDEX keys_by_text ON keys (text) WHERE vector_id IS NOT NULL;

ALTER TABLE trajectories ADD COLUMN alone INTEGER NOT NULL DEFAULT 1;
UPDATE trajectories SET alone = 0 WHERE id IN (SELECT trajectory_id FROM credits)
    OR id IN (SELECT first_run FROM procedures WHERE first_run IS NOT NULL);
DROP INDEX trajectories_by_context;
CREATE INDEX trajectories_alone ON trajectories (scope, context, created_at) WHERE alone = 1;
"""


def waiting(types: ColumnTypes) -> str:
    """Step 7: the vectors of key facts wait until the strategy that asks for them is on, so the others are found apart from
    them; and the pitfalls of a run are found without a look at all."""
    return """
DROP INDEX keys_pending;
CREATE INDEX keys_pending ON keys (id) WHERE vector_id IS NULL AND kind <> 'fact';
CREATE INDEX facts_pending ON keys (id) WHERE vector_id IS NULL AND kind = 'fact';
CREATE INDEX sightings_by_trajectory ON sightings (trajectory_id);
"""


def outlines(types: ColumnTypes) -> str:
    """Step 8: what a run did, in outline. Those that are stored already have none: they are read where it is asked for."""
    return f"""
ALTER TABLE trajectories ADD COLUMN outline {types.blob};
"""


def origins(types: ColumnTypes) -> str:
    """Step 9: where a run came from, and which runs are one witness: those of one name in `witness`. Of runs that are stored
    already nobody knows; they keep what they count for. `quarantine` names the one witness that alone speaks for a procedure,
    `hearsay` says that it was made of what nobody has seen."""
    return f"""
CREATE TABLE origins (
    id {types.id},
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


def browsing(types: ColumnTypes) -> str:
    """Step 12: what a person looks at. The newest answers as they were given, and indexes by which to page through runs, recalls
    and revisions that wait without reading all of them."""
    return """
CREATE TABLE answers (
    recall_id INTEGER NOT NULL PRIMARY KEY REFERENCES recalls (id),
    asked TEXT NOT NULL,
    answer TEXT NOT NULL,
    judged TEXT NOT NULL DEFAULT ''
);
CREATE INDEX trajectories_by_time ON trajectories (created_at, success, scope, project, origin, weight);
CREATE INDEX recalls_by_time ON recalls (created_at, scope, held);
CREATE INDEX revisions_waiting ON revisions (procedure_id) WHERE state IN ('trial', 'proposed');
"""


def decisions(types: ColumnTypes) -> str:
    """Step 13: the newest decisions of people that can be taken back, by the last line of the audit log that each wrote."""
    return """
CREATE TABLE decisions (
    line INTEGER NOT NULL PRIMARY KEY,
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    said TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
);
CREATE INDEX decisions_by_procedure ON decisions (procedure_id);
"""
