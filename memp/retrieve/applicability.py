"""Applicability: the calibrated probability that a remembered procedure applies to a task (logistic regression).

Two questions, two scores. *Which* of the remembered tasks is meant: `relevance`, on the scale of a cosine, by which
candidates are ordered. *Whether* the best of them is meant at all: `probability`, which a reply shows and the floor cuts.
They differ in two things: of two candidates the one that shares rare words is the likelier, but a task that shares most words
and asks for something else ("delete the volume", "resize the volume") is likelier another one. And where a whole memory is of
one field, every task of that field is near: a cosine counts by how far it is above that of the rest (`crowded`).

Nothing in the evidence depends on a field: the weights are in applicability.json, `python bench/calibrate.py` fits them and
docs/retrieval.md has what they reach on fields and authors that were left out.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Set
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from memp.domain.trajectory import Value
from memp.embed import Identity
from memp.errors import ConfigError
from memp.text.tasks.inflection import stem
from memp.text.tasks.language import NAMES, language_of
from memp.text.tasks.reading import TaskText, read_task
from memp.text.tasks.verbs import Agreement, agreement, swapped
from memp.text.templates import fixed_share

WEIGHTS = Path(__file__).with_name("applicability.json")

UNSEEN = 0.75
"""The inverse document frequency, as a share of the largest, that a remembered task's other words are taken to have: to look
each of them up would cost more than it tells."""

CROWD = slice(6, 26)
"""The ranks of the procedures that are the crowd: beyond the first, which may all do what is asked."""

MOST_CROWD = 0.3
"""The largest cosine of the crowd that counts against a task."""

ASSUMED, ASSUMED_OF = 0.2, 5
"""The cosine that the crowd of a small memory is taken to have, and as that of how many it counts."""

LESS_SURE = 0.5
"""How much of the odds by words alone is believed: they were fitted on English, whose function words are known, and are asked for
mostly where a language is not read, whose function words look like any others."""

LEAST_FIXED = 0.3
"""The share of a task's words that a template must have to say what is to be done."""

BOUND_TO = 0.1
"""How far likeness still counts between tasks that read word for word alike: their values differ, what is asked does not."""


class Weights(Value):
    """The weights of a logistic regression, by evidence, and its intercept."""

    intercept: float
    weights: Mapping[str, float]


class Model(Value):
    """The fitted weights: `order` of relevance, beside a cosine's 1; of the probability `with_vectors`, by `words` alone,
    and by the cosine alone, as the paper's strategies have it."""

    order: Mapping[str, float]
    with_vectors: Weights
    words: Weights
    cosine: Weights
    near: float
    """The mean cosine of two wordings of a task, and (`far`) of a task to the nearest that is another, by the embedder with
    which the weights were fitted."""
    far: float


class Evidence(NamedTuple):
    """Evidence on whether a pair of tasks is one kind. Each is from 0 to 1, but for cosines, from -1.

    `rare` is the cosine of the two bags of words, weighted by rarity; `mutual` the share of the words that say what kind of
    task it is which both have (Dice), and `things` of those but for verbs that only one has; `same`, `opposite` and `other`
    compare the verbs (memp.text.tasks.verbs); `bound` is 1 where the task reads word for word like the remembered one or its
    template; `crowd` is the cosine of the task to the rest of the memory (`crowd_of`).
    """

    cosine: float
    rare: float
    mutual: float
    things: float
    same: float
    opposite: float
    other: float
    bound: float
    crowd: float

    @property
    def crowded(self) -> float:
        """The crowd, up to where unrelated tasks of one field are: what is nearer is of the same kind, and may all be meant."""
        return min(self.crowd, MOST_CROWD)

    @property
    def opposite_mutual(self) -> float:
        return self.opposite * self.things

    @property
    def other_mutual(self) -> float:
        """The more two tasks say the same in other words, the more another verb means another task."""
        return self.other * self.things


class Rarity(NamedTuple):
    """The inverse document frequencies of a task's words, as shares of that of a word in no task."""

    words: Mapping[str, float]
    stems: Mapping[str, float]

    @staticmethod
    def of(shares: Mapping[str, float]) -> "Rarity":
        """The rarity of words, and of their stems: that of the most common form."""
        stems: dict[str, float] = {}
        for word, share in shares.items():
            key = stem(word)
            stems[key] = min(share, stems.get(key, 1.0))
        return Rarity(shares, stems)


class Asking:
    """A task in the form in which remembered ones are compared with it."""

    def __init__(self, task: str, shares: Mapping[str, float]) -> None:
        self.task = task
        self._text = read_task(task)
        self._rarity = Rarity.of(shares)
        self._norm = sum(self._weight(word) ** 2 for word in self._text.terms)

    def evidence(self, text: str, template: str, cosine: float, crowd: float = ASSUMED) -> Evidence:
        """Compare a remembered task."""
        mine, theirs = self._text, read_task(text)
        bound = theirs.gist == mine.gist or fits(template, self.task)
        same, opposite, other = agreement(mine.asked, theirs.asked)
        if not bound and swapped(mine.directions, theirs.directions):
            same, opposite, other = Agreement(0.0, 1.0, 0.0)
        mutual = self._dice(mine.kinds, theirs.kinds)
        things = self._things(theirs, mutual)
        return Evidence(cosine, self._rare(theirs.terms), mutual, things, same, opposite, other, float(bound), crowd)

    def _weight(self, word: str) -> float:
        return self._rarity.words.get(word, 1.0)

    def _rare(self, theirs: Set[str]) -> float:
        shared = sum(self._weight(word) ** 2 for word in theirs & self._text.terms)
        if not shared:
            return 0.0
        norm = shared + UNSEEN**2 * len(theirs - self._text.terms)
        return shared / math.sqrt(self._norm * norm)

    def _things(self, theirs: TaskText, mutual: float) -> float:
        """`mutual` but for verbs. A verb that the other text has as well, if only as a noun, is no other one."""
        mine, other = self._text.kinds, theirs.kinds
        ours, left = mine - ({self._text.asked.word} - other), other - ({theirs.asked.word} - mine)
        if not ours or not left:
            return 1.0
        return mutual if len(ours) == len(mine) and len(left) == len(other) else self._dice(ours, left)

    def _dice(self, ours: Set[str], theirs: Set[str]) -> float:
        rarity = self._rarity.stems
        shared = sum(rarity.get(word, 1.0) for word in theirs & ours)
        if not shared:
            return 0.0
        whole = sum(rarity.get(word, 1.0) for word in ours) + shared + UNSEEN * len(theirs - ours)
        return 2 * shared / whole


def fits(template: str, task: str) -> bool:
    """Whether a task reads word for word like a template that says what is to be done."""
    return template != "" and fixed_share(template, task) >= LEAST_FIXED


def relevance(evidence: Evidence) -> float:
    """How near a remembered task is, on the scale of a cosine: candidates are ordered by it, and never cut."""
    order = model().order
    score = evidence.cosine + sum(weight * getattr(evidence, name) for name, weight in order.items())
    if not evidence.bound:
        return score
    # A task that reads like a template is as near as one that is repeated word for word, but for the values' likeness.
    most = 1.0 + sum(weight for weight in order.values() if weight > 0)
    return most + BOUND_TO * (score - most)


def probability(evidence: Evidence, *, vectors: bool = True) -> float:
    """The probability that what was done for a remembered task applies; by words alone where there are no vectors."""
    if vectors:
        return logistic(model().with_vectors, evidence)
    return less_sure(logistic(model().words, evidence))


def ceiling(crowd: float) -> Callable[[float], float]:
    """The highest probability that a pair of texts may have, whatever its words, unless they are bound: by their cosine."""
    fitted = model().with_vectors
    known = {"crowded": min(crowd, MOST_CROWD), "bound": 0.0, "cosine": 0.0}
    most = fitted.intercept + sum(w * known.get(name, float(w > 0)) for name, w in fitted.weights.items())
    slope = fitted.weights["cosine"]
    return lambda cosine: _sigmoid(most + slope * cosine)


def less_sure(probability: float) -> float:
    """A probability at lower odds, for a pair that is judged by words alone."""
    return probability * LESS_SURE / (probability * LESS_SURE + 1 - probability)


def likeness(evidence: Evidence, *, vectors: bool = True) -> float:
    """The probability that two texts that ask for nothing, such as errors, are of the same thing: by their cosine and rare
    words."""
    alike = evidence.cosine + model().order["rare"] * evidence.rare if vectors else evidence.rare
    return by_cosine(min(1.0, alike))


def by_cosine(cosine: float) -> float:
    """The same by a cosine alone, for the strategies that go by nothing else."""
    return logistic(model().cosine, Evidence(cosine, 0, 0, 0, 0, 0, 0, 0, ASSUMED))


def crowd_of(cosines: Iterable[float]) -> float:
    """The mean cosine of a task to the rest of a memory, from that of the best key of each procedure near it: the cohort by
    which speaker verification normalises its scores (adaptive s-norm)."""
    rest = sorted(cosines, reverse=True)[CROWD]
    return (sum(rest) + ASSUMED * ASSUMED_OF) / (len(rest) + ASSUMED_OF)


def scaled(cosine: float, embedder: Identity) -> float:
    """A cosine of any embedder on the scale of the one with which the weights were fitted.

    Linear, so that 1 stays 1 and the middle between two wordings of a task and its nearest other task is the same: models
    differ in how far apart they put what has nothing in common (memp.embed.calibrate measures it).
    """
    fitted = model()
    middle, ours = (fitted.near + fitted.far) / 2, (embedder.near + embedder.far) / 2
    return cosine if middle == ours else max(-1.0, 1 - (1 - cosine) * (1 - middle) / (1 - ours))


def can_read(embedder: Identity, text: str) -> bool:
    """Whether an embedder reads the language of a text ("*": it makes no difference between languages). What has no letter, such
    as signs and pictures, none reads: the tokens that it does not know are all alike to it."""
    if not any(map(str.isalpha, text)):
        return False
    return "*" in embedder.reads or language_of(text) in embedder.reads


def unread(embedder: Identity, text: str) -> str:
    """The sentence that says why a text was matched by words alone."""
    if not any(map(str.isalpha, text)):
        return "Matched by words only: the task has no letters."
    return f"Matched by words only: the embedding model does not read {NAMES[language_of(text)]}."


def logistic(weights: Weights, evidence: Evidence) -> float:
    """The probability that a logistic regression gives."""
    return _sigmoid(
        weights.intercept + sum(weight * getattr(evidence, name) for name, weight in weights.weights.items())
    )


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z > -700 else 0.0


@cache
def model() -> Model:
    """The fitted weights.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        return Model.model_validate(json.loads(WEIGHTS.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise ConfigError(
            f"The weights of retrieval {WEIGHTS.name} cannot be read ({error}). Reinstall memp."
        ) from error
