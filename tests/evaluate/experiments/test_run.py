"""The follower, and experiments: what is written, gone on with, and claimed."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tiny_kitchen import Kitchen, run_with_mug_at

from memp.embed.load import HASHING
from memp.errors import ConfigError, InputError
from memp.evaluate.agents.examples import other_domains
from memp.evaluate.agents.follower import Follower, Noisy
from memp.evaluate.agents.plan import advice, read_plan
from memp.evaluate.environments.alfworld import ALFWORLD, expert_rollouts
from memp.evaluate.environments.commands import call_of
from memp.evaluate.environments.environment import Task, Transition
from memp.evaluate.experiments.arms import ARMS, Arm
from memp.evaluate.experiments.learning import learn
from memp.evaluate.experiments.memories import Memories
from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.run import Experiment, Lookups, play
from memp.evaluate.report.stats import compare, interval
from memp.evaluate.report.tables import cells, rows
from memp.memory import ProceduralMemory
from memp.reply import MatchReply, RecallReply

Opener = Callable[..., ProceduralMemory]


@pytest.fixture
def taught(memory: ProceduralMemory) -> ProceduralMemory:
    """A memory in which mugs were mostly on countertops."""
    for place in ("shelf 1", "countertop 1", "countertop 2", "countertop 3"):
        memory.record("put a mug in cabinet.", run_with_mug_at(place), "success")
    return memory


class Noted:
    """An agent as it is, and what it did."""

    def __init__(self, agent: Follower) -> None:
        self._agent = agent
        self.actions: list[str] = []

    def begin(self, task: Task, observation: str) -> None:
        self._agent.begin(task, observation)

    def act(self, admissible: Sequence[str]) -> str:
        self.actions.append(self._agent.act(admissible))
        return self.actions[-1]

    def observe(self, action: str, transition: Transition) -> None:
        self._agent.observe(action, transition)


def played(seed: int, recall: Lookups | None = None, at: str = "countertop 1", limit: int = 30) -> list[str]:
    kitchen = Kitchen([at])
    noted = Noted(Follower(seed, recall))
    play(kitchen, kitchen.tasks("test")[0], noted, limit)
    return noted.actions


# --- The follower


def test_without_memory_it_explores_by_its_seed_alone():
    assert played(1) == played(1)
    assert len({tuple(played(seed, limit=8)) for seed in range(5)}) > 1
    assert len({*played(3, limit=7)}) == 7, "what was not tried comes first"


@pytest.mark.parametrize("seed", range(5))
def test_with_memory_it_looks_first_where_earlier_runs_found_the_thing(taught: ProceduralMemory, seed: int):
    assert played(seed, Lookups(taught, "proceduralization", 600)) == [
        "go to countertop 1",
        "take mug 1 from countertop 1",
        "go to cabinet 1",
        "open cabinet 1",
        "move mug 1 to cabinet 1",
    ]


def test_a_script_alone_leaves_the_search_to_chance(taught: ProceduralMemory):
    first = {played(seed, Lookups(taught, "script", 600))[0] for seed in range(8)}
    assert len(first) > 1
    assert all("mug 1 to cabinet" in played(seed, Lookups(taught, "script", 600))[-1] for seed in range(8))


def test_a_trajectory_is_followed_in_the_room_at_hand(taught: ProceduralMemory):
    actions = played(0, Lookups(taught, "trajectory", 600), at="shelf 3")
    assert actions[0] == "go to countertop 1"
    assert actions[-1] == "move mug 1 to cabinet 1"


def test_where_nothing_applies_it_plays_as_without_memory(memory: ProceduralMemory):
    learn(memory, other_domains())
    recall = Lookups(memory, "proceduralization", 600)
    assert played(2, recall) == played(2)
    assert recall.count == 1 and recall.tokens > 0


def test_a_procedure_that_cannot_be_followed_is_looked_up_again_with_what_went_wrong():
    asked: list[str | None] = []

    def recall(task: str, error: str | None) -> RecallReply:
        asked.append(error)
        return RecallReply(matches=[MatchReply(id="p1", goal="x", fit=1, steps=["fly to moon"])], next="")

    played(0, recall)  # type: ignore[arg-type]
    assert asked == [None, "fly moon"]


def test_a_pitfall_says_what_to_do_instead():
    steps = ["go to shelf", "shake mug with shelf", "take mug from shelf", "put mug in cabinet"]
    pitfall = "shake mug: It is too far. | instead: go to shelf, then shake mug"
    reply = RecallReply(matches=[MatchReply(id="p1", goal="x", fit=1, steps=steps, pitfalls=[pitfall])], next="")
    assert advice(reply, "shake mug shelf") == ["go to shelf"]
    assert advice(reply, "open drawer") == []


def test_the_older_grammar_is_read_as_the_new_one():
    assert call_of("put the mug 1 in/on cabinet 2") == call_of("move mug 1 to cabinet 2")


def test_what_a_reply_leaves_open_is_taken_from_the_task():
    match = MatchReply(
        id="p1", goal="Heat some {object} and put it in {place}", fit=0.5, steps=["take {object}", "go to {place}"],
        parameters={"object": "what it is about", "place": "where it goes"},
    )  # fmt: skip
    plan = read_plan(RecallReply(matches=[match], next=""), "put a clean mug in shelf.", ["shelf", "mugtree"])
    assert plan is not None and plan.values == {"object": "mug", "place": "shelf"}


def test_where_one_match_gets_stuck_the_next_is_followed_before_a_second_look_up():
    asked: list[str | None] = []
    steps = ["go to {source}", "take mug from {source}", "go to cabinet", "put mug in cabinet"]
    good = MatchReply(id="p2", goal="x", fit=1, parameters={"source": "where mug is"}, steps=steps)
    bad = MatchReply(id="p1", goal="x", fit=1, steps=["fly to moon"])

    def recall(task: str, error: str | None) -> RecallReply:
        asked.append(error)
        return RecallReply(matches=[bad, good], next="")

    kitchen = Kitchen(["countertop 1"])
    agent = Follower(0, recall)
    assert play(kitchen, kitchen.tasks("test")[0], agent).won
    assert asked == [None] and agent.used == ["p1", "p2"]


def test_without_again_there_is_no_second_look_up():
    asked: list[str | None] = []

    def recall(task: str, error: str | None) -> RecallReply:
        asked.append(error)
        return RecallReply(matches=[MatchReply(id="p1", goal="x", fit=1, steps=["fly to moon"])], next="")

    kitchen = Kitchen()
    play(kitchen, kitchen.tasks("test")[0], Follower(0, recall, again=False))
    assert asked == [None]


def test_a_recall_brings_as_many_matches_as_the_library_is_told_to(open_memory: Opener):
    wide, usual = open_memory(most=5), open_memory()
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
    told, untold = (Lookups(taught, "script", 600, pitfalls=p)("put a mug in cabinet.", "stuck") for p in (True, False))
    assert told.matches[0].pitfalls == ["It is stuck. | instead: Wait."]
    assert untold.matches[0].pitfalls == [] and untold.pitfalls == []


def test_a_noisy_agent_does_something_else_as_often_as_told():
    kitchen = Kitchen(["shelf 1"])
    (task,) = kitchen.tasks("test")
    quiet, same, noisy = (Noted(Noisy(Follower(1), noise, 1)) for noise in (0.0, 0.0, 0.5))  # type: ignore[arg-type]
    for agent in (quiet, same, noisy):
        play(kitchen, task, agent)
    assert quiet.actions == same.actions == played(1, at="shelf 1")
    assert quiet.actions[0] == noisy.actions[0] and quiet.actions != noisy.actions


# --- Playing


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


# --- What is claimed


def episode(arm: str, seed: int, task: str, won: bool) -> Episode:
    return Episode(arm=arm, seed=seed, task=task, kind="k", won=won, steps=5, invalid=0, lookups=1, tokens=10)


def test_the_interval_over_seeds_is_students():
    mean, low, high = interval([0.7, 0.8, 0.9])
    assert (round(mean, 6), round(high - mean, 4), round(mean - low, 4)) == (0.8, 0.2484, 0.2484)
    assert interval([1.0]) == (1.0, -math.inf, math.inf)


def test_a_paired_comparison_counts_a_task_once():
    ours = [episode("a", seed, f"t{i}", won=i != 0) for i in range(12) for seed in range(3)]
    theirs = [episode("b", seed, f"t{i}", won=i == 0) for i in range(12) for seed in range(3)]
    found = compare(ours, theirs, lambda e: e.won)
    assert found is not None and found.clear and math.isclose(found.difference.mean, 10 / 12)
    assert 0.002 < found.p < 0.012, "as the sign test over twelve tasks: 26 / 4096"
    same = compare(ours, ours, lambda e: e.won)
    assert same is not None and same.p == 1.0 and not same.clear
    assert compare(ours, [], lambda e: e.won) is None


def test_a_table_has_a_row_for_each_arm_that_was_played():
    episodes = [episode(arm, seed, "t", arm != "none") for arm in ("none", "facts", "script") for seed in range(2)]
    found = {row.arm: cells(row) for row in rows(episodes, ["none", "script", "trajectory", "facts"])}
    assert list(found) == ["none", "script", "facts"]
    assert found["script"][1].startswith("100.0") and "+100.0" in found["script"][6]


# --- On ALFWorld itself


@pytest.mark.parametrize("source", ["expert", "walkthrough"])
def test_smoke_the_arms_on_real_games(games: Path, tmp_path: Path, source: str):
    arms = [ARMS[name] for name in ("none", "irrelevant", "script", "proceduralization")]
    memories = Memories(ALFWORLD, games, tmp_path, learned=300, model=HASHING, source=source)
    episodes = memories.experiment(arms, range(2), split="valid_train", most=20).run(tmp_path / "out.jsonl")
    won = {arm.name: sum(e.won for e in episodes if e.arm == arm.name) / 40 for arm in arms}
    steps = {arm.name: sum(e.steps for e in episodes if e.arm == arm.name) / 40 for arm in arms}
    assert won["proceduralization"] >= 0.8 and won["irrelevant"] == won["none"] <= 0.1
    assert steps["proceduralization"] < steps["script"] < steps["none"]
    assert all(e.invalid == 0 for e in episodes)


def test_a_folder_without_games_is_an_error_that_says_how_to_get_them(tmp_path: Path):
    with pytest.raises(ConfigError, match="alfworld-download"):
        Memories(ALFWORLD, tmp_path, tmp_path)


def test_a_memory_whose_building_was_interrupted_is_built_anew(games: Path, tmp_path: Path):
    memories = Memories(ALFWORLD, games, tmp_path, learned=20, model=HASHING)

    def stop(what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        memories.experiment([ARMS["script"]], [0], split="valid_train", most=1, progress=stop)
    assert memories.size("train") is None
    memories.experiment([ARMS["script"]], [0], split="valid_train", most=1)
    size = memories.size("train")
    assert size is not None and size.trajectories == 20


def test_one_results_file_has_its_memories_beside_it_and_old_ones_go_while_there_are_no_results(
    games: Path, tmp_path: Path
):
    out = tmp_path / "out.jsonl"
    (tmp_path / "out").mkdir()
    old = tmp_path / "out" / "memory.train.sqlite3"
    old.write_text("of another version")
    memories = Memories.beside(out, ALFWORLD, games, learned=20, model=HASHING)
    alone = memories.experiment([ARMS["script"]], [0], split="valid_train", most=1)
    assert len(alone.run(out)) == 1 and old.read_bytes().startswith(b"SQLite")
    Memories.beside(out, ALFWORLD, games, learned=20, model=HASHING)
    assert old.exists()
