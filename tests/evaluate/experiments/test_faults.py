"""Faults of a game: each happens, is the same for all, and the game stays winnable."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tiny_kitchen import Kitchen

from memp.domain.trajectory import Step
from memp.errors import InputError
from memp.evaluate.agents.agent import Recaller
from memp.evaluate.agents.follower import Follower
from memp.evaluate.environments.alfworld import AlfworldWorld
from memp.evaluate.environments.alfworld_games import open_games
from memp.evaluate.environments.environment import Task, Transition
from memp.evaluate.experiments.arms import Arm, Fault
from memp.evaluate.experiments.faults import FailsOnce, Faulty, Locked, spare_places
from memp.evaluate.experiments.learning import lessons, mishaps_recorded, wins_recorded
from memp.evaluate.experiments.moved import Moved, Scene
from memp.evaluate.experiments.run import Experiment, play
from memp.memory import ProceduralMemory
from memp.reply import MatchReply, RecallReply

WAY = ["go to shelf 2", "take mug 1 from shelf 2", "go to cabinet 1", "open cabinet 1", "move mug 1 to cabinet 1"]
STEPS = ["go to {source}", "take mug from {source}", "go to cabinet", "open cabinet", "put mug in cabinet"]


def walkthrough(task: Task) -> Sequence[str]:
    return [action.replace("shelf 2", task.id) for action in WAY]


def recalling(*pitfalls: str) -> Recaller:
    """A memory of one procedure, with pitfalls."""
    match = MatchReply(
        id="p1",
        goal="x",
        fit=1,
        parameters={"source": "where mug is; so far: shelf 5x"},
        steps=STEPS,
        pitfalls=list(pitfalls),
    )
    return lambda task, error: RecallReply(matches=[match], next="")


def run(environment: Faulty, recall: Recaller | None, seed: int = 0, **how: bool) -> tuple[bool, list[str]]:
    (task,) = kitchen().tasks("test")
    done = play(environment, task, Follower(seed, recall, **how))
    return done.won, [step.action for step in done.steps]


def kitchen() -> Kitchen:
    return Kitchen(["shelf 2"])


# --- One action fails once


def walked(environment: Faulty) -> list[int]:
    """The steps at which the walkthrough failed, with each failed action done once more."""
    (task,) = kitchen().tasks("test")
    environment.reset(task)
    failed: list[int] = []
    for at, action in enumerate(WAY):
        if environment.step(action).observation == "Nothing happens.":
            failed.append(at)
            environment.step(action)
    return failed


def test_one_possible_action_fails_and_doing_it_again_works():
    faulty = {seed: FailsOnce(kitchen(), seed) for seed in range(12)}
    failed = {seed: walked(environment) for seed, environment in faulty.items()}
    assert all(len(at) <= 1 and faulty[seed].hit == bool(at) for seed, at in failed.items())
    assert len({tuple(at) for at in failed.values()}) > 2, "which one depends on the seed"
    assert failed == {seed: walked(environment) for seed, environment in faulty.items()}, "and on nothing else"


def test_an_impossible_action_is_not_the_one_that_fails():
    environment = FailsOnce(kitchen(), 0)
    (task,) = kitchen().tasks("test")
    environment.reset(task)
    for _ in range(20):
        environment.step("go to the moon")
    assert not environment.hit


# --- A place is locked


def test_the_first_place_that_is_tried_stays_locked_and_another_wins():
    environment = Locked(kitchen(), walkthrough)
    (task,) = kitchen().tasks("test")
    environment.reset(task)
    told = [environment.step(action).observation for action in WAY]
    assert told[3:] == ["You cannot open cabinet 1: the cabinet 1 is locked.", "Nothing happens."]
    assert environment.hit and "open cabinet 1" in environment.admissible
    other = [environment.step(action.replace("cabinet 1", "cabinet 2")) for action in WAY[2:]]
    assert other[-1].done


class OneCabinet(Kitchen):
    PLACES = ("cabinet 1", "countertop 1", "shelf 1", "shelf 2", "shelf 3")


def test_the_only_place_of_its_kind_is_never_locked():
    only = OneCabinet(["shelf 2"])
    assert spare_places(only, only.tasks("test")[0], WAY) == frozenset()
    environment = Locked(only, walkthrough)
    assert run(environment, recalling())[0] and not environment.hit


def test_a_task_without_a_walkthrough_has_nothing_locked():
    environment = Locked(kitchen(), lambda task: ())
    assert run(environment, recalling())[0] and not environment.hit


def test_what_cannot_be_opened_is_blocked():
    class ToShelf(Kitchen):
        def step(self, action: str) -> Transition:
            found = super().step(action)
            won = action.startswith("move") and self._here.startswith("shelf")
            return Transition(found.observation, float(won), won)

    inner = ToShelf(["countertop 1"])
    (task,) = inner.tasks("test")
    way = ["go to countertop 1", "take mug 1 from countertop 1", "go to shelf 1", "move mug 1 to shelf 1"]
    environment = Locked(inner, lambda task: way)
    environment.reset(task)
    for action in ("go to countertop 1", "take mug 1 from countertop 1", "go to shelf 3"):
        environment.step(action)
    assert environment.step("move mug 1 to shelf 3").observation.endswith("the shelf 3 is blocked.")
    environment.step("go to shelf 1")
    assert environment.step("move mug 1 to shelf 1").done


# --- How a run recovers


@pytest.mark.parametrize("seed", range(6))
def test_stuck_steps_are_tried_again_after_a_second_look_up_and_without_one_they_are_left(seed: int):
    won, actions = run(Locked(kitchen(), walkthrough), recalling(), seed)
    assert won and len(actions) < 12 and actions[-2:] == ["open cabinet 2", "move mug 1 to cabinet 2"]
    alone = run(Locked(kitchen(), walkthrough), recalling(), seed, again=False)[1]
    assert len(alone) > len(actions)


def test_a_pitfall_says_to_use_another_place():
    pitfall = "open: You cannot open drawer: the drawer is locked. | instead: use another drawer"
    won, actions = run(Locked(kitchen(), walkthrough), recalling(pitfall), again=False)
    assert won and actions[-3:] == ["go to cabinet 2", "open cabinet 2", "move mug 1 to cabinet 2"]


def test_a_pitfall_says_to_try_again_and_a_habit_does_the_same():
    for seed in range(8):
        pitfalls = [f"{verb}: Nothing happens. | instead: try again" for verb in ("go", "open", "take", "move")]
        told = run(FailsOnce(kitchen(), seed), recalling(*pitfalls), again=False)
        assert told == run(FailsOnce(kitchen(), seed), recalling(), again=False, retry=True)
        assert told[0] and len(told[1]) <= 12


# --- What is learned from it


def test_lessons_are_what_worked_later():
    def step(action: str, said: str) -> Step:
        return Step(action=action, observation=said)

    steps = [
        step("take mug 1 from shelf 2", "Nothing happens."),
        step("take mug 1 from shelf 2", "You pick up the mug 1."),
        step("open cabinet 1", "You cannot open cabinet 1: the cabinet 1 is locked."),
        step("open cabinet 2", "You open the cabinet 2."),
        step("move mug 1 to cabinet 2", "Nothing happens."),
    ]
    assert [(error, lesson) for _, error, lesson in lessons(steps)] == [
        ("take: Nothing happens.", "try again"),
        ("open: You cannot open cabinet: the cabinet is locked.", "use another cabinet"),
        ("move: Nothing happens.", ""),
    ]
    assert lessons(steps[1:2]) == []


def test_a_memory_of_mishaps_tells_the_next_run_what_to_do(memory: ProceduralMemory):
    plain = kitchen()
    memory.record("put a mug in cabinet.", [f"{a} -> {o}" for a, o in _told(plain)], "success")
    environment = Locked(kitchen(), walkthrough)
    mishaps_recorded(memory, environment, kitchen().tasks("test"), lambda recall: Follower(0, recall), 30)
    match = memory.recall("put a mug in cabinet.").matches[0]
    assert [p.pitfall.instead for p in match.pitfalls] == ["use another cabinet"]


def _told(environment: Kitchen) -> list[tuple[str, str]]:
    environment.reset(kitchen().tasks("test")[0])
    return [(action, environment.step(action).observation) for action in WAY]


def test_an_agents_own_wins_fill_its_memory_and_lost_runs_do_not(memory: ProceduralMemory):
    places = Kitchen(["shelf 1", "shelf 2", "shelf 3", "countertop 1"] * 4)

    def explorer(recall: Recaller) -> Follower:
        return Follower(3, recall)

    games = wins_recorded(memory, places, places.tasks("test"), explorer, 30, enough=3)
    stats = memory.store.stats()
    assert stats.trajectories == stats.successes == 3 and 3 <= games <= 16


# --- In an experiment


def test_an_experiment_notes_where_it_went_wrong(tmp_path: Path, open_memory: Callable[..., ProceduralMemory]):
    plain = kitchen()
    arms = [Arm(name="calm", contents=None), Arm(name="locked", contents=None, fault="locked")]

    def experiment(open_faulty: Callable[[Fault, int], Faulty] | None) -> Experiment:
        return Experiment(plain, plain.tasks("test"), arms, range(4), lambda arm, seed: open_memory(),
                          open_faulty=open_faulty)  # fmt: skip

    with pytest.raises(InputError, match="open_faulty"):
        experiment(None).run(tmp_path / "none.jsonl")
    episodes = experiment(lambda fault, seed: Locked(plain, walkthrough)).run(tmp_path / "out.jsonl")
    assert not any(e.hit for e in episodes if e.arm == "calm")
    assert any(e.hit for e in episodes if e.arm == "locked")


# --- On ALFWorld itself


def test_in_real_games_every_fault_happens_and_all_can_still_be_won(games: Path):
    world = AlfworldWorld(games)
    environment = world.environment()
    tasks = world.tasks("valid_train")[::20]
    spare = [spare_places(environment, task, world.walkthrough(task)) for task in tasks]
    assert 1 <= sum(map(bool, spare)) < len(tasks)
    moved = Moved(world.games, 0)
    hits = 0
    for task in tasks:
        moved.reset(task)
        hits += moved.hit
        assert not moved.hit or not any(moved.step(action).done for action in world.walkthrough(task))
    assert hits >= len(tasks) - 2


def test_things_are_moved_to_a_place_that_may_hold_them_and_is_not_the_goal(games: Path):
    found = open_games(games)
    task = next(task for task in found.tasks("valid_train") if task.goal == "put some watch on coffeetable.")
    scene = Scene(found.game(task.id))
    kind, places = scene.movable()
    names = {scene.name(place) for place in places}
    assert kind == "WatchType" and "drawer 1" in names
    assert not any(name.startswith(("coffeetable", "dresser", "garbagecan")) for name in names)
    moved = {seed: Moved(found, seed) for seed in (0, 0, 1, 2, 3)}
    where: dict[int, str] = {}
    for seed, environment in moved.items():
        environment.reset(task)
        for place in sorted(names):
            environment.step(f"go to {place}")
            environment.step(f"open {place}")
            if f"take watch 1 from {place}" in environment.admissible:
                where[seed] = place
    assert len(where) == 4 and len(set(where.values())) > 1
