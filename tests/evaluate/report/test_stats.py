"""Statistics of runs: intervals over seeds, paired comparisons."""

import math

from experiments import episode

from memp.evaluate.report.stats import compare, interval, pooled


def test_the_interval_over_seeds_is_students():
    mean, low, high = interval([0.7, 0.8, 0.9])
    assert (round(mean, 6), round(high - mean, 4), round(mean - low, 4)) == (0.8, 0.2484, 0.2484)
    assert interval([1.0]) == (1.0, -math.inf, math.inf)


def test_a_paired_comparison_counts_a_task_once():
    ours = [episode("a", seed, f"t{i}", won=i != 0) for i in range(12) for seed in range(3)]
    theirs = [episode("b", seed, f"t{i}", won=i == 0) for i in range(12) for seed in range(3)]
    found = compare(ours, theirs, lambda e: e.won)
    assert found is not None and found.clear and math.isclose(found.difference.mean, 10 / 12)
    assert 0.002 < found.p < 0.012, "as the sign test over twelve tasks: 26 / 4096"
    same = compare(ours, ours, lambda e: e.won)
    assert same is not None and same.p == 1.0 and not same.clear
    assert compare(ours, [], lambda e: e.won) is None


def test_shares_are_summed_before_they_are_divided():
    one = episode("a", 0, "t1", won=True).model_copy(update={"shares": {"checks": (1, 1)}})
    other = episode("a", 0, "t2", won=True).model_copy(update={"shares": {"checks": (0, 3)}})
    more = episode("a", 1, "t1", won=True).model_copy(update={"shares": {"checks": (3, 4)}})
    assert pooled([one, other, more], "checks").mean == (1 / 4 + 3 / 4) / 2
    assert pooled([episode("a", 0, "t1", won=True)], "checks").mean == 0
