"""TravelPlanner's eight commonsense checks, each a function from the trip to its first failure in words, "" for none.

The rules are the paper's (section 3.3, table 1) as its own evaluation has them, with its peculiarities: a name stands for
all entries of its city that contain it, and a minimum of nights binds only where that is one entry. Whether something is
in the day's city is checked on days of travel alone: on other days that evaluation asks for a common letter of the two,
which is as good as nothing, and a person's plan of the train split relies on it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from memp.evaluate.environments.travelplanner.plan import (
    MEALS,
    Day,
    Way,
    flight_of,
    mode_of,
    named,
    route_of,
)
from memp.evaluate.environments.travelplanner.reference import fare
from memp.evaluate.environments.travelplanner.tables import (
    Accommodation,
    Place,
    PlaceT,
    Query,
    Restaurant,
    Route,
    Tables,
)
from memp.evaluate.environments.travelplanner.verdict import COMPLETE, SANDBOX

FIELDS_OF_A_DAY = 6
LEAST_FILLED = 0.5
"""The share of all fields that a plan must fill."""

SINGLE_STATE = 3
"""Trips of so many days go to a city; longer ones to cities of a state."""


class Trip(NamedTuple):
    """A plan to be checked: its days in order, the query that it is for, and the tables."""

    query: Query
    days: Sequence[Day]
    tables: Tables

    @property
    def numbered(self) -> Iterator[tuple[int, Day]]:
        return enumerate(self.days, 1)

    def restaurants(self, value: str) -> list[Restaurant]:
        return entries(self.tables.restaurants, value)

    def accommodations(self, value: str) -> list[Accommodation]:
        return entries(self.tables.accommodations, value)


def entries(table: Mapping[str, Sequence[PlaceT]], value: str) -> list[PlaceT]:
    """The entries of a table that a value such as "Blue Room, Devon" names."""
    name, city = named(value)
    return [place for place in table.get(city, ()) if name and name in place.name]


def way_of(day: Day) -> Way | None:
    """The cities between which a day's transportation goes: those that it names, else those of the day."""
    return route_of(day.transportation) or route_of(day.city)


def city_route(trip: Trip) -> str:
    """Reasonable City Route: there and back again, each city once for days in a row, all in the state that was asked for."""
    start, chain = trip.query.org, [city for day in trip.days for city in day.cities]
    first = trip.days[0].cities
    if len(first) > 1 and first[0] != start:
        return f"the first day must start in {start}, and starts in {first[0]}."
    if chain[0] != chain[-1]:
        return f"the trip must end where it starts: it starts in {chain[0]} and ends in {chain[-1]}."
    stays = [(city, len(list(days))) for city, days in groupby(chain)]
    if (broken := _broken_stay(stays)) is not None:
        return f"each city is visited once, for days in a row: {broken} is not."
    for place, city in enumerate(chain):
        if city not in trip.tables.states:
            return f"{city} is no city of the tables."
        between = 0 < place < len(chain) - 1
        if between and trip.query.days > SINGLE_STATE and trip.tables.states[city] != trip.query.dest:
            return f"{city} is not in {trip.query.dest}."
    return ""


def _broken_stay(stays: Sequence[tuple[str, int]]) -> str | None:
    """A city that is only passed through, or visited a second time; the first and the last may be the same."""
    if len(stays) < 3:
        return stays[0][0]
    visited = {stays[0][0]}
    for city, length in stays[1:-1]:
        if city in visited or length == 1:
            return city
        visited.add(city)
    return None


def diverse_restaurants(trip: Trip) -> str:
    """Diverse Restaurants: none twice."""
    visited: set[str] = set()
    for number, day in trip.numbered:
        for meal, restaurant in day.meals.items():
            if restaurant in visited:
                return f"the restaurant {restaurant} is visited a second time, for {meal} on day {number}."
            visited.add(restaurant)
    return ""


def diverse_attractions(trip: Trip) -> str:
    """Diverse Attractions: none twice."""
    visited: set[str] = set()
    for number, day in trip.numbered:
        for attraction in day.attractions:
            if attraction in visited:
                return f"the attraction {attraction} is visited a second time, on day {number}."
            visited.add(attraction)
    return ""


def minimum_nights(trip: Trip) -> str:
    """Minimum Nights Stay: an accommodation is booked for as many nights in a row as it asks for."""
    for value, days in groupby(day.accommodation for day in trip.days):
        nights, rooms = len(list(days)), trip.accommodations(value)
        if len(rooms) == 1 and nights < rooms[0].min_nights:
            return f"{value} asks for at least {rooms[0].min_nights} nights in a row, and is booked for {nights}."
    return ""


def one_way_to_travel(trip: Trip) -> str:
    """Non-conflicting Transportation: who drives has the car with them, and cannot fly or take a taxi."""
    if not trip.days[0].transportation:
        return "day 1 has no transportation."
    modes = {mode_of(day.transportation) for day in trip.days}
    other = next((mode for mode in ("flight", "taxi") if mode in modes), None)
    return f"self-driving cannot be combined with a {other}." if "self-driving" in modes and other else ""


def current_city(trip: Trip) -> str:
    """Within Current City: what a day of travel has is in one of its two cities, and one sleeps in the second."""
    for number, day in trip.numbered:
        if not day.travels:
            continue
        way = route_of(day.transportation)
        if way is not None and not set(day.cities) <= set(way):
            return f"the transportation of day {number} is not between the day's cities."
        for label, value in [*day.meals.items(), *(("attraction", value) for value in day.attractions)]:
            if named(value).city not in day.cities:
                return f"the {label} of day {number}, {value}, is not in {' or '.join(day.cities)}."
        if day.accommodation and named(day.accommodation).city != day.cities[-1]:
            return f"the accommodation of day {number}, {day.accommodation}, is not in {day.cities[-1]}."
    return ""


def sandbox(trip: Trip) -> str:
    """Within Sandbox: all that a plan names is in the tables."""
    for number, day in trip.numbered:
        if day.transportation and not _can_travel(day, trip.tables):
            return f"there is no such transportation as on day {number}, {day.transportation}, from {day.city}."
        named_places: list[tuple[str, str, Sequence[Place]]] = [
            *((meal, value, trip.restaurants(value)) for meal, value in day.meals.items()),
            *(("attraction", value, entries(trip.tables.attractions, value)) for value in day.attractions),
        ]
        if day.accommodation:
            named_places.append(("accommodation", day.accommodation, trip.accommodations(day.accommodation)))
        for label, value, places in named_places:
            if not places:
                return f"there is no such {label} as on day {number}, {value}."
    return ""


def _can_travel(day: Day, tables: Tables) -> bool:
    way, mode = way_of(day), mode_of(day.transportation)
    if mode == "flight":
        flight = tables.flights.get(flight_of(day.transportation) or "")
        return flight is not None and way == (flight.origin, flight.destination)
    if mode:
        return way is not None and fare(mode, tables.roads.get(Route(*way))) is not None
    return True  # The official check passes what it does not know: a train, a walk.


def complete(trip: Trip) -> str:
    """Complete Information: as many days and cities as asked for, and nothing missing of a day that it should have."""
    query = trip.query
    if len(trip.days) != query.days:
        return f"the plan has {len(trip.days)} days of {query.days}."
    cities = {city for day in trip.days for city in day.cities} - {query.org}
    if len(cities) != query.visiting_city_number:
        return f"the plan visits {len(cities)} cities of {query.visiting_city_number}."
    for number, day in trip.numbered:
        if (missing := _missing(day, last=number == query.days)) is not None:
            return f"day {number} has no {missing}."
    filled = sum(2 + len(day.texts()) for day in trip.days)  # The official count has a day's number and city too.
    return "less than half of the plan is filled in." if filled < LEAST_FILLED * FIELDS_OF_A_DAY * query.days else ""


def _missing(day: Day, *, last: bool) -> str | None:
    if day.travels and not day.transportation:
        return "transportation"
    if not day.travels and not day.attractions:
        return "attraction"
    if not last and not day.accommodation:
        return "accommodation"
    return None if day.travels else next((meal for meal in MEALS if meal not in day.meals), None)


CHECKS: Mapping[str, Callable[[Trip], str]] = {
    COMPLETE: complete,
    SANDBOX: sandbox,
    "Reasonable City Route": city_route,
    "Within Current City": current_city,
    "Diverse Restaurants": diverse_restaurants,
    "Diverse Attractions": diverse_attractions,
    "Non-conflicting Transportation": one_way_to_travel,
    "Minimum Nights Stay": minimum_nights,
}
"""Name to check."""
