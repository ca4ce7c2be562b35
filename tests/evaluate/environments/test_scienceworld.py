"""ScienceWorld as an environment, with a simulator of our own; with the package's where that and Java are installed."""

# ruff: noqa: N802 - the simulator's own names

import importlib.util
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from memp.errors import ConfigError, InputError
from memp.evaluate.environments import scienceworld
from memp.evaluate.environments.environment import Task, Transition
from memp.evaluate.environments.scienceworld import PER_TYPE, ScienceWorld

INSTALLED = importlib.util.find_spec("scienceworld") is not None and shutil.which("java") is not None


class FakeServer:
    """A simulator of two types, each done by focusing on the thing. A refused command leaves the score as it was, even that of
    the play before."""

    def __init__(self) -> None:
        self.loads: list[tuple[str, int, bool]] = []
        self.listings = 0
        self._score = 0.0

    def getTaskNames(self) -> Iterable[str]:
        return ["boil", "unseen-type"]

    def load(self, task: str, variation: int, simplification: str, gold: bool) -> None:
        self.loads.append((task, variation, gold))
        self._task = f"{task} {variation}"

    def step(self, action: str) -> str:
        if action in ("look around", "wait1"):
            self._score = 0.0
            return "You see a thing."
        if action == "focus on thing":
            self._score = 1.0
        elif action.startswith("focus"):
            self._score = -1.0
        return "You focus." if action.startswith("focus") else "No known action matches that input."

    def getScore(self) -> float:
        return self._score

    def getTaskDescription(self) -> str:
        return f"Your task is to\n  {self._task}."

    def getGoldActionSequence(self) -> Iterable[str]:
        return ["look thing", "focus on thing", "wait1"] if "boil" in self._task else ["wait1"]

    def getValidActionObjectCombinations(self) -> Iterable[str]:
        self.listings += 1
        return ["wait1", "focus on thing", "reset task"]

    def getVariationsTrain(self) -> Iterable[int]:
        return range(30)

    def getVariationsDev(self) -> Iterable[int]:
        return range(30, 33)

    def getVariationsTest(self) -> Iterable[int]:
        return range(33, 40)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    server = FakeServer()
    monkeypatch.setattr(scienceworld, "open_server", lambda: server)
    monkeypatch.setattr(scienceworld, "DEVELOPED", ("boil",))
    return server


@pytest.fixture
def world(server: FakeServer, tmp_path: Path) -> ScienceWorld:
    return ScienceWorld(tmp_path)


def test_splits_have_the_developed_types_or_all(world: ScienceWorld):
    assert world.splits() == ("dev", "dev_all", "test", "test_all", "train", "train_all")
    assert [task.id for task in world.tasks("dev")] == ["boil/30", "boil/31", "boil/32"]
    assert {task.kind for task in world.tasks("dev_all")} == {"boil", "unseen-type"}
    assert world.tasks("dev")[0] == Task(id="boil/30", split="dev", kind="boil", goal="Your task is to boil 30.")
    with pytest.raises(InputError, match="no split 'valid'"):
        world.tasks("valid")


def test_a_type_has_so_many_variations_always_the_same(world: ScienceWorld, tmp_path: Path):
    ids = [task.id for task in world.tasks("train")]
    assert len(set(ids)) == PER_TYPE
    assert [task.id for task in ScienceWorld(tmp_path).tasks("train")] == ids


def test_the_order_of_two_things_says_nothing_of_the_answer(world: ScienceWorld, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(FakeServer, "getTaskDescription", lambda server: "Which of the two (zinc, wool) is it?")
    goals = [task.goal for task in world.tasks("train")]
    assert set(goals) == {"Which of the two (zinc, wool) is it?", "Which of the two (wool, zinc) is it?"}
    assert [task.goal for task in world.tasks("train")] == goals


def test_only_tasks_that_are_read_are_loaded_and_other_types_not_at_all(world: ScienceWorld, server: FakeServer):
    tasks = world.tasks("dev")
    assert len(tasks) == 3
    assert server.loads == [("boil", 0, False)], "any variation must be loaded to ask which there are"
    assert tasks[1].goal
    assert server.loads[1:] == [("boil", 31, False)]
    assert len(tasks[1:]) == 2


def result(observation: str, *, score: int = 0, over: bool = False, refused: bool = False) -> Transition:
    return Transition(observation, score / 100, over, refused, {"mean reward": (score, 100)})


def test_an_environment_gives_observation_reward_and_whether_it_is_over(world: ScienceWorld):
    environment = world.environment()
    task = world.tasks("dev")[0]
    assert environment.reset(task) == "You see a thing."
    assert environment.step("dance") == result("No known action matches that input.", refused=True)
    assert environment.step("focus on door") == result("You focus.", over=True), "lost for good"
    environment.reset(task)
    assert environment.step("focus on thing") == result("You focus.", score=100, over=True)


@pytest.mark.parametrize("before", ["focus on thing", "focus on door"])
def test_a_play_begins_without_the_score_of_the_one_before(world: ScienceWorld, before: str):
    environment = world.environment()
    environment.reset(world.tasks("dev")[0])
    environment.step(before)
    environment.reset(world.tasks("dev")[0])
    assert environment.step("dance") == result("No known action matches that input.", refused=True)


def test_possible_actions_are_worked_out_when_they_are_read(world: ScienceWorld, server: FakeServer):
    environment = world.environment()
    environment.reset(world.tasks("dev")[0])
    actions = environment.admissible
    assert server.listings == 0
    assert list(actions) == ["focus on thing", "wait1"], "to start over is no action of a play"
    assert len(actions) == 2
    assert server.listings == 1


def test_before_a_task_is_started_there_is_nothing_to_do(world: ScienceWorld):
    environment = world.environment()
    with pytest.raises(InputError, match="call reset"):
        environment.step("wait1")
    with pytest.raises(InputError, match="call reset"):
        _ = environment.admissible


@pytest.mark.parametrize("id", ["boil", "boil/x", "/3"])
def test_a_task_of_another_world_is_an_error(world: ScienceWorld, id: str):
    with pytest.raises(InputError, match="no task of ScienceWorld"):
        world.environment().reset(Task(id=id, split="dev", kind="boil", goal=""))


def test_gold_runs_end_where_they_succeed_and_are_played_once(world: ScienceWorld, server: FakeServer, tmp_path: Path):
    (run,) = world.runs("gold", 1)
    assert [step.action for step in run.steps] == ["look thing", "focus on thing"]
    assert (run.task, run.source) == (
        f"Your task is to {world.tasks('train')[0].id.replace('/', ' ')}.",
        world.tasks("train")[0].id,
    )
    loads = len(server.loads)
    assert list(ScienceWorld(tmp_path).runs("gold", 1)) == [run]
    assert [load for load in server.loads[loads:] if load[2]] == []
    assert world.walkthrough(world.tasks("train")[0]) == ["look thing", "focus on thing"]


def test_gold_runs_that_fail_are_left_out(world: ScienceWorld):
    assert {run.source.partition("/")[0] for run in world.runs("gold_all", None)} == {"boil"}


def test_a_missing_package_is_an_error_that_says_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(scienceworld, "find_spec", lambda name: None)
    scienceworld.java_process.cache_clear()
    with pytest.raises(ConfigError, match=r"pip install 'memp\[scienceworld\]'"):
        ScienceWorld(tmp_path)


@pytest.mark.skipif(not INSTALLED, reason="needs scienceworld and Java")
def test_missing_java_is_an_error_that_says_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(scienceworld.shutil, "which", lambda name: None)
    scienceworld.java_process.cache_clear()
    with pytest.raises(ConfigError, match="default-jre-headless"):
        ScienceWorld(tmp_path)


# The simulator itself


@pytest.mark.skipif(not INSTALLED, reason="needs scienceworld and Java")
def test_a_gold_run_wins_when_it_is_played_again(tmp_path: Path):
    scienceworld.java_process.cache_clear()
    world = ScienceWorld(tmp_path)
    task = next(task for task in world.tasks("train") if task.kind == "find-plant")
    environment = world.environment()
    assert environment.reset(task).startswith("This room is called")
    transitions = [environment.step(action) for action in world.walkthrough(task)]
    assert [transition.done for transition in transitions].index(True) == len(transitions) - 1
    assert transitions[-1].reward == 1.0
