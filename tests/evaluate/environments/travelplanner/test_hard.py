"""The five hard constraints, checked where a query has them and the plan is complete."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import tiny_trips
from tiny_trips import query

from memp.evaluate.environments.environment import Transition
from memp.evaluate.environments.travelplanner.world import TravelPlannerWorld

PLAN = [
    "day 1: from Homely to Alba; transportation: Flight F101; accommodation: Plain in Alba, Alba; dinner: Alba Table 1, Alba",
    "day 2: Alba; accommodation: Plain in Alba, Alba; breakfast: Alba Table 2, Alba; lunch: Alba Table 3, Alba; "
    "dinner: Alba Table 4, Alba; attractions: Alba Sight, Part 1, Alba",
    "day 3: from Alba to Homely; transportation: Flight F303",
]
COST = 2 * 100 + 2 * 50 + 11 + 12 + 13 + 14
"""Of one person: two flights, two nights and four meals."""

Submit = Callable[..., Transition]


@pytest.fixture
def submit(tmp_path: Path) -> Submit:
    """Submits a plan for a query with some changes."""

    def submitted(changes: Mapping[str, object], plan: list[str]) -> Transition:
        folder = tiny_trips.write(tmp_path, dev=[query(1, "A trip.", **changes)])
        world = TravelPlannerWorld(folder)
        environment = world.environment()
        environment.reset(world.tasks("dev")[0])
        for line in plan:
            environment.step(line)
        return environment.step("submit")

    return submitted


@pytest.mark.parametrize(
    ("people", "cost"), [(1, COST), (3, 3 * COST - 2 * 50)], ids=["one person", "three people share two rooms"]
)
def test_a_plan_may_cost_as_much_as_the_budget(submit: Submit, people: int, cost: int):
    assert submit({"people_number": people, "budget": cost}, PLAN).won
    lost = submit({"people_number": people, "budget": cost - 1}, PLAN)
    assert lost.observation == f"Budget: the plan costs ${cost:,}, more than the budget of ${cost - 1:,}."


def test_cars_are_shared(submit: Submit):
    plan = [line.replace("Flight F101", "Self-driving").replace("Flight F303", "Self-driving") for line in PLAN]
    meals, rooms, cars = 6 * 50, 2 * 3 * 50, 2 * 2 * 50
    assert submit({"people_number": 6, "budget": meals + rooms + cars}, plan).won
    assert not submit({"people_number": 6, "budget": meals + rooms + cars - 1}, plan).won


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"house rule": "pets"}, "Room Rule: the accommodation Plain in Alba, Alba has the house rule 'No pets'"),
        ({"room type": "entire room"}, "Room Type: the accommodation Plain in Alba, Alba has the room type 'Private room'"),
        ({"cuisine": ["Thai", "Greek", "Nordic"]}, "Cuisine: no restaurant of the plan serves the cuisine Nordic."),
        ({"transportation": "no flight"}, "Transportation: the travellers want no flight"),
    ],
)  # fmt: skip
def test_a_wish_that_is_not_fulfilled_gets_its_message(submit: Submit, wish: Mapping[str, object], message: str):
    lost = submit({"local_constraint": wish}, PLAN)
    assert message in lost.observation
    assert lost.shares["HC micro"] == (1, 2)
    assert lost.shares["HC macro"] == (0, 1)
    assert lost.shares["CS macro"] == (1, 1)


@pytest.mark.parametrize(
    "wish",
    [
        {"house rule": "smoking"}, {"room type": "private room"}, {"room type": "not shared room"},
        {"cuisine": ["Thai", "Greek"]}, {"transportation": "no self-driving"},
    ],
)  # fmt: skip
def test_a_wish_that_is_fulfilled_passes(submit: Submit, wish: Mapping[str, object]):
    assert submit({"local_constraint": wish}, PLAN).won


def test_hard_constraints_of_an_incomplete_plan_fail_without_a_message(submit: Submit):
    lost = submit({"budget": 1}, PLAN[:2])
    assert "Budget" not in lost.observation
    assert lost.shares["HC micro"] == (0, 1)
