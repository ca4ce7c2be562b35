"""Forgetting for good: no byte of what is forgotten is left in the file, its indexes or its journal.

Archiving takes a procedure out of recall and keeps it. This is the other thing: a person wants words gone.
"""

import json
from collections.abc import Sequence

import apsw

from memp.errors import NotFoundError
from memp.store.records import MAX_KEY
from memp.store.sql.rows import timestamp
from memp.store.sql.statements import note, require
from memp.store.sqlite.vectors import KeyVectors, rebuild
from memp.text.keywords import hash_words

_IN = "IN (SELECT value FROM json_each(?))"


class Forgetting(KeyVectors):
    """Deletion of procedures and runs, with all that was derived from them."""

    def runs_of(self, procedure_ids: Sequence[int]) -> list[int]:
        """The runs that these procedures alone were built from, used by, or whose pitfalls they met."""
        wanted = json.dumps(list(procedure_ids))
        rows = self._db.read(
            f"""WITH links (procedure_id, trajectory_id) AS (
                SELECT procedure_id, trajectory_id FROM sources UNION SELECT procedure_id, trajectory_id FROM credits
                UNION SELECT p.procedure_id, s.trajectory_id FROM sightings s JOIN pitfalls p ON p.id = s.pitfall_id
                WHERE p.procedure_id IS NOT NULL)
            SELECT DISTINCT trajectory_id FROM links WHERE procedure_id {_IN} AND trajectory_id NOT IN (
                SELECT trajectory_id FROM links WHERE procedure_id NOT {_IN}) ORDER BY 1""",
            (wanted, wanted),
        )
        return [row[0] for row in rows]

    def forget(self, procedure_ids: Sequence[int], trajectory_ids: Sequence[int]) -> None:
        with self._db.write() as db:
            require(db, procedure_ids, None)
            for trajectory_id in trajectory_ids:
                if db.execute("SELECT 1 FROM trajectories WHERE id = ?", (trajectory_id,)).get is None:
                    raise NotFoundError(
                        f"There is no trajectory t{trajectory_id} in this memory; nothing was forgotten."
                    )
            _uncount_findings(db, procedure_ids, trajectory_ids)
            _forget_words(db, trajectory_ids)
            _forget_runs(db, trajectory_ids)
            _forget_procedures(db, procedure_ids)
            _forget_pitfalls_nobody_met(db)
            _recount(db)
            for procedure_id in procedure_ids:
                note(db, "person", "forgotten", procedure_id, None, "", timestamp())
            # In the same transaction, as an index that lost its keys is a fault of the file.
            rebuild(db)
        self.scrub()

    def scrub(self) -> None:
        self._db.scrub()


def _uncount_findings(db: apsw.Connection, procedure_ids: Sequence[int], trajectory_ids: Sequence[int]) -> None:
    """Take what these runs found out from the counts of their scope."""
    rows = db.execute(
        f"""SELECT p.scope, s.found, t.weight, p.id FROM sources s JOIN procedures p ON p.id = s.procedure_id
        JOIN trajectories t ON t.id = s.trajectory_id WHERE s.procedure_id {_IN} OR s.trajectory_id {_IN}""",
        (json.dumps(list(procedure_ids)), json.dumps(list(trajectory_ids))),
    ).fetchall()
    for scope, found, weight, procedure_id in rows:
        counted = ("findings", "scope", scope) if weight else ("imported_findings", "procedure_id", procedure_id)
        for about, value in json.loads(str(found)):
            db.execute(
                f"UPDATE {counted[0]} SET runs = runs - 1 WHERE {counted[1]} = ? AND about = ? AND value = ?",
                (counted[2], about, value),
            )
    for table in ("findings", "imported_findings"):
        db.execute(f"DELETE FROM {table} WHERE runs <= 0")


def _forget_words(db: apsw.Connection, ids: Sequence[int]) -> None:
    """Take the words of these runs from what stays: keys of their tasks that no other run put, and the errors that
    revisions were made for."""
    wanted = json.dumps(list(ids))
    _forget_tasks(db, "task", "sources", "procedure_id", wanted)
    _forget_tasks(db, "failed", "sightings", "pitfall_id", wanted)
    # Facts stand in the task key they came with; those of no key left go with it.
    db.execute(
        f"""DELETE FROM keys WHERE kind = 'fact' AND owner IN (SELECT procedure_id FROM sources WHERE trajectory_id {_IN})
        AND NOT EXISTS (SELECT 1 FROM keys k WHERE k.kind = 'task' AND k.owner = keys.owner
            AND instr(char(10) || k.extra || char(10), char(10) || keys.text || char(10)))""",
        (wanted,),
    )
    # A remedy stays with a pitfall that others met where it stands in one of their runs.
    for column in ("instead", "consequence"):
        db.execute(
            f"""UPDATE pitfalls SET {column} = '' WHERE id IN (SELECT pitfall_id FROM sightings WHERE trajectory_id {_IN})
            AND NOT EXISTS (SELECT 1 FROM sightings s JOIN trajectories t ON t.id = s.trajectory_id
                WHERE s.pitfall_id = pitfalls.id AND t.id NOT {_IN} AND instr(t.steps, pitfalls.{column}))""",
            (wanted, wanted),
        )
    for trajectory_id in ids:
        told = f"* t{trajectory_id}:*"
        db.execute("UPDATE revisions SET reason = '' WHERE reason GLOB ?", (told,))
        db.execute("UPDATE audit SET detail = '' WHERE detail GLOB ?", (told,))


def _forget_tasks(db: apsw.Connection, kind: str, links: str, owner: str, wanted: str) -> None:
    """Delete the keys that are tasks of these runs and of no other run of their owner."""
    db.execute(
        f"""DELETE FROM keys WHERE kind = '{kind}'
        AND EXISTS (SELECT 1 FROM {links} l JOIN trajectories t ON t.id = l.trajectory_id
            WHERE l.{owner} = keys.owner AND t.id {_IN} AND substr(t.task, 1, {MAX_KEY}) = keys.text)
        AND NOT EXISTS (SELECT 1 FROM {links} l JOIN trajectories t ON t.id = l.trajectory_id
            WHERE l.{owner} = keys.owner AND t.id NOT {_IN} AND substr(t.task, 1, {MAX_KEY}) = keys.text)""",
        (wanted, wanted),
    )


def _forget_runs(db: apsw.Connection, ids: Sequence[int]) -> None:
    wanted = json.dumps(list(ids))
    # Look-ups in the words of a run go with it, answered or not: hashes of words can be guessed.
    tasks = db.execute(f"SELECT DISTINCT task FROM trajectories WHERE id {_IN}", (wanted,)).fetchall()
    asked = [
        row[0]
        for (task,) in tasks
        for row in db.execute("SELECT id FROM recalls WHERE words = ?", (hash_words(str(task)),))
    ]
    asked += [row[0] for row in db.execute(f"SELECT id FROM recalls WHERE trajectory_id {_IN}", (wanted,))]
    db.execute(f"DELETE FROM shown WHERE recall_id {_IN}", (json.dumps(asked),))
    db.execute(f"DELETE FROM recalls WHERE id {_IN}", (json.dumps(asked),))
    for table in ("sources", "credits", "sightings"):
        db.execute(f"DELETE FROM {table} WHERE trajectory_id {_IN}", (wanted,))
    db.execute(f"DELETE FROM keys WHERE kind = 'run' AND owner {_IN}", (wanted,))
    db.execute(f"DELETE FROM trajectories WHERE id {_IN}", (wanted,))


def _forget_procedures(db: apsw.Connection, ids: Sequence[int]) -> None:
    wanted = json.dumps(list(ids))
    for table in (
        "sources", "credits", "shown", "revisions", "imported", "imported_bindings", "imported_findings",
    ):  # fmt: skip
        db.execute(f"DELETE FROM {table} WHERE procedure_id {_IN}", (wanted,))
    _forget_pitfalls(db, f"procedure_id {_IN}", (wanted,))
    db.execute(f"DELETE FROM keys WHERE kind IN ('task', 'fact') AND owner {_IN}", (wanted,))
    db.execute(f"UPDATE audit SET detail = '' WHERE procedure_id {_IN}", (wanted,))
    db.execute(f"DELETE FROM procedures WHERE id {_IN}", (wanted,))


def _forget_pitfalls_nobody_met(db: apsw.Connection) -> None:
    _forget_pitfalls(db, "NOT imported AND id NOT IN (SELECT pitfall_id FROM sightings)", ())


def _forget_pitfalls(db: apsw.Connection, where: str, bindings: tuple[str, ...]) -> None:
    ids = json.dumps([row[0] for row in db.execute(f"SELECT id FROM pitfalls WHERE {where}", bindings)])
    db.execute(f"DELETE FROM sightings WHERE pitfall_id {_IN}", (ids,))
    db.execute(f"DELETE FROM keys WHERE kind IN ('error', 'failed') AND owner {_IN}", (ids,))
    db.execute(f"DELETE FROM pitfalls WHERE id {_IN}", (ids,))


def _recount(db: apsw.Connection) -> None:
    """Counts of procedures as their rows have them."""
    db.execute(
        """UPDATE procedures SET
            uses = (SELECT count(*) FROM credits WHERE procedure_id = procedures.id),
            successes = (SELECT coalesce(sum(success), 0) FROM credits WHERE procedure_id = procedures.id),
            outside = (SELECT count(*) FROM trajectories t WHERE t.outside AND t.success AND t.id IN (
                SELECT trajectory_id FROM sources WHERE procedure_id = procedures.id
                UNION SELECT trajectory_id FROM credits WHERE procedure_id = procedures.id))"""
    )
