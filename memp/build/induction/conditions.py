"""Conditions: why only some runs of a family took a step, read off what the runs had observed before it.

A clause of an observation, or a few words of one, that all runs with the step saw and no other, or the other way round; or
a number beside the same words, which in the runs with the step lies above, or below, that of all others.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from memp.build.induction.alignment import Column
from memp.build.induction.parameters import Generalised
from memp.build.reading.features import CODE, Feature, clauses_in
from memp.build.reading.members import Member, in_all
from memp.text.keywords import terms
from memp.text.steps import quotable

UNLIKELY = 10
"""How many features would have to be compared, for each that is, before one of them tells the runs apart by chance."""

REACH = 12
"""Columns before a step whose observations are looked at."""

_NUMBER = re.compile(r"(?<![\w.-])-?\d+(?:\.\d+)?(?![\w.-])")
"""A number, as a task names it."""


class Condition(NamedTuple):
    """The words that decide; `negated`: a step is done where they were not seen; `bound`: by the number beside them;
    `column`: the step that shows them; `speaks`: they speak of what the conditional step speaks of; `gone`: they were not seen
    any more after it."""

    words: str
    negated: bool = False
    bound: str = ""
    column: int = -1
    speaks: bool = False
    gone: bool = False


def condition_of(general: Generalised, index: int) -> Condition | None:
    """The condition of a step that only some runs have; None where nothing tells them apart.

    The nearest observation counts most. One that does not speak of what the step speaks of decides only where it was seen
    right before it.
    """
    column = general.columns[index]
    # A run that ended before tells nothing of what it would have done.
    going_on = {m for later in general.columns[index + 1 :] for m in later}
    others = [m for m in range(len(general.members)) if m not in column and m in going_on]
    if not others:
        return None
    relevant = {*column, *others}
    about = set(terms(spoken(next(iter(column.values())).text)))
    places = [i for i in range(index - 1, max(-1, index - 1 - REACH), -1) if relevant <= general.columns[i].keys()]
    fallback: Condition | None = None
    for nearness, i in enumerate(places):
        seen = {
            m: general.substitute(action.observation, m, near=i)
            for m, action in general.columns[i].items()
            if m in relevant
        }
        options = [*_deciding(general, seen, column, others), *_by_number(seen, column, others, general.members)]
        options = [option._replace(column=i) for option in options]
        speaking = [option for option in options if about & set(terms(spoken(option.words)))]
        if speaking:
            best = max(speaking, key=lambda option: len(about & set(terms(spoken(option.words)))))
            return best._replace(speaks=True)
        if nearness == 0 and options:
            fallback = options[0]
            compared = clauses_in(seen[next(iter(column))])
            told = CODE.search(fallback.words) or is_told(fallback, [member.task for member in general.members])
            if not told and is_coincidence(len(relevant), len(column), len(column), compared):
                fallback = None
    return fallback


def is_coincidence(runs: int, having: int, covered: int, compared: int) -> bool:
    """Whether one of so many features may hold in `covered` runs by chance, all of them among those `having` a step."""
    covered = min(covered, having)
    return math.comb(runs, covered) <= UNLIKELY * compared * math.comb(having, covered)


def is_told(condition: Condition, tasks: Sequence[str]) -> bool:
    """Whether all tasks name the number that decides."""
    return bool(condition.bound) and all(condition.bound[2:] in _NUMBER.findall(task) for task in tasks)


def spoken(text: str) -> str:
    """A text with its compound words apart: "toggle_data" speaks of data."""
    return re.sub(r"[_\W]+|(?<=[a-z])(?=[A-Z])", " ", text)


def _deciding(
    general: Generalised, seen: Mapping[int, str], column: Column, others: Sequence[int]
) -> Iterator[Condition]:
    """Words that all runs with the step saw and no other; then words that all others saw and none of these."""
    features = {m: general.members[m].words_in(text) for m, text in seen.items()}
    present = [features[m] for m in column]
    absent = [features[m] for m in others]
    for negated, (ours, theirs) in enumerate(((present, absent), (absent, present))):
        shared = in_all(ours).difference(*theirs)
        if len(ours) == 1:
            shared = {words for words in shared if not ours[0][words].particular}
        if shared:
            best = max(sorted(shared), key=lambda words: _rank(words, ours[0]))
            yield Condition(quotable(ours[0][best].text), bool(negated))


def _rank(words: str, shown: Mapping[str, Feature]) -> tuple[bool, int]:
    """A whole clause first, the shortest of them; then the most words."""
    return shown[words].whole, -len(words) if shown[words].whole else len(words.split())


def _by_number(
    seen: Mapping[int, str], column: Column, others: Sequence[int], members: Sequence[Member]
) -> Iterator[Condition]:
    """Words with a number beside them that lies on one side for the runs with the step, and on the other for the rest."""
    numbers = {m: members[m].numbers_in(text) for m, text in seen.items()}
    labels = in_all(numbers.values())
    for label in sorted(labels, key=lambda label: (len(label), label)):
        bound = bound_of([numbers[m][label] for m in column], [numbers[m][label] for m in others], members)
        if bound:
            yield Condition(label, bound=bound)


def bound_of(ours: Sequence[float], theirs: Sequence[float], members: Sequence[Member]) -> str:
    """The bound that all of our numbers meet and none of theirs; empty where none lies between them."""
    if max(ours) < min(theirs):
        return below(max(ours), min(theirs), members)
    return above(max(theirs), min(ours), members) if min(ours) > max(theirs) else ""


def below(ours: float, theirs: float, members: Sequence[Member]) -> str:
    """The bound that lower numbers meet, up to ours, and theirs do not: at a number that a task names, else the middle."""
    named = (number for number in _named(members) if ours < float(number) <= theirs)
    return f"< {next(named, _middle(ours, theirs))}"


def above(theirs: float, ours: float, members: Sequence[Member]) -> str:
    """The bound that higher numbers meet, from ours on, and theirs do not: at a number that a task names, else the middle."""
    named = (number for number in _named(members) if theirs <= float(number) < ours)
    return f"> {next(named, _middle(theirs, ours))}"


def _named(members: Sequence[Member]) -> Iterator[str]:
    return (number for member in members for number in _NUMBER.findall(member.task))


def _middle(low: float, high: float) -> str:
    """The middle of two numbers, written without an exponent."""
    return format(((Decimal(repr(low)) + Decimal(repr(high))) / 2).normalize(), "f")
