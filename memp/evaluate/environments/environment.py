"""Environments: where an agent tries tasks, step by step, and is told whether it succeeded.

The words are those of the field: a task is reset to its first observation; each action gives a transition
(observation, reward, done).
"""

from typing import NamedTuple, Protocol

from memp.domain.trajectory import Value


class Task(Value):
    """One task of an environment.

    `kind` is the task's type, by which results are broken down; `goal` is the sentence that an agent is given.
    """

    id: str
    split: str
    kind: str
    goal: str


class Transition(NamedTuple):
    """What followed an action. `reward` lies in [0, 1]; `done` says that the task is solved."""

    observation: str
    reward: float
    done: bool


class Environment(Protocol):
    """Tasks that can be tried, one at a time. For games played at once, open one environment for each.

    An environment has no step limit of its own: whoever runs the agent sets it.
    """

    def splits(self) -> tuple[str, ...]:
        """The names of the splits that can be played, sorted."""
        ...

    def tasks(self, split: str) -> tuple[Task, ...]:
        """The tasks of a split, always in the same order.

        Raises:
            InputError: there is no such split, or its files are broken.
        """
        ...

    def reset(self, task: Task) -> str:
        """Starts a task afresh, and gives its first observation.

        Raises:
            InputError: the task is not of this environment, or its file is broken.
        """
        ...

    def step(self, action: str) -> Transition:
        """Does one action. An impossible one changes nothing, and the observation says so.

        Raises:
            InputError: no task has been started.
        """
        ...

    @property
    def admissible(self) -> tuple[str, ...]:
        """The actions that are possible now, sorted, each once.

        Raises:
            InputError: no task has been started.
        """
        ...
