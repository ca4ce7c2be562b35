"""A travel plan, and the grammar of its lines: how a day is written as an action.

    day 1: from Rockford to Devon; transportation: Flight F3573659; accommodation: Blue Room, Devon; dinner: Tiffin, Devon
    day 2: Devon; accommodation: Blue Room, Devon; breakfast: ...; lunch: ...; dinner: ...; attractions: Zoo, Devon; Pier, Devon

What a day does not have is left out. The fields are told apart by their labels, since names have commas and semicolons.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from memp.domain.trajectory import Value

MEALS = ("breakfast", "lunch", "dinner")
TRANSPORTATION = "transportation"
LABELS = (TRANSPORTATION, "accommodation", *MEALS, "attractions")
SUBMIT = "submit"

FORM = "day N: CITY; transportation: T; accommodation: A; breakfast: R; lunch: R; dinner: R; attractions: P; P"
"""How a day is written."""

_DAY = re.compile(r"\s*day\s*(?:(?P<number>\d+)|\{\w+\})?\s*:\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(rf"(?:^|;)\s*({'|'.join(LABELS)})\s*:\s*", re.IGNORECASE)
_ROUTE = re.compile(r"\bfrom\s+(.+?)\s+to\s+([^,;]+)", re.IGNORECASE)
_STATE = re.compile(r"\s*\([^()]*\)\s*$")
_FLIGHT = re.compile(r"\bF\d+\b")
_EMPTY = ("", "-")


class Named(NamedTuple):
    """A place of a plan: "Blue Room, Devon"."""

    name: str
    city: str


class Day(Value):
    """One day of a plan; empty texts are what it does not have. `city` is a city, or "from CITY to CITY"."""

    city: str
    transportation: str = ""
    accommodation: str = ""
    breakfast: str = ""
    lunch: str = ""
    dinner: str = ""
    attractions: tuple[str, ...] = ()

    @property
    def cities(self) -> tuple[str, ...]:
        """The city of the day, or the two of a day of travel."""
        return route_of(self.city) or (without_state(self.city),)

    @property
    def travels(self) -> bool:
        return route_of(self.city) is not None

    @property
    def meals(self) -> Mapping[str, str]:
        """The meals that the day has, by their label."""
        meals = {"breakfast": self.breakfast, "lunch": self.lunch, "dinner": self.dinner}
        return {label: value for label, value in meals.items() if value}

    def texts(self) -> list[tuple[str, str]]:
        """Label and text of each field that the day has; attractions in one text."""
        own = {
            "transportation": self.transportation, "accommodation": self.accommodation, "breakfast": self.breakfast,
            "lunch": self.lunch, "dinner": self.dinner, "attractions": "; ".join(self.attractions),
        }  # fmt: skip
        return [(label, text) for label, text in own.items() if text]


class NumberedDay(NamedTuple):
    """A day and its number; 0 where the line names none."""

    number: int
    day: Day


def read_day(text: str) -> NumberedDay | None:
    """The day that a line writes; None where it writes none."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    city, *parts = _FIELD.split(f"; {match['rest']}")
    texts = {label.lower(): value for label, value in zip(parts[::2], parts[1::2], strict=True)}
    day = Day(
        city=_trimmed(city),
        transportation=_trimmed(texts.get("transportation", "")),
        attractions=_several(texts.get("attractions", "")),
        **{label: _placed(texts.get(label, "")) for label in ("accommodation", *MEALS)},
    )
    return NumberedDay(int(match["number"] or 0), day)


def day_line(number: int, day: Day) -> str:
    """A day as an action."""
    return "; ".join([f"day {number}: {day.city}", *(f"{label}: {text}" for label, text in day.texts())])


def recorded_day(record: Mapping[str, str | int]) -> Day:
    """A day of a person's plan as TravelPlanner records it: "-" for nothing, and a city with its state in brackets."""
    texts = {name: _trimmed(str(value)) for name, value in record.items()}
    route = route_of(texts["current_city"])
    return Day(
        city=f"from {route.origin} to {route.destination}" if route else without_state(texts["current_city"]),
        transportation=_short(texts["transportation"]),
        attractions=_several(texts["attraction"]),
        **{label: _placed(texts[label]) for label in ("accommodation", *MEALS)},
    )


class Way(NamedTuple):
    """Two cities, in the order of travel."""

    origin: str
    destination: str


def route_of(text: str) -> Way | None:
    """The cities of "from CITY to CITY"; None where a text names none."""
    match = _ROUTE.search(text)
    return None if match is None else Way(without_state(match[1]), without_state(match[2]))


def named(value: str) -> Named:
    """The place that a value names; its city is what stands after the last comma."""
    name, _, city = value.rpartition(",")
    return Named(name.strip(), without_state(city))


def flight_of(transportation: str) -> str | None:
    """The number of the flight that a day's transportation names."""
    match = _FLIGHT.search(transportation)
    return match[0] if match else None


def mode_of(transportation: str) -> str:
    """ "taxi", "self-driving" or "flight"; "" for anything else."""
    text = transportation.lower()
    return next((mode for mode in ("taxi", "self-driving", "flight") if mode in text), "")


def without_state(city: str) -> str:
    """A city without what stands in brackets behind it."""
    return _STATE.sub("", city).strip()


def _trimmed(text: str) -> str:
    text = " ".join(text.split()).strip(" ;")
    return "" if text in _EMPTY else text


def _several(values: str) -> tuple[str, ...]:
    return tuple(filter(None, map(_placed, values.split(";"))))


def _placed(value: str) -> str:
    """A place without the state of its city."""
    place = named(_trimmed(value))
    return f"{place.name}, {place.city}" if place.name else place.city


def _short(transportation: str) -> str:
    """A transportation without its times and costs, and without the cities, which are the day's."""
    number = flight_of(transportation)
    return f"Flight {number}" if number else mode_of(transportation).capitalize()
