"""Trajectories: record a run with its credits, read it, and what was made of it."""

import hashlib
from collections.abc import Mapping, Sequence, Set
from datetime import UTC
from itertools import chain, count

from memp.domain import trust
from memp.domain.origin import INDEPENDENT, PROGRAM, RECORDED, Channel, Origin
from memp.domain.procedure import Ref
from memp.domain.trajectory import Trajectory
from memp.errors import InputError, NotFoundError
from memp.store.processes import is_running, this_process
from memp.store.records import MAX_KEY, Key, Recorded, Unfinished
from memp.store.sql.engine import Part, Reader, Transaction
from memp.store.sql.origins import note_origin
from memp.store.sql.projects import note_project
from memp.store.sql.recalls import answer_recalls
from memp.store.sql.rows import RUN, as_json, holds, timestamp, to_run
from memp.store.sql.statements import add_keys, credit, require, require_revisions

MOST_SEARCHED = 2_000
"""Runs whose steps are searched for a text, the newest: each is read."""


class SQLTrajectories(Part):
    """Runs of the store, and the links to what was made of them."""

    def add_trajectory(
        self, scope: str, trajectory: Trajectory, used: Sequence[Ref], success: bool, origin: Origin = PROGRAM
    ) -> Recorded:  # fmt: skip
        now = timestamp()
        with self._db.write() as db:
            require(db, [ref.procedure_id for ref in used], (scope, ""))
            require_revisions(db, used)
            project = trajectory.provenance.project or ""
            note_project(db, project)
            known, digest = _known_run(db, scope, trajectory, project, origin)
            if known is None:
                run_id = insert_run(db, scope, digest, trajectory, success)
                came = (*note_origin(db, origin, now), run_id)
                db.run("UPDATE trajectories SET origin = ?, witness = ? WHERE id = ?", came)
                answer_recalls(db, scope, trajectory, run_id)
                add_keys(db, self._index, scope, run_id, [Key(kind="run", text=trajectory.task[:MAX_KEY])])
            else:
                run_id = known
            if known is not None and not origin.is_trusted and not _is_from(db, known, origin):
                used = ()  # Who repeats what another has recorded does not say what that one used.
            # Of a procedure that is named twice, the first name counts, which may say a revision.
            refs = {ref.procedure_id: ref for ref in reversed(used)}
            credited = [i for i in dict.fromkeys(r.procedure_id for r in used) if credit(db, refs[i], run_id, now)]
            if known is None or credited:
                db.run(
                    "INSERT INTO unfinished (trajectory_id, process) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    (run_id, this_process()),
                )
        return Recorded(id=run_id, new=known is None, credited=tuple(credited))

    def finish(self, trajectory_id: int, outline: bytes | None = None) -> None:
        if self._db.value("SELECT 1 FROM unfinished WHERE trajectory_id = ?", (trajectory_id,)) is not None:
            with self._db.write() as db:
                db.run("DELETE FROM unfinished WHERE trajectory_id = ?", (trajectory_id,))
                db.run("UPDATE trajectories SET outline = ? WHERE id = ?", (outline, trajectory_id))

    def take_over(self, one: Unfinished) -> bool:
        if not self._db.rows("SELECT 1 FROM unfinished WHERE trajectory_id = ?", (one.trajectory,)):
            return False
        with self._db.write() as db:
            sql = "UPDATE unfinished SET process = ? WHERE trajectory_id = ? AND process = ?"
            return bool(db.run(sql, (this_process(), one.trajectory, one.process)))

    def unfinished(self) -> list[Unfinished]:
        rows = self._db.rows(
            """SELECT t.id, t.scope, u.process FROM unfinished u JOIN trajectories t ON t.id = u.trajectory_id
            ORDER BY t.id"""
        )
        used = "SELECT procedure_id, revision FROM credits WHERE trajectory_id = ? ORDER BY procedure_id"
        return [
            Unfinished(
                trajectory=run, scope=scope, process=process, at_work=is_running(process), noted=bool(process),
                used=tuple(Ref(procedure_id=i, revision=number) for i, number in self._db.rows(used, (run,))),
            )
            for run, scope, process in rows
        ]  # fmt: skip

    def trajectory(self, trajectory_id: int) -> Trajectory:
        rows = self._db.rows(f"SELECT {RUN} FROM trajectories WHERE id = ?", (trajectory_id,))
        if not rows:
            raise NotFoundError(f"There is no trajectory t{trajectory_id} in this memory.")
        return to_run(rows[0])

    def runs_within(self, ids: Sequence[int], scopes: Sequence[str]) -> Set[int]:
        within = self._db.dialect.within
        sql = f"SELECT id FROM trajectories WHERE {within('id')} AND {within('scope')}"
        return {row[0] for row in self._db.rows(sql, (list(ids), list(scopes)))}

    def trajectory_tasks(self, ids: Sequence[int]) -> Mapping[int, str]:
        sql = f"SELECT id, task FROM trajectories WHERE {self._db.dialect.within('id')}"
        return dict(self._db.rows(sql, (list(ids),)))

    def outlines(self, ids: Sequence[int]) -> Mapping[int, bytes]:
        sql = f"SELECT id, outline FROM trajectories WHERE outline IS NOT NULL AND {self._db.dialect.within('id')}"
        return dict(self._db.rows(sql, (list(ids),)))

    def closest_run(self, procedure_id: int, task: str, projects: Sequence[str] | None = None) -> int | None:
        within = "" if projects is None else f"AND {self._db.dialect.within('t.project')} "
        return self._db.value(
            f"""SELECT t.id FROM sources s JOIN trajectories t ON t.id = s.trajectory_id WHERE s.procedure_id = ? {within}
            ORDER BY substr(t.task, 1, ?) = ? DESC, t.created_at DESC, t.id DESC LIMIT 1""",
            (procedure_id, *([] if projects is None else [list(projects)]), len(task), task),
        )

    def built_from(self, trajectory_id: int) -> int | None:
        return self._db.value("SELECT min(procedure_id) FROM sources WHERE trajectory_id = ?", (trajectory_id,))

    def showing(self, texts: Sequence[str], scopes: Sequence[str], limit: int, project: str = "") -> list[int]:
        held = " + ".join(f"CASE WHEN {holds('steps', '?')} THEN 1 ELSE 0 END" for _ in texts)
        rows = self._db.rows(
            f"""WITH newest AS (
                SELECT id, project, lower(steps) AS steps FROM trajectories WHERE {self._db.dialect.within("scope")}
                AND (weight > 0 OR digest LIKE 'imported %')
                ORDER BY id DESC LIMIT ?),
            counted AS (SELECT id, project, {held or "0"} AS held FROM newest)
            SELECT id FROM counted WHERE 2 * held > ?
            ORDER BY CASE WHEN project = ? THEN 0 ELSE 1 END, held DESC, id DESC LIMIT ?""",
            (list(scopes), MOST_SEARCHED, *(text.lower() for text in texts), len(texts), project or None, limit),
        )
        return [row[0] for row in rows]

    def pitfalls_met(self, trajectory_id: int) -> list[int]:
        sql = "SELECT pitfall_id FROM sightings WHERE trajectory_id = ? ORDER BY pitfall_id"
        return [row[0] for row in self._db.rows(sql, (trajectory_id,))]

    def runs_of(self, procedure_ids: Sequence[int]) -> list[int]:
        ours = self._db.dialect.within("procedure_id", "?1")
        rows = self._db.rows(
            f"""WITH ours (trajectory_id) AS (
                SELECT trajectory_id FROM sources WHERE {ours} UNION SELECT trajectory_id FROM credits WHERE {ours}
                UNION SELECT s.trajectory_id FROM sightings s JOIN pitfalls p ON p.id = s.pitfall_id WHERE {ours})
            SELECT trajectory_id FROM ours o WHERE
                NOT EXISTS (SELECT 1 FROM sources x WHERE x.trajectory_id = o.trajectory_id AND NOT ({ours}))
                AND NOT EXISTS (SELECT 1 FROM credits x WHERE x.trajectory_id = o.trajectory_id AND NOT ({ours}))
                AND NOT EXISTS (SELECT 1 FROM sightings s JOIN pitfalls p ON p.id = s.pitfall_id
                    WHERE s.trajectory_id = o.trajectory_id AND p.procedure_id IS NOT NULL AND NOT ({ours}))
            ORDER BY 1""",
            (list(procedure_ids),),
        )
        return [row[0] for row in rows]


def _known_run(
    db: Transaction, scope: str, run: Trajectory, project: str, origin: Origin
) -> tuple[int | None, str]:  # fmt: skip
    """The run that is stored already, where this is the same one told again; and the digest of this one. The same done in two
    projects, or in two sessions, is two runs.

    Raises:
        InputError: a run of this content was revoked.
    """
    digest, at = run.digest(), run.created_at.astimezone(UTC).isoformat()
    rows = db.rows(
        """SELECT t.id, t.weight, t.created_at, t.project, t.digest, o.channel = ? AND o.client = ? AND EXISTS (
            SELECT 1 FROM unfinished WHERE trajectory_id = t.id), o.channel, o.name FROM trajectories t
        LEFT JOIN origins o ON o.id = t.origin WHERE t.scope = ? AND t.digest >= ? AND t.digest < ? ORDER BY t.id""",
        (origin.channel, origin.client, scope, digest, f"{digest}!"),
    )
    copies = [row for row in rows if not project or row[3] in ("", project)]
    for run_id, weight, *_ in copies:
        if weight == 0:
            raise InputError(f"This run was revoked (t{run_id}): it is not stored again.")
    for run_id, _, then, _, _, left, channel, name in copies:
        # A session that is resumed or forked under another name begins with a copy of the one before; and what was left
        # unfinished, as the model that was to write failed, is told again by the next session of its client.
        if left or (then == at and origin.channel in RECORDED) or _is_again(origin, channel, name):
            return run_id, digest
    session = hashlib.sha256(f"{origin.channel}\0{origin.client}\0{origin.name}".encode()).hexdigest()[:16]
    taken = {row[4] for row in rows}
    # Numbers, as a run may be moved to another project since.
    further = (f"{digest} {project} {session} {number}" for number in count())
    return None, next(one for one in chain((digest, f"{digest} {project}"), further) if one not in taken)


def _is_again(origin: Origin, channel: Channel | None, name: str | None) -> bool:
    """Whether who passes a run of the same content tells of the same run: the session that it came from, by whichever of its
    channels; or a program, a person or a file, whose runs have no session, or of an older memory nobody knows it."""
    if channel is None or origin.channel in INDEPENDENT or origin.channel == "file":
        return True
    return origin.name == name and origin.is_session_of(channel)


def _is_from(db: Transaction, run_id: int, origin: Origin) -> bool:
    """Whether a stored run came from this origin."""
    sql = """SELECT 1 FROM trajectories t JOIN origins o ON o.id = t.origin
        WHERE t.id = ? AND o.channel = ? AND o.client = ? AND o.name = ?"""
    return db.value(sql, (run_id, origin.channel, origin.client, origin.name)) is not None


def run_by_digest(db: Reader, scope: str, digest: str) -> int | None:
    """The run of this content that is stored already."""
    return db.value("SELECT id FROM trajectories WHERE scope = ? AND digest = ?", (scope, digest))


def insert_run(
    db: Transaction, scope: str, digest: str, run: Trajectory, success: bool, weight: float | None = None
) -> int:  # fmt: skip
    """A new row for a run; its id. It weighs as its evidence, or as given: 0 is evidence of nothing."""
    kind = run.evidence.kind
    weighs = trust.weight(kind, success) if weight is None else weight
    return db.value(
        """INSERT INTO trajectories (scope, digest, task, steps, reward, success, evidence, provenance, tokens, length,
        weight, outside, context, created_at, project) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id""",
        (scope, digest, run.task, as_json([s.model_dump(exclude_none=True) for s in run.steps]), run.reward,
         int(success), run.evidence.model_dump_json(), run.provenance.model_dump_json(exclude_none=True), run.tokens,
         len(run.steps), weighs, int(weighs > 0 and kind in trust.OUTSIDE), run.provenance.context,
         run.created_at.astimezone(UTC).isoformat(), run.provenance.project or "" if weight is None else ""),
    )  # fmt: skip
