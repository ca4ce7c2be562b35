"""The grammar of a plan's lines."""

import pytest

from memp.evaluate.environments.travelplanner.plan import Day, day_line, named, read_day, recorded_day

DAY = Day(
    city="from Homely to Alba",
    transportation="Flight F101",
    accommodation="Room; quiet, central, Alba",
    dinner="Table, Alba",
    attractions=("Zoo, Park, Alba", "Pier, Alba"),
)
LINE = (
    "day 2: from Homely to Alba; transportation: Flight F101; accommodation: Room; quiet, central, Alba; "
    "dinner: Table, Alba; attractions: Zoo, Park, Alba; Pier, Alba"
)


def test_a_day_is_written_as_it_is_read():
    assert day_line(2, DAY) == LINE
    assert read_day(LINE) == (2, DAY)


def test_empty_fields_and_other_cases_are_read_alike():
    line = read_day("Day 3 : Alba; Breakfast: -; LUNCH: Table, Alba(Fell); attractions: -;")
    assert line == (3, Day(city="Alba", lunch="Table, Alba"))


def test_a_line_with_placeholders_is_a_day_as_well():
    line = read_day("day {number}: from {origin} to {city}; dinner: {restaurant}, {city}")
    assert line is not None
    assert line.number == 0
    assert line.day.cities == ("{origin}", "{city}")
    assert named(line.day.dinner) == ("{restaurant}", "{city}")


@pytest.mark.parametrize("text", ["", "submit", "fly to Alba", "yesterday: Alba", "day"])
def test_other_texts_are_no_days(text: str):
    assert read_day(text) is None


def test_a_recorded_day_loses_times_costs_and_states():
    day = recorded_day(
        {
            "days": 3, "current_city": "from Alba(Fell) to Bern(Fell)",
            "transportation": "Self-driving, from Alba(Fell) to Bern(Fell), duration: 2 hours, cost: 50",
            "breakfast": "-", "attraction": "Zoo, Bern(Fell);Pier, Bern(Fell);", "lunch": "-", "dinner": "Table, Bern(Fell)",
            "accommodation": "Room, Bern(Fell)",
        }
    )  # fmt: skip
    assert day_line(3, day) == (
        "day 3: from Alba to Bern; transportation: Self-driving; accommodation: Room, Bern; dinner: Table, Bern; "
        "attractions: Zoo, Bern; Pier, Bern"
    )
