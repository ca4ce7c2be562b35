"""Inflection of English words, roughly: a stemmer for comparing words, and the forms that one may be inflected from."""

from collections.abc import Iterable
from functools import lru_cache


def forms(word: str) -> Iterable[str]:
    """The forms that a word may be an inflection of, the word itself first: "dropped" of "drop"."""
    yield word
    for ending in ("ing", "ed", "es", "s", "d"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            base = word[: -len(ending)]
            yield base
            if ending in ("ing", "ed"):
                yield f"{base}e"
                if base[-1] == base[-2]:
                    yield base[:-1]


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """A word without its inflection, roughly: for comparison only."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word.removesuffix("e")
