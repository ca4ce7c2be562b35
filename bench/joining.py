"""How does the time of joining a family grow with the length of its runs?

    python bench/joining.py [--steps 40 80 160 320] [--runs 4] [--rounds 3] [--seed 0]

By rule and without a store: the last of some runs that are nearly alike is aligned with the others and the script of all is
written. A tenth of the steps is one run's or some runs' alone; every seventh reads something, and some steps are done for
what was read. The table has CPU time, the least of the rounds, and its ratio to that of the shortest runs, which holds on a
busy machine; the same ratio as that of the steps is linear.
"""

import argparse
import random
import time
from collections.abc import Sequence

from rows import Row
from table import show

from memp.build.families import Family, family_of, join
from memp.build.reading.members import Member
from memp.build.reading.reduction import member_of
from memp.domain.trajectory import Step, Trajectory

SYLLABLES = "ka lo mi ren tu sa vel dor pi nax".split()
READS, EXTRA = 7, 0.1
"""Every which step reads something, and the share of steps that not all runs have."""


def run_of(steps: int, number: int, seed: int) -> Trajectory:
    """One of several runs of as many steps that convert the files of one shop each."""
    names, chance = random.Random(seed), random.Random(f"{seed} {number}")
    shop = f"shop-{number + 1}"
    taken: list[Step] = []
    for place in range(steps):
        name = "".join(names.choices(SYLLABLES, k=4))
        if chance.random() < EXTRA:
            taken.append(Step(action=f"touch {shop}/{name}.lock", observation=""))
        if place % READS == 0:
            dirty = chance.random() < 0.5
            answer = f"{'modified' if dirty else 'clean'}; {chance.randint(1, 99)}% used, {chance.choice(SYLLABLES)}"
            taken.append(Step(action=f"svn status {shop}/{name}", observation=answer))
            if not dirty:
                continue
        taken.append(Step(action=f"convert src/{name}.csv {shop}/{name}.json", observation=f"wrote {len(name)} rows"))
    return Trajectory(task=f"Convert the files of {shop}", steps=tuple(taken[:steps]), reward=1.0)


def seconds(family: Family, new: Member) -> float:
    """CPU time of joining a run, and of writing the script."""
    begin = time.process_time()
    joined = join(family, new)
    if joined is None:
        raise SystemExit("The run joins no family: the generated runs are not alike any more.")
    joined.built()
    return time.process_time() - begin


def measured(steps: int, runs: int, rounds: int, seed: int) -> float:
    """The least time of some rounds, each with runs of its own."""
    times: list[float] = []
    for number in range(rounds):
        members = [member_of(run_of(steps, i, seed + number)) for i in range(runs)]
        times.append(seconds(family_of(members[:-1]), members[-1]))
    return min(times)


def rows(steps: Sequence[int] = (40, 80, 160, 320), runs: int = 4, rounds: int = 3, seed: int = 0) -> list[Row]:
    """The time of each length, and how it grows beside the length."""
    times = [measured(length, runs, rounds, seed) for length in steps]
    return [
        row
        for length, taken in zip(steps, times, strict=True)
        for row in (
            Row(f"CPU to join a family of {runs} runs of {length} steps", 1e3 * taken, "ms"),
            Row(f"... / that of {steps[0]} steps, by {length / steps[0]:.1f} times the steps", taken / times[0]),
        )
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, nargs="+", default=[40, 80, 160, 320])
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    show(rows(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
