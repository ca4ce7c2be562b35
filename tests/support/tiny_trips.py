"""Trips for tests, in TravelPlanner's compact form: one home, two cities in a state, and a few of everything. Written for
this suite.

    Homely --- Alba, Bern (both in Fell)
"""

import json
import lzma
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HOME, ALBA, BERN, STATE = "Homely", "Alba", "Bern", "Fell"
DATES = [f"2030-05-{day:02}" for day in range(1, 6)]
Lines = Sequence[Mapping[str, Any]]


def _places(city: str) -> dict[str, list[dict[str, Any]]]:
    """Ten restaurants, five attractions and six accommodations of a city."""
    kinds = (["Thai"], ["Greek", "Cafe"], ["Cafe"])
    restaurants = [
        {"name": f"{city} Table {n}", "city": city, "cost": 10 + n, "cuisines": kinds[n % 3], "rating": 4.0}
        for n in range(1, 11)
    ]
    attractions = [{"name": f"{city} Sight, Part {n}", "city": city} for n in range(1, 6)]
    rooms = [
        ("Cheap; Long", 20, "Entire home/apt", "No smoking", 9, 2),
        ("Plain", 50, "Private room", "No pets", 1, 2),
        ("Fine", 60, "Entire home/apt", "No parties & No visitors", 1, 2),
        ("Open", 70, "Entire home/apt", "No smoking & No pets", 2, 2),
        ("Dorm", 30, "Shared room", "No children under 10", 1, 1),
        ("Dear", 900, "Entire home/apt", "No smoking", 1, 4),
    ]
    accommodations = [
        {
            "name": f"{name} in {city}", "city": city, "price": price, "room": room, "house_rules": rules,
            "min_nights": nights, "max_occupancy": people, "rating": 3.0,
        }
        for name, price, room, rules, nights, people in rooms
    ]  # fmt: skip
    return {"restaurants": restaurants, "attractions": attractions, "accommodations": accommodations}


def _flights(ways: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """A flight a day from and to home."""
    return [
        {
            "flight": f"F{100 * at + day}", "price": 100, "dep": "10:00", "arr": "11:00", "date": date,
            "origin": one, "destination": other,
        }
        for at, (one, other) in enumerate(ways, 1)
        for day, date in enumerate(DATES, 1)
        if HOME in (one, other)
    ]  # fmt: skip


def tables() -> dict[str, list[dict[str, Any]]]:
    """The lines of the tables, by their names."""
    ways = [(one, other) for one in (HOME, ALBA, BERN) for other in (HOME, ALBA, BERN) if one != other]
    alba, bern, flights = _places(ALBA), _places(BERN), _flights(ways)
    queries = [
        {"origin": one, "destination": other, "date": date, "flights": []} for one, other in ways for date in DATES
    ]
    for query in queries:
        same = ("origin", "destination", "date")
        query["flights"] = [f["flight"] for f in flights if all(f[name] == query[name] for name in same)]
    roads = [
        {"origin": one, "destination": other, "duration": "2 hours", "distance": "1,000 km"} for one, other in ways
    ]
    cities = [{"city": HOME, "state": "Elsewhere"}, *({"city": city, "state": STATE} for city in (ALBA, BERN))]
    return {
        **{name: alba[name] + bern[name] for name in alba},
        "distances": roads,
        "flights": flights,
        "flight_queries": queries,
        "cities": cities,
    }


def _reference(cities: Sequence[str], journeys: Sequence[tuple[str, str, str]]) -> list[list[str]]:
    places = [[kind, city] for city in cities for kind in ("attractions", "restaurants", "accommodations")]
    ways = [
        entry for one, other, date in journeys
        for entry in (["flight", one, other, date], ["self-driving", one, other], ["taxi", one, other])
    ]  # fmt: skip
    return places + ways


def query(idx: int, asked: str, days: int = 3, **changes: Any) -> dict[str, Any]:
    """A trip of three days to Alba, or of five to the cities of Fell; for one person with $1,000, unless it is changed."""
    short = days == 3
    journeys = [(HOME, ALBA, DATES[0]), (ALBA, HOME, DATES[2])]
    if not short:
        journeys = [(HOME, ALBA, DATES[0]), (ALBA, BERN, DATES[2]), (BERN, HOME, DATES[4])]
    wishes = {"house rule": None, "cuisine": None, "room type": None, "transportation": None}
    return {
        "idx": idx, "level": "easy", "org": HOME, "dest": ALBA if short else STATE, "days": days,
        "visiting_city_number": 1 if short else 2, "people_number": 1, "budget": 1000,
        "query": asked, "reference": _reference([ALBA] if short else [ALBA, BERN], journeys),
        **changes,
        "local_constraint": {**wishes, **changes.get("local_constraint", {})},
    }  # fmt: skip


def record(city: str, transportation: str = "-", room: str = "-", meals: Sequence[str] = (), sights: str = "-") -> Any:
    """A day of a person's plan as TravelPlanner records it; meals are of the day's beginning on."""
    breakfast, lunch, dinner = [*meals, "-", "-", "-"][:3]
    return {
        "days": 1, "current_city": city, "transportation": transportation, "breakfast": breakfast, "attraction": sights,
        "lunch": lunch, "dinner": dinner, "accommodation": room,
    }  # fmt: skip


def plan_of_three() -> list[Any]:
    """A person's plan of three days in Alba."""
    room = f"Plain in {ALBA}, {ALBA}"
    meals = [f"{ALBA} Table {n}, {ALBA}" for n in range(1, 11)]
    sights = [f"{ALBA} Sight, Part {n}, {ALBA};" for n in range(1, 6)]
    return [
        record(f"from {HOME} to {ALBA}", f"Flight Number: F101, from {HOME} to {ALBA}", room, ["-", "-", meals[0]]),
        record(ALBA, room=room, meals=meals[1:4], sights="".join(sights[:2])),
        record(f"from {ALBA} to {HOME}", f"Flight Number: F303, from {ALBA} to {HOME}", meals=[meals[4]]),
        {},
    ]


def plan_of_five() -> list[Any]:
    """A person's plan of five days in Fell."""

    def at(city: str, n: int) -> str:
        return f"{city} Table {n}, {city}({STATE})"

    def room(city: str) -> str:
        return f"Plain in {city}, {city}({STATE})"

    def sight(city: str, n: int) -> str:
        return f"{city} Sight, Part {n}, {city}({STATE});"

    def drive(one: str, other: str) -> str:
        return f"Self-driving, from {one} to {other}, duration: 2 hours, distance: 1,000 km, cost: 50"

    alba, bern = f"{ALBA}({STATE})", f"{BERN}({STATE})"
    return [
        record(f"from {HOME} to {alba}", drive(HOME, alba), room(ALBA), ["-", "-", at(ALBA, 1)]),
        record(alba, room=room(ALBA), meals=[at(ALBA, n) for n in (2, 3, 4)], sights=sight(ALBA, 1)),
        record(
            f"from {alba} to {bern}", drive(alba, bern), room(BERN), [at(ALBA, 5), "-", at(BERN, 1)], sight(BERN, 2)
        ),
        record(bern, room=room(BERN), meals=[at(BERN, n) for n in (2, 3, 4)], sights=sight(BERN, 1)),
        record(f"from {bern} to {HOME}", drive(bern, HOME), meals=[at(BERN, 5)]),
    ]


SHORT = f"Please plan a trip for me from {HOME} to {ALBA} for 3 days. My budget is $1,000."
LONG = f"Could you plan a 5-day trip for one person from {HOME} to 2 cities in {STATE}? The budget is $1,000."
ROOMS = f"Plan 3 days from {HOME} to {ALBA} for a group of 2, with $900. We want entire rooms and bring our pets."
FOOD = (
    f"Plan a 3-day trip from {HOME} to {ALBA}, $900. We are two people who love Greek and Thai food. We will not fly."
)


def splits() -> dict[str, list[dict[str, Any]]]:
    """Four trips to learn from, and two to plan."""
    wishes = {"house rule": "pets", "room type": "entire room"}
    tastes = {"cuisine": ["Greek", "Thai"], "transportation": "no flight"}
    three, five = plan_of_three(), plan_of_five()
    rooms = [{**day, "accommodation": day["accommodation"].replace("Plain", "Fine")} if day else day for day in three]
    return {
        "train": [
            query(0, SHORT, plan=three),
            query(1, LONG, 5, plan=five),
            query(2, ROOMS, people_number=2, budget=900, local_constraint=wishes, plan=rooms),
            query(3, FOOD, people_number=2, budget=900, local_constraint=tastes, plan=_driven(three)),
        ],
        "dev": [
            query(10, LONG.replace("Could you plan", "Please plan").replace("one person", "me"), 5),
            query(11, ROOMS.replace("Plan 3 days", "We need a plan of 3 days"), people_number=2, budget=900,
                  local_constraint=wishes),
        ],
    }  # fmt: skip


def _driven(plan: Sequence[Any]) -> list[Any]:
    """A plan by car instead of by air."""
    return [{**day, "transportation": day["transportation"].replace("Flight Number: F", "Self-driving ")} if day else day
            for day in plan]  # fmt: skip


def write(root: Path, **files: Lines) -> Path:
    """The folder with all of it, with some of the files replaced."""
    root.mkdir(parents=True, exist_ok=True)
    for name, lines in {**tables(), **splits(), **files}.items():
        with lzma.open(root / f"{name}.jsonl.xz", "wt") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    return root
