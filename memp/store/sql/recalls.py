"""The log of recalls: what was shown, what was held out, and which run followed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from memp.domain.procedure import PERSON
from memp.domain.results import KEPT_ANSWERS
from memp.domain.trajectory import Trajectory
from memp.store.records import Asked, Outcome
from memp.store.sql.engine import Part, Transaction
from memp.store.sql.rows import overlap, timestamp
from memp.store.sql.statements import note
from memp.text.keywords import hash_words

LIKE_TASKS = 0.5
"""The share of words from which a recall and a recorded run are taken to be about one task."""

MOST_OPEN = 50
"""Recalls that a new run may be the answer to, the newest."""

SAME_TASK = 0.9
"""The share of words that both have of a task that is asked about again, in hardly other words."""

_DAY = timedelta(days=1)
"""How long a recall waits for a run."""


class SQLRecalls(Part):
    """Recalls of the store."""

    def note_recalls(self, recalls: Sequence[Asked], *, wait: bool, keep: int = KEPT_ANSWERS) -> None:
        with self._db.write(wait=wait) as db:
            for asked in recalls:
                recall_id = db.value(
                    """INSERT INTO recalls (scope, words, context, draw, held, created_at) VALUES (?, ?, ?, ?, ?, ?)
                    RETURNING id""",
                    (asked.scope, asked.words, asked.context, asked.draw, int(asked.held), asked.at),
                )
                db.run_many(
                    """INSERT INTO shown (recall_id, procedure_id, revision, rank, similarity) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT DO NOTHING""",
                    [(recall_id, s.procedure_id, s.revision, rank, s.similarity) for rank, s in enumerate(asked.shown, 1)],
                )  # fmt: skip
                if asked.answer and keep:
                    texts = (recall_id, asked.asked, asked.answer)
                    db.run("INSERT INTO answers (recall_id, asked, answer) VALUES (?, ?, ?)", texts)
                if asked.answer:
                    db.run("DELETE FROM answers WHERE recall_id <= ? AND judged = ''", (recall_id - keep,))

    def open_draw(self, scope: str, words: bytes) -> float | None:
        return self._db.value(
            """SELECT draw FROM recalls WHERE scope = ? AND words = ? AND trajectory_id IS NULL AND draw IS NOT NULL
            AND created_at > ? ORDER BY id DESC LIMIT 1""",
            (scope, words, (datetime.now(UTC) - _DAY).isoformat()),
        )

    def given(self, scope: str, words: bytes, context: str) -> Mapping[int, int]:
        rows = self._db.rows(
            """SELECT r.words, s.procedure_id, s.revision FROM (
                SELECT id, words FROM recalls WHERE scope = ? AND context = ? AND trajectory_id IS NULL AND held = 0
                AND created_at > ? ORDER BY id DESC LIMIT ?) r
            JOIN shown s ON s.recall_id = r.id ORDER BY r.id""",
            (scope, context, (datetime.now(UTC) - _DAY).isoformat(), MOST_OPEN),
        )
        return {procedure: revision for asked, procedure, revision in rows if overlap(words, asked) >= SAME_TASK}

    def times_shown(self, procedure_id: int, since: int) -> Mapping[int, int]:
        return dict(
            self._db.rows(
                """SELECT revision, count(*) FROM shown WHERE procedure_id = ?1 AND recall_id >= coalesce(
                    (SELECT min(recall_id) FROM shown WHERE procedure_id = ?1 AND revision = ?2), 0) GROUP BY 1""",
                (procedure_id, since),
            )
        )

    def judge_answer(self, recall_id: int, judged: str, before: str = "") -> bool:
        action, said = ("judged wrong", judged) if judged else ("judgement taken back", before)
        with self._db.write() as db:
            sql = "UPDATE answers SET judged = ? WHERE recall_id = ? AND judged = ?"
            if not db.run(sql, (judged, recall_id, before)):
                return False
            shown = db.rows("SELECT procedure_id, revision FROM shown WHERE recall_id = ? ORDER BY rank", (recall_id,))
            for procedure_id, revision in shown:
                note(db, PERSON, action, procedure_id, revision, f"recall {recall_id}: {said}", timestamp())
        return True

    def outcomes(self, scopes: Sequence[str] | None = None) -> list[Outcome]:
        where = "" if scopes is None else f"WHERE {self._db.dialect.within('t.scope')}"
        rows = self._db.rows(
            f"""SELECT r.held, t.success, t.length, t.tokens, t.context FROM trajectories t JOIN (
                SELECT trajectory_id, max(held) AS held FROM recalls
                WHERE trajectory_id IS NOT NULL AND draw IS NOT NULL GROUP BY 1) r ON r.trajectory_id = t.id
            {where} ORDER BY t.id""",
            () if scopes is None else (list(scopes),),
        )
        return [
            Outcome(held=bool(held), success=bool(success), steps=steps, tokens=tokens, context=context)
            for held, success, steps, tokens, context in rows
        ]


def answer_recalls(db: Transaction, scope: str, run: Trajectory, trajectory_id: int) -> None:
    """Note of which recalls this run is what came after: those of the day before its end, about a task in the same
    words."""
    words, ended = hash_words(run.task), run.created_at.astimezone(UTC)
    recalls = db.rows(
        """SELECT id, words FROM recalls WHERE scope = ? AND trajectory_id IS NULL
        AND created_at > ? AND created_at <= ? ORDER BY id DESC LIMIT ?""",
        (scope, (ended - _DAY).isoformat(), ended.isoformat(), MOST_OPEN),
    )
    likeness = {asked: overlap(words, asked) for _, asked in recalls}
    best = max(likeness, key=lambda asked: likeness[asked], default=b"")
    if likeness.get(best, 0.0) >= LIKE_TASKS:
        ids = [recall_id for recall_id, asked in recalls if asked == best]
        db.run(f"UPDATE recalls SET trajectory_id = ? WHERE {db.dialect.within('id')}", (trajectory_id, ids))
