"""Embedders: text in, unit vectors out.

weights.py               where a model's files are, and their digest
sentence_transformer.py  the model through sentence-transformers and torch: the source of truth
compiled.py              the same model through onnxruntime, without torch
export.py                torch to the compiled folder, once, checked against the source of truth
written/                 the default model to the compiled folder without torch
publish.py               a compiled folder appears in the cache all at once
calibrate.py             what a model's cosines mean: floor, scale, and the languages that it reads
hashing.py               no model at all; for tests
load.py                  which of them serves a configured model
"""

import os
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memp.domain.trajectory import Value
from memp.errors import EmbedderError

# Both libraries read these when they are first imported, which nothing in memp does before it imports this package.
# Left alone, onnxruntime on Linux writes ~/.cache/Microsoft and looks its collector up, and no later call stops that.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

Vectors = NDArray[np.float32]

NEAR, FAR = 0.5, 0.388
"""`Identity.near` and `far` of the default model, for a vector's maker that says neither."""


class Identity(Value):
    """Which model made a vector. Vectors of two identities are never compared.

    `digest` is a sha256 over the model's weights and configuration. The rest is calibrated to the model: `floor` is the
    cosine below which two task descriptions are taken to be unrelated, `near` the mean cosine of two wordings of a task,
    `far` that of a task to the nearest other one, and `reads` are the languages that it reads (ISO 639-1).
    """

    name: str
    dimension: int
    digest: str
    floor: float
    near: float = NEAR
    far: float = FAR
    reads: tuple[str, ...] = ("en",)


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def identity(self) -> Identity:
        """The model that its vectors are of."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of length 1.

        Raises:
            EmbedderError: the model failed on them.
        """
        ...


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """`vectors` of shape (n, dimension), each scaled to length 1, as float32.

    Raises:
        EmbedderError: one is zero, infinite or not a number, so it has no direction.
    """
    # In float64, so that the length is 1 to the last bit of float32 whichever path computed the vector.
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths)) or np.any(lengths == 0):
        raise EmbedderError("The embedding model gave a vector without a direction (zero or not finite).")
    return (wide / lengths).astype(np.float32)
