"""Timelines: what each run of a family read, in the order in which it did, each reading under the text of its step.

Also of a step that failed and was done again: that is where an error is read. Answers are in general terms, so that those of
several runs can be held against each other.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from memp.build.induction.branching.evidence import terms_of, without_names
from memp.build.induction.generalised import Generalised
from memp.build.reading.action import Action
from memp.text.actions.operations import operation_of
from memp.text.clips import first_line

OPERATION = "\0"
"""Begins the name of a reading that is known by its operation alone."""


class Reading(NamedTuple):
    """A step of a run and what it showed: its place, the column that stands for it, the names under which it is known (the text
    of its column, and its operation, which a like step in other words has as well), and whether it failed."""

    place: int
    column: int
    names: tuple[str, ...]
    text: str
    failed: bool


class Spot(NamedTuple):
    """A step of a branch in one run."""

    member: int
    action: Action


@dataclass(frozen=True)
class Timelines:
    """The readings of the members of a family, each under the text of its column, in the order in which they were made.

    It is asked for each step that only some runs have, so what does not depend on the step is worked out once.
    """

    general: Generalised

    @cached_property
    def _readings(self) -> Sequence[Sequence[Reading]]:
        return [list(self._read(m)) for m in range(len(self.general.members))]

    @cached_property
    def _by_name(self) -> Sequence[Mapping[str, Sequence[Reading]]]:
        """Of each member its readings under each of their names, in order."""
        members: list[Mapping[str, Sequence[Reading]]] = []
        for readings in self._readings:
            by_name: dict[str, list[Reading]] = {}
            for reading in readings:
                for name in reading.names:
                    by_name.setdefault(name, []).append(reading)
            members.append(by_name)
        return members

    def _read(self, member: int) -> Iterator[Reading]:
        general = self.general
        columns = {column[member].place: i for i, column in enumerate(general.columns) if member in column}
        by_operation: dict[str, list[int]] = {}
        for place in sorted(columns):
            by_operation.setdefault(general.columns[columns[place]][member].operation, []).append(place)
        near = 0
        for place, act in enumerate(general.members[member].run.acts):
            near = columns.get(place, near)
            if not act.step.observation:
                continue
            action = act.step.action.strip()
            operation = operation_of(action)
            own = place not in columns
            name = general.substitute(action, member, near=near) if own else general.texts[near]
            text = self.seen(member, act.step.observation, near)
            alike = _nearest(by_operation.get(operation, ()), place)
            names = (name,) if act.plain else (name, f"{OPERATION}{operation}")
            yield Reading(
                place, columns[place if not own else alike] if alike >= 0 else -1, names, text, act.failure is not None
            )

    def seen(self, member: int, observation: str, near: int) -> str:
        """An observation of a run at a column as answers are compared: in general terms, without names that are one run's."""
        key = (member, observation, near)
        if key not in self._seen:
            self._seen[key] = without_names(self.general.substitute(observation, member, near=near))
        return self._seen[key]

    def before(self, spot: Spot) -> Mapping[str, Reading]:
        """The newest answer of each reading before a step, the newest first."""
        key = (spot.member, spot.action.place)
        if key in self._newest:
            return self._newest[key]
        newest: dict[str, Reading] = {}
        for reading in reversed(self._readings[spot.member]):
            for name in reading.names if reading.place < spot.action.place else ():
                newest.setdefault(name, reading)
        self._newest[key] = newest
        return newest

    def after(self, spot: Spot, name: str) -> str | None:
        """The next answer of a reading after a step; None where it was not made again."""
        readings = self._by_name[spot.member].get(name, ())
        at = bisect_right(readings, spot.action.place, key=lambda reading: reading.place)
        return readings[at].text if at < len(readings) else None

    def all_of(self, member: int) -> Mapping[str, Sequence[str]]:
        """All answers of each reading of a run, each once."""
        return self._texts[member]

    @cached_property
    def _texts(self) -> Sequence[Mapping[str, Sequence[str]]]:
        return [
            {name: list(dict.fromkeys(reading.text for reading in readings)) for name, readings in by_name.items()}
            for by_name in self._by_name
        ]

    def varies(self, name: str) -> bool:
        """Whether the answers of a reading differ at all in what may tell runs apart. Most of a long run's do not."""
        if name not in self._varying:
            answers = ((m, text) for m, texts in enumerate(self._texts) for text in texts.get(name, ()))
            self._varying[name] = self.differ(answers)
        return self._varying[name]

    def differ(self, answers: Iterable[tuple[int, str]]) -> bool:
        """Whether answers, each of a run, differ in their words or in their labelled numbers."""
        answers = list(answers)
        words = [(self.general.members[m].words_in(text).keys(), self.words(m, text)) for m, text in answers]
        numbers = [self.numbers(m, text) for m, text in answers]
        return any(one != words[0] for one in words) or any(one != numbers[0] for one in numbers)

    def goes_on(self, member: int, column: int) -> bool:
        """Whether a run has a step in a later column."""
        return self._last.get(member, -1) > column

    @cached_property
    def _last(self) -> Mapping[int, int]:
        """Each run's last column."""
        return {m: i for i, column in enumerate(self.general.columns) for m in column}

    def failed(self, member: int) -> Set[str]:
        """The readings of a run that failed once."""
        return self._failed[member]

    @cached_property
    def _failed(self) -> Sequence[Set[str]]:
        return [{name for one in readings for name in one.names if one.failed} for readings in self._readings]

    def words(self, member: int, text: str) -> Set[str]:
        """The features of an answer of a run that another may have as well."""
        key = (member, text)
        if key not in self._words:
            features = self.general.members[member].words_in(text).items()
            self._words[key] = frozenset(words for words, one in features if not one.particular)
        return self._words[key]

    def numbers(self, member: int, text: str) -> Mapping[str, float]:
        """The labelled numbers of an answer of a run."""
        key = (member, text)
        if key not in self._numbers:
            self._numbers[key] = self.general.members[member].numbers_in(text)
        return self._numbers[key]

    def spoken_of(self, action: Action) -> Set[str]:
        """The words of a step of which it alone speaks, or few others: what most steps name tells none of them apart."""
        most = max(len(self.general.columns), 2)
        return {word for word in terms_of(first_line(action.text)) if 2 * self._spoken[word] <= most}

    @cached_property
    def _spoken(self) -> Counter[str]:
        """Words to the columns that speak of them."""
        firsts = (next(iter(column.values())) for column in self.general.columns)
        return Counter(word for action in firsts for word in terms_of(first_line(action.text)))

    @cached_property
    def _seen(self) -> dict[tuple[int, str, int], str]:
        return {}

    @cached_property
    def _varying(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _words(self) -> dict[tuple[int, str], frozenset[str]]:
        return {}

    @cached_property
    def _numbers(self) -> dict[tuple[int, str], Mapping[str, float]]:
        return {}

    @cached_property
    def _newest(self) -> dict[tuple[int, int], Mapping[str, Reading]]:
        return {}


def _nearest(places: Sequence[int], place: int) -> int:
    """The nearest of places in order, of two the earlier; -1 where there is none."""
    at = bisect_right(places, place)
    return min(places[max(at - 1, 0) : at + 1], key=lambda other: abs(other - place), default=-1)
