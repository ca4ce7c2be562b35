"""Learning before an experiment: only from the train split, from runs of others and from tries of one's own."""

from pathlib import Path

import pytest
import tiny_trips

from memp.errors import InputError
from memp.evaluate.agents.planner.planner import Planner
from memp.evaluate.environments.alfworld import expert_rollouts
from memp.evaluate.environments.travelplanner.world import PASSED, TravelPlannerWorld
from memp.evaluate.experiments.learning import studied
from memp.memory import ProceduralMemory


def test_only_rollouts_of_the_train_split_are_learned_from(tmp_path: Path):
    path = tmp_path / "rollouts.jsonl"
    turns = '[{"from": "human", "value": "Your task is to: wait."}, {"from": "gpt", "value": "look"}]'
    line = f'{{"game": "%s/x/y", "conversations": {turns}}}\n'
    path.write_text(line % "train")
    (run,) = expert_rollouts(path)
    assert (run.task, run.steps[0].action, run.source) == ("wait.", "look", "train/x/y")
    for text, told in ((line % "valid_seen", "train split only"), ("{}\n", "line 1 is broken")):
        path.write_text(text)
        with pytest.raises(InputError, match=told):
            list(expert_rollouts(path))
    with pytest.raises(InputError, match="cannot be read"):
        list(expert_rollouts(tmp_path / "none.jsonl.gz"))


def test_a_task_is_tried_and_reflected_on_before_its_solution_is_recorded(memory: ProceduralMemory, tmp_path: Path):
    world = TravelPlannerWorld(tiny_trips.write(tmp_path))
    tasks = world.tasks("train")
    learned = studied(memory, world, tasks, lambda recall: Planner(0, recall), 30, tries=1)
    assert next(learned) == tasks[0]
    lost, shown = memory.store.trajectory(1), memory.store.trajectory(2)
    messages = lost.steps[-1].observation.splitlines()
    assert lost.reward == 0 and len(messages) > 1
    assert shown.reward == 1 and shown.steps[-1].observation == PASSED
    stats = memory.store.stats()
    assert (stats.trajectories, stats.procedures, stats.pitfalls) == (2, 1, len(messages)), "a run is counted once"
    known = memory.recall(tasks[0].goal, error=messages[0]).on_error
    assert known is not None and {p.pitfall.trigger for p in known.precedents} & set(messages)
    assert list(learned) == list(tasks[1:])
    assert memory.procedure(1).uses, "a later try followed the plan that was shown"


def test_a_try_that_succeeds_is_recorded_as_one(memory: ProceduralMemory, tmp_path: Path):
    world = TravelPlannerWorld(tiny_trips.write(tmp_path))

    class Copied(Planner):
        """Writes the plan that people wrote."""

        def act(self, admissible: object) -> str:
            return next(self._plan)

        def begin(self, task: object, observation: str) -> None:
            self.used = []
            self._plan = iter(world.walkthrough(world.tasks("train")[0]))

    list(studied(memory, world, world.tasks("train")[:1], lambda recall: Copied(0, recall), 30, tries=2))
    stats = memory.store.stats()
    assert (stats.trajectories, stats.successes, stats.pitfalls) == (1, 1, 0)


def test_without_tries_only_solutions_are_learned_from(memory: ProceduralMemory, tmp_path: Path):
    world = TravelPlannerWorld(tiny_trips.write(tmp_path))
    list(studied(memory, world, world.tasks("train"), lambda recall: Planner(0, recall), 30, tries=0))
    stats = memory.store.stats()
    assert (stats.trajectories, stats.successes, stats.pitfalls) == (4, 4, 0)
