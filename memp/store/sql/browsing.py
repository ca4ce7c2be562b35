"""Pages of procedures, runs and recalls, for a person who looks at the memory."""

import json
from collections.abc import Sequence
from typing import Any

from memp.store.records import AnswerRow, Day, ProceduresWanted, RunRow, RunsWanted
from memp.store.sql.engine import Part

_ORDERS = {
    "changed": "p.updated_at DESC, p.id DESC",
    "oldest": "p.id",
    "used": "p.uses DESC, p.id DESC",
    # By the mean of a posterior that begins at one of two: 1 of 1 is not ahead of 40 of 41.
    "success": "(p.successes + 1.0) / (p.uses + 2.0) DESC, p.uses DESC, p.id DESC",
    # Revisions first, then what was used most.
    "waiting": "CASE WHEN p.trial IS NULL AND NOT {proposed} THEN 1 ELSE 0 END, p.uses DESC, p.id",
}
_PROPOSED = "EXISTS (SELECT 1 FROM revisions r WHERE r.procedure_id = p.id AND r.state IN ('trial', 'proposed'))"

_Condition = tuple[str, tuple[Any, ...]]


class SQLBrowsing(Part):
    """Pages of what the store holds."""

    def browse_procedures(
        self, wanted: ProceduresWanted, scopes: Sequence[str] | None, offset: int = 0, limit: int = 50
    ) -> list[int]:
        where, bindings = self._procedures(wanted, scopes)
        order = _ORDERS[wanted.sort].replace("{proposed}", _PROPOSED)
        sql = f"SELECT p.id FROM procedures p WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
        return [row[0] for row in self._db.rows(sql, (*bindings, limit, offset))]

    def count_procedures(self, wanted: ProceduresWanted, scopes: Sequence[str] | None) -> int:
        where, bindings = self._procedures(wanted, scopes)
        return self._db.value(f"SELECT count(*) FROM procedures p WHERE {where}", bindings)

    def brought_by(self, scopes: Sequence[str] | None) -> list[str]:
        here, bound = self._here("scope", scopes)
        sql = f"SELECT DISTINCT origin FROM procedures WHERE origin <> '' AND {here} ORDER BY origin"
        return [row[0] for row in self._db.rows(sql, bound)]

    def browse_runs(
        self, wanted: RunsWanted, scopes: Sequence[str] | None, offset: int = 0, limit: int = 50
    ) -> list[RunRow]:
        where, bindings = self._runs(wanted, scopes)
        kind, client = (self._db.dialect.field(*of) for of in (("t.evidence", "kind"), ("t.provenance", "client")))
        # The page is found in an index, which has no texts, and only its runs are read.
        rows = self._db.rows(
            f"""SELECT t.id, t.task, t.success, t.length, t.tokens, {kind}, t.weight, t.project, {client}, t.created_at
            FROM (SELECT t.id FROM trajectories t WHERE {where} ORDER BY t.created_at DESC, t.id DESC LIMIT ? OFFSET ?) page
            JOIN trajectories t ON t.id = page.id ORDER BY t.created_at DESC, t.id DESC""",
            (*bindings, limit, offset),
        )
        return [
            RunRow(run, task, bool(success), steps, tokens, kind, weight, project, client or "", at)
            for run, task, success, steps, tokens, kind, weight, project, client, at in rows
        ]

    def count_runs(self, wanted: RunsWanted, scopes: Sequence[str] | None) -> int:
        where, bindings = self._runs(wanted, scopes)
        return self._db.value(f"SELECT count(*) FROM trajectories t WHERE {where}", bindings)

    def days(self, since: str, scopes: Sequence[str] | None) -> list[Day]:
        here, bound = self._here("scope", scopes)
        rows = self._db.rows(
            f"""SELECT day, sum(runs), sum(successes), sum(recalls), sum(made) FROM (
                SELECT substr(created_at, 1, 10) AS day, count(*) AS runs, sum(success) AS successes, 0 AS recalls, 0 AS made
                FROM trajectories WHERE created_at >= ? AND {here} GROUP BY 1
                UNION ALL SELECT substr(created_at, 1, 10), 0, 0, count(*), 0 FROM recalls WHERE created_at >= ? AND {here}
                GROUP BY 1
                UNION ALL SELECT substr(created_at, 1, 10), 0, 0, 0, count(*) FROM procedures WHERE created_at >= ? AND {here}
                GROUP BY 1) counted
            GROUP BY day ORDER BY day""",
            (since, *bound) * 3,
        )
        return [Day(day, *(int(count) for count in counts)) for day, *counts in rows]

    def browse_answers(self, scopes: Sequence[str] | None, offset: int = 0, limit: int = 50) -> list[AnswerRow]:
        here, bound = self._here("scope", scopes)
        return self._answers(
            f"SELECT * FROM recalls WHERE {here} ORDER BY id DESC LIMIT ? OFFSET ?", (*bound, limit, offset)
        )

    def answer_of(self, recall_id: int, scopes: Sequence[str] | None) -> AnswerRow | None:
        here, bound = self._here("scope", scopes)
        return next(iter(self._answers(f"SELECT * FROM recalls WHERE id = ? AND {here}", (recall_id, *bound))), None)

    def _answers(self, page: str, bindings: Sequence[Any]) -> list[AnswerRow]:
        """The recalls that a statement selects, the newest first, each with what followed."""
        shown = f"(SELECT {self._db.dialect.array('procedure_id ORDER BY rank')} FROM shown WHERE recall_id = page.id)"
        rows = self._db.rows(
            f"""SELECT page.id, page.created_at, page.scope, page.context, page.held, page.trajectory_id,
                CASE WHEN t.id IS NULL THEN '' WHEN t.weight = 0 THEN 'revoked' WHEN t.success = 1 THEN 'success'
                    ELSE 'failure' END, {shown}, a.asked, a.answer, a.judged
            FROM ({page}) page LEFT JOIN answers a ON a.recall_id = page.id
            LEFT JOIN trajectories t ON t.id = page.trajectory_id ORDER BY page.id DESC""",
            bindings,
        )
        return [
            AnswerRow(
                row[0], row[1], row[2], row[3], bool(row[4]), row[5], row[6], json.loads(row[7]),
                *(text or "" for text in row[8:]),
            )
            for row in rows
        ]  # fmt: skip

    def _here(self, column: str, scopes: Sequence[str] | None) -> _Condition:
        return ("1 = 1", ()) if scopes is None else (self._db.dialect.within(column), (list(scopes),))

    def _procedures(self, wanted: ProceduresWanted, scopes: Sequence[str] | None) -> _Condition:
        conditions = [self._here("p.scope", scopes)]
        if wanted.ids is not None:
            conditions.append((self._db.dialect.within("p.id"), (list(wanted.ids),)))
        for column, value in (("p.tier", wanted.tier), ("p.status", wanted.status), ("p.origin", wanted.client)):
            if value:
                conditions.append((f"{column} = ?", (value,)))
        if wanted.project is not None:
            conditions.append(("p.project = ?", (wanted.project,)))
        if wanted.builder:
            current = (
                "SELECT 1 FROM revisions r WHERE r.procedure_id = p.id AND r.number = p.revision AND r.builder = ?"
            )
            conditions.append((f"EXISTS ({current})", (wanted.builder,)))
        outcomes = {
            "unused": "p.uses = 0",
            "worked": "p.uses > 0 AND p.successes = p.uses",
            "failed": "p.successes < p.uses",
        }
        if wanted.outcome:
            conditions.append((outcomes[wanted.outcome], ()))
        if wanted.since:
            conditions.append(("p.updated_at >= ?", (wanted.since,)))
        if wanted.waits:
            conditions.append((f"p.status = 'active' AND (p.tier = 'candidate' OR {_PROPOSED})", ()))
        return _all(conditions)

    def _runs(self, wanted: RunsWanted, scopes: Sequence[str] | None) -> _Condition:
        conditions = [self._here("t.scope", scopes)]
        if wanted.success is not None:
            conditions.append(("t.success = ?", (int(wanted.success),)))
        if wanted.project is not None:
            conditions.append(("t.project = ?", (wanted.project,)))
        if wanted.origin is not None:
            conditions.append(("t.origin = ?", (wanted.origin,)))
        if wanted.since:
            conditions.append(("t.created_at >= ?", (wanted.since,)))
        if wanted.until:
            conditions.append(("t.created_at < ?", (wanted.until,)))
        if wanted.revoked is not None:
            conditions.append(("t.weight = 0" if wanted.revoked else "t.weight > 0", ()))
        return _all(conditions)


def _all(conditions: Sequence[_Condition]) -> _Condition:
    return " AND ".join(f"({sql})" for sql, _ in conditions), tuple(
        value for _, values in conditions for value in values
    )
