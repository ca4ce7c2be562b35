"""Cases: what was known before a step in some of the runs that did it, and never in those without, as far as it is proven."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from memp.build.induction.branching.conditions import Condition, bound_of, is_told
from memp.build.induction.branching.evidence import (
    LEAST_ODDS,
    LEAST_RUNS,
    MOST_OF_A_SIGN,
    Evidence,
    is_chance_of_many,
    is_same_thing,
    terms_of,
    ways_of,
)  # fmt: skip
from memp.build.induction.branching.timelines import OPERATION, Reading, Spot, Timelines
from memp.build.induction.generalised import Generalised
from memp.build.reading.features import Feature, clauses_in
from memp.build.reading.mentions import in_all
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


def cases_of(timelines: Timelines, spots: Sequence[Spot], others: Sequence[int]) -> list[Case]:
    """The cases that are proven (memp.build.induction.branching.evidence) where other runs did without the step."""
    comparison = _Comparison(timelines, spots, others)
    tasks = [member.task for member in timelines.general.members]
    return [
        case
        for name in comparison.names
        if timelines.varies(name)
        for case in comparison.cases(name)
        if is_told(case.condition, tasks) or (case.odds >= LEAST_ODDS and not comparison.shows_by_chance(case))
    ]


def undone(timelines: Timelines, spots: Sequence[Spot]) -> list[Case]:
    """What held before a step in every run that did it and no more after it, whatever other runs saw."""
    comparison = _Comparison(timelines, spots, ())
    return [
        case
        for name in comparison.names
        if all(timelines.after(spot, name) is not None for spot in spots)
        for case in comparison.cases(name)
        if case.gone == len(spots)
    ]


@dataclass(frozen=True)
class _Comparison:
    """What was read before a step, held against all that the other runs read."""

    timelines: Timelines
    spots: Sequence[Spot]
    others: Sequence[int]

    def cases(self, name: str) -> Iterator[Case]:
        """The cases that one reading may give, each with its odds."""
        column = max(before[name].column for before in self._known)
        if column < 0:
            return
        failed = {spot.member for spot, before in zip(self.spots, self._known, strict=True) if before[name].failed}
        clear = not any(name in self.timelines.failed(m) for m in self.others)
        several = len(self.timelines.general.members) > 2
        direct = several and self._is_last(name)
        everywhere = len(self._compared[name]) == len(self.others)
        answers = self._answers(name)
        by_number = _by_number(self.timelines, self.spots, answers) if everywhere else ()
        for case in (*_by_words(self.timelines.general, self.spots, answers), *by_number):
            if case.condition.negated and not (everywhere and (case.gone or several)):
                continue  # That something is not there follows from anything else that is.
            words = self._about & terms_of(case.condition.words)
            condition = case.condition._replace(column=column, speaks=bool(words), gone=case.gone > 0)
            error = clear and all(self.spots[k].member in failed for k in case.covers)
            signs = bool(words) + min(case.gone, MOST_OF_A_SIGN) + error + direct
            odds = self._odds(_Claim(name, len(case.covers), signs, condition.speaks, bool(condition.bound)))
            yield case._replace(condition=condition, spoken=len(words), odds=odds, direct=direct)

    def shows_by_chance(self, case: Case) -> bool:
        """Whether in a family of many runs a case is no more than chance, or one run's way, would show."""
        having = len({spot.member for spot in self.spots})
        evidence = Evidence(having + len(self.others), having, len(case.covers))
        speaks = case.spoken > 0 or case.gone >= LEAST_RUNS
        return is_chance_of_many(len(self.timelines.general.members), evidence, self._clauses, speaks=speaks)

    @cached_property
    def _clauses(self) -> int:
        return sum(clauses_in(self._known[0][name].text) for name in self.names)

    def _odds(self, claim: "_Claim") -> float:
        """The odds of a claim among all that was read; of one that speaks of the step also among what does."""
        if claim not in self._known_odds:
            odds = self._evidence(claim, self._splits(claim.name), self._tests).odds
            if claim.speaks:
                tests = self._speaking_numbers if claim.by_number else self._speaking_words
                odds = max(odds, self._evidence(claim, self._splits(claim.name, speaking=True), tests).odds)
            self._known_odds[claim] = odds
        return self._known_odds[claim]

    def _evidence(self, claim: "_Claim", splits: "_Splits", tests: Set[str]) -> Evidence:
        having = len({spot.member for spot in self.spots})
        runs = having + len(self._compared[claim.name])
        ways = splits.numbers if claim.by_number else splits.words
        return Evidence(runs, having, claim.covered, ways, self._nearer(claim.name, tests), claim.signs)

    def _nearer(self, name: str, tests: Set[str]) -> float:
        """How many of these readings a run made on average between a reading and its step."""
        places = (
            [before[other].place for other in tests if before[other].place > before[name].place]
            for before in self._known
        )
        return sum(len(set(one)) for one in places) / len(self.spots)

    @cached_property
    def _about(self) -> Set[str]:
        return self.timelines.spoken_of(self.spots[0].action)

    @cached_property
    def _known(self) -> Sequence[Mapping[str, Reading]]:
        return [self.timelines.before(spot) for spot in self.spots]

    @cached_property
    def _compared(self) -> Mapping[str, Sequence[int]]:
        """The readings that were made before all spots, each with the other runs that made it: all of them, or some where it
        was the last before the step. One that is known by its operation alone only where no other stands for it."""
        theirs = {m: self.timelines.all_of(m) for m in self.others}
        having = {name: [m for m in self.others if name in theirs[m]] for name in in_all(self._known)}
        having = {
            name: with_it for name, with_it in having.items()
            if len(with_it) == len(self.others) or (with_it and self._is_last(name))
        }  # fmt: skip
        places = {name: tuple(one[name].place for one in self._known) for name in having}
        exact = {places[name] for name in having if name[:1] != OPERATION}
        return {name: with_it for name, with_it in having.items() if name[:1] != OPERATION or places[name] not in exact}

    @cached_property
    def names(self) -> Sequence[str]:
        """The readings that are compared."""
        return sorted(self._compared)

    def _is_last(self, name: str) -> bool:
        """Whether a reading was the last before each spot: these come with the newest first."""
        return all(before[name].place == next(iter(before.values())).place for before in self._known)

    def _answers(self, name: str) -> "_Answers":
        """The answers of a reading that is compared."""
        return _Answers(
            [one[name].text for one in self._known],
            [self.timelines.after(spot, name) for spot in self.spots],
            {m: self.timelines.all_of(m)[name] for m in self._compared[name]},
        )

    def _splits(self, name: str, *, speaking: bool = False) -> "_Splits":
        """The splits of a reading's answers; `speaking`: by what speaks of the step."""
        key = (name, speaking)
        if key not in self._known_splits:
            about = self._about if speaking else None
            self._known_splits[key] = _splits(self.timelines, self.spots, self._answers(name), about)
        return self._known_splits[key]

    @cached_property
    def _tests(self) -> Set[str]:
        """The readings that might prove something, by any words."""
        having = len({spot.member for spot in self.spots})
        ways = {name: self._splits(name).words for name in self._varying}
        runs = {name: having + len(self._compared[name]) for name in self._varying}
        return {n for n in self._varying if ways[n] and Evidence(runs[n], having, having, ways[n]).is_proof}

    @cached_property
    def _speaking_words(self) -> Set[str]:
        """The readings that might prove something by words that speak of the step."""
        return {name for name in self._varying if self._splits(name, speaking=True).words}

    @cached_property
    def _speaking_numbers(self) -> Set[str]:
        """The readings that might prove something by numbers that speak of the step."""
        return {name for name in self.names if self._splits(name, speaking=True).numbers}

    @cached_property
    def _varying(self) -> Sequence[str]:
        return [name for name in self.names if self.timelines.varies(name)]

    @cached_property
    def _known_odds(self) -> dict["_Claim", float]:
        return {}

    @cached_property
    def _known_splits(self) -> dict[tuple[str, bool], "_Splits"]:
        return {}


class _Claim(NamedTuple):
    """All that the odds of a case depend on: its reading, how many spots it explains, its signs, whether it speaks of the step,
    and whether a number decides."""

    name: str
    covered: int
    signs: int
    speaks: bool
    by_number: bool


class _Splits(NamedTuple):
    """In how many ways an answer splits the runs: by its words, and by its numbers."""

    words: int
    numbers: int


def _splits(
    timelines: Timelines, spots: Sequence[Spot], answers: "_Answers", about: Set[str] | None = None
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
