"""`memp eval EXPERIMENT ...`: choose the experiment and run its command."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from memp.errors import InputError
from memp.evaluate.environments.catalog import DEFAULT, ENVIRONMENTS
from memp.evaluate.environments.environment import Benchmark
from memp.retrieve.uplift import scipy_stats


class Experiment(NamedTuple):
    """An experiment as it is listed. Its command is a module of memp.evaluate.commands, with a function
    `main(arguments, benchmark)` that returns the exit status; it is imported when it is run."""

    summary: str
    command: str
    benchmark: Benchmark = DEFAULT


EXPERIMENTS: Mapping[str, Experiment] = {
    **{name: Experiment(benchmark.summary, "world", benchmark) for name, benchmark in ENVIRONMENTS.items()},
    "all": Experiment("all of these, in one table; what a world lacks is said there", "worlds"),
    "traces": Experiment("labelled runs of chores, and what Build makes of them; seconds, no data to fetch", "traces"),
    "online": Experiment(
        "the same games one after the other, into memories that start empty: Update, also with wrong labels", "online"
    ),
    "llm": Experiment(
        "the same games played by a language model, with the memory in its prompt or as its tools; needs a key", "llm"
    ),
    "scorer": Experiment(
        "a small local language model picks the next action at decisive steps; needs a model file", "scorer"
    ),
}  # fmt: skip
"""The benchmarks, and those experiments that are commands of their own."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one experiment; its exit status.

    Raises:
        InputError: there is no such experiment.
        ConfigError: scipy is not installed, which every report needs in the end.
    """
    name, *rest = [*(sys.argv[1:] if arguments is None else arguments), ""]
    if name not in EXPERIMENTS:
        listed = "; ".join(f"`memp eval {known}`: {experiment.summary}" for known, experiment in EXPERIMENTS.items())
        raise InputError(f"Say what to measure. {listed}.")
    scipy_stats()
    experiment = EXPERIMENTS[name]
    command = importlib.import_module(f"memp.evaluate.commands.{experiment.command}")
    return command.main(rest[:-1], experiment.benchmark)


if __name__ == "__main__":
    sys.exit(main())
