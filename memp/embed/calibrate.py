"""Calibrate an embedder: what its cosines mean (floor and scale), and which languages it reads.

`pairs.jsonl` holds labelled tasks: paraphrases (`a` as stored, `b` as asked later, of one family) and unrelated
queries to which no stored task applies. The split "calibrate" chooses the floor; "held_out" only reports on it.
"""

import hashlib
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from memp.domain.trajectory import Value
from memp.embed import Vectors
from memp.errors import EmbedderError
from memp.light import private

Encode = Callable[[Sequence[str]], Vectors]
Split = Literal["calibrate", "held_out"]

PAIRS = Path(__file__).with_name("pairs.jsonl")

SENTENCES = Path(__file__).with_name("sentences.json")
"""The same sentences in several languages, English first."""

SHIPPED = Path(__file__).with_name("default_model.json")
"""What sentence-transformers makes of the default model, so that nobody has to compute it again; made by
scripts/default_model.py."""

MIN_REJECTED = 0.9
"""The share of unrelated queries that should find nothing, where the model can do that..."""

MIN_PASSED = 0.5
"""...and still let this share of the paraphrases pass."""

READS = 0.9
"""The cosine of translations, as a share of that of paraphrases in English, from which a language is read."""

# Changed together with the rule in `calibrate`.
_RULE = b"balanced accuracy, one standard error; scale; languages"

# Hundredths: two paths to one model differ by 1e-7, and must come to the same floor.
_GRID = np.arange(0.0, 1.0, 0.01)


class Pairs(Value):
    """Labelled tasks of one split: `stored[i]` and `asked[i]` are two wordings of the task `families[i]`; `unrelated` fit
    none of them."""

    families: tuple[str, ...]
    stored: tuple[str, ...]
    asked: tuple[str, ...]
    unrelated: tuple[str, ...]


class Calibration(Value):
    """Calibration of the cosines of a model: see memp.embed.Identity."""

    floor: float
    near: float
    far: float
    reads: tuple[str, ...]


class Shipped(Value):
    """The model with this digest as sentence-transformers computes it: its calibration by `version`, and the vector of
    compiled.PROBE."""

    digest: str
    version: str
    calibration: Calibration
    probe: tuple[float, ...]


class Rates(Value):
    """Pass and rejection rates of a floor, from 0 to 1: paraphrases that pass, queries of another family and unrelated ones
    that do not."""

    floor: float
    passed: float
    rejected_other: float
    rejected_unrelated: float


def load_pairs(split: Split, path: Path = PAIRS) -> Pairs:
    """The labelled tasks of one split.

    Raises:
        EmbedderError: the file cannot be read, or has no paraphrase or no unrelated query of this split.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        rows = [row for row in cast("list[dict[str, str]]", rows) if row["split"] == split]
        paraphrases = [row for row in rows if row["kind"] == "paraphrase"]
        pairs = Pairs(
            families=tuple(row["family"] for row in paraphrases),
            stored=tuple(row["a"] for row in paraphrases),
            asked=tuple(row["b"] for row in paraphrases),
            unrelated=tuple(row["query"] for row in rows if row["kind"] == "unrelated"),
        )
    except (OSError, ValueError, KeyError) as error:
        raise EmbedderError(f"The calibration pairs {path.name} cannot be read: {error!r}. Reinstall memp.") from error
    if not pairs.stored or not pairs.unrelated:
        raise EmbedderError(f"The calibration pairs {path.name} have none of the split '{split}'. Reinstall memp.")
    return pairs


@cache
def version() -> str:
    """A digest of the calibration pairs and the rule: a floor chosen with others is another floor.

    Raises:
        EmbedderError: the file cannot be read.
    """
    try:
        return hashlib.sha256(_RULE + PAIRS.read_bytes() + SENTENCES.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise EmbedderError(f"The calibration pairs {PAIRS.name} cannot be read. Reinstall memp.") from error


def calibrate(encode: Encode, pairs: Pairs) -> float:
    """The floor for this encoder, in hundredths.

    A floor is as good as its balanced accuracy: the mean of the share of paraphrases that pass and of the share of
    the others that do not, where the others are, in equal parts, unrelated queries and queries whose own task is not
    stored. Considered are the floors that keep to MIN_REJECTED and MIN_PASSED, or all where none does. Chosen is the
    lowest that is within one standard error of the best: where the pairs cannot tell two floors apart, a match too
    many can be ignored by its reader, and a match too few cannot be seen.
    """
    scores = _scores(encode, pairs)
    rates = [_rates(scores, float(floor)) for floor in _GRID]
    kept = [rate for rate in rates if rate.rejected_unrelated >= MIN_REJECTED and rate.passed >= MIN_PASSED]
    considered = kept or rates
    best = max(considered, key=_accuracy)
    enough = _accuracy(best) - _standard_error(best, scores)
    return next(rate.floor for rate in considered if _accuracy(rate) >= enough)


def measure(encode: Encode, pairs: Pairs, floor: float) -> Rates:
    """The rates of `floor` on `pairs`."""
    return _rates(_scores(encode, pairs), floor)


def shipped(digest: str) -> Shipped | None:
    """What comes with memp of the model with this digest; None for any but the default one.

    Raises:
        EmbedderError: the file cannot be read.
    """
    try:
        known = Shipped.model_validate_json(SHIPPED.read_bytes())
    except (OSError, ValueError) as error:
        raise EmbedderError(f"{SHIPPED.name} cannot be read. Reinstall memp.") from error
    return known if (known.digest, known.version) == (digest, version()) else None


def calibration_for(digest: str, encode: Encode, folder: Path | None) -> Calibration:
    """The calibration of the model with this digest: what comes with memp, what is kept in `folder` (where one is given), or
    else computed and kept there.

    Raises:
        EmbedderError: the pairs cannot be read, or the model failed on them.
    """
    ready = shipped(digest)
    if ready is not None:
        return ready.calibration
    path = None if folder is None else folder / f"calibration-{digest[:16]}-{version()}.json"
    known = None if path is None else _read(path)
    if known is not None:
        return known
    made = calibration_of(encode)
    if path is not None:
        _write(path, made)
    return made


def calibration_of(encode: Encode) -> Calibration:
    """The calibration of a model, computed.

    Raises:
        EmbedderError: the pairs cannot be read, or the model failed on them.
    """
    pairs = load_pairs("calibrate")
    own, other, _ = _scores(encode, pairs)
    near, far = round(float(own.mean()), 3), round(float(other.mean()), 3)
    return Calibration(floor=calibrate(encode, pairs), near=near, far=min(far, near - 0.01), reads=reads(encode, near))


def reads(encode: Encode, near: float) -> tuple[str, ...]:
    """The languages that a model reads: in which a sentence is about as near its English one as a paraphrase would be.

    Raises:
        EmbedderError: the model failed.
    """
    sentences = cast("dict[str, list[str]]", json.loads(SENTENCES.read_text(encoding="utf-8")))
    english = encode(sentences.pop("en"))
    languages = ["en"]
    for language, texts in sentences.items():
        own = np.sum(encode(texts) * english, axis=1)
        if float(own.mean()) >= READS * near:
            languages.append(language)
    return tuple(languages)


_Scores = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _scores(encode: Encode, pairs: Pairs) -> _Scores:
    """Cosines: of each query to its own task, to the nearest task of another family, of each unrelated query."""
    count = len(pairs.stored)
    vectors = encode([*pairs.stored, *pairs.asked, *pairs.unrelated]).astype(np.float64)
    stored, asked, unrelated = vectors[:count], vectors[count : 2 * count], vectors[2 * count :]
    families = np.array(pairs.families)
    cosines = asked @ stored.T
    others = np.where(families[:, None] == families[None, :], -1.0, cosines)
    return np.diag(cosines), others.max(axis=1), (unrelated @ stored.T).max(axis=1)


def _rates(scores: _Scores, floor: float) -> Rates:
    own, other, unrelated = scores
    return Rates(
        floor=round(floor, 2),
        passed=float(np.mean(own >= floor)),
        rejected_other=float(np.mean(other < floor)),
        rejected_unrelated=float(np.mean(unrelated < floor)),
    )


def _accuracy(rate: Rates) -> float:
    return rate.passed / 2 + (rate.rejected_other + rate.rejected_unrelated) / 4


def _standard_error(rate: Rates, scores: _Scores) -> float:
    """Of `_accuracy`: each of its three shares is a mean of so many yes or no."""
    shares = (rate.passed, rate.rejected_other, rate.rejected_unrelated)
    variances = [share * (1 - share) / len(cosines) for share, cosines in zip(shares, scores, strict=True)]
    return math.sqrt(variances[0] / 4 + variances[1] / 16 + variances[2] / 16)


def _read(path: Path) -> Calibration | None:
    try:
        return Calibration.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(path: Path, made: Calibration) -> None:
    # It can be computed again: a folder that cannot be written to is no reason to fail.
    try:
        private.make_folder(path.parent)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False, encoding="utf-8") as file:
            file.write(made.model_dump_json())
        Path(file.name).replace(path)
    except OSError:
        return
