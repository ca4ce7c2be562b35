"""Feature hashing: an embedder without a model, from words and character n-grams. For tests and for trying memp out."""

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256

import numpy as np

from memp.embed import Identity, Vectors, unit
from memp.text.redact import clean

_WORD = re.compile(r"\w+")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do for from has have how i if in into is it its me my not of on or our please so "
        "that the then there this to up was we what when which with without you your",
    )
)
_VERSION = "words and 3- to 5-grams, crc32, 384, 1"


class HashingEmbedder:
    """Embeds texts by their words and parts of words: texts that share those are near. It knows nothing of meaning.

    Deterministic: the same text is the same vector in every process and on every machine.
    """

    # It knows no language, and so none better than another: what words it shares with a text it finds in any.
    identity = Identity(
        name="hashing", dimension=384, digest=sha256(_VERSION.encode()).hexdigest(), floor=0.25, near=0.241, far=0.23,
        reads=("*",),
    )  # fmt: skip

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), 384), float32, each of length 1; any text has one, also the empty one."""
        vectors = np.zeros((len(texts), self.identity.dimension))
        for row, text in enumerate(texts):
            for feature, weight in _features(text).items():
                code = zlib.crc32(feature.encode("utf-8"))
                # The top bit is the sign, so that features that meet in one place do not pile up.
                vectors[row, (code & 0x7FFFFFFF) % vectors.shape[1]] += weight if code >> 31 else -weight
            if not vectors[row].any():
                vectors[row, 0] = 1.0
        return unit(vectors)


def _features(text: str) -> dict[str, float]:
    """Weights of the words and n-grams of a text, by name."""
    words = Counter(_WORD.findall(clean(text).lower()))
    weights: Counter[str] = Counter()
    for word, count in words.items():
        # A word said often is not much more of the subject.
        weight = (0.1 if word in _COMMON else 1.0) * (1.0 + np.log(count))
        weights[f"word {word}"] += weight
        parts = list(_parts(f"<{word}>"))
        for part in parts:
            # All parts together weigh as much as the word.
            weights[f"part {part}"] += weight / np.sqrt(len(parts))
    return dict(weights)


def _parts(word: str) -> Iterator[str]:
    """Character n-grams of 3 to 5."""
    for length in (3, 4, 5):
        for start in range(len(word) - length + 1):
            yield word[start : start + length]
