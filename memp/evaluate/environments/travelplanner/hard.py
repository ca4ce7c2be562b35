"""TravelPlanner's five hard constraints, each a function from the trip to its first failure in words.

Such a function returns "" where the plan fulfils the wish, and None where the query has no such wish.
"""

from collections.abc import Callable, Mapping
from math import ceil

from memp.evaluate.environments.travelplanner.commonsense import CHECKS as COMMONSENSE
from memp.evaluate.environments.travelplanner.commonsense import Trip, way_of
from memp.evaluate.environments.travelplanner.plan import Day, flight_of, mode_of, named
from memp.evaluate.environments.travelplanner.reference import SEATS, fare
from memp.evaluate.environments.travelplanner.tables import Accommodation, Route
from memp.evaluate.environments.travelplanner.verdict import COMPLETE, SANDBOX, Check, Verdict

NO_SHARED = "not shared room"
ROOMS: Mapping[str, str] = {
    "shared room": "Shared room", "private room": "Private room", "entire room": "Entire home/apt",
}  # fmt: skip
"""A wish for a room, and the type of room in the tables."""


def cost(trip: Trip) -> float:
    """The cost of a plan for all its people; what is in no table costs nothing."""
    return sum(_cost_of_day(trip, day) for day in trip.days)


def _cost_of_day(trip: Trip, day: Day) -> float:
    people = trip.query.people_number
    meals = (hits[0].cost for meal in day.meals.values() if (hits := trip.restaurants(meal)))
    rooms = trip.accommodations(day.accommodation)[:1]
    stay = sum(room.price * ceil(people / room.max_occupancy) for room in rooms)
    return _cost_of_travel(trip, day) + people * sum(meals) + stay


def _cost_of_travel(trip: Trip, day: Day) -> float:
    people, mode, way = trip.query.people_number, mode_of(day.transportation), way_of(day)
    if mode == "flight":
        flight = trip.tables.flights.get(flight_of(day.transportation) or "")
        return 0 if flight is None else people * flight.price
    if mode and way is not None:
        return (fare(mode, trip.tables.roads.get(Route(*way))) or 0) * ceil(people / SEATS[mode])
    return 0


def budget(trip: Trip) -> str:
    """Budget: the plan costs no more than the query allows."""
    price, limit = cost(trip), trip.query.budget
    return f"the plan costs ${price:,.0f}, more than the budget of ${limit:,.0f}." if price > limit else ""


def room_rule(trip: Trip) -> str | None:
    """Room Rule: no accommodation forbids what the travellers want to do."""
    wish = trip.query.local_constraint.house_rule
    if wish is None:
        return None
    for value, room in _booked(trip):
        if f"no {wish}".lower() in room.house_rules.lower():
            return f"the accommodation {value} has the house rule 'No {wish}', which the travellers cannot keep."
    return ""


def room_type(trip: Trip) -> str | None:
    """Room Type: every accommodation is of the type that is wanted."""
    wish = trip.query.local_constraint.room_type
    if wish is None:
        return None
    for value, room in _booked(trip):
        fits = room.room != ROOMS["shared room"] if wish == NO_SHARED else room.room == ROOMS.get(wish, room.room)
        if not fits:
            return f"the accommodation {value} has the room type '{room.room}', and the travellers want: {wish}."
    return ""


def _booked(trip: Trip) -> list[tuple[str, Accommodation]]:
    """The accommodations of the days that have one."""
    booked = ((day.accommodation, trip.accommodations(day.accommodation)) for day in trip.days)
    return [(value, rooms[0]) for value, rooms in booked if rooms]


def cuisine(trip: Trip) -> str | None:
    """Cuisine: each that is wanted is served in a restaurant of the plan, away from home."""
    wishes = trip.query.local_constraint.cuisine
    if not wishes:
        return None
    meals = (meal for day in trip.days for meal in day.meals.values() if named(meal).city != trip.query.org)
    served = {kind for meal in meals for restaurant in trip.restaurants(meal)[:1] for kind in restaurant.cuisines}
    missing = next((wish for wish in wishes if wish not in served), None)
    return "" if missing is None else f"no restaurant of the plan serves the cuisine {missing}."


def transportation(trip: Trip) -> str | None:
    """Transportation: not by the means that the travellers do not want."""
    wish = trip.query.local_constraint.transportation
    if wish is None:
        return None
    unwanted = wish.removeprefix("no ")
    for number, day in trip.numbered:
        if mode_of(day.transportation) == unwanted:
            return f"the travellers want {wish}, and the transportation of day {number} is {day.transportation}."
    return ""


CHECKS: Mapping[str, Callable[[Trip], str | None]] = {
    "Budget": budget,
    "Room Rule": room_rule,
    "Room Type": room_type,
    "Cuisine": cuisine,
    "Transportation": transportation,
}
"""Name to check."""


def verdict_on(trip: Trip) -> Verdict:
    """All checks that apply to a plan, made in the order of the paper; a plan without days fails them all unmade."""
    if not trip.days:
        return Verdict(checks=tuple(_unmade(name, hard=hard) for name, hard in applying(trip)))
    common = tuple(_check(name, check(trip), hard=False) for name, check in COMMONSENSE.items())
    known = all(check.passed for check in common if check.name in (COMPLETE, SANDBOX))
    wanted = [name for name, hard in applying(trip) if hard]
    wishes = (
        _check(name, CHECKS[name](trip) or "", hard=True) if known else _unmade(name, hard=True) for name in wanted
    )
    return Verdict(checks=(*common, *wishes))


def applying(trip: Trip) -> list[tuple[str, bool]]:
    """The names of the checks that apply to a query, and whether they are hard ones."""
    wishes = trip.query.local_constraint
    wanted = {
        "Budget": True, "Room Rule": wishes.house_rule, "Room Type": wishes.room_type, "Cuisine": wishes.cuisine,
        "Transportation": wishes.transportation,
    }  # fmt: skip
    return [*((name, False) for name in COMMONSENSE), *((name, True) for name, wish in wanted.items() if wish)]


def _check(name: str, message: str, *, hard: bool) -> Check:
    return Check(name=name, hard=hard, passed=not message, message=message)


def _unmade(name: str, *, hard: bool) -> Check:
    return Check(name=name, hard=hard, passed=False)
