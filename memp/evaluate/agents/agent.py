"""The agent interface: whoever plays a task, action by action, and the result of a play."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from memp.domain.trajectory import Step
from memp.evaluate.environments.environment import NO_SHARES, Shares, Task, Transition
from memp.reply import RecallReply

Recaller = Callable[[str, str | None], RecallReply]
"""Looks a task up, a second time with the error: the answer of the tool recall_procedure."""


class Agent(Protocol):
    """Plays one task at a time: `begin`, then `act` and `observe` in turn."""

    def begin(self, task: Task, observation: str) -> None:
        """Start a task, with its first observation."""
        ...

    def act(self, admissible: Sequence[str]) -> str:
        """The next action."""
        ...

    def observe(self, action: str, transition: Transition) -> None:
        """Take in the result of an action."""
        ...


class Crediting(Agent, Protocol):
    """An agent that can say which procedures it followed: a record of its run names them in `used`."""

    @property
    def used(self) -> Sequence[str]:
        """The ids of the procedures that it followed in this task."""
        ...


class Played(NamedTuple):
    """The result of a play: whether it was won, its steps, how many of them were impossible actions, and the world's own
    measures of it."""

    won: bool
    steps: tuple[Step, ...]
    invalid: int
    shares: Shares = NO_SHARES
