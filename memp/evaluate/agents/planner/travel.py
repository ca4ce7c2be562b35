"""Choose how to travel: a flight, the own car or a taxi for each journey, by the rules that are known."""

import random
from collections.abc import Callable, Sequence
from math import ceil
from typing import NamedTuple

from memp.evaluate.agents.planner import request
from memp.evaluate.agents.planner.outline import Planned
from memp.evaluate.agents.planner.rules import Rule
from memp.evaluate.environments.travelplanner.reference import DRIVING, SEATS, Reference
from memp.evaluate.environments.travelplanner.tables import Route


class Travel(NamedTuple):
    """A way to travel: as a plan writes it, by which means, and its cost for all."""

    text: str = ""
    means: str = ""
    cost: float = 0.0


class Traveller(NamedTuple):
    """Chooses the transportation of all days at once."""

    asked: str
    reference: Reference
    rules: frozenset[Rule]
    luck: random.Random

    def choose(self, days: Sequence[Planned]) -> list[Travel]:
        """The transportation of each day; an empty one where it has none."""
        options = [self._options(day) if day.travels else [] for day in days]
        chosen = self._one_way(options) if Rule.ONE_WAY in self.rules else [self._best(one) for one in options]
        return [travel or Travel() for travel in chosen]

    def _options(self, day: Planned) -> list[Travel]:
        unwanted = request.unwanted_means(self.asked) if Rule.MEANS in self.rules else ()
        fits = self._between(day)
        flights = [
            Travel(f"Flight {flight.flight}", "flight", flight.price * self._people)
            for table in self.reference.timetables
            if fits(table.route)
            for flight in table.flights
        ]
        drives = [
            Travel(drive.mode.capitalize(), drive.mode, drive.cost * ceil(self._people / SEATS[drive.mode]))
            for drive in self.reference.drives
            if drive.cost is not None and fits(drive.route)
        ]
        return [travel for travel in (*flights, *drives) if travel.means not in unwanted]

    def _between(self, day: Planned) -> Callable[[Route], bool]:
        """Which tables are of a day: those between its cities, where it has two."""
        return lambda route: day.route is None or route == day.route

    def _one_way(self, options: Sequence[Sequence[Travel]]) -> list[Travel | None]:
        """The same car all the way, or none at all."""
        ways: list[list[Travel | None]] = []
        for driving in (True, False):
            left = [[travel for travel in one if (travel.means == DRIVING) == driving] for one in options]
            if all(bool(one) == bool(before) for one, before in zip(left, options, strict=True)):
                ways.append([self._best(one) for one in left])
        if not ways:
            return [self._best(one) for one in options]
        if Rule.BUDGET in self.rules:
            return min(ways, key=lambda way: sum(travel.cost for travel in way if travel))
        return self.luck.choice(ways)

    def _best(self, options: Sequence[Travel]) -> Travel | None:
        if not options:
            return None
        if Rule.BUDGET in self.rules:
            return min(options, key=lambda travel: travel.cost)
        return self.luck.choice(options)

    @property
    def _people(self) -> int:
        return request.people(self.asked)
