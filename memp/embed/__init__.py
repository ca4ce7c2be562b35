"""Embedders: text in, unit vectors out."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memp.trajectory import Value

Vectors = NDArray[np.float32]


class Identity(Value):
    """Which model made a vector. Vectors of two identities are never compared.

    `digest` is a sha256 over the model's weights and configuration; `floor` is the cosine below which two task
    descriptions are taken to be unrelated, calibrated to this model.
    """

    name: str
    dimension: int
    digest: str
    floor: float


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def identity(self) -> Identity: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of length 1.

        Raises:
            EmbedderError: the model failed on them.
        """
        ...
