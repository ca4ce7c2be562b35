"""Conditions: why only some runs of a family took a step, read off what the runs had observed before it.

A clause of an observation, or a few words of one, that all runs with the step saw and no other, or the other way round; or
a number beside the same words, which in the runs with the step lies above, or below, that of all others.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from decimal import Decimal
from typing import NamedTuple

from memp.build.induction.alignment import Column
from memp.build.induction.branching.evidence import MOST_OF_A_SIGN, Evidence, is_chance_of_many, terms_of, ways_of
from memp.build.induction.branching.timelines import Timelines
from memp.build.reading.features import Feature, clauses_in
from memp.build.reading.members import Member
from memp.build.reading.mentions import in_all
from memp.text.clauses import NUMBER
from memp.text.steps import quotable

REACH = 12
"""Columns before a step whose observations are looked at."""

_NOTHING = re.compile(
    r"\W{0,3}(?:none|null|nil|nothing|0|no(?: [^\W\d_]+){1,3}|(?:[^\W\d_]+ ){0,3}not found|0(?: [^\W\d_]+){1,3})\W{0,3}",
    re.IGNORECASE,
)
"""An answer that says that there is nothing: who gets it makes what was looked for."""


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


class _Answers(NamedTuple):
    """The observations of runs at one place of the alignment, in general terms; in how many ways their words, and on how many
    labels their numbers, may split them; `signs`: the runs that failed there, and those that were shown nothing."""

    column: int
    texts: Mapping[int, str]
    ways: int
    labels: int
    signs: Sequence[Set[int]]


def condition_of(timelines: Timelines, index: int) -> Condition | None:
    """The condition of a step that only some runs have; None where nothing tells them apart.

    Held against each other are the observations at the same place of the alignment. The one with the best evidence decides.
    """
    general = timelines.general
    column = general.columns[index]
    # A run that ended before tells nothing of what it would have done.
    others = [m for m in range(len(general.members)) if m not in column and timelines.goes_on(m, index)]
    if not others:
        return None
    relevant = {*column, *others}
    proven: list[tuple[float, Condition]] = []
    nearer = 0
    for i in range(index - 1, max(-1, index - 1 - REACH), -1):
        if not relevant <= general.columns[i].keys():
            continue
        texts = {m: timelines.seen(m, a.observation, i) for m, a in general.columns[i].items() if m in relevant}
        if timelines.differ(texts.items()):
            answers = _answers(timelines, i, texts)
            proven += _proven(timelines, column, others, answers, nearer)
            nearer += answers.ways > 0 and Evidence(len(relevant), len(column), len(column), answers.ways).is_proof
    return max(proven, key=lambda pair: pair[0])[1] if proven else None


def _answers(timelines: Timelines, i: int, texts: Mapping[int, str]) -> _Answers:
    """The answers of runs at one place."""
    members, column = timelines.general.members, timelines.general.columns[i]
    failed = {m for m in texts if members[m].run.acts[column[m].place].failure}
    nothing = {m for m in texts if _NOTHING.fullmatch(column[m].observation)}
    ways = ways_of({m: timelines.words(m, text) for m, text in texts.items()})
    labels = len(in_all(timelines.numbers(m, text) for m, text in texts.items()))
    return _Answers(i, texts, ways, labels, (failed, nothing))


def _proven(
    timelines: Timelines, column: Column, others: Sequence[int], answers: _Answers, nearer: int
) -> Iterator[tuple[float, Condition]]:
    """The conditions that the answers at one place prove, or that all tasks name, with their odds."""
    members = timelines.general.members
    about = timelines.spoken_of(next(iter(column.values())))
    clauses = clauses_in(answers.texts[next(iter(column))])
    tasks = [member.task for member in members]
    known = timelines, answers.texts, column, others
    for option in (*_deciding(*known), *_by_number(*known)):
        if option.negated and len(members) <= 2:
            continue
        words = about & terms_of(option.words)
        signs = min(len(words), MOST_OF_A_SIGN) + ({*column} in answers.signs)
        split = 2 * answers.labels if option.bound else answers.ways
        evidence = Evidence(len(answers.texts), len(column), len(column), split, nearer, signs)
        named = is_told(option, tasks)
        if not named and is_chance_of_many(len(members), evidence, clauses, speaks=bool(words)):
            continue
        if evidence.is_proof or named:
            yield evidence.odds, option._replace(column=answers.column, speaks=bool(words))


def is_told(condition: Condition, tasks: Sequence[str]) -> bool:
    """Whether all tasks name the number that decides."""
    return bool(condition.bound) and all(condition.bound[2:] in NUMBER.findall(task) for task in tasks)


def _deciding(
    timelines: Timelines, seen: Mapping[int, str], column: Column, others: Sequence[int]
) -> Iterator[Condition]:
    """Words that all runs with the step saw and no other; then words that all others saw and none of these."""
    features = {m: timelines.general.members[m].words_in(text) for m, text in seen.items()}
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
    timelines: Timelines, seen: Mapping[int, str], column: Column, others: Sequence[int]
) -> Iterator[Condition]:
    """Words with a number beside them that lies on one side for the runs with the step, and on the other for the rest."""
    members = timelines.general.members
    numbers = {m: timelines.numbers(m, text) for m, text in seen.items()}
    labels = in_all(numbers.values())
    for label in sorted(labels, key=lambda label: (len(label), label)):
        bound = bound_of([numbers[m][label] for m in column], [numbers[m][label] for m in others], members)
        if bound:
            yield Condition(label, bound=bound)


def bound_of(ours: Sequence[float], theirs: Sequence[float], members: Sequence[Member]) -> str:
    """The bound that all of our numbers meet and none of theirs; empty where none lies between them, or where one has so many
    digits that it is infinite as a float."""
    if not all(map(math.isfinite, (*ours, *theirs))):
        return ""
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
    return (number for member in members for number in NUMBER.findall(member.task))


def _middle(low: float, high: float) -> str:
    """The middle of two numbers, written without an exponent."""
    return format(((Decimal(repr(low)) + Decimal(repr(high))) / 2).normalize(), "f")
