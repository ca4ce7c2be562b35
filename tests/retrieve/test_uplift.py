"""Uplift: intervals against known values, and no claim from few or unclear runs."""

import sys

import numpy as np
import pytest

from memp.errors import ConfigError
from memp.retrieve.uplift import LEAST_RUNS, compared, newcombe, uplift, welch, wilson
from memp.store.records import Outcome


@pytest.mark.parametrize(
    ("won", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]
)
def test_wilsons_interval_is_as_in_newcombes_paper(won: int, n: int, low: float, high: float):
    """Statistics in Medicine 17 (1998) 857-872, table I, method 3."""
    assert wilson(won, n)[1:] == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((10, 10, 0, 10), 0.6075, 1.0)],
)
def test_newcombes_interval_is_as_in_his_paper(table: tuple[int, int, int, int], low: float, high: float):
    """Statistics in Medicine 17 (1998) 873-890, table II, method 10."""
    assert newcombe(*table)[1:] == pytest.approx((low, high), abs=1e-4)


def test_welchs_interval_agrees_with_one_worked_out():
    """Means 3 and 6, variances 2.5 and 10, 5 and 5 values: error sqrt(2.5), 2.5^2 / (0.5^2 / 4 + 2^2 / 4) = 5.882
    degrees of freedom, where t is 2.459."""
    found = welch([1, 2, 3, 4, 5], [2, 4, 6, 8, 10])
    assert found.value == -3
    assert found.high - found.value == pytest.approx(2.459 * 2.5**0.5, abs=2e-3)


def test_values_that_never_vary_have_a_difference_without_a_width():
    assert welch([2, 2, 2], [3, 3, 3]) == (-1, -1, -1)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_where_recalls_change_nothing_the_interval_of_success_covers_that_in_95_percent(rate: float):
    draw = np.random.default_rng(4)
    tables = zip(draw.binomial(40, rate, 2000), draw.binomial(25, rate, 2000), strict=True)
    covered = [low <= 0 <= high for a, b in tables for _, low, high in [newcombe(int(a), 40, int(b), 25)]]
    assert 0.93 <= np.mean(covered) <= 0.98


def test_where_recalls_change_nothing_the_interval_of_steps_covers_that_in_95_percent():
    draw = np.random.default_rng(4)
    covered = 0
    for _ in range(1500):
        # Steps are skewed, and there are fewer held-out runs.
        _, low, high = welch(list(draw.gamma(4, 3, 40)), list(draw.gamma(4, 3, 15)))
        covered += low <= 0 <= high
    assert 0.93 <= covered / 1500 <= 0.97


def runs(held: bool, won: int, n: int, steps: int = 9, tokens: int | None = None) -> list[Outcome]:
    return [Outcome(held=held, success=i < won, steps=steps + i % 3, tokens=tokens and tokens + i) for i in range(n)]


def test_a_clear_difference_is_called_better_or_worse_by_what_is_good():
    found = {u.measure: u for u in uplift(runs(False, 36, 40, 5, 900) + runs(True, 8, 40, 12, 400))}
    assert [found[m].verdict for m in ("success", "steps", "tokens")] == ["better", "better", "worse"]
    difference = found["success"].difference
    assert difference is not None and difference.value == pytest.approx(0.7) and difference.low > 0


def test_an_interval_across_zero_cannot_tell():
    found = uplift(runs(False, 11, 20) + runs(True, 9, 20))
    assert [u.measure for u in found] == ["success", "steps"]
    assert {u.verdict for u in found} == {"cannot tell"}
    assert "no difference" in found[0].why


def test_a_few_runs_cannot_tell_however_different_they_are():
    few = LEAST_RUNS - 1
    found = uplift(runs(False, 40, 40) + runs(True, 0, few))[0]
    assert (found.verdict, found.difference, found.runs, found.held) == ("cannot tell", None, 40, few)
    assert str(LEAST_RUNS) in found.why
    assert uplift(runs(False, 40, 40) + runs(True, 0, LEAST_RUNS))[0].verdict == "better"


def test_without_a_held_out_recall_nothing_is_said():
    assert uplift([]) == []


def test_without_scipy_there_are_means_and_no_verdict_and_the_reason_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setitem(sys.modules, "scipy", None)
    measured = compared("success", [1.0] * LEAST_RUNS, [0.0] * LEAST_RUNS)
    assert (measured.mean, measured.held_mean, measured.difference, measured.verdict) == (1.0, 0.0, None, "cannot tell")
    assert "pip install 'scipy" in measured.why
    for interval in (lambda: wilson(1, 2), lambda: welch([1, 2], [2, 3])):
        with pytest.raises(ConfigError, match="pip install 'scipy"):
            interval()
