"""The follower: an agent that does what a recall says, looks where others found things, and explores else."""

from collections.abc import Callable, Sequence

import pytest
from tiny_kitchen import Kitchen

from memp.evaluate.agents.examples import other_domains
from memp.evaluate.agents.follower import Follower, Noisy
from memp.evaluate.agents.plan import advice, plan_of
from memp.evaluate.environments.commands import call_of
from memp.evaluate.environments.environment import Task, Transition
from memp.evaluate.experiments.learning import learn
from memp.evaluate.experiments.run import Lookups, play
from memp.memory import ProceduralMemory
from memp.reply import MatchReply, RecallReply

Opener = Callable[..., ProceduralMemory]


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
    plan = plan_of(match, "put a clean mug in shelf.", ["shelf", "mugtree"])
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


def test_a_noisy_agent_does_something_else_as_often_as_told():
    kitchen = Kitchen(["shelf 1"])
    (task,) = kitchen.tasks("test")
    quiet, same, noisy = (Noted(Noisy(Follower(1), noise, 1)) for noise in (0.0, 0.0, 0.5))  # type: ignore[arg-type]
    for agent in (quiet, same, noisy):
        play(kitchen, task, agent)
    assert quiet.actions == same.actions == played(1, at="shelf 1")
    assert quiet.actions[0] == noisy.actions[0] and quiet.actions != noisy.actions


def test_a_step_that_depends_on_a_number_is_done_by_the_newest_observation_that_gives_it():
    class Numbered(Kitchen):
        """A kitchen that counts its steps aloud."""

        def step(self, action: str) -> Transition:
            self.count = getattr(self, "count", 0) + 1
            transition = super().step(action)
            return transition._replace(observation=f"{transition.observation} Steps: {self.count}")

    steps = [
        "go to shelf 1", "if 'Steps' > 1: go to shelf 2", "if 'Steps' < 2: go to countertop (2 of 5 runs)",
        "if 'Warmth' < 9: go to shelf 2", "go to cabinet (why: it must be there)",
    ]  # fmt: skip
    reply = RecallReply(matches=[MatchReply(id="p1", goal="x", fit=1, steps=steps)], next="")
    kitchen = Numbered(["shelf 1", "shelf 2", "countertop 1"])
    done = play(kitchen, kitchen.tasks("test")[0], Follower(0, lambda task, error: reply), 3)
    assert [step.action for step in done.steps] == ["go to shelf 1", "go to countertop 1", "go to cabinet 1"]
