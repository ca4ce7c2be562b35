"""What the parts of the SQLite store share: the file, and the indexes over its keys."""

from collections.abc import Iterable

import apsw

from memp.embed import Identity
from memp.store.sqlite.connection import Database
from memp.text.keywords import plain

VEC_CHUNK = 64
"""Vectors in one vec0 chunk. Each (scope, kind) reserves at least one: 64 x 384 floats are 98 kB, the default 1.5 MB."""

ACTIVE_KEY = """
    (k.kind NOT IN ('task', 'fact') OR EXISTS (SELECT 1 FROM procedures WHERE id = k.owner AND status = 'active'))
"""


class OnFile:
    """A part of the store, on its one file."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def identity(self) -> Identity | None:
        rows = self._db.read("SELECT value FROM meta WHERE name = 'embedder'")
        return Identity.model_validate_json(rows[0][0]) if rows else None


def make_index(db: apsw.Connection, identity: Identity) -> None:
    db.execute(
        f"""CREATE VIRTUAL TABLE keys_vec USING vec0 (
            key_id INTEGER PRIMARY KEY, scope TEXT PARTITION KEY, kind TEXT PARTITION KEY,
            embedding FLOAT[{identity.dimension}] DISTANCE_METRIC=cosine, chunk_size={VEC_CHUNK})"""
    )
    db.execute(
        "INSERT OR REPLACE INTO meta (name, value) VALUES ('embedder', ?)", (identity.model_dump_json(),)
    )  # fmt: skip


def index_words(db: apsw.Connection, key_id: int, text: str, extra: str) -> None:
    db.execute("INSERT INTO keys_fts (rowid, body) VALUES (?, ?)", (key_id, plain(f"{text}\n{extra}")))


def index(db: apsw.Connection, ids: Iterable[int]) -> None:
    for key_id in ids:
        db.execute(
            f"""INSERT INTO keys_vec (key_id, scope, kind, embedding)
            SELECT k.id, k.scope, k.kind, k.vector FROM keys k
            WHERE k.id = ? AND k.vector IS NOT NULL AND {ACTIVE_KEY}""",
            (key_id,),
        )


def stored_identity(db: apsw.Connection) -> Identity | None:
    value = db.execute("SELECT value FROM meta WHERE name = 'embedder'").get
    return None if value is None else Identity.model_validate_json(value)
