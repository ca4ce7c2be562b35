"""Evidence: outcomes of uses and of runs without a procedure, from which a procedure's worth is computed."""

import json
from collections.abc import Iterable, Mapping, Sequence, Set

from memp.domain.procedure import AFTER_FAILURE, GENERALISED
from memp.domain.trajectory import EvidenceKind
from memp.domain.trust import MOST_SOURCES, MOST_USES, Alone, Standing, Use, shared
from memp.embed import Vectors
from memp.store.records import Ran, RevisionUses, Tally, Used
from memp.store.sql.engine import Part
from memp.store.sql.origins import SPOKEN_FOR, TOLD

MOST_ALONE = 300
"""Runs without a procedure that tell what agents reach on all tasks, the newest."""

# What came in from another memory weighs nothing, and must not take the place of what does.
_ALONE = "t.weight > 0 AND t.alone = 1"
_TOLD = f"CASE WHEN t.outside = 0 AND {TOLD} THEN 1 ELSE 0 END"
# What was only typed must not push out what somebody saw.
_NEWEST = f"""{_TOLD} AS told, t.created_at,
    row_number() OVER (PARTITION BY procedure_id, {_TOLD} ORDER BY t.created_at DESC, t.id DESC) AS place"""
_USES = f"""
    SELECT c.procedure_id, c.trajectory_id, c.success, c.weight, c.context, c.revision, t.task, t.witness, {_NEWEST}
    FROM credits c JOIN trajectories t ON t.id = c.trajectory_id WHERE """
_SOURCES = f"""
    SELECT s.procedure_id, s.trajectory_id, t.success, t.weight, t.context, 0 AS revision, t.task, t.witness, {_NEWEST}
    FROM sources s JOIN trajectories t ON t.id = s.trajectory_id
    WHERE t.weight > 0 AND NOT EXISTS (
        SELECT 1 FROM credits c WHERE c.procedure_id = s.procedure_id AND c.trajectory_id = t.id) AND """

_AFTER_FAILURE = " OR ".join(f"r.reason LIKE '{words}%'" for words in AFTER_FAILURE)

# A revision that only says the same in more general terms does not make what is known of the steps go away.
_SAME_STEPS = f"""r.state = 'current' AND r.number <= p.revision AND NOT EXISTS (
    SELECT 1 FROM revisions n WHERE n.procedure_id = p.id AND n.state = 'current' AND n.number > r.number
    AND n.number <= p.revision AND n.reason NOT LIKE '{GENERALISED}%')"""


class SQLEvidence(Part):
    """Outcomes of the store, as evidence."""

    def standings(self, ids: Sequence[int], vector: Vectors | None = None) -> Mapping[int, Standing]:
        within = self._db.dialect.within
        rows = self._db.rows(
            f"""SELECT p.id, p.tier, p.revision, p.trial, p.outside, (SELECT {self._db.dialect.array("r.number")}
                FROM revisions r WHERE r.procedure_id = p.id AND r.number IN (p.revision, p.trial) AND ({_AFTER_FAILURE})),
                (SELECT {self._db.dialect.array("r.number")} FROM revisions r WHERE r.procedure_id = p.id AND {_SAME_STEPS}),
                p.outside > 0 OR {SPOKEN_FOR}
            FROM procedures p WHERE {within("p.id")}""",
            (list(ids),),
        )
        uses = self._outcomes(_USES + within("c.procedure_id", "?2"), ids, MOST_USES, vector)
        sources = self._outcomes(_SOURCES + within("s.procedure_id", "?2"), ids, MOST_SOURCES, vector)
        return {
            i: Standing(
                tier,
                revision,
                trial,
                _as_of(revision, json.loads(same), uses.get(i, ())),
                tuple(sources.get(i, ())),
                outside,
                tuple(json.loads(new)),
                bool(seen),
            )
            for i, tier, revision, trial, outside, new, same, seen in rows
        }

    def _outcomes(
        self, runs: str, ids: Sequence[int], most: int, vector: Vectors | None
    ) -> Mapping[int, list[Use]]:  # fmt: skip
        """The newest outcomes of each procedure, in one query for all: a recall weighs some 30 procedures."""
        # A run without a vector, or a task without one, counts as if it were about the same.
        near = f"coalesce({self._db.dialect.cosine('v.vector', '?1')}, 1.0)"
        outcomes: dict[int, list[Use]] = {}
        for i, success, weight, context, revision, nearness, task, witness, told, at in self._db.rows(
            f"""SELECT o.procedure_id, o.success, o.weight, o.context, o.revision, {near}, o.task, o.witness, o.told,
                o.created_at FROM ({runs}) o
            LEFT JOIN keys k ON k.kind = 'run' AND k.owner = o.trajectory_id LEFT JOIN vectors v ON v.id = k.vector_id
            WHERE o.place <= ?3 ORDER BY o.procedure_id, o.created_at DESC, o.trajectory_id DESC""",
            (vector, list(ids), most),
        ):
            use = Use(bool(success), weight, context, revision, nearness, task, witness, bool(told), at[:10])
            outcomes.setdefault(i, []).append(use)
        return {i: shared(uses) for i, uses in outcomes.items()}

    def alone(self, vector: Vectors | None, scopes: Sequence[str], context: str) -> Alone:
        newest = "ORDER BY created_at DESC, id DESC LIMIT"
        # Each scope by itself, as its newest stand together in the index.
        each = [
            f"""SELECT * FROM (SELECT weight, success, created_at, id, {_TOLD} AS told FROM trajectories t
            WHERE scope = ?{place} AND context = ?1 AND {_ALONE} {newest} ?2) s{place}"""
            for place, _ in enumerate(scopes, 3)
        ]
        rates = self._db.rows(
            f"""SELECT coalesce(sum(r.weight * r.success), 0), coalesce(sum(r.weight * (1 - r.success)), 0),
                coalesce(sum(r.told * r.weight * r.success), 0), coalesce(sum(r.told * r.weight * (1 - r.success)), 0) FROM (
                SELECT weight, success, told FROM ({" UNION ALL ".join(each)}) u {newest} ?2) r""",
            (context, MOST_ALONE, *scopes),
        )[0]
        if vector is None:
            return Alone((), *rates)
        nearest = dict(self._index.nearest(self._db, "run", vector, scopes, MOST_USES))
        rows = self._db.rows(
            f"""SELECT k.id, t.success, t.weight, t.witness, {_TOLD} FROM keys k JOIN trajectories t ON t.id = k.owner
            WHERE {self._db.dialect.within("k.id")} AND t.context = ? AND {_ALONE}
            ORDER BY t.created_at DESC, t.id DESC""",
            (list(nearest), context),
        )
        near = [
            Use(bool(success), weight, context, 0, nearest[key_id], witness=witness, told=bool(told))
            for key_id, success, weight, witness, told in rows
        ]
        return Alone(tuple(shared(near)), *rates)

    def runs(self, procedure_id: int) -> list[Ran]:
        rows = self._db.rows(
            """SELECT t.id, t.success, t.outside, t.length, max(r.revision) FROM (
                SELECT trajectory_id, NULL AS revision FROM sources WHERE procedure_id = ?1
                UNION ALL SELECT trajectory_id, revision FROM credits WHERE procedure_id = ?1
            ) r JOIN trajectories t ON t.id = r.trajectory_id WHERE t.weight > 0
            GROUP BY t.id, t.success, t.outside, t.length, t.created_at ORDER BY t.created_at DESC, t.id DESC""",
            (procedure_id,),
        )
        return [
            Ran(trajectory=run, success=bool(success), outside=bool(outside), steps=steps, revision=revision)
            for run, success, outside, steps, revision in rows
        ]

    def uses(self, procedure_id: int, limit: int = -1) -> list[Used]:
        rows = self._db.rows(
            f"""SELECT c.trajectory_id, c.revision, c.success, c.weight, c.context, t.length, t.tokens, c.created_at
            FROM credits c JOIN trajectories t ON t.id = c.trajectory_id WHERE c.procedure_id = ? ORDER BY 1 DESC
            {"LIMIT ?" if limit >= 0 else ""}""",
            (procedure_id, *((limit,) if limit >= 0 else ())),
        )
        return [
            Used(trajectory=row[0], revision=row[1], success=bool(row[2]), weight=row[3], context=row[4], steps=row[5],
                 tokens=row[6], at=row[7])
            for row in rows
        ]  # fmt: skip

    def uses_by_revision(self, procedure_id: int) -> Mapping[int, RevisionUses]:
        rows = self._db.rows(
            """SELECT revision, count(*), sum(success), sum(weight) FROM credits WHERE procedure_id = ?
            GROUP BY revision""",
            (procedure_id,),
        )
        return {revision: RevisionUses(uses, successes, weight) for revision, uses, successes, weight in rows}

    def used_by(self, runs: Sequence[int]) -> Set[int]:
        sql = f"SELECT DISTINCT procedure_id FROM credits WHERE {self._db.dialect.within('trajectory_id')}"
        return {row[0] for row in self._db.rows(sql, (list(runs),))}

    def evidence(self, procedure_id: int) -> Mapping[EvidenceKind, Tally]:
        kind = self._db.dialect.field("t.evidence", "kind")
        rows = self._db.rows(
            f"""SELECT {kind}, sum(r.source), sum(1 - r.source), sum((1 - r.source) * r.success) FROM (
                SELECT trajectory_id, 1 AS source, 0 AS success FROM sources WHERE procedure_id = ?1
                UNION ALL SELECT trajectory_id, 0, success FROM credits WHERE procedure_id = ?1
            ) r JOIN trajectories t ON t.id = r.trajectory_id GROUP BY 1 ORDER BY 1""",
            (procedure_id,),
        )
        return {kind: Tally(sources=built, uses=uses, successes=won) for kind, built, uses, won in rows}


def _as_of(revision: int, same: Sequence[int], uses: Iterable[Use]) -> tuple[Use, ...]:
    """Uses of a procedure, those of revisions that had the same steps as if they were of the current one."""
    return tuple(use._replace(revision=revision) if use.revision in same else use for use in uses)
