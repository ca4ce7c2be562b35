"""Statements that are part of a larger transaction, and that more than one module needs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from memp.domain.procedure import Builder, Draft, Ref, RevisionState, Script
from memp.embed import Identity
from memp.errors import NotFoundError
from memp.store.records import MAX_KEY, Key
from memp.store.sql.engine import KeyIndex, Reader, Transaction
from memp.store.sql.origins import FIRST_OF_WITNESS, vouch
from memp.store.sql.rows import as_json


def stored_identity(db: Reader) -> Identity | None:
    """The embedder of the stored vectors; None before the first."""
    value = db.value("SELECT value FROM meta WHERE name = 'embedder'")
    return None if value is None else _identity(value)


@lru_cache(maxsize=8)
def _identity(value: str) -> Identity:
    """An embedder's identity, which each recall and record reads several times."""
    return Identity.model_validate_json(value)


def counts(db: Reader) -> Mapping[str, int]:
    """Counts over the whole memory, by the names that Stats has for them."""
    names = ("trajectories", "successes", "procedures", "archived", "revisions", "pitfalls", "recalls", "credits", "keys",
             "pending", "unfinished")  # fmt: skip
    row = db.rows(
        """SELECT (SELECT count(*) FROM trajectories), (SELECT count(*) FROM trajectories WHERE success = 1),
        (SELECT count(*) FROM procedures WHERE status = 'active'),
        (SELECT count(*) FROM procedures WHERE status = 'archived'), (SELECT count(*) FROM revisions),
        (SELECT count(*) FROM pitfalls), (SELECT count(*) FROM recalls), (SELECT count(*) FROM credits),
        (SELECT count(*) FROM keys), (SELECT count(*) FROM keys WHERE vector_id IS NULL AND kind <> 'fact'),
        (SELECT count(*) FROM unfinished)"""
    )[0]
    return dict(zip(names, row, strict=True))


def require(db: Reader, ids: Sequence[int], scopes: Sequence[str] | None) -> None:
    """Refuse ids that name no procedure of these scopes (None: of any)."""
    if not ids:
        return
    sql, bindings = f"SELECT id FROM procedures WHERE {db.dialect.within('id')}", [list(ids)]
    if scopes is not None:
        sql, bindings = f"{sql} AND {db.dialect.within('scope')}", [*bindings, list(scopes)]
    known = {row[0] for row in db.rows(sql, bindings)}
    missing = [i for i in ids if i not in known]
    if missing:
        names = ", ".join(f"p{i}" for i in missing)
        raise NotFoundError(
            f"There is no procedure {names} in this memory: pass only ids that recall_procedure returned; nothing was stored."
        )


def require_revisions(db: Reader, used: Iterable[Ref]) -> None:
    """Refuse revisions that a procedure never had."""
    for ref in used:
        sql = "SELECT 1 FROM revisions WHERE procedure_id = ? AND number = ?"
        if ref.revision is not None and db.value(sql, (ref.procedure_id, ref.revision)) is None:
            raise NotFoundError(
                f"p{ref.procedure_id} has no revision {ref.revision}: pass only ids that recall_procedure returned; "
                "nothing was stored."
            )


def credit(db: Transaction, ref: Ref, trajectory_id: int, now: str) -> bool:
    """Count one use, once for each (procedure, trajectory); whether it counted."""
    new = db.run(
        """INSERT INTO credits (procedure_id, trajectory_id, revision, success, weight, outside, context, created_at)
        SELECT p.id, t.id, coalesce(?, p.revision), t.success, t.weight, t.outside, t.context, ?
        FROM procedures p, trajectories t WHERE p.id = ? AND t.id = ? ON CONFLICT DO NOTHING""",
        (ref.revision, now, ref.procedure_id, trajectory_id),
    )
    if not new:
        return False
    db.run("UPDATE trajectories SET alone = 0 WHERE id = ?", (trajectory_id,))
    # A run that is a source already, and is said to have used the procedure now, has been counted as outside evidence.
    db.run(
        f"""UPDATE procedures SET uses = uses + 1, successes = successes + t.success,
            outside = procedures.outside + CASE WHEN t.success = 1 AND t.outside = 1 AND NOT EXISTS (
                SELECT 1 FROM sources s WHERE s.procedure_id = procedures.id AND s.trajectory_id = t.id)
                AND {FIRST_OF_WITNESS}
            THEN 1 ELSE 0 END
        FROM trajectories t WHERE t.id = ? AND procedures.id = ?""",
        (trajectory_id, ref.procedure_id),
    )
    vouch(db, ref.procedure_id, trajectory_id)
    return True


def note_alone(db: Transaction) -> None:
    """Note anew which runs used no procedure, and are not those before which there was none for their task."""
    alone = """NOT EXISTS (SELECT 1 FROM credits WHERE trajectory_id = trajectories.id)
        AND NOT EXISTS (SELECT 1 FROM procedures WHERE first_run = trajectories.id)"""
    db.run(f"UPDATE trajectories SET alone = 1 WHERE alone = 0 AND {alone}")
    db.run(f"UPDATE trajectories SET alone = 0 WHERE alone = 1 AND NOT ({alone})")


def add_source(db: Transaction, procedure_id: int, trajectory_id: int, draft: Draft) -> bool:
    """Note that a run built a procedure, or took the same steps; whether that is new."""
    new = db.run(
        """INSERT INTO sources (procedure_id, trajectory_id, bindings, found) VALUES (?, ?, ?, ?)
        ON CONFLICT DO NOTHING""",
        (procedure_id, trajectory_id, as_json(dict(draft.bindings)), as_json(draft.findings())),
    )
    if not new:
        return False
    # A run that followed the procedure agrees with it for that reason: it counts as a use, not as support.
    db.run(
        f"""UPDATE procedures SET outside = procedures.outside + t.outside FROM trajectories t
        WHERE procedures.id = ?1 AND t.id = ?2 AND {FIRST_OF_WITNESS}
            AND NOT EXISTS (SELECT 1 FROM credits WHERE procedure_id = ?1 AND trajectory_id = ?2)""",
        (procedure_id, trajectory_id),
    )
    vouch(db, procedure_id, trajectory_id)
    return True


def rebind_source(db: Transaction, scope: str, procedure_id: int, trajectory_id: int, draft: Draft) -> None:
    """Replace what the parameters stood for in a source run, what it found out, and the template of its task."""
    before = db.value(
        "SELECT found FROM sources WHERE procedure_id = ? AND trajectory_id = ?", (procedure_id, trajectory_id)
    )
    if before is None:
        return
    known: list[tuple[str, str]] = [(about, value) for about, value in json.loads(before)]
    fresh = [finding for finding in draft.findings() if finding not in known]
    for about, value in known:
        if (about, value) not in draft.findings():
            db.run(
                "UPDATE findings SET runs = runs - 1 WHERE scope = ? AND about = ? AND value = ?", (scope, about, value)
            )
    db.run("DELETE FROM findings WHERE runs <= 0", ())
    _count_findings(db, scope, fresh)
    db.run(
        "UPDATE sources SET bindings = ?, found = ? WHERE procedure_id = ? AND trajectory_id = ?",
        (as_json(dict(draft.bindings)), as_json(draft.findings()), procedure_id, trajectory_id),
    )
    _set_template(db, procedure_id, trajectory_id, draft.template)


def rename_parameters(db: Transaction, procedure_id: int, trajectory_id: int, draft: Draft) -> None:
    """Replace what the parameters stood for in a source run, and the template of its task; what it found out stays."""
    db.run(
        "UPDATE sources SET bindings = ? WHERE procedure_id = ? AND trajectory_id = ?",
        (as_json(dict(draft.bindings)), procedure_id, trajectory_id),
    )
    _set_template(db, procedure_id, trajectory_id, draft.template)


def _set_template(db: Transaction, procedure_id: int, trajectory_id: int, template: str) -> None:
    db.run(
        """UPDATE keys SET template = ? WHERE kind = 'task' AND owner = ? AND text = (
            SELECT substr(task, 1, ?) FROM trajectories WHERE id = ?)""",
        (template, procedure_id, MAX_KEY, trajectory_id),
    )


def _count_findings(db: Transaction, scope: str, findings: Iterable[tuple[str, str]]) -> None:
    db.run_many(
        """INSERT INTO findings (scope, about, value, runs) VALUES (?, ?, ?, 1)
        ON CONFLICT (scope, about, value) DO UPDATE SET runs = findings.runs + 1""",
        [(scope, about, value) for about, value in findings],
    )


def add_findings(db: Transaction, scope: str, draft: Draft) -> None:
    """Count what a source run found out."""
    _count_findings(db, scope, draft.findings())


def add_revision(
    db: Transaction,
    procedure_id: int,
    number: int,
    script: Script,
    builder: Builder,
    reason: str,
    state: RevisionState,
    now: str,
) -> None:
    """Insert a revision of a procedure."""
    db.run(
        """INSERT INTO revisions (procedure_id, number, script, builder, reason, state, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (procedure_id, number, script.model_dump_json(), builder, reason, state, now),
    )


def make_current(db: Transaction, procedure_id: int, number: int, now: str) -> None:
    """Let a revision be what is shown and held against others; the trial, if there is one, ends."""
    script = db.value(
        "SELECT script FROM revisions WHERE procedure_id = ? AND number = ?", (procedure_id, number)
    )  # fmt: skip
    db.run(
        "UPDATE procedures SET revision = ?, trial = NULL, signature = ?, updated_at = ? WHERE id = ?",
        (number, Script.model_validate_json(script).signature(), now, procedure_id),
    )
    set_state(db, procedure_id, number, "current")


def set_state(db: Transaction, procedure_id: int, number: int, state: RevisionState) -> None:
    """Set the state of a revision."""
    db.run("UPDATE revisions SET state = ? WHERE procedure_id = ? AND number = ?", (state, procedure_id, number))


def reactivate(db: Transaction, index: KeyIndex, procedure_id: int) -> None:
    """Bring an archived procedure back into recall."""
    db.run("UPDATE procedures SET status = 'active', reason = '' WHERE id = ?", (procedure_id,))
    index.show(db, procedure_id)


def add_keys(db: Transaction, index: KeyIndex, scope: str, owner: int, keys: Iterable[Key]) -> None:
    """Insert keys that the owner lacks, with the vector of an equal text where one is stored."""
    new: list[tuple[int, Key]] = []
    for key in keys:
        key_id = db.value(
            """INSERT INTO keys (scope, kind, owner, text, extra, template, vector_id)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6,
                (SELECT vector_id FROM keys WHERE text = ?4 AND vector_id IS NOT NULL LIMIT 1))
            ON CONFLICT DO NOTHING RETURNING id""",
            (scope, key.kind, owner, key.text, key.extra, key.template),
        )
        if key_id is not None:
            new.append((key_id, key))
    index.add(db, new)


def note(
    db: Transaction, actor: str, action: str, procedure_id: int | None, revision: int | None, detail: str, now: str
) -> None:
    """A line of the audit log."""
    db.run(
        "INSERT INTO audit (created_at, actor, action, procedure_id, revision, detail) VALUES (?, ?, ?, ?, ?, ?)",
        (now, actor, action, procedure_id, revision, detail),
    )


LAST_MET = """coalesce((SELECT max(t.created_at) FROM sightings s JOIN trajectories t ON t.id = s.trajectory_id
    WHERE s.pitfall_id = pitfalls.id), created_at)"""
"""When a run met a pitfall last; when it was written down, of one that no run here met."""
