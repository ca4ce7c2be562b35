"""What a comparison can claim: intervals and paired tests over episodes.

Two sources of chance are kept apart. Over seeds: the agent's own luck, by Student's t. Over tasks: which tasks happened
to be asked, by bootstrap and by a permutation test on the difference of each task between two arms; seeds of one task
are not independent, so a task is one observation.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from memp.evaluate.experiments.results import Episode

RESAMPLES = 10_000

_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
      2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042)  # fmt: skip
"""Student's t at 97.5 % for 1, 2, ... degrees of freedom; from 31 on the last is close enough, and errs to the wide."""

EpisodeT = TypeVar("EpisodeT", bound=Episode)
Measure = Callable[[EpisodeT], float]


class Interval(NamedTuple):
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float


class Comparison(NamedTuple):
    """The mean difference of two arms over the same tasks, its 95 % interval, and the p of no difference."""

    difference: Interval
    p: float

    @property
    def clear(self) -> bool:
        """Whether the interval is clear of zero."""
        return self.difference.low > 0 or self.difference.high < 0


def interval(values: Sequence[float]) -> Interval:
    """The mean of a few values, and its 95 % interval by Student's t; of one value nothing is known."""
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return Interval(mean, -math.inf, math.inf)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = _T[min(n - 1, len(_T)) - 1] * deviation / math.sqrt(n)
    return Interval(mean, mean - half, mean + half)


def over_seeds(episodes: Sequence[EpisodeT], measure: Measure[EpisodeT]) -> Interval:
    """The mean of a measure, with the interval over the means of the seeds."""
    by_seed: dict[int, list[float]] = {}
    for episode in episodes:
        by_seed.setdefault(episode.seed, []).append(measure(episode))
    return interval([math.fsum(values) / len(values) for values in by_seed.values()])


def by_task(episodes: Sequence[EpisodeT], measure: Measure[EpisodeT]) -> Mapping[str, float]:
    """The mean of a measure for each task."""
    values: dict[str, list[float]] = {}
    for episode in episodes:
        values.setdefault(episode.task, []).append(measure(episode))
    return {task: math.fsum(found) / len(found) for task, found in values.items()}


def compare(ours: Sequence[EpisodeT], theirs: Sequence[EpisodeT], measure: Measure[EpisodeT]) -> Comparison | None:
    """The paired comparison over the tasks that both arms have; None where there is none."""
    first, second = by_task(ours, measure), by_task(theirs, measure)
    differences = np.array([first[task] - second[task] for task in sorted(first.keys() & second.keys())])
    if not len(differences):
        return None
    random = np.random.default_rng(0)
    drawn = random.integers(0, len(differences), (RESAMPLES, len(differences)))
    low, high = np.quantile(differences[drawn].mean(axis=1), (0.025, 0.975))
    signs = random.choice((-1.0, 1.0), (RESAMPLES, len(differences)))
    mean = float(differences.mean())
    # Tolerance: sums of the same numbers in another order differ in their last digit.
    extreme = np.abs((signs * differences).mean(axis=1)) >= abs(mean) - 1e-12
    p = (1 + int(extreme.sum())) / (1 + RESAMPLES)
    return Comparison(Interval(mean, float(low), float(high)), p)
