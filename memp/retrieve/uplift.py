"""Uplift: the effect of a recall, measured against runs for which a random draw held it back.

Only the draw makes the two comparable, so runs without one are not counted. Rates are compared by Newcombe's interval
(Statistics in Medicine 17, 1998, method 10: two Wilson intervals), means by Welch's (Biometrika 34, 1947).

scipy.stats has the intervals of one rate and of a mean. It takes a second to load, so only the functions that need it
import it: the server, recall and record never do.
"""

import math
from collections.abc import Sequence
from importlib.util import find_spec
from statistics import fmean, variance
from typing import Any, Literal, NamedTuple

from memp.errors import ConfigError
from memp.store.records import Outcome

LEAST_RUNS = 10
"""Runs of each kind below which nothing is claimed."""

LEVEL = 0.95
"""The confidence level of every interval."""

INSTALL = "pip install 'scipy>=1.15'"
"""memp-slim comes without it."""

Verdict = Literal["better", "worse", "cannot tell"]


class Interval(NamedTuple):
    """An estimate and its 95 % interval."""

    value: float
    low: float
    high: float


class Uplift(NamedTuple):
    """One measure, of runs with a recall against runs held out. `difference` is the first less the second; None where
    there are too few runs. `why` is the reason of the verdict "cannot tell"."""

    measure: Literal["success", "steps", "tokens"]
    runs: int
    held: int
    mean: float | None
    held_mean: float | None
    difference: Interval | None
    verdict: Verdict
    why: str = ""


def uplift(outcomes: Sequence[Outcome]) -> list[Uplift]:
    """The effect of a recall on success (a rate), steps and tokens of all runs, failed ones too; empty where no recall
    was drawn for. Tokens are those of the runs that reported theirs."""
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
    """Compare one measure of two groups of runs; a success counts 1, a failure 0."""
    n, m = len(ours), len(theirs)
    means = [math.fsum(arm) / len(arm) if arm else None for arm in (ours, theirs)]
    if min(n, m) < LEAST_RUNS:
        why = f"there are {n} and {m} runs: each needs {LEAST_RUNS}"
        return Uplift(measure, n, m, means[0], means[1], None, "cannot tell", why)
    if find_spec("scipy") is None:
        return Uplift(measure, n, m, means[0], means[1], None, "cannot tell", f"an interval needs scipy: {INSTALL}")
    rates = measure == "success"
    change = newcombe(round(math.fsum(ours)), n, round(math.fsum(theirs)), m) if rates else welch(ours, theirs)
    if change.low <= 0 <= change.high:
        return Uplift(measure, n, m, means[0], means[1], change, "cannot tell", "the interval includes no difference")
    good = (change.value > 0) == rates
    return Uplift(measure, n, m, means[0], means[1], change, "better" if good else "worse")


def scipy_stats() -> Any:
    """The module scipy.stats.

    Raises:
        ConfigError: scipy is not installed.
    """
    try:
        from scipy import stats
    except ImportError:
        raise ConfigError(f"Confidence intervals need scipy, which is not installed: {INSTALL}.") from None
    return stats


def wilson(won: int, n: int) -> Interval:
    """A rate and its Wilson score interval."""
    stats = scipy_stats()
    rate: Any = stats.binomtest(won, n).proportion_ci(LEVEL, method="wilson")
    return Interval(won / n, float(rate.low), float(rate.high))


def newcombe(won: int, n: int, other_won: int, m: int) -> Interval:
    """The difference of two rates, the first less the second, by Newcombe's method 10, which scipy does not have."""
    one, other = wilson(won, n), wilson(other_won, m)
    difference = one.value - other.value
    return Interval(
        difference,
        difference - math.hypot(one.value - one.low, other.high - other.value),
        difference + math.hypot(one.high - one.value, other.value - other.low),
    )


def welch(ours: Sequence[float], theirs: Sequence[float]) -> Interval:
    """The difference of two means, the first less the second; each of at least two values.

    Values that never vary give an interval without a width. (scipy's ttest_ind would give none, and warn.)
    """
    stats = scipy_stats()
    difference = fmean(ours) - fmean(theirs)
    one, other = variance(ours) / len(ours), variance(theirs) / len(theirs)
    if not one + other:
        return Interval(difference, difference, difference)
    freedom = (one + other) ** 2 / (one**2 / (len(ours) - 1) + other**2 / (len(theirs) - 1))
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * math.sqrt(one + other)
    return Interval(difference, difference - half, difference + half)
