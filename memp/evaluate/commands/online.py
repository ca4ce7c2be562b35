"""`memp eval online --data FOLDER --out FILE`: memories that start empty and learn while they are used, on ALFWorld.

The paper's policies and ours, with true and with wrong outcome labels; the same command goes on where one stopped.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from memp.config import read_settings
from memp.embed.load import HASHING, open_embedder
from memp.errors import MempError
from memp.evaluate.agents.follower import Recaller
from memp.evaluate.agents.skilled import DETOURS, FORGETS, Skilled
from memp.evaluate.environments.alfworld import Alfworld, open_games
from memp.evaluate.experiments.alfworld import spread
from memp.evaluate.experiments.experience import TRAIN
from memp.evaluate.experiments.online import ARMS, Online, OnlineEpisode
from memp.evaluate.experiments.run import STEPS
from memp.evaluate.report.online_study import section


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    errors = Console(stderr=True)
    names: list[str] = asked.arms.split(",")
    unknown = [name for name in names if name not in ARMS]
    if unknown:
        errors.print(f"There is no arm '{unknown[0]}': use {', '.join(ARMS)}.", markup=False)
        return 2
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        online = prepare(
            asked.data, names, range(asked.seeds), final=asked.split, stream=asked.stream, most=asked.tasks,
            group=asked.group, limit=asked.steps, wrong=asked.wrong,
            model=HASHING if asked.hashing else None,
        )  # fmt: skip
        with Progress(*columns, console=errors) as progress:
            bar = progress.add_task("", total=len(online.cells))
            episodes = online.run(asked.out, lambda cell: progress.update(bar, advance=1, description=cell.arm))
    except MempError as error:
        errors.print(str(error), markup=False)
        return 1
    show(Console(width=210), f"{asked.stream} {TRAIN} tasks in groups of {asked.group}, then {asked.split}; "
         f"{asked.seeds} seeds, {asked.steps} steps", episodes)  # fmt: skip
    return 0


def prepare(
    data: Path, arms: Sequence[str], seeds: Sequence[int], *, final: str = "valid_seen", stream: int = 140,
    most: int | None = None, group: int = 14, limit: int = STEPS, wrong: Sequence[float] = (0.0, 0.1, 0.3),
    model: str | None = None,
) -> Online:  # fmt: skip
    """The experiment: `stream` tasks of the train split, spread evenly, are learned from; then `most` of `final` played.

    Raises:
        ConfigError, InputError: the data is not there, or broken.
        EmbedderError: the embedding model cannot be had.
    """
    games = open_games(data)
    learned, measured = spread(games.tasks(TRAIN), stream), spread(games.tasks(final), most)
    settings = read_settings(model=model)
    environment = Alfworld(games, keep=len(learned) + len(measured))
    ways = {task.id: environment.walkthrough(task) for task in [*learned, *measured]}

    def agent(seed: int, recall: Recaller | None) -> Skilled:
        return Skilled(seed, recall, lambda task: ways[task.id])

    setting: dict[str, str | float] = {"split": final, "model": settings.model, "detours": DETOURS, "forgets": FORGETS}
    return Online(
        environment, learned, measured, seeds, open_embedder(settings.model, settings.cache), agent,
        {name: ARMS[name] for name in arms}, wrong, group, limit, setting,
    )  # fmt: skip


def show(console: Console, title: str, episodes: Sequence[OnlineEpisode]) -> None:
    """The arms' table, and their success by group."""
    for one in section(episodes).tables:
        table = Table(*one.header, title=f"{one.title}: {title}")
        for line in one.rows:
            table.add_row(*line)
        console.print(table)


def _shares(text: str) -> list[float]:
    """ "0,0.1" as numbers from 0 to 1."""
    shares = [float(share) for share in text.split(",")]
    if not all(0 <= share <= 1 for share in shares):
        raise ValueError(text)
    return shares


def _count(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="memp eval online", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder with ALFWorld's games")
    parser.add_argument("--out", type=Path, required=True, help="the results' file")
    parser.add_argument("--arms", default=",".join(ARMS), help=f"which of {', '.join(ARMS)}; separated by commas")
    parser.add_argument("--wrong", type=_shares, default="0,0.1,0.3", help="shares of outcome labels that are wrong")
    parser.add_argument("--seeds", type=_count, default=5, help="how many")
    parser.add_argument("--stream", type=_count, default=140, help="tasks of the train split to learn from")
    parser.add_argument("--group", type=_count, default=14, help="tasks between two updates")
    parser.add_argument("--split", default="valid_seen", help="what the finished memory is measured on")
    parser.add_argument("--tasks", type=_count, help="only so many tasks of it")
    parser.add_argument("--steps", type=_count, default=STEPS, help="the limit of an episode")
    parser.add_argument("--hashing", action="store_true", help="hashed vectors instead of the embedding model's")
    return parser
