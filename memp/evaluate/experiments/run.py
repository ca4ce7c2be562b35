"""Runs the arms of an experiment: every task, arm and seed, into a file that a later run goes on with.

An arm is a memory, how it is asked, who plays, and what goes wrong. Two arms that are compared differ in one of these,
so that a difference is its.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, Literal, NamedTuple, TypeVar

from pydantic import ValidationError

from memp.domain.procedure import Form
from memp.domain.results import Recall
from memp.domain.trajectory import Step, Value
from memp.errors import InputError
from memp.evaluate.agents.follower import Agent, Crediting, Follower, Noisy, Recaller
from memp.evaluate.environments.environment import Environment, Task
from memp.evaluate.experiments.faults import Fault, Faulty
from memp.memory import ProceduralMemory
from memp.reply import DEFAULT_BUDGET, RecallReply, recall_reply, tokens
from memp.retrieve.strategies import Strategy

STEPS = 30
"""The paper's limit for an episode."""

Contents = Literal["none", "train", "other", "expert", "weak", "mishaps"]
"""What a memory was built from: nothing, the train split, other domains, some expert runs, as many runs that a weak agent
won by itself, or the train split and runs in which something went wrong."""


class Arm(Value):
    """A memory, how it is asked, who plays with it, and what goes wrong while it plays.

    `k` is how many procedures a recall brings. Without `pitfalls` its answers say nothing of what went wrong before;
    without `again` the player does not look up a second time when stuck; with `retry` it does a failed step again by
    itself. `noise` is the share of its steps that are random instead; `limit` the most steps of an episode, by default
    the experiment's.
    """

    name: str
    contents: Contents = "train"
    form: Form = "proceduralization"
    retrieve: Strategy = "hybrid"
    budget: int = DEFAULT_BUDGET
    k: int = 1
    pitfalls: bool = True
    again: bool = True
    retry: bool = False
    noise: float = 0.0
    limit: int | None = None
    fault: Fault | None = None


VERBATIM = 20_000
"""A budget in which any trajectory of ALFWorld fits uncut."""

ARMS: Mapping[str, Arm] = {
    arm.name: arm
    for arm in (
        Arm(name="none", contents="none"),
        Arm(name="random", retrieve="random"),
        Arm(name="irrelevant", contents="other"),
        Arm(name="script", form="script"),
        Arm(name="trajectory", form="trajectory", budget=VERBATIM),
        Arm(name="trajectory-600", form="trajectory"),
        Arm(name="proceduralization"),
        Arm(name="query", retrieve="query"),
        Arm(name="facts", retrieve="facts"),
    )
}


BUILD = ("none", "random", "irrelevant", "script", "trajectory", "trajectory-600", "proceduralization", "facts")
"""The paper's table 1, with the controls that it lacks."""

RETRIEVE = ("none", "random", "query", "facts", "proceduralization")
"""The paper's table 2; the last is hybrid, the default."""


class Episode(Value):
    """One play of a task. `invalid` counts actions that were not possible; `tokens` is what its look-ups cost; `hit` says
    that what was to go wrong did."""

    arm: str
    seed: int
    task: str
    kind: str
    won: bool
    steps: int
    invalid: int
    lookups: int
    tokens: int
    hit: bool = False

    @property
    def key(self) -> tuple[str, int, str]:
        return self.arm, self.seed, self.task


class Lookups:
    """A memory as an agent meets it: the answers of recall_procedure, and what they cost."""

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
        self._memory.close()

    def __call__(self, task: str, error: str | None) -> RecallReply:
        """A memory that nobody writes gives the same answer again, so each is made once; it is paid for each time."""
        reply = self._answers.get((task, error))
        if reply is None:
            found = self._memory.recall(task, error=error, form=self._form, limit=self._k)
            reply = recall_reply(found if self._pitfalls else _untroubled(found), self._form, self._budget)
            self._answers[task, error] = reply
        self.count += 1
        self.tokens += tokens(reply)
        return reply


def _untroubled(found: Recall) -> Recall:
    """A recall's result without what went wrong before."""
    return replace(found, matches=[replace(match, pitfalls=()) for match in found.matches], pitfalls=())


class Played(NamedTuple):
    """How a play went: whether it was won, its steps, and how many of them were impossible actions."""

    won: bool
    steps: tuple[Step, ...]
    invalid: int


def play(environment: Environment, task: Task, agent: Agent, limit: int = STEPS) -> Played:
    """Plays a task once."""
    agent.begin(task, environment.reset(task))
    steps: list[Step] = []
    invalid = 0
    while len(steps) < limit:
        admissible = environment.admissible
        action = agent.act(admissible)
        transition = environment.step(action)
        invalid += action not in admissible
        steps.append(Step(action=action, observation=transition.observation))
        if transition.done:
            return Played(True, tuple(steps), invalid)
        agent.observe(action, transition)
    return Played(False, tuple(steps), invalid)


_Asked = tuple[Contents, Form, Strategy, int, int, bool, int]
"""What look-ups depend on: an arm's memory and how it is asked; the last is the seed, where that matters."""

OpenMemory = Callable[[Arm, int], ProceduralMemory]
"""The memory of an arm for a seed, not to be written to. The arm has contents."""

MakeAgent = Callable[[int, Recaller | None], Agent]

OpenFaulty = Callable[[Fault, int], Faulty]
"""The environment in which something goes wrong, for a seed."""


def player(arm: Arm, seed: int, recall: Recaller | None) -> Crediting:
    """The follower, as an arm says."""
    follower = Follower(seed, recall, again=arm.again, retry=arm.retry)
    return Noisy(follower, arm.noise, seed) if arm.noise else follower


@dataclass(frozen=True)
class Experiment:
    """What is run: each task with each arm and seed.

    `setting` is all else that the outcome depends on; it stands in the results' first line, so that results of
    different settings are not mixed. Without `make_agent` the follower plays, as each arm says; `open_faulty` is needed
    where something is to go wrong.
    """

    environment: Environment
    tasks: Sequence[Task]
    arms: Sequence[Arm]
    seeds: Sequence[int]
    open_memory: OpenMemory
    limit: int = STEPS
    make_agent: MakeAgent | None = None
    setting: Mapping[str, str | int] | None = None
    open_faulty: OpenFaulty | None = None

    @property
    def total(self) -> int:
        return len(self.tasks) * len(self.arms) * len(self.seeds)

    def run(self, out: Path, moved: Callable[[str], None] | None = None) -> list[Episode]:
        """All episodes, those that `out` has already and those played now, each written as it ends.

        Raises:
            InputError: `out` holds results of another setting, or a game is broken.
        """
        results = Results(out, {**(self.setting or {}), "limit": self.limit}, Episode)
        wanted = [(arm.name, seed, task.id) for task in self.tasks for arm in self.arms for seed in self.seeds]
        lookups: dict[_Asked, Lookups] = {}
        try:
            with results:
                for episode in self._episodes(results.done, lookups):
                    results.add(episode)
                    if moved is not None:
                        moved(episode.arm)
        finally:
            for asked in lookups.values():
                asked.close()
        return [results.done[key] for key in wanted]

    def _episodes(
        self, done: Mapping[tuple[str, int, str], Episode], lookups: dict[_Asked, Lookups]
    ) -> Iterator[Episode]:
        """Task by task: a game is read once, and a stopped run has all arms of the tasks that it came to."""
        for task in self.tasks:
            for arm in self.arms:
                for seed in self.seeds:
                    if (arm.name, seed, task.id) not in done:
                        yield self._episode(task, arm, seed, lookups)

    def _episode(self, task: Task, arm: Arm, seed: int, lookups: dict[_Asked, Lookups]) -> Episode:
        recall = self._lookups(arm, seed, lookups)
        agent = player(arm, seed, recall) if self.make_agent is None else self.make_agent(seed, recall)
        faulty = self._faulty(arm.fault, seed)
        played = play(faulty or self.environment, task, agent, arm.limit or self.limit)
        return Episode(
            arm=arm.name, seed=seed, task=task.id, kind=task.kind, won=played.won, steps=len(played.steps),
            invalid=played.invalid, lookups=recall.count if recall else 0, tokens=recall.tokens if recall else 0,
            hit=faulty is not None and faulty.hit,
        )  # fmt: skip

    def _lookups(self, arm: Arm, seed: int, lookups: dict[_Asked, Lookups]) -> Lookups | None:
        if arm.contents == "none":
            return None
        # Only a choice at random depends on the seed.
        chosen = seed if arm.retrieve == "random" else 0
        key = (arm.contents, arm.form, arm.retrieve, arm.budget, arm.k, arm.pitfalls, chosen)
        if key not in lookups:
            lookups[key] = Lookups(self.open_memory(arm, chosen), arm.form, arm.budget, arm.k, arm.pitfalls)
        recall = lookups[key]
        recall.count = recall.tokens = 0
        return recall

    def _faulty(self, fault: Fault | None, seed: int) -> Faulty | None:
        if fault is None:
            return None
        if self.open_faulty is None:
            raise InputError(f"Nothing can go wrong here ('{fault}'): pass open_faulty.")
        return self.open_faulty(fault, seed)


EpisodeT = TypeVar("EpisodeT", bound=Episode)


class Results(Generic[EpisodeT]):
    """Episodes of a kind in a JSON-lines file, after a line that says how they were made. A line cut short by a crash
    is dropped.

    Raises:
        InputError: the file is none of results, or of another setting.
    """

    def __init__(self, path: Path, setting: Mapping[str, str | int], kind: type[EpisodeT]) -> None:
        self._path = path
        self._kind = kind
        self._setting = json.dumps({"setting": dict(setting)}, sort_keys=True)
        self.done: dict[tuple[str, int, str], EpisodeT] = {}
        if path.exists():
            self._read()

    def _read(self) -> None:
        text = self._path.read_bytes()
        whole, _, cut = text.rpartition(b"\n")
        header, *lines = whole.decode(errors="replace").split("\n")
        if whole and header != self._setting:
            raise InputError(f"{self._path} has results of another setting ({header[:200]}): name another file.")
        for number, line in enumerate(lines, 2):
            try:
                episode = self._kind.model_validate_json(line)
            except ValidationError:
                raise InputError(f"{self._path}, line {number} is no result: name another file.") from None
            self.done[episode.key] = episode
        if cut:
            with self._path.open("r+b") as file:
                file.truncate(len(text) - len(cut))

    def __enter__(self) -> "Results[EpisodeT]":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a", encoding="utf-8", newline="\n")
        if not self._path.stat().st_size:
            self._write(self._setting)
        return self

    def add(self, episode: EpisodeT) -> None:
        self.done[episode.key] = episode
        self._write(episode.model_dump_json())

    def _write(self, line: str) -> None:
        self._file.write(f"{line}\n")
        self._file.flush()

    def __exit__(self, *_: object) -> None:
        self._file.close()
