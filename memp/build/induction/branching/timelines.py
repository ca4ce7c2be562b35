"""Timelines: what each run of a family read, in the order in which it did, each reading under the text of its step.

Also of a step that failed and was done again: that is where an error is read. Answers are in general terms, so that those of
several runs can be held against each other.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from memp.build.induction.branching.evidence import without_names
from memp.build.induction.generalised import Generalised
from memp.build.reading.action import Action
from memp.text.actions.operations import operation_of

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
    """The readings of the members of a family, each under the text of its column, in the order in which they were made."""

    general: Generalised

    @cached_property
    def _readings(self) -> Sequence[Sequence[Reading]]:
        return [list(self._read(m)) for m in range(len(self.general.members))]

    def _read(self, member: int) -> Iterator[Reading]:
        general = self.general
        columns = {column[member].place: i for i, column in enumerate(general.columns) if member in column}
        by_operation: dict[str, list[int]] = {}
        for place, i in columns.items():
            by_operation.setdefault(general.columns[i][member].operation, []).append(place)
        near = 0
        for place, act in enumerate(general.members[member].run.acts):
            near = columns.get(place, near)
            if not act.step.observation:
                continue
            action = act.step.action.strip()
            operation = operation_of(action)
            own = place not in columns
            name = general.substitute(action, member, near=near) if own else general.texts[near]
            text = without_names(general.substitute(act.step.observation, member, near=near))
            alike = min(by_operation.get(operation, ()), key=lambda other: abs(other - place), default=-1)
            names = (name,) if act.plain else (name, f"{OPERATION}{operation}")
            yield Reading(
                place, columns[place if not own else alike] if alike >= 0 else -1, names, text, act.failure is not None
            )

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
        readings = self._readings[spot.member]
        return next((r.text for r in readings if r.place > spot.action.place and name in r.names), None)

    def all_of(self, member: int) -> Mapping[str, Sequence[str]]:
        """All answers of each reading of a run, each once."""
        answers: dict[str, dict[str, None]] = {}
        for reading in self._readings[member]:
            for name in reading.names:
                answers.setdefault(name, {})[reading.text] = None
        return {name: list(texts) for name, texts in answers.items()}

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

    @cached_property
    def _words(self) -> dict[tuple[int, str], frozenset[str]]:
        return {}

    @cached_property
    def _numbers(self) -> dict[tuple[int, str], Mapping[str, float]]:
        return {}

    @cached_property
    def _newest(self) -> dict[tuple[int, int], Mapping[str, Reading]]:
        return {}
