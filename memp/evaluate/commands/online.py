"""`memp eval online --data FOLDER --out FILE`: memories that start empty and learn while they are used.

The paper's policies and ours, with true and with wrong outcome labels; the same command goes on where one stopped.
"""

import argparse
from collections.abc import Sequence

from rich.console import Console

from memp.errors import MempError
from memp.evaluate.commands.screen import add_data, add_hashing, count, embedding_model, progress_bar, show, unknown
from memp.evaluate.environments.catalog import DEFAULT
from memp.evaluate.environments.environment import Benchmark
from memp.evaluate.experiments.online import ARMS, GROUP, STREAM, WRONG, OnlineEpisode, prepare
from memp.evaluate.report.online_study import section
from memp.evaluate.report.tables import Table

WIDTH = 210
"""Columns of the terminal that the tables need."""


def main(arguments: Sequence[str] | None = None, benchmark: Benchmark = DEFAULT) -> int:
    """`memp eval online`; its exit status."""
    args = _parser(benchmark).parse_args(arguments)
    errors = Console(stderr=True)
    names: list[str] = args.arms.split(",")
    if (reason := unknown(names, ARMS, "arm")) is not None:
        errors.print(reason, markup=False)
        return 2
    try:
        episodes = _played(args, names, benchmark, errors)
    except MempError as error:
        errors.print(str(error), markup=False)
        return 1
    show(Console(width=WIDTH), _titled(section(episodes).tables, _title(args, benchmark)))
    return 0


def _played(
    args: argparse.Namespace, names: Sequence[str], benchmark: Benchmark, errors: Console
) -> list[OnlineEpisode]:  # fmt: skip
    online = prepare(
        benchmark, args.data, names, range(args.seeds), final=args.split, stream=args.stream, most=args.tasks,
        group=args.group, limit=args.steps, wrong=args.wrong, model=embedding_model(args),
    )  # fmt: skip
    with progress_bar(errors) as progress:
        bar = progress.add_task("", total=len(online.cells))
        return online.run(args.out, lambda cell: progress.update(bar, advance=1, description=cell.arm))


def _title(args: argparse.Namespace, benchmark: Benchmark) -> str:
    stream = f"{args.stream} {benchmark.train} tasks in groups of {args.group}"
    return f"{stream}, then {args.split}; {args.seeds} seeds, {args.steps} steps"


def _titled(tables: Sequence[Table], title: str) -> list[Table]:
    return [table._replace(title=f"{table.title}: {title}") for table in tables]


def _shares(text: str) -> list[float]:
    """ "0,0.1" as numbers from 0 to 1."""
    shares = [float(share) for share in text.split(",")]
    if not all(0 <= share <= 1 for share in shares):
        raise ValueError(text)
    return shares


def _parser(benchmark: Benchmark) -> argparse.ArgumentParser:
    head = (__doc__ or "").splitlines()[0].rstrip(".")
    parser = argparse.ArgumentParser(prog="memp eval online", description=f"{head}, on {benchmark.title}.")
    add_data(parser, benchmark, "the results' file")
    parser.add_argument("--arms", default=",".join(ARMS), help=f"which of {', '.join(ARMS)}; separated by commas")
    parser.add_argument("--wrong", type=_shares, default=list(WRONG), help="shares of outcome labels that are wrong")
    parser.add_argument("--seeds", type=count, default=5, help="how many")
    parser.add_argument("--stream", type=count, default=STREAM, help="tasks of the train split to learn from")
    parser.add_argument("--group", type=count, default=GROUP, help="tasks between two updates")
    parser.add_argument("--split", default=benchmark.final, help="what the finished memory is measured on")
    parser.add_argument("--tasks", type=count, help="only so many tasks of it")
    parser.add_argument("--steps", type=count, default=benchmark.steps, help="the limit of an episode")
    add_hashing(parser)
    return parser
