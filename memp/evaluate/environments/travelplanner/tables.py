"""Reader of TravelPlanner's data in its compact form: a folder of compressed JSON lines.

accommodations, restaurants, attractions, distances, flights, flight_queries, cities (.jsonl.xz)     the tables
every other *.jsonl.xz                                                                               a split of queries
"""

import lzma
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from memp.errors import ConfigError, InputError

ENDING = ".jsonl.xz"
TABLES = ("accommodations", "restaurants", "attractions", "distances", "flights", "flight_queries", "cities")
HOW_TO_GET = (
    f"Pass a folder with TravelPlanner's data in compact form: {', '.join(TABLES)} and a file for each split, "
    f"each as NAME{ENDING}."
)


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


Name = Annotated[str, AfterValidator(_in_one_line)]
"""A name of the tables; a few of them have line breaks, and an action is one line."""


class Line(BaseModel):
    """A line of one of the files."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Place(Line):
    """Something in a city."""

    name: Name
    city: str


class Attraction(Place):
    """A sight."""


class Restaurant(Place):
    """A restaurant; `cost` is a person's meal."""

    cost: float
    cuisines: tuple[str, ...]
    rating: float


class Accommodation(Place):
    """An accommodation; `price` is a night's, for at most `max_occupancy` people."""

    price: float
    room: str
    house_rules: str
    min_nights: int
    max_occupancy: int
    rating: float


class Flight(Line):
    """A flight; `price` is a person's."""

    flight: str
    price: float
    dep: str
    arr: str
    date: str
    origin: str
    destination: str


class Distance(Line):
    """The way between two cities by road, where there is one."""

    origin: str
    destination: str
    duration: str | None = None
    distance: str | None = None

    @cached_property
    def kilometres(self) -> float | None:
        """None where one cannot drive: no way is known, or it takes a day or more."""
        if self.duration is None or self.distance is None or "day" in self.duration:
            return None
        return float(self.distance.removesuffix("km").replace(",", ""))


class FlightQuery(Line):
    """All flights of a day between two cities, by number."""

    origin: str
    destination: str
    date: str
    flights: tuple[str, ...]


class City(Line):
    """A city and its state."""

    city: str
    state: str


class Wishes(Line):
    """The hard constraints of a query that are not its budget; None where it has none of a kind."""

    house_rule: str | None = Field(None, alias="house rule")
    cuisine: tuple[str, ...] | None = None
    room_type: str | None = Field(None, alias="room type")
    transportation: str | None = None


class Query(Line):
    """A trip that is asked for.

    `query` is the request in words; `reference` names the information that sole planning is given. `plan` is a person's
    plan, a record for each day, where there is one.
    """

    idx: int
    level: str
    org: str
    dest: str
    days: int
    visiting_city_number: int
    people_number: int
    local_constraint: Wishes
    budget: float
    query: str
    reference: tuple[tuple[str, ...], ...]
    plan: tuple[Mapping[str, str | int], ...] = ()


LineT = TypeVar("LineT", bound=Line)
PlaceT = TypeVar("PlaceT", bound=Place)


class Route(NamedTuple):
    """From a city to another."""

    origin: str
    destination: str


class Tables:
    """The tables of a folder, read once.

    Raises:
        ConfigError: the folder lacks one of them, or has no split.
        InputError: a file is broken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.expanduser()
        if not self._folder.is_dir():
            raise ConfigError(f"'{folder}' is not a folder. {HOW_TO_GET}")
        missing = next((name for name in TABLES if not self._path(name).is_file()), None)
        if missing is not None:
            raise ConfigError(f"'{folder}' has no {missing}{ENDING}. {HOW_TO_GET}")
        self.splits = tuple(sorted(self._names() - set(TABLES)))
        if not self.splits:
            raise ConfigError(f"'{folder}' has no queries. {HOW_TO_GET}")
        self.accommodations = _by_city(self._read("accommodations", Accommodation))
        self.restaurants = _by_city(self._read("restaurants", Restaurant))
        self.attractions = _by_city(self._read("attractions", Attraction))
        self.roads = {Route(way.origin, way.destination): way for way in self._read("distances", Distance)}
        self.flights = {flight.flight: flight for flight in self._read("flights", Flight)}
        self.states = {city.city: city.state for city in self._read("cities", City)}
        self._timetable = {
            (q.origin, q.destination, q.date): q.flights for q in self._read("flight_queries", FlightQuery)
        }

    def _names(self) -> set[str]:
        return {path.name.removesuffix(ENDING) for path in self._folder.glob(f"*{ENDING}")}

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{ENDING}"

    def queries(self, split: str) -> list[Query]:
        """The queries of a split, in the order of their numbers.

        Raises:
            InputError: there is no such split, or its file is broken.
        """
        if split not in self.splits:
            raise InputError(f"There is no split '{split}' in this data, only: {', '.join(self.splits)}.")
        return sorted(self._read(split, Query), key=lambda query: query.idx)

    def flights_on(self, route: Route, date: str) -> Sequence[Flight] | None:
        """The flights of a day; None where the data does not say."""
        numbers = self._timetable.get((route.origin, route.destination, date))
        return None if numbers is None else [self.flights[number] for number in numbers if number in self.flights]

    def _read(self, name: str, kind: type[LineT]) -> Iterator[LineT]:
        path = self._path(name)
        try:
            with lzma.open(path) as lines:
                for number, line in enumerate(lines, 1):
                    yield _parse(kind, line, f"{path}, line {number}")
        except (lzma.LZMAError, EOFError, OSError) as error:
            raise InputError(f"{path} cannot be read ({error}): copy the file again.") from None


def _parse(kind: type[LineT], text: bytes, where: str) -> LineT:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{where} is broken: {field or 'it'}: {first['msg']}: copy the file again.") from None


def _by_city(places: Iterable[PlaceT]) -> Mapping[str, Sequence[PlaceT]]:
    """Places by their city, in the order of their file."""
    cities: dict[str, list[PlaceT]] = {}
    for place in places:
        cities.setdefault(place.city, []).append(place)
    return cities
