"""The table of scripted agents: who plays a world without a language model, by the form of its actions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from memp.evaluate.agents.agent import Crediting, Recaller
from memp.evaluate.agents.experimenter.experimenter import Experimenter
from memp.evaluate.agents.follower import Follower, Noisy
from memp.evaluate.agents.planner.planner import Planner
from memp.evaluate.agents.skilled import Skilled, Way
from memp.evaluate.agents.technician import Technician


@dataclass(frozen=True)
class Habits:
    """The behaviour of a scripted agent that an arm of an experiment sets.

    With `again` it looks up a second time when stuck; with `retry` it does a failed step again of its own accord;
    `noise` is the share of its steps, from 0 to 1, that are random instead.
    """

    again: bool = True
    retry: bool = False
    noise: float = 0.0


MakeFollower = Callable[[int, Recaller | None, Habits], Crediting]
"""An agent that follows its memory, for a seed."""

MakeSkilled = Callable[[int, Recaller | None, Way], Crediting]
"""An agent with an imperfect skill of its own, for a seed."""


class Scripted(NamedTuple):
    """The scripted agents of one form of action; `skilled` is None where there is none with a skill of its own."""

    follower: MakeFollower
    skilled: MakeSkilled | None = None


def follower(seed: int, recall: Recaller | None, habits: Habits) -> Crediting:
    """A follower of text-game commands."""
    quiet = Follower(seed, recall, again=habits.again, retry=habits.retry)
    return Noisy(quiet, habits.noise, seed) if habits.noise else quiet


def technician(seed: int, recall: Recaller | None, habits: Habits) -> Crediting:
    """A follower of tool calls. It has no other habits than to look up again."""
    return Technician(seed, recall, again=habits.again)


def planner(seed: int, recall: Recaller | None, habits: Habits) -> Crediting:
    """A planner of trips. Nothing that it does can be tried again, and it does nothing at random but where it may."""
    return Planner(seed, recall, again=habits.again)


def experimenter(seed: int, recall: Recaller | None, habits: Habits) -> Crediting:
    """A follower of laboratory commands. It repeats no step of its own accord, whatever the habits."""
    quiet = Experimenter(seed, recall, again=habits.again)
    return Noisy(quiet, habits.noise, seed) if habits.noise else quiet


SCRIPTED: Mapping[str, Scripted] = {
    "commands": Scripted(follower, Skilled),
    "calls": Scripted(technician),
    "plan": Scripted(planner),
    "laboratory": Scripted(experimenter),
}
"""Form of action (memp.evaluate.environments.environment.Benchmark.actions) to the agents that write it."""
