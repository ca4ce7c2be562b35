"""Branches: steps that only some runs of a family took, each with the cases in which it is done.

A case is read off what a run knew before the step: the newest answer of each reading (memp.build.reading.features). It must
hold before the step where the step was done, and at no time in the runs that did without it. One whose words are gone after the
step is the likeliest: that is what the step was for. As a step may have several causes, cases are chosen until they cover all
runs that did it (greedy set cover; Chvatal, 1979).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from memp.build.induction.conditions import (
    Condition,
    bound_of,
    condition_of,
    is_coincidence,
    is_told,
    spoken,
)
from memp.build.induction.parameters import Generalised
from memp.build.reading.features import Feature, clauses_in, key_of
from memp.build.reading.members import Action, Member, in_all
from memp.text import templates
from memp.text.keywords import terms
from memp.text.steps import quotable

MOST_CASES = 3
"""Cases of one step: one with more is told without."""

LEAST_RUNS = 2
"""Runs that share a date, a number or an identifier for it to decide; in which words are gone after a step for it to be no
coincidence."""


class Branch(NamedTuple):
    """The columns of a step that not all runs have at one place, in whatever order; the conditions of its cases; `follows`: the
    first column of the branch that it always comes right after, as one more part of it; `covered`: whether they explain all
    runs; `ends`: each run that has the step ends with it."""

    columns: tuple[int, ...]
    conditions: tuple[Condition, ...] = ()
    follows: int = -1
    covered: bool = False
    ends: bool = False


class _Reading(NamedTuple):
    place: int
    name: str
    text: str


class _Spot(NamedTuple):
    """A step of a branch in one run."""

    member: int
    action: Action


@dataclass(frozen=True)
class Timelines:
    """The readings of the members of a family, each under the text of its column, in the order in which they were made."""

    general: Generalised

    @cached_property
    def _readings(self) -> Sequence[Sequence[_Reading]]:
        names: dict[tuple[int, int], str] = {}
        for i, column in enumerate(self.general.columns):
            names |= {(m, action.place): self.general.texts[i] for m, action in column.items()}
        return [
            [
                _Reading(i, names.get((m, i), act.step.action.strip()), act.step.observation)
                for i, act in enumerate(member.run.acts)
                if act.step.observation
            ]
            for m, member in enumerate(self.general.members)
        ]

    def before(self, spot: _Spot) -> Mapping[str, str]:
        """The newest answer of each reading before a step."""
        return {r.name: r.text for r in self._readings[spot.member] if r.place < spot.action.place}

    def after(self, spot: _Spot, name: str) -> str | None:
        """The next answer of a reading after a step; None where it was not made again."""
        readings = self._readings[spot.member]
        return next((r.text for r in readings if r.place > spot.action.place and r.name == name), None)

    def all_of(self, member: int) -> Mapping[str, Sequence[str]]:
        """All answers of each reading of a run, each once."""
        answers: dict[str, dict[str, None]] = {}
        for reading in self._readings[member]:
            answers.setdefault(reading.name, {})[reading.text] = None
        return {name: list(texts) for name, texts in answers.items()}


class _Case(NamedTuple):
    """A condition, the spots that it explains, at how many of them it was gone afterwards, how many of its words the step
    speaks of, and the feature it was read off."""

    condition: Condition
    covers: frozenset[int]
    gone: int
    feature: Feature
    spoken: int = 0

    def worth(self, left: frozenset[int]) -> tuple[object, ...]:
        """More is better: spots that nothing explains yet, then what says that the words are the step's reason."""
        words, whole = self.condition.words, self.feature.whole
        plain = (not self.feature.particular, self.spoken, not self.condition.negated, whole)
        return len(self.covers & left), self.gone, *plain, -len(words) if whole else len(words), words

    def is_likely(self, runs: int, having: int, compared: int) -> bool:
        """Whether a condition is no coincidence: its words speak of the step, or are gone after it in several runs, or no more
        than chance would show by so many features."""
        if self.spoken or self.gone >= LEAST_RUNS:
            return True
        return not is_coincidence(runs, having, len(self.covers), compared)


def branches_of(timelines: Timelines, partial: Sequence[int]) -> list[Branch]:
    """The branches of a family: its columns that only some runs have, those of one step together."""
    general = timelines.general
    groups = [Branch(group, ends=_is_end(general, group)) for group in _groups(general, partial)]
    gave_up = {
        spot.member for group in groups if _gives_up(general, group, partial) for spot in _spots(general, group.columns)
    }
    explained = [_explained(general, timelines, group, set[int]() if group.ends else gave_up) for group in groups]
    return [_as_unit(general, branch, explained) for branch in explained]


def _groups(general: Generalised, partial: Sequence[int]) -> list[tuple[int, ...]]:
    """The columns of the same step, where no run has it in two of them: these runs differ in its place alone."""
    groups: list[tuple[int, ...]] = []
    for i in partial:
        for k, group in enumerate(groups):
            alike = general.texts[group[0]] == general.texts[i]
            if alike and not any(general.columns[i].keys() & general.columns[j].keys() for j in group):
                groups[k] = (*group, i)
                break
        else:
            groups.append((i,))
    return groups


def _spots(general: Generalised, group: Sequence[int]) -> list[_Spot]:
    return [_Spot(m, action) for i in group for m, action in general.columns[i].items()]


def _is_end(general: Generalised, group: Sequence[int]) -> bool:
    """Whether each run that has a step ends with it."""
    spots = _spots(general, group)
    return all(
        spot.action.place == max(action.place for action in general.members[spot.member].actions) for spot in spots
    )


def _gives_up(general: Generalised, group: Branch, partial: Sequence[int]) -> bool:
    """Whether the runs that end with a step did nothing else that not all did, and besides it less than half of what the
    others did on average: they tell nothing of what they would have done."""
    if not group.ends:
        return False
    having = {spot.member for spot in _spots(general, group.columns)}
    if any(having & general.columns[i].keys() for i in partial if i not in group.columns):
        return False
    counts = [sum(a.needed and a.kind in ("act", "effect") for a in one.actions) for one in general.members]
    others = [count for m, count in enumerate(counts) if m not in having]
    return bool(others) and all(2 * (counts[m] - 1) * len(others) < sum(others) for m in having)


def _explained(general: Generalised, timelines: Timelines, branch: Branch, gave_up: set[int]) -> Branch:
    """A branch with its conditions. Runs that ended before it tell less of it than those that went on."""
    spots = _spots(general, branch.columns)
    having = {spot.member for spot in spots}
    others = [m for m in range(len(general.members)) if m not in having | gave_up]
    going_on = {m for column in general.columns[branch.columns[0] + 1 :] for m in column}
    rest = [m for m in others if m in going_on or (branch.ends and _ends_otherwise(general, m))]
    near = condition_of(general, branch.columns[0]) if len(branch.columns) == 1 else None
    if near is not None and near.speaks and templates.names(near.words):
        return branch._replace(conditions=(near,), covered=True)
    for theirs in ([rest] if rest == others else [others, rest]) if others else ():
        cases = _cover(_cases(general, timelines, spots, theirs), len(spots)) if theirs else []
        complete = len(cases) <= MOST_CASES and sum(len(case.covers) for case in cases) == len(spots)
        if complete and all(case.gone for case in cases):
            return branch._replace(conditions=tuple(case.condition for case in cases), covered=True)
        if theirs is rest and near is not None and near.speaks:
            break
        if complete and theirs is rest:
            return branch._replace(conditions=tuple(case.condition for case in cases), covered=True)
    purpose = _purpose(general, timelines, spots, others) if near is None and others else None
    conditions = tuple(condition for condition in (near or purpose,) if condition)
    return branch._replace(conditions=conditions, covered=bool(conditions))


def _ends_otherwise(general: Generalised, member: int) -> bool:
    """Whether a run ends with a step that not all have: it was not cut short, but took the other way."""
    last = [column for column in general.columns if member in column][-1:]
    return any(len(column) < len(general.members) for column in last)


def _purpose(
    general: Generalised, timelines: Timelines, spots: Sequence[_Spot], others: Sequence[int]
) -> Condition | None:  # fmt: skip
    """What held before a step in every run and no more after it, though some other runs had it as well and did without: of
    that what fewest had; None where most did."""
    always = [case for case in _cases(general, timelines, spots, ()) if case.gone == len(spots)]
    had = {case: sum(_ever_holds(general, timelines, case.condition, m) for m in others) for case in always}
    best = min(always, key=lambda case: (had[case], *(not part for part in case.worth(case.covers)[2:5])), default=None)
    return best.condition if best and 2 * had[best] <= len(others) else None


def _ever_holds(general: Generalised, timelines: Timelines, condition: Condition, member: int) -> bool:
    texts = timelines.all_of(member).get(general.texts[condition.column], ())
    return any(_holds(general.members[member], condition, text) for text in texts)


def _cover(cases: Sequence[_Case], count: int) -> list[_Case]:
    """Cases that explain the spots: always the one that explains most of what is left."""
    chosen: list[_Case] = []
    left = frozenset(range(count))
    while left and cases:
        best = max(cases, key=lambda case: case.worth(left))
        explains = best.covers & left
        if not explains:
            break
        chosen.append(best._replace(covers=explains))
        left -= explains
    return chosen


def _cases(
    general: Generalised, timelines: Timelines, spots: Sequence[_Spot], others: Sequence[int]
) -> list[_Case]:  # fmt: skip
    known = [timelines.before(spot) for spot in spots]
    theirs = {m: timelines.all_of(m) for m in others}
    about = set(terms(spoken(spots[0].action.text)))
    columns = {text: i for i, text in reversed([*enumerate(general.texts)])}
    cases: list[_Case] = []
    compared = 0
    for reading in sorted(in_all([*known, *theirs.values()])):
        if reading not in columns:
            continue
        answers = _Answers(
            [texts[reading] for texts in known],
            [timelines.after(spot, reading) for spot in spots],
            {m: texts[reading] for m, texts in theirs.items()},
        )
        compared += clauses_in(answers.before[0])
        for case in (*_by_words(general, spots, answers), *_by_number(general, spots, answers)):
            words = about & set(terms(spoken(case.condition.words)))
            condition = case.condition._replace(column=columns[reading], speaks=bool(words), gone=case.gone > 0)
            cases.append(case._replace(condition=condition, spoken=len(words)))
    having = len({spot.member for spot in spots})
    tasks = [member.task for member in general.members]
    return [
        case for case in cases
        if is_told(case.condition, tasks) or case.is_likely(having + len(others), having, compared)
    ]  # fmt: skip


class _Answers(NamedTuple):
    """The answers of one reading: before each spot, after each, and all those of the other runs."""

    before: Sequence[str]
    after: Sequence[str | None]
    others: Mapping[int, Sequence[str]]


def _by_words(general: Generalised, spots: Sequence[_Spot], answers: _Answers) -> Iterator[_Case]:
    """Words that the answer before a step has, and no answer of another run; or that all of these have, and it has not."""
    members = [general.members[spot.member] for spot in spots]
    seen = [member.words_in(text) for member, text in zip(members, answers.before, strict=True)]
    later = [
        None if text is None else member.words_in(text) for member, text in zip(members, answers.after, strict=True)
    ]
    others = [general.members[m].words_in(text) for m, texts in answers.others.items() for text in texts]
    ever = set[str]().union(*others)
    known = {words: feature for one in seen for words, feature in one.items()}
    for words, feature in known.items():
        holds = [words in one for one in seen]
        runs = {spot.member for spot, one in zip(spots, holds, strict=True) if one}
        if words not in ever and (not feature.particular or len(runs) >= LEAST_RUNS):
            yield _case(feature, False, holds, [one is not None and words not in one for one in later])
    for words in sorted(in_all(others)):
        absent = [words not in one for one in seen]
        if any(absent) and not others[0][words].particular:
            yield _case(others[0][words], True, absent, [one is not None and words in one for one in later])


def _case(feature: Feature, negated: bool, holds: Sequence[bool], gone: Sequence[bool]) -> _Case:
    covers = frozenset(k for k, one in enumerate(holds) if one)
    return _Case(Condition(quotable(feature.text), negated), covers, sum(gone[k] for k in covers), feature)


def _by_number(general: Generalised, spots: Sequence[_Spot], answers: _Answers) -> Iterator[_Case]:
    """A number that lies on one side before the step, and on the other in all answers of the other runs."""
    ours = [general.members[spot.member].numbers_in(text) for spot, text in zip(spots, answers.before, strict=True)]
    theirs = [general.members[m].numbers_in(text) for m, texts in answers.others.items() for text in texts]
    later = [
        None if text is None else general.members[spot.member].numbers_in(text)
        for spot, text in zip(spots, answers.after, strict=True)
    ]
    for label in sorted(in_all([*ours, *theirs])) if theirs else ():
        every = frozenset(range(len(spots)))
        bound = bound_of([one[label] for one in ours], [one[label] for one in theirs], general.members)
        if bound:
            yield _Case(Condition(label, bound=bound), every, _crossed(later, label, bound), Feature(label, whole=True))


def _crossed(later: Sequence[Mapping[str, float] | None], label: str, bound: str) -> int:
    """After how many of the steps the number was on the other side of the bound."""
    numbers = [one[label] for one in later if one is not None and label in one]
    return sum((number >= float(bound[2:])) == (bound[0] == "<") for number in numbers)


def _as_unit(general: Generalised, branch: Branch, branches: Sequence[Branch]) -> Branch:
    """A branch that nothing explains, as a part of the one that its step always comes right after; else as it is."""
    if branch.covered:
        return branch
    before = {(spot.member, _previous(general, spot)) for spot in _spots(general, branch.columns)}
    for other in branches:
        places = {(spot.member, spot.action.place) for spot in _spots(general, other.columns)}
        if other is not branch and other.conditions and before <= places:
            return branch._replace(conditions=other.conditions, follows=other.columns[0], covered=True)
    return branch


def _previous(general: Generalised, spot: _Spot) -> int:
    """The place of the step before one in a run that may have changed something; -1 where there is none."""
    places = [
        action.place
        for action in general.members[spot.member].actions
        if action.needed and action.kind in ("act", "effect") and action.place < spot.action.place
    ]
    return max(places, default=-1)


def in_order(general: Generalised, branches: Sequence[Branch]) -> dict[int, Branch]:
    """The branches by the column at whose place they stand: each before those that it comes before in most runs, and those with
    which a run ends first where it is known when, last where it is not."""
    first = [
        {m: action.place for i in reversed(branch.columns) for m, action in general.columns[i].items()}
        for branch in branches
    ]

    def lead(a: int, b: int) -> int:
        return sum(1 if first[a][m] < first[b][m] else -1 for m in first[a].keys() & first[b].keys())

    left = list(range(len(branches)))
    order: list[int] = []
    while left:
        ready = [a for a in left if all(lead(b, a) <= 0 for b in left if b != a)] or left
        order.append(ready[0])
        left.remove(ready[0])
    known = [a for a in order if branches[a].ends and branches[a].covered]
    last = [a for a in order if branches[a].ends and not branches[a].covered]
    order = [*known, *(a for a in order if not branches[a].ends), *last]
    places = sorted(anchor(general, branch.columns) for branch in branches)
    return {place: branches[a] for place, a in zip(places, order, strict=True)}


def anchor(general: Generalised, columns: Sequence[int]) -> int:
    """The column of a step where most runs have it."""
    return max(columns, key=lambda i: (len(general.columns[i]), -i))


def is_changed_by(timelines: Timelines, condition: Condition, columns: Sequence[int]) -> bool:
    """Whether in some run a condition was not the same before a step and when it was looked at again after it."""
    general = timelines.general
    reading = general.texts[condition.column]
    for spot in _spots(general, columns):
        before, after = timelines.before(spot).get(reading), timelines.after(spot, reading)
        member = general.members[spot.member]
        if (
            before is not None
            and after is not None
            and _holds(member, condition, before) != _holds(member, condition, after)
        ):
            return True
    return False


def _holds(member: Member, condition: Condition, text: str) -> bool:
    if condition.bound:
        number = member.numbers_in(text).get(condition.words)
        limit = float(condition.bound[2:])
        return number is not None and (number < limit if condition.bound[0] == "<" else number > limit)
    return (key_of(condition.words) in member.words_in(text)) != condition.negated
