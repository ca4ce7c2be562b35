"""Between values and rows."""

import json
from datetime import UTC, datetime

import numpy as np

from memp.domain.procedure import Procedure, Script
from memp.embed import Vectors
from memp.errors import StoreError
from memp.store.records import Hit
from memp.store.sqlite.connection import Row


def check_vectors(vectors: Vectors, shape: tuple[int, int]) -> None:
    """sqlite-vec 0.1.9 takes NaN without a word, and a vector of another length breaks every cosine."""
    if vectors.shape != shape:
        raise StoreError(f"The embedder gave vectors of shape {vectors.shape}, not {shape}: run `memp doctor`.")
    if not np.isfinite(vectors).all() or not np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3):
        raise StoreError("The embedder gave a vector that is not finite and of length 1: run `memp doctor`.")


def to_blob(vector: Vectors) -> bytes:
    return np.ascontiguousarray(vector, dtype=np.float32).tobytes()


def quoted(term: str) -> str:
    # A NUL would end the query for FTS5.
    return '"' + term.replace('"', '""').replace("\0", " ") + '"'


def timestamp() -> str:
    return datetime.now(UTC).isoformat()


def to_hit(row: Row, similarity: float | None) -> Hit:
    return Hit(owner=row[0], text=row[1], extra=row[2], template=row[3], similarity=similarity)


def to_procedure(row: Row) -> Procedure:
    return Procedure(
        id=row[0],
        scope=row[1],
        revision=row[2],
        script=Script.model_validate_json(row[3]),
        builder=row[4],
        tier=row[5],
        status=row[6],
        uses=row[7],
        successes=row[8],
        trajectories=tuple(json.loads(row[9])),
        created_at=datetime.fromisoformat(row[10]),
        updated_at=datetime.fromisoformat(row[11]),
        trial=row[12],
        origin=row[13],
        told=row[14],
    )


def overlap(one: bytes, other: bytes) -> float:
    """The share of common words (Jaccard) of two texts by their hashes."""
    ours, theirs = ({blob[i : i + 4] for i in range(0, len(blob), 4)} for blob in (one, other))
    return len(ours & theirs) / (len(ours | theirs) or 1)
