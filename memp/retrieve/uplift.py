"""Does it help? Runs that a recall brought something to, against runs where a random draw held it back.

Only the draw makes the two comparable, so runs without one are not counted. Rates are compared by Newcombe's interval
(Statistics in Medicine 17, 1998, method 10: two Wilson intervals), means by Welch's (Biometrika 34, 1947).
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from memp.store.records import Outcome

LEAST_RUNS = 10
"""Runs of each kind below which nothing is claimed."""

_Z = 1.959964
"""The normal distribution at 97.5 %."""

Verdict = Literal["better", "worse", "cannot tell"]


class Interval(NamedTuple):
    """An estimate and its 95 % interval."""

    value: float
    low: float
    high: float


class Uplift(NamedTuple):
    """One measure, of runs with a recall against runs held out. `difference` is the first less the second; None where
    there are too few runs. `why` says why the data cannot tell."""

    measure: Literal["success", "steps", "tokens"]
    runs: int
    held: int
    mean: float | None
    held_mean: float | None
    difference: Interval | None
    verdict: Verdict
    why: str = ""


def uplift(outcomes: Sequence[Outcome]) -> list[Uplift]:
    """What a recall changes in success (a rate), steps and tokens of all runs, failed ones too; empty where no recall
    was drawn for. Tokens are those of the runs that told theirs."""
    if not outcomes:
        return []
    ours, theirs = [o for o in outcomes if not o.held], [o for o in outcomes if o.held]
    tokens = [[float(o.tokens) for o in arm if o.tokens is not None] for arm in (ours, theirs)]
    return [
        compared("success", [float(o.success) for o in ours], [float(o.success) for o in theirs]),
        compared("steps", [float(o.steps) for o in ours], [float(o.steps) for o in theirs]),
        *([compared("tokens", *tokens)] if any(tokens) else []),
    ]


def compared(
    measure: Literal["success", "steps", "tokens"], ours: Sequence[float], theirs: Sequence[float]
) -> Uplift:  # fmt: skip
    """One measure of two groups of runs; of success 1, of failure 0."""
    n, m = len(ours), len(theirs)
    means = [math.fsum(arm) / len(arm) if arm else None for arm in (ours, theirs)]
    if min(n, m) < LEAST_RUNS:
        why = f"there are {n} and {m} runs: each needs {LEAST_RUNS}"
        return Uplift(measure, n, m, means[0], means[1], None, "cannot tell", why)
    rates = measure == "success"
    found = newcombe(round(math.fsum(ours)), n, round(math.fsum(theirs)), m) if rates else welch(ours, theirs)
    if found.low <= 0 <= found.high:
        return Uplift(measure, n, m, means[0], means[1], found, "cannot tell", "the interval includes no difference")
    good = (found.value > 0) == rates
    return Uplift(measure, n, m, means[0], means[1], found, "better" if good else "worse")


def wilson(won: int, n: int) -> Interval:
    """A rate and its score interval."""
    rate, zz = won / n, _Z * _Z
    centre = (rate + zz / (2 * n)) / (1 + zz / n)
    half = _Z / (1 + zz / n) * math.sqrt(rate * (1 - rate) / n + zz / (4 * n * n))
    return Interval(rate, max(0.0, centre - half), min(1.0, centre + half))


def newcombe(won: int, n: int, other_won: int, m: int) -> Interval:
    """The difference of two rates, the first less the second."""
    one, other = wilson(won, n), wilson(other_won, m)
    difference = one.value - other.value
    return Interval(
        difference,
        difference - math.hypot(one.value - one.low, other.high - other.value),
        difference + math.hypot(one.high - one.value, other.value - other.low),
    )


def welch(ours: Sequence[float], theirs: Sequence[float]) -> Interval:
    """The difference of two means, the first less the second; each of at least two values."""
    (mean, one), (other_mean, other) = _mean_and_error(ours), _mean_and_error(theirs)
    difference, squared = mean - other_mean, one + other
    if not squared:
        return Interval(difference, difference, difference)
    freedom = squared**2 / (one**2 / (len(ours) - 1) + other**2 / (len(theirs) - 1))
    half = student(freedom) * math.sqrt(squared)
    return Interval(difference, difference - half, difference + half)


def _mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and the square of its standard error."""
    n = len(values)
    mean = math.fsum(values) / n
    return mean, math.fsum((value - mean) ** 2 for value in values) / (n - 1) / n


def student(freedom: float) -> float:
    """Student's t at 97.5 %, to three digits from 5 degrees of freedom on (Abramowitz and Stegun, 26.7.5)."""
    z, v = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * v**4)
    )
