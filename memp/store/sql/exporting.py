"""Export: procedures and their runs as records of memp.domain.portable."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from memp.domain.portable import (
    MOST_EARLIER,
    MOST_GROUPS,
    MOST_KEYS,
    MOST_PITFALLS,
    MOST_REVISIONS,
    MOST_VALUES,
    Earlier,
    Exported,
    ExportedKey,
    ExportedPitfall,
    ExportedProcedure,
    ExportedRevision,
    ExportedRun,
    ExportedValues,
    From,
    Uses,
)
from memp.domain.procedure import PERSON, Pitfall, Script, Tier
from memp.domain.trajectory import Provenance
from memp.store.records import Imported
from memp.store.sql.engine import Part
from memp.store.sql.rows import RUN, to_run
from memp.store.sql.statements import LAST_MET


class SQLExporting(Part):
    """Procedures of the store on their way out."""

    def portable(
        self, *, scopes: Sequence[str] | None, tiers: Sequence[Tier], ids: Sequence[int] | None, runs: bool
    ) -> Iterator[Exported]:
        with self._db.snapshot():
            selected = self._selected(scopes, tiers, ids)
            for procedure_id in selected:
                yield self._procedure(procedure_id, runs)
            if runs:
                theirs = self._db.dialect.within("procedure_id")
                sources = f"SELECT DISTINCT trajectory_id FROM sources WHERE {theirs} ORDER BY 1"
                for (run_id,) in self._db.rows(sources, (selected,)):
                    yield self._run(run_id)

    def imports(self, procedure_id: int) -> list[Imported]:
        rows = self._db.rows(
            "SELECT how, told FROM imported WHERE procedure_id = ? ORDER BY created_at, file", (procedure_id,)
        )
        return [
            Imported(how=how, claims=tuple(Earlier.model_validate(one) for one in json.loads(claims)))
            for how, claims in rows
        ]

    def _selected(self, scopes: Sequence[str] | None, tiers: Sequence[Tier], ids: Sequence[int] | None) -> list[int]:
        where, bindings = ["status = 'active'"] if ids is None else [], list[list[Any]]()
        for column, wanted in (("scope", scopes), ("tier", tiers or None), ("id", ids)):
            if wanted is not None:
                where.append(self._db.dialect.within(column))
                bindings.append(list(wanted))
        rows = self._db.rows(f"SELECT id FROM procedures WHERE {' AND '.join(where)} ORDER BY id", bindings)
        return [row[0] for row in rows]

    def _procedure(self, procedure_id: int, runs: bool) -> ExportedProcedure:
        scope, revision, tier, origin, uses, successes, at = self._db.rows(
            "SELECT scope, revision, tier, origin, uses, successes, created_at FROM procedures WHERE id = ?",
            (procedure_id,),
        )[0]
        revisions = self._revisions(procedure_id, revision)
        current = next(one for one in revisions if one.current)
        return ExportedProcedure(
            kind="procedure", id=f"p{procedure_id}", project=scope, tier=tier, origin=origin, uses=uses,
            successes=successes, created_at=datetime.fromisoformat(at), revisions=revisions,
            keys=self._keys(procedure_id), pitfalls=self._pitfalls(procedure_id, current), by=self._uses(procedure_id),
            values=self._values(procedure_id, runs), sources=self._sources(procedure_id),
            earlier=tuple(claim for one in self.imports(procedure_id) for claim in one.claims)[:MOST_EARLIER],
        )  # fmt: skip

    def _revisions(self, procedure_id: int, current: int) -> tuple[ExportedRevision, ...]:
        """Those that are, or were, what is shown: what is on trial, proposed or dropped has not earned its place."""
        rows = self._db.rows(
            """SELECT number, script, builder, reason, created_at FROM revisions WHERE procedure_id = ?1
            AND (number = ?2 OR state = 'current') ORDER BY number = ?2 DESC, number DESC LIMIT ?3""",
            (procedure_id, current, MOST_REVISIONS),
        )
        return tuple(
            ExportedRevision(script=Script.model_validate_json(script), builder=builder, reason=reason,
                             created_at=datetime.fromisoformat(at), current=number == current)
            for number, script, builder, reason, at in sorted(rows)
        )  # fmt: skip

    def _keys(self, procedure_id: int) -> tuple[ExportedKey, ...]:
        rows = self._db.rows(
            """SELECT id, kind, text, extra, template FROM keys WHERE owner = ? AND kind IN ('task', 'fact')
            ORDER BY id DESC LIMIT ?""",
            (procedure_id, MOST_KEYS),
        )
        return tuple(
            ExportedKey(kind=kind, text=text, extra=extra, template=template)
            for _, kind, text, extra, template in sorted(rows)
        )

    def _pitfalls(self, procedure_id: int, current: ExportedRevision) -> tuple[ExportedPitfall, ...]:
        """Those that are told: where a person wrote the procedure, that person's and what runs met since."""
        rows = self._db.rows(
            f"""SELECT trigger, consequence, instead,
                imported + (SELECT count(*) FROM sightings WHERE pitfall_id = pitfalls.id) AS seen, {LAST_MET}
            FROM pitfalls WHERE procedure_id = ? ORDER BY seen DESC, id LIMIT ?""",
            (procedure_id, MOST_PITFALLS),
        )
        own = {one.trigger: one for one in current.script.pitfalls} if current.builder == PERSON else {}
        seen = {row[0]: row[3] for row in rows}
        met = [
            ExportedPitfall(pitfall=Pitfall(trigger=row[0], consequence=row[1], instead=row[2]), seen=row[3])
            for row in rows
            if current.builder != PERSON or (row[0] not in own and datetime.fromisoformat(row[4]) > current.created_at)
        ]
        written = [ExportedPitfall(pitfall=one, seen=seen.get(one.trigger, 0)) for one in own.values()]
        return tuple([*written, *met][:MOST_PITFALLS])

    def _values(self, procedure_id: int, runs: bool) -> tuple[ExportedValues, ...]:
        """Values of the parameters, and findings of the runs: in runs recorded here, then in runs of elsewhere."""
        names = self._db.dialect.array("'t' || v.trajectory_id")
        rows = self._db.rows(
            f"""SELECT v.bindings, v.found, count(*), {names} FROM (
                SELECT s.bindings, CASE WHEN t.weight > 0 THEN s.found ELSE '[]' END AS found, s.trajectory_id
                FROM sources s JOIN trajectories t ON t.id = s.trajectory_id WHERE s.procedure_id = ?
                ORDER BY s.trajectory_id) v
            GROUP BY v.bindings, v.found ORDER BY 3 DESC, v.bindings, v.found LIMIT ?""",
            (procedure_id, MOST_VALUES),
        )
        values = [
            ExportedValues(bindings=json.loads(bindings), found=json.loads(found), runs=count,
                           of=json.loads(of) if runs else ())
            for bindings, found, count, of in rows
        ]  # fmt: skip
        rows = self._db.rows(
            """SELECT bindings, sum(runs) FROM imported_bindings WHERE procedure_id = ? GROUP BY bindings
            ORDER BY 2 DESC, 1 LIMIT ?""",
            (procedure_id, MOST_VALUES - len(values)),
        )
        values += [ExportedValues(bindings=json.loads(bindings), runs=count) for bindings, count in rows]
        rows = self._db.rows(
            """SELECT about, value, sum(runs) FROM imported_findings WHERE procedure_id = ? GROUP BY about, value
            ORDER BY 3 DESC, 1, 2 LIMIT ?""",
            (procedure_id, MOST_VALUES - len(values)),
        )
        return *values, *(ExportedValues(found=((about, value),), runs=count) for about, value, count in rows)

    def _uses(self, procedure_id: int) -> tuple[Uses, ...]:
        rows = self._db.rows(
            f"""SELECT {self._db.dialect.field("t.evidence", "kind")}, c.context, count(*), sum(c.success)
            FROM credits c JOIN trajectories t ON t.id = c.trajectory_id WHERE c.procedure_id = ?
            GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT ?""",
            (procedure_id, MOST_GROUPS),
        )
        return tuple(Uses(evidence=kind, context=context, uses=n, successes=won) for kind, context, n, won in rows)

    def _sources(self, procedure_id: int) -> tuple[From, ...]:
        dialect = self._db.dialect
        who = dialect.without_fields("t.provenance", "source", "imported_from")
        rows = self._db.rows(
            f"""SELECT {who}, {dialect.field("t.evidence", "kind")}, count(*), min(t.created_at), max(t.created_at)
            FROM sources s JOIN trajectories t ON t.id = s.trajectory_id
            WHERE s.procedure_id = ? GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT ?""",
            (procedure_id, MOST_GROUPS),
        )
        return tuple(
            From(provenance=Provenance.model_validate_json(who), evidence=kind, runs=count,
                 first=datetime.fromisoformat(first), last=datetime.fromisoformat(last))
            for who, kind, count, first, last in rows
        )  # fmt: skip

    def _run(self, run_id: int) -> ExportedRun:
        run = to_run(self._db.rows(f"SELECT {RUN} FROM trajectories WHERE id = ?", (run_id,))[0])
        return ExportedRun(
            kind="trajectory", id=f"t{run_id}", task=run.task, steps=run.steps, reward=run.reward,
            evidence=run.evidence, tokens=run.tokens, provenance=run.provenance, created_at=run.created_at,
        )  # fmt: skip
