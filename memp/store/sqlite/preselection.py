"""Preselection of vectors: a short list of keys that holds the nearest to a query, from a few bytes for each (quantisation).

`keys_blocks` has the keys of a scope and kind in rows of up to `BLOCK`. Each search reads them as they are in its view of the
file, so that what other processes write is seen. Whoever asks orders the short list by the exact cosine.

codes    one byte for each dimension (int8), with its scale and the length of what it leaves out. That length bounds by how much
         a cosine may differ from that of the codes, so the list holds the nearest for sure (`MOST_CODES` keys at most)
signs    one bit for each dimension, for more keys than that: the keys that differ in the fewest bits (Hamming distance), and of
         these the ones whose signs agree best with the query. That is quicker, and may miss some
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from memp.embed import Vectors
from memp.errors import StoreError
from memp.store.sql.engine import Reader, Transaction

BLOCK = 64
"""Keys in one row, which is written anew with each key that it takes in: 29 kB at most, with 384 dimensions."""

MOST_CODES = 16_384
"""Keys of a scope and kind whose codes are read."""

ROUGH = 8_192
"""Keys that are kept by the number of bits in which they differ."""

KEPT = 1_024
"""Keys that are kept by their signs: many times the few that a search asks for, as signs alone put a near key far down."""

SLACK = 5e-5
"""What rounding may add to the error, here and in sqlite-vec's cosine, which sums in float32."""

CHUNK = 256
"""Codes that are multiplied at once: they stay in the processor's cache, and are too few for BLAS to wake threads that spin."""

TABLE = (
    """CREATE TABLE keys_blocks (
        id INTEGER PRIMARY KEY, scope TEXT NOT NULL, kind TEXT NOT NULL, ids BLOB NOT NULL, signs BLOB NOT NULL,
        bounds BLOB NOT NULL, codes BLOB NOT NULL)""",
    "CREATE INDEX keys_blocks_by_kind ON keys_blocks (scope, kind)",
)
# The codes stand last: who reads the signs alone does not touch their pages.

_BLOBS = "ids, signs, bounds, codes"
_Array = NDArray[np.generic]
_Kind = TypeVar("_Kind", bound=np.generic)


def add_vectors(db: Transaction, scope: str, kind: str, ids: Sequence[int], vectors: Sequence[Vectors]) -> None:
    """Add keys of a scope and kind with their vectors."""
    columns = [np.array(ids, np.int64), *_encoded(np.stack(vectors))]
    rows = db.rows(
        f"SELECT id, {_BLOBS} FROM keys_blocks WHERE scope = ? AND kind = ? ORDER BY id DESC LIMIT 1", (scope, kind)
    )
    if rows and len(rows[0][1]) < BLOCK * 8:
        db.run("DELETE FROM keys_blocks WHERE id = ?", rows[0][:1])
        columns = [np.concatenate(pair) for pair in zip(_decoded(rows[0][1:]), columns, strict=True)]
    for begin in range(0, len(columns[0]), BLOCK):
        _insert(db, None, scope, kind, [column[begin : begin + BLOCK] for column in columns])


def remove_keys(db: Transaction, scope: str, kind: str, ids: Iterable[int]) -> None:
    """Take keys of a scope and kind out."""
    gone = np.array(list(ids), np.int64)
    for row, *blobs in db.rows(f"SELECT id, {_BLOBS} FROM keys_blocks WHERE scope = ? AND kind = ?", (scope, kind)):
        columns = _decoded(blobs)
        kept = ~np.isin(columns[0], gone)
        if not kept.all():
            db.run("DELETE FROM keys_blocks WHERE id = ?", (row,))
            if kept.any():
                _insert(db, row, scope, kind, [column[kept] for column in columns])


def likeliest(db: Reader, scope: str, kind: str, vector: Vectors, limit: int) -> list[int]:
    """The keys of a scope and kind among which the `limit` nearest to a unit vector of shape (dimension,) are.

    Raises:
        StoreError: the keys have vectors of another dimension.
    """
    where = "FROM keys_blocks WHERE scope = ? AND kind = ?"
    size = db.value(f"SELECT coalesce(sum(length(ids)), 0) / 8 {where}", (scope, kind))
    if size <= limit:
        return _joined(db.rows(f"SELECT ids {where}", (scope, kind)), 0, np.int64).tolist()
    few = size <= MOST_CODES
    rows = db.rows(f"SELECT {'ids, bounds, codes' if few else 'ids, signs'} {where} ORDER BY id", (scope, kind))
    ids = _joined(rows, 0, np.int64)
    if not few:
        return ids[_by_signs(_lines(_joined(rows, 1, np.uint8), ids, -(-len(vector) // 64) * 8), vector)].tolist()
    codes = _lines(_joined(rows, 2, np.int8), ids, len(vector))
    return ids[_by_codes(codes, _joined(rows, 1, np.float32).reshape(-1, 2), vector, limit)].tolist()


def _lines(column: NDArray[_Kind], ids: NDArray[np.int64], width: int) -> NDArray[_Kind]:
    """A column with a line of so many values for each key. Another process may have changed the model meanwhile."""
    if column.size != len(ids) * width:
        raise StoreError("The vectors of this memory are of another model than the query's: try again.")
    return column.reshape(len(ids), width)


def _by_codes(codes: NDArray[np.int8], bounds: Vectors, vector: Vectors, limit: int) -> NDArray[np.intp]:
    """The places of the codes that may be among the `limit` nearest."""
    near, error = _products(codes, vector) * bounds[:, 0], bounds[:, 1] + SLACK
    surely = np.partition(near - error, -limit)[-limit]
    return np.flatnonzero(near + error >= surely)


def _by_signs(signs: NDArray[np.uint8], vector: Vectors) -> NDArray[np.intp]:
    """The places of the `KEPT` signs that agree best with a vector; of equals the first."""
    asked = _signs(vector[None]).view(np.uint64)
    differ = np.bitwise_count(signs.view(np.uint64) ^ asked).sum(axis=1, dtype=np.uint16)
    rough = np.argsort(differ, kind="stable")[:ROUGH]
    positive = np.unpackbits(signs[rough], axis=1, count=len(vector))
    return rough[np.argsort(-_products(positive, vector), kind="stable")[:KEPT]]


def _products(lines: NDArray[np.integer], vector: Vectors) -> Vectors:
    """The product of each line with a vector."""
    return np.concatenate(
        [lines[begin : begin + CHUNK].astype(np.float32) @ vector for begin in range(0, len(lines), CHUNK)]
    )


def _encoded(vectors: Vectors) -> tuple[_Array, _Array, _Array]:
    """The signs, bounds and codes of vectors."""
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scales = np.abs(units).max(axis=1, keepdims=True) / 127
    codes = np.rint(units / scales).astype(np.int8)
    errors = np.linalg.norm(units - codes * scales, axis=1, keepdims=True)
    return _signs(vectors), np.hstack([scales, errors]).astype(np.float32), codes


def _signs(vectors: Vectors) -> NDArray[np.uint8]:
    """One bit for each dimension, set where the component is positive, filled up to whole words of 64."""
    positive = np.zeros((len(vectors), -(-vectors.shape[1] // 64) * 64), np.bool_)
    positive[:, : vectors.shape[1]] = vectors > 0
    return np.packbits(positive, axis=1)


def _decoded(blobs: Sequence[bytes]) -> list[_Array]:
    """The columns of a row, each with one line for a key."""
    ids = np.frombuffer(blobs[0], np.int64)
    kinds = (np.uint8, np.float32, np.int8)
    return [ids, *(np.frombuffer(b, kind).reshape(len(ids), -1) for b, kind in zip(blobs[1:], kinds, strict=True))]


def _insert(db: Transaction, row: int | None, scope: str, kind: str, columns: Sequence[_Array]) -> None:
    db.run(
        f"INSERT INTO keys_blocks (id, scope, kind, {_BLOBS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (row, scope, kind, *(column.tobytes() for column in columns)),
    )


def _joined(rows: Sequence[Sequence[bytes]], column: int, kind: type[_Kind]) -> NDArray[_Kind]:
    """One column of all rows."""
    return np.frombuffer(b"".join(row[column] for row in rows), kind)
