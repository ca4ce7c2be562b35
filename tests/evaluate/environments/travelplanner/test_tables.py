"""TravelPlanner's compact files: what is read of them, and what is said where they are not as they should be."""

import lzma
from pathlib import Path

import pytest
import tiny_trips

from memp.errors import ConfigError, InputError
from memp.evaluate.environments.travelplanner.tables import Route, Tables


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_trips.write(tmp_path / "trips")


def test_every_file_that_is_no_table_is_a_split(folder: Path):
    tables = Tables(folder)
    assert tables.splits == ("dev", "train")
    assert [query.idx for query in tables.queries("train")] == [0, 1, 2, 3]


def test_a_name_is_one_line(tmp_path: Path):
    lines = [{**tiny_trips.tables()["attractions"][0], "name": "Old\nTown  Hall "}]
    tables = Tables(tiny_trips.write(tmp_path, attractions=lines))
    assert tables.attractions[tiny_trips.ALBA][0].name == "Old Town Hall"


def test_no_flights_and_flights_that_nobody_knows_of_are_two_things(folder: Path):
    tables = Tables(folder)
    assert tables.flights_on(Route("Alba", "Bern"), tiny_trips.DATES[0]) == []
    assert tables.flights_on(Route("Alba", "Bern"), "2031-01-01") is None


def test_a_way_that_takes_a_day_cannot_be_driven(tmp_path: Path):
    lines = [
        {"origin": "Alba", "destination": "Bern", "duration": "1 day 2 hours", "distance": "2,000 km"},
        {"origin": "Bern", "destination": "Alba", "duration": None, "distance": None},
        {"origin": "Bern", "destination": "Homely", "duration": "2 hours", "distance": "1,200.5 km"},
    ]
    roads = Tables(tiny_trips.write(tmp_path, distances=lines)).roads
    assert [way.kilometres for way in roads.values()] == [None, None, 1200.5]


def test_a_folder_that_is_not_there_or_lacks_a_table_is_a_clear_error(folder: Path):
    with pytest.raises(ConfigError, match="is not a folder"):
        Tables(folder / "none")
    (folder / "flights.jsonl.xz").unlink()
    with pytest.raises(ConfigError, match=r"has no flights\.jsonl\.xz\. Pass a folder"):
        Tables(folder)


def test_a_folder_without_queries_is_a_clear_error(folder: Path):
    for name in ("train", "dev"):
        (folder / f"{name}.jsonl.xz").unlink()
    with pytest.raises(ConfigError, match="has no queries"):
        Tables(folder)


def test_a_broken_line_is_named(folder: Path):
    with lzma.open(folder / "cities.jsonl.xz", "at") as file:
        file.write('{"city": 3}\n')
    with pytest.raises(InputError, match=r"cities\.jsonl\.xz, line 4 is broken: city"):
        Tables(folder)


def test_a_file_that_is_cut_is_named(folder: Path):
    path = folder / "restaurants.jsonl.xz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"restaurants\.jsonl\.xz cannot be read"):
        Tables(folder)


def test_an_unknown_split_is_named(folder: Path):
    with pytest.raises(InputError, match="no split 'test' in this data, only: dev, train"):
        Tables(folder).queries("test")
