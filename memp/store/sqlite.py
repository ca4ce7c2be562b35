"""The store on SQLite: rows in ordinary tables, vec0 and FTS5 over them, in one file and in the same transactions."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from memp.embed import Identity, Vectors
from memp.errors import NotFoundError, RevisedMeanwhileError
from memp.procedure import Builder, Draft, Pitfall, Procedure, Revision, Script
from memp.store import Event, Hit, Key, KeyKind, KnownPitfall, Put, Recorded, Stats, check_embedder, plain
from memp.store.database import Database
from memp.store.rows import check_vectors, quoted, timestamp, to_blob, to_hit, to_procedure
from memp.store.writes import add_findings, add_revision, credit, require
from memp.trajectory import Evidence, Provenance, Step, Trajectory

MOST_TWINS = 50
"""Procedures with the same chain of steps that a new one is compared with, the oldest first."""

VEC_CHUNK = 64
"""Vectors in one vec0 chunk. Each (scope, kind) reserves at least one: 64 x 384 floats are 98 kB, the default 1.5 MB."""

_PROCEDURE = """
    SELECT p.id, p.scope, p.revision, r.script, r.builder, p.tier, p.status, p.uses, p.successes,
           (SELECT json_group_array(trajectory_id) FROM sources WHERE procedure_id = p.id),
           p.created_at, p.updated_at
    FROM procedures p JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
"""
_HIT = "k.owner, k.text, k.extra, k.template"
_ACTIVE_KEY = """
    (k.kind NOT IN ('task', 'fact') OR EXISTS (SELECT 1 FROM procedures WHERE id = k.owner AND status = 'active'))
"""


class SQLiteStore:
    """The `Store` on one SQLite file. Safe to use from several threads, and from several processes at once.

    Raises:
        StoreError: the file cannot be used; the sentence says why and what to do.
    """

    def __init__(self, path: Path, *, busy_timeout: float = 5.0, read_only: bool = False) -> None:
        self._db = Database(path, busy_timeout=busy_timeout, read_only=read_only)

    @property
    def path(self) -> Path:
        return self._db.path

    @property
    def read_only(self) -> bool:
        return self._db.read_only

    def close(self) -> None:
        self._db.close()

    # Retrieve

    def identity(self) -> Identity | None:
        rows = self._db.read("SELECT value FROM meta WHERE name = 'embedder'")
        return Identity.model_validate_json(rows[0][0]) if rows else None

    def nearest(self, kind: KeyKind, vector: Vectors, scopes: Sequence[str], limit: int) -> list[Hit]:
        if self.identity() is None:
            return []
        blob = to_blob(vector)
        found: list[tuple[int, float]] = []
        for scope in dict.fromkeys(scopes):
            rows = self._db.read(
                "SELECT key_id, distance FROM keys_vec WHERE embedding MATCH ? AND k = ? AND scope = ? AND kind = ?",
                (blob, limit, scope, kind),
            )
            found += [(int(key_id), 1.0 - float(distance)) for key_id, distance in rows]
        best = sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]
        texts = {
            row[0]: row[1:]
            for row in self._db.read(
                f"SELECT k.id, {_HIT} FROM keys k WHERE k.id IN (SELECT value FROM json_each(?))",
                (json.dumps([key_id for key_id, _ in best]),),
            )
        }
        return [to_hit(texts[key_id], similarity) for key_id, similarity in best if key_id in texts]

    def lexical(
        self, kind: KeyKind, terms: Sequence[str], scopes: Sequence[str], limit: int, vector: Vectors | None = None
    ) -> list[Hit]:
        if not terms:
            return []
        blob = None if vector is None or self.identity() is None else to_blob(vector)
        rows = self._db.read(
            f"""SELECT {_HIT}, iif(?1 IS NULL OR k.vector IS NULL, NULL, 1 - vec_distance_cosine(k.vector, ?1))
            FROM keys_fts f JOIN keys k ON k.id = f.rowid
            WHERE keys_fts MATCH ?2 AND k.kind = ?3 AND k.scope IN (SELECT value FROM json_each(?4)) AND {_ACTIVE_KEY}
            ORDER BY bm25(keys_fts), k.id LIMIT ?5""",
            (blob, " OR ".join(quoted(term) for term in terms), kind, json.dumps(list(scopes)), limit),
        )
        return [to_hit(row, row[4]) for row in rows]

    def fact_vectors(self, owners: Sequence[int]) -> Mapping[int, Vectors]:
        found: dict[int, list[Vectors]] = {}
        for owner, blob in self._db.read(
            """SELECT owner, vector FROM keys WHERE kind = 'fact' AND vector IS NOT NULL
            AND owner IN (SELECT value FROM json_each(?)) ORDER BY id""",
            (json.dumps(list(owners)),),
        ):
            found.setdefault(owner, []).append(np.frombuffer(blob, dtype=np.float32))
        return {owner: np.stack(vectors) for owner, vectors in found.items()}

    def document_frequency(self, terms: Sequence[str]) -> tuple[Mapping[str, int], int]:
        counts = self._db.read(
            "SELECT term, doc FROM keys_terms WHERE term IN (SELECT value FROM json_each(?))",
            (json.dumps(list(terms)),),
        )
        return dict(counts), int(self._db.read("SELECT count(*) FROM keys WHERE kind <> 'fact'")[0][0])

    # Read

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
                     created_at=datetime.fromisoformat(at))
            for number, script, builder, reason, at in self._db.read(
                "SELECT number, script, builder, reason, created_at FROM revisions WHERE procedure_id = ? ORDER BY number",
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
            f"""SELECT j.key, j.value, count(*) AS runs FROM sources s, json_each(s.bindings) j
            WHERE s.procedure_id = ?{agree} GROUP BY 1, 2 ORDER BY runs DESC, j.value""",
            [procedure_id, *(part for name, value in bound.items() for part in (f'$."{name}"', value))],
        )
        counts: dict[str, list[tuple[str, int]]] = {}
        for name, value, runs in rows:
            counts.setdefault(name, []).append((value, runs))
        return counts

    def findings(self, abouts: Sequence[str], scopes: Sequence[str]) -> Mapping[str, list[tuple[str, int]]]:
        rows = self._db.read(
            """SELECT about, value, sum(runs) AS runs FROM findings WHERE about IN (SELECT value FROM json_each(?))
            AND scope IN (SELECT value FROM json_each(?)) GROUP BY 1, 2 ORDER BY runs DESC, value""",
            (json.dumps(list(abouts)), json.dumps(list(scopes))),
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

    def closest_run(self, procedure_id: int, task: str) -> int | None:
        rows = self._db.read(
            """SELECT t.id FROM sources s JOIN trajectories t ON t.id = s.trajectory_id WHERE s.procedure_id = ?
            ORDER BY substr(t.task, 1, ?) = ? DESC, t.id DESC LIMIT 1""",
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

    def standing(self, procedure_id: int) -> tuple[int, int]:
        rows = self._db.read(
            """SELECT count(*), coalesce(sum(c.success), 0) FROM credits c JOIN procedures p ON p.id = c.procedure_id
            WHERE p.id = ? AND c.revision = p.revision""",
            (procedure_id,),
        )
        return rows[0][0], rows[0][1]

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
        size = sum(p.stat().st_size for p in (self.path, Path(f"{self.path}-wal")) if p.exists())
        return Stats(**dict(zip(names, row, strict=True)), identity=self.identity(), bytes=size)

    def check(self) -> list[str]:
        """What is wrong with the file, in sentences; empty when nothing is."""
        faults = [f"SQLite: {row[0]}" for row in self._db.read("PRAGMA quick_check(5)") if row[0] != "ok"]
        if self.identity() is not None:
            indexed = self._db.read("SELECT count(*) FROM keys_vec")[0][0]
            expected = self._db.read(
                f"SELECT count(*) FROM keys k WHERE k.vector IS NOT NULL AND {_ACTIVE_KEY}"
            )[0][0]  # fmt: skip
            if indexed != expected:
                faults.append(
                    f"The vector index has {indexed} entries for {expected} keys: run `memp doctor --repair`."
                )
        # Of the word index, quick_check sees what it is made of, and this which keys it covers.
        missing, left = self._db.read(
            """SELECT
                (SELECT count(*) FROM keys WHERE kind <> 'fact' AND id NOT IN (SELECT rowid FROM keys_fts)),
                (SELECT count(*) FROM keys_fts WHERE rowid NOT IN (SELECT id FROM keys WHERE kind <> 'fact'))"""
        )[0]
        if missing or left:
            faults.append(
                f"The word index lacks {missing} keys and has {left} that are none: run `memp doctor --repair`."
            )
        return faults

    # Update

    def add_trajectory(self, scope: str, trajectory: Trajectory, used: Sequence[int], success: bool) -> Recorded:
        steps = json.dumps([s.model_dump(exclude_none=True) for s in trajectory.steps], ensure_ascii=False)
        digest, now = trajectory.digest(), timestamp()
        with self._db.write() as db:
            require(db, used, (scope, ""))
            known = db.execute("SELECT id FROM trajectories WHERE scope = ? AND digest = ?", (scope, digest)).get
            if known is None:
                db.execute(
                    """INSERT INTO trajectories (scope, digest, task, steps, reward, success, evidence, provenance,
                    tokens, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                    (scope, digest, trajectory.task, steps, trajectory.reward, int(success),
                     trajectory.evidence.model_dump_json(),
                     trajectory.provenance.model_dump_json(exclude_none=True), trajectory.tokens,
                     trajectory.created_at.isoformat()),
                )  # fmt: skip
            trajectory_id = db.last_insert_rowid() if known is None else int(known)
            credited = [i for i in dict.fromkeys(used) if credit(db, i, trajectory_id, success, now)]
        return Recorded(id=trajectory_id, new=known is None, credited=tuple(credited))

    def put(
        self,
        scope: str,
        draft: Draft,
        trajectory_id: int,
        signature: str,
        keys: Sequence[Key],
        *,
        twin: Callable[[Script], bool] | None = None,
    ) -> Put:
        now = timestamp()
        with self._db.write() as db:
            merged = None if twin is None else self._twin(db, scope, signature, twin)
            if merged is not None:
                procedure_id = merged
                db.execute("UPDATE procedures SET updated_at = ? WHERE id = ?", (now, procedure_id))
            else:
                db.execute(
                    "INSERT INTO procedures (scope, revision, signature, created_at, updated_at) VALUES (?, 1, ?, ?, ?)",
                    (scope, signature, now, now),
                )
                procedure_id = db.last_insert_rowid()
                add_revision(db, procedure_id, 1, draft.script, draft.builder, f"built from t{trajectory_id}", now)
            db.execute(
                "INSERT OR IGNORE INTO sources (procedure_id, trajectory_id, bindings) VALUES (?, ?, ?)",
                (procedure_id, trajectory_id, json.dumps(dict(draft.bindings), ensure_ascii=False)),
            )
            if db.changes():
                add_findings(db, scope, draft)
            self._add_keys(db, scope, procedure_id, keys)
        return Put(id=procedure_id, merged=merged is not None)

    def _twin(
        self, db: apsw.Connection, scope: str, signature: str, accepts: Callable[[Script], bool]
    ) -> int | None:  # fmt: skip
        rows = db.execute(
            """SELECT p.id, r.script FROM procedures p JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
            WHERE p.scope = ? AND p.signature = ? AND p.status = 'active' ORDER BY p.id LIMIT ?""",
            (scope, signature, MOST_TWINS),
        )
        return next((int(str(i)) for i, script in rows if accepts(Script.model_validate_json(str(script)))), None)

    def revise(
        self, procedure_id: int, made_from: int, script: Script, builder: Builder, reason: str, signature: str,
        keys: Sequence[Key],
    ) -> int:  # fmt: skip
        now = timestamp()
        with self._db.write() as db:
            row = db.execute("SELECT scope, revision, status FROM procedures WHERE id = ?", (procedure_id,)).fetchone()
            if row is None:
                raise NotFoundError(f"There is no procedure p{procedure_id} in this memory.")
            scope, current, status = row
            if current != made_from:
                raise RevisedMeanwhileError(
                    f"p{procedure_id} was revised meanwhile (revision {current}, yours was made from {made_from}): "
                    "recall it again and revise that."
                )
            last = db.execute("SELECT max(number) FROM revisions WHERE procedure_id = ?", (procedure_id,)).get
            number = int(last) + 1
            add_revision(db, procedure_id, number, script, builder, reason, now)
            db.execute(
                """UPDATE procedures SET revision = ?, signature = ?, status = 'active', reason = '', updated_at = ?
                WHERE id = ?""",
                (number, signature, now, procedure_id),
            )
            if status == "archived" and _identity(db) is not None:
                kept = "SELECT id FROM keys WHERE owner = ? AND kind IN ('task', 'fact') AND vector IS NOT NULL"
                _index(db, [int(str(key[0])) for key in db.execute(kept, (procedure_id,)).fetchall()])
            self._add_keys(db, scope, procedure_id, keys)
        return number

    def add_pitfall(
        self, scope: str, procedure_id: int | None, trajectory_id: int, pitfall: Pitfall, keys: Sequence[Key]
    ) -> int:
        with self._db.write() as db:
            known = db.execute(
                """SELECT id FROM pitfalls WHERE scope = ? AND procedure_id IS ? AND trigger = ?
                AND (instead = ? OR instead = '' OR ? = '')""",
                (scope, procedure_id, pitfall.trigger, pitfall.instead, pitfall.instead),
            ).get
            if known is None:
                db.execute(
                    """INSERT INTO pitfalls (scope, procedure_id, trigger, consequence, instead, created_at)
                    VALUES (?, ?, ?, ?, ?, ?)""",
                    (scope, procedure_id, pitfall.trigger, pitfall.consequence, pitfall.instead, timestamp()),
                )
                pitfall_id = db.last_insert_rowid()
            else:
                pitfall_id = int(known)
                db.execute(
                    """UPDATE pitfalls SET instead = iif(instead = '', ?, instead),
                    consequence = iif(consequence = '', ?, consequence) WHERE id = ?""",
                    (pitfall.instead, pitfall.consequence, pitfall_id),
                )
            db.execute(
                "INSERT OR IGNORE INTO sightings (pitfall_id, trajectory_id) VALUES (?, ?)", (pitfall_id, trajectory_id)
            )
            self._add_keys(db, scope, pitfall_id, keys)
        return pitfall_id

    def archive(self, procedure_id: int, reason: str) -> None:
        with self._db.write() as db:
            require(db, [procedure_id], None)
            db.execute(
                "UPDATE procedures SET status = 'archived', reason = ?, updated_at = ? WHERE id = ?",
                (reason, timestamp(), procedure_id),
            )
            if _identity(db) is not None:
                db.execute(
                    "DELETE FROM keys_vec WHERE key_id IN (SELECT id FROM keys WHERE kind IN ('task', 'fact') AND owner = ?)",
                    (procedure_id,),
                )

    def note_recalls(self, events: Sequence[Event], *, wait: bool) -> None:
        with self._db.write(wait=wait) as db:
            db.executemany(
                "INSERT INTO recalls (procedure_id, rank, similarity, created_at) VALUES (?, ?, ?, ?)",
                [(event.procedure_id, event.rank, event.similarity, event.at) for event in events],
            )

    # Vectors

    def pending_keys(self, limit: int) -> list[tuple[int, str]]:
        return [
            (int(key_id), text)
            for key_id, text in self._db.read(
                "SELECT id, text FROM keys WHERE vector IS NULL ORDER BY id LIMIT ?", (limit,)
            )
        ]

    def known_vectors(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        rows = self._db.read(
            """SELECT text, vector FROM keys WHERE vector IS NOT NULL AND text IN (SELECT value FROM json_each(?))
            GROUP BY text""",
            (json.dumps(list(texts)),),
        )
        return {text: np.frombuffer(blob, dtype=np.float32) for text, blob in rows}

    def set_vectors(self, identity: Identity, ids: Sequence[int], vectors: Vectors) -> None:
        check_vectors(vectors, (len(ids), identity.dimension))
        with self._db.write() as db:
            stored = _identity(db)
            if stored is None:
                _make_index(db, identity)
            else:
                check_embedder(stored, identity)
            for key_id, vector in zip(ids, vectors, strict=True):
                blob = to_blob(vector)
                db.execute("UPDATE keys SET vector = ? WHERE id = ? AND vector IS NULL", (blob, key_id))
                # Another process may have been faster; vec0 knows no upsert.
                if db.changes():
                    _index(db, [key_id])

    def forget_vectors(self) -> None:
        with self._db.write() as db:
            db.execute("DROP TABLE IF EXISTS keys_vec")
            db.execute("UPDATE keys SET vector = NULL")
            db.execute("DELETE FROM meta WHERE name = 'embedder'")

    def reindex(self) -> None:
        with self._db.write() as db:
            db.execute("INSERT INTO keys_fts (keys_fts) VALUES ('delete-all')")
            for key_id, text, extra in db.execute("SELECT id, text, extra FROM keys WHERE kind <> 'fact'").fetchall():
                _index_words(db, int(str(key_id)), str(text), str(extra))
            identity = _identity(db)
            if identity is not None:
                db.execute("DROP TABLE IF EXISTS keys_vec")
                _make_index(db, identity)
                ids = [int(str(row[0])) for row in db.execute("SELECT id FROM keys WHERE vector IS NOT NULL")]
                _index(db, ids)

    def _add_keys(self, db: apsw.Connection, scope: str, owner: int, keys: Iterable[Key]) -> None:
        """Insert keys that the owner lacks, with the vector of an equal text where one is stored."""
        has_vectors = _identity(db) is not None
        for key in keys:
            db.execute(
                """INSERT OR IGNORE INTO keys (scope, kind, owner, text, extra, template, vector)
                VALUES (?, ?, ?, ?, ?, ?, (SELECT vector FROM keys WHERE text = ? AND vector IS NOT NULL LIMIT 1))""",
                (scope, key.kind, owner, key.text, key.extra, key.template, key.text),
            )
            if db.changes():
                key_id = db.last_insert_rowid()
                if key.kind != "fact":
                    # Facts repeat words of the task: in the word index they would only bend its counts.
                    _index_words(db, key_id, key.text, key.extra)
                if has_vectors:
                    _index(db, [key_id])


def _make_index(db: apsw.Connection, identity: Identity) -> None:
    db.execute(
        f"""CREATE VIRTUAL TABLE keys_vec USING vec0 (
            key_id INTEGER PRIMARY KEY, scope TEXT PARTITION KEY, kind TEXT PARTITION KEY,
            embedding FLOAT[{identity.dimension}] DISTANCE_METRIC=cosine, chunk_size={VEC_CHUNK})"""
    )
    db.execute(
        "INSERT OR REPLACE INTO meta (name, value) VALUES ('embedder', ?)", (identity.model_dump_json(),)
    )  # fmt: skip


def _index_words(db: apsw.Connection, key_id: int, text: str, extra: str) -> None:
    db.execute("INSERT INTO keys_fts (rowid, body) VALUES (?, ?)", (key_id, plain(f"{text}\n{extra}")))


def _index(db: apsw.Connection, ids: Iterable[int]) -> None:
    for key_id in ids:
        db.execute(
            f"""INSERT INTO keys_vec (key_id, scope, kind, embedding)
            SELECT k.id, k.scope, k.kind, k.vector FROM keys k
            WHERE k.id = ? AND k.vector IS NOT NULL AND {_ACTIVE_KEY}""",
            (key_id,),
        )


def _identity(db: apsw.Connection) -> Identity | None:
    value = db.execute("SELECT value FROM meta WHERE name = 'embedder'").get
    return None if value is None else Identity.model_validate_json(value)
