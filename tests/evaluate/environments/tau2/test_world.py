"""tau2's telecom tickets as a benchmark: the package's splits, solutions, and a row in the table."""

from pathlib import Path

import pytest
import telecom

from memp.errors import InputError
from memp.evaluate.__main__ import main
from memp.evaluate.environments.catalog import ENVIRONMENTS
from memp.evaluate.environments.environment import solves
from memp.evaluate.environments.tau2.world import HANDED_OVER, RULES, SOLUTION, TelecomWorld


@pytest.fixture(scope="module")
def world() -> TelecomWorld:
    return telecom.world()


def test_the_splits_are_the_packages_and_what_is_in_neither(world: TelecomWorld):
    counts = {split: len(world.tasks(split)) for split in world.splits()}
    assert counts == {"train": 74, "test": 40, "other": 2171}
    assert len({task.id for split in world.splits() for task in world.tasks(split)}) == 2285
    assert sum(task.kind != HANDED_OVER for task in world.tasks("test")) == 28
    with pytest.raises(InputError, match="There is no split 'dev' in tau2, only: other, test, train"):
        world.tasks("dev")


def test_every_test_ticket_is_won_by_its_solution(world: TelecomWorld):
    desk = world.environment()
    assert all(solves(desk, task, world.walkthrough(task)) for task in world.tasks("test"))


def test_the_runs_of_solutions_have_what_each_call_answered(world: TelecomWorld):
    for run in world.runs(SOLUTION, 5):
        assert all(step.observation for step in run.steps)


def test_the_rules_name_every_tool(world: TelecomWorld):
    desk = world.environment()
    desk.reset(world.tasks("train")[0])
    assert [name for name, tool in desk.tools.items() if f"{name}({', '.join(tool.needed)})" not in RULES] == []


def test_the_command_plays_it_without_a_folder_and_reports_the_tickets_that_need_action_apart(
    world: TelecomWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = ["tau2", "--out", str(tmp_path), "--smoke", "--only", "build", "--seeds", "1", "--learned", "6"]
    assert main(arguments) == 0
    report = (tmp_path / "report.md").read_text()
    assert report.startswith(f"# Procedural memory on {ENVIRONMENTS['tau2'].title}")
    assert "without the tasks that are handed over" in report
