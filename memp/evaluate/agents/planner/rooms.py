"""Choose accommodations, by the rules that are known."""

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from math import ceil
from typing import NamedTuple, TypeVar

from memp.evaluate.agents.planner import request
from memp.evaluate.agents.planner.outline import Cities, Planned
from memp.evaluate.agents.planner.rules import Rule
from memp.evaluate.environments.travelplanner.reference import Reference
from memp.evaluate.environments.travelplanner.tables import Accommodation

ValueT = TypeVar("ValueT")


def narrowed(values: Sequence[ValueT], fits: Callable[[ValueT], bool]) -> Sequence[ValueT]:
    """Those that fit; all of them where none does, since a plan needs one."""
    return [value for value in values if fits(value)] or values


class Night(NamedTuple):
    """A night: the accommodation as a plan writes it, and its cost for all."""

    text: str = ""
    cost: float = 0.0


class Host(NamedTuple):
    """Chooses the accommodations of all days at once."""

    asked: str
    reference: Reference
    rules: frozenset[Rule]
    stays: bool
    luck: random.Random

    def choose(self, days: Sequence[Planned]) -> list[Night]:
        """The night of each day; an empty one where it has no accommodation."""
        wanted = [day.fields.get("accommodation", ()) for day in days]
        return [night for cities, count in self._stays(wanted) for night in [self._booked(cities, count)] * count]

    def _stays(self, wanted: Sequence[Cities]) -> Iterator[tuple[Cities, int]]:
        """The nights in a row in the same city, or night by night."""
        together = self.stays or Rule.NIGHTS in self.rules
        for cities, nights in groupby(wanted):
            count = len(list(nights))
            yield from [(cities, count)] if together else [(cities, 1)] * count

    def _booked(self, cities: Cities, nights: int) -> Night:
        rooms = [room for city in cities for room in self.reference.accommodations.get(city, ())]
        if not rooms:
            return Night()
        room = self._best(self._fitting(rooms, nights))
        return Night(f"{room.name}, {room.city}", self._cost(room))

    def _fitting(self, rooms: Sequence[Accommodation], nights: int) -> Sequence[Accommodation]:
        if Rule.NIGHTS in self.rules:
            rooms = narrowed(rooms, lambda room: room.min_nights <= nights)
        if Rule.HOUSE_RULES in self.rules:
            rules = [f"no {rule}" for rule in request.forbidden_rules(self.asked)]
            rooms = narrowed(rooms, lambda room: not any(rule in room.house_rules.lower() for rule in rules))
        types = request.room_types(self.asked) if Rule.ROOM_TYPE in self.rules else ()
        return narrowed(rooms, lambda room: room.room in types) if types else rooms

    def _best(self, rooms: Sequence[Accommodation]) -> Accommodation:
        if Rule.BUDGET in self.rules:
            return min(rooms, key=self._cost)
        return self.luck.choice(rooms)

    def _cost(self, room: Accommodation) -> float:
        return room.price * ceil(request.people(self.asked) / room.max_occupancy)
