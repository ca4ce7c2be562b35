"""Procedures: read them with their revisions, pitfalls, templates and findings."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any

from memp.domain.procedure import AFTER_FAILURE, KnownPitfall, Pitfall, Procedure, Revision
from memp.store.sql.engine import Part, Row
from memp.store.sql.origins import ANSWERED, HEARSAY
from memp.store.sql.rows import holds, to_procedure, to_script
from memp.store.sql.statements import LAST_MET

_FAILED = re.compile(rf"(?:{'|'.join(AFTER_FAILURE)})(\d+)")
"""The run in the reason of a revision that was written after it failed."""


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
                (SELECT coalesce(sum(runs), 0) FROM imported_bindings WHERE procedure_id = p.id), p.quarantine, p.hearsay
            FROM procedures p JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
            WHERE {" AND ".join(where or ["1 = 1"])} ORDER BY p.id""",
            bindings,
        )
        known = {procedure.id: procedure for procedure in map(to_procedure, rows)}
        return list(known.values()) if ids is None else [known[i] for i in dict.fromkeys(ids) if i in known]

    def unreadable_procedures(self, scopes: Sequence[str] | None = None) -> list[int]:
        here = "" if scopes is None else f"AND {self._db.dialect.within('p.scope')}"
        rows = self._db.rows(
            f"""SELECT p.id FROM procedures p WHERE NOT EXISTS (SELECT 1 FROM revisions r
            WHERE r.procedure_id = p.id AND r.number = p.revision) {here} ORDER BY p.id""",
            () if scopes is None else (list(scopes),),
        )
        return [row[0] for row in rows]

    def newest_procedure(self) -> int:
        return self._db.value("SELECT coalesce(max(id), 0) FROM procedures")

    def made_after(self, procedure_id: int, scope: str) -> list[int]:
        # By the id alone, of which few are newer: an index on the scope would lead through all of it.
        sql = "SELECT id FROM procedures WHERE id > ? AND scope || '' = ? AND status = 'active' ORDER BY id"
        return [row[0] for row in self._db.rows(sql, (procedure_id, scope))]

    def history(self, procedure_id: int) -> list[Revision]:
        return [
            Revision(number=number, script=to_script(script, procedure_id), builder=builder, reason=reason,
                     state=state, created_at=datetime.fromisoformat(at))
            for number, script, builder, reason, state, at in self._db.rows(
                """SELECT number, script, builder, reason, state, created_at FROM revisions WHERE procedure_id = ?
                ORDER BY number""",
                (procedure_id,),
            )
        ]  # fmt: skip

    def revised_after(self, runs: Sequence[int]) -> Mapping[int, list[int]]:
        after_failure = " OR ".join(f"r.reason LIKE '{words}%'" for words in AFTER_FAILURE)
        revised: dict[int, list[int]] = {}
        for procedure_id, number, reason in self._db.rows(
            f"""SELECT p.id, r.number, r.reason FROM procedures p JOIN revisions r ON r.procedure_id = p.id
            WHERE ({after_failure}) AND (r.state IN ('trial', 'proposed') OR r.number = p.revision) ORDER BY p.id, r.number"""
        ):
            failed = _FAILED.match(reason)
            if failed and int(failed[1]) in runs:
                revised.setdefault(procedure_id, []).append(number)
        return revised

    def built_by(self, runs: Sequence[int]) -> Set[int]:
        sql = f"SELECT DISTINCT procedure_id FROM sources WHERE {self._db.dialect.within('trajectory_id')}"
        return {row[0] for row in self._db.rows(sql, (list(runs),))}

    def pitfalls(self, procedure_ids: Sequence[int] = (), *, ids: Sequence[int] = ()) -> list[KnownPitfall]:
        within = self._db.dialect.within
        rows = self._db.rows(
            f"""SELECT id, procedure_id, trigger, consequence, instead,
            (SELECT count(*) FROM sightings WHERE pitfall_id = pitfalls.id) AS seen, {HEARSAY}, {ANSWERED}, {LAST_MET}
            FROM pitfalls WHERE {within("procedure_id")} OR {within("id")} ORDER BY seen DESC, id DESC""",
            (list(procedure_ids), list(ids)),
        )
        known = [
            KnownPitfall(id=row[0], procedure_id=row[1], seen=row[5], hearsay=bool(row[6]), answered=bool(row[7]),
                         last_met=datetime.fromisoformat(row[8]),
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


def _by_name(rows: Sequence[Row]) -> Mapping[str, list[tuple[str, int]]]:
    """Rows of (name, value, count), grouped by name."""
    counts: dict[str, list[tuple[str, int]]] = {}
    for name, value, runs in rows:
        counts.setdefault(name, []).append((value, runs))
    return counts
