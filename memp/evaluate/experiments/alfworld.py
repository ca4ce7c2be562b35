"""The experiments on ALFWorld: data, memories and arms put together."""

import random
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import Literal, TypeVar

from memp.config import open_memory, read_settings
from memp.embed.background import Ready
from memp.embed.load import open_embedder
from memp.embed.remembering import Remembering
from memp.errors import ConfigError
from memp.evaluate.agents.follower import Follower, Noisy, Recaller
from memp.evaluate.environments.alfworld import Alfworld, open_games
from memp.evaluate.experiments.experience import (
    ROLLOUTS,
    TRAIN,
    Experience,
    expert_rollouts,
    learn,
    other_domains,
    walkthroughs,
)
from memp.evaluate.experiments.faults import FAULTS, FailsOnce, Fault, Faulty, Locked
from memp.evaluate.experiments.moved import Moved
from memp.evaluate.experiments.own_runs import mishaps_recorded, wins_recorded
from memp.evaluate.experiments.run import STEPS, Arm, Contents, Experiment
from memp.evaluate.experiments.studies import MISHAPS, MOST, NOISE, RUNS
from memp.memory import ProceduralMemory
from memp.store.records import Stats

Source = Literal["expert", "walkthrough"]
SOURCES = ("expert", "walkthrough")

Moving = Callable[[str], None]
"""Told of each run that is learned, with what it is learned for."""


class Alfworlds:
    """ALFWorld's games, and the memories that experiments on them need, which are built once, in a folder.

    `learned` is how many train runs the large memory is built from, and `runs` and `mishaps` those of the others
    (memp.evaluate.experiments.studies); None stands for all.

    Raises:
        ConfigError, InputError: the data is not there, or broken.
        EmbedderError: the embedding model cannot be had.
    """

    def __init__(
        self, data: Path, folder: Path, *, source: Source = "expert", model: str | None = None,
        learned: int | None = None, runs: int = RUNS, mishaps: int = MISHAPS,
    ) -> None:  # fmt: skip
        self._data = data
        self._games = open_games(data)
        self._folder = folder
        self._source: Source = source
        self._learned = learned
        self._runs = runs
        self._mishaps = mishaps
        self._settings = read_settings(builder="extractive", model=model)
        self._embedder = Ready(Remembering(open_embedder(self._settings.model, self._settings.cache)))

    @property
    def setting(self) -> dict[str, str | int]:
        """What all results depend on, beside split and limit."""
        return {
            "source": self._source, "learned": self._learned or "all", "model": self._settings.model,
            "runs": self._runs, "mishaps": self._mishaps,
        }  # fmt: skip

    def forget(self) -> None:
        """Deletes memories that were built before: they may be another version's."""
        for path in self._folder.glob("memory.*.sqlite3*"):
            path.unlink()

    def experiment(
        self, arms: Sequence[Arm], seeds: Sequence[int], *, split: str = "valid_seen", limit: int = STEPS,
        most: int | None = None, moved: Moving | None = None,
    ) -> Experiment:  # fmt: skip
        """The experiment of some arms on `most` tasks of a split, spread evenly; the memories it needs are built first."""
        tasks = spread(self._games.tasks(split), most)
        needed: dict[Contents, None] = {arm.contents: None for arm in arms if arm.contents != "none"}
        for contents in needed:
            self._built(contents, moved)

        def open_for(arm: Arm, seed: int) -> ProceduralMemory:
            path = self._path(arm.contents)
            return self._open(path, read_only=True, retrieve=arm.retrieve, seed=seed)

        environment = Alfworld(self._games)
        return Experiment(
            environment, tasks, arms, seeds, open_for, limit, setting={"split": split, **self.setting},
            open_faulty=cache(partial(self._faulty, environment)),
        )  # fmt: skip

    def _faulty(self, environment: Alfworld, fault: Fault, seed: int) -> Faulty:
        if fault == "moved":
            return Moved(self._games, seed)
        if fault == "fails":
            return FailsOnce(environment, seed)
        return Locked(environment, environment.walkthrough)

    # Memories

    def size(self, contents: Contents) -> Stats | None:
        """What is in a memory, if it was built."""
        if not self._path(contents).exists():
            return None
        with closing(self._open(self._path(contents), read_only=True)) as memory:
            return memory.store.stats()

    def _path(self, contents: Contents) -> Path:
        return self._folder / f"memory.{contents}.sqlite3"

    def _open(self, path: Path, *, read_only: bool, **options: object) -> ProceduralMemory:
        named = {"builder": "extractive", "project": "", "floor": None, "success_reward": 0.5}
        chosen = read_settings(**{**named, **options}, db=path, read_only=read_only, model=self._settings.model)
        return open_memory(chosen, embedder=self._embedder, most=MOST)

    def _built(self, contents: Contents, moved: Moving | None) -> None:
        """Builds a memory beside its place and moves it there whole, so that an interrupted one is not taken for it."""
        path = self._path(contents)
        if path.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"memory.unfinished-{contents}.sqlite3")
        for end in ("", "-wal", "-shm"):
            unfinished.with_name(unfinished.name + end).unlink(missing_ok=True)
        if contents == "mishaps":
            self._built("train", moved)
            _copy(self._path("train"), unfinished)
        with closing(self._open(unfinished, read_only=False)) as memory:
            self._fill(memory, contents, moved)
        _copy(unfinished, path)
        unfinished.unlink()

    def _fill(self, memory: ProceduralMemory, contents: Contents, moved: Moving | None) -> None:
        if contents == "weak":
            self._fill_weak(memory, moved)
        elif contents == "mishaps":
            self._fill_mishaps(memory, moved)
        elif contents == "other":
            learn(memory, other_domains(), moved)
        else:
            learn(memory, self._train_runs(self._runs if contents == "expert" else self._learned), moved)

    def _fill_weak(self, memory: ProceduralMemory, moved: Moving | None) -> None:
        """The weak agent's own wins in train games, each played with what the earlier ones left. It may take all the
        steps there: in 15 it would hardly ever win a first time."""
        tasks = list(self._games.tasks(TRAIN))
        random.Random("weak").shuffle(tasks)

        def make(recall: Recaller) -> Noisy:
            return Noisy(Follower(0, recall), NOISE, 0)

        wins_recorded(memory, Alfworld(self._games), tasks, make, STEPS, self._runs, moved)

    def _fill_mishaps(self, memory: ProceduralMemory, moved: Moving | None) -> None:
        """Train games with each fault, played by the follower with all that a recall tells."""
        tasks = spread(self._games.tasks(TRAIN), len(FAULTS) * self._mishaps)
        for at, fault in enumerate(FAULTS):
            environment = self._faulty(Alfworld(self._games), fault, 0)
            mishaps_recorded(
                memory, environment, tasks[at :: len(FAULTS)], lambda recall: Follower(0, recall), STEPS, moved
            )

    def _train_runs(self, most: int | None) -> Iterable[Experience]:
        if self._source == "walkthrough":
            return walkthroughs(self._games, spread(self._games.tasks(TRAIN), most))
        rollouts = self._data / ROLLOUTS
        if not rollouts.is_file():
            raise ConfigError(
                f"{self._data} has no {ROLLOUTS}: learn from the games' walkthroughs, with --source walkthrough."
            )
        return spread(list(expert_rollouts(rollouts)), most)


def prepare(
    data: Path, out: Path, arms: Sequence[Arm], seeds: Sequence[int], *, split: str = "valid_seen", limit: int = STEPS,
    most: int | None = None, learned: int | None = None, source: Source = "expert", model: str | None = None,
    moved: Moving | None = None,
) -> Experiment:  # fmt: skip
    """One experiment by itself, its results in `out` and its memories in a folder beside that.

    Raises:
        ConfigError, InputError, EmbedderError: as Alfworlds.
    """
    worlds = Alfworlds(data, out.with_suffix(".memories"), source=source, model=model, learned=learned)
    if not out.exists():
        worlds.forget()
    return worlds.experiment(arms, seeds, split=split, limit=limit, most=most, moved=moved)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as before, closing(sqlite3.connect(target)) as after:
        before.backup(after)


ItemT = TypeVar("ItemT")


def spread(items: Sequence[ItemT], most: int | None) -> Sequence[ItemT]:
    """At most so many of the items, at equal distances."""
    if most is None or most >= len(items):
        return items
    return [items[i * len(items) // most] for i in range(most)]
