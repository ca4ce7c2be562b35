"""Which decisions of an expert's run are asked of a model, and what an answer counts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from experiments import asked_decisions
from tiny_kitchen import Walkable

from memp.errors import InputError
from memp.evaluate.agents.likelihood import CopyingModel
from memp.evaluate.environments.alfworld import AlfworldWorld
from memp.evaluate.environments.environment import Task
from memp.evaluate.experiments.decisions import (
    ARMS,
    Decision,
    Question,
    decide,
    decisive,
    interleaved,
    memories,
    questions,
)
from memp.memory import ProceduralMemory


def test_walks_in_search_are_not_asked_and_walks_to_where_a_thing_is_used_are():
    actions = [
        "go to shelf 1", "open shelf 1", "take mug 1 from shelf 1", "go to sinkbasin 1", "clean mug 1 with sinkbasin 1",
        "look", "go to sidetable 1", "move mug 1 to countertop 1", "go to shelf 2", "use desklamp 1",
    ]  # fmt: skip
    # Neither the first walk, nor one to a place that the next step does not name, nor one with empty hands.
    assert [actions[at] for at in decisive(actions)] == [
        "open shelf 1", "take mug 1 from shelf 1", "go to sinkbasin 1", "clean mug 1 with sinkbasin 1",
        "move mug 1 to countertop 1", "use desklamp 1",
    ]  # fmt: skip


def asked(kitchen: Walkable) -> list[Question]:
    """The decisions of the kitchen's first task."""
    task = kitchen.tasks("test")[0]
    return questions(kitchen, task, kitchen.walkthrough(task))


def test_a_question_holds_what_the_expert_had_seen_and_could_do():
    kitchen = Walkable(["shelf 2"])
    first, *_, last = asked(kitchen)
    assert (first.expert, first.step, len(first.history)) == ("take mug 1 from shelf 2", 1, 1)
    assert first.history[0].observation.endswith("On the shelf 2, you see a mug 1.")
    assert last.expert == "move mug 1 to cabinet 1" and {"move mug 1 to cabinet 1", "look"} <= {*last.admissible}
    broken = Task(id="shelf 2", split="test", kind="put", goal="x")
    with pytest.raises(InputError, match="'shelf 2' is broken: 'take mug 1 from shelf 2' is not possible"):
        questions(kitchen, broken, ["take mug 1 from shelf 2"])


def test_the_wrong_task_is_a_real_procedure_of_another_type(taught_two_types: ProceduralMemory):
    kitchen = Walkable(["shelf 2"])
    (task,) = kitchen.tasks("test")
    texts = memories(taught_two_types, task, kitchen.tasks("train"), 0)
    assert tuple(texts) == tuple(ARMS) and texts["none"] == ""
    assert "turn" in texts["wrong-task"] and "mug" not in texts["wrong-task"]
    assert "{place}" in texts["script"] and "\n> " not in texts["script"]
    assert "{place}" in texts["both"] and "\n> take mug 1" in texts["both"]
    assert "\n> take mug 1" in texts["trajectory"] and "You pick up" in texts["trajectory"]
    with pytest.raises(InputError, match="no procedure but that"):
        memories(taught_two_types, task, kitchen.tasks("test"), 0)


class Fixed:
    """A model of bytes for which one command is certain, and the rest are of one kind."""

    name = "fixed"

    def __init__(self, said: str) -> None:
        self._said = said.encode()

    def tokens(self, text: str) -> Sequence[int]:
        return list(text.encode())

    def forget(self) -> None:
        pass

    def log_probabilities(self, context: Sequence[int], last: int) -> np.ndarray:
        rows = np.full((last, 256), np.log(0.1 / 255))
        for row in range(last):
            line = bytes(context[: len(context) - last + 1 + row]).rpartition(b">")[2]
            if self._said.startswith(line) and len(line) < len(self._said):
                rows[row, self._said[len(line)]] = np.log(0.9)
        return rows


@pytest.mark.parametrize(
    ("said", "won", "exact", "rank"),
    [
        ("take mug 1 from shelf 2", True, True, 1),
        ("take mug 7 from shelf 3", True, False, 1),
        ("look", False, False, 2),
    ],
)
def test_an_answer_is_right_where_it_differs_in_numbers_only(said: str, won: bool, exact: bool, rank: int):
    kitchen = Walkable(["shelf 2"])
    question = asked(kitchen)[0]
    question = question._replace(admissible=("look", "take mug 1 from shelf 2", "take mug 7 from shelf 3"))
    found = decide(Fixed(f" {said}\n"), question, "", "none", 0)
    assert (found.answer, found.won, found.exact, found.rank) == (said, won, exact, rank)
    assert (found.margin > 0) == won and found.verb == "take" and found.lookups == 0


def test_games_are_of_each_type_in_turn_in_an_order_by_the_seed():
    tasks = [Task(id=f"{kind}{n}", split="s", kind=kind, goal="g") for kind in "abc" for n in range(4)]
    found = interleaved(tasks, 1)
    assert sorted(task.id for task in found) == sorted(task.id for task in tasks)
    assert all({task.kind for task in found[at : at + 3]} == {*"abc"} for at in range(0, 12, 3))
    assert found == interleaved(tasks, 1) and found[:5] == interleaved(tasks, 1, 5)
    assert len({tuple(task.id for task in interleaved(tasks, seed)) for seed in range(5)}) > 1


def test_all_arms_answer_the_same_decisions_and_memory_of_the_task_helps(
    taught_two_types: ProceduralMemory, tmp_path: Path
):
    decisions = asked_decisions(taught_two_types).run(tmp_path / "out.jsonl")
    of_arm = {arm: [(d.task, d.step, d.expert) for d in decisions if d.arm == arm] for arm in ARMS}
    assert all(found == of_arm["none"] for found in of_arm.values()) and len(of_arm["none"]) == 12
    won = {arm: sum(d.won for d in decisions if d.arm == arm) for arm in ARMS}
    assert won["trajectory"] > max(won["wrong-task"], won["none"])


def test_a_decision_is_an_episode_of_one_step(taught_two_types: ProceduralMemory, tmp_path: Path):
    decisions = asked_decisions(taught_two_types).run(tmp_path / "out.jsonl")
    assert all(isinstance(d, Decision) and d.steps == 1 and (d.rank == 1) == d.won for d in decisions)
    assert len({d.key for d in decisions}) == len(decisions)


def test_a_resumed_run_equals_an_uninterrupted_one(taught_two_types: ProceduralMemory, tmp_path: Path):
    whole, stopped = tmp_path / "whole.jsonl", tmp_path / "stopped.jsonl"
    decisions = asked_decisions(taught_two_types).run(whole)

    def stop(done: int, total: int) -> None:
        assert total == 60
        if done == 27:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked_decisions(taught_two_types).run(stopped, stop)
    with stopped.open("a") as file:
        file.write('{"arm":"none","se')  # a crash in the middle of a line
    # Only games that are answered in all arms are compared: of the three, one.
    assert {d.task for d in asked_decisions(taught_two_types).run(stopped, more=lambda: False)} == {"shelf 2"}
    seen: list[int] = []
    assert asked_decisions(taught_two_types).run(stopped, lambda done, _: seen.append(done)) == decisions
    assert seen == list(range(28, 61)) and stopped.read_bytes() == whole.read_bytes()
    with pytest.raises(InputError, match="another setting"):
        asked_decisions(taught_two_types, CopyingModel(1)).run(whole)


def test_real_games_are_asked_at_each_kind_of_decisive_step(games: Path):
    world = AlfworldWorld(games)
    environment = world.environment()
    tasks = interleaved(world.tasks("valid_train"), 0, 18)
    found = [question for task in tasks for question in questions(environment, task, world.walkthrough(task))]
    assert {question.task.kind for question in found} == {task.kind for task in world.tasks("valid_train")}
    verbs = {question.expert.split()[0] for question in found}
    assert {"take", "go", "clean", "heat", "cool", "use", "move"} <= verbs
    assert all(question.expert in question.admissible for question in found)
