"""Conditions of a script's steps, as an agent evaluates them: against what it observed, the newest first.

    if 'low battery': ...          the words stand in an observation
    if not 'charging': ...         they stand in none
    if 'level' < 20: ...           the number beside them, in the newest observation that gives one, is below 20

A number that nothing gives meets no bound.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from memp.text.clauses import CLAUSE
from memp.text.steps import ScriptStep

QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})
"""Typographic quotes to plain ones."""

_WORD = re.compile(r"[\w%]+")
_NUMBER = re.compile(r"(?<![\w.-])-?\d+(?:\.\d+)?(?![\w-]|\.\w)")

_COMPARED: Mapping[str, Callable[[float, float], bool]] = {"<": operator.lt, ">": operator.gt}


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A text in the form in which words are looked for: case, spaces and the form of quotes do not matter."""
    return " ".join(text.translate(QUOTES).casefold().split())


def says(text: str, words: str) -> bool:
    """Whether words stand in a text: as they are, or one after the other in a clause, whatever stands between them and is no
    word."""
    wanted = plain(words)
    return wanted in plain(text) or (bool(spelled := _words(wanted)) and spelled in _words(text))


@lru_cache(maxsize=4096)
def _words(text: str) -> str:
    """The words of each clause between spaces, the clauses apart: `"state": "on", "load": 3` is " state on | load 3 "."""
    clauses = (" ".join(_WORD.findall(plain(clause))) for clause in CLAUSE.findall(text))
    return f" {' | '.join(filter(None, clauses))} " if text.strip() else ""


def number_beside(words: str, text: str) -> float | None:
    """The number that stands beside words in a clause of a text: its only one, else the first after them, else the last
    before; None where no clause has both."""
    wanted = plain(words)
    for clause in map(plain, CLAUSE.findall(text)):
        numbers = [(match.start(), float(match[0])) for match in _NUMBER.finditer(clause)]
        # "Water: 47.5 C" is asked for as "Water: C": its words without the number.
        if not numbers or wanted not in " ".join(_NUMBER.sub(" ", clause).split()):
            continue
        end = clause.find(wanted) + len(wanted) if wanted in clause else 0
        after = [number for at, number in numbers if at >= end]
        return after[0] if after else numbers[-1][1]
    return None


def meets(bound: str, number: float | None) -> bool:
    """Whether a number meets a bound such as "> 50"; one that is not known meets none."""
    sign, _, limit = bound.partition(" ")
    return number is not None and _COMPARED[sign](number, float(limit.rstrip(".")))


def is_met(step: ScriptStep, newest_first: Iterable[str], fill: Callable[[str], str] = str) -> bool:
    """Whether observations meet the condition of a step; `fill` puts the values of its {placeholders} in its words."""
    if step.bound:
        return in_bounds(step, newest_first, fill)
    words = fill(step.when or step.unless)
    if not words:
        return True
    return any(says(text, words) for text in newest_first) == bool(step.when)


def in_bounds(step: ScriptStep, newest_first: Iterable[str], fill: Callable[[str], str] = str) -> bool:
    """Whether the newest number that observations give meets the bound of a step; True for a step without one."""
    if not step.bound:
        return True
    words = fill(step.when)
    numbers = (number_beside(words, text) for text in newest_first)
    return meets(step.bound, next((number for number in numbers if number is not None), None))
