"""Cache of embeddings: encodes each text once, for programs that ask for the same tasks again and again."""

from collections.abc import Sequence

import numpy as np

from memp.embed import Embedder, Identity, Vectors


class Remembering:
    """Wraps an embedder and keeps every vector that it gave, without a bound."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}

    @property
    def identity(self) -> Identity:
        return self._embedder.identity

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape (texts, dimension).

        Raises:
            EmbedderError: the model failed.
        """
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            self._known.update(zip(fresh, self._embedder.encode(fresh), strict=True))
        return np.stack([self._known[text] for text in texts]) if texts else self._embedder.encode(texts)
