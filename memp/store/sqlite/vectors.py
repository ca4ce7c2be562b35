"""Vectors of keys: stored, indexed, forgotten, and the indexes built anew."""

import json
from collections.abc import Mapping, Sequence

import apsw
import numpy as np

from memp.embed import Identity, Vectors
from memp.store.records import check_embedder
from memp.store.sql.rows import check_vectors, to_blob
from memp.store.sqlite.base import OnFile, index, index_words, make_index, stored_identity


class KeyVectors(OnFile):
    """The vectors of the store's keys, and both indexes."""

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
            stored = stored_identity(db)
            if stored is None:
                make_index(db, identity)
            else:
                check_embedder(stored, identity)
            for key_id, vector in zip(ids, vectors, strict=True):
                blob = to_blob(vector)
                db.execute("UPDATE keys SET vector = ? WHERE id = ? AND vector IS NULL", (blob, key_id))
                # Another process may have been faster; vec0 knows no upsert.
                if db.changes():
                    index(db, [key_id])

    def forget_vectors(self) -> None:
        with self._db.write() as db:
            db.execute("DROP TABLE IF EXISTS keys_vec")
            db.execute("UPDATE keys SET vector = NULL")
            db.execute("DELETE FROM meta WHERE name = 'embedder'")

    def reindex(self) -> None:
        with self._db.write() as db:
            rebuild(db)


def rebuild(db: apsw.Connection) -> None:
    """Build both indexes anew from the keys."""
    db.execute("INSERT INTO keys_fts (keys_fts) VALUES ('delete-all')")
    for key_id, text, extra in db.execute(
        "SELECT id, text, extra FROM keys WHERE kind NOT IN ('fact', 'run')"
    ).fetchall():  # fmt: skip
        index_words(db, int(str(key_id)), str(text), str(extra))
    identity = stored_identity(db)
    if identity is not None:
        db.execute("DROP TABLE IF EXISTS keys_vec")
        make_index(db, identity)
        ids = [int(str(row[0])) for row in db.execute("SELECT id FROM keys WHERE vector IS NOT NULL")]
        index(db, ids)
