"""TravelPlanner as an environment, and parity with the people's plans, where the data is at hand.

It is looked for in $MEMP_TEST_TRAVELPLANNER, or beside the repository in shared/data/travelplanner.
"""

from pathlib import Path

import pytest
import tiny_trips
from paths import TRAVELPLANNER as DATA

from memp.errors import ConfigError, InputError
from memp.evaluate.environments.environment import solves
from memp.evaluate.environments.travelplanner.world import OVER, PASSED, UNREADABLE, TravelPlannerWorld

TRAIN_PLANS = 45


@pytest.fixture
def world(tmp_path: Path) -> TravelPlannerWorld:
    return TravelPlannerWorld(tiny_trips.write(tmp_path))


def test_a_task_is_the_request_in_words(world: TravelPlannerWorld):
    assert world.splits() == ("dev", "train")
    first = world.tasks("train")[0]
    assert (first.id, first.kind, first.goal) == ("train/0", "easy, 3 days", tiny_trips.SHORT)
    assert world.environment().reset(first).startswith(f"{tiny_trips.SHORT}\n\nReference information:\n\n")


def test_an_agent_is_not_given_the_constraints_as_fields(world: TravelPlannerWorld):
    observation = world.environment().reset(world.tasks("dev")[1])
    assert "local_constraint" not in observation
    assert "entire room" not in observation.removeprefix(world.tasks("dev")[1].goal)


def test_peoples_plans_win_their_trips(world: TravelPlannerWorld):
    environment = world.environment()
    for task in world.tasks("train"):
        assert solves(environment, task, world.walkthrough(task))
    runs = list(world.runs("people", None))
    assert [run.source for run in runs] == [f"train/{n}" for n in range(4)]
    assert runs[0].steps[-1].observation == PASSED
    assert len(list(world.runs("people", 2))) == 2
    assert world.walkthrough(world.tasks("dev")[0]) == []


def test_a_plan_is_checked_once(world: TravelPlannerWorld):
    environment, task = world.environment(), world.tasks("train")[0]
    environment.reset(task)
    lost = environment.step("Submit")
    assert lost.done and not lost.won
    again = environment.step("submit")
    assert (again.observation, again.done, again.refused) == (OVER, False, True)
    assert again.shares["CS micro"] == (0, 8)
    assert "Day 1" in _written(world, world.walkthrough(task)[:1]), "a new game is another one"


def _written(world: TravelPlannerWorld, lines: list[str]) -> str:
    environment = world.environment()
    environment.reset(world.tasks("train")[0])
    return environment.step("\n".join(lines)).observation


def test_a_day_may_be_written_again_and_several_at_once(world: TravelPlannerWorld):
    environment, task = world.environment(), world.tasks("train")[0]
    lines = world.walkthrough(task)
    environment.reset(task)
    environment.step("day 2: Bern")
    said = environment.step("\n".join(lines[:-1]))
    assert said.observation == "Day 1 is written down.\nDay 2 is written down.\nDay 3 is written down."
    assert environment.step("submit").won


def test_what_is_no_line_of_a_plan_is_refused(world: TravelPlannerWorld):
    environment = world.environment()
    with pytest.raises(InputError, match="call reset"):
        environment.step("submit")
    environment.reset(world.tasks("dev")[0])
    for action in ("", "book a flight", "day 1: Alba\nand so on"):
        refused = environment.step(action)
        assert refused.refused and UNREADABLE in refused.observation


def test_bad_data_is_a_clear_error(tmp_path: Path):
    unsolved = TravelPlannerWorld(tiny_trips.write(tmp_path, train=[tiny_trips.query(0, "A trip.")]))
    with pytest.raises(ConfigError, match="no people's plans"):
        list(unsolved.runs("people", None))
    with pytest.raises(InputError, match="no split 'test'"):
        unsolved.tasks("test")
    with pytest.raises(InputError, match="no trip 'train/7'"):
        unsolved.environment().reset(unsolved.tasks("train")[0].model_copy(update={"id": "train/7"}))


@pytest.mark.skipif(not DATA.is_dir(), reason="TravelPlanner's data is not here")
def test_all_peoples_plans_of_the_train_split_pass():
    world = TravelPlannerWorld(DATA)
    environment, tasks = world.environment(), world.tasks("train")
    passed = [task.id for task in tasks if solves(environment, task, world.walkthrough(task))]
    assert len(passed) == len(tasks) == TRAIN_PLANS
