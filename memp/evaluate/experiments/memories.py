"""The memories that experiments on one benchmark need, built once in a folder, and the experiments on them."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from memp.config import open_memory, read_settings
from memp.embed.background import Ready
from memp.embed.load import open_embedder
from memp.embed.remembering import Remembering
from memp.evaluate.agents.agent import Crediting, Recaller
from memp.evaluate.agents.examples import other_domains
from memp.evaluate.agents.scripted import SCRIPTED, Habits
from memp.evaluate.environments.environment import Benchmark, Environment, Experience, Task, World, evenly
from memp.evaluate.experiments.arms import Arm, Contents, Fault
from memp.evaluate.experiments.faults import FAULTS, Faulty
from memp.evaluate.experiments.growing import copy, remove
from memp.evaluate.experiments.learning import learn, mishaps_recorded, studied, wins_recorded
from memp.evaluate.experiments.run import Experiment, Progress
from memp.evaluate.experiments.studies import MISHAPS, MOST, NOISE, RUNS
from memp.memory import ProceduralMemory
from memp.store.records import Stats


@dataclass(frozen=True)
class Training:
    """The source of a benchmark's memories: its train split.

    `learned` is the number of train runs in the large memory, `runs` and `mishaps` those of the others
    (memp.evaluate.experiments.studies); None stands for all.
    """

    benchmark: Benchmark
    world: World
    source: str
    learned: int | None
    runs: int
    mishaps: int

    def experience(self, most: int | None) -> Iterable[Experience]:
        """The train runs, at most `most` of them."""
        return self.world.runs(self.source, most)

    @property
    def tasks(self) -> Sequence[Task]:
        """The train tasks that are learned from, of those whose solution is known."""
        tasks = [task for task in self.world.tasks(self.benchmark.train) if self.world.walkthrough(task)]
        return evenly(tasks, self.learned)

    def player(self, recall: Recaller, habits: Habits, seed: int = 0) -> Crediting:
        """The scripted agent that makes runs of its own."""
        return SCRIPTED[self.benchmark.actions].follower(seed, recall, habits)

    def study(self, memory: ProceduralMemory, tasks: Iterable[Task], seed: int) -> Iterator[Task]:
        """Learn from train tasks in turn, with tries of one's own, which depend on the seed."""

        def learner(recall: Recaller) -> Crediting:
            return self.player(recall, Habits(), seed)

        return studied(memory, self.world, tasks, learner, self.benchmark.steps, self.benchmark.tries)


Fill = Callable[[ProceduralMemory, Training, Progress | None], None]


class Filling(NamedTuple):
    """The way to build a memory: `fill` writes to an empty one, or to a copy of the memory named `start`."""

    fill: Fill
    start: Contents | None = None


def _train(memory: ProceduralMemory, training: Training, progress: Progress | None) -> None:
    """Runs alone, or, where the benchmark says so, own tries before each."""
    if not training.benchmark.tries:
        learn(memory, training.experience(training.learned), progress)
        return
    for _ in training.study(memory, training.tasks, 0):
        if progress is not None:
            progress("learning")


def _expert(memory: ProceduralMemory, training: Training, progress: Progress | None) -> None:
    learn(memory, training.experience(training.runs), progress)


def _other(memory: ProceduralMemory, training: Training, progress: Progress | None) -> None:
    learn(memory, other_domains(), progress)


def _weak(memory: ProceduralMemory, training: Training, progress: Progress | None) -> None:
    """The weak agent's own wins in train games, each played with the memory of the earlier ones. It may take all the
    steps there: in 15 it would hardly ever win a first time."""
    tasks = list(training.world.tasks(training.benchmark.train))
    random.Random("weak").shuffle(tasks)

    def weak(recall: Recaller) -> Crediting:
        return training.player(recall, Habits(noise=NOISE))

    wins_recorded(memory, training.world.environment(), tasks, weak, training.benchmark.steps, training.runs, progress)


def _mishaps(memory: ProceduralMemory, training: Training, progress: Progress | None) -> None:
    """Train games with each fault, played by the follower with everything that a recall says."""
    tasks = evenly(training.world.tasks(training.benchmark.train), len(FAULTS) * training.mishaps)

    def player(recall: Recaller) -> Crediting:
        return training.player(recall, Habits())

    for at, fault in enumerate(FAULTS.values()):
        environment = fault.make(training.world, training.world.environment(), 0)
        mishaps_recorded(memory, environment, tasks[at :: len(FAULTS)], player, training.benchmark.steps, progress)


CONTENTS: Mapping[Contents, Filling] = {
    "train": Filling(_train),
    "other": Filling(_other),
    "expert": Filling(_expert),
    "weak": Filling(_weak),
    "mishaps": Filling(_mishaps, start="train"),
}
"""Contents of a memory to how it is built."""


class Memories:
    """An opened benchmark, and the memories that experiments on it need, which are built once, in a folder.

    `source` is one of the benchmark's `sources`, by default the first; the numbers are those of Training.

    Raises:
        ConfigError, InputError: the data is not there, or broken.
        EmbedderError: the embedding model cannot be loaded.
    """

    def __init__(
        self, benchmark: Benchmark, data: Path, folder: Path, *, source: str | None = None, model: str | None = None,
        learned: int | None = None, runs: int = RUNS, mishaps: int = MISHAPS,
    ) -> None:  # fmt: skip
        self.benchmark = benchmark
        self.world = benchmark.open(data)
        self._folder = folder
        self._training = Training(benchmark, self.world, source or benchmark.sources[0], learned, runs, mishaps)
        self._settings = read_settings(builder="extractive", model=model)
        self._embedder = Ready(Remembering(open_embedder(self._settings.model, self._settings.cache)))

    @property
    def setting(self) -> Mapping[str, str | int]:
        """Everything that all results depend on, besides split and limit."""
        training = self._training
        return {
            **self.benchmark.setting, "source": training.source, "learned": training.learned or "all",
            "model": self._settings.model, "runs": training.runs, "mishaps": training.mishaps,
        }  # fmt: skip

    @classmethod
    def beside(
        cls, out: Path, benchmark: Benchmark, data: Path, *, source: str | None = None, model: str | None = None,
        learned: int | None = None,
    ) -> "Memories":  # fmt: skip
        """The memories of one results file, in a folder beside it. Where there are no results yet, old ones go.

        Raises:
            ConfigError, InputError, EmbedderError: as Memories.
        """
        memories = cls(benchmark, data, out.with_suffix(""), source=source, model=model, learned=learned)
        if not out.exists():
            memories.forget()
        return memories

    def forget(self) -> None:
        """Delete the memories built before. Called while no result depends on them: they may be another version's."""
        for path in self._folder.glob("memory.*.sqlite3*"):
            path.unlink()

    def experiment(
        self, arms: Sequence[Arm], seeds: Sequence[int], *, split: str | None = None, limit: int | None = None,
        most: int | None = None, progress: Progress | None = None,
    ) -> Experiment:  # fmt: skip
        """The experiment of some arms on `most` tasks of a split, spread evenly; its memories are built first.

        The split is by default the benchmark's `final` one.
        """
        split = split or self.benchmark.final
        tasks = evenly(self.world.tasks(split), most)
        for arm in arms:
            if arm.contents is not None:
                self._build(arm.contents, progress)
        environment = self.world.environment()
        return Experiment(
            environment, tasks, arms, seeds, self._open_for, limit or self.benchmark.steps,
            setting={"split": split, **self.setting}, open_faulty=self._faulty(environment),
            follower=SCRIPTED[self.benchmark.actions].follower,
        )  # fmt: skip

    def curve(
        self, arms: Mapping[int, Sequence[Arm]], seed: int, *, split: str | None = None, limit: int | None = None,
        most: int | None = None, progress: Progress | None = None,
    ) -> Iterator[Experiment]:  # fmt: skip
        """The experiments of a learning curve with one seed: the arms after each number of train tasks.

        The tasks are learned from in an order that the seed draws. A memory is kept as it is at each point.
        """
        split = split or self.benchmark.final
        tasks, environment = evenly(self.world.tasks(split), most), self.world.environment()
        self._learn_to(list(arms), seed, progress)
        for point, of_point in arms.items():
            yield Experiment(
                environment, tasks, of_point, [seed], lambda arm, _, at=point: self._open_at(at, seed),
                limit or self.benchmark.steps,
                setting={"split": split, **self.setting, "tries": self.benchmark.tries},
                follower=SCRIPTED[self.benchmark.actions].follower,
            )  # fmt: skip

    def _learn_to(self, points: Sequence[int], seed: int, progress: Progress | None) -> None:
        """Build the memory of each point from that of the point before it.

        It is closed before it is copied: two copies of SQLite in one process, apsw's and Python's, would lose what is in
        its write-ahead log (https://www.sqlite.org/howtocorrupt.html, section 2.2).
        """
        tasks = list(self._training.tasks)
        random.Random(f"curve:{seed}").shuffle(tasks)
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f"memory.unfinished-curve-{seed}.sqlite3"
        for before, point in pairwise(points):
            if self._path_at(point, seed).exists():
                continue
            remove(unfinished)
            if before:
                copy(self._path_at(before, seed), unfinished)
            with closing(self._open(unfinished, read_only=False)) as memory:
                for _ in self._training.study(memory, tasks[before:point], seed):
                    if progress is not None:
                        progress("learning")
            copy(unfinished, self._path_at(point, seed))
            remove(unfinished)

    def _path_at(self, point: int, seed: int) -> Path:
        return self._folder / f"memory.curve-{seed}-{point}.sqlite3"

    def _open_at(self, point: int, seed: int) -> ProceduralMemory:
        return self._open(self._path_at(point, seed), read_only=True)

    def _open_for(self, arm: Arm, seed: int) -> ProceduralMemory:
        assert arm.contents is not None
        return self._open(self._path(arm.contents), read_only=True, retrieve=arm.retrieve, seed=seed)

    def _faulty(self, environment: Environment) -> Callable[[Fault, int], Faulty]:
        """Environments with a fault, each made once."""

        @cache
        def make(fault: Fault, seed: int) -> Faulty:
            return FAULTS[fault].make(self.world, environment, seed)

        return make

    @property
    def train_tasks(self) -> int:
        """How many train tasks there are to learn from."""
        return len(self._training.tasks)

    def size(self, contents: Contents) -> Stats | None:
        """Counts of a memory, if it was built."""
        if not self._path(contents).exists():
            return None
        with closing(self._open(self._path(contents), read_only=True)) as memory:
            return memory.store.stats()

    def _path(self, contents: Contents) -> Path:
        return self._folder / f"memory.{contents}.sqlite3"

    def _open(self, path: Path, *, read_only: bool, **options: object) -> ProceduralMemory:
        fixed = {"builder": "extractive", "project": "", "floor": None, "success_reward": 0.5}
        chosen = read_settings(**{**fixed, **options}, db=path, read_only=read_only, model=self._settings.model)
        return open_memory(chosen, embedder=self._embedder, most=MOST)

    def _build(self, contents: Contents, progress: Progress | None) -> None:
        """Build a memory beside its place and move it there whole, so that an interrupted one is not taken for it."""
        path = self._path(contents)
        if path.exists():
            return
        filling = CONTENTS[contents]
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"memory.unfinished-{contents}.sqlite3")
        remove(unfinished)
        if filling.start is not None:
            self._build(filling.start, progress)
            copy(self._path(filling.start), unfinished)
        with closing(self._open(unfinished, read_only=False)) as memory:
            filling.fill(memory, self._training, progress)
        # The arms read alone, and one of them asks for vectors of key facts.
        with closing(self._open(unfinished, read_only=False, retrieve="facts")) as memory:
            memory.embed_pending()
        copy(unfinished, path)
        remove(unfinished)
