"""Random inputs to the tools, the importers and the terminal: none may end in a traceback or hang.

    python bench/fuzz.py                       # 100,000: an hour or two on 2 cores
    python bench/fuzz.py --inputs 2000 --seed 7

Each kind has its own generator of random numbers from the seed, so a finding comes again with the same seed and number of inputs.
Prints the findings, then a line for each kind; its exit status is 1 where there are findings.
"""

import argparse
import contextlib
import random
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple

from fuzzing import commands, logs, tools

SECONDS = 900.0
"""Time after which inputs count as hung: those of a memory take seconds, on a busy machine minutes."""

Kind = Callable[[random.Random, int], Iterator[tuple[str, str]]]

KINDS: dict[str, tuple[float, Kind]] = {
    "tools": (0.5, tools.called),
    "stdio": (0.05, tools.written),
    "importers": (0.35, logs.imported),
    "terminal": (0.1, commands.typed),
}
"""Kinds of input, each with its share of all."""


class Finding(NamedTuple):
    """An input that was not answered as it should be."""

    kind: str
    given: str
    said: str


class HungError(BaseException):
    """Inputs took longer than `SECONDS`; nothing that handles exceptions handles it."""


def fuzz(kind: str, count: int, seed: int) -> tuple[int, list[Finding]]:
    """Try so many inputs of a kind; how many there were, and the findings."""
    tried, findings = 0, list[Finding]()
    inputs = KINDS[kind][1](random.Random(f"{kind} {seed}"), count)
    while True:
        try:
            with limited(SECONDS):
                given, said = next(inputs)
        except StopIteration:
            return tried, findings
        except HungError:
            return tried, [*findings, Finding(kind, f"input {tried + 1}", "hung")]
        tried += 1
        if said:
            findings.append(Finding(kind, given, said))


@contextlib.contextmanager
def limited(seconds: float) -> Generator[None]:
    """Interrupt what takes longer, where the system has such an alarm."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def hung(*_: Any) -> None:
        raise HungError

    before = signal.signal(signal.SIGALRM, hung)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=list(KINDS), default=list(KINDS))
    chosen = parser.parse_args(arguments)
    failed = False
    for kind in chosen.only:
        began = time.process_time()
        tried, findings = fuzz(kind, round(chosen.inputs * KINDS[kind][0]), chosen.seed)
        for finding in findings:
            print(f"--- {finding.kind}: {finding.given[:3000]}\n{finding.said[-3000:]}\n")
        print(
            f"{kind}: {tried:,} inputs, {len(findings)} findings, {time.process_time() - began:.0f} s of CPU",
            flush=True,
        )
        failed |= bool(findings)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
