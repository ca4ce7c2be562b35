"""Branches: steps that only some runs of a family took, each with the cases in which it is done.

A case is read off what a run knew before the step: the newest answer of each reading (memp.build.reading.features). It must
hold before the step where the step was done, and at no time in the runs that did without it. One whose words are gone after the
step is the likeliest: that is what the step was for. As a step may have several causes, cases are chosen until they cover all
runs that did it (greedy set cover; Chvatal, 1979).
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from memp.build.induction.conditions import Condition, bound_of, condition_of, is_told, spoken_of, terms_of
from memp.build.induction.evidence import LEAST_ODDS, MOST_OF_A_SIGN, Evidence, is_same_thing, ways_of
from memp.build.induction.parameters import Generalised
from memp.build.induction.timelines import OPERATION, Reading, Spot, Timelines
from memp.build.reading.features import Feature, key_of
from memp.build.reading.members import Member, in_all
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


class _Case(NamedTuple):
    """A condition, the spots that it explains, at how many of them it was gone afterwards, how many of its words the step
    speaks of, and the feature it was read off."""

    condition: Condition
    covers: frozenset[int]
    gone: int
    feature: Feature
    spoken: int = 0
    odds: float = 1.0
    direct: bool = False

    def worth(self, left: frozenset[int]) -> tuple[object, ...]:
        """More is better: spots that nothing explains yet, then what says that the words are the step's reason."""
        words, whole = self.condition.words, self.feature.whole
        plain = (
            not self.feature.particular,
            "{" not in words,
            self.direct,
            self.odds,
            not self.condition.negated,
            whole,
        )
        size = -len(words) if whole else len(words)
        return len(self.covers & left), self.gone, *plain, self.spoken, size, words


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
    going_on = {m for column in general.columns[branch.columns[0] + 1 :] for m in column}
    rest = [m for m in others if m in going_on or (branch.ends and _ends_otherwise(general, m))]
    near = condition_of(general, branch.columns[0]) if len(branch.columns) == 1 else None
    for theirs in ([rest] if rest == others else [others, rest]) if others else ():
        cases = _cover(_cases(general, timelines, spots, theirs), len(spots)) if theirs else []
        complete = len(cases) <= MOST_CASES and sum(len(case.covers) for case in cases) == len(spots)
        if complete and (theirs is rest or all(case.gone for case in cases)):
            return branch._replace(conditions=tuple(case.condition for case in cases), covered=True)
    purpose = _purpose(general, timelines, spots, others) if near is None and others else None
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
    always = [case for case in _cases(general, timelines, spots, ()) if case.gone == len(spots)]
    had = {case: sum(_ever_holds(general, timelines, case.condition, m) for m in others) for case in always}
    best = min(always, key=lambda case: (had[case], *(not part for part in case.worth(case.covers)[2:9])), default=None)
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
    general: Generalised, timelines: Timelines, spots: Sequence[Spot], others: Sequence[int]
) -> list[_Case]:  # fmt: skip
    """The cases that are proven (memp.build.induction.evidence); with no other run all that may be."""
    known = [timelines.before(spot) for spot in spots]
    theirs = {m: timelines.all_of(m) for m in others}
    about = spoken_of(general, spots[0].action)
    tasks = [member.task for member in general.members]
    having = len({spot.member for spot in spots})
    compared = {name: [m for m in others if name in theirs[m]] for name in in_all(known)}
    compared = {
        name: with_it for name, with_it in compared.items()
        if len(with_it) == len(others) or (with_it and all(_is_last(one, name) for one in known))
    }  # fmt: skip
    exact = {tuple(one[name].place for one in known) for name in compared if name[:1] != OPERATION}
    compared = {
        name: with_it for name, with_it in compared.items()
        if name[:1] != OPERATION or tuple(one[name].place for one in known) not in exact
    }  # fmt: skip
    answers = {
        name: _answers(timelines, spots, known, {m: theirs[m] for m in compared[name]}, name)
        for name in sorted(compared)
    }
    runs = {name: having + len(with_it) for name, with_it in compared.items()}
    splits = {name: _splits(general, timelines, spots, one) for name, one in answers.items()}
    tests = {
        name for name, one in splits.items() if one.words and Evidence(runs[name], having, having, one.words).is_proof
    }
    speaking: dict[str, _Splits] = {}
    cases: list[_Case] = []
    for name, one in answers.items():
        column = max(before[name].column for before in known)
        if column < 0:
            continue
        failed = {spot.member for spot, before in zip(spots, known, strict=True) if before[name].failed}
        clear = not any(name in timelines.failed(m) for m in others)
        direct = len(general.members) > 2 and all(_is_last(before, name) for before in known)
        everywhere = len(compared[name]) == len(others)
        for case in (*_by_words(general, spots, one), *(_by_number(timelines, spots, one) if everywhere else ())):
            if case.condition.negated and not (everywhere and (case.gone or len(general.members) > 2)):
                continue  # That something is not there follows from anything else that is.
            words = about & terms_of(case.condition.words)
            condition = case.condition._replace(column=column, speaks=bool(words), gone=case.gone > 0)
            error = clear and all(spots[k].member in failed for k in case.covers)
            signs = bool(words) + min(case.gone, MOST_OF_A_SIGN) + error + direct
            ranked = [(splits, tests)]
            if words:
                speaking = speaking or {
                    other: _splits(general, timelines, spots, its, about) for other, its in answers.items()
                }
                ranked.append((speaking, {other for other, its in speaking.items() if its.of(condition)}))
            odds = max(
                Evidence(
                    runs[name], having, len(case.covers), ways[name].of(condition),
                    sum(_nearer(before, name, nearer) for before in known) / len(spots), signs,
                ).odds
                for ways, nearer in ranked
            )  # fmt: skip
            if not others or is_told(condition, tasks) or odds >= LEAST_ODDS:
                cases.append(case._replace(condition=condition, spoken=len(words), odds=odds, direct=direct))
    return cases


def _is_last(before: Mapping[str, Reading], name: str) -> bool:
    """Whether a reading was the last before a step."""
    return before[name].place == max(one.place for one in before.values())


def _nearer(before: Mapping[str, Reading], name: str, tests: Set[str]) -> int:
    """How many readings that might prove something a run made between a reading and its step."""
    place = before[name].place
    return len({one.place for other, one in before.items() if one.place > place and other in tests})


def _answers(
    timelines: Timelines, spots: Sequence[Spot], known: Sequence[Mapping[str, Reading]],
    theirs: Mapping[int, Mapping[str, Sequence[str]]], name: str,
) -> "_Answers":  # fmt: skip
    return _Answers(
        [one[name].text for one in known],
        [timelines.after(spot, name) for spot in spots],
        {m: texts[name] for m, texts in theirs.items()},
    )


class _Splits(NamedTuple):
    """In how many ways an answer splits the runs: by its words, and by its numbers."""

    words: int
    numbers: int

    def of(self, condition: Condition) -> int:
        return self.numbers if condition.bound else self.words


def _splits(
    general: Generalised, timelines: Timelines, spots: Sequence[Spot], answers: "_Answers",
    about: Set[str] | None = None,
) -> _Splits:  # fmt: skip
    """The splits of an answer; with `about` those of it that speak of these words."""
    seen: dict[int, set[str]] = {}
    labels = set[str]()
    shown = [(spot.member, text) for spot, text in zip(spots, answers.before, strict=True)]
    for m, text in (*shown, *((m, text) for m, texts in answers.others.items() for text in texts)):
        seen.setdefault(m, set()).update(timelines.words(m, text))
        labels.update(timelines.numbers(m, text))
    if about is not None:
        seen = {m: {one for one in words if about & terms_of(one)} for m, words in seen.items()}
        labels = {label for label in labels if about & terms_of(label)}
    return _Splits(ways_of(seen), 2 * len(labels))


class _Answers(NamedTuple):
    """The answers of one reading: before each spot, after each, and all those of the other runs."""

    before: Sequence[str]
    after: Sequence[str | None]
    others: Mapping[int, Sequence[str]]


def _by_words(general: Generalised, spots: Sequence[Spot], answers: _Answers) -> Iterator[_Case]:
    """Words that the answer before a step has, and no answer of another run; or that all of these have, and it has not."""
    members = [general.members[spot.member] for spot in spots]
    seen = [member.words_in(text) for member, text in zip(members, answers.before, strict=True)]
    later = [
        None if text is None else member.words_in(text) for member, text in zip(members, answers.after, strict=True)
    ]
    changed = [
        after if after is not None and is_same_thing(before.keys(), after.keys()) else None
        for before, after in zip(seen, later, strict=True)
    ]
    others = [general.members[m].words_in(text) for m, texts in answers.others.items() for text in texts]
    ever = set[str]().union(*others)
    known = {words: feature for one in seen for words, feature in one.items()}
    for words, feature in known.items():
        holds = [words in one for one in seen]
        runs = {spot.member for spot, one in zip(spots, holds, strict=True) if one}
        if (
            words not in ever
            and any(len(word) > 1 for word in terms(words))
            and (not feature.particular or len(runs) >= LEAST_RUNS)
        ):
            yield _case(feature, False, holds, [after is not None and words not in after for after in changed])
    for words in sorted(in_all(others)):
        absent = [words not in one for one in seen]
        if any(absent) and _says_something(words) and not others[0][words].particular:
            yield _case(others[0][words], True, absent, [after is not None and words in after for after in changed])


def _says_something(words: str) -> bool:
    return any(len(word) > 1 for word in terms(words))


def _case(feature: Feature, negated: bool, holds: Sequence[bool], gone: Sequence[bool]) -> _Case:
    covers = frozenset(k for k, one in enumerate(holds) if one)
    return _Case(Condition(quotable(feature.text), negated), covers, sum(gone[k] for k in covers), feature)


def _by_number(timelines: Timelines, spots: Sequence[Spot], answers: _Answers) -> Iterator[_Case]:
    """A number that lies on one side before the step, and on the other in all answers of the other runs."""
    ours = [timelines.numbers(spot.member, text) for spot, text in zip(spots, answers.before, strict=True)]
    theirs = [timelines.numbers(m, text) for m, texts in answers.others.items() for text in texts]
    later = [
        None if text is None else timelines.numbers(spot.member, text)
        for spot, text in zip(spots, answers.after, strict=True)
    ]
    for label in sorted(in_all([*ours, *theirs])) if theirs else ():
        every = frozenset(range(len(spots)))
        bound = bound_of([one[label] for one in ours], [one[label] for one in theirs], timelines.general.members)
        if bound:
            yield _Case(Condition(label, bound=bound), every, _crossed(later, label, bound), Feature(label, whole=True))


def _crossed(later: Sequence[Mapping[str, float] | None], label: str, bound: str) -> int:
    """After how many of the steps the number was on the other side of the bound."""
    numbers = [one[label] for one in later if one is not None and label in one]
    return sum((number >= float(bound[2:])) == (bound[0] == "<") for number in numbers)


def _as_unit(general: Generalised, timelines: Timelines, branch: Branch, branches: Sequence[Branch]) -> Branch:
    """A branch as a part of the one that its step always comes right after, where nothing explains it, or where the same runs
    have both and read nothing new between: a block of steps has one reason. Else as it is."""
    block = [branch]
    while (lead := _lead(general, timelines, block, branches)) is not None:
        block.append(lead)
    first = block[-1]
    if first is branch or not first.conditions:
        return branch
    return branch._replace(conditions=first.conditions, follows=first.columns[0], covered=True)


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
