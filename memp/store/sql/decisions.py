"""Decisions: tiers, trials, archiving, and the audit log of who decided what and why."""

import json
import re
from collections.abc import Sequence, Set
from typing import Any

from memp.domain.procedure import TAKEN_BACK, Tier
from memp.errors import NotFoundError
from memp.store.records import Change, Decision, Stand
from memp.store.sql.engine import Part, Reader
from memp.store.sql.origins import LINE_NAME
from memp.store.sql.rows import timestamp
from memp.store.sql.statements import make_current, note, reactivate, require, set_state

_RUN_ID = re.compile(r"\bt(\d{1,18}):")
"""A run that a revision was made after, in the reason of that."""

MOST_DECISIONS = 200
"""Decisions that can be taken back, the newest of a project."""


class SQLDecisions(Part):
    """Decisions about the procedures of the store; each is written with its line of the audit log."""

    def set_tier(self, procedure_id: int, tier: Tier, actor: str, reason: str) -> None:
        now = timestamp()
        with self._db.write() as db:
            require(db, [procedure_id], None)
            if db.run("UPDATE procedures SET tier = ?1 WHERE id = ?2 AND tier <> ?1", (tier, procedure_id)):
                note(db, actor, tier, procedure_id, None, reason, now)

    def end_trial(self, procedure_id: int, number: int, *, promote: bool, actor: str, reason: str) -> bool:
        now = timestamp()
        with self._db.write() as db:
            # Another process may have decided already.
            rows = db.rows(
                """SELECT p.trial FROM procedures p JOIN revisions r ON r.procedure_id = p.id
                WHERE p.id = ? AND r.number = ? AND r.state IN ('trial', 'proposed')""",
                (procedure_id, number),
            )
            if not rows:
                return False
            trial = rows[0][0]
            if promote:
                if trial not in (None, number):
                    set_state(db, procedure_id, trial, "dropped")
                make_current(db, procedure_id, number, now)
            else:
                db.run(
                    "UPDATE procedures SET trial = NULL, updated_at = ? WHERE id = ? AND trial = ?",
                    (now, procedure_id, number),
                )
                set_state(db, procedure_id, number, "dropped")
            note(db, actor, "promoted" if promote else "dropped", procedure_id, number, reason, now)
        return True

    def set_revision(self, procedure_id: int, number: int, actor: str, reason: str) -> None:
        now = timestamp()
        with self._db.write() as db:
            known = "SELECT 1 FROM revisions WHERE procedure_id = ? AND number = ?"
            if db.value(known, (procedure_id, number)) is None:
                raise NotFoundError(
                    f"p{procedure_id} has no revision {number}: `memp show p{procedure_id}` lists them."
                )
            trial = db.value("SELECT trial FROM procedures WHERE id = ?", (procedure_id,))
            if trial not in (None, number):
                set_state(db, procedure_id, trial, "dropped")
            make_current(db, procedure_id, number, now)
            note(db, actor, "set revision", procedure_id, number, reason, now)

    def archive(self, procedure_id: int, reason: str, actor: str = "memp") -> None:
        now = timestamp()
        with self._db.write() as db:
            require(db, [procedure_id], None)
            archived = db.run(
                "UPDATE procedures SET status = 'archived', reason = ?, updated_at = ? WHERE id = ? AND status = 'active'",
                (reason, now, procedure_id),
            )
            if archived:
                note(db, actor, "archived", procedure_id, None, reason, now)
                self._index.hide(db, procedure_id)

    def archived_by(self, procedure_id: int) -> str:
        actor = self._db.value(
            "SELECT actor FROM audit WHERE procedure_id = ? AND action = 'archived' ORDER BY id DESC LIMIT 1",
            (procedure_id,),
        )
        return actor or ""

    def restore(self, procedure_id: int, actor: str, reason: str) -> None:
        with self._db.write() as db:
            require(db, [procedure_id], None)
            if db.value("SELECT status FROM procedures WHERE id = ?", (procedure_id,)) == "archived":
                reactivate(db, self._index, procedure_id)
                note(db, actor, "restored", procedure_id, None, reason, timestamp())

    def stand(self, procedure_id: int) -> Stand:
        return _stand(self._db, procedure_id)

    def take_back(self, procedure_id: int, before: Stand, after: Stand, actor: str) -> bool:
        now = timestamp()
        with self._db.write() as db:
            if _stand(db, procedure_id)._replace(line=after.line) != after:
                return False
            if before.revision != after.revision:
                make_current(db, procedure_id, before.revision, now)
            for number, state in before.states.items():
                set_state(db, procedure_id, number, state)
            db.run(
                "UPDATE procedures SET tier = ?, status = ?, reason = ?, trial = ?, updated_at = ? WHERE id = ?",
                (before.tier, before.status, before.reason, before.trial, now, procedure_id),
            )
            if before.status != after.status:
                (self._index.show if before.status == "active" else self._index.hide)(db, procedure_id)
            lines = db.rows(
                f"SELECT {LINE_NAME} FROM audit a WHERE procedure_id = ? AND id > ? AND id <= ? ORDER BY id",
                (procedure_id, before.line, after.line),
            )
            for (line,) in lines:
                note(db, actor, TAKEN_BACK, procedure_id, None, line, now)
            db.run("DELETE FROM decisions WHERE line = ?", (after.line,))
        return True

    def keep_decision(self, decision: Decision) -> None:
        with self._db.write() as db:
            db.run(
                "INSERT INTO decisions (line, procedure_id, said, before, after) VALUES (?, ?, ?, ?, ?)",
                (
                    decision.number,
                    decision.procedure_id,
                    decision.said,
                    _dumped(decision.before),
                    _dumped(decision.after),
                ),
            )
            # Of each scope by itself, so that many decisions in one project leave those of another.
            within = "SELECT id FROM procedures WHERE scope = (SELECT scope FROM procedures WHERE id = ?1)"
            db.run(
                f"""DELETE FROM decisions WHERE procedure_id IN ({within}) AND line <= (
                    SELECT line FROM decisions WHERE procedure_id IN ({within}) ORDER BY line DESC LIMIT 1 OFFSET ?2)""",
                (decision.procedure_id, MOST_DECISIONS),
            )

    def decisions(self, procedure_id: int | None = None, scopes: Sequence[str] | None = None) -> list[Decision]:
        wanted: list[tuple[str, object]] = []
        if procedure_id is not None:
            wanted.append(("p.id = ?", procedure_id))
        if scopes is not None:
            wanted.append((self._db.dialect.within("p.scope"), list(scopes)))
        rows = self._db.rows(
            f"""SELECT d.procedure_id, d.said, d.before, d.after FROM decisions d JOIN procedures p ON p.id = d.procedure_id
            WHERE {" AND ".join(condition for condition, _ in wanted) or "1 = 1"} ORDER BY d.line DESC""",
            [bound for _, bound in wanted],
        )
        return [Decision(number, said, _loaded(before), _loaded(after)) for number, said, before, after in rows]

    def logged_after(self, runs: Sequence[int]) -> Set[int]:
        named = self._db.rows(
            "SELECT procedure_id, detail FROM audit WHERE procedure_id IS NOT NULL AND detail LIKE '%t%:%'"
        )
        wanted = set(runs)
        return {i for i, detail in named if not wanted.isdisjoint(map(int, _RUN_ID.findall(detail)))}

    def changes(
        self, procedure_id: int | None = None, limit: int = 100, action: str | None = None
    ) -> list[Change]:  # fmt: skip
        names: Sequence[str] = ("at", "actor", "action", "procedure_id", "revision", "detail")
        wanted = [
            (name, value) for name, value in (("procedure_id", procedure_id), ("action", action)) if value is not None
        ]
        where = " AND ".join(f"{name} = ?" for name, _ in wanted) or "1 = 1"
        bindings: list[object] = [value for _, value in wanted]
        sql = f"SELECT created_at, actor, action, procedure_id, revision, detail FROM audit WHERE {where} ORDER BY id DESC"
        if limit >= 0:
            sql, bindings = f"{sql} LIMIT ?", [*bindings, limit]
        return [Change(**dict(zip(names, row, strict=True))) for row in self._db.rows(sql, bindings)]


def _dumped(stand: Stand) -> str:
    return json.dumps(stand._asdict())


def _loaded(text: str) -> Stand:
    fields: dict[str, Any] = json.loads(text)
    fields["states"] = {int(number): state for number, state in fields["states"].items()}
    return Stand(**fields)


def _stand(db: Reader, procedure_id: int) -> Stand:
    rows = db.rows(
        """SELECT tier, status, reason, revision, trial,
            (SELECT coalesce(max(id), 0) FROM audit WHERE procedure_id = p.id)
        FROM procedures p WHERE p.id = ?""",
        (procedure_id,),
    )
    if not rows:
        raise NotFoundError(f"There is no procedure p{procedure_id} in this memory.")
    states = dict(db.rows("SELECT number, state FROM revisions WHERE procedure_id = ?", (procedure_id,)))
    tier, status, reason, revision, trial, line = rows[0]
    return Stand(tier, status, reason, revision, trial, states, line)
