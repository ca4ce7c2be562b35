"""Online learning (Memp, figure 3): memory starts empty, and is updated after every group of tasks.

A cell is an arm, a share of wrong outcome labels and a seed. In a cell the tasks of the stream are played in the seed's
order, group by group; within a group the memory does not change, and after it all runs of the group are recorded, with
the outcome that is reported: the true one, or with a set probability the other one. After the last group, where tasks
are given for it, the memory is frozen and measured on them. Episodes always have the true outcome.

All chance (order, agent, labels) is seeded by the seed and the task, and so the same in all arms.
"""

import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from memp.config import read_settings
from memp.domain.results import Options
from memp.domain.trajectory import Step
from memp.embed import Embedder
from memp.embed.background import Ready
from memp.embed.load import open_embedder
from memp.embed.remembering import Remembering
from memp.errors import InputError
from memp.evaluate.agents.agent import Crediting, Recaller
from memp.evaluate.agents.scripted import SCRIPTED
from memp.evaluate.agents.skilled import DETOURS, FORGETS
from memp.evaluate.environments.environment import STEPS, Benchmark, Environment, Task, evenly
from memp.evaluate.experiments.arms import NONE
from memp.evaluate.experiments.reference import ReferenceMemory
from memp.evaluate.experiments.results import Episode, Line, Results, Setting
from memp.evaluate.experiments.run import play
from memp.memory import ProceduralMemory
from memp.reply import DEFAULT_BUDGET, RecallReply, recall_reply, tokens
from memp.store.sqlite.store import SQLiteStore
from memp.update.policies import Policy

OURS = "ours"
STREAM = 140
GROUP = 14
WRONG = (0.0, 0.1, 0.3)
"""Shares of outcome labels that are wrong."""


class OnlineMemory(Protocol):
    """A memory that is used while it learns."""

    @property
    def size(self) -> int:
        """The number of procedures that can be recalled."""
        ...

    def recall(self, task: str, error: str | None) -> RecallReply:
        """The answer of recall_procedure, a second time with the error."""
        ...

    def finish(self, task: str, steps: Sequence[Step], success: bool, used: Sequence[str]) -> None:
        """Take in a run that has ended; `success` is its reported outcome, `used` the procedures that it followed."""
        ...

    def close(self) -> None:
        """Close its file, if it has one."""
        ...


class Reference:
    """The paper's memory."""

    def __init__(self, memory: ReferenceMemory) -> None:
        self._memory = memory

    @property
    def size(self) -> int:
        return self._memory.size

    def recall(self, task: str, error: str | None) -> RecallReply:
        return self._memory.recall(task, error)

    def finish(self, task: str, steps: Sequence[Step], success: bool, used: Sequence[str]) -> None:
        self._memory.record(task, steps, success, used)

    def close(self) -> None:
        """Nothing is open."""


class Ours:
    """ProceduralMemory on a file of its own, which must not exist yet; as installed, unless `options` say otherwise."""

    def __init__(self, file: Path, embedder: Embedder, options: Options | None = None) -> None:
        self._memory = ProceduralMemory(SQLiteStore(file), Ready(embedder), None, options)

    @property
    def size(self) -> int:
        return self._memory.store.stats().procedures

    def recall(self, task: str, error: str | None) -> RecallReply:
        return recall_reply(self._memory.recall(task, error=error), "proceduralization", DEFAULT_BUDGET)

    def finish(self, task: str, steps: Sequence[Step], success: bool, used: Sequence[str]) -> None:
        self._memory.record(
            task, steps, "success" if success else "failure", evidence="environment: its reward", used=used
        )

    def close(self) -> None:
        self._memory.close()


MakeMemory = Callable[[Embedder, Path], OnlineMemory]
"""An empty memory; the path is a folder that it may write to."""


def _paper(policy: Policy, *, deletes: bool = False) -> MakeMemory:
    """The paper's memory, with the calibrated floor that ours has: without one it wins a point or two less."""

    def make(embedder: Embedder, _: Path) -> OnlineMemory:
        return Reference(ReferenceMemory(embedder, policy, deletes=deletes, floor=embedder.identity.floor))

    return make


def _ours(embedder: Embedder, folder: Path) -> OnlineMemory:
    return Ours(folder / "memory.sqlite3", embedder)


ARMS: Mapping[str, MakeMemory | None] = {
    NONE: None,
    "vanilla": _paper("vanilla"),
    "validation": _paper("validation"),
    "adjustment": _paper("adjustment"),
    "deletion": _paper("adjustment", deletes=True),
    OURS: _ours,
}
"""The paper's policies, with the reference code's deletion rule (on adjustment), and this project's memory."""


class OnlineEpisode(Episode):
    """One play. `group` counts from 1; 0 is a task that the finished memory was measured on. `wrong` is the share of
    wrong labels of its cell, `reported` the outcome that the memory got, `size` the procedures in it when its group began."""

    wrong: float
    group: int
    reported: bool
    size: int


class Cell(NamedTuple):
    """An arm, the share of wrong labels, and a seed: one life of a memory."""

    arm: str
    wrong: float
    seed: int


MakePlayer = Callable[[int, Recaller | None], Crediting]
"""The agent of a seed."""


@dataclass(frozen=True)
class Online:
    """An experiment of all cells. `setting` is everything else that the outcome depends on: it stands in the results'
    first line."""

    environment: Environment
    stream: Sequence[Task]
    final: Sequence[Task]
    seeds: Sequence[int]
    embedder: Embedder
    make_agent: MakePlayer
    arms: Mapping[str, MakeMemory | None]
    """An arm without a memory sees no labels: it is played once for each seed, as with none wrong."""
    wrong: Sequence[float] = WRONG
    group: int = 20
    limit: int = STEPS
    setting: Setting | None = None

    @property
    def cells(self) -> list[Cell]:
        """The cells in the order in which they are run; an arm without a memory has one for each seed."""
        return [
            Cell(arm, wrong, seed)
            for wrong in self.wrong
            for seed in self.seeds
            for arm, make in self.arms.items()
            if make is not None or wrong == self.wrong[0]
        ]

    def run(self, out: Path, progress: Callable[[Cell], None] | None = None) -> list[OnlineEpisode]:
        """All episodes: those of the cells in `out`, and of those run now, each cell written as it ends.

        A cell that was interrupted is run again from its beginning, since a memory depends on its whole life.
        `progress` is called with each cell that is done.

        Raises:
            InputError: `out` holds results of another setting, or a game is broken.
        """
        sizes = {"group": self.group, "limit": self.limit, "stream": len(self.stream), "final": len(self.final)}
        embedder = Remembering(self.embedder)
        with Results(out, {**(self.setting or {}), **sizes}, _Life, "online") as results:
            for cell in self.cells:
                if cell not in results.done:
                    with tempfile.TemporaryDirectory(prefix="memp-online-") as folder:
                        episodes = self._live(cell, embedder, Path(folder))
                    results.add(_Life(arm=cell.arm, wrong=cell.wrong, seed=cell.seed, episodes=tuple(episodes)))
                if progress is not None:
                    progress(cell)
            return [episode for cell in self.cells for episode in results.done[cell].episodes]

    def _live(self, cell: Cell, embedder: Embedder, folder: Path) -> list[OnlineEpisode]:
        """A memory's life: group by group, then the final tasks."""
        make = self.arms[cell.arm]
        memory = None if make is None else make(embedder, folder)
        try:
            tasks = list(self.stream)
            random.Random(f"order:{cell.seed}").shuffle(tasks)
            episodes: list[OnlineEpisode] = []
            for start in range(0, len(tasks), self.group):
                group = [
                    self._play(cell, memory, task, 1 + start // self.group) for task in tasks[start:][: self.group]
                ]
                for task, run in zip(tasks[start:], group, strict=False):
                    episodes.append(run.episode)
                    if memory is not None:
                        memory.finish(task.goal, run.steps, run.episode.reported, run.used)
            return episodes + [self._play(cell, memory, task, 0).episode for task in self.final]
        finally:
            if memory is not None:
                memory.close()

    def _play(self, cell: Cell, memory: OnlineMemory | None, task: Task, group: int) -> "_Run":
        lookups = None if memory is None else _Counted(memory)
        agent = self.make_agent(cell.seed, lookups)
        played = play(self.environment, task, agent, self.limit)
        flipped = random.Random(f"label:{cell.seed}:{task.id}").random() < cell.wrong
        episode = OnlineEpisode(
            arm=cell.arm, seed=cell.seed, task=task.id, kind=task.kind, won=played.won, steps=len(played.steps),
            invalid=played.invalid, lookups=lookups.count if lookups else 0, tokens=lookups.tokens if lookups else 0,
            wrong=cell.wrong, group=group, reported=played.won is not flipped, size=memory.size if memory else 0,
        )  # fmt: skip
        return _Run(episode, played.steps, tuple(agent.used))


class _Run(NamedTuple):
    episode: OnlineEpisode
    steps: tuple[Step, ...]
    used: tuple[str, ...]


class _Counted:
    """The look-ups of one play, counted."""

    def __init__(self, memory: OnlineMemory) -> None:
        self._memory = memory
        self.count = 0
        self.tokens = 0

    def __call__(self, task: str, error: str | None) -> RecallReply:
        reply = self._memory.recall(task, error)
        self.count += 1
        self.tokens += tokens(reply)
        return reply


class _Life(Line):
    """A cell as written: one line, so that a cell is there whole or not at all."""

    arm: str
    wrong: float
    seed: int
    episodes: tuple[OnlineEpisode, ...]

    @property
    def key(self) -> Cell:
        return Cell(self.arm, self.wrong, self.seed)


def prepare(
    benchmark: Benchmark, data: Path, arms: Sequence[str], seeds: Sequence[int], *, final: str | None = None,
    stream: int = STREAM, most: int | None = None, group: int = GROUP, limit: int | None = None,
    wrong: Sequence[float] = WRONG, model: str | None = None,
) -> Online:  # fmt: skip
    """The experiment on a benchmark: `stream` tasks of its train split, spread evenly, are learned from; then `most` of
    the split `final`, by default the benchmark's, are played.

    Raises:
        ConfigError, InputError: the data is not there, or broken; or no agent has a skill of its own there.
        EmbedderError: the embedding model cannot be loaded.
    """
    skilled = SCRIPTED[benchmark.actions].skilled
    if skilled is None:
        raise InputError(f"No scripted agent has a skill of its own in {benchmark.title}: learn in another world.")
    world, final = benchmark.open(data), final or benchmark.final
    learned, measured = evenly(world.tasks(benchmark.train), stream), evenly(world.tasks(final), most)
    settings = read_settings(model=model)
    ways = {task.id: world.walkthrough(task) for task in [*learned, *measured]}

    def agent(seed: int, recall: Recaller | None) -> Crediting:
        return skilled(seed, recall, lambda task: ways[task.id])

    setting = {
        **benchmark.setting, "split": final, "model": settings.model, "detours": DETOURS, "forgets": FORGETS,
    }  # fmt: skip
    return Online(
        world.environment(keep=len(learned) + len(measured)), learned, measured, seeds,
        open_embedder(settings.model, settings.cache), agent, {name: ARMS[name] for name in arms}, wrong, group,
        limit or benchmark.steps, setting,
    )  # fmt: skip
