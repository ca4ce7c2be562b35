"""Reading what the store has: procedures, their history and pitfalls, runs, counts."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from memp.domain.procedure import KnownPitfall, Pitfall, Procedure, Revision, Script
from memp.domain.trajectory import Evidence, Provenance, Step, Trajectory
from memp.errors import NotFoundError
from memp.store.records import Stats
from memp.store.sql.rows import to_procedure
from memp.store.sqlite.base import ACTIVE_KEY, OnFile

_PROCEDURE = """
    SELECT p.id, p.scope, p.revision, r.script, r.builder, p.tier, p.status, p.uses, p.successes,
           (SELECT json_group_array(trajectory_id) FROM sources WHERE procedure_id = p.id),
           p.created_at, p.updated_at, p.trial, p.origin,
           (SELECT coalesce(sum(runs), 0) FROM imported_bindings WHERE procedure_id = p.id)
    FROM procedures p JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
"""


class Reads(OnFile):
    """What the store knows, as values."""

    def procedures(
        self, ids: Sequence[int] | None = None, *, scopes: Sequence[str] | None = None, active: bool = True
    ) -> list[Procedure]:
        where, bindings = ["1"], list[Any]()
        if ids is not None:
            where.append("p.id IN (SELECT value FROM json_each(?))")
            bindings.append(json.dumps(list(ids)))
        if scopes is not None:
            where.append("p.scope IN (SELECT value FROM json_each(?))")
            bindings.append(json.dumps(list(scopes)))
        if active:
            where.append("p.status = 'active'")
        rows = self._db.read(f"{_PROCEDURE} WHERE {' AND '.join(where)} ORDER BY p.id", bindings)
        found = {procedure.id: procedure for procedure in map(to_procedure, rows)}
        return [found[i] for i in dict.fromkeys(ids) if i in found] if ids is not None else list(found.values())

    def history(self, procedure_id: int) -> list[Revision]:
        return [
            Revision(number=number, script=Script.model_validate_json(script), builder=builder, reason=reason,
                     state=state, created_at=datetime.fromisoformat(at))
            for number, script, builder, reason, state, at in self._db.read(
                """SELECT number, script, builder, reason, state, created_at FROM revisions WHERE procedure_id = ?
                ORDER BY number""",
                (procedure_id,),
            )
        ]  # fmt: skip

    def pitfalls(self, procedure_ids: Sequence[int] = (), *, ids: Sequence[int] = ()) -> list[KnownPitfall]:
        rows = self._db.read(
            """SELECT id, procedure_id, trigger, consequence, instead,
            (SELECT count(*) FROM sightings WHERE pitfall_id = id) AS seen FROM pitfalls
            WHERE procedure_id IN (SELECT value FROM json_each(?)) OR id IN (SELECT value FROM json_each(?))
            ORDER BY seen DESC, id DESC""",
            (json.dumps(list(procedure_ids)), json.dumps(list(ids))),
        )
        known = [
            KnownPitfall(id=row[0], procedure_id=row[1], seen=row[5],
                         pitfall=Pitfall(trigger=row[2], consequence=row[3], instead=row[4]))
            for row in rows
        ]  # fmt: skip
        place = {pitfall_id: position for position, pitfall_id in enumerate(ids)}
        return sorted(known, key=lambda item: place.get(item.id, len(place)))

    def stood_for(self, procedure_id: int, bound: Mapping[str, str]) -> Mapping[str, list[tuple[str, int]]]:
        agree = " AND json_extract(s.bindings, ?) = ?" * len(bound)
        rows = self._db.read(
            f"""SELECT j.key, j.value, sum(s.runs) AS total FROM (
                SELECT bindings, 1 AS runs FROM sources WHERE procedure_id = ?
                UNION ALL SELECT bindings, runs FROM imported_bindings WHERE procedure_id = ?) s, json_each(s.bindings) j
            WHERE 1{agree} GROUP BY 1, 2 ORDER BY total DESC, j.value""",
            [procedure_id] * 2 + [part for name, value in bound.items() for part in (f'$."{name}"', value)],
        )
        counts: dict[str, list[tuple[str, int]]] = {}
        for name, value, runs in rows:
            counts.setdefault(name, []).append((value, runs))
        return counts

    def findings(
        self, abouts: Sequence[str], scopes: Sequence[str], procedure_id: int | None = None
    ) -> Mapping[str, list[tuple[str, int]]]:
        rows = self._db.read(
            """SELECT about, value, sum(runs) AS total FROM (
                SELECT about, value, runs FROM findings WHERE about IN (SELECT value FROM json_each(?1))
                AND scope IN (SELECT value FROM json_each(?2))
                UNION ALL SELECT about, value, runs FROM imported_findings WHERE about IN (SELECT value FROM json_each(?1))
                AND file IN (SELECT file FROM imported WHERE procedure_id = ?3 AND how <> 'noted')
                AND procedure_id IN (SELECT id FROM procedures WHERE scope IN (SELECT value FROM json_each(?2))))
            GROUP BY 1, 2 ORDER BY total DESC, value""",
            (json.dumps(list(abouts)), json.dumps(list(scopes)), procedure_id),
        )
        counts: dict[str, list[tuple[str, int]]] = {}
        for about, value, runs in rows:
            counts.setdefault(about, []).append((value, runs))
        return counts

    def templates(self, procedure_id: int) -> list[str]:
        rows = self._db.read(
            """SELECT DISTINCT template FROM keys WHERE kind = 'task' AND owner = ? AND template <> ''
            ORDER BY length(template) DESC, template""",
            (procedure_id,),
        )
        return [row[0] for row in rows]

    def template_tasks(self, ids: Sequence[int]) -> Mapping[tuple[int, str], int]:
        return {
            (owner, template): count
            for owner, template, count in self._db.read(
                """SELECT owner, template, count(*) FROM keys WHERE kind = 'task' AND template <> ''
                AND owner IN (SELECT value FROM json_each(?)) GROUP BY 1, 2""",
                (json.dumps(list(ids)),),
            )
        }

    def closest_run(self, procedure_id: int, task: str) -> int | None:
        rows = self._db.read(
            """SELECT t.id FROM sources s JOIN trajectories t ON t.id = s.trajectory_id WHERE s.procedure_id = ?
            ORDER BY substr(t.task, 1, ?) = ? DESC, t.created_at DESC, t.id DESC LIMIT 1""",
            (procedure_id, len(task), task),
        )
        return rows[0][0] if rows else None

    def trajectory(self, trajectory_id: int) -> Trajectory:
        rows = self._db.read(
            "SELECT task, steps, reward, evidence, provenance, tokens, created_at FROM trajectories WHERE id = ?",
            (trajectory_id,),
        )
        if not rows:
            raise NotFoundError(f"There is no trajectory t{trajectory_id} in this memory.")
        task, steps, reward, evidence, provenance, tokens, at = rows[0]
        return Trajectory(
            task=task,
            steps=tuple(Step(**step) for step in json.loads(steps)),
            reward=reward,
            evidence=Evidence.model_validate_json(evidence),
            provenance=Provenance.model_validate_json(provenance),
            tokens=tokens,
            created_at=datetime.fromisoformat(at),
        )

    def trajectory_tasks(self, ids: Sequence[int]) -> Mapping[int, str]:
        return dict(
            self._db.read(
                "SELECT id, task FROM trajectories WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            )
        )

    def built_from(self, trajectory_id: int) -> int | None:
        rows = self._db.read("SELECT min(procedure_id) FROM sources WHERE trajectory_id = ?", (trajectory_id,))
        return rows[0][0]

    def met_pitfall(self, trajectory_id: int) -> bool:
        return bool(self._db.read("SELECT 1 FROM sightings WHERE trajectory_id = ? LIMIT 1", (trajectory_id,)))

    def stats(self) -> Stats:
        row = self._db.read(
            """SELECT (SELECT count(*) FROM trajectories), (SELECT count(*) FROM trajectories WHERE success),
            (SELECT count(*) FROM procedures WHERE status = 'active'),
            (SELECT count(*) FROM procedures WHERE status = 'archived'), (SELECT count(*) FROM revisions),
            (SELECT count(*) FROM pitfalls), (SELECT count(*) FROM recalls), (SELECT count(*) FROM credits),
            (SELECT count(*) FROM keys), (SELECT count(*) FROM keys WHERE vector IS NULL)"""
        )[0]
        names = [
            "trajectories", "successes", "procedures", "archived", "revisions", "pitfalls", "recalls", "credits",
            "keys", "pending",
        ]  # fmt: skip
        size = sum(p.stat().st_size for p in (self._db.path, Path(f"{self._db.path}-wal")) if p.exists())
        return Stats(**dict(zip(names, row, strict=True)), identity=self.identity(), bytes=size)

    def check(self) -> list[str]:
        """What is wrong with the file, in sentences; empty when nothing is."""
        faults = [f"SQLite: {row[0]}" for row in self._db.read("PRAGMA quick_check(5)") if row[0] != "ok"]
        if self.identity() is not None:
            indexed = self._db.read("SELECT count(*) FROM keys_vec")[0][0]
            expected = self._db.read(
                f"SELECT count(*) FROM keys k WHERE k.vector IS NOT NULL AND {ACTIVE_KEY}"
            )[0][0]  # fmt: skip
            if indexed != expected:
                faults.append(
                    f"The vector index has {indexed} entries for {expected} keys: run `memp doctor --repair`."
                )
        # Of the word index, quick_check sees what it is made of, and this which keys it covers.
        missing, left = self._db.read(
            """SELECT
                (SELECT count(*) FROM keys WHERE kind NOT IN ('fact', 'run') AND id NOT IN (SELECT rowid FROM keys_fts)),
                (SELECT count(*) FROM keys_fts WHERE rowid NOT IN (SELECT id FROM keys WHERE kind NOT IN ('fact', 'run')))"""
        )[0]
        if missing or left:
            faults.append(
                f"The word index lacks {missing} keys and has {left} that are none: run `memp doctor --repair`."
            )
        return faults
