"""The environment interface: tasks, one game at a time, and the row by which a benchmark stands in the table.

    Benchmark     one row of ENVIRONMENTS (environments/catalog.py): how its data is opened, its splits, its runs to learn
                  from, and how an action is written
    World         an opened benchmark: its tasks, environments to play them in, and those runs
    Environment   one task at a time: `reset` gives the first observation, each `step` a transition

A new benchmark is one file that defines a World and a Benchmark, and one line in that table.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeVar

from memp.domain.trajectory import Step, Value


class Task(Value):
    """One task of an environment.

    `kind` is the task's type, by which results are broken down; `goal` is the sentence that an agent is given.
    """

    id: str
    split: str
    kind: str
    goal: str


class Experience(Value):
    """A successful run to build a memory from, and where it comes from."""

    task: str
    steps: tuple[Step, ...]
    source: str


STEPS = 30
"""The paper's limit for an episode."""

Shares = Mapping[str, tuple[int, int]]
"""Measures of an episode beside its success, by name: (passed, of). Over episodes both are summed."""

NO_SHARES: Shares = MappingProxyType({})


class Transition(NamedTuple):
    """The result of an action. `reward` lies in [0, 1]; `done` holds when the episode is over, solved with a reward
    of 1 and else lost.

    `refused` says whether the action was impossible; None where that is seen by its absence from `admissible`. `shares`
    are the world's own measures of the episode as it stands, in a world that has some.
    """

    observation: str
    reward: float
    done: bool
    refused: bool | None = None
    shares: Shares = NO_SHARES

    @property
    def won(self) -> bool:
        """Whether the task is solved."""
        return self.done and self.reward >= 1


class Environment(Protocol):
    """Tasks that can be tried, one at a time. For games played at once, open one environment for each.

    An environment has no step limit of its own: whoever runs the agent sets it.
    """

    def reset(self, task: Task) -> str:
        """Start a task afresh and return its first observation.

        Raises:
            InputError: the task is not of this environment, or its file is broken.
        """
        ...

    def step(self, action: str) -> Transition:
        """Do one action. An impossible one changes nothing, and the observation says so.

        Raises:
            InputError: no task has been started.
        """
        ...

    @property
    def admissible(self) -> Sequence[str]:
        """The actions that are possible now, sorted, each once; where they have open arguments, their signatures. They may be
        worked out when they are first read.

        Raises:
            InputError: no task has been started.
        """
        ...


class World(Protocol):
    """An opened benchmark. Its methods raise InputError where its data is broken."""

    def splits(self) -> tuple[str, ...]:
        """The names of the splits that can be played, sorted."""
        ...

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of a split, always in the same order. Each may be loaded when it is first read.

        Raises:
            InputError: there is no such split.
        """
        ...

    def environment(self, keep: int = 1) -> Environment:
        """A new environment. It may keep the last `keep` games ready, where a second reset is then faster."""
        ...

    def walkthrough(self, task: Task) -> Sequence[str]:
        """Actions that solve a task; none where none are known."""
        ...

    def runs(self, source: str, most: int | None) -> Iterable[Experience]:
        """Successful runs of the train split, of one of the benchmark's `sources`: at most `most`, spread evenly.

        Raises:
            ConfigError: the data has no runs of this source.
        """
        ...


@dataclass(frozen=True)
class Benchmark:
    """A benchmark as the table of environments lists it; nothing is read before `open` is called.

    `name` is what `memp eval` takes, `summary` one line about it; `data` says which folder `open` takes, "" where it takes
    none. Without `needs_data` it need not be named, and `open` gets an empty path. The memory is learned on the split
    `train`; `final` is the split measured by default, `smoke` that of a quick look. `sources` names the kinds of run to
    learn from, the default first; `solutions` is the one of them that takes the shortest way.

    `actions` is the form in which actions are written, a key of memp.evaluate.agents.scripted.SCRIPTED. `rules` tells a
    language model the same in words. `limits` completes "What this does not show: another world: ...".

    `without` names experiments of `memp eval NAME` that are not played here: the faults of robustness are those of text
    games, update needs walkthroughs. `steps` is the limit of an episode; `quick` are options of `memp eval NAME --smoke`
    that differ here, `bounded` those of `memp eval all`, where a world takes hours otherwise. `tries` is how often the
    scripted agent tries a train task by itself, and reflects on its failures, before it is shown the walkthrough; with 0 it
    learns from runs alone. `handed` is a kind of task that one action wins, whatever else is known; the report has a further
    table without it. Results files name the benchmark in their first line, so that those of two are never mixed
    (`named_in_results`).
    """

    name: str
    title: str
    summary: str
    data: str
    open: Callable[[Path], World]
    train: str
    final: str
    smoke: str
    sources: tuple[str, ...]
    solutions: str
    actions: str
    rules: str
    limits: str
    without: tuple[str, ...] = ()
    steps: int = STEPS
    tries: int = 0
    handed: str = ""
    quick: Mapping[str, object] = field(default_factory=dict[str, object])
    bounded: Mapping[str, int] = field(default_factory=dict[str, int])
    needs_data: bool = True
    named_in_results: bool = True

    @property
    def setting(self) -> Mapping[str, str]:
        """The part of a results file's first line that names the benchmark."""
        return {"world": self.name} if self.named_in_results else {}


def solves(environment: Environment, task: Task, actions: Iterable[str]) -> bool:
    """Whether actions solve a task; those that are not possible are passed over."""
    environment.reset(task)
    return any(environment.step(action).won for action in actions)


def shown(environment: Environment, task: Task, actions: Iterable[str]) -> Experience:
    """The run of actions that are known to solve a task."""
    environment.reset(task)
    steps = tuple(Step(action=action, observation=environment.step(action).observation) for action in actions)
    return Experience(task=task.goal, steps=steps, source=task.id)


ItemT = TypeVar("ItemT")


def evenly(items: Sequence[ItemT], most: int | None) -> Sequence[ItemT]:
    """At most so many of the items, at equal distances; None stands for all."""
    if most is None or most >= len(items):
        return items
    return [items[i * len(items) // most] for i in range(most)]
