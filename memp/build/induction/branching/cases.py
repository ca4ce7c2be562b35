"""Cases: what was known before a step in some of the runs that did it, and never in those without, as far as it is proven."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from memp.build.induction.branching.conditions import Condition, bound_of, is_told, spoken_of, terms_of
from memp.build.induction.branching.evidence import (
    LEAST_ODDS,
    LEAST_RUNS,
    MOST_OF_A_SIGN,
    Evidence,
    is_chance_of_many,
    is_same_thing,
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


def cases_of(
    general: Generalised, timelines: Timelines, spots: Sequence[Spot], others: Sequence[int]
) -> list[Case]:  # fmt: skip
    """The cases that are proven (memp.build.induction.branching.evidence); with no other run all that may be."""
    comparison = _Comparison(general, timelines, spots, others)
    tasks = [member.task for member in general.members]
    return [
        case
        for name in comparison.answers
        for case in comparison.cases(name)
        if not others
        or is_told(case.condition, tasks)
        or (case.odds >= LEAST_ODDS and not comparison.shows_by_chance(case))
    ]


@dataclass(frozen=True)
class _Comparison:
    """What was read before a step, held against all that the other runs read."""

    general: Generalised
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
        several = len(self.general.members) > 2
        direct = several and all(_is_last(before, name) for before in self._known)
        everywhere = len(self._compared[name]) == len(self.others)
        answers = self.answers[name]
        by_number = _by_number(self.timelines, self.spots, answers) if everywhere else ()
        for case in (*_by_words(self.general, self.spots, answers), *by_number):
            if case.condition.negated and not (everywhere and (case.gone or several)):
                continue  # That something is not there follows from anything else that is.
            words = self._about & terms_of(case.condition.words)
            condition = case.condition._replace(column=column, speaks=bool(words), gone=case.gone > 0)
            error = clear and all(self.spots[k].member in failed for k in case.covers)
            signs = bool(words) + min(case.gone, MOST_OF_A_SIGN) + error + direct
            odds = self._odds(name, condition, len(case.covers), signs)
            yield case._replace(condition=condition, spoken=len(words), odds=odds, direct=direct)

    def shows_by_chance(self, case: Case) -> bool:
        """Whether in a family of many runs a case is no more than chance, or one run's way, would show."""
        having = len({spot.member for spot in self.spots})
        evidence = Evidence(having + len(self.others), having, len(case.covers))
        speaks = case.spoken > 0 or case.gone >= LEAST_RUNS
        return is_chance_of_many(len(self.general.members), evidence, self._clauses, speaks=speaks)

    @cached_property
    def _clauses(self) -> int:
        return sum(clauses_in(answers.before[0]) for answers in self.answers.values())

    def _odds(self, name: str, condition: Condition, covered: int, signs: int) -> float:
        """The odds of a condition among all that was read; of one that speaks of the step also among what does."""
        having = len({spot.member for spot in self.spots})
        runs = having + len(self._compared[name])
        ranked = [(self._splits, "")]
        if condition.speaks:
            ranked.append((self._speaking, "numbers" if condition.bound else "words"))
        return max(
            Evidence(runs, having, covered, splits[name].of(condition), self._nearer(name, tests), signs).odds
            for splits, tests in ranked
        )

    def _nearer(self, name: str, tests: str) -> float:
        """How many readings that might prove something a run made on average between a reading and its step."""
        key = (name, tests)
        if key not in self._distances:
            counts = (
                len({
                    one.place for other, one in before.items()
                    if one.place > before[name].place and other in self._tests[tests]
                })
                for before in self._known
            )  # fmt: skip
            self._distances[key] = sum(counts) / len(self.spots)
        return self._distances[key]

    @cached_property
    def _about(self) -> Set[str]:
        return spoken_of(self.general, self.spots[0].action)

    @cached_property
    def _known(self) -> Sequence[Mapping[str, Reading]]:
        return [self.timelines.before(spot) for spot in self.spots]

    @cached_property
    def _theirs(self) -> Mapping[int, Mapping[str, Sequence[str]]]:
        return {m: self.timelines.all_of(m) for m in self.others}

    @cached_property
    def _compared(self) -> Mapping[str, Sequence[int]]:
        """The readings that were made before all spots, each with the other runs that made it: all of them, or some where it
        was the last before the step. One that is known by its operation alone only where no other stands for it."""
        having = {name: [m for m in self.others if name in self._theirs[m]] for name in in_all(self._known)}
        having = {
            name: with_it for name, with_it in having.items()
            if len(with_it) == len(self.others) or (with_it and all(_is_last(one, name) for one in self._known))
        }  # fmt: skip
        places = {name: tuple(one[name].place for one in self._known) for name in having}
        exact = {places[name] for name in having if name[:1] != OPERATION}
        return {name: with_it for name, with_it in having.items() if name[:1] != OPERATION or places[name] not in exact}

    @cached_property
    def answers(self) -> Mapping[str, "_Answers"]:
        """The answers of each reading that is compared."""
        return {
            name: _Answers(
                [one[name].text for one in self._known],
                [self.timelines.after(spot, name) for spot in self.spots],
                {m: self._theirs[m][name] for m in self._compared[name]},
            )
            for name in sorted(self._compared)
        }

    @cached_property
    def _splits(self) -> Mapping[str, "_Splits"]:
        return {name: _splits(self.timelines, self.spots, one) for name, one in self.answers.items()}

    @cached_property
    def _speaking(self) -> Mapping[str, "_Splits"]:
        """The splits by what speaks of the step."""
        return {name: _splits(self.timelines, self.spots, one, self._about) for name, one in self.answers.items()}

    @cached_property
    def _tests(self) -> Mapping[str, Set[str]]:
        """The readings that might prove something: by any words, or by words or numbers that speak of the step."""
        having = len({spot.member for spot in self.spots})
        runs = {name: having + len(with_it) for name, with_it in self._compared.items()}
        return {
            "": {
                n
                for n, one in self._splits.items()
                if one.words and Evidence(runs[n], having, having, one.words).is_proof
            },
            "words": {name for name, one in self._speaking.items() if one.words},
            "numbers": {name for name, one in self._speaking.items() if one.numbers},
        }

    @cached_property
    def _distances(self) -> dict[tuple[str, str], float]:
        return {}


def _is_last(before: Mapping[str, Reading], name: str) -> bool:
    """Whether a reading was the last before a step."""
    return before[name].place == max(one.place for one in before.values())


class _Splits(NamedTuple):
    """In how many ways an answer splits the runs: by its words, and by its numbers."""

    words: int
    numbers: int

    def of(self, condition: Condition) -> int:
        return self.numbers if condition.bound else self.words


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
