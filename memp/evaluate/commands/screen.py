"""The terminal of `memp eval`: a progress bar, tables, and numbers read from its arguments."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as RichTable

from memp.embed.load import HASHING
from memp.evaluate.environments.environment import Benchmark
from memp.evaluate.report.tables import Table

INTERRUPTED = 130
"""The exit status of a command that was stopped by Ctrl-C."""


def progress_bar(console: Console) -> Progress:
    """A bar with a description, the count that is done, and the time that is left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)


def rich_table(header: Iterable[str], rows: Iterable[Sequence[str]], title: str) -> RichTable:
    """A table of text for the terminal."""
    table = RichTable(*header, title=title)
    for row in rows:
        table.add_row(*row)
    return table


def show(console: Console, tables: Iterable[Table]) -> None:
    """Print tables, one after the other."""
    for table in tables:
        console.print(rich_table(table.header, table.rows, table.title))


def unknown(names: Iterable[str], known: Iterable[str], what: str) -> str | None:
    """A sentence about the first name that is not known; None where all are."""
    listed = tuple(known)
    wrong = next((name for name in names if name not in listed), None)
    return None if wrong is None else f"There is no {what} '{wrong}': use {', '.join(listed)}."


def embedding_model(args: argparse.Namespace) -> str | None:
    """The model that `--hashing` stands for; None for the one of the settings."""
    return HASHING if args.hashing else None


def add_data(parser: argparse.ArgumentParser, benchmark: Benchmark, out: str) -> None:
    """`--data`, of a benchmark that takes a folder, and `--out`."""
    if benchmark.data:
        parser.add_argument("--data", type=Path, required=benchmark.needs_data, default=Path(), help=benchmark.data)
    else:
        parser.set_defaults(data=Path())
    parser.add_argument("--out", type=Path, required=True, help=out)


def add_hashing(parser: argparse.ArgumentParser) -> None:
    """`--hashing`."""
    parser.add_argument("--hashing", action="store_true", help="hashed vectors instead of the embedding model's")


def add_source(parser: argparse.ArgumentParser, benchmark: Benchmark, default: str, what: str) -> None:
    """`--source`, the kind of runs to learn from."""
    parser.add_argument("--source", choices=benchmark.sources, default=default, help=f"the runs that {what} built from")


def count(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 on")
    return int(text)


def amount(text: str) -> float:
    """A finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is no number above 0")
    return value
