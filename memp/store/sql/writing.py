"""Write procedures: add, merge, revise and distil them, and remember their pitfalls."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

from memp.domain.procedure import (
    APPROVALS,
    GENERALISED,
    PERSON,
    Builder,
    Draft,
    Pitfall,
    RevisionState,
    Script,
)
from memp.errors import InputError, NotFoundError, RevisedMeanwhileError
from memp.store.records import Key, Put
from memp.store.sql.engine import Part, Reader, Transaction
from memp.store.sql.origins import IN_FORCE, of_one_run, quarantine
from memp.store.sql.pitfalls import meet_pitfall
from memp.store.sql.projects import project_of_run
from memp.store.sql.rows import timestamp
from memp.store.sql.statements import (
    add_findings,
    add_keys,
    add_revision,
    add_source,
    make_current,
    note,
    note_alone,
    reactivate,
    rebind_source,
    rename_parameters,
    set_state,
)

MOST_TWINS = 50
"""Procedures with the same chain of steps that a new one is compared with, the oldest first."""


class SQLWriting(Part):
    """Writes of procedures, their revisions and pitfalls."""

    def transaction(self) -> AbstractContextManager[None]:
        return self._db.transaction()

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
        held: bool = False,
    ) -> Put:
        now = timestamp()
        with self._db.write() as db:
            _refuse_revoked(db, trajectory_id)
            project = project_of_run(db, trajectory_id)
            merged = None if twin is None else find_twin(db, scope, signature, twin, project, held=held)
            archived = False
            # What a session of last year shows is as old as that, whenever it is recorded.
            at = db.value("SELECT created_at FROM trajectories WHERE id = ?", (trajectory_id,)) or now
            if merged is not None:
                procedure_id, archived = merged
                db.run("UPDATE procedures SET updated_at = ?1 WHERE id = ?2 AND updated_at < ?1", (at, procedure_id))
            else:
                procedure_id = insert_procedure(
                    db, scope, 1, signature, origin, created=at, updated=at, project=project
                )
                reason = f"built from t{trajectory_id}"
                add_revision(db, procedure_id, 1, draft.script, draft.builder, reason, "current", now)
                note(db, draft.builder, "created", procedure_id, 1, reason, now)
                quarantine(db, procedure_id, trajectory_id, held=held)
            if add_source(db, procedure_id, trajectory_id, draft):
                add_findings(db, scope, draft)
            add_keys(db, self._index, scope, procedure_id, keys)
        return Put(id=procedure_id, merged=merged is not None, archived=archived)

    def join(
        self,
        procedure_id: int,
        made_from: int,
        run_id: int,
        drafts: Mapping[int, Draft],
        keys: Sequence[Key],
        *,
        rewrite: bool,
    ) -> int:
        now = timestamp()
        with self._db.write() as db:
            rows = db.rows("SELECT scope, revision, trial, tier FROM procedures WHERE id = ?", (procedure_id,))
            if not rows:
                raise NotFoundError(f"There is no procedure p{procedure_id} in this memory.")
            scope, number, trial, tier = rows[0]
            if number != made_from or (rewrite and (trial is not None or tier == "pinned")):
                raise RevisedMeanwhileError(
                    f"p{procedure_id} was revised meanwhile: the run is not added to it as it was."
                )
            _refuse_revoked(db, run_id)
            draft = drafts[run_id]
            if rewrite:
                number = 1 + db.value("SELECT max(number) FROM revisions WHERE procedure_id = ?", (procedure_id,))
                reason = f"{GENERALISED}{run_id}"
                add_revision(db, procedure_id, number, draft.script, draft.builder, reason, "current", now)
                note(db, draft.builder, "revised (current)", procedure_id, number, reason, now)
                make_current(db, procedure_id, number, now)
            for source, known in drafts.items():
                if source != run_id:
                    rebind_source(db, scope, procedure_id, source, known)
            if add_source(db, procedure_id, run_id, draft):
                add_findings(db, scope, draft)
            of_one_run(db, procedure_id, run_id)
            at = db.value("SELECT created_at FROM trajectories WHERE id = ?", (run_id,)) or now
            db.run("UPDATE procedures SET updated_at = ?1 WHERE id = ?2 AND updated_at < ?1", (at, procedure_id))
            add_keys(db, self._index, scope, procedure_id, keys)
        return number

    def set_first_run(self, procedure_id: int, trajectory_id: int) -> None:
        with self._db.write() as db:
            before = db.value("SELECT first_run FROM procedures WHERE id = ?", (procedure_id,))
            db.run("UPDATE procedures SET first_run = ? WHERE id = ?", (trajectory_id, procedure_id))
            db.run("UPDATE trajectories SET alone = 0 WHERE id = ?", (trajectory_id,))
            if before not in (None, trajectory_id):
                note_alone(db)

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
            rows = db.rows("SELECT scope, revision, trial, status FROM procedures WHERE id = ?", (procedure_id,))
            if not rows:
                raise NotFoundError(f"There is no procedure p{procedure_id} in this memory.")
            scope, current, trial, status = rows[0]
            newest = current if trial is None else trial
            if made_from != newest:
                raise RevisedMeanwhileError(
                    f"p{procedure_id} was revised meanwhile (revision {newest}, yours was made from {made_from}): "
                    "recall it again and revise that."
                )
            number = 1 + db.value("SELECT max(number) FROM revisions WHERE procedure_id = ?", (procedure_id,))
            add_revision(db, procedure_id, number, script, builder, reason, state, now)
            note(db, builder, f"revised ({state})", procedure_id, number, reason, now)
            if trial is not None and state != "proposed":
                set_state(db, procedure_id, trial, "dropped")
            if state == "current":
                make_current(db, procedure_id, number, now)
            elif state == "trial":
                db.run("UPDATE procedures SET trial = ?, updated_at = ? WHERE id = ?", (number, now, procedure_id))
            if status == "archived" and state != "proposed":
                reactivate(db, self._index, procedure_id)
            add_keys(db, self._index, scope, procedure_id, keys)
        return number

    def add_pitfall(
        self, scope: str, procedure_id: int | None, trajectory_id: int, pitfall: Pitfall, keys: Sequence[Key]
    ) -> int:
        with self._db.write() as db:
            pitfall_id = meet_pitfall(db, scope, procedure_id, trajectory_id, pitfall)
            db.run(
                "INSERT INTO sightings (pitfall_id, trajectory_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (pitfall_id, trajectory_id),
            )
            add_keys(db, self._index, scope, pitfall_id, keys)
        return pitfall_id


def _refuse_revoked(db: Transaction, run_id: int) -> None:
    """Refuse a run that was revoked while it was recorded. One of an imported file weighs nothing either."""
    sql = "SELECT 1 FROM trajectories WHERE id = ? AND weight = 0 AND digest NOT LIKE 'imported %'"
    if db.value(sql, (run_id,)) is not None:
        raise InputError(f"This run was revoked (t{run_id}): nothing is made of it.")


def find_twin(
    db: Reader, scope: str, signature: str, accepts: Callable[[Script], bool], project: str = "", *,
    held: bool = False,
) -> tuple[int, bool] | None:  # fmt: skip
    """The first procedure of this signature in a project that is accepted, those in use before the archived, and whether it
    is archived. Equal chains of steps of two projects may name two hosts. With `held` it is one of hearsay in quarantine."""
    among = "AND p.hearsay = 1 AND p.quarantine <> '' AND p.tier = 'candidate'" if held else ""
    rows = db.rows(
        f"""SELECT p.id, p.status, r.script FROM procedures p
        JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
        WHERE p.scope = ? AND p.signature = ? AND p.project = ? {among} AND NOT EXISTS (
            SELECT 1 FROM sources s JOIN trajectories t ON t.id = s.trajectory_id
            WHERE s.procedure_id = p.id AND t.project NOT IN ('', p.project))
        ORDER BY p.status = 'archived', p.id LIMIT ?""",
        (scope, signature, project, MOST_TWINS),
    )
    for procedure_id, status, script in rows:
        if accepts(Script.model_validate_json(script)):
            return procedure_id, status == "archived"
    return None


def insert_procedure(
    db: Transaction, scope: str, revision: int, signature: str, origin: str, *, created: str, updated: str,
    project: str = "",
) -> int:  # fmt: skip
    """A new row for a procedure; its id."""
    return db.value(
        """INSERT INTO procedures (scope, revision, signature, origin, created_at, updated_at, project)
        VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id""",
        (scope, revision, signature, origin, created, updated, project),
    )


NOT_WRITTEN = "not written"
"""The action of the audit log by which a model's vain try is known."""

_BY_RULE = f"""p.status = 'active' AND p.tier <> 'pinned' AND p.trial IS NULL AND r.builder = 'extractive'
    AND EXISTS (SELECT 1 FROM sources s WHERE s.procedure_id = p.id)
    AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.procedure_id = p.id AND a.actor = '{PERSON}'
        AND a.action IN ({", ".join(map(repr, APPROVALS))}) AND {IN_FORCE})"""
_NOT_TRIED = f"""AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.procedure_id = p.id AND a.revision = p.revision
    AND a.action = '{NOT_WRITTEN}')"""
_DROPPED = """AND NOT EXISTS (SELECT 1 FROM revisions d WHERE d.procedure_id = p.id AND d.builder = 'model'
    AND d.number > p.revision)"""


class SQLDistillation(Part):
    """The queue of a store, and its outcomes."""

    def unwritten(self, scopes: Sequence[str], *, again: bool = False) -> list[int]:
        rows = self._db.rows(
            f"""SELECT p.id, (SELECT count(*) FROM sources s WHERE s.procedure_id = p.id) AS runs
            FROM procedures p JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
            WHERE {self._db.dialect.within("p.scope")} AND {_BY_RULE} {"" if again else _NOT_TRIED + _DROPPED}
            ORDER BY runs DESC, p.id DESC""",
            (list(scopes),),
        )
        return [row[0] for row in rows]

    def distil(
        self,
        procedure_id: int,
        made_from: int,
        script: Script,
        reason: str,
        drafts: Mapping[int, Draft],
        keys: Sequence[Key],
        *,
        state: RevisionState,
    ) -> int:
        now = timestamp()
        with self._db.write() as db:
            rows = db.rows("SELECT scope, revision, trial FROM procedures WHERE id = ?", (procedure_id,))
            if not rows:
                raise NotFoundError(f"There is no procedure p{procedure_id} in this memory.")
            scope, current, trial = rows[0]
            if (current, trial) != (made_from, None):
                raise RevisedMeanwhileError(f"p{procedure_id} was revised meanwhile: it stays as it is now.")
            number = 1 + db.value("SELECT max(number) FROM revisions WHERE procedure_id = ?", (procedure_id,))
            add_revision(db, procedure_id, number, script, "model", reason, state, now)
            note(db, "model", f"revised ({state})", procedure_id, number, reason, now)
            if state == "current":
                make_current(db, procedure_id, number, now)
                for run_id, draft in drafts.items():
                    rename_parameters(db, procedure_id, run_id, draft)
            else:
                db.run("UPDATE procedures SET trial = ?, updated_at = ? WHERE id = ?", (number, now, procedure_id))
            add_keys(db, self._index, scope, procedure_id, keys)
        return number

    def note_unwritten(self, procedure_id: int, revision: int, by: str, reason: str) -> None:
        with self._db.write() as db:
            note(db, by, NOT_WRITTEN, procedure_id, revision, reason, timestamp())
