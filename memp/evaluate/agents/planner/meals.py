"""Choose restaurants and attractions, by the rules that are known."""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from memp.evaluate.agents.planner import request
from memp.evaluate.agents.planner.outline import Cities, Planned
from memp.evaluate.agents.planner.rooms import narrowed
from memp.evaluate.agents.planner.rules import Rule
from memp.evaluate.environments.travelplanner.plan import MEALS
from memp.evaluate.environments.travelplanner.reference import Reference
from memp.evaluate.environments.travelplanner.tables import Place, Restaurant

Slot = tuple[int, str]
"""The place of a meal in a plan: the day's position, and the meal."""


class Cook(NamedTuple):
    """Chooses the restaurants of all days at once."""

    asked: str
    reference: Reference
    rules: frozenset[Rule]
    luck: random.Random

    def choose(self, days: Sequence[Planned]) -> dict[Slot, Restaurant]:
        """A restaurant for each meal for which there is one."""
        slots = {(n, meal): day.fields[meal] for n, day in enumerate(days) for meal in MEALS if meal in day.fields}
        options = {slot: rooms for slot, cities in slots.items() if (rooms := self._in(cities))}
        chosen = self._for_cuisines(options) if Rule.CUISINES in self.rules else {}
        for slot, restaurants in options.items():
            if slot not in chosen:
                chosen[slot] = self._best(self._new(restaurants, list(chosen.values())))
        return chosen

    def cost(self, meals: Iterable[Restaurant]) -> float:
        """The cost of meals for all."""
        return request.people(self.asked) * sum(restaurant.cost for restaurant in meals)

    def spared(
        self, chosen: Mapping[Slot, Restaurant], optional: Collection[Slot], money: float
    ) -> dict[Slot, Restaurant]:
        """The meals without as many of the optional ones, the dearest first, as there is too little money for.

        None is left out that alone serves a cuisine which is wanted.
        """
        left = dict(chosen)
        for slot in sorted(left.keys() & set(optional), key=lambda slot: (-left[slot].cost, slot)):
            without = {other: restaurant for other, restaurant in left.items() if other != slot}
            if self.cost(left.values()) > money and self._serves(without.values()) >= self._serves(left.values()):
                left = without
        return left

    def _serves(self, meals: Iterable[Restaurant]) -> set[str]:
        """The wanted cuisines that meals serve."""
        served = {kind for restaurant in meals for kind in restaurant.cuisines}
        return served & set(self._wanted) if Rule.CUISINES in self.rules else set()

    @property
    def _wanted(self) -> Sequence[str]:
        known = (kind for of_city in self.reference.restaurants.values() for one in of_city for kind in one.cuisines)
        return request.cuisines(self.asked, known)

    def _in(self, cities: Cities) -> list[Restaurant]:
        return [restaurant for city in cities for restaurant in self.reference.restaurants.get(city, ())]

    def _new(self, restaurants: Sequence[Restaurant], taken: Sequence[Restaurant]) -> Sequence[Restaurant]:
        """Restaurants that are not in the plan yet, where that counts."""
        return narrowed(restaurants, lambda one: one not in taken) if Rule.RESTAURANTS in self.rules else restaurants

    def _for_cuisines(self, options: dict[Slot, list[Restaurant]]) -> dict[Slot, Restaurant]:
        """Restaurants that serve the wanted cuisines, each the one that serves most of what is still missing."""
        missing = set(self._wanted)
        chosen: dict[Slot, Restaurant] = {}
        while missing:
            free = {slot: self._new(of, list(chosen.values())) for slot, of in options.items() if slot not in chosen}
            most = max((len(missing & set(one.cuisines)) for of in free.values() for one in of), default=0)
            if not most:
                break
            serving = [(s, one) for s, of in free.items() for one in of if len(missing & set(one.cuisines)) == most]
            best = self._best([one for _, one in serving])
            chosen[next(slot for slot, one in serving if one is best)] = best
            missing -= set(best.cuisines)
        return chosen

    def _best(self, restaurants: Sequence[Restaurant]) -> Restaurant:
        if Rule.BUDGET in self.rules:
            return min(restaurants, key=lambda restaurant: restaurant.cost)
        return self.luck.choice(restaurants)


class Guide(NamedTuple):
    """Chooses the attractions of all days at once."""

    reference: Reference
    rules: frozenset[Rule]
    luck: random.Random

    def choose(self, days: Sequence[Planned]) -> list[tuple[str, ...]]:
        """The attractions of each day."""
        taken: list[Place] = []
        chosen: list[tuple[str, ...]] = []
        for day in days:
            places = [place for cities in day.attractions if (place := self._one(cities, taken)) is not None]
            chosen.append(tuple(f"{place.name}, {place.city}" for place in places))
        return chosen

    def _one(self, cities: Cities, taken: list[Place]) -> Place | None:
        places: list[Place] = [place for city in cities for place in self.reference.attractions.get(city, ())]
        if Rule.ATTRACTIONS in self.rules:
            places = [place for place in places if place not in taken]
        if not places:
            return None
        taken.append(place := self.luck.choice(places))
        return place
