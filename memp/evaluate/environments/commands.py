"""The grammar of text-game commands: a verb and its arguments, with prepositions between them.

This is all that the scripted agents know of a world whose actions are written as "take mug 1 from shelf 2".
"""

import re
from functools import lru_cache
from typing import NamedTuple

from memp.text.vocabulary import ARTICLES

PREPOSITIONS = frozenset("to from in on in/on into onto with at under using".split())
FORMER_VERBS = {"put": "move"}
"""ALFWorld's older grammar has `put OBJECT in/on RECEPTACLE` for what is `move OBJECT to RECEPTACLE` now."""

_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"\s+\d+$")
_REMARK = re.compile(r"\s*\((?:look for)\b[^)]*\)")
"""A remark that a procedure adds to a step: "go to {source} (look for mug)"."""


class Call(NamedTuple):
    """A command taken apart: "take mug 1 from shelf 2" is ("take", ("mug 1", "shelf 2"))."""

    verb: str
    args: tuple[str, ...]


@lru_cache(maxsize=20_000)
def call_of(action: str) -> Call:
    """Parse a command into its verb and the arguments between its prepositions, without articles."""
    verb, *words = _SPACE.split(_REMARK.sub("", action).strip().lower())
    args: list[list[str]] = [[]]
    for word in words:
        if word in PREPOSITIONS:
            args.append([])
        elif word not in ARTICLES:
            args[-1].append(word.strip(".,"))
    return Call(FORMER_VERBS.get(verb, verb), tuple(" ".join(arg) for arg in args if arg))


def noun_of(thing: str) -> str:
    """The kind of a thing: "mug" of "mug 1"; "soap bar" is written as one word."""
    return _NUMBER.sub("", thing.strip().lower()).replace(" ", "")
