"""Confidence intervals and paired tests over episodes.

Two sources of chance are kept apart. Over seeds: the agent's own luck, by Student's t. Over tasks: which tasks happened
to be asked, by a percentile bootstrap and by a paired permutation test on the difference of each task between two arms;
seeds of one task are not independent, so a task is one observation.

scipy.stats computes all of them. It takes a second to load, so only the functions that need it import it.
"""

# pyright: reportUnknownMemberType=false
# scipy ships no types.

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import stdev
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from memp.evaluate.experiments.results import Episode
from memp.retrieve.uplift import scipy_stats

RESAMPLES = 10_000
LEVEL = 0.95
DIGITS = 12
"""Decimals of a mean that count: sums of the same numbers in another order differ in their last digit."""

EpisodeT = TypeVar("EpisodeT", bound=Episode)
Measure = Callable[[EpisodeT], float]


class Interval(NamedTuple):
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def in_percent(self) -> "Interval":
        """A share in percent; its interval cannot leave 0 to 100."""
        mean, low, high = (100 * part for part in self)
        return Interval(mean, max(low, 0.0), min(high, 100.0)) if high < float("inf") else Interval(mean, low, high)


class Comparison(NamedTuple):
    """The mean difference of two arms over the same tasks, its 95 % interval, and the p of no difference."""

    difference: Interval
    p: float

    @property
    def clear(self) -> bool:
        """Whether the interval is clear of zero."""
        return self.difference.low > 0 or self.difference.high < 0


def interval(values: Sequence[float]) -> Interval:
    """The mean of a few values, and its 95 % interval by Student's t; the interval of one value is infinite."""
    stats = scipy_stats()
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return Interval(mean, -math.inf, math.inf)
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * stdev(values) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half)


def over_seeds(episodes: Sequence[EpisodeT], measure: Measure[EpisodeT]) -> Interval:
    """The mean of a measure, with the interval over the means of the seeds."""
    by_seed: dict[int, list[float]] = {}
    for episode in episodes:
        by_seed.setdefault(episode.seed, []).append(measure(episode))
    return interval([math.fsum(values) / len(values) for values in by_seed.values()])


def pooled(episodes: Sequence[Episode], share: str) -> Interval:
    """A share of the world's own measures, (passed, of) summed over episodes, with the interval over the seeds."""
    by_seed: dict[int, list[tuple[int, int]]] = {}
    for episode in episodes:
        by_seed.setdefault(episode.seed, []).append(episode.shares.get(share, (0, 0)))
    sums = ((sum(passed for passed, _ in of), sum(count for _, count in of)) for of in by_seed.values())
    return interval([passed / count if count else 0.0 for passed, count in sums])


def ratio(counts: Sequence[tuple[int, int]]) -> Interval | None:
    """A share, (so many, of so many) summed over groups, with its 95 % percentile bootstrap interval over the groups; None
    where there is nothing to count."""
    known = np.array([count for count in counts if count[1]], dtype=np.float64)
    if not len(known):
        return None
    many, of = known.sum(axis=0)
    drawn = known[np.random.default_rng(0).integers(len(known), size=(RESAMPLES, len(known)))].sum(axis=1)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], [100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2])
    return Interval(float(many / of), float(low), float(high))


def by_task(episodes: Sequence[EpisodeT], measure: Measure[EpisodeT]) -> Mapping[str, float]:
    """The mean of a measure for each task."""
    values: dict[str, list[float]] = {}
    for episode in episodes:
        values.setdefault(episode.task, []).append(measure(episode))
    return {task: math.fsum(of_task) / len(of_task) for task, of_task in values.items()}


def compare(ours: Sequence[EpisodeT], theirs: Sequence[EpisodeT], measure: Measure[EpisodeT]) -> Comparison | None:
    """The paired comparison over the tasks that both arms have; None where there is none."""
    first, second = by_task(ours, measure), by_task(theirs, measure)
    differences = np.array([first[task] - second[task] for task in sorted(first.keys() & second.keys())])
    if not len(differences):
        return None
    draw = np.random.default_rng(0)
    return Comparison(_bootstrapped(differences, draw), _permuted(differences, draw))


def _bootstrapped(differences: NDArray[np.float64], draw: np.random.Generator) -> Interval:
    """The mean of the differences, and its 95 % percentile bootstrap interval; that of one difference has no width."""
    stats = scipy_stats()
    mean = float(differences.mean())
    if len(differences) < 2:
        return Interval(mean, mean, mean)
    resampled: Any = stats.bootstrap(
        (differences,), np.mean, n_resamples=RESAMPLES, confidence_level=LEVEL, method="percentile", rng=draw
    )
    return Interval(mean, float(resampled.confidence_interval.low), float(resampled.confidence_interval.high))


def _permuted(differences: NDArray[np.float64], draw: np.random.Generator) -> float:
    """The two-sided p of a paired permutation test: under the null hypothesis each difference may have either sign.

    The signs are drawn, however few the tasks are, and the observed ones count as one draw: p = (1 + draws with a mean at
    least as far from zero) / (1 + RESAMPLES). scipy's permutation_test is not used: it would count all signs where there
    are few, and double the smaller tail where there are many.
    """
    stats = scipy_stats()

    def signed(size: tuple[int, ...]) -> NDArray[np.float64]:
        return differences * draw.choice((-1.0, 1.0), size)

    def distance(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        return np.abs(np.mean(values, axis=axis)).round(DIGITS)

    test: Any = stats.monte_carlo_test(differences, signed, distance, n_resamples=RESAMPLES, alternative="greater")
    return float(test.pvalue)
