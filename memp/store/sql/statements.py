"""Writes that are part of a larger transaction."""

import json
from collections.abc import Iterable, Sequence

import apsw

from memp.domain.procedure import Builder, Draft, Ref, RevisionState, Script
from memp.errors import NotFoundError
from memp.store.sqlite.base import index, stored_identity


def require(db: apsw.Connection, ids: Iterable[int], scopes: Sequence[str] | None) -> None:
    """Refuse ids that name no procedure of these scopes (None: of any)."""
    wanted = "[]" if scopes is None else json.dumps(list(scopes))
    sql = "SELECT 1 FROM procedures WHERE id = ?1 AND (?2 OR scope IN (SELECT value FROM json_each(?3)))"
    missing = [i for i in ids if db.execute(sql, (i, int(scopes is None), wanted)).get is None]
    if missing:
        names = ", ".join(f"p{i}" for i in missing)
        raise NotFoundError(
            f"There is no procedure {names} in this memory: pass only ids that recall_procedure returned; nothing was stored."
        )


def require_revisions(db: apsw.Connection, used: Iterable[Ref]) -> None:
    """Refuse revisions that a procedure never had."""
    for ref in used:
        sql = "SELECT 1 FROM revisions WHERE procedure_id = ? AND number = ?"
        if ref.revision is not None and db.execute(sql, (ref.procedure_id, ref.revision)).get is None:
            raise NotFoundError(
                f"p{ref.procedure_id} has no revision {ref.revision}: pass only ids that recall_procedure returned; "
                "nothing was stored."
            )


def credit(db: apsw.Connection, ref: Ref, trajectory_id: int, now: str) -> bool:
    """Count one use, once for each (procedure, trajectory); whether it counted."""
    db.execute(
        """INSERT OR IGNORE INTO credits
            (procedure_id, trajectory_id, revision, success, weight, outside, context, created_at)
        SELECT p.id, t.id, coalesce(?, p.revision), t.success, t.weight, t.outside, t.context, ?
        FROM procedures p, trajectories t WHERE p.id = ? AND t.id = ?""",
        (ref.revision, now, ref.procedure_id, trajectory_id),
    )
    if not db.changes():
        return False
    # A run that is a source already, and is said to have used the procedure now, has been counted as outside evidence.
    db.execute(
        """UPDATE procedures SET uses = uses + 1, successes = successes + t.success,
            outside = procedures.outside + (t.success AND t.outside AND NOT EXISTS (
                SELECT 1 FROM sources s WHERE s.procedure_id = procedures.id AND s.trajectory_id = t.id))
        FROM trajectories t WHERE t.id = ? AND procedures.id = ?""",
        (trajectory_id, ref.procedure_id),
    )
    return True


def add_source(db: apsw.Connection, procedure_id: int, trajectory_id: int, draft: Draft) -> bool:
    """Note that a run built a procedure, or took the same steps; whether that is new."""
    db.execute(
        "INSERT OR IGNORE INTO sources (procedure_id, trajectory_id, bindings, found) VALUES (?, ?, ?, ?)",
        (procedure_id, trajectory_id, json.dumps(dict(draft.bindings), ensure_ascii=False),
         json.dumps(draft.findings(), ensure_ascii=False)),
    )  # fmt: skip
    if not db.changes():
        return False
    # A run that followed the procedure agrees with it for that reason: it counts as a use, not as support.
    db.execute(
        """UPDATE procedures SET outside = procedures.outside + t.outside FROM trajectories t
        WHERE procedures.id = ?1 AND t.id = ?2
            AND NOT EXISTS (SELECT 1 FROM credits WHERE procedure_id = ?1 AND trajectory_id = ?2)""",
        (procedure_id, trajectory_id),
    )
    return True


def add_revision(
    db: apsw.Connection,
    procedure_id: int,
    number: int,
    script: Script,
    builder: Builder,
    reason: str,
    state: RevisionState,
    now: str,
) -> None:
    db.execute(
        """INSERT INTO revisions (procedure_id, number, script, builder, reason, state, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (procedure_id, number, script.model_dump_json(), builder, reason, state, now),
    )


def make_current(db: apsw.Connection, procedure_id: int, number: int, now: str) -> None:
    """Let a revision be what is shown and held against others; the trial, if there is one, ends."""
    row = db.execute("SELECT script FROM revisions WHERE procedure_id = ? AND number = ?", (procedure_id, number)).get
    db.execute(
        """UPDATE procedures SET revision = ?, trial = NULL, signature = ?, updated_at = ? WHERE id = ?""",
        (number, Script.model_validate_json(str(row)).signature(), now, procedure_id),
    )
    set_state(db, procedure_id, number, "current")


def set_state(db: apsw.Connection, procedure_id: int, number: int, state: RevisionState) -> None:
    db.execute("UPDATE revisions SET state = ? WHERE procedure_id = ? AND number = ?", (state, procedure_id, number))


def note(
    db: apsw.Connection, actor: str, action: str, procedure_id: int | None, revision: int | None, detail: str, now: str
) -> None:
    """A line of the audit log."""
    db.execute(
        "INSERT INTO audit (created_at, actor, action, procedure_id, revision, detail) VALUES (?, ?, ?, ?, ?, ?)",
        (now, actor, action, procedure_id, revision, detail),
    )


def add_findings(connection: apsw.Connection, scope: str, draft: Draft) -> None:
    """Count what a source run found out."""
    connection.executemany(
        """INSERT INTO findings (scope, about, value, runs) VALUES (?, ?, ?, 1)
        ON CONFLICT (scope, about, value) DO UPDATE SET runs = runs + 1""",
        [(scope, about, value) for about, value in draft.findings()],
    )


def reactivate(db: apsw.Connection, procedure_id: int) -> None:
    """Bring an archived procedure back into recall."""
    db.execute("UPDATE procedures SET status = 'active', reason = '' WHERE id = ?", (procedure_id,))
    if stored_identity(db) is not None:
        kept = "SELECT id FROM keys WHERE owner = ? AND kind IN ('task', 'fact') AND vector IS NOT NULL"
        index(db, [int(str(key[0])) for key in db.execute(kept, (procedure_id,)).fetchall()])
