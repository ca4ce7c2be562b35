"""Run an experiment: every task, arm and seed, into a file that a later run goes on with."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from memp.domain.procedure import Form
from memp.domain.results import Recall
from memp.domain.trajectory import Step
from memp.errors import InputError
from memp.evaluate.agents.agent import Agent, Played, Recaller
from memp.evaluate.agents.scripted import MakeFollower, follower
from memp.evaluate.environments.environment import NO_SHARES, STEPS, Environment, Task
from memp.evaluate.experiments.arms import Arm, Contents, Fault
from memp.evaluate.experiments.faults import Faulty
from memp.evaluate.experiments.results import Episode, Results, Setting
from memp.memory import ProceduralMemory
from memp.reply import RecallReply, recall_reply, tokens
from memp.retrieve.strategies import Strategy

Progress = Callable[[str], None]
"""Called after each unit of work, with what it was for."""


class Lookups:
    """A memory as an agent meets it: the answers of recall_procedure, and their cost in tokens."""

    def __init__(
        self, memory: ProceduralMemory, form: Form, budget: int, k: int = 1, pitfalls: bool = True
    ) -> None:  # fmt: skip
        self._memory = memory
        self._form: Form = form
        self._budget = budget
        self._k = k
        self._pitfalls = pitfalls
        self._answers: dict[tuple[str, str | None], RecallReply] = {}
        self.count = 0
        self.tokens = 0

    def close(self) -> None:
        """Close the memory."""
        self._memory.close()

    def __call__(self, task: str, error: str | None) -> RecallReply:
        """A memory that nobody writes to gives the same answer again, so each is computed once; each counts as paid."""
        reply = self._answers.get((task, error))
        if reply is None:
            recall = self._memory.recall(task, error=error, form=self._form, limit=self._k)
            reply = recall_reply(recall if self._pitfalls else _without_pitfalls(recall), self._form, self._budget)
            self._answers[task, error] = reply
        self.count += 1
        self.tokens += tokens(reply)
        return reply


def _without_pitfalls(recall: Recall) -> Recall:
    matches = [replace(match, pitfalls=()) for match in recall.matches]
    return replace(recall, matches=matches, pitfalls=(), on_error=None)


def play(environment: Environment, task: Task, agent: Agent, limit: int = STEPS) -> Played:
    """Play a task once."""
    agent.begin(task, environment.reset(task))
    steps: list[Step] = []
    invalid, shares = 0, NO_SHARES
    while len(steps) < limit:
        admissible = environment.admissible
        action = agent.act(admissible)
        transition = environment.step(action)
        invalid += action not in admissible if transition.refused is None else transition.refused
        steps.append(Step(action=action, observation=transition.observation))
        shares = transition.shares
        if transition.done:
            return Played(transition.won, tuple(steps), invalid, shares)
        agent.observe(action, transition)
    return Played(False, tuple(steps), invalid, shares)


_LookupKey = tuple[Contents | None, Form, Strategy, int, int, bool, int]
"""All that look-ups depend on: an arm's memory and how it is asked; the last is the seed, where that matters."""

OpenMemory = Callable[[Arm, int], ProceduralMemory]
"""The memory of an arm for a seed, not to be written to. The arm has contents."""

MakeAgent = Callable[[int, Recaller | None], Agent]

OpenFaulty = Callable[[Fault, int], Faulty]
"""The environment with a fault, for a seed."""


@dataclass(frozen=True)
class Experiment:
    """A run of each task with each arm and seed.

    `setting` is everything else that the outcome depends on; it stands in the results' first line, so that results of
    different settings are not mixed. `follower` makes the scripted agent of each arm, unless `make_agent` makes another
    one; `open_faulty` is needed for arms with a fault.
    """

    environment: Environment
    tasks: Sequence[Task]
    arms: Sequence[Arm]
    seeds: Sequence[int]
    open_memory: OpenMemory
    limit: int = STEPS
    make_agent: MakeAgent | None = None
    setting: Setting | None = None
    open_faulty: OpenFaulty | None = None
    follower: MakeFollower = follower

    @property
    def total(self) -> int:
        """The number of episodes, those in the results included."""
        return len(self.tasks) * len(self.arms) * len(self.seeds)

    def run(self, out: Path, progress: Progress | None = None) -> list[Episode]:
        """All episodes, those in `out` and those played now, each written as it ends.

        Raises:
            InputError: `out` holds results of another setting, or a game is broken.
        """
        results = Results(out, {**(self.setting or {}), "limit": self.limit}, Episode)
        keys = [(arm.name, seed, task.id) for task in self.tasks for arm in self.arms for seed in self.seeds]
        lookups: dict[_LookupKey, Lookups] = {}
        try:
            with results:
                for episode in self._episodes(results.done, lookups):
                    results.add(episode)
                    if progress is not None:
                        progress(episode.arm)
        finally:
            for opened in lookups.values():
                opened.close()
        return [results.done[key] for key in keys]

    def _episodes(
        self, done: Mapping[Hashable, Episode], lookups: dict[_LookupKey, Lookups]
    ) -> Iterator[Episode]:  # fmt: skip
        """Task by task: a game is read once, and a stopped run has all arms of the tasks that it came to."""
        for task in self.tasks:
            for arm in self.arms:
                for seed in self.seeds:
                    if (arm.name, seed, task.id) not in done:
                        yield self._episode(task, arm, seed, lookups)

    def _episode(self, task: Task, arm: Arm, seed: int, lookups: dict[_LookupKey, Lookups]) -> Episode:
        recall = self._lookups(arm, seed, lookups)
        agent = self.make_agent(seed, recall) if self.make_agent else self.follower(seed, recall, arm.habits)
        faulty = self._faulty(arm.fault, seed)
        played = play(faulty or self.environment, task, agent, arm.limit or self.limit)
        return Episode(
            arm=arm.name, seed=seed, task=task.id, kind=task.kind, won=played.won, steps=len(played.steps),
            invalid=played.invalid, lookups=recall.count if recall else 0, tokens=recall.tokens if recall else 0,
            hit=faulty is not None and faulty.hit, shares=played.shares,
        )  # fmt: skip

    def _lookups(self, arm: Arm, seed: int, lookups: dict[_LookupKey, Lookups]) -> Lookups | None:
        if arm.contents is None:
            return None
        drawn = arm.recall_seed(seed)
        key = (arm.contents, arm.form, arm.retrieve, arm.budget, arm.k, arm.pitfalls, drawn)
        if key not in lookups:
            lookups[key] = Lookups(self.open_memory(arm, drawn), arm.form, arm.budget, arm.k, arm.pitfalls)
        recall = lookups[key]
        recall.count = recall.tokens = 0
        return recall

    def _faulty(self, fault: Fault | None, seed: int) -> Faulty | None:
        if fault is None:
            return None
        if self.open_faulty is None:
            raise InputError(f"Nothing can go wrong here ('{fault}'): pass open_faulty.")
        return self.open_faulty(fault, seed)
