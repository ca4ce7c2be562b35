"""An embedder that encodes each text once."""

from collections.abc import Sequence

import numpy as np

from memp.embed import Vectors
from memp.embed.hashing import HashingEmbedder
from memp.embed.remembering import Remembering


class Counting(HashingEmbedder):
    """Keeps the texts that it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return super().encode(texts)


def test_each_text_is_encoded_once_and_its_vector_is_the_models() -> None:
    counting = Counting()
    embedder = Remembering(counting)
    texts = ["heat the mug", "cool the egg", "heat the mug"]
    np.testing.assert_array_equal(embedder.encode(texts), HashingEmbedder().encode(texts))
    np.testing.assert_array_equal(embedder.encode(texts[::-1]), HashingEmbedder().encode(texts[::-1]))
    assert counting.asked == ["heat the mug", "cool the egg"]
    assert embedder.identity == counting.identity
    assert embedder.encode([]).shape == (0, counting.identity.dimension)
