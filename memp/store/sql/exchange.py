"""Procedures out of a memory and into another one: what memp.domain.portable reads and writes, as rows.

What comes in is a candidate. What the file says of its worth is kept as information; nothing here counts as evidence.
"""

import hashlib
import json
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import apsw

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
from memp.domain.procedure import Draft, Pitfall, Script, Tier
from memp.domain.trajectory import Evidence, Provenance, Step, Trajectory, happened
from memp.errors import StoreError
from memp.store.records import Imported, Key, TakenIn, Taking
from memp.store.sql.rows import timestamp
from memp.store.sql.statements import add_revision, note
from memp.store.sql.trajectories import Updates

ACTOR = "memp import"
"""The actor of all this, in the audit log."""


class Exchange(Updates):
    """Export and import of procedures."""

    def portable(
        self, *, scopes: Sequence[str] | None, tiers: Sequence[Tier], ids: Sequence[int] | None, runs: bool
    ) -> Iterator[Exported]:
        with self._db.snapshot():
            found = self._selected(scopes, tiers, ids)
            for procedure_id in found:
                yield self._procedure(procedure_id, runs)
            if runs:
                sources = """SELECT DISTINCT trajectory_id FROM sources
                    WHERE procedure_id IN (SELECT value FROM json_each(?)) ORDER BY 1"""
                for (run_id,) in self._db.read(sources, (json.dumps(found),)):
                    yield self._run(run_id)

    def imports(self, procedure_id: int) -> list[Imported]:
        rows = self._db.read(
            "SELECT how, told FROM imported WHERE procedure_id = ? ORDER BY created_at, file", (procedure_id,)
        )
        return [
            Imported(how=how, told=tuple(Earlier.model_validate(one) for one in json.loads(told))) for how, told in rows
        ]

    def take_in(self, file: str, batches: Iterable[Sequence[Exported]], taking: Taking) -> TakenIn:
        intake = _Intake(self, file, taking)
        stored = 0
        for records in batches:
            with _rest_to_come(stored), self._db.write() as db:
                intake.some(db, records)
            stored += len(records)
        if intake.changed:
            with _rest_to_come(stored), self._db.write() as db:
                intake.tell(db)
        return intake.taken

    # Out

    def _selected(self, scopes: Sequence[str] | None, tiers: Sequence[Tier], ids: Sequence[int] | None) -> list[int]:
        rows = self._db.read(
            """SELECT id FROM procedures WHERE (?1 IS NULL OR scope IN (SELECT value FROM json_each(?1)))
            AND (?2 = '[]' OR tier IN (SELECT value FROM json_each(?2)))
            AND iif(?3 IS NULL, status = 'active', id IN (SELECT value FROM json_each(?3))) ORDER BY id""",
            (_listed(scopes), json.dumps(list(tiers)), _listed(ids)),
        )
        return [row[0] for row in rows]

    def _procedure(self, procedure_id: int, runs: bool) -> ExportedProcedure:
        scope, revision, tier, origin, uses, successes, at = self._db.read(
            "SELECT scope, revision, tier, origin, uses, successes, created_at FROM procedures WHERE id = ?",
            (procedure_id,),
        )[0]
        return ExportedProcedure(
            kind="procedure", id=f"p{procedure_id}", project=scope, tier=tier, origin=origin, uses=uses,
            successes=successes, created_at=datetime.fromisoformat(at), revisions=self._revisions(procedure_id, revision),
            keys=self._keys(procedure_id), pitfalls=self._pitfalls(procedure_id), by=self._uses(procedure_id),
            values=self._values(procedure_id, runs), sources=self._sources(procedure_id),
            earlier=tuple(told for one in self.imports(procedure_id) for told in one.told)[:MOST_EARLIER],
        )  # fmt: skip

    def _revisions(self, procedure_id: int, current: int) -> tuple[ExportedRevision, ...]:
        """Those that are, or were, what is shown: what is on trial, proposed or dropped has not earned its place."""
        rows = self._db.read(
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
        rows = self._db.read(
            """SELECT id, kind, text, extra, template FROM keys WHERE owner = ? AND kind IN ('task', 'fact')
            ORDER BY id DESC LIMIT ?""",
            (procedure_id, MOST_KEYS),
        )
        return tuple(
            ExportedKey(kind=kind, text=text, extra=extra, template=template)
            for _, kind, text, extra, template in sorted(rows)
        )

    def _pitfalls(self, procedure_id: int) -> tuple[ExportedPitfall, ...]:
        rows = self._db.read(
            """SELECT trigger, consequence, instead, imported + (SELECT count(*) FROM sightings WHERE pitfall_id = id) AS n
            FROM pitfalls WHERE procedure_id = ? ORDER BY n DESC, id LIMIT ?""",
            (procedure_id, MOST_PITFALLS),
        )
        return tuple(
            ExportedPitfall(pitfall=Pitfall(trigger=trigger, consequence=consequence, instead=instead), seen=seen)
            for trigger, consequence, instead, seen in rows
        )

    def _values(self, procedure_id: int, runs: bool) -> tuple[ExportedValues, ...]:
        rows = self._db.read(
            """SELECT bindings, found, count(*), json_group_array('t' || trajectory_id) FROM (
                SELECT s.bindings, iif(t.weight > 0, s.found, '[]') AS found, s.trajectory_id FROM sources s
                JOIN trajectories t ON t.id = s.trajectory_id WHERE s.procedure_id = ? ORDER BY s.trajectory_id)
            GROUP BY bindings, found ORDER BY 3 DESC, bindings, found LIMIT ?""",
            (procedure_id, MOST_VALUES),
        )
        values = [
            ExportedValues(bindings=json.loads(bindings), found=json.loads(found), runs=count,
                           of=json.loads(of) if runs else ())
            for bindings, found, count, of in rows
        ]  # fmt: skip
        rows = self._db.read(
            """SELECT bindings, sum(runs) FROM imported_bindings WHERE procedure_id = ? GROUP BY bindings
            ORDER BY 2 DESC, 1 LIMIT ?""",
            (procedure_id, MOST_VALUES - len(values)),
        )
        values += [ExportedValues(bindings=json.loads(bindings), runs=count) for bindings, count in rows]
        rows = self._db.read(
            """SELECT about, value, sum(runs) FROM imported_findings WHERE procedure_id = ? GROUP BY about, value
            ORDER BY 3 DESC, 1, 2 LIMIT ?""",
            (procedure_id, MOST_VALUES - len(values)),
        )
        return *values, *(ExportedValues(found=((about, value),), runs=count) for about, value, count in rows)

    def _uses(self, procedure_id: int) -> tuple[Uses, ...]:
        rows = self._db.read(
            """SELECT json_extract(t.evidence, '$.kind'), c.context, count(*), sum(c.success)
            FROM credits c JOIN trajectories t ON t.id = c.trajectory_id WHERE c.procedure_id = ?
            GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT ?""",
            (procedure_id, MOST_GROUPS),
        )
        return tuple(Uses(evidence=kind, context=context, uses=n, successes=won) for kind, context, n, won in rows)

    def _sources(self, procedure_id: int) -> tuple[From, ...]:
        rows = self._db.read(
            """SELECT json_remove(t.provenance, '$.source', '$.imported_from'), json_extract(t.evidence, '$.kind'), count(*),
                min(t.created_at), max(t.created_at) FROM sources s JOIN trajectories t ON t.id = s.trajectory_id
            WHERE s.procedure_id = ? GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT ?""",
            (procedure_id, MOST_GROUPS),
        )
        return tuple(
            From(provenance=Provenance.model_validate_json(who), evidence=kind, runs=count,
                 first=datetime.fromisoformat(first), last=datetime.fromisoformat(last))
            for who, kind, count, first, last in rows
        )  # fmt: skip

    def _run(self, run_id: int) -> ExportedRun:
        task, steps, reward, evidence, provenance, tokens, at = self._db.read(
            "SELECT task, steps, reward, evidence, provenance, tokens, created_at FROM trajectories WHERE id = ?",
            (run_id,),
        )[0]
        return ExportedRun(
            kind="trajectory", id=f"t{run_id}", task=task, steps=tuple(Step(**step) for step in json.loads(steps)),
            reward=reward, evidence=Evidence.model_validate_json(evidence), tokens=tokens,
            provenance=Provenance.model_validate_json(provenance), created_at=datetime.fromisoformat(at),
        )  # fmt: skip


class _Intake:
    """One file on its way in, batch by batch. Before each, others may have written."""

    _db: apsw.Connection
    _known: set[tuple[str, str]]
    _came: Mapping[tuple[str, str], int]

    def __init__(self, store: Exchange, file: str, taking: Taking) -> None:
        self._store = store
        self._file = file
        self._taking = taking
        self._now = timestamp()
        self._counts = {"created": 0, "merged": 0, "noted": 0, "known": 0, "runs": 0}
        self._wanted: dict[str, list[tuple[int, str, ExportedValues]]] = {}

    @property
    def taken(self) -> TakenIn:
        return TakenIn(**self._counts)

    @property
    def changed(self) -> bool:
        return any(count for name, count in self._counts.items() if name != "known")

    def some(self, db: apsw.Connection, records: Iterable[Exported]) -> None:
        """A batch, within a transaction."""
        self._db, self._known, self._came = db, _scripts(db), _came(db, self._file)
        for record in records:
            if isinstance(record, ExportedProcedure):
                self._procedure(record)
            else:
                self._run(record)

    def tell(self, db: apsw.Connection) -> None:
        told = ", ".join(f"{count} {name}" for name, count in self._counts.items() if count)
        note(db, ACTOR, "imported a memory", None, None, f"file {self._file}: {told}", self._now)

    def _procedure(self, record: ExportedProcedure) -> None:
        scope = record.project if self._taking.scope is None else self._taking.scope
        script = record.current.script
        name = (scope, _digest(script.model_dump_json()))
        if name in self._known:
            self._counts["known"] += 1
            if name in self._came:
                # Perhaps the import was cut off before its runs, which stand last.
                self._want(record, self._came[name], scope)
            return
        draft = Draft(script=script, builder=record.current.builder)
        twin = self._store.twin(self._db, scope, script.signature(), self._taking.twin(draft))
        if twin is None:
            procedure_id, how = self._created(record, scope), "created"
        else:
            procedure_id, archived = twin
            tier = self._db.execute("SELECT tier FROM procedures WHERE id = ?", (procedure_id,)).get
            # The lower tier: what has been validated or pinned here takes in no word of a candidate's; nor does what
            # was archived here come back by a file.
            how = "merged" if tier == "candidate" and not archived else "noted"
        self._known.add(name)
        self._counts[how] += 1
        if how != "noted":
            self._add_words(record, procedure_id, scope)
        self._tell(record, procedure_id, name[1], how)

    def _created(self, record: ExportedProcedure, scope: str) -> int:
        number = next(n for n, revision in enumerate(record.revisions, 1) if revision.current)
        created = happened(record.created_at).isoformat()
        self._db.execute(
            "INSERT INTO procedures (scope, revision, signature, origin, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
            (scope, number, record.current.script.signature(), f"import {self._file[:12]}", created, self._now),
        )
        procedure_id = self._db.last_insert_rowid()
        for n, revision in enumerate(record.revisions, 1):
            reason = f"{record.id} of the imported memory {self._file[:12]}: {revision.reason}".removesuffix(": ")
            at = happened(revision.created_at).isoformat()
            add_revision(self._db, procedure_id, n, revision.script, revision.builder, reason, "current", at)
        return procedure_id

    def _add_words(self, record: ExportedProcedure, procedure_id: int, scope: str) -> None:
        keys = [Key(kind=key.kind, text=key.text, extra=key.extra, template=key.template) for key in record.keys]
        self._store.add_keys(self._db, scope, procedure_id, keys)
        for pitfall in record.pitfalls:
            self._add_pitfall(pitfall, procedure_id, scope)
        self._want(record, procedure_id, scope)
        for values in record.values:
            self._add_values(procedure_id, values, values.runs - len(values.of))

    def _want(self, record: ExportedProcedure, procedure_id: int, scope: str) -> None:
        for values in record.values:
            for name in values.of:
                self._wanted.setdefault(name, []).append((procedure_id, scope, values))

    def _add_pitfall(self, met: ExportedPitfall, procedure_id: int, scope: str) -> None:
        known = "SELECT 1 FROM pitfalls WHERE procedure_id = ? AND trigger = ?"
        if self._db.execute(known, (procedure_id, met.pitfall.trigger)).get is not None:
            return
        self._db.execute(
            """INSERT INTO pitfalls (scope, procedure_id, trigger, consequence, instead, created_at, imported)
            VALUES (?, ?, ?, ?, ?, ?, ?)""",
            (scope, procedure_id, met.pitfall.trigger, met.pitfall.consequence, met.pitfall.instead, self._now,
             max(1, met.seen)),
        )  # fmt: skip
        self._store.add_keys(
            self._db, scope, self._db.last_insert_rowid(), [Key(kind="error", text=met.pitfall.trigger)]
        )

    def _add_values(self, procedure_id: int, values: ExportedValues, runs: int) -> None:
        if runs <= 0:
            return
        self._db.execute(
            "INSERT INTO imported_bindings (procedure_id, bindings, runs) VALUES (?, ?, ?)",
            (procedure_id, _json(dict(values.bindings)), runs),
        )
        self._add_findings(procedure_id, values, runs)

    def _add_findings(self, procedure_id: int, values: ExportedValues, runs: int) -> None:
        self._db.executemany(
            """INSERT INTO imported_findings (procedure_id, file, about, value, runs) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (about, value, file, procedure_id) DO UPDATE SET runs = runs + excluded.runs""",
            [(procedure_id, self._file, about, value, runs) for about, value in values.found],
        )

    def _tell(self, record: ExportedProcedure, procedure_id: int, script: str, how: str) -> None:
        told = [record.told(self._file, datetime.fromisoformat(self._now)), *record.earlier][:MOST_EARLIER]
        self._db.execute(
            "INSERT OR IGNORE INTO imported (procedure_id, file, script, how, told, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (procedure_id, self._file, script, how,
             json.dumps([one.model_dump(mode="json", exclude_defaults=True) for one in told], ensure_ascii=False),
             self._now),
        )  # fmt: skip
        detail = (
            f"{record.id} of {self._file[:12]}, {record.tier} there: {record.successes} of {record.uses} uses worked"
        )
        note(self._db, ACTOR, f"imported ({how})", procedure_id, None, detail, self._now)

    def _run(self, record: ExportedRun) -> None:
        """A run that a procedure which came in names; it weighs nothing. A run recorded here is another row, even if equal."""
        for procedure_id, scope, values in self._wanted.pop(record.id, ()):
            run_id = self._stored(record, scope)
            self._db.execute(
                "INSERT OR IGNORE INTO sources (procedure_id, trajectory_id, bindings, found) VALUES (?, ?, ?, ?)",
                (procedure_id, run_id, _json(dict(values.bindings)), _json(values.found)),
            )
            if self._db.changes():
                self._add_findings(procedure_id, values, 1)

    def _stored(self, record: ExportedRun, scope: str) -> int:
        came = [f"{self._file}/{record.id}, {self._now[:10]}", record.provenance.imported_from]
        who = record.provenance.model_copy(update={"imported_from": "; before: ".join(filter(None, came))[:1_000]})
        run = Trajectory(
            task=record.task, steps=record.steps, reward=record.reward, evidence=record.evidence,
            provenance=who, tokens=record.tokens, created_at=happened(record.created_at),
        )  # fmt: skip
        digest = f"imported {run.digest()}"
        known = self._db.execute("SELECT id FROM trajectories WHERE scope = ? AND digest = ?", (scope, digest)).get
        if known is not None:
            return int(known)
        self._counts["runs"] += 1
        return self._store.insert_run(self._db, scope, digest, run, run.succeeded(self._taking.success), weight=0.0)


def _scripts(db: apsw.Connection) -> set[tuple[str, str]]:
    """Every script that a procedure here has, had, or was told of by a file: its scope and digest."""
    known = {
        (str(scope), _digest(str(script)))
        for scope, script in db.execute(
            "SELECT p.scope, r.script FROM revisions r JOIN procedures p ON p.id = r.procedure_id"
        )
    }
    told = db.execute("SELECT p.scope, i.script FROM imported i JOIN procedures p ON p.id = i.procedure_id")
    return known | {(str(scope), str(digest)) for scope, digest in told}


def _came(db: apsw.Connection, file: str) -> Mapping[tuple[str, str], int]:
    """The procedures that took in words of this file before, by scope and digest of its script."""
    rows = db.execute(
        """SELECT p.scope, i.script, p.id FROM imported i JOIN procedures p ON p.id = i.procedure_id
        WHERE i.file = ? AND i.how != 'noted'""",
        (file,),
    )
    return {(str(scope), str(script)): int(procedure_id) for scope, script, procedure_id in rows}


@contextmanager
def _rest_to_come(stored: int) -> Generator[None]:
    """A store that fails after a part was stored."""
    try:
        yield
    except StoreError as error:
        if not stored:
            raise
        raise error.with_kept(f"{stored:,} records are in: the same import again does the rest.") from error


def _digest(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()


def _json(value: Mapping[str, str] | Sequence[Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _listed(values: Sequence[Any] | None) -> str | None:
    return None if values is None else json.dumps(list(values))
