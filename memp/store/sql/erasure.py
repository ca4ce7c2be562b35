"""Erasure: delete procedures and runs for good, so that no byte of them is left in the file, its indexes or its journal.

Archiving takes a procedure out of recall and keeps it. This is the other thing: a person wants words gone.
"""

import json
from collections.abc import Mapping, Sequence

from memp.domain.procedure import PERSON
from memp.errors import NotFoundError
from memp.store.records import MAX_KEY
from memp.store.sql.engine import Part, Transaction
from memp.store.sql.origins import WITNESS, requarantine
from memp.store.sql.rows import holds, timestamp
from memp.store.sql.statements import note, note_alone, require
from memp.text.keywords import hash_words

_LINE = "'\n'"
"""A line's end, in SQL."""


class SQLErasure(Part):
    """Deletion of procedures and runs, with all that was derived from them."""

    def forget(self, procedure_ids: Sequence[int], trajectory_ids: Sequence[int]) -> None:
        procedures, runs = list(procedure_ids), list(trajectory_ids)
        with self._db.write() as db:
            require(db, procedures, None)
            _require_runs(db, runs)
            _uncount_findings(db, procedures, runs)
            _forget_answers(db, procedures, runs)
            _forget_words(db, runs)
            _forget_runs(db, runs)
            _forget_procedures(db, procedures)
            _forget_pitfalls_nobody_met(db)
            _forget_vectors(db)
            _recount(db)
            note_alone(db)
            for procedure_id in procedures:
                note(db, PERSON, "forgotten", procedure_id, None, "", timestamp())
            # In the same transaction, as an index that lost its keys is a fault of the file.
            self._index.rebuild(db)
        self.scrub()

    def withdraw(self, runs: Mapping[int, str], relinked: Mapping[int, int]) -> None:
        ids, now = [*runs], timestamp()
        with self._db.write() as db:
            _require_runs(db, ids)
            within = db.dialect.within
            _uncount_findings(db, [], ids)
            _forget_tasks(db, "task", "sources", "procedure_id", ids)
            _forget_tasks(db, "failed", "sightings", "pitfall_id", ids)
            for table in ("sources", "credits", "sightings", "unfinished"):
                db.run(f"DELETE FROM {table} WHERE {within('trajectory_id')}", (ids,))
            for procedure_id, source in relinked.items():
                db.run("DELETE FROM sources WHERE procedure_id = ? AND trajectory_id = ?", (procedure_id, source))
            db.run(f"DELETE FROM keys WHERE kind = 'run' AND {within('owner')}", (ids,))
            db.run(f"UPDATE procedures SET first_run = NULL WHERE {within('first_run')}", (ids,))
            db.run(f"UPDATE trajectories SET weight = 0, outside = 0, success = 0 WHERE {within('id')}", (ids,))
            _forget_pitfalls_nobody_met(db)
            _forget_vectors(db)
            _recount(db)
            note_alone(db)
            for line in runs.values():
                note(db, PERSON, "revoked", None, None, line, now)
            self._index.rebuild(db)

    def forget_answer(self, recall_id: int) -> None:
        with self._db.write() as db:
            # Hashes of words can be guessed.
            if not db.run("UPDATE recalls SET words = ? WHERE id = ?", (b"", recall_id)):
                raise NotFoundError(f"There is no recall {recall_id} in this memory; nothing was forgotten.")
            db.run("DELETE FROM answers WHERE recall_id = ?", (recall_id,))
            said = f"recall {recall_id}: "
            db.run("UPDATE audit SET detail = '' WHERE substr(detail, 1, ?) = ?", (len(said), said))
        self.scrub()

    def scrub(self) -> None:
        self._db.scrub()


def _require_runs(db: Transaction, ids: list[int]) -> None:
    known = {row[0] for row in db.rows(f"SELECT id FROM trajectories WHERE {db.dialect.within('id')}", (ids,))}
    for trajectory_id in ids:
        if trajectory_id not in known:
            raise NotFoundError(f"There is no trajectory t{trajectory_id} in this memory; nothing was forgotten.")


def _uncount_findings(db: Transaction, procedures: list[int], runs: list[int]) -> None:
    """Take what these runs found out from the counts of their scope."""
    within = db.dialect.within
    rows = db.rows(
        f"""SELECT p.scope, s.found, t.weight, p.id FROM sources s JOIN procedures p ON p.id = s.procedure_id
        JOIN trajectories t ON t.id = s.trajectory_id
        WHERE {within("s.procedure_id")} OR {within("s.trajectory_id")}""",
        (procedures, runs),
    )
    for scope, findings, weight, procedure_id in rows:
        counted = ("findings", "scope", scope) if weight else ("imported_findings", "procedure_id", procedure_id)
        for about, value in json.loads(findings):
            db.run(
                f"UPDATE {counted[0]} SET runs = runs - 1 WHERE {counted[1]} = ? AND about = ? AND value = ?",
                (counted[2], about, value),
            )
    for table in ("findings", "imported_findings"):
        db.run(f"DELETE FROM {table} WHERE runs <= 0")


def _forget_words(db: Transaction, runs: list[int]) -> None:
    """Take the words of these runs from what stays: keys of their tasks that no other run put, and the errors that
    revisions were made for."""
    theirs = db.dialect.within("trajectory_id", "?1")
    _forget_tasks(db, "task", "sources", "procedure_id", runs)
    _forget_tasks(db, "failed", "sightings", "pitfall_id", runs)
    # Facts stand in the task key they came with; those of no key left go with it.
    has_line = holds(f"({_LINE} || k.extra || {_LINE})", f"{_LINE} || keys.text || {_LINE}")
    db.run(
        f"""DELETE FROM keys WHERE kind = 'fact' AND owner IN (SELECT procedure_id FROM sources WHERE {theirs})
        AND NOT EXISTS (SELECT 1 FROM keys k WHERE k.kind = 'task' AND k.owner = keys.owner AND {has_line})""",
        (runs,),
    )
    # A remedy stays with a pitfall that others met where it stands in one of their runs.
    for column in ("instead", "consequence"):
        db.run(
            f"""UPDATE pitfalls SET {column} = '' WHERE id IN (SELECT pitfall_id FROM sightings WHERE {theirs})
            AND NOT EXISTS (SELECT 1 FROM sightings s JOIN trajectories t ON t.id = s.trajectory_id
                WHERE s.pitfall_id = pitfalls.id AND NOT ({db.dialect.within("t.id", "?1")})
                AND {holds("t.steps", f"pitfalls.{column}")})""",
            (runs,),
        )
    for trajectory_id in runs:
        named = f" t{trajectory_id}:"
        db.run(f"UPDATE revisions SET reason = '' WHERE {holds('reason', '?')}", (named,))
        db.run(f"UPDATE audit SET detail = '' WHERE {holds('detail', '?')}", (named,))


def _forget_tasks(db: Transaction, kind: str, links: str, owner: str, runs: list[int]) -> None:
    """Delete the keys that are tasks of these runs and of no other run of their owner."""
    theirs = db.dialect.within("t.id", "?1")
    task = f"""SELECT 1 FROM {links} l JOIN trajectories t ON t.id = l.trajectory_id
        WHERE l.{owner} = keys.owner AND substr(t.task, 1, {MAX_KEY}) = keys.text"""
    db.run(
        f"""DELETE FROM keys WHERE kind = '{kind}' AND EXISTS ({task} AND {theirs})
        AND NOT EXISTS ({task} AND NOT ({theirs}))""",
        (runs,),
    )


def _forget_answers(db: Transaction, procedures: list[int], runs: list[int]) -> None:
    """Delete the answers that were given since the first of these was there, where it could be seen: any may quote one, as an
    example or of an error."""
    within = db.dialect.within
    first = db.rows(
        f"""SELECT scope, min(created_at) FROM (SELECT scope, created_at FROM procedures WHERE {within("id")}
        UNION ALL SELECT scope, created_at FROM trajectories WHERE {within("id")}) AS forgotten GROUP BY scope""",
        (procedures, runs),
    )
    for scope, since in first:
        db.run(
            """DELETE FROM answers WHERE recall_id IN (
                SELECT id FROM recalls WHERE created_at >= ?1 AND (scope = ?2 OR ?2 = ''))""",
            (since, scope),
        )


def _forget_runs(db: Transaction, runs: list[int]) -> None:
    theirs = db.dialect.within("trajectory_id")
    # Look-ups in the words of a run go with it, answered or not: hashes of words can be guessed.
    tasks = db.rows(f"SELECT DISTINCT task FROM trajectories WHERE {db.dialect.within('id')}", (runs,))
    asked = [
        row[0]
        for (task,) in tasks
        for row in db.rows("SELECT id FROM recalls WHERE words = ?", (hash_words(task),))
    ]  # fmt: skip
    asked += [row[0] for row in db.rows(f"SELECT id FROM recalls WHERE {theirs}", (runs,))]
    db.run(f"DELETE FROM answers WHERE {db.dialect.within('recall_id')}", (asked,))
    db.run(f"DELETE FROM shown WHERE {db.dialect.within('recall_id')}", (asked,))
    db.run(f"DELETE FROM recalls WHERE {db.dialect.within('id')}", (asked,))
    for table in ("sources", "credits", "sightings", "unfinished"):
        db.run(f"DELETE FROM {table} WHERE {theirs}", (runs,))
    db.run(f"DELETE FROM keys WHERE kind = 'run' AND {db.dialect.within('owner')}", (runs,))
    db.run(f"DELETE FROM trajectories WHERE {db.dialect.within('id')}", (runs,))


def _forget_procedures(db: Transaction, procedures: list[int]) -> None:
    theirs = db.dialect.within("procedure_id")
    for table in (
        "sources", "credits", "shown", "decisions", "revisions", "imported", "imported_bindings", "imported_findings",
    ):  # fmt: skip
        db.run(f"DELETE FROM {table} WHERE {theirs}", (procedures,))
    _forget_pitfalls(db, [row[0] for row in db.rows(f"SELECT id FROM pitfalls WHERE {theirs}", (procedures,))])
    db.run(f"DELETE FROM keys WHERE kind IN ('task', 'fact') AND {db.dialect.within('owner')}", (procedures,))
    db.run(f"UPDATE audit SET detail = '' WHERE {theirs}", (procedures,))
    db.run(f"DELETE FROM procedures WHERE {db.dialect.within('id')}", (procedures,))


def _forget_pitfalls_nobody_met(db: Transaction) -> None:
    unmet = "SELECT id FROM pitfalls WHERE imported = 0 AND id NOT IN (SELECT pitfall_id FROM sightings)"
    _forget_pitfalls(db, [row[0] for row in db.rows(unmet)])


def _forget_pitfalls(db: Transaction, pitfalls: list[int]) -> None:
    db.run(f"DELETE FROM sightings WHERE {db.dialect.within('pitfall_id')}", (pitfalls,))
    db.run(f"DELETE FROM keys WHERE kind IN ('error', 'failed') AND {db.dialect.within('owner')}", (pitfalls,))
    db.run(f"DELETE FROM pitfalls WHERE {db.dialect.within('id')}", (pitfalls,))


def _forget_vectors(db: Transaction) -> None:
    """Delete the vectors of texts that no key has any more."""
    db.run("DELETE FROM vectors WHERE id NOT IN (SELECT vector_id FROM keys WHERE vector_id IS NOT NULL)")


def _recount(db: Transaction) -> None:
    """Counts of procedures as their rows have them."""
    db.run(
        f"""UPDATE procedures SET
            uses = (SELECT count(*) FROM credits WHERE procedure_id = procedures.id),
            successes = (SELECT coalesce(sum(success), 0) FROM credits WHERE procedure_id = procedures.id),
            outside = (SELECT count(DISTINCT {WITNESS}) FROM trajectories t WHERE t.outside = 1 AND t.success = 1 AND t.id IN (
                SELECT trajectory_id FROM sources WHERE procedure_id = procedures.id
                UNION SELECT trajectory_id FROM credits WHERE procedure_id = procedures.id))"""
    )
    requarantine(db)
