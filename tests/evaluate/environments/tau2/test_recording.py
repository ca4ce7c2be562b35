"""The recorded technician: its runs solve their tickets, and read before and after every change."""

import pytest
import telecom

from memp.evaluate.environments.calls import parse_call
from memp.evaluate.environments.environment import Experience
from memp.evaluate.environments.tau2.world import TECHNICIAN, TelecomWorld


@pytest.fixture(scope="module")
def world() -> TelecomWorld:
    return telecom.world()


@pytest.fixture(scope="module")
def runs(world: TelecomWorld) -> list[Experience]:
    return list(world.runs(TECHNICIAN, 8))


def names(run: Experience) -> list[str]:
    return [call.name for step in run.steps if (call := parse_call(step.action))]


def test_a_run_is_its_solution_with_readings_between(world: TelecomWorld, runs: list[Experience]):
    desk = world.environment()
    desk.reset(world.tasks("train")[0])
    tasks = {task.id: task for task in world.tasks("train")}
    for run in runs:
        changes = [step.action for step in run.steps if (parse_call(step.action) or ("",))[0] not in desk.reads]
        assert changes == list(world.walkthrough(tasks[run.source])), run.source


def test_the_same_readings_are_made_before_the_first_change_and_after_each(world: TelecomWorld, runs: list[Experience]):
    desk = world.environment()
    desk.reset(world.tasks("train")[0])
    for run in runs:
        rounds: list[set[str]] = [set()]
        for name in names(run):
            if name in desk.reads:
                rounds[-1].add(name)
            else:
                rounds.append(set())
        assert all(made == rounds[0] for made in rounds if made), run.source
        alone = {name for name in desk.reads if not desk.tools[name].needed}
        assert alone <= rounds[0]


def test_nothing_is_called_with_an_argument_that_nobody_named(runs: list[Experience]):
    for run in runs:
        seen = run.task
        for step in run.steps:
            call = parse_call(step.action)
            assert call is not None
            if call.name.startswith(("get_", "check_")):
                assert all(str(value) in seen for value in call.arguments.values()), step.action
            seen += step.observation
