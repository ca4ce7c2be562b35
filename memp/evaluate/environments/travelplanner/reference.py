"""The reference information of a query, as text that an agent is given, and read back from that text.

Sole planning (TravelPlanner, section 3): all places, flights and drives that a plan may be made of are given at once. A
table is a title, then comma-separated values with a header; between two tables stands an empty line.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from memp.domain.trajectory import Value
from memp.errors import InputError
from memp.evaluate.environments.travelplanner.tables import (
    Accommodation,
    Attraction,
    Distance,
    Flight,
    PlaceT,
    Query,
    Restaurant,
    Route,
    Tables,
)

DRIVING, TAXI = "self-driving", "taxi"
KILOMETRE = {DRIVING: 0.05, TAXI: 1.0}
"""The cost of a kilometre, for the whole car."""

SEATS = {DRIVING: 5, TAXI: 4}

TITLE = "Reference information:"
_BETWEEN = re.compile(
    r"(?P<what>\S.*?) from (?P<origin>.+?) to (?P<destination>.+?)(?: on (?P<date>\S+))?:(?: (?P<rest>.*))?"
)
_IN = re.compile(r"(?P<what>\w+) in (?P<city>.+):")
_COST = re.compile(r"cost (\d+)")
_NONE = "none"


def fare(mode: str, way: Distance | None) -> int | None:
    """The cost of a drive, for a car; None where one cannot drive."""
    kilometres = None if way is None else way.kilometres
    return None if kilometres is None else int(kilometres * KILOMETRE[mode])


# Writing


def reference_text(query: Query, tables: Tables) -> str:
    """All that a query's reference names, as text.

    Raises:
        InputError: it names something that the tables do not have.
    """
    return "\n\n".join([TITLE, *(_section(tuple(entry), tables) for entry in query.reference)])


def _section(entry: tuple[str, ...], tables: Tables) -> str:
    match entry:
        case (("attractions" | "restaurants" | "accommodations") as kind, city):
            return _places(kind, city, tables)
        case ("flight", origin, destination, date):
            return _flights(Route(origin, destination), date, tables)
        case (("self-driving" | "taxi") as mode, origin, destination):
            return _drive(mode, Route(origin, destination), tables)
        case _:
            raise InputError(
                f"The reference has an entry {list(entry)}, which is none of its kinds: copy the file again."
            )


def _places(kind: str, city: str, tables: Tables) -> str:
    columns = _COLUMNS[kind]
    places: Sequence[object] = {
        "attractions": tables.attractions, "restaurants": tables.restaurants, "accommodations": tables.accommodations,
    }[kind].get(city, ())  # fmt: skip
    rows = [[_cell(getattr(place, field)) for field in columns.values()] for place in places]
    return _table(f"{kind.capitalize()} in {city}:", list(columns), rows)


_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "attractions": {"name": "name"},
    "restaurants": {"name": "name", "average cost": "cost", "cuisines": "cuisines", "rating": "rating"},
    "accommodations": {
        "name": "name", "price": "price", "room type": "room", "house rules": "house_rules",
        "minimum nights": "min_nights", "maximum occupancy": "max_occupancy", "rating": "rating",
    },
}  # fmt: skip
"""The columns of a table in words, and the fields they show."""


def columns() -> Iterable[str]:
    """The columns of the tables of places in words, with what they are of: "accommodations: minimum nights". The names go
    without saying; a table of nothing else stands for them."""
    for kind, of_kind in _COLUMNS.items():
        yield from [f"{kind}: {column}" for column in of_kind if column != "name"] or [kind]


def _flights(route: Route, date: str, tables: Tables) -> str:
    flights = tables.flights_on(route, date)
    if flights is None:
        raise InputError(
            f"flight_queries does not say which flights go from {route.origin} to {route.destination} on {date}."
        )
    title = f"Flights from {route.origin} to {route.destination} on {date}:"
    if not flights:
        return f"{title} {_NONE}"
    rows = [[flight.flight, _cell(flight.price), flight.dep, flight.arr] for flight in flights]
    return _table(title, ["number", "price", "departure", "arrival"], rows)


def _drive(mode: str, route: Route, tables: Tables) -> str:
    title = f"{mode.capitalize()} from {route.origin} to {route.destination}:"
    way = tables.roads.get(route)
    cost = fare(mode, way)
    if way is None or cost is None:
        return f"{title} {_NONE}"
    return f"{title} {way.duration}, {way.distance}, cost {cost} for a car of {SEATS[mode]}"


def _table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([header, *rows])
    return f"{title}\n{text.getvalue()}".rstrip("\n")


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return f"{value:g}" if isinstance(value, float) else str(value)


# Reading


class Drive(Value):
    """A way by car; `cost` is a car's, None where one cannot drive."""

    mode: str
    route: Route
    cost: int | None


class Timetable(Value):
    """The flights of a day between two cities."""

    route: Route
    date: str
    flights: tuple[Flight, ...]


class Reference(Value):
    """The reference information of a query."""

    attractions: Mapping[str, tuple[Attraction, ...]]
    restaurants: Mapping[str, tuple[Restaurant, ...]]
    accommodations: Mapping[str, tuple[Accommodation, ...]]
    timetables: tuple[Timetable, ...]
    drives: tuple[Drive, ...]

    @property
    def cities(self) -> tuple[str, ...]:
        """All cities, those of the routes first, each once."""
        ends = [city for table in self.timetables for city in table.route]
        return tuple(dict.fromkeys([*ends, *self.attractions, *self.restaurants, *self.accommodations]))


def read_reference(text: str) -> Reference:
    """The reference information that a text ends with; what stands before its title is passed over.

    Raises:
        InputError: a table is not as `reference_text` writes it.
    """
    timetables: list[Timetable] = []
    drives: list[Drive] = []
    places: dict[str, dict[str, list[Mapping[str, str]]]] = {kind: {} for kind in _COLUMNS}
    for section in text.partition(f"{TITLE}\n\n")[2].split("\n\n"):
        title, _, body = section.partition("\n")
        if (match := _IN.fullmatch(title)) is not None and match["what"].lower() in places:
            places[match["what"].lower()][match["city"]] = list(csv.DictReader(io.StringIO(body)))
        elif (match := _BETWEEN.fullmatch(title)) is not None:
            route = Route(match["origin"], match["destination"])
            if match["date"]:
                timetables.append(_timetable(route, match["date"], body))
            else:
                cost = _COST.search(match["rest"] or "")
                drives.append(Drive(mode=match["what"].lower(), route=route, cost=int(cost[1]) if cost else None))
        else:
            raise InputError(f"The reference information has a part that cannot be read: '{title[:80]}'.")
    return Reference(
        attractions=_each(places["attractions"], _attraction),
        restaurants=_each(places["restaurants"], _restaurant),
        accommodations=_each(places["accommodations"], _accommodation),
        timetables=tuple(timetables),
        drives=tuple(drives),
    )


def _timetable(route: Route, date: str, body: str) -> Timetable:
    def flight(row: Mapping[str, str]) -> Flight:
        return Flight(
            flight=row["number"], price=float(row["price"]), dep=row["departure"], arr=row["arrival"], date=date,
            origin=route.origin, destination=route.destination,
        )  # fmt: skip

    return Timetable(route=route, date=date, flights=tuple(map(flight, csv.DictReader(io.StringIO(body)))))


def _each(
    cities: Mapping[str, Sequence[Mapping[str, str]]], make: Callable[[str, Mapping[str, str]], PlaceT]
) -> dict[str, tuple[PlaceT, ...]]:  # fmt: skip
    return {city: tuple(make(city, row) for row in rows) for city, rows in cities.items()}


def _attraction(city: str, row: Mapping[str, str]) -> Attraction:
    return Attraction(city=city, name=row["name"])


def _restaurant(city: str, row: Mapping[str, str]) -> Restaurant:
    return Restaurant(
        city=city, name=row["name"], cost=float(row["average cost"]), cuisines=tuple(row["cuisines"].split(", ")),
        rating=float(row["rating"]),
    )  # fmt: skip


def _accommodation(city: str, row: Mapping[str, str]) -> Accommodation:
    return Accommodation(
        city=city, name=row["name"], price=float(row["price"]), room=row["room type"], house_rules=row["house rules"],
        min_nights=int(row["minimum nights"]), max_occupancy=int(row["maximum occupancy"]), rating=float(row["rating"]),
    )  # fmt: skip
