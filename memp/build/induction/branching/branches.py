"""Branches: steps that only some runs of a family took, each with the cases in which it is done.

A case is read off what a run knew before the step: the newest answer of each reading (memp.build.reading.features). It must
hold before the step where the step was done, and at no time in the runs that did without it. One whose words are gone after the
step is the likeliest: that is what the step was for. As a step may have several causes, cases are chosen until they cover all
runs that did it (greedy set cover; Chvatal, 1979).
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from memp.build.induction.branching.cases import Case, cases_of, undone
from memp.build.induction.branching.conditions import Condition, condition_of
from memp.build.induction.branching.evidence import LEAST_RUNS
from memp.build.induction.branching.timelines import Spot, Timelines
from memp.build.induction.generalised import LEAST_MANY, Generalised
from memp.build.reading.features import key_of
from memp.build.reading.members import Member

MOST_CASES = 3
"""Cases of one step: one with more is told without."""


class Branch(NamedTuple):
    """The columns of a step that not all runs have at one place, in whatever order; the conditions of its cases; `follows`: the
    first column of the branch that it always comes right after, as one more part of it; `covered`: whether they explain all
    runs; `ends`: each run that has the step ends with it; `block`: its conditions are those that held before the step that
    leads it."""

    columns: tuple[int, ...]
    conditions: tuple[Condition, ...] = ()
    follows: int = -1
    covered: bool = False
    ends: bool = False
    block: bool = False


def branches_of(timelines: Timelines, partial: Sequence[int]) -> list[Branch]:
    """The branches of a family: its columns that only some runs have, those of one step together."""
    general = timelines.general
    groups = [Branch(group, ends=_is_end(general, group)) for group in _groups(general, partial)]
    gave_up = {
        spot.member for group in groups if _gives_up(general, group, partial) for spot in _spots(general, group.columns)
    }
    explained = [_explained(general, timelines, group, set[int]() if group.ends else gave_up) for group in groups]
    return [_as_unit(general, timelines, branch, explained) for branch in explained]


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


def _spots(general: Generalised, group: Sequence[int]) -> list[Spot]:
    return [Spot(m, action) for i in group for m, action in general.columns[i].items()]


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
    first = branch.columns[0]
    rest = [m for m in others if timelines.goes_on(m, first) or (branch.ends and _ends_otherwise(general, m))]
    near = condition_of(timelines, branch.columns[0]) if len(branch.columns) == 1 else None
    proven: tuple[Condition, ...] = ()
    for theirs in ([rest] if rest == others else [others, rest]) if others else ():
        cases = _cover(cases_of(timelines, spots, theirs), len(spots)) if theirs else []
        if len(cases) <= MOST_CASES and sum(len(case.covers) for case in cases) == len(spots):
            proven = tuple(case.condition for case in cases)
            if all(case.gone for case in cases):
                break
    if proven:
        return branch._replace(conditions=proven, covered=True)
    habit = (
        len(having) < LEAST_RUNS and len(general.members) >= LEAST_MANY
    )  # of one of many runs, with a purpose of its own
    purpose = _purpose(general, timelines, spots, others) if near is None and others and not habit else None
    conditions = tuple(condition for condition in (near or purpose,) if condition)
    return branch._replace(conditions=conditions, covered=bool(conditions))


def _ends_otherwise(general: Generalised, member: int) -> bool:
    """Whether a run ends with a step that not all have: it was not cut short, but took the other way."""
    last = [column for column in general.columns if member in column][-1:]
    return any(len(column) < len(general.members) for column in last)


def _purpose(
    general: Generalised, timelines: Timelines, spots: Sequence[Spot], others: Sequence[int]
) -> Condition | None:  # fmt: skip
    """What held before a step in every run and no more after it, though some other runs had it as well and did without: of
    that what fewest had; None where most did."""
    always = undone(timelines, spots)
    had = {case: sum(_ever_holds(general, timelines, case.condition, m) for m in others) for case in always}
    best = min(always, key=lambda case: (had[case], *(not part for part in case.worth(case.covers)[2:9])), default=None)
    return best.condition if best and 2 * had[best] <= len(others) else None


def _ever_holds(general: Generalised, timelines: Timelines, condition: Condition, member: int) -> bool:
    texts = timelines.all_of(member).get(general.texts[condition.column], ())
    return any(_holds(general.members[member], condition, text) for text in texts)


def _cover(cases: Sequence[Case], count: int) -> list[Case]:
    """Cases that explain the spots: always the one that explains most of what is left."""
    chosen: list[Case] = []
    left = frozenset(range(count))
    while left and cases:
        best = max(cases, key=lambda case: case.worth(left))
        explains = best.covers & left
        if not explains:
            break
        chosen.append(best._replace(covers=explains))
        left -= explains
    return chosen


def _as_unit(general: Generalised, timelines: Timelines, branch: Branch, branches: Sequence[Branch]) -> Branch:
    """A branch as a part of the one that its step always comes right after, where nothing explains it, or where the same runs
    have both and read nothing new between: a block of steps has one reason. Else as it is."""
    block = [branch]
    while (lead := _lead(general, timelines, block, branches)) is not None:
        block.append(lead)
    first = block[-1]
    if first is branch or not first.conditions:
        return branch
    together = all(_is_next(general, one) for one in block[:-1])
    return branch._replace(
        conditions=first.conditions, follows=first.columns[0] if together else -1, covered=True, block=True
    )


def _is_next(general: Generalised, branch: Branch) -> bool:
    """Whether a step comes right after the one before it that may have changed something: what lies between, as a way to another
    place, keeps its own."""
    return not any(
        action.needed and _previous(general, spot) < action.place < spot.action.place
        for spot in _spots(general, branch.columns)
        for action in general.members[spot.member].actions
    )


def _lead(
    general: Generalised, timelines: Timelines, block: Sequence[Branch], branches: Sequence[Branch]
) -> Branch | None:  # fmt: skip
    """The branch that the first one of a block is a part of."""
    first = block[-1]
    spots = _spots(general, first.columns)
    before = {(spot.member, _previous(general, spot)) for spot in spots}
    lead = next((b for b in branches if b not in block and before <= _places(general, b)), None)
    if lead is None or not first.covered:
        return lead
    same = {m for m, _ in _places(general, lead)} == {spot.member for spot in spots}
    return lead if same and lead.covered and not _is_read_after(general, timelines, first, lead) else None


def _is_read_after(general: Generalised, timelines: Timelines, branch: Branch, lead: Branch) -> bool:
    """Whether a condition of a branch was read after the step that leads it."""
    places = dict(_places(general, lead))
    columns = {condition.column for condition in branch.conditions}
    return any(
        reading.column in columns and reading.place >= places[spot.member]
        for spot in _spots(general, branch.columns)
        for reading in timelines.before(spot).values()
    )


def _places(general: Generalised, branch: Branch) -> set[tuple[int, int]]:
    return {(spot.member, spot.action.place) for spot in _spots(general, branch.columns)}


def _previous(general: Generalised, spot: Spot) -> int:
    """The place of the step before one in a run that may have changed something; -1 where there is none."""
    places = general.once(_places_of_acts)[spot.member]
    at = bisect_left(places, spot.action.place)
    return places[at - 1] if at else -1


def _places_of_acts(general: Generalised) -> list[list[int]]:
    """Of each run the places of the steps that may have changed something."""
    return [
        sorted(a.place for a in member.actions if a.needed and a.kind in ("act", "effect"))
        for member in general.members
    ]


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
        newest, after = timelines.before(spot).get(reading), timelines.after(spot, reading)
        member = general.members[spot.member]
        if (
            newest is not None
            and after is not None
            and _holds(member, condition, newest.text) != _holds(member, condition, after)
        ):
            return True
    return False


def _holds(member: Member, condition: Condition, text: str) -> bool:
    if condition.bound:
        number = member.numbers_in(text).get(condition.words)
        limit = float(condition.bound[2:])
        return number is not None and (number < limit if condition.bound[0] == "<" else number > limit)
    return (key_of(condition.words) in member.words_in(text)) != condition.negated
