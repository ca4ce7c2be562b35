"""`memp eval traces`: what Build makes of labelled runs; seconds, no key, no data to fetch.

The labelled runs are those of memp's repository, or others in their format (tests/traces/README.md).
"""

import argparse
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from memp.errors import InputError, MempError
from memp.evaluate.commands.screen import add_hashing, count, embedding_model, progress_bar, show
from memp.evaluate.environments.environment import Benchmark
from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.traces.labels import ROUNDS, Traces, default_folder, read_traces
from memp.evaluate.experiments.traces.replay import replayed
from memp.evaluate.experiments.traces.study import TraceLine, measured, opener, write
from memp.evaluate.report import traces_table
from memp.evaluate.report.folder import write_report
from memp.evaluate.report.page import Head
from memp.light.version import version

WIDTH = 190
"""Columns of the terminal that the tables need."""

LIMITS = (
    "Runs that people have: those of the sets were written or recorded by a few authors for this purpose, and three of a kind "
    "are few.",
    "That a procedure helps: whether an agent does better with it is what the other worlds measure.",
    "Which name is good: a label lists the names that its author could think of.",
)


def main(arguments: Sequence[str] | None, benchmark: Benchmark) -> int:
    """`memp eval traces`; its exit status."""
    args = _parser().parse_args(arguments)
    errors = Console(stderr=True)
    try:
        lines, episodes = _measured(args, errors)
        section = traces_table.section(lines, episodes)
        show(Console(width=WIDTH), section.tables if args.verbose else section.tables[:2])
        if args.out is not None:
            setting = _setting(args)
            write(lines, episodes, args.out, setting)
            head = Head("Procedural memory on labelled runs", traces_table.READING, LIMITS)
            errors.print(f"The report is {write_report(head, [section], setting, args.out)}.", markup=False)
    except MempError as error:
        errors.print(str(error), markup=False)
        return 1
    return 0


def _measured(args: argparse.Namespace, errors: Console) -> tuple[list[TraceLine], list[Episode]]:
    if args.out is not None and args.out.is_file():
        raise InputError(f"{args.out} is a file: name a folder, for results and the report.")
    traces = read_traces(args.data or default_folder())
    if args.family:
        traces = Traces([family for family in traces.families if args.family in family.family])
        if not traces.families:
            raise InputError(f"No family has '{args.family}' in its name.")
    with progress_bar(errors) as progress:
        bar = progress.add_task("traces", total=len(traces.families) + ROUNDS)
        opened = opener(embedding_model(args))
        lines = measured(traces, opened, lambda: progress.advance(bar))
        return lines, replayed(traces.families, range(args.seeds), opened, lambda: progress.advance(bar))


def _setting(args: argparse.Namespace) -> Mapping[str, str]:
    """The conditions of the measurement, for a reader."""
    model = {"embedding model": embedding_model(args) or "as installed"}
    return {**model, "memp": version(), "Python": platform.python_version()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="memp eval traces", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--data", type=Path, help="the labelled runs, set_NAME/FAMILY.json; in a checkout by default tests/traces"
    )
    parser.add_argument("--out", type=Path, help="a folder for results and the report")
    parser.add_argument("--family", default="", metavar="NAME", help="only families with this in their name")
    parser.add_argument("--verbose", action="store_true", help="also each family, and what was lost")
    parser.add_argument("--seeds", type=count, default=5, help="how many; they draw the random procedure")
    add_hashing(parser)
    return parser
