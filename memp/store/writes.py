"""Writes that are part of a larger transaction."""

import json
from collections.abc import Iterable, Sequence

import apsw

from memp.errors import NotFoundError
from memp.procedure import Builder, Draft, Script


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


def credit(db: apsw.Connection, procedure_id: int, trajectory_id: int, success: bool, now: str) -> bool:
    """Count one use, once for each (procedure, trajectory); whether it counted."""
    db.execute(
        """INSERT OR IGNORE INTO credits (procedure_id, trajectory_id, revision, success, created_at)
        SELECT id, ?, revision, ?, ? FROM procedures WHERE id = ?""",
        (trajectory_id, int(success), now, procedure_id),
    )
    if not db.changes():
        return False
    db.execute(
        "UPDATE procedures SET uses = uses + 1, successes = successes + ? WHERE id = ?", (int(success), procedure_id)
    )
    return True


def add_revision(
    db: apsw.Connection, procedure_id: int, number: int, script: Script, builder: Builder, reason: str, now: str
) -> None:
    db.execute(
        "INSERT INTO revisions (procedure_id, number, script, builder, reason, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        (procedure_id, number, script.model_dump_json(), builder, reason, now),
    )


def add_findings(connection: apsw.Connection, scope: str, draft: Draft) -> None:
    """Count what a source run found out."""
    connection.executemany(
        """INSERT INTO findings (scope, about, value, runs) VALUES (?, ?, ?, 1)
        ON CONFLICT (scope, about, value) DO UPDATE SET runs = runs + 1""",
        [(scope, about, value) for about, value in draft.findings()],
    )
