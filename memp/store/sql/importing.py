"""Import: records of memp.domain.portable as candidates of this memory, batch by batch.

What the file says of a procedure's worth is kept as information; nothing here counts as evidence.
"""

import hashlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from memp.domain.portable import (
    MOST_EARLIER,
    Exported,
    ExportedPitfall,
    ExportedProcedure,
    ExportedRun,
    ExportedValues,
)
from memp.domain.procedure import PERSON, Builder, Draft, Script
from memp.domain.trajectory import Trajectory, happened
from memp.errors import StoreError
from memp.store.records import Key, TakenIn, Taking
from memp.store.sql.engine import KeyIndex, Part, Reader, Transaction
from memp.store.sql.pitfalls import insert_pitfall
from memp.store.sql.projects import note_project
from memp.store.sql.rows import as_json, timestamp
from memp.store.sql.statements import add_keys, add_revision, note
from memp.store.sql.trajectories import insert_run, run_by_digest
from memp.store.sql.writing import find_twin, insert_procedure

ACTOR = "memp import"
"""The actor of all this, in the audit log."""


HERE = -1
"""In place of the id of a procedure that this file would make."""


class SQLImporting(Part):
    """Procedures of another memory on their way into the store."""

    def take_in(self, file: str, batches: Iterable[Sequence[Exported]], taking: Taking) -> TakenIn:
        intake = _Intake(self._index, file, taking)
        stored = 0
        for records in batches:
            with _rest_to_come(stored), self._db.write() as db:
                intake.add(db, records)
            stored += len(records)
        if intake.changed:
            with _rest_to_come(stored), self._db.write() as db:
                intake.note(db)
        return intake.taken

    def would_take_in(self, file: str, batches: Iterable[Sequence[Exported]], taking: Taking) -> TakenIn:
        weighing = _Weighing(file, taking)
        for records in batches:
            weighing.weigh(self._db, records)
        return weighing.taken


class _Weighing:
    """What becomes of the records of one file, batch by batch: created, merged, noted or known. By itself it stores nothing."""

    def __init__(self, file: str, taking: Taking) -> None:
        self._file = file
        self._taking = taking
        self._now = timestamp()
        self._counts = {"created": 0, "merged": 0, "noted": 0, "known": 0, "runs": 0}
        self._wanted: dict[str, list[tuple[int, str, ExportedValues]]] = {}
        self._known: set[tuple[str, str]] = set()
        self._came: dict[tuple[str, str], int] = {}
        self._fresh: dict[tuple[str, str], int] = {}
        self._audited: int | None = None
        self._made: dict[tuple[str, str, str], list[Script]] = {}
        self._ran: set[tuple[str, str]] = set()

    @property
    def taken(self) -> TakenIn:
        return TakenIn(**self._counts)

    def weigh(self, db: Reader, records: Iterable[Exported]) -> None:
        """Decide on a batch."""
        self._look(db)
        for record in records:
            if isinstance(record, ExportedProcedure):
                self._procedure(db, record)
            else:
                self._run(db, record)
        self._came.update(self._fresh)
        self._audited = db.value("SELECT coalesce(max(id), 0) FROM audit")

    def _look(self, db: Reader) -> None:
        """Read which scripts there are; before a later batch, those alone of procedures that others have changed since: to read
        all anew each time would take time that grows with the square of a file's size."""
        changed: list[int] | None = None
        if self._audited is not None:
            rows = db.rows("SELECT DISTINCT procedure_id FROM audit WHERE id > ?", (self._audited,))
            # Of what is no single procedure's, as what was forgotten, any may be changed.
            changed = None if (None,) in rows else [row[0] for row in rows]
        if changed is None:
            self._known, self._came = set(), {}
        if changed is None or changed:
            self._known |= _scripts(db, changed)
            self._came.update(_came(db, self._file, changed))

    def _procedure(self, db: Reader, record: ExportedProcedure) -> None:
        scope = record.project if self._taking.scope is None else self._taking.scope
        script = record.current.script
        name = (scope, _digest(script.model_dump_json()))
        if name in self._known:
            self._counts["known"] += 1
            if name in self._came:
                # Perhaps the import was cut off before its runs, which stand last.
                self._want(record, self._came[name], scope)
            return
        draft = Draft(script=script, builder=_builder(record.current.builder))
        project = self._taking.projects.get(record.id, "")
        twin = self._twin(db, scope, project, draft)
        if twin is None:
            procedure_id, how = self._created(record, scope, project), "created"
        elif twin[0] == HERE:
            procedure_id, how = HERE, "merged"
        else:
            procedure_id, archived = twin
            tier = db.value("SELECT tier FROM procedures WHERE id = ?", (procedure_id,))
            # The lower tier: what has been validated or pinned here takes in no word of a candidate's; nor does what
            # was archived here come back by a file.
            how = "merged" if tier == "candidate" and not archived else "noted"
        self._known.add(name)
        self._counts[how] += 1
        if how != "noted":
            self._fresh[name] = procedure_id
            self._add_words(record, procedure_id, scope)
        self._note_origin(record, procedure_id, name[1], how)

    def _want(self, record: ExportedProcedure, procedure_id: int, scope: str) -> None:
        for values in record.values:
            for name in values.of:
                self._wanted.setdefault(name, []).append((procedure_id, scope, values))

    def _run(self, db: Reader, record: ExportedRun) -> None:
        """A run that a procedure which came in names; it weighs nothing. A run recorded here is another row, even if equal."""
        for procedure_id, scope, values in self._wanted.pop(record.id, ()):
            run = self._as_stored(record)
            name = (scope, f"imported {run.digest()}")
            known = run_by_digest(db, *name)
            if known is None and name not in self._ran:
                self._ran.add(name)
                self._counts["runs"] += 1
            self._store_run(procedure_id, values, name, run, known)

    def _as_stored(self, record: ExportedRun) -> Trajectory:
        came = [f"{self._file}/{record.id}, {self._now[:10]}", record.provenance.imported_from]
        who = record.provenance.model_copy(update={"imported_from": "; before: ".join(filter(None, came))[:1_000]})
        return Trajectory(
            task=record.task, steps=record.steps, reward=record.reward, evidence=record.evidence,
            provenance=who, tokens=record.tokens, created_at=happened(record.created_at),
        )  # fmt: skip

    def _twin(self, db: Reader, scope: str, project: str, draft: Draft) -> tuple[int, bool] | None:
        """The procedure of the same steps that there is, or would be by then: `HERE`."""
        accepts, signature = self._taking.twin(draft), draft.script.signature()
        twin = find_twin(db, scope, signature, accepts, project)
        if twin is not None:
            return twin
        alike = self._made.setdefault((scope, signature, project), [])
        if any(map(accepts, alike)):
            return HERE, False
        alike.append(draft.script)
        return None

    def _created(self, record: ExportedProcedure, scope: str, project: str) -> int:
        return HERE

    def _add_words(self, record: ExportedProcedure, procedure_id: int, scope: str) -> None:
        self._want(record, procedure_id, scope)

    def _note_origin(self, record: ExportedProcedure, procedure_id: int, script: str, how: str) -> None: ...

    def _store_run(
        self, procedure_id: int, values: ExportedValues, name: tuple[str, str], run: Trajectory, known: int | None
    ) -> None: ...


class _Intake(_Weighing):
    """One file on its way in, batch by batch. Before each, others may have written."""

    _db: Transaction

    def __init__(self, index: KeyIndex, file: str, taking: Taking) -> None:
        super().__init__(file, taking)
        self._index = index

    @property
    def changed(self) -> bool:
        return any(count for name, count in self._counts.items() if name != "known")

    def add(self, db: Transaction, records: Iterable[Exported]) -> None:
        """Store a batch, within its transaction."""
        self._db = db
        self.weigh(db, records)

    def note(self, db: Transaction) -> None:
        """The line of the audit log that sums the file up."""
        summary = ", ".join(f"{count} {name}" for name, count in self._counts.items() if count)
        note(db, ACTOR, "imported a memory", None, None, f"file {self._file}: {summary}", self._now)

    def _twin(self, db: Reader, scope: str, project: str, draft: Draft) -> tuple[int, bool] | None:
        # What this file made so far is stored: it is found as any other is.
        return find_twin(db, scope, draft.script.signature(), self._taking.twin(draft), project)

    def _created(self, record: ExportedProcedure, scope: str, project: str) -> int:
        note_project(self._db, project)
        current = next(n for n, revision in enumerate(record.revisions, 1) if revision.current)
        procedure_id = insert_procedure(
            self._db, scope, current, record.current.script.signature(), f"import {self._file[:12]}",
            created=happened(record.created_at).isoformat(), updated=self._now, project=project,
        )  # fmt: skip
        # Nobody here has seen it work: it waits behind what somebody has.
        self._db.run("UPDATE procedures SET quarantine = ? WHERE id = ?", (f"f{self._file[:12]}", procedure_id))
        for number, revision in enumerate(record.revisions, 1):
            reason = f"{record.id} of the imported memory {self._file[:12]}: {revision.reason}".removesuffix(": ")
            at = happened(revision.created_at).isoformat()
            add_revision(
                self._db, procedure_id, number, revision.script, _builder(revision.builder), reason, "current", at
            )
        return procedure_id

    def _add_words(self, record: ExportedProcedure, procedure_id: int, scope: str) -> None:
        keys = [Key(kind=key.kind, text=key.text, extra=key.extra, template=key.template) for key in record.keys]
        add_keys(self._db, self._index, scope, procedure_id, keys)
        for pitfall in record.pitfalls:
            self._add_pitfall(pitfall, procedure_id, scope)
        self._want(record, procedure_id, scope)
        for values in record.values:
            self._add_values(procedure_id, values, values.runs - len(values.of))

    def _add_pitfall(self, met: ExportedPitfall, procedure_id: int, scope: str) -> None:
        known = "SELECT 1 FROM pitfalls WHERE procedure_id = ? AND trigger = ?"
        if self._db.value(known, (procedure_id, met.pitfall.trigger)) is not None:
            return
        pitfall_id = insert_pitfall(self._db, scope, procedure_id, met.pitfall, self._now, max(1, met.seen))
        add_keys(self._db, self._index, scope, pitfall_id, [Key(kind="error", text=met.pitfall.trigger)])

    def _add_values(self, procedure_id: int, values: ExportedValues, runs: int) -> None:
        if runs <= 0:
            return
        self._db.run(
            "INSERT INTO imported_bindings (procedure_id, bindings, runs) VALUES (?, ?, ?)",
            (procedure_id, as_json(dict(values.bindings)), runs),
        )
        self._add_findings(procedure_id, values, runs)

    def _add_findings(self, procedure_id: int, values: ExportedValues, runs: int) -> None:
        self._db.run_many(
            """INSERT INTO imported_findings (procedure_id, file, about, value, runs) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (about, value, file, procedure_id)
            DO UPDATE SET runs = imported_findings.runs + excluded.runs""",
            [(procedure_id, self._file, about, value, runs) for about, value in values.found],
        )

    def _note_origin(self, record: ExportedProcedure, procedure_id: int, script: str, how: str) -> None:
        claims = [record.claim(self._file, datetime.fromisoformat(self._now)), *record.earlier][:MOST_EARLIER]
        self._db.run(
            """INSERT INTO imported (procedure_id, file, script, how, told, created_at) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING""",
            (procedure_id, self._file, script, how,
             as_json([one.model_dump(mode="json", exclude_defaults=True) for one in claims]), self._now),
        )  # fmt: skip
        detail = (
            f"{record.id} of {self._file[:12]}, {record.tier} there: {record.successes} of {record.uses} uses worked"
        )
        note(self._db, ACTOR, f"imported ({how})", procedure_id, None, detail, self._now)

    def _store_run(
        self, procedure_id: int, values: ExportedValues, name: tuple[str, str], run: Trajectory, known: int | None
    ) -> None:
        if known is None:
            known = insert_run(self._db, *name, run, run.succeeded(self._taking.success), weight=0.0)
        new = self._db.run(
            """INSERT INTO sources (procedure_id, trajectory_id, bindings, found) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING""",
            (procedure_id, known, as_json(dict(values.bindings)), as_json(values.found)),
        )
        if new:
            self._add_findings(procedure_id, values, 1)


def _scripts(db: Reader, ids: Sequence[int] | None = None) -> set[tuple[str, str]]:
    """Every script that a procedure here, or one of these, has, had, or was told of by a file: its scope and digest."""
    those, bound = ("", ()) if ids is None else (f"WHERE {db.dialect.within('p.id')}", (list(ids),))
    revisions = db.rows(
        f"SELECT p.scope, r.script FROM revisions r JOIN procedures p ON p.id = r.procedure_id {those}", bound
    )
    imported = db.rows(
        f"SELECT p.scope, i.script FROM imported i JOIN procedures p ON p.id = i.procedure_id {those}", bound
    )
    return {(scope, _digest(script)) for scope, script in revisions} | {(scope, digest) for scope, digest in imported}


def _came(db: Reader, file: str, ids: Sequence[int] | None = None) -> Mapping[tuple[str, str], int]:
    """The procedures, or those of these, that took in words of this file before, by scope and digest of its script."""
    those, more = ("", ()) if ids is None else (f"AND {db.dialect.within('p.id')}", (list(ids),))
    rows = db.rows(
        f"""SELECT p.scope, i.script, p.id FROM imported i JOIN procedures p ON p.id = i.procedure_id
        WHERE i.file = ? AND i.how <> 'noted' {those}""",
        (file, *more),
    )
    return {(scope, script): procedure_id for scope, script, procedure_id in rows}


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


def _builder(builder: Builder) -> Builder:
    """Who wrote a script, as far as a file is believed: the person of another memory speaks for nothing in this one."""
    return "caller" if builder == PERSON else builder
