"""Update: runs, procedures and pitfalls are added, merged and revised. Every method is one transaction."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, timedelta

import apsw

from memp.domain import trust
from memp.domain.procedure import Builder, Draft, Pitfall, Ref, RevisionState, Script
from memp.domain.trajectory import Trajectory
from memp.errors import NotFoundError, RevisedMeanwhileError
from memp.store.records import MAX_KEY, Key, Put, Recorded
from memp.store.sql.rows import overlap, timestamp
from memp.store.sql.statements import (
    add_findings,
    add_revision,
    add_source,
    credit,
    make_current,
    note,
    reactivate,
    require,
    require_revisions,
    set_state,
)
from memp.store.sqlite.base import OnFile, index, index_words, stored_identity
from memp.text.keywords import hash_words

MOST_TWINS = 50
"""Procedures with the same chain of steps that a new one is compared with, the oldest first."""


class Updates(OnFile):
    """What record and reflect write."""

    def add_trajectory(self, scope: str, trajectory: Trajectory, used: Sequence[Ref], success: bool) -> Recorded:
        digest, now = trajectory.digest(), timestamp()
        with self._db.write() as db:
            require(db, [ref.procedure_id for ref in used], (scope, ""))
            require_revisions(db, used)
            known = db.execute("SELECT id FROM trajectories WHERE scope = ? AND digest = ?", (scope, digest)).get
            if known is None:
                trajectory_id = self.insert_run(db, scope, digest, trajectory, success)
                _answer_recalls(db, scope, trajectory, trajectory_id)
                self.add_keys(db, scope, trajectory_id, [Key(kind="run", text=trajectory.task[:MAX_KEY])])
            else:
                trajectory_id = int(known)
            wanted = {ref.procedure_id: ref for ref in reversed(used)}
            credited = [
                i for i in dict.fromkeys(r.procedure_id for r in used) if credit(db, wanted[i], trajectory_id, now)
            ]
        return Recorded(id=trajectory_id, new=known is None, credited=tuple(credited))

    def put(
        self,
        scope: str,
        draft: Draft,
        trajectory_id: int,
        signature: str,
        keys: Sequence[Key],
        *,
        twin: Callable[[Script], bool] | None = None,
        origin: str = "",
    ) -> Put:
        now = timestamp()
        with self._db.write() as db:
            merged = None if twin is None else self.twin(db, scope, signature, twin)
            archived = False
            # What a session of last year shows is as old as that, whenever it is recorded.
            at = db.execute("SELECT created_at FROM trajectories WHERE id = ?", (trajectory_id,)).get or now
            if merged is not None:
                procedure_id, archived = merged
                db.execute("UPDATE procedures SET updated_at = max(updated_at, ?) WHERE id = ?", (at, procedure_id))
            else:
                db.execute(
                    """INSERT INTO procedures (scope, revision, signature, origin, created_at, updated_at)
                    VALUES (?, 1, ?, ?, ?, ?)""",
                    (scope, signature, origin, at, at),
                )
                procedure_id = db.last_insert_rowid()
                reason = f"built from t{trajectory_id}"
                add_revision(db, procedure_id, 1, draft.script, draft.builder, reason, "current", now)
                note(db, draft.builder, "created", procedure_id, 1, reason, now)
            if add_source(db, procedure_id, trajectory_id, draft):
                add_findings(db, scope, draft)
            self.add_keys(db, scope, procedure_id, keys)
        return Put(id=procedure_id, merged=merged is not None, archived=archived)

    def set_first_run(self, procedure_id: int, trajectory_id: int) -> None:
        with self._db.write() as db:
            db.execute("UPDATE procedures SET first_run = ? WHERE id = ?", (trajectory_id, procedure_id))

    def twin(
        self, db: apsw.Connection, scope: str, signature: str, accepts: Callable[[Script], bool]
    ) -> tuple[int, bool] | None:  # fmt: skip
        """The first one that is accepted, those in use before the archived, and whether it is archived."""
        rows = db.execute(
            """SELECT p.id, p.status, r.script FROM procedures p
            JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
            WHERE p.scope = ? AND p.signature = ? ORDER BY p.status = 'archived', p.id LIMIT ?""",
            (scope, signature, MOST_TWINS),
        )
        for procedure_id, status, script in rows:
            if accepts(Script.model_validate_json(str(script))):
                return int(str(procedure_id)), status == "archived"
        return None

    def revise(
        self,
        procedure_id: int,
        made_from: int,
        script: Script,
        builder: Builder,
        reason: str,
        keys: Sequence[Key],
        *,
        state: RevisionState,
    ) -> int:
        now = timestamp()
        with self._db.write() as db:
            row = db.execute(
                "SELECT scope, revision, trial, status FROM procedures WHERE id = ?", (procedure_id,)
            ).fetchone()
            if row is None:
                raise NotFoundError(f"There is no procedure p{procedure_id} in this memory.")
            scope, current, trial, status = str(row[0]), int(str(row[1])), row[2], row[3]
            newest = current if trial is None else int(str(trial))
            if made_from != newest:
                raise RevisedMeanwhileError(
                    f"p{procedure_id} was revised meanwhile (revision {newest}, yours was made from {made_from}): "
                    "recall it again and revise that."
                )
            last = db.execute("SELECT max(number) FROM revisions WHERE procedure_id = ?", (procedure_id,)).get
            number = int(last) + 1
            add_revision(db, procedure_id, number, script, builder, reason, state, now)
            note(db, builder, f"revised ({state})", procedure_id, number, reason, now)
            if trial is not None and state != "proposed":
                set_state(db, procedure_id, int(str(trial)), "dropped")
            if state == "current":
                make_current(db, procedure_id, number, now)
            elif state == "trial":
                db.execute("UPDATE procedures SET trial = ?, updated_at = ? WHERE id = ?", (number, now, procedure_id))
            if status == "archived" and state != "proposed":
                reactivate(db, procedure_id)
            self.add_keys(db, scope, procedure_id, keys)
        return number

    def add_pitfall(
        self, scope: str, procedure_id: int | None, trajectory_id: int, pitfall: Pitfall, keys: Sequence[Key]
    ) -> int:
        with self._db.write() as db:
            known = db.execute(
                """SELECT id FROM pitfalls WHERE scope = ? AND procedure_id IS ? AND trigger = ?
                AND (instead = ? OR instead = '' OR ? = '')""",
                (scope, procedure_id, pitfall.trigger, pitfall.instead, pitfall.instead),
            ).get
            if known is None:
                db.execute(
                    """INSERT INTO pitfalls (scope, procedure_id, trigger, consequence, instead, created_at)
                    VALUES (?, ?, ?, ?, ?, ?)""",
                    (scope, procedure_id, pitfall.trigger, pitfall.consequence, pitfall.instead, timestamp()),
                )
                pitfall_id = db.last_insert_rowid()
            else:
                pitfall_id = int(known)
                db.execute(
                    """UPDATE pitfalls SET instead = iif(instead = '', ?, instead),
                    consequence = iif(consequence = '', ?, consequence) WHERE id = ?""",
                    (pitfall.instead, pitfall.consequence, pitfall_id),
                )
            db.execute(
                "INSERT OR IGNORE INTO sightings (pitfall_id, trajectory_id) VALUES (?, ?)", (pitfall_id, trajectory_id)
            )
            self.add_keys(db, scope, pitfall_id, keys)
        return pitfall_id

    def insert_run(
        self, db: apsw.Connection, scope: str, digest: str, run: Trajectory, success: bool, weight: float | None = None
    ) -> int:  # fmt: skip
        """A new row for a run; its id. It weighs as its evidence, or as given: 0 is evidence of nothing."""
        steps = json.dumps([s.model_dump(exclude_none=True) for s in run.steps], ensure_ascii=False)
        kind = run.evidence.kind
        weighs = trust.weight(kind, success) if weight is None else weight
        db.execute(
            """INSERT INTO trajectories (scope, digest, task, steps, reward, success, evidence, provenance, tokens, length,
            weight, outside, context, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (scope, digest, run.task, steps, run.reward, int(success), run.evidence.model_dump_json(),
             run.provenance.model_dump_json(exclude_none=True), run.tokens, len(run.steps), weighs,
             int(weighs > 0 and kind in trust.OUTSIDE), run.provenance.context,
             run.created_at.astimezone(UTC).isoformat()),
        )  # fmt: skip
        return db.last_insert_rowid()

    def add_keys(self, db: apsw.Connection, scope: str, owner: int, keys: Iterable[Key]) -> None:
        """Insert keys that the owner lacks, with the vector of an equal text where one is stored."""
        has_vectors = stored_identity(db) is not None
        for key in keys:
            db.execute(
                """INSERT OR IGNORE INTO keys (scope, kind, owner, text, extra, template, vector)
                VALUES (?, ?, ?, ?, ?, ?, (SELECT vector FROM keys WHERE text = ? AND vector IS NOT NULL LIMIT 1))""",
                (scope, key.kind, owner, key.text, key.extra, key.template, key.text),
            )
            if db.changes():
                key_id = db.last_insert_rowid()
                if key.kind not in ("fact", "run"):
                    # Both repeat words of tasks: in the word index they would only bend its counts.
                    index_words(db, key_id, key.text, key.extra)
                if has_vectors:
                    index(db, [key_id])


LIKE_TASKS = 0.5
"""The share of words from which a recall and a recorded run are taken to be about one task."""

MOST_OPEN = 50
"""Recalls that a new run may be the answer to, the newest."""


def _answer_recalls(db: apsw.Connection, scope: str, run: Trajectory, trajectory_id: int) -> None:
    """Note of which recalls this run is what came after: those of the day before its end, about a task in the same
    words."""
    words, ended = hash_words(run.task), run.created_at.astimezone(UTC)
    recalls = db.execute(
        """SELECT id, words FROM recalls WHERE scope = ? AND trajectory_id IS NULL
        AND created_at > ? AND created_at <= ? ORDER BY id DESC LIMIT ?""",
        (scope, (ended - timedelta(days=1)).isoformat(), ended.isoformat(), MOST_OPEN),
    ).fetchall()
    likeness = {bytes(blob): overlap(words, bytes(blob)) for _, blob in recalls}  # pyright: ignore[reportArgumentType]
    best = max(likeness, key=lambda blob: likeness[blob], default=b"")
    if likeness.get(best, 0.0) >= LIKE_TASKS:
        ids = [recall_id for recall_id, blob in recalls if blob == best]
        db.execute(
            "UPDATE recalls SET trajectory_id = ? WHERE id IN (SELECT value FROM json_each(?))",
            (trajectory_id, json.dumps(ids)),
        )
