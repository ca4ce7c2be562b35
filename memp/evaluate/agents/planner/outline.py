"""The outline of a plan: the cities of its days and which fields they have, before any value is chosen.

A recalled layout says what a day of travel or of stay has; a rule that is named says what it must have. For the rest
chance decides.
"""

import random
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from memp.evaluate.agents.planner.layout import Layout, Pattern, Place, Sort
from memp.evaluate.agents.planner.rules import Rule
from memp.evaluate.environments.travelplanner.plan import MEALS
from memp.evaluate.environments.travelplanner.reference import Reference
from memp.evaluate.environments.travelplanner.tables import Route

HALF = 0.5
MOST_ATTRACTIONS = 2

Cities = tuple[str, ...]
"""The cities in which a value may be."""


class Planned(NamedTuple):
    """A day as it is outlined: where it leads, and for each field the cities in which its value may be."""

    cities: Cities
    travels: bool
    fields: Mapping[str, Cities]
    attractions: tuple[Cities, ...]

    @property
    def route(self) -> Route | None:
        return Route(self.cities[0], self.cities[-1]) if len(self.cities) > 1 else None

    @property
    def text(self) -> str:
        return self.cities[-1] if self.route is None else f"from {self.route.origin} to {self.route.destination}"


class Outliner(NamedTuple):
    """Outlines the days of a trip by what is known of it."""

    reference: Reference
    layout: Layout | None
    rules: frozenset[Rule]
    luck: random.Random

    def days(self) -> list[Planned]:
        """All days, in order."""
        count, journeys = _calendar(self.reference)
        if self.layout is None and Rule.ROUTE not in self.rules:
            return [self._anyhow(last=number == count) for number in range(1, count + 1)]
        days: list[Planned] = []
        for number in range(1, count + 1):
            route = journeys.get(number)
            cities = route or (days[-1].cities[-1:] if days else (self.luck.choice(self.reference.cities),))
            days.append(self._day(tuple(cities), _sort(number, journeys), last=number == count))
        return days

    def _anyhow(self, *, last: bool) -> Planned:
        """A day for which nothing says where it leads."""
        count = 2 if self.luck.random() < HALF and len(self.reference.cities) > 1 else 1
        cities = tuple(self.luck.sample(self.reference.cities, count))
        return self._day(cities, "between" if count > 1 else "stay", last=last)

    def _day(self, cities: Cities, sort: Sort, *, last: bool) -> Planned:
        pattern = (self.layout.pattern(sort) if self.layout else None) or self._chance()
        travels, attractions = pattern.travels, pattern.attractions
        fields: dict[str, Place] = {**pattern.fields}
        if Rule.COMPLETE in self.rules:
            fields = {**_needed(len(cities) > 1, last), **fields}
            travels = len(cities) > 1
            attractions = attractions or (() if travels else ("destination",))
        return Planned(
            cities,
            travels,
            {label: self._cities(place, label, cities) for label, place in fields.items()},
            tuple(self._cities(place, "attractions", cities) for place in attractions),
        )

    def _chance(self) -> Pattern:
        """A pattern of any fields anywhere."""
        chosen: dict[str, Place] = {
            label: "anywhere" for label in ("accommodation", *MEALS) if self.luck.random() < HALF
        }
        count = self.luck.randint(0, MOST_ATTRACTIONS)
        return Pattern(self.luck.random() < HALF, chosen, ("anywhere",) * count)

    def _cities(self, place: Place, label: str, cities: Cities) -> Cities:
        if place == "anywhere":
            if Rule.IN_CITY not in self.rules:
                return self.reference.cities
            return cities[-1:] if label == "accommodation" else cities
        return cities[:1] if place == "origin" else cities[-1:]


def _needed(journey: bool, last: bool) -> dict[str, Place]:
    """The fields that a day must have."""
    there: Place = "destination"
    return dict.fromkeys([*(() if last else ("accommodation",)), *(() if journey else MEALS)], there)


def _calendar(reference: Reference) -> tuple[int, Mapping[int, Route]]:
    """The number of days that the tables of flights span, and the journeys they are for, by the number of the day."""
    dated = [(date.fromisoformat(table.date), table.route) for table in reference.timetables]
    first = min((day for day, _ in dated), default=date.min)
    journeys = {(day - first).days + 1: route for day, route in dated}
    return max(journeys, default=1), journeys


def _sort(number: int, journeys: Mapping[int, Route]) -> Sort:
    if number not in journeys:
        return "stay"
    return "first" if number == min(journeys) else "last" if number == max(journeys) else "between"
