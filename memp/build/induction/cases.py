"""Cases: what was known before a step in some of the runs that did it, and never in those without, as far as it is proven."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from memp.build.induction.conditions import Condition, bound_of, is_told, spoken_of, terms_of
from memp.build.induction.evidence import (
    LEAST_MANY,
    LEAST_ODDS,
    LEAST_RUNS,
    MOST_OF_A_SIGN,
    Evidence,
    is_coincidence,
    is_same_thing,
    ways_of,
)  # fmt: skip
from memp.build.induction.parameters import Generalised
from memp.build.induction.timelines import OPERATION, Reading, Spot, Timelines
from memp.build.reading.features import Feature, clauses_in
from memp.build.reading.members import in_all
from memp.text.keywords import terms
from memp.text.steps import quotable


class Case(NamedTuple):
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
            not set("{|") & set(words),
            self.direct,
            self.odds,
            not self.condition.negated,
            whole,
        )
        size = -len(words) if whole else len(words)
        return len(self.covers & left), self.gone, *plain, self.spoken, size, words


def cases_of(
    general: Generalised, timelines: Timelines, spots: Sequence[Spot], others: Sequence[int]
) -> list[Case]:  # fmt: skip
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
    cases: list[Case] = []
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
    if not others or len(general.members) < LEAST_MANY:
        return cases
    clauses = sum(clauses_in(one.before[0]) for one in answers.values())
    several = min(having, len(others)) >= LEAST_RUNS
    return [
        case for case in cases
        if is_told(case.condition, tasks) or (several and (
            case.spoken or case.gone >= LEAST_RUNS
            or not is_coincidence(having + len(others), having, len(case.covers), clauses)
        ))
    ]  # fmt: skip


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


def _by_words(general: Generalised, spots: Sequence[Spot], answers: _Answers) -> Iterator[Case]:
    """Words that the answer before a step has, and no answer of another run; or that all of these have, and it has not."""
    members = [general.members[spot.member] for spot in spots]
    seen = [member.words_in(text) for member, text in zip(members, answers.before, strict=True)]
    later = [
        None if text is None else member.words_in(text) for member, text in zip(members, answers.after, strict=True)
    ]
    changed = [
        words if words is not None and is_same_thing(one.keys(), words.keys(), clauses_in(text)) else None
        for text, one, words in zip(answers.before, seen, later, strict=True)
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


def _case(feature: Feature, negated: bool, holds: Sequence[bool], gone: Sequence[bool]) -> Case:
    covers = frozenset(k for k, one in enumerate(holds) if one)
    return Case(Condition(quotable(feature.text), negated), covers, sum(gone[k] for k in covers), feature)


def _by_number(timelines: Timelines, spots: Sequence[Spot], answers: _Answers) -> Iterator[Case]:
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
            yield Case(Condition(label, bound=bound), every, _crossed(later, label, bound), Feature(label, whole=True))


def _crossed(later: Sequence[Mapping[str, float] | None], label: str, bound: str) -> int:
    """After how many of the steps the number was on the other side of the bound."""
    numbers = [one[label] for one in later if one is not None and label in one]
    return sum((number >= float(bound[2:])) == (bound[0] == "<") for number in numbers)
