"""Keys without a vector: which a run waits for, which are left of others, and who makes those.

Only one retrieval strategy asks for the vectors of key facts, and most keys are facts: they are asked for apart.
"""

from memp.store.processes import is_running, this_process
from memp.store.sql.engine import Part

_NONE_YET = "k.vector_id IS NULL AND k.kind"

_EMBEDDING = "embedding"
"""The name in `meta` of the process that makes the vectors which others left."""


class SQLPending(Part):
    """Keys that wait for their vectors."""

    def pending_keys(self, limit: int, *, facts: bool = True) -> list[tuple[int, str]]:
        # By halves: each has an index of its own, and with facts that nobody asks for there may be many.
        kinds = ("<> 'fact'", "= 'fact'") if facts else ("<> 'fact'",)
        pending: list[tuple[int, str]] = []
        for kind in kinds:
            sql = f"SELECT k.id, k.text FROM keys k WHERE {_NONE_YET} {kind} ORDER BY k.id LIMIT ?"
            pending += [(key_id, text) for key_id, text in self._db.rows(sql, (limit - len(pending),))]
        return pending

    def pending_of(self, trajectory_id: int, *, facts: bool) -> list[tuple[int, str]]:
        kinds = "('task', 'fact')" if facts else "('task')"
        rows = self._db.rows(
            f"""SELECT k.id, k.text FROM keys k WHERE k.vector_id IS NULL AND k.kind = 'run' AND k.owner = ?1
            UNION ALL SELECT k.id, k.text FROM keys k WHERE k.vector_id IS NULL AND k.kind IN {kinds} AND k.owner IN (
                SELECT procedure_id FROM sources WHERE trajectory_id = ?1
                UNION SELECT procedure_id FROM credits WHERE trajectory_id = ?1)
            UNION ALL SELECT k.id, k.text FROM keys k WHERE k.vector_id IS NULL AND k.kind IN ('error', 'failed')
                AND k.owner IN (SELECT pitfall_id FROM sightings WHERE trajectory_id = ?1)
            ORDER BY 1""",
            (trajectory_id,),
        )
        return [(key_id, text) for key_id, text in rows]

    def claim_pending(self) -> bool:
        with self._db.write() as db:
            holder = db.value("SELECT value FROM meta WHERE name = ?", (_EMBEDDING,))
            if holder is not None and is_running(holder):
                return False
            db.run(
                "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (_EMBEDDING, this_process()),
            )
            return True

    def release_pending(self) -> None:
        with self._db.write() as db:
            db.run("DELETE FROM meta WHERE name = ? AND value = ?", (_EMBEDDING, this_process()))
