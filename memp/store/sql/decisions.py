"""What procedures are worth, who changed what, and what was looked up: the evidence behind every decision."""

import json
from collections.abc import Mapping, Sequence

from memp.domain.procedure import Tier
from memp.domain.trajectory import EvidenceKind
from memp.domain.trust import MOST_SOURCES, MOST_USES, Alone, Standing, Use
from memp.embed import Vectors
from memp.errors import NotFoundError
from memp.store.records import Asked, Change, Outcome, Tally, Used
from memp.store.sql.rows import timestamp, to_blob
from memp.store.sql.statements import make_current, note, reactivate, require, set_state
from memp.store.sqlite.base import OnFile, stored_identity

MOST_ALONE = 300
"""Runs without a procedure that tell what agents reach on all tasks, the newest."""

# What came in from another memory weighs nothing, and must not take the place of what does.
_ALONE = """t.weight > 0 AND NOT EXISTS (SELECT 1 FROM credits WHERE trajectory_id = t.id)
    AND NOT EXISTS (SELECT 1 FROM procedures WHERE first_run = t.id)"""
_NEWEST = "row_number() OVER (PARTITION BY procedure_id ORDER BY t.created_at DESC, t.id DESC) AS place"
_USES = f"""
    SELECT c.procedure_id, c.trajectory_id, c.success, c.weight, c.context, c.revision, t.task, {_NEWEST}
    FROM credits c JOIN trajectories t ON t.id = c.trajectory_id
    WHERE c.procedure_id IN (SELECT value FROM json_each(?2))"""
_SOURCES = f"""
    SELECT s.procedure_id, s.trajectory_id, t.success, t.weight, t.context, 0 AS revision, t.task, {_NEWEST}
    FROM sources s JOIN trajectories t ON t.id = s.trajectory_id
    WHERE s.procedure_id IN (SELECT value FROM json_each(?2)) AND t.weight > 0 AND NOT EXISTS (
        SELECT 1 FROM credits c WHERE c.procedure_id = s.procedure_id AND c.trajectory_id = t.id)"""


class Ledger(OnFile):
    """Standings, decisions with their author and reason, recalls, and the audit log."""

    def standings(self, ids: Sequence[int], vector: Vectors | None = None) -> Mapping[int, Standing]:
        rows = self._db.read(
            "SELECT id, tier, revision, trial, outside FROM procedures WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        uses = self._outcomes(_USES, ids, MOST_USES, vector)
        sources = self._outcomes(_SOURCES, ids, MOST_SOURCES, vector)
        return {
            i: Standing(tier, revision, trial, tuple(uses.get(i, ())), tuple(sources.get(i, ())), outside)
            for i, tier, revision, trial, outside in rows
        }

    def _outcomes(
        self, sql: str, ids: Sequence[int], most: int, vector: Vectors | None
    ) -> Mapping[int, list[Use]]:  # fmt: skip
        """The newest outcomes of each procedure, in one query for all: a recall weighs some 30 procedures."""
        blob = None if vector is None or self.identity() is None else to_blob(vector)
        found: dict[int, list[Use]] = {}
        for i, success, weight, context, revision, near, task in self._db.read(
            f"""SELECT o.procedure_id, o.success, o.weight, o.context, o.revision,
            iif(?1 IS NULL OR k.vector IS NULL, 1.0, 1 - vec_distance_cosine(k.vector, ?1)), o.task FROM ({sql}) o
            LEFT JOIN keys k ON k.kind = 'run' AND k.owner = o.trajectory_id
            WHERE o.place <= ?3 ORDER BY o.procedure_id, o.place""",
            (blob, json.dumps(list(ids)), most),
        ):
            found.setdefault(i, []).append(Use(bool(success), weight, context, revision, near, task))
        return found

    def alone(self, vector: Vectors | None, scopes: Sequence[str], context: str) -> Alone:
        wanted = json.dumps(list(scopes))
        won, lost = self._db.read(
            f"""SELECT coalesce(sum(weight * success), 0), coalesce(sum(weight * (1 - success)), 0) FROM (
                SELECT weight, success FROM trajectories t WHERE scope IN (SELECT value FROM json_each(?))
                AND context = ? AND {_ALONE} ORDER BY created_at DESC, id DESC LIMIT ?)""",
            (wanted, context, MOST_ALONE),
        )[0]
        if vector is None or self.identity() is None:
            return Alone((), won, lost)
        blob = to_blob(vector)
        near: list[tuple[tuple[str, int], Use]] = []
        for scope in dict.fromkeys(scopes):
            near += [
                ((row[0], row[1]), Use(bool(row[2]), row[3], context, 0, row[4]))
                for row in self._db.read(
                    f"""WITH found AS (SELECT key_id, distance FROM keys_vec
                        WHERE embedding MATCH ? AND k = ? AND scope = ? AND kind = 'run')
                    SELECT t.created_at, t.id, t.success, t.weight, 1 - found.distance FROM found
                    JOIN keys k ON k.id = found.key_id JOIN trajectories t ON t.id = k.owner WHERE t.context = ? AND {_ALONE}""",
                    (blob, MOST_USES, scope, context),
                )
            ]
        return Alone(tuple(use for _, use in sorted(near, key=lambda pair: pair[0], reverse=True)), won, lost)

    # Decisions

    def set_tier(self, procedure_id: int, tier: Tier, actor: str, reason: str) -> None:
        now = timestamp()
        with self._db.write() as db:
            require(db, [procedure_id], None)
            db.execute("UPDATE procedures SET tier = ? WHERE id = ? AND tier <> ?", (tier, procedure_id, tier))
            if db.changes():
                note(db, actor, tier, procedure_id, None, reason, now)

    def end_trial(self, procedure_id: int, number: int, *, promote: bool, actor: str, reason: str) -> bool:
        now = timestamp()
        with self._db.write() as db:
            # Another process may have decided already.
            row = db.execute(
                """SELECT p.trial FROM procedures p JOIN revisions r ON r.procedure_id = p.id
                WHERE p.id = ? AND r.number = ? AND r.state IN ('trial', 'proposed')""",
                (procedure_id, number),
            ).fetchone()
            if row is None:
                return False
            if promote:
                if row[0] not in (None, number):
                    set_state(db, procedure_id, int(str(row[0])), "dropped")
                make_current(db, procedure_id, number, now)
            else:
                db.execute(
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
            if db.execute(known, (procedure_id, number)).get is None:
                raise NotFoundError(
                    f"p{procedure_id} has no revision {number}: `memp show p{procedure_id}` lists them."
                )
            trial = db.execute("SELECT trial FROM procedures WHERE id = ?", (procedure_id,)).get
            if trial is not None and int(trial) != number:
                set_state(db, procedure_id, int(trial), "dropped")
            make_current(db, procedure_id, number, now)
            note(db, actor, "set revision", procedure_id, number, reason, now)

    def archive(self, procedure_id: int, reason: str, actor: str = "memp") -> None:
        now = timestamp()
        with self._db.write() as db:
            require(db, [procedure_id], None)
            db.execute(
                "UPDATE procedures SET status = 'archived', reason = ?, updated_at = ? WHERE id = ? AND status = 'active'",
                (reason, now, procedure_id),
            )
            if not db.changes():
                return
            note(db, actor, "archived", procedure_id, None, reason, now)
            if stored_identity(db) is not None:
                db.execute(
                    "DELETE FROM keys_vec WHERE key_id IN (SELECT id FROM keys WHERE kind IN ('task', 'fact') AND owner = ?)",
                    (procedure_id,),
                )

    def archived_by(self, procedure_id: int) -> str:
        rows = self._db.read(
            "SELECT actor FROM audit WHERE procedure_id = ? AND action = 'archived' ORDER BY id DESC LIMIT 1",
            (procedure_id,),
        )
        return rows[0][0] if rows else ""

    def restore(self, procedure_id: int, actor: str, reason: str) -> None:
        with self._db.write() as db:
            require(db, [procedure_id], None)
            if db.execute("SELECT status FROM procedures WHERE id = ?", (procedure_id,)).get == "archived":
                reactivate(db, procedure_id)
                note(db, actor, "restored", procedure_id, None, reason, timestamp())

    def changes(self, procedure_id: int | None = None, limit: int = 100) -> list[Change]:
        rows = self._db.read(
            """SELECT created_at, actor, action, procedure_id, revision, detail FROM audit
            WHERE ?1 IS NULL OR procedure_id = ?1 ORDER BY id DESC LIMIT ?2""",
            (procedure_id, limit),
        )
        names = ("at", "actor", "action", "procedure_id", "revision", "detail")
        return [Change(**dict(zip(names, row, strict=True))) for row in rows]

    # Recalls

    def note_recalls(self, recalls: Sequence[Asked], *, wait: bool) -> None:
        with self._db.write(wait=wait) as db:
            for asked in recalls:
                db.execute(
                    "INSERT INTO recalls (scope, words, context, draw, held, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                    (asked.scope, asked.words, asked.context, asked.draw, int(asked.held), asked.at),
                )
                recall_id = db.last_insert_rowid()
                db.executemany(
                    "INSERT OR IGNORE INTO shown (recall_id, procedure_id, revision, rank, similarity) VALUES (?, ?, ?, ?, ?)",
                    [(recall_id, s.procedure_id, s.revision, rank, s.similarity) for rank, s in enumerate(asked.shown, 1)],
                )  # fmt: skip

    def open_draw(self, scope: str, words: bytes) -> float | None:
        rows = self._db.read(
            """SELECT draw FROM recalls WHERE scope = ? AND words = ? AND trajectory_id IS NULL AND draw IS NOT NULL
            AND created_at > strftime('%Y-%m-%dT%H:%M:%S', 'now', '-1 day') ORDER BY id DESC LIMIT 1""",
            (scope, words),
        )
        return rows[0][0] if rows else None

    def times_shown(self, procedure_id: int, since: int) -> Mapping[int, int]:
        return dict(
            self._db.read(
                """SELECT revision, count(*) FROM shown WHERE procedure_id = ?1 AND recall_id >= coalesce(
                    (SELECT min(recall_id) FROM shown WHERE procedure_id = ?1 AND revision = ?2), 0) GROUP BY 1""",
                (procedure_id, since),
            )
        )

    def outcomes(self, scopes: Sequence[str] | None = None) -> list[Outcome]:
        rows = self._db.read(
            """SELECT r.held, t.success, t.length, t.tokens, t.context FROM trajectories t JOIN (
                SELECT trajectory_id, max(held) AS held, min(id) FROM recalls
                WHERE trajectory_id IS NOT NULL AND draw IS NOT NULL GROUP BY 1) r ON r.trajectory_id = t.id
            WHERE ?1 IS NULL OR t.scope IN (SELECT value FROM json_each(?1)) ORDER BY t.id""",
            (None if scopes is None else json.dumps(list(scopes)),),
        )
        return [
            Outcome(held=bool(held), success=bool(success), steps=steps, tokens=tokens, context=context)
            for held, success, steps, tokens, context in rows
        ]

    def uses(self, procedure_id: int) -> list[Used]:
        rows = self._db.read(
            """SELECT c.trajectory_id, c.revision, c.success, c.weight, c.context, t.length, t.tokens, c.created_at
            FROM credits c JOIN trajectories t ON t.id = c.trajectory_id WHERE c.procedure_id = ? ORDER BY 1 DESC""",
            (procedure_id,),
        )
        return [
            Used(trajectory=row[0], revision=row[1], success=bool(row[2]), weight=row[3], context=row[4], steps=row[5],
                 tokens=row[6], at=row[7])
            for row in rows
        ]  # fmt: skip

    def evidence(self, procedure_id: int) -> Mapping[EvidenceKind, Tally]:
        rows = self._db.read(
            """SELECT json_extract(t.evidence, '$.kind'), sum(source), sum(1 - source), sum((1 - source) * r.success) FROM (
                SELECT trajectory_id, 1 AS source, 0 AS success FROM sources WHERE procedure_id = ?1
                UNION ALL SELECT trajectory_id, 0, success FROM credits WHERE procedure_id = ?1
            ) r JOIN trajectories t ON t.id = r.trajectory_id GROUP BY 1 ORDER BY 1""",
            (procedure_id,),
        )
        return {kind: Tally(sources=built, uses=uses, successes=won) for kind, built, uses, won in rows}
