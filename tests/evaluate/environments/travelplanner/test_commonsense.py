"""The eight commonsense checks: a good plan passes, and each fault gets its message."""

from collections.abc import Callable
from pathlib import Path

import pytest
import tiny_trips

from memp.evaluate.environments.travelplanner.world import PASSED, TravelPlannerWorld

Plan = list[str]
Submit = Callable[..., str]

GOOD = [
    "day 1: from Homely to Alba; transportation: Self-driving; accommodation: Plain in Alba, Alba; dinner: Alba Table 1, Alba",
    "day 2: Alba; accommodation: Plain in Alba, Alba; breakfast: Alba Table 2, Alba; lunch: Alba Table 3, Alba; "
    "dinner: Alba Table 4, Alba; attractions: Alba Sight, Part 1, Alba; Alba Sight, Part 2, Alba",
    "day 3: from Alba to Bern; transportation: Self-driving; accommodation: Plain in Bern, Bern; lunch: Bern Table 1, Bern",
    "day 4: Bern; accommodation: Plain in Bern, Bern; breakfast: Bern Table 2, Bern; lunch: Bern Table 3, Bern; "
    "dinner: Bern Table 4, Bern; attractions: Bern Sight, Part 1, Bern",
    "day 5: from Bern to Homely; transportation: Self-driving",
]


@pytest.fixture
def submit(tmp_path: Path) -> Submit:
    """Submits a plan of five days and gives its messages."""
    world = TravelPlannerWorld(tiny_trips.write(tmp_path))
    environment, task = world.environment(), world.tasks("dev")[0]

    def submitted(plan: Plan) -> str:
        environment.reset(task)
        for line in plan:
            assert environment.step(line).refused is False
        return environment.step("submit").observation

    return submitted


def test_a_good_plan_passes(submit: Submit):
    assert submit(GOOD) == PASSED


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("from Homely to Alba", "from Bern to Alba", "Reasonable City Route: the first day must start in Homely"),
        ("from Bern to Homely", "from Bern to Alba", "the trip must end where it starts"),
        ("day 2: Alba", "day 2: Bern", "each city is visited once, for days in a row: Alba is not."),
        ("day 4: Bern", "day 4: Cern", "each city is visited once, for days in a row: Bern is not."),
        ("dinner: Alba Table 4", "dinner: Alba Table 2", "Diverse Restaurants: the restaurant Alba Table 2, Alba is visited a"),
        ("Bern Sight, Part 1, Bern", "Alba Sight, Part 2, Alba", "Diverse Attractions: the attraction Alba Sight, Part 2, Alba"),
        ("Plain in Alba", "Cheap; Long in Alba", "Minimum Nights Stay: Cheap; Long in Alba, Alba asks for at least 9 nights"),
        ("transportation: Self-driving; accommodation: Plain in Bern", "transportation: Taxi; accommodation: Plain in Bern",
         "Non-conflicting Transportation: self-driving cannot be combined with a taxi."),
        ("lunch: Bern Table 1, Bern", "lunch: Homely Table, Homely",
         "Within Current City: the lunch of day 3, Homely Table, Homely, is not in Alba or Bern."),
        ("to Bern; transportation: Self-driving", "to Bern; transportation: Taxi, from Bern to Homely",
         "Within Current City: the transportation of day 3"),
        ("Homely; transportation: Self-driving", "Homely; transportation: Flight F999",
         "Within Sandbox: there is no such transportation as on day 5, Flight F999"),
        ("Alba Table 3", "Alba Stable 3", "Within Sandbox: there is no such lunch as on day 2, Alba Stable 3, Alba."),
        ("; attractions: Bern Sight, Part 1, Bern", "", "Complete Information: day 4 has no attraction."),
        ("breakfast: Alba Table 2, Alba; ", "", "Complete Information: day 2 has no breakfast."),
        ("accommodation: Plain in Bern, Bern; lunch", "lunch", "Complete Information: day 3 has no accommodation."),
        ("to Bern; transportation: Self-driving", "to Bern", "Complete Information: day 3 has no transportation."),
    ],
)  # fmt: skip
def test_a_fault_gets_its_message(submit: Submit, before: str, after: str, message: str):
    plan = [line.replace(before, after) for line in GOOD]
    assert plan != GOOD
    assert message in submit(plan)


def test_days_and_cities_are_counted(submit: Submit):
    assert "Complete Information: the plan has 4 days of 5." in submit(GOOD[:4])
    assert "Complete Information: the plan has 0 days of 5." not in submit(GOOD[1:]), (
        "a plan without a first day is none"
    )
    one_city = [line.replace("Bern", "Alba").replace("from Alba to Alba", "Alba") for line in GOOD]
    assert "Complete Information: the plan visits 1 cities of 2." in submit(one_city)


def test_a_minimum_of_nights_binds_only_where_one_entry_is_named(submit: Submit):
    plan = [line.replace("Plain in Alba", "Open in Alba") for line in GOOD]
    assert submit(plan) == PASSED, "two nights of two"
    shortened = [line.replace("Plain in Alba", "in Alba") for line in GOOD]
    assert submit(shortened) == PASSED, "a name that several entries contain"


def test_a_state_in_brackets_does_not_matter(submit: Submit):
    assert (
        submit([line.replace(", Alba", ", Alba(Fell)").replace("to Bern", "to Bern(Fell)") for line in GOOD]) == PASSED
    )
