"""Likeness of errors: whether a remembered error is one that was met now, by its code and by its words.

A code decides where there is one (memp.text.failures.codes). Else the words do, each by how rare it is: most of the remembered
error's must stand in the new one, or all of a short new one in the remembered. That the same command failed says little.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from memp.text.failures.codes import codes_of, mentioned, same_code
from memp.text.keywords import terms
from memp.text.tasks.inflection import stem
from memp.text.tasks.language import function_words_of
from memp.text.vocabulary import words_of

LEAST_SHARE = 0.6
"""The idf-weighted share of one error's words that must stand in the other: more than half, so that what they share
outweighs what tells them apart."""

GENERIC = words_of("bash shell command exit code status error errors failed failure exception traceback line file")
"""Words that stand in errors of every kind."""

_PART = re.compile(r": +")

Weight = Callable[[str], float]
"""The inverse document frequency of a word."""


class Likeness(NamedTuple):
    """How like two errors are: by a code that both have, else by the share of their words. Larger is liker."""

    code: bool
    share: float

    @property
    def same(self) -> bool:
        """Whether they are one error."""
        return self.code or self.share >= LEAST_SHARE


def likeness(remembered: str, error: str, weight: Weight) -> Likeness | None:
    """How like an error is to a remembered one, "action: error" or an error alone; None where it is surely another."""
    code = same_code(remembered, error)
    if code is False:
        return None
    new = error_words(error)
    parts = list(_parts(remembered))
    if code:
        # Short codes are each tool's own: where both say more, they must have some of it in common.
        said = error_words(parts[-1])
        return (
            Likeness(True, 1.0) if len(said) < 2 or len(new) < 2 or shared_words(error_words(remembered), new) else None
        )
    return Likeness(False, max((_share(error_words(part), new, weight) for part in parts), default=0.0))


def line_likeness(action: str, line: str, error: str, weight: Weight, *, failed: bool) -> Likeness | None:
    """How like an error is to a line that an action showed; None where it is surely another.

    By words the line alone decides: that the same command was given is no sign of the same error. In an answer that is no
    clear failure it must be as like to the error as that is to the line.
    """
    like = likeness(f"{action}: {line}", error, weight)
    if like is None or like.code:
        return like
    old, new = error_words(line), error_words(error)
    share = _share(old, new, weight)
    return Likeness(False, share if failed else min(share, _share(new, old, weight)))


def error_words(text: str) -> set[str]:
    """The words of an error that say which it is: without those of every error, the function words of its language ("not"),
    numbers, and what may be its code."""
    codes = {code.lower() for code in mentioned(text) | codes_of(text)}
    said_anyway = GENERIC | function_words_of(text)
    return {word for word in terms(text) if word not in said_anyway and not word.isdecimal() and word not in codes}


def share_by_words(remembered: str, error: str, weight: Callable[[str, bool], float]) -> float:
    """The weighted share of a new error's words that stand in a remembered one; 0 for a single one, unless it is all that both
    say. `weight` is that of a word, and whether it is a shared one: those that many other failures have say little."""
    old, new = error_words(remembered), error_words(error)
    common = shared_words(new, old)
    if not common or len(common) < 2 <= max(len(old), len(new)):
        return 0.0
    return sum(weight(word, True) for word in common) / sum(weight(word, word in common) for word in new)


def shared_words(one: set[str], other: set[str]) -> set[str]:
    """The words of one text that stand in another, in whatever inflection: "cuisine", "cuisines"."""
    stems = {stem(word) for word in other}
    return {word for word in one if stem(word) in stems}


def _parts(remembered: str) -> Iterator[str]:
    """A remembered error, and what is left of it after each colon: it may begin with the action that failed."""
    yield remembered
    for match in _PART.finditer(remembered):
        yield remembered[match.end() :]


def _share(old: set[str], new: set[str], weight: Weight) -> float:
    """The weighted share of a remembered error's words that stand in the new one: all where the new one has no others. One
    word in common is enough only where it is all that both say."""
    common = shared_words(old, new)
    whole = len(shared_words(new, old)) == len(new)
    if not common or (len(common) < 2 and not (whole and len(common) == len(old))):
        return 0.0
    return 1.0 if whole else sum(map(weight, common)) / sum(map(weight, old))
