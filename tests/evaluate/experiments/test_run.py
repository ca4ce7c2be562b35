"""Experiments: what is written, gone on with, and refused."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tiny_kitchen import Kitchen, run_with_mug_at

from memp.embed.load import HASHING
from memp.errors import ConfigError, InputError
from memp.evaluate.agents.examples import other_domains
from memp.evaluate.agents.follower import Follower
from memp.evaluate.environments.alfworld import ALFWORLD
from memp.evaluate.environments.environment import Task, Transition
from memp.evaluate.experiments.arms import ARMS, Arm
from memp.evaluate.experiments.learning import learn
from memp.evaluate.experiments.memories import Memories
from memp.evaluate.experiments.run import Experiment, Lookups, play
from memp.memory import ProceduralMemory

Opener = Callable[..., ProceduralMemory]


def test_a_recall_brings_as_many_matches_as_the_library_is_told_to(open_memory: Opener):
    wide, usual = open_memory(most=5, update="vanilla"), open_memory()
    for kind in ("mug", "plate", "book", "vase", "key"):
        wide.record(
            f"put a {kind} in cabinet.", [f"{verb} {kind} 1 -> done" for verb in ("get", kind, "put")], "success"
        )
    assert len(wide.recall("put a mug in cabinet.", limit=5).matches) == 5
    assert len(Lookups(wide, "script", 20_000, k=4)("put a mug in cabinet.", None).matches) == 4
    with pytest.raises(InputError, match="1 to 3"):
        usual.recall("put a mug in cabinet.", limit=4)


def test_look_ups_can_leave_out_what_went_wrong_before(taught: ProceduralMemory):
    taught.reflect(
        "put a mug in cabinet.", ["open cabinet 1 -> It is stuck."], "It is stuck.", used=["p1"], lesson="Wait."
    )
    told, untold = (
        Lookups(taught, "script", 600, pitfalls=p)("put a mug in cabinet.", "It is stuck.") for p in (True, False)
    )
    assert told.on_error == ["p1: It is stuck. | instead: Wait."]
    assert untold.on_error == [] and not any(match.pitfalls for match in untold.matches)


class Confused:
    def begin(self, task: Task, observation: str) -> None:
        self._ideas = iter(["go to the moon", "take mug 1 from shelf 1", "look"])

    def act(self, admissible: Sequence[str]) -> str:
        return next(self._ideas)

    def observe(self, action: str, transition: Transition) -> None:
        pass


def test_an_impossible_command_is_a_counted_step():
    kitchen = Kitchen()
    done = play(kitchen, kitchen.tasks("test")[0], Confused(), limit=3)
    assert (done.won, len(done.steps), done.invalid) == (False, 3, 2)
    assert done.steps[0].observation == "Nothing happens."


def test_a_play_can_be_recorded_with_what_it_used(taught: ProceduralMemory):
    kitchen = Kitchen(["countertop 1"])
    agent = Follower(0, Lookups(taught, "proceduralization", 600))
    (task,) = kitchen.tasks("test")
    done = play(kitchen, task, agent)
    record = taught.record(task.goal, done.steps, float(done.won), used=agent.used)
    assert [p.label for p in record.credited] == agent.used == ["p1"] and record.success


def experiment(opener: Opener, *arms: str, seeds: int = 2, setting: str = "x", **changes: object) -> Experiment:
    def open_memory(arm: Arm, seed: int) -> ProceduralMemory:
        memory = opener(path=f"{arm.contents}.sqlite3", retrieve=arm.retrieve, seed=seed)
        if arm.contents == "other":
            learn(memory, other_domains())
        else:
            memory.record("put a mug in cabinet.", run_with_mug_at("shelf 1"), "success")
        return memory

    kitchen = Kitchen()
    chosen = [ARMS[name] for name in arms or ("none", "irrelevant", "proceduralization")]
    return Experiment(kitchen, kitchen.tasks("test"), chosen, range(seeds), open_memory, setting={"name": setting})


def test_memory_helps_and_an_irrelevant_one_changes_nothing(open_memory: Opener, tmp_path: Path):
    episodes = experiment(open_memory).run(tmp_path / "out.jsonl")
    by_arm = {name: [e for e in episodes if e.arm == name] for name in ("none", "irrelevant", "proceduralization")}
    assert all(e.won and e.steps < 12 for e in by_arm["proceduralization"])
    assert [(e.won, e.steps) for e in by_arm["none"]] == [(e.won, e.steps) for e in by_arm["irrelevant"]]


def test_a_resumed_run_equals_an_uninterrupted_one(open_memory: Opener, tmp_path: Path):
    whole, stopped = tmp_path / "whole.jsonl", tmp_path / "stopped.jsonl"
    episodes = experiment(open_memory).run(whole)
    seen: list[str] = []

    def stop(arm: str) -> None:
        seen.append(arm)
        if len(seen) == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        experiment(open_memory).run(stopped, stop)
    with stopped.open("a") as file:
        file.write('{"arm":"none","se')  # a crash in the middle of a line
    again: list[str] = []
    assert experiment(open_memory).run(stopped, again.append) == episodes
    assert len(again) == len(episodes) - 7
    assert stopped.read_bytes() == whole.read_bytes()
    assert experiment(open_memory).run(stopped, lambda _: pytest.fail("all is done")) == episodes


def test_results_of_another_setting_or_none_at_all_are_refused(open_memory: Opener, tmp_path: Path):
    out = tmp_path / "out.jsonl"
    experiment(open_memory, "none").run(out)
    with pytest.raises(InputError, match="another setting"):
        experiment(open_memory, "none", setting="y").run(out)
    out.write_text(out.read_text() + "nonsense\n")
    with pytest.raises(InputError, match="line 8 is no result"):
        experiment(open_memory, "none").run(out)


def test_a_broken_game_ends_the_run_in_a_sentence_and_keeps_what_was_played(open_memory: Opener, tmp_path: Path):
    broken = experiment(open_memory, "none")

    def reset(task: Task) -> str:
        if task.id == "shelf 3":
            raise InputError("The game 'shelf 3' is broken.")
        return Kitchen.reset(broken.environment, task)  # type: ignore[arg-type]

    broken.environment.reset = reset  # type: ignore[method-assign]
    with pytest.raises(InputError, match="'shelf 3' is broken"):
        broken.run(tmp_path / "out.jsonl")
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize("source", ["expert", pytest.param("walkthrough", marks=pytest.mark.slow)])
def test_smoke_the_arms_on_real_games(few_games: Path, tmp_path: Path, source: str):
    arms = [ARMS[name] for name in ("none", "irrelevant", "script", "proceduralization")]
    memories = Memories(ALFWORLD, few_games, tmp_path, learned=60, model=HASHING, source=source)
    episodes = memories.experiment(arms, range(2), split="valid_train", most=20).run(tmp_path / "out.jsonl")
    won = {arm.name: sum(e.won for e in episodes if e.arm == arm.name) / 40 for arm in arms}
    steps = {arm.name: sum(e.steps for e in episodes if e.arm == arm.name) / 40 for arm in arms}
    assert won["proceduralization"] >= 0.8 and won["irrelevant"] == won["none"] <= 0.1
    assert steps["proceduralization"] < steps["script"] < steps["none"]
    assert all(e.invalid == 0 for e in episodes)


def test_a_folder_without_games_is_an_error_that_says_how_to_get_them(tmp_path: Path):
    with pytest.raises(ConfigError, match="alfworld-download"):
        Memories(ALFWORLD, tmp_path, tmp_path)
