"""The layout of a recalled plan: which fields its days of each sort have, and in which city each of them is.

Places of another trip are of no use; that one has dinner where one arrives, and no accommodation on the last day, is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from memp.evaluate.agents.conditions import in_bounds
from memp.evaluate.environments.travelplanner.plan import LABELS, MEALS, Day, named, read_day
from memp.reply import MatchReply
from memp.text import templates
from memp.text.steps import parse_step

Sort = Literal["first", "between", "stay", "last"]
"""The sort of a day: the first and the last journey, one between two cities, and a day without one."""

Place = Literal["origin", "destination", "anywhere"]
"""Where something is on a day: where it begins, where it ends, or not known. Without a journey the two are one."""

INSTEAD: Mapping[Sort, Sequence[Sort]] = {
    "first": ("first", "between", "last"),
    "between": ("between", "first", "last"),
    "last": ("last", "between", "first"),
    "stay": ("stay",),
}
"""The sorts of day that may stand for one which a recalled plan does not have."""

_CUT = ("...", "[...]")
_SO_FAR = re.compile(r"\bso far: (.+?) \d+x(?:,|;|$)")


class Pattern(NamedTuple):
    """The fields of a day: a place for each that it has, by label, and for each attraction."""

    travels: bool
    fields: Mapping[str, Place]
    attractions: tuple[Place, ...]


class Layout(NamedTuple):
    """The patterns of a plan by sort of day, whether one stays in an accommodation for more than a night, and the meals
    that some day of travel does without."""

    patterns: Mapping[Sort, Pattern]
    stays: bool
    spared: frozenset[str]

    def pattern(self, sort: Sort) -> Pattern | None:
        return next((self.patterns[other] for other in INSTEAD[sort] if other in self.patterns), None)


def layout_of(match: MatchReply, known: Sequence[str] = ()) -> Layout | None:
    """The layout of the plan that a match shows, in its steps or else in its example; None where it shows none.

    A parameter of the steps is read as what it stands for, or stood for so far: it may be any part of a line. A step that
    depends on a number counts where the texts that are `known`, the newest first, give one within its bound.
    """
    values = {name: value for name, text in match.parameters.items() if (value := _value(text))}
    example = match.example.steps if match.example else []
    steps = [
        step for step in map(parse_step, match.steps) if in_bounds(step, known, lambda text: _filled(text, values))
    ]
    return _layout(_filled(step.action, values) for step in steps) or _layout(
        step.partition(" -> ")[0] for step in example
    )


def _value(parameter: str) -> str:
    """The value of a parameter that a reply tells, or the first that it had so far; "" where it tells none."""
    if parameter.startswith("= "):
        return parameter[2:].strip()
    seen = _SO_FAR.search(parameter)
    return seen[1] if seen else ""


def _filled(step: str, values: Mapping[str, str]) -> str:
    return templates.substitute(step, lambda name: values.get(name, f"{{{name}}}"))


def _layout(steps: Iterable[str]) -> Layout | None:
    days = [line.day for step in steps if (line := read_day(step)) is not None]
    journeys = [place for place, day in enumerate(days) if day.travels]
    if not journeys:
        return None
    patterns: dict[Sort, Pattern] = {}
    for place, day in enumerate(days):
        sort = _sort(place, journeys)
        patterns[sort] = _joined(patterns[sort], _pattern(day)) if sort in patterns else _pattern(day)
    rooms = [day.accommodation for day in days if day.accommodation]
    spared = {meal for place in journeys for meal in MEALS if meal not in days[place].meals}
    return Layout(patterns, len(set(rooms)) < len(rooms), frozenset(spared))


def _sort(place: int, journeys: Sequence[int]) -> Sort:
    if place not in journeys:
        return "stay"
    return "first" if place == journeys[0] else "last" if place == journeys[-1] else "between"


def _pattern(day: Day) -> Pattern:
    values = {**day.meals, "accommodation": day.accommodation} if day.accommodation else day.meals
    fields: dict[str, Place] = {label: _place(value, day) for label, value in values.items()}
    attractions: tuple[Place, ...] = tuple(_place(value, day) for value in day.attractions)
    *_, (label, text) = [("", ""), *day.texts()]
    if text.endswith(_CUT):  # The line went on: with the fields that come later, for all that one can see.
        there: Place = "destination"
        later = LABELS[LABELS.index(label) + 1 :]
        fields |= dict.fromkeys((meal for meal in MEALS if meal in later), there)
        attractions = attractions or (there,)
    return Pattern(bool(day.transportation), fields, attractions)


def _place(value: str, day: Day) -> Place:
    """Where a value is; one that was cut is taken to be where one arrives."""
    city = named(value).city
    if city == day.cities[-1] or value.endswith(_CUT):
        return "destination"
    return "origin" if city == day.cities[0] else "anywhere"


def _joined(one: Pattern, other: Pattern) -> Pattern:
    """A pattern with the fields of both."""
    attractions = max(one.attractions, other.attractions, key=len)
    return Pattern(one.travels or other.travels, {**other.fields, **one.fields}, attractions)
