"""`memp eval EXPERIMENT ...`: which experiment, and who plays."""

import importlib
import sys
from collections.abc import Sequence

from memp.errors import InputError

EXPERIMENTS = {
    "alfworld": "the scripted follower on ALFWorld's games: Build, Retrieve, Update; no model, no key",
    "scorer": "a small local language model that chooses the next command at an expert's steps; no key",
}
"""Experiment to what it is; each is a file in `commands`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one experiment; its exit status.

    Raises:
        InputError: there is no such experiment.
    """
    name, *rest = [*(sys.argv[1:] if arguments is None else arguments), ""]
    if name not in EXPERIMENTS:
        told = "; ".join(f"`memp eval {known}`: {what}" for known, what in EXPERIMENTS.items())
        raise InputError(f"Say what to measure. {told}.")
    return importlib.import_module(f"memp.evaluate.commands.{name}").main(rest[:-1])


if __name__ == "__main__":
    sys.exit(main())
