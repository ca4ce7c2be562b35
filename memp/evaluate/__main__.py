"""`memp eval EXPERIMENT ...`: choose the experiment and run its command."""

import importlib
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from memp.errors import InputError
from memp.evaluate.environments.catalog import DEFAULT, ENVIRONMENTS
from memp.evaluate.environments.environment import Benchmark
from memp.retrieve.uplift import scipy_stats
from memp.text.quoting import quoted


class Experiment(NamedTuple):
    """An experiment as it is listed. Its command is a module of memp.evaluate.commands, with a function
    `main(arguments, benchmark)` that returns the exit status; it is imported when it is run."""

    summary: str
    command: str
    benchmark: Benchmark = DEFAULT


EXPERIMENTS: Mapping[str, Experiment] = {
    "traces": Experiment("What procedures are made of labelled runs. Needs a checkout of memp; a minute.", "traces"),
    **{name: Experiment(benchmark.summary, "world", benchmark) for name, benchmark in ENVIRONMENTS.items()},
    "all": Experiment("The four above in one table; it says what one of them lacks.", "worlds"),
    "online": Experiment("ALFWorld's games one after another, from an empty memory on. Needs its games.", "online"),
    "llm": Experiment(
        "ALFWorld's games played by a language model, with and without the memory. Needs its games and a key.", "llm"
    ),
    "scorer": Experiment(
        "A small local language model picks the next action of a game. Needs the games and a model file.", "scorer"
    ),
}  # fmt: skip
"""The benchmarks, and those experiments that are commands of their own, as they are listed: the cheapest first."""

WIDTH, INDENT = 80, 17
"""Characters of a line of the list, and where its second column begins."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one experiment, or list them with --help; the exit status.

    Raises:
        InputError: there is no such experiment.
        ConfigError: scipy is not installed, which every report needs in the end.
    """
    name, *rest = [*(sys.argv[1:] if arguments is None else arguments), ""]
    if name in ("--help", "-h"):
        sys.stdout.write(listing())
        return 0
    if name not in EXPERIMENTS:
        wrong = f'There is no experiment "{quoted(name)}"' if name else "Say what to measure"
        raise InputError(f"{wrong}: {', '.join(EXPERIMENTS)}. `memp eval --help` says what each is.")
    scipy_stats()
    experiment = EXPERIMENTS[name]
    command = importlib.import_module(f"memp.evaluate.commands.{experiment.command}")
    return command.main(rest[:-1], experiment.benchmark)


def listing() -> str:
    """The experiments, each with what it measures, in lines of at most `WIDTH` characters."""
    rows = [
        textwrap.fill(
            one.summary, WIDTH, initial_indent=f"  {name}".ljust(INDENT), subsequent_indent=" " * INDENT
        )
        for name, one in EXPERIMENTS.items()
    ]  # fmt: skip
    lines = [
        "usage: memp eval EXPERIMENT [OPTIONS]", "", "Measure what the memory is worth.", "", *rows, "",
        "`memp eval EXPERIMENT --help` lists its options. Figures: docs/evaluation.md.",
    ]  # fmt: skip
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
