"""All worlds with the same arms: no memory, two memories that should not help, the nearest run, its script, and both."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from memp.errors import ConfigError, InputError
from memp.evaluate.environments.environment import Benchmark
from memp.evaluate.experiments.arms import ARMS, NONE
from memp.evaluate.experiments.memories import Memories
from memp.evaluate.experiments.results import Episode

VERBATIM_RUN, SCRIPT, BOTH = "trajectory", "script", "proceduralization"
IRRELEVANT, RANDOM = "irrelevant", "random"

COMPARED = (NONE, IRRELEVANT, RANDOM, VERBATIM_RUN, SCRIPT, BOTH)
"""The arms that every world is played with."""

RESULTS = "build.jsonl"
"""The results' file of a world: that of `memp eval WORLD --only build`, which has these arms and more. Either command goes
on with what the other has played."""


class Bounds(NamedTuple):
    """How much of a world is played; None stands for all. `model` is the embedding model, by default that of the settings."""

    seeds: int = 5
    tasks: int | None = None
    learned: int | None = None
    steps: int | None = None
    split: str | None = None
    model: str | None = None


def data_of(benchmark: Benchmark, folder: Path | None) -> Path:
    """The folder of a world's data: that of its name in the one that all worlds share.

    Raises:
        ConfigError: it is not there.
    """
    own = None if folder is None else folder / benchmark.name
    if own is not None and own.is_dir():
        return own
    if benchmark.data and benchmark.needs_data:
        there = "--data FOLDER, with" if folder is None else f"{folder} has no folder of that name:"
        raise ConfigError(f"needs data; {there} a folder '{benchmark.name}' in it: {benchmark.data}.")
    return Path()


Learned = Callable[[str], None]
Counted = Callable[[int], None]


def played(
    benchmark: Benchmark, data: Path, folder: Path, bounds: Bounds, learned: Learned, total: Counted, step: Learned
) -> list[Episode]:  # fmt: skip
    """The episodes of a world, those in its results file and those played now. `learned` is called for each run that a memory
    is built from, `total` with the number of episodes, `step` after each.

    Raises:
        ConfigError, InputError: the world's package or data is not there, or its results are of another setting.
        EmbedderError: the embedding model cannot be loaded.
    """
    if folder.is_file():
        raise InputError(f"{folder} is a file, where a folder for results and memories is to be.")
    memories = Memories(benchmark, data, folder, model=bounds.model, learned=bounds.learned)
    if not any(folder.glob("*.jsonl")):
        memories.forget()
    experiment = memories.experiment(
        [ARMS[name] for name in COMPARED], range(bounds.seeds), split=bounds.split, limit=bounds.steps,
        most=bounds.tasks, progress=learned,
    )  # fmt: skip
    total(experiment.total)
    return experiment.run(folder / RESULTS, step)


class World(NamedTuple):
    """A world as it was measured: its episodes, or the reason why there are none. `handed` is a kind of task that one action
    wins, without which success is told as well. `graded` is the world's own measure by which its arms are compared, where that
    is not success."""

    name: str
    episodes: Sequence[Episode] = ()
    missing: str = ""
    handed: str = ""
    graded: str = ""

    @property
    def compared(self) -> list[Episode]:
        """The episodes by which arms are compared: without tasks that one action wins."""
        return [episode for episode in self.episodes if not self.handed or episode.kind != self.handed]

    def grade(self, episode: Episode) -> float:
        """The worth of an episode, from 0 to 1: success, or the world's own measure."""
        if not self.graded:
            return float(episode.won)
        passed, of = episode.shares[self.graded]
        return passed / of if of else 0.0


def by_arm(episodes: Sequence[Episode]) -> Mapping[str, list[Episode]]:
    """The episodes of each arm; an arm without any has none."""
    arms: dict[str, list[Episode]] = {arm: [] for arm in COMPARED}
    for episode in episodes:
        arms.setdefault(episode.arm, []).append(episode)
    return arms
