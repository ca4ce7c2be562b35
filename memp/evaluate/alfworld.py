"""The experiments on ALFWorld: data, memories and arms put together."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from memp.config import open_memory, read_settings
from memp.embed.background import Ready
from memp.embed.load import open_embedder
from memp.errors import ConfigError
from memp.evaluate.environments.alfworld import Alfworld, Games, open_games
from memp.evaluate.experience import ROLLOUTS, TRAIN, Experience, expert_rollouts, learn, other_domains, walkthroughs
from memp.evaluate.run import STEPS, Arm, Experiment
from memp.memory import ProceduralMemory

Source = Literal["expert", "walkthrough"]
SOURCES = ("expert", "walkthrough")


def prepare(
    data: Path,
    out: Path,
    arms: Sequence[Arm],
    seeds: Sequence[int],
    *,
    split: str = "valid_seen",
    limit: int = STEPS,
    most: int | None = None,
    learned: int | None = None,
    source: Source = "expert",
    model: str | None = None,
    moved: Callable[[str], None] | None = None,
) -> Experiment:
    """The experiment, its memories built beside `out`; a memory that is there already is completed.

    `most` tasks of the split are played and `learned` train runs are learned from, spread evenly; all by default.

    Raises:
        ConfigError, InputError: the data is not there, or broken.
        EmbedderError: the embedding model cannot be had.
    """
    games = open_games(data)
    tasks = spread(games.tasks(split), most)
    settings = read_settings(builder="extractive", model=model)
    embedder = Ready(open_embedder(settings.model, settings.cache))
    paths = {
        "train": out.with_suffix(f".{source}{'' if learned is None else learned}.sqlite3"),
        "other": out.with_suffix(".other.sqlite3"),
    }

    if not out.exists():
        # Nothing was measured with what lies there: it may be another version's.
        for path in paths.values():
            for end in ("", "-wal", "-shm"):
                path.with_name(path.name + end).unlink(missing_ok=True)

    def opened(contents: str, *, read_only: bool, **options: object) -> ProceduralMemory:
        named = {"builder": "extractive", "project": "", "floor": None, "success_reward": 0.5}
        chosen = read_settings(**{**named, **options}, db=paths[contents], read_only=read_only, model=settings.model)
        return open_memory(chosen, embedder=embedder)

    for contents in sorted({arm.contents for arm in arms} - {"none"}):
        memory = opened(contents, read_only=False)
        runs = other_domains() if contents == "other" else _train_runs(data, games, source, learned)
        learn(memory, runs, moved)
        memory.close()

    def open_for(arm: Arm, seed: int) -> ProceduralMemory:
        return opened(arm.contents, read_only=True, retrieve=arm.retrieve, seed=seed)

    setting = {"split": split, "source": source, "learned": learned or "all", "model": settings.model}
    return Experiment(Alfworld(games), tasks, arms, seeds, open_for, limit, setting=setting)


def _train_runs(data: Path, games: Games, source: Source, most: int | None) -> Iterable[Experience]:
    if source == "walkthrough":
        return walkthroughs(games, spread(games.tasks(TRAIN), most))
    if not (data / ROLLOUTS).is_file():
        raise ConfigError(f"{data} has no {ROLLOUTS}: learn from the games' walkthroughs, with --source walkthrough.")
    return spread(list(expert_rollouts(data / ROLLOUTS)), most)


ItemT = TypeVar("ItemT")


def spread(items: Sequence[ItemT], most: int | None) -> Sequence[ItemT]:
    """At most so many of the items, at equal distances."""
    if most is None or most >= len(items):
        return items
    return [items[i * len(items) // most] for i in range(most)]
