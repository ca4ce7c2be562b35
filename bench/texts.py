"""Real short texts, and their vectors: sentences of the docstrings of the installed packages.

Everybody has some tens of thousands of them at hand: many authors on many subjects, so that the vectors lie as those of texts
do. They differ from one installation to another, which the figures made with them bear (recall of a search, and its time).
"""

import random
import re
import sysconfig
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from memp.embed import Embedder, Vectors, unit

WORDS = range(5, 31)
"""Words of a sentence: that of a task has about as many."""

_END = re.compile(r"(?<=[a-z)][.?!])\s+(?=[A-Z])")
_DOCSTRING = re.compile(r'"""(.*?)"""', re.DOTALL)
_PROSE = re.compile(r"[A-Z][\w ,;:'()/-]+[.?!]")
BATCH = 2_000


def sentences(count: int) -> list[str]:
    """So many different sentences, in an order that is always the same; fewer where there are no more."""
    shuffled = list(islice(_distinct(_all()), count))
    random.Random(0).shuffle(shuffled)
    return shuffled


def vectors_of(count: int, embedder: Embedder, keep: Path) -> Vectors:
    """The vectors of so many sentences, found again in a folder where they, or more, were kept."""
    path = keep / f"sentences-{embedder.identity.digest[:12]}.npy"
    if path.exists() and len(known := np.load(path)) >= count:
        return known[:count]
    texts = sentences(count)
    parts = [embedder.encode(texts[begin : begin + BATCH]) for begin in range(0, len(texts), BATCH)]
    np.save(path, np.concatenate(parts))
    return np.load(path)


def grown(real: Vectors, size: int) -> Vectors:
    """The real vectors, and as many more as are lacking: each a real one with a share of another, as of a text that also speaks
    of something else (cosine .78 to .99 to the first). Noise of the same covariance as the texts': no direction is easier."""
    draw = np.random.default_rng(0)
    grown = np.empty((size, real.shape[1]), np.float32)
    kept = min(size, len(real))
    grown[:kept] = real[:kept]
    for begin in range(kept, size, BATCH):
        count = min(BATCH, size - begin)
        one, other = draw.integers(len(real), size=(2, count))
        share = draw.uniform(0.15, 0.8, (count, 1)).astype(np.float32)
        grown[begin : begin + count] = unit(real[one] + share * real[other])
    return grown


def _distinct(texts: Iterable[str]) -> Iterator[str]:
    seen = set[str]()
    for text in texts:
        if text not in seen:
            seen.add(text)
            yield text


def _all() -> Iterator[str]:
    for path in _sources():
        for docstring in _DOCSTRING.findall(path.read_text(encoding="utf-8", errors="replace")):
            for paragraph in docstring.split("\n\n"):
                yield from (text for text in _END.split(" ".join(paragraph.split())) if _is_sentence(text))


def _is_sentence(text: str) -> bool:
    return len(text.split()) in WORDS and "--" not in text and _PROSE.fullmatch(text) is not None


def _sources() -> list[Path]:
    """Of all packages, mixed, so that the first thousands are not one author's."""
    places = sysconfig.get_paths()
    folders = {Path(places[name]) for name in ("stdlib", "purelib", "platlib")}
    sources = sorted({path for folder in folders for path in folder.rglob("*.py")})
    random.Random(0).shuffle(sources)
    return sources
