"""An agent with a skill of its own: it knows a way, with detours and omissions."""

from tiny_kitchen import Kitchen, way

from memp.embed.hashing import HashingEmbedder
from memp.evaluate.agents.skilled import Skilled
from memp.evaluate.experiments.reference import ReferenceMemory
from memp.evaluate.experiments.run import play

PLACES = ("shelf 1", "shelf 2", "shelf 3", "countertop 1")


def test_without_detours_and_omissions_it_goes_the_winning_way():
    kitchen = Kitchen(PLACES)
    for task in kitchen.tasks("test"):
        played = play(kitchen, task, Skilled(0, None, way, detours=0.0, forgets=0.0))
        assert played.won and [step.action for step in played.steps] == way(task)


def test_detours_cost_steps_and_an_omission_the_game_unless_exploring_wins_it():
    kitchen = Kitchen(PLACES)
    (task, *_) = kitchen.tasks("test")
    for seed in range(5):
        far = play(kitchen, task, Skilled(seed, None, way, detours=8.0, forgets=0.0), 200)
        assert far.won and far.invalid == 0
        assert not play(kitchen, task, Skilled(seed, None, way, detours=0.0, forgets=1.0), 5).won
    steps = [len(play(kitchen, task, Skilled(seed, None, way, 8.0, 0.0), 200).steps) for seed in range(20)]
    assert sum(steps) / len(steps) > 10


def test_its_luck_is_of_the_seed_and_the_task_whatever_its_memory():
    kitchen = Kitchen(PLACES)
    empty = ReferenceMemory(HashingEmbedder())
    for task in kitchen.tasks("test"):
        assert play(kitchen, task, Skilled(1, None, way)) == play(kitchen, task, Skilled(1, empty.recall, way))
    assert len({play(kitchen, kitchen.tasks("test")[0], Skilled(seed, None, way)).steps for seed in range(9)}) > 1
