"""The reference information: an agent reads back what is written of the tables."""

from pathlib import Path

import pytest
import tiny_trips
from tiny_trips import ALBA, BERN, HOME

from memp.errors import InputError
from memp.evaluate.environments.travelplanner.reference import read_reference, reference_text
from memp.evaluate.environments.travelplanner.tables import Query, Tables


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(tiny_trips.write(tmp_path))


def _long(tables: Tables) -> Query:
    return tables.queries("dev")[0]


def test_it_is_read_as_it_was_written(tables: Tables):
    reference = read_reference(f"A request.\n\n{reference_text(_long(tables), tables)}")
    assert reference.cities == (HOME, ALBA, BERN)
    assert reference.restaurants[ALBA] == tuple(tables.restaurants[ALBA])
    assert reference.accommodations[BERN] == tuple(tables.accommodations[BERN])
    assert [place.name for place in reference.attractions[ALBA]] == [f"Alba Sight, Part {n}" for n in range(1, 6)]
    assert [(table.route, len(table.flights)) for table in reference.timetables] == [
        ((HOME, ALBA), 1), ((ALBA, BERN), 0), ((BERN, HOME), 1),
    ]  # fmt: skip
    assert [(drive.mode, drive.cost) for drive in reference.drives] == [("self-driving", 50), ("taxi", 1000)] * 3


def test_where_one_cannot_drive_it_says_so(tmp_path: Path):
    tables = Tables(tiny_trips.write(tmp_path, distances=[]))
    text = reference_text(_long(tables), tables)
    assert "Taxi from Alba to Bern: none" in text
    assert {drive.cost for drive in read_reference(text).drives} == {None}


def test_a_reference_to_what_the_tables_lack_is_an_error(tables: Tables):
    query = _long(tables)
    for entry, message in (
        (["trains", "Alba"], "an entry"),
        (["flight", "Alba", "Bern", "2031-01-01"], "does not say"),
    ):
        with pytest.raises(InputError, match=message):
            reference_text(query.model_copy(update={"reference": [entry]}), tables)


def test_a_text_of_another_form_is_an_error():
    with pytest.raises(InputError, match="cannot be read: 'Trains to Alba'"):
        read_reference("Reference information:\n\nTrains to Alba")
