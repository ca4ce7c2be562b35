"""Withdraw an origin that brought many runs: what the look before it and the act cost, in CPU time.

    python bench/revoking.py [--runs 40] [--procedures 270] [--rounds 5]

Half of the runs made procedures of their own, a quarter are one more run of a family that others began, a quarter say that they
used somebody's procedure in vain. Each round works on a copy of the same memory; the table has medians, and the least and most.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from memp.config import open_memory
from memp.domain.origin import Origin
from memp.memory import ProceduralMemory
from memp.update.revoking_origins import preview_origin, revoke_origin

BAD = Origin(channel="hook", client="an agent", name="one session")
CHECKED = "check: pytest, exit 0"


class Cost(NamedTuple):
    """Seconds of CPU."""

    look: float
    act: float


def chore(number: int) -> tuple[str, list[str]]:
    """A task that shares no word with another, with its steps."""
    first, second, third = (f"{letter}{number:x}" for letter in "xyz")
    return f"{first}ing {second} {third}", [
        f"{first} {second} -> done",
        f"{second} {third} -> done",
        f"{third} -> done",
    ]


def filled(path: Path, runs: int, procedures: int) -> None:
    """A memory of so many procedures, with so many runs of one origin among its runs."""
    own, joined = runs // 2, runs // 4
    with open_memory(db=path, model="hashing", builder="extractive") as memory:
        for number in range(procedures - own):
            task, steps = chore(number)
            memory.record(task, steps, "success", evidence=CHECKED)
        for number in range(runs):
            _bad(memory, number, own, joined, procedures)


def _bad(memory: ProceduralMemory, number: int, own: int, joined: int, procedures: int) -> None:
    if number < own:
        task, steps = chore(procedures + number)
        memory.record(task, steps, "success", evidence=CHECKED, origin=BAD)
    elif number < own + joined:
        task, steps = chore(number)
        memory.record(task, [f"{step} again" for step in steps], "success", evidence=CHECKED, origin=BAD)
    else:
        memory.record(chore(number)[0], [f"try {number} -> failed"], "failure", used=[f"p{number}"], origin=BAD)


def measured(path: Path) -> Cost:
    """The cost of both on this memory."""
    with open_memory(db=path, model="hashing") as memory:
        (origin,) = [known.id for known in memory.store.origins() if known.origin == BAD]
        look = _cpu(lambda: preview_origin(memory.store, origin, memory.options))
        act = _cpu(lambda: revoke_origin(memory.store, origin, memory.options, "not ours"))
    return Cost(look, act)


def _cpu(run: Callable[[], object]) -> float:
    begin = time.process_time()
    run()
    return time.process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--procedures", type=int, default=270)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "made.sqlite3")
        filled(made, given.runs, given.procedures)
        costs: list[Cost] = []
        for number in range(given.rounds):
            copy = Path(folder, f"{number}.sqlite3")
            shutil.copy(made, copy)
            costs.append(measured(copy))
    print(f"{given.runs} runs of one origin among {given.procedures} procedures; s of CPU, median (least to most)")
    for name, values in zip(Cost._fields, zip(*costs, strict=True), strict=True):
        print(f"{name:5}{statistics.median(values):8.2f}  ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main()
