"""The grammar of laboratory commands: a verb and one or two things, each named in several words.

This is all that the scripted agents know of a world whose actions are written as "move metal pot to sink". A thing may be
named by where it is ("substance in metal pot"), and one verb may be written in several ways.
"""

import re
from functools import lru_cache

from memp.evaluate.environments.commands import Call

_FORMS = tuple(
    (verb, re.compile(form, re.IGNORECASE))
    for verb, form in (
        ("move", r"(?:move|put) (.+) (?:to|into) (.+)"),
        ("use", r"use (.+?) on (.+)"),
        ("connect", r"connect (.+) to (.+)"),
        ("pour", r"pour (.+) into (.+)"),
        ("pour", r"pour (.+?) in (.+)"),
        ("dunk", r"dunk (.+?) (?:into|in) (.+)"),
        ("pick up", r"(?:pick up|take) (.+)"),
        ("put down", r"(?:put down|drop) (.+)"),
        ("look in", r"look in (.+)"),
        ("look at", r"(?:look at|examine) (.+)"),
        ("focus", r"focus on (.+)"),
        ("go", r"(?:go to|go|teleport to) (.+)"),
    )
)
"""Each verb by the ways to write it, two things before one; any other command is one word and what follows it."""

ALONE = ("look around", "inventory", "task")
"""Commands that name nothing and only say what there is."""

_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
OTHER_NUMBER = 0.9
"""The likeness of "pot 2" and "pot 3": of the things that are here, the one of the same number comes first."""
_EMPTY = frozenset("a an the in on of to into at from containing".split())


@lru_cache(maxsize=50_000)
def call_of(action: str) -> Call:
    """Parse a command: "use thermometer on cup" is ("use", ("thermometer", "cup"))."""
    text = " ".join(action.split())
    if text.lower() in ALONE:
        return Call(text.lower(), ())
    for verb, form in _FORMS:
        match = form.fullmatch(text)
        if match is not None:
            return Call(verb, tuple(part.lower() for part in match.groups()))
    verb, _, rest = text.lower().partition(" ")
    return Call(verb, (rest,) if rest else ())


def is_choice(action: str) -> bool:
    """Whether an action is the number of one of several things that a command may have meant."""
    return _NUMBER.fullmatch(action.strip()) is not None


def without_places(action: str) -> str:
    """An action on its things wherever they are: "focus on seed" for "focus on seed in flower pot 2"."""
    for arg in call_of(action).args:
        thing, inside, _ = arg.rpartition(" in ")
        if inside:
            start = action.lower().find(arg)
            action = action[: start + len(thing)] + action[start + len(arg) :]
    return action


@lru_cache(maxsize=50_000)
def words_of(thing: str) -> frozenset[str]:
    """The words by which a thing is told from others, without its number."""
    return frozenset(_WORD.findall(thing.lower())) - _EMPTY


def likeness(one: str, other: str) -> float:
    """The share of words that two names have in common (Jaccard), from 0 to 1; a little less where the numbers differ."""
    ours, theirs = words_of(one), words_of(other)
    either = ours | theirs
    alike = _NUMBER.findall(one) == _NUMBER.findall(other)
    return len(ours & theirs) / len(either) * (1 if alike else OTHER_NUMBER) if either else 0.0
