"""Evidence: the odds that what runs observed is the reason of a step, and does not only happen to tell these runs apart.

A likelihood ratio with a penalty for multiple comparisons (Bonferroni), counted so that few runs can prove what is direct and
cannot prove what is remote. Compared are the ways in which an answer splits the runs, not its words: an answer that differs
between them in nothing but this speaks for itself however long it is, one that is new in every run says nothing. The nearest
reading comes first, each one before it costs as much again. A sign that would be rare by chance doubles the odds: the words
speak of the step, are gone after it, or are how the step before it failed.
"""

import math
import re
from collections.abc import Collection, Mapping, Set
from functools import lru_cache
from typing import NamedTuple

from memp.build.induction.generalised import LEAST_MANY
from memp.text.entities import ADDRESSES, shape_of
from memp.text.keywords import terms

LEAST_ODDS = 3
"""Odds from which on a reason is taken for proven: one run of three in the only way in which an answer differs."""

MOST_OF_A_SIGN = 2
"""Times that one sign counts at most: two words that speak of the step, two runs in which the reason was gone after it."""

LEAST_LEFT = 1 / 3
"""The share of an answer that must be the same before and after a step for what is gone from it to be the step's doing. Where
less is, another thing was looked at: a room is not changed by leaving it."""

_CHUNK = re.compile(r"[^\s\"'`()\[\]{}<>,;|=]+")


LEAST_RUNS = 2
"""Runs of many that must have a step, and that must not: what one did otherwise is its way. Also the runs that share a date, a
number or an identifier for it to decide, and in which words are gone after a step for it to be no coincidence."""

UNLIKELY = 10
"""How many times more splits of the runs there must be than clauses that were read, for one that agrees to be no chance."""


class Evidence(NamedTuple):
    """What speaks for a condition: of so many runs those that have the step, and those of them that it explains; the ways in
    which the answer splits the runs; how many other answers that differ were nearer; signs beside that."""

    runs: int
    having: int
    covered: int
    ways: int = 1
    nearer: float = 0
    signs: int = 0

    @property
    def odds(self) -> float:
        covered = min(self.covered, self.having)
        by_chance = math.comb(self.having, covered) / math.comb(self.runs, covered)
        return 2**self.signs / (by_chance * max(self.ways, 1) * (1 + self.nearer))

    @property
    def is_proof(self) -> bool:
        return self.odds >= LEAST_ODDS


def is_chance_of_many(members: int, evidence: Evidence, clauses: int, *, speaks: bool) -> bool:
    """Whether in a family of many runs a condition is no more than one run's way; or, unless something `speaks` for it, than
    chance would show: one of so many clauses in just these runs (Bonferroni)."""
    if members < LEAST_MANY:
        return False
    if min(evidence.having, evidence.runs - evidence.having) < LEAST_RUNS:
        return True
    covered = min(evidence.covered, evidence.having)
    splits = math.comb(evidence.runs, covered) / math.comb(evidence.having, covered)
    return not speaks and splits <= UNLIKELY * clauses


def ways_of(features: Mapping[int, Collection[str]]) -> int:
    """In how many ways runs are told apart by a feature that some of them have, and some have not."""
    having: dict[str, set[int]] = {}
    for member, words in features.items():
        for word in words:
            having.setdefault(word, set()).add(member)
    every = frozenset(features)
    splits = {frozenset(members) for members in having.values() if len(members) < len(every)}
    return len({min(tuple(sorted(split)), tuple(sorted(every - split))) for split in splits})


SHORT = 3
"""Clauses of an answer that may all change at once, as those of a status line do."""


def is_same_thing(before: Set[str], after: Set[str], clauses: int) -> bool:
    """Whether two answers, the first of so many clauses, are of the same thing, of which a part changed."""
    return clauses <= SHORT or len(before & after) >= LEAST_LEFT * len(before)


def without_names(text: str) -> str:
    """A text without addresses, paths and files, at which its clauses end: they are one run's."""
    return _CHUNK.sub(lambda match: ";" if _is_name(match[0]) else match[0], text)


def _is_name(chunk: str) -> bool:
    chunk = chunk.strip(".,:!?")
    if not any(sign in chunk for sign in "./@") or not any(c.isalpha() for c in chunk):
        return False
    return shape_of(chunk) in ADDRESSES


def spoken(text: str) -> str:
    """A text with its compound words apart: "toggle_data" speaks of data."""
    return re.sub(r"[_\W]+|(?<=[a-z])(?=[A-Z])", " ", text)


@lru_cache(maxsize=65_536)
def terms_of(text: str) -> frozenset[str]:
    """The words of a text, its compound words apart."""
    return frozenset(terms(spoken(text)))
