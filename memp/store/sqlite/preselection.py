"""Preselection of vectors: what the file has of each to make a short list that holds the nearest to a query (quantisation).

`keys_blocks` has the keys of a scope and kind in rows of up to `BLOCK`. A row never changes: one with other keys has another
id. memp.store.sqlite.mirror searches them; whoever asks orders its short list by the exact cosine.

codes    one byte for each dimension (int8), with its scale and the length of what it leaves out. That length bounds by how much
         a cosine may differ from that of the codes, so the list holds the nearest for sure
signs    one bit for each dimension, for many keys: those that differ in the fewest bits (Hamming distance), and of these the
         ones whose signs agree best with the query. That is quicker, and may miss some
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from memp.embed import Vectors
from memp.store.sql.engine import Transaction

BLOCK = 64
"""Keys in one row, which is replaced by a new one with each key that it takes in: 29 kB at most, with 384 dimensions."""

TABLE = (
    """CREATE TABLE keys_blocks (
        id INTEGER PRIMARY KEY, scope TEXT NOT NULL, kind TEXT NOT NULL, ids BLOB NOT NULL, signs BLOB NOT NULL,
        bounds BLOB NOT NULL, codes BLOB NOT NULL)""",
    "CREATE INDEX keys_blocks_by_kind ON keys_blocks (scope, kind)",
)
# The codes stand last: who reads the signs alone does not touch their pages.

_NEW_ID = "((SELECT coalesce(max(id), 0) >> 32 FROM keys_blocks) + 1 << 32) | (random() & 4294967295)"
"""Above all others, and with 32 random bits: the id of a row that was deleted, or rolled back, does not come again."""

_BLOBS = "ids, signs, bounds, codes"
_Array = NDArray[np.generic]


def add_vectors(db: Transaction, scope: str, kind: str, ids: Sequence[int], vectors: Sequence[Vectors]) -> None:
    """Add keys of a scope and kind with their vectors."""
    columns = [np.array(ids, np.int64), *encoded(np.stack(vectors))]
    rows = db.rows(
        f"SELECT id, {_BLOBS} FROM keys_blocks WHERE scope = ? AND kind = ? ORDER BY id DESC LIMIT 1", (scope, kind)
    )
    if rows and len(rows[0][1]) < BLOCK * 8:
        db.run("DELETE FROM keys_blocks WHERE id = ?", rows[0][:1])
        columns = [np.concatenate(pair) for pair in zip(decoded(rows[0][1:]), columns, strict=True)]
    _insert_all(db, scope, kind, columns)


def remove_keys(db: Transaction, scope: str, kind: str, ids: Iterable[int]) -> None:
    """Take keys of a scope and kind out, and join the rows that are less than half full: each takes the place of a full one."""
    gone = np.array(list(ids), np.int64)
    blobs = db.rows("SELECT id, ids FROM keys_blocks WHERE scope = ? AND kind = ?", (scope, kind))
    rows = {row: ~np.isin(np.frombuffer(blob, np.int64), gone) for row, blob in blobs}
    short = {row for row, kept in rows.items() if np.count_nonzero(kept) < BLOCK // 2}
    joined: list[list[_Array]] = []
    for row, kept in rows.items():
        if kept.all() and (row not in short or len(short) == 1):
            continue
        columns = [
            column[kept] for column in decoded(db.rows(f"SELECT {_BLOBS} FROM keys_blocks WHERE id = ?", (row,))[0])
        ]
        db.run("DELETE FROM keys_blocks WHERE id = ?", (row,))
        if row in short:
            joined.append(columns)
        else:
            _insert(db, scope, kind, columns)
    if joined:
        _insert_all(db, scope, kind, [np.concatenate(parts) for parts in zip(*joined, strict=True)])


def encoded(vectors: Vectors) -> tuple[_Array, _Array, _Array]:
    """The signs, bounds and codes of vectors."""
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scales = np.abs(units).max(axis=1, keepdims=True) / 127
    codes = np.rint(units / scales).astype(np.int8)
    errors = np.linalg.norm(units - codes * scales, axis=1, keepdims=True)
    return signs_of(vectors), np.hstack([scales, errors]).astype(np.float32), codes


def signs_of(vectors: Vectors) -> NDArray[np.uint8]:
    """One bit for each dimension, set where the component is positive, filled up to whole words of 64."""
    positive = np.zeros((len(vectors), -(-vectors.shape[1] // 64) * 64), np.bool_)
    positive[:, : vectors.shape[1]] = vectors > 0
    return np.packbits(positive, axis=1)


def decoded(blobs: Sequence[bytes]) -> list[_Array]:
    """The columns of a row, each with one line for a key."""
    ids = np.frombuffer(blobs[0], np.int64)
    kinds = (np.uint8, np.float32, np.int8)
    return [ids, *(np.frombuffer(b, kind).reshape(len(ids), -1) for b, kind in zip(blobs[1:], kinds, strict=True))]


def _insert_all(db: Transaction, scope: str, kind: str, columns: Sequence[_Array]) -> None:
    for begin in range(0, len(columns[0]), BLOCK):
        _insert(db, scope, kind, [column[begin : begin + BLOCK] for column in columns])


def _insert(db: Transaction, scope: str, kind: str, columns: Sequence[_Array]) -> None:
    db.run(
        f"INSERT INTO keys_blocks (id, scope, kind, {_BLOBS}) VALUES ({_NEW_ID}, ?, ?, ?, ?, ?, ?)",
        (scope, kind, *(column.tobytes() for column in columns)),
    )
