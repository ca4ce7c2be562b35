"""Trust from outcomes: weights, posteriors, tiers, trials, and what is archived, by themselves."""

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memp.domain import trust
from memp.domain.trajectory import EvidenceKind
from memp.domain.trust import Beta, Standing, Use
from memp.update.lifecycle import ERASURES

SUCCESS, FAILURE = (Use(success, 1.0, "", 1) for success in (True, False))


HALF = Beta(10, 10)
"""Agents that reach a half without a procedure, as twenty runs show."""


def standing(*uses: Use, **more: object) -> Standing:
    return Standing("candidate", 1, uses=uses)._replace(**more)


@given(st.floats(1, 60), st.floats(1, 60), st.floats(0.05, 0.95))
def test_the_posterior_is_a_probability_and_falls_with_more_successes(alpha: float, beta: float, rate: float):
    here = Beta(alpha, beta).below(rate)
    assert 0 <= here <= 1 + 1e-9
    assert Beta(alpha + 1, beta).below(rate) <= here + 1e-9


def test_the_posterior_agrees_with_the_binomial_tail():
    """For integers I_x(a, b) is the sum over j = a .. a+b-1 of C(a+b-1, j) x^j (1-x)^(a+b-1-j)."""
    for a, b in ((1, 1), (4, 2), (3, 8), (11, 11)):
        n = a + b - 1
        exact = math.fsum(math.comb(n, j) * 0.4**j * 0.6 ** (n - j) for j in range(a, n + 1))
        assert Beta(a, b).below(0.4) == pytest.approx(exact, abs=2e-3)


@pytest.mark.parametrize(
    ("a", "b", "rate", "exact"),
    [(0.2, 1.8, 0.1, 0.72793), (0.2, 4.8, 0.1, 0.87032), (0.1, 1.9, 0.05, 0.80669), (1.8, 0.2, 0.9, 0.27207)],
)
def test_a_posterior_that_starts_from_a_low_base_rate_is_right_too(a: float, b: float, rate: float, exact: float):
    """The regularised incomplete beta function, as scipy.special.betainc has it; the density is infinite at an end."""
    assert Beta(a, b).below(rate) == pytest.approx(exact, abs=5e-3)


@given(st.floats(0.1, 40), st.floats(0.1, 40), st.floats(0.02, 0.98))
def test_a_quantile_undoes_the_probability_below_a_rate(a: float, b: float, share: float):
    rate = Beta(a, b).quantile(share)
    assert 0 <= rate <= 1
    if 0.01 < rate < 0.99:
        assert Beta(a, b).below(round(rate, 3)) == pytest.approx(share, abs=0.02)


def test_which_of_two_rates_is_higher_is_symmetric_and_even_for_equal_ones():
    one, other = Beta(5, 2), Beta(2, 3)
    assert one.above(other) + other.above(one) == pytest.approx(1)
    assert one.above(one) == pytest.approx(0.5)
    assert Beta(2, 1).above(Beta(1, 2)) == pytest.approx(5 / 6, abs=2e-3)


@pytest.mark.parametrize("kind", ["claim", "rules", "judge"])
def test_what_an_agent_or_a_judge_says_weighs_less_than_what_a_check_shows(kind: EvidenceKind):
    assert trust.weight(kind, True) < trust.weight("check", True)
    assert trust.weight(kind, False) < trust.weight("check", False)
    assert kind not in trust.OUTSIDE


def archived_share(rate: float, base: float, rule: str = "posterior", trials: int = 400) -> float:
    """Procedures of a true rate that are archived within 30 uses, where agents by themselves reach `base`."""
    draw, gone = random.Random(7), 0
    alone = trust.Alone(tuple(Use(i % 10 < 10 * base, 1.0, "") for i in range(60)))
    reached = trust.base_rate(alone).mean
    for _ in range(trials):
        uses: tuple[Use, ...] = ()
        for _ in range(30):
            uses = ((SUCCESS if draw.random() < rate else FAILURE), *uses)
            if not uses[0].success and ERASURES[rule](standing(*uses), reached):  # type: ignore[index]
                gone += 1
                break
    return gone / trials


def test_where_the_base_rate_is_half_good_procedures_stay_and_bad_ones_go():
    assert archived_share(0.7, 0.5) <= 0.05
    assert archived_share(0.3, 0.5) >= 0.9
    assert archived_share(0.7, 0.5, "reference") > 0.2


def test_where_agents_rarely_succeed_a_procedure_that_does_better_stays():
    assert archived_share(0.4, 0.2) <= 0.05


def test_the_reference_rule_is_as_in_the_reference_code():
    rule = ERASURES["reference"]
    cases = [(3, 1), (3, 2), (2, 0), (4, 2)]
    found = [rule(standing(*[SUCCESS] * won, *[FAILURE] * (uses - won)), 0.5) for uses, won in cases]
    assert found == [True, False, False, False]


def test_two_outside_successes_validate_and_claims_never_do():
    assert trust.tier(standing(outside=1), 0.5) == "candidate"
    assert trust.tier(standing(SUCCESS, SUCCESS, outside=2), 0.5) == "validated"
    claims = [Use(True, trust.weight("claim", True), "", 1)] * 50
    assert trust.tier(standing(*claims), 0.5) == "candidate"


def test_a_validated_procedure_that_does_worse_than_nothing_is_a_candidate_again():
    assert trust.tier(standing(*[FAILURE] * 4, outside=2, tier="validated"), 0.5) == "candidate"


def test_a_person_may_validate_what_no_outside_evidence_speaks_for():
    assert trust.tier(standing(SUCCESS, tier="validated"), 0.5) == "validated"


def test_a_pin_stays_whatever_happens():
    assert trust.tier(standing(*[FAILURE] * 9, tier="pinned"), 0.5) == "pinned"


def withheld(of: Standing, context: str | None = None) -> bool:
    return trust.withheld(of, trust.belief(of, 0.5, context), HALF)


def mean(of: Standing, context: str = "") -> float:
    return trust.belief(of, 0.5, context).mean


def test_a_new_procedure_is_assumed_to_be_worth_less_the_better_one_knows_what_agents_reach_alone():
    assert mean(standing()) == pytest.approx(0.5)
    assert trust.assumed(trust.base_rate(trust.Alone())) == pytest.approx(1 / 3), "where nothing is known"
    assert 0.35 < trust.assumed(Beta(50, 50)) < 0.37
    assert mean(standing(sources=(SUCCESS, SUCCESS))) > mean(standing(sources=(SUCCESS,)))


def test_newer_uses_count_more():
    better = standing(*[SUCCESS] * 5, *[FAILURE] * 5)
    worse = standing(*[FAILURE] * 5, *[SUCCESS] * 5)
    assert mean(better) > 0.5 > mean(worse)


def test_uses_in_this_context_count_more_than_those_elsewhere():
    mixed = standing(*[Use(True, 1.0, "here", 1)] * 3, *[Use(False, 1.0, "there", 1)] * 3)
    assert mean(mixed, "here") > mean(mixed, "there")


def test_overall_no_context_counts_less_than_another():
    there = [Use(True, 1.0, "there", 1)] * 3
    assert trust.belief(standing(*there), 0.5) == trust.belief(standing(*there), 0.5, "there")


def test_what_worked_on_other_tasks_shows_little_for_this_one():
    far = [SUCCESS._replace(near=0.3)] * 10
    assert mean(standing(*far)) == pytest.approx(mean(standing()), abs=0.02)
    assert withheld(standing(*[FAILURE] * 2, *far))
    assert not withheld(standing(*[FAILURE] * 2, *[SUCCESS] * 10))


def test_what_was_never_tried_is_withheld_only_where_it_is_known_that_agents_do_well_alone():
    ran = [SUCCESS] * 3 + [FAILURE]
    told = trust.Alone(tuple(ran), 3.0, 1.0)
    base = trust.base_rate(told)
    claimed = standing(sources=(Use(True, trust.weight("claim", True), "", 1),))
    worth = trust.belief(claimed, trust.assumed(base))
    assert not trust.withheld(claimed, worth, base)
    assert trust.known_alone(told) and trust.withheld(claimed, worth, base, known=True)
    proven = standing(*[SUCCESS] * 3)
    assert not trust.withheld(proven, trust.belief(proven, trust.assumed(base)), base, known=True)
    elsewhere = trust.Alone(tuple(use._replace(near=0.3) for use in ran), 3.0, 1.0)
    only_successes = trust.Alone((SUCCESS,) * 9, 9.0, 0.0)
    assert not trust.known_alone(elsewhere) and not trust.known_alone(only_successes)


def test_what_was_never_tried_is_not_withheld_however_well_agents_do_alone_in_general():
    high = Beta(50, 2)
    untried = standing(sources=(SUCCESS,))
    assert not trust.withheld(untried, trust.belief(untried, trust.assumed(high)), high)
    failed = standing(FAILURE, sources=(SUCCESS,))
    assert trust.withheld(failed, trust.belief(failed, trust.assumed(high)), high)


def test_what_hurts_here_is_withheld_here_though_it_helps_elsewhere():
    mixed = standing(*[Use(False, 1.0, "here", 1)] * 5, *[Use(True, 1.0, "there", 1)] * 5)
    assert withheld(mixed, "here") and not withheld(mixed, "there")
    assert not trust.worse_than_none(mixed, 0.5)


def test_failures_of_another_revision_or_on_far_tasks_do_not_withhold_what_was_never_tried_here():
    parents_failures = standing(*[FAILURE] * 5, trial=2)
    worth = trust.belief(parents_failures, 0.5, revision=2)
    assert not trust.withheld(parents_failures, worth._replace(alpha=0.1), Beta(50, 2), revision=2)
    assert trust.withheld(parents_failures, worth._replace(alpha=0.1), Beta(50, 2))
    far = standing(*[FAILURE._replace(near=0.3)] * 3)
    assert not trust.withheld(far, trust.belief(far, 0.5)._replace(alpha=0.1), Beta(50, 2))


def test_a_flat_posterior_moves_relevance_by_nothing():
    assert trust.rank(0.8, Beta(3, 3)) == pytest.approx(0.8)


def test_what_use_says_moves_relevance_by_a_bounded_amount():
    high, low = (trust.belief(standing(*[use] * 40), 0.5) for use in (SUCCESS, FAILURE))
    assert 0 < trust.rank(0.8, high) - trust.rank(0.8, low) <= trust.USE_WEIGHT


def test_a_revision_is_promoted_when_it_does_better_and_dropped_when_it_does_worse():
    parent = [Use(False, 1.0, "", 1)]
    assert trust.verdict(standing(*parent, trial=2), 0.5) is None
    won = Use(True, 1.0, "", 2)
    assert trust.verdict(standing(won, *parent, trial=2), 0.5) is None, "one success may be luck"
    assert trust.verdict(standing(won, won, *parent, trial=2), 0.5) == "promote"
    good = [Use(True, 1.0, "", 1)] * 6
    bad = [Use(False, 1.0, "", 2)] * 2
    assert trust.verdict(standing(*bad, *good, trial=2), 0.5) == "drop"


def trial(new: Sequence[bool], old: Sequence[bool], base: float = 0.5) -> str | None:
    """The verdict on revision 2 beside revision 1, with the outcomes of both, newest first."""
    uses = [Use(won, 1.0, "", 2) for won in new] + [Use(won, 1.0, "", 1) for won in old]
    return trust.verdict(standing(*uses, trial=2), base)


def mixed(won: int, of: int = trust.MOST_TRIAL) -> list[bool]:
    """So many successes, spread evenly."""
    return [number * 7 % of < won for number in range(of)]


def test_one_success_does_not_promote_beside_a_parent_that_works():
    assert trial([True], [True] * 6) is None


def test_what_only_failed_is_not_promoted_though_its_parent_failed_more_often():
    assert trial([False], [False] * 9, base=0.1) is None


def test_one_failure_does_not_drop():
    assert trial([False], [True] * 6) is None
    assert trial([False] * 2, [True] * 6) == "drop"


def test_as_long_as_neither_revision_is_clearly_better_the_trial_goes_on():
    assert trial([True, False], [True, False]) is None
    assert trial(mixed(10)[:-1], mixed(10)) is None


@pytest.mark.parametrize(("won", "verdict"), [(9, "drop"), (10, "promote"), (11, "promote")])
def test_a_trial_that_settles_nothing_ends_in_favour_of_the_higher_mean(won: int, verdict: str):
    assert trial(mixed(won), mixed(10)) == verdict


def test_a_trial_that_surely_does_worse_than_no_procedure_is_dropped_whatever_its_parent_does():
    assert trial([False] * (trust.LEAST_USES - 1), [False] * 5, base=0.7) is None
    assert trial([False] * trust.LEAST_USES, [False] * 5, base=0.7) == "drop"
    assert trial([False] * trust.LEAST_USES, [False] * 5, base=0.1) is None


def test_where_only_successes_are_recorded_a_procedure_that_mostly_works_stays():
    seen = trust.base_rate(trust.Alone(tuple([SUCCESS] * 40), 40.0, 0.0))
    assert seen.mean == pytest.approx(trust.MOST_BASE)
    assert not trust.worse_than_none(standing(FAILURE, SUCCESS, SUCCESS, SUCCESS), seen.mean)


# What agents reach by themselves


def test_before_any_run_agents_are_taken_to_fail_oftener_than_not():
    assert trust.base_rate(trust.Alone()) == pytest.approx(Beta(1.0, 2.0))


def test_the_rate_on_all_tasks_counts_for_a_few_runs_beside_those_on_tasks_like_this_one():
    overall = trust.base_rate(trust.Alone((), 1.0, 9.0))
    assert overall.mean == pytest.approx(2 / 13) and sum(overall) == pytest.approx(trust.BASE_SHRINK)
    here = trust.base_rate(trust.Alone((SUCCESS, SUCCESS), 3.0, 9.0))
    assert overall.mean < here.mean == pytest.approx((4 * 4 / 15 + 1.95) / (4 + 1.95))


def test_however_well_agents_seem_to_do_alone_the_rate_is_bounded_and_as_sure_as_it_was():
    seen = trust.base_rate(trust.Alone((SUCCESS,) * 5, 5.0, 0.0))
    runs = trust.BASE_SHRINK + sum(trust.DISCOUNT**n for n in range(5))
    assert (seen.mean, sum(seen)) == (pytest.approx(trust.MOST_BASE), pytest.approx(runs))


def test_a_belief_starts_from_the_assumed_rate_and_counts_one_revision():
    assert trust.belief(standing(), 0.2).mean == pytest.approx(0.2)
    both = standing(SUCCESS, *[FAILURE._replace(revision=2)] * 3, trial=2)
    assert trust.belief(both, 0.5).mean > 0.5 > trust.belief(both, 0.5, revision=2).mean


def test_runs_that_took_the_old_steps_are_no_evidence_for_a_revision_that_was_written_after_a_failure():
    of = standing(FAILURE, sources=(SUCCESS,) * 4, trial=2, rewritten=(2,))
    assert trust.belief(of, 0.5, revision=2).mean == pytest.approx(0.5)
    assert trust.belief(of._replace(rewritten=()), 0.5, revision=2).mean > 0.6


def turn(new: Sequence[bool], old: Sequence[bool], **more: object) -> int:
    """The revision whose turn it is, 2 on trial beside 1, with the outcomes of both."""
    uses = [Use(won, 1.0, "", 2) for won in new] + [Use(won, 1.0, "", 1) for won in old]
    return trust.on_turn(standing(*uses, trial=2, **more), 0.4, "")


@pytest.mark.parametrize(
    ("new", "old", "shown"),
    [([], [False], 2), ([], [True, False], 1), ([], [True] * 6 + [False], 1), ([], [True] + [False] * 3, 2),
     ([True], [True, False], 2), ([False], [False], 2), ([False, False], [False], 1)],
)  # fmt: skip
def test_a_trial_waits_beside_what_works_and_is_shown_beside_what_fails(new: list[bool], old: list[bool], shown: int):
    assert turn(new, old) == shown


def test_who_is_stuck_gets_the_trial_and_without_one_the_procedure_is_shown():
    works = standing(*[SUCCESS] * 6, trial=2)
    assert (trust.on_turn(works, 0.4, ""), trust.on_turn(works, 0.4, "", stuck=True)) == (1, 2)
    assert trust.on_turn(works._replace(trial=None), 0.4, "", stuck=True) == 1


def test_nothing_is_archived_before_a_few_uses():
    assert not trust.worse_than_none(standing(*[FAILURE] * (trust.LEAST_USES - 1)), 0.7)
    assert trust.worse_than_none(standing(*[FAILURE] * trust.LEAST_USES), 0.7)
