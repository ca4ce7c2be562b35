"""Distillation: the queue of procedures by rule that wait for a language model, and what it wrote of them."""

from collections.abc import Mapping, Sequence

from memp.domain.procedure import Draft, RevisionState, Script
from memp.errors import NotFoundError, RevisedMeanwhileError
from memp.store.records import Key
from memp.store.sql.engine import Part
from memp.store.sql.rows import timestamp
from memp.store.sql.statements import add_keys, add_revision, make_current, note, rename_parameters

NOT_WRITTEN = "not written"
"""The action of the audit log by which a model's vain try is known."""

_BY_RULE = """p.status = 'active' AND p.tier <> 'pinned' AND p.trial IS NULL AND r.builder = 'extractive'
    AND EXISTS (SELECT 1 FROM sources s WHERE s.procedure_id = p.id)
    AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.procedure_id = p.id AND a.actor = 'person'
        AND a.action IN ('validated', 'pinned', 'promoted', 'set revision'))"""
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
