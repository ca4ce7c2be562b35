"""Procedures: add, merge and revise them, remember their pitfalls, and read it all back."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from memp.domain.procedure import (
    GENERALISED,
    Builder,
    Draft,
    KnownPitfall,
    Pitfall,
    Procedure,
    Revision,
    RevisionState,
    Script,
)
from memp.errors import NotFoundError, RevisedMeanwhileError
from memp.store.records import Key, Put
from memp.store.sql.engine import Part, Row, Transaction
from memp.store.sql.projects import project_of_run
from memp.store.sql.rows import holds, timestamp, to_procedure
from memp.store.sql.statements import (
    add_findings,
    add_keys,
    add_revision,
    add_source,
    make_current,
    note,
    reactivate,
    rebind_source,
    set_state,
)

MOST_TWINS = 50
"""Procedures with the same chain of steps that a new one is compared with, the oldest first."""


class SQLProcedures(Part):
    """Procedures of the store, with their revisions, pitfalls and templates."""

    def procedures(
        self, ids: Sequence[int] | None = None, *, scopes: Sequence[str] | None = None, active: bool = True
    ) -> list[Procedure]:
        dialect = self._db.dialect
        where, bindings = ["p.status = 'active'"] if active else [], list[list[Any]]()
        for column, wanted in (("p.id", ids), ("p.scope", scopes)):
            if wanted is not None:
                where.append(dialect.within(column))
                bindings.append(list(wanted))
        rows = self._db.rows(
            f"""SELECT p.id, p.scope, p.revision, r.script, r.builder, p.tier, p.status, p.uses, p.successes,
                (SELECT {dialect.array("trajectory_id")} FROM sources WHERE procedure_id = p.id),
                p.created_at, p.updated_at, p.trial, p.origin,
                (SELECT coalesce(sum(runs), 0) FROM imported_bindings WHERE procedure_id = p.id)
            FROM procedures p JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
            WHERE {" AND ".join(where or ["1 = 1"])} ORDER BY p.id""",
            bindings,
        )
        known = {procedure.id: procedure for procedure in map(to_procedure, rows)}
        return list(known.values()) if ids is None else [known[i] for i in dict.fromkeys(ids) if i in known]

    def history(self, procedure_id: int) -> list[Revision]:
        return [
            Revision(number=number, script=Script.model_validate_json(script), builder=builder, reason=reason,
                     state=state, created_at=datetime.fromisoformat(at))
            for number, script, builder, reason, state, at in self._db.rows(
                """SELECT number, script, builder, reason, state, created_at FROM revisions WHERE procedure_id = ?
                ORDER BY number""",
                (procedure_id,),
            )
        ]  # fmt: skip

    def pitfalls(self, procedure_ids: Sequence[int] = (), *, ids: Sequence[int] = ()) -> list[KnownPitfall]:
        within = self._db.dialect.within
        rows = self._db.rows(
            f"""SELECT id, procedure_id, trigger, consequence, instead,
            (SELECT count(*) FROM sightings WHERE pitfall_id = pitfalls.id) AS seen FROM pitfalls
            WHERE {within("procedure_id")} OR {within("id")} ORDER BY seen DESC, id DESC""",
            (list(procedure_ids), list(ids)),
        )
        known = [
            KnownPitfall(id=row[0], procedure_id=row[1], seen=row[5],
                         pitfall=Pitfall(trigger=row[2], consequence=row[3], instead=row[4]))
            for row in rows
        ]  # fmt: skip
        place = {pitfall_id: position for position, pitfall_id in enumerate(ids)}
        return sorted(known, key=lambda pitfall: place.get(pitfall.id, len(place)))

    def templates(self, procedure_id: int) -> list[str]:
        rows = self._db.rows(
            """SELECT template FROM keys WHERE kind = 'task' AND owner = ? AND template <> ''
            GROUP BY template ORDER BY length(template) DESC, template""",
            (procedure_id,),
        )
        return [row[0] for row in rows]

    def template_tasks(self, ids: Sequence[int]) -> Mapping[tuple[int, str], int]:
        return {
            (owner, template): count
            for owner, template, count in self._db.rows(
                f"""SELECT owner, template, count(*) FROM keys WHERE kind = 'task' AND template <> ''
                AND {self._db.dialect.within("owner")} GROUP BY 1, 2""",
                (list(ids),),
            )
        }

    def stood_for(
        self, procedure_id: int, bound: Mapping[str, str], projects: Sequence[str] | None = None
    ) -> Mapping[str, list[tuple[str, int]]]:
        dialect = self._db.dialect
        agree = f" AND {dialect.field_named('s.bindings')} = ?" * len(bound)
        runs = f"SELECT id FROM trajectories WHERE {dialect.within('project')}"
        here = "" if projects is None else f" AND trajectory_id IN ({runs})"
        return _by_name(
            self._db.rows(
                f"""SELECT j.key, j.value, sum(s.runs) AS total FROM (
                    SELECT bindings, 1 AS runs FROM sources WHERE procedure_id = ?{here}
                    UNION ALL SELECT bindings, runs FROM imported_bindings WHERE procedure_id = ?
                ) s, {dialect.fields("s.bindings")} j
                WHERE 1 = 1{agree} GROUP BY 1, 2 ORDER BY total DESC, j.value""",
                [
                    procedure_id,
                    *([] if projects is None else [list(projects)]),
                    procedure_id,
                    *(part for pair in bound.items() for part in pair),
                ],
            )
        )

    def findings(
        self, abouts: Sequence[str], scopes: Sequence[str], procedure_id: int | None = None,
        projects: Sequence[str] | None = None,
    ) -> Mapping[str, list[tuple[str, int]]]:  # fmt: skip
        within = self._db.dialect.within
        known = _by_name(
            self._db.rows(
                f"""SELECT f.about, f.value, sum(f.runs) AS total FROM (
                    SELECT about, value, runs FROM findings WHERE {within("about", "?1")} AND {within("scope", "?2")}
                    UNION ALL SELECT about, value, runs FROM imported_findings WHERE {within("about", "?1")}
                    AND file IN (SELECT file FROM imported WHERE procedure_id = ?3 AND how <> 'noted')
                    AND procedure_id IN (SELECT id FROM procedures WHERE {within("scope", "?2")})
                ) f GROUP BY 1, 2 ORDER BY total DESC, f.value""",
                (list(abouts), list(scopes), procedure_id),
            )
        )
        return known if projects is None or not known else self._findings_in(projects, known, scopes)

    def _findings_in(
        self, projects: Sequence[str], known: Mapping[str, list[tuple[str, int]]], scopes: Sequence[str]
    ) -> Mapping[str, list[tuple[str, int]]]:
        """The findings of runs in these projects alone."""
        within = self._db.dialect.within
        counts = Counter(
            (about, value)
            for (found,) in self._db.rows(
                f"""SELECT s.found FROM trajectories t JOIN sources s ON s.trajectory_id = t.id
                WHERE {within("t.project")} AND {within("t.scope")} AND s.found <> '[]'""",
                (list(projects), list(scopes)),
            )
            for about, value in json.loads(found)
        )
        here = {
            about: sorted(
                ((v, n) for (one, v), n in counts.items() if one == about), key=lambda pair: (-pair[1], pair[0])
            )
            for about in known
        }
        return {about: values for about, values in here.items() if values}

    def places_in(self, text: str, scopes: Sequence[str]) -> list[str]:
        rows = self._db.rows(
            f"""SELECT DISTINCT value FROM findings WHERE about LIKE 'where %' AND {holds("?1", "lower(value)")}
            AND {self._db.dialect.within("scope", "?2")} ORDER BY value""",
            (text, list(scopes)),
        )
        return [row[0] for row in rows]

    # Writing

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
            project = project_of_run(db, trajectory_id)
            merged = None if twin is None else find_twin(db, scope, signature, twin, project)
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
            at = db.value("SELECT created_at FROM trajectories WHERE id = ?", (run_id,)) or now
            db.run("UPDATE procedures SET updated_at = ?1 WHERE id = ?2 AND updated_at < ?1", (at, procedure_id))
            add_keys(db, self._index, scope, procedure_id, keys)
        return number

    def set_first_run(self, procedure_id: int, trajectory_id: int) -> None:
        with self._db.write() as db:
            db.run("UPDATE procedures SET first_run = ? WHERE id = ?", (trajectory_id, procedure_id))

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
            pitfall_id = _find_pitfall(db, scope, procedure_id, pitfall)
            if pitfall_id is None:
                pitfall_id = insert_pitfall(db, scope, procedure_id, pitfall, timestamp())
            else:
                db.run(
                    """UPDATE pitfalls SET instead = CASE WHEN instead = '' THEN ? ELSE instead END,
                    consequence = CASE WHEN consequence = '' THEN ? ELSE consequence END WHERE id = ?""",
                    (pitfall.instead, pitfall.consequence, pitfall_id),
                )
            db.run(
                "INSERT INTO sightings (pitfall_id, trajectory_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (pitfall_id, trajectory_id),
            )
            add_keys(db, self._index, scope, pitfall_id, keys)
        return pitfall_id


def find_twin(
    db: Transaction, scope: str, signature: str, accepts: Callable[[Script], bool], project: str = ""
) -> tuple[int, bool] | None:  # fmt: skip
    """The first procedure of this signature in a project that is accepted, those in use before the archived, and whether it
    is archived. Equal chains of steps of two projects may name two hosts."""
    rows = db.rows(
        """SELECT p.id, p.status, r.script FROM procedures p
        JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
        WHERE p.scope = ? AND p.signature = ? AND p.project = ? AND NOT EXISTS (
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


def _find_pitfall(db: Transaction, scope: str, procedure_id: int | None, pitfall: Pitfall) -> int | None:
    """The oldest pitfall that this one is met again of: with the same remedy, or where either has none."""
    owner = "procedure_id IS NULL" if procedure_id is None else "procedure_id = ?4"
    bindings = (scope, pitfall.trigger, pitfall.instead)
    return db.value(
        f"""SELECT id FROM pitfalls WHERE scope = ?1 AND {owner} AND trigger = ?2
        AND (instead = ?3 OR instead = '' OR ?3 = '') ORDER BY id LIMIT 1""",
        bindings if procedure_id is None else (*bindings, procedure_id),
    )


def insert_pitfall(
    db: Transaction, scope: str, procedure_id: int | None, pitfall: Pitfall, now: str, imported: int = 0
) -> int:  # fmt: skip
    """A new row for a pitfall; its id. `imported` is how many runs of another memory met it."""
    return db.value(
        """INSERT INTO pitfalls (scope, procedure_id, trigger, consequence, instead, created_at, imported)
        VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id""",
        (scope, procedure_id, pitfall.trigger, pitfall.consequence, pitfall.instead, now, imported),
    )


def _by_name(rows: Sequence[Row]) -> Mapping[str, list[tuple[str, int]]]:
    """Rows of (name, value, count), grouped by name."""
    counts: dict[str, list[tuple[str, int]]] = {}
    for name, value, runs in rows:
        counts.setdefault(name, []).append((value, runs))
    return counts
