"""Contract of every embedder: unit vectors, whatever the text, its order or its batch."""

import numpy as np
import pytest
from tiny_model import TEXTS, run_python

from memp.embed import Embedder, unit
from memp.embed.hashing import HashingEmbedder
from memp.errors import EmbedderError


@pytest.mark.parametrize("path", ["compiled", "original", "hashing"])
def test_vectors_are_unit_float32_and_independent_of_order_and_batch(path: str, request: pytest.FixtureRequest) -> None:
    embedder: Embedder = HashingEmbedder() if path == "hashing" else request.getfixturevalue(path)
    together = embedder.encode(TEXTS)
    assert together.dtype == np.float32
    assert together.shape == (len(TEXTS), embedder.identity.dimension)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(embedder.encode(TEXTS[::-1])[::-1], together, atol=1e-5)
    np.testing.assert_allclose(np.concatenate([embedder.encode([t]) for t in TEXTS]), together, atol=1e-5)
    assert embedder.encode([]).shape == (0, embedder.identity.dimension)


def test_importing_the_package_imports_no_model_library() -> None:
    script = "import sys, memp.embed.load; print(sorted({'torch', 'onnxruntime', 'tokenizers'} & set(sys.modules)))"
    assert run_python("-c", script).stdout == "[]\n"


def test_a_vector_without_direction_is_an_error() -> None:
    with pytest.raises(EmbedderError, match="without a direction"):
        unit(np.zeros((1, 3)))
    with pytest.raises(EmbedderError, match="without a direction"):
        unit(np.array([[np.nan, 1.0]]))
