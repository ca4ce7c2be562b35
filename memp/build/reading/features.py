"""Features of an observation by which runs are told apart: its clauses, stretches of their words, and labelled numbers.

What belongs to one run alone, its values and identifiers, is no feature: it decides nothing in another run.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from memp.text.clauses import CLAUSE, NUMBER
from memp.text.failures.detection import exit_status
from memp.text.steps import quotable
from memp.text.templates import PLACEHOLDER

MOST_WORDS = 5
"""Words of a part of a clause that may decide."""

_TOKEN = re.compile(r"\{\w+\}|[\w:%-]+")


class Feature(NamedTuple):
    """Words of an observation as they are written; `whole`: they are all of a clause; `particular`: a date, a number or an
    identifier is among them, which may be one run's alone."""

    text: str
    whole: bool
    particular: bool = False


def words_in(text: str, is_own: Callable[[str], bool]) -> dict[str, Feature]:
    """The clauses of a text and stretches of their words, by how they read in lower case; without tokens of which `is_own` says
    that they belong to one run."""
    features: dict[str, Feature] = {}
    for clause in CLAUSE.findall(text):
        spans = [match.span() for match in _TOKEN.finditer(clause)]
        tokens = [clause[start:end] for start, end in spans]
        own = [token[0] != "{" and (token.isdigit() or is_own(token)) for token in tokens]
        for size in range(1, min(MOST_WORDS, len(tokens)) + 1):
            for start in range(len(tokens) - size + 1):
                words = tokens[start : start + size]
                if any(own[start : start + size]) or not any(map(_is_word, words)):
                    continue
                written = clause[spans[start][0] : spans[start + size - 1][1]]
                feature = Feature(written, size == len(tokens), any(map(_is_particular, words)))
                features.setdefault(" ".join(words).casefold(), feature)
    return features


CODE = re.compile(r"[A-Z]{1,6}-?\d{1,5}")
"""A status or error code: it means the same in every run."""


def _is_particular(token: str) -> bool:
    return token[0] != "{" and any(c.isdigit() for c in token) and not CODE.fullmatch(token)


def _is_word(token: str) -> bool:
    return token[0] != "{" and any(c.isalpha() for c in token)


def key_of(text: str) -> str:
    """The key of a feature with this text."""
    return " ".join(_TOKEN.findall(text)).casefold()


@lru_cache(maxsize=65_536)
def clauses_in(text: str) -> int:
    """How many clauses a text has."""
    return sum(bool(_TOKEN.search(clause)) for clause in CLAUSE.findall(text))


def _bare(label: str) -> str:
    """A label without the signs around it, and without an object's braces; a placeholder keeps its own."""
    is_object = "{" in (rest := re.sub(PLACEHOLDER, "", label)) or "}" in rest
    return quotable(label.strip(" :=\"'{}" if is_object else " :=\"'"))


def numbers_in(text: str, is_instance: Callable[[str], bool]) -> dict[str, float]:
    """Label to number: a clause without its one number, and without what stands at its ends and is one run's, such as the size
    of "20G 92% used". An exit status is a code, and measures nothing. A number is none where `is_instance` says that the word
    before it names the instance that is meant."""
    numbers: dict[str, float] = {}
    for clause in (clause for clause in CLAUSE.findall(text) if exit_status(clause) is None):
        rows = [
            match[0]
            for match in NUMBER.finditer(clause)
            if not is_instance(clause[: match.start()].rstrip().rpartition(" ")[2])
        ]
        words = NUMBER.sub(" ", clause).split()
        inner = [i for i, word in enumerate(words) if not any(map(str.isdigit, word))]
        label = _bare(" ".join(words[inner[0] : inner[-1] + 1] if inner else words))
        if len(rows) == 1 and any(c.isalpha() for c in label):
            numbers.setdefault(label, float(rows[0]))
    return numbers
