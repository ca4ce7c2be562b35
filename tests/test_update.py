"""The rules of Update, by themselves."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memp.procedure import Script
from memp.trajectory import Step
from memp.update import ERASURES, POLICIES, diverge, probability_below


@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.05, 0.95))
def test_the_posterior_is_a_probability_and_falls_with_more_successes(successes: int, failures: int, rate: float):
    here = probability_below(rate, successes, failures)
    assert 0 <= here <= 1 + 1e-12
    assert probability_below(rate, successes + 1, failures) <= here + 1e-12


def test_the_posterior_agrees_with_numerical_integration():
    for successes, failures in ((0, 0), (3, 1), (2, 7), (10, 10)):
        points = [(i + 0.5) / 200_000 for i in range(200_000)]
        density = [x**successes * (1 - x) ** failures for x in points]
        below = math.fsum(d for x, d in zip(points, density, strict=True) if x < 0.4)
        assert probability_below(0.4, successes, failures) == pytest.approx(below / math.fsum(density), abs=1e-4)


def test_the_reference_rule_is_as_in_the_reference_code():
    rule = ERASURES["reference"]
    assert [rule(3, 1), rule(3, 2), rule(2, 0), rule(4, 2)] == [True, False, False, False]


def test_the_posterior_rule_rarely_erases_a_procedure_that_works_in_7_of_10_uses():
    """The note's simulation: over 30 uses the reference rule erases about 31 %, the posterior rule about 1 %."""
    erased = {name: _erased_share(name, 0.7) for name in ("reference", "posterior")}
    assert erased["reference"] > 0.2 and erased["posterior"] < 0.03
    assert _erased_share("posterior", 0.2) > 0.9


def _erased_share(name: str, rate: float, trials: int = 2000) -> float:
    draw, rule = random.Random(7), ERASURES[name]  # type: ignore[index]
    gone = 0
    for _ in range(trials):
        successes = 0
        for uses in range(1, 31):
            successes += draw.random() < rate
            if rule(uses, successes):
                gone += 1
                break
    return gone / trials


def test_each_policy_does_with_a_success_and_a_failure_what_the_paper_says():
    table = {name: (policy(True), policy(False)) for name, policy in POLICIES.items()}
    assert all(success.add and not failure.add for success, failure in table.values())
    assert not table["vanilla"][0].merge and table["validation"][0].merge
    assert not table["validation"][1].pitfall and table["adjustment"][1].revise


def test_a_run_is_aligned_with_the_script_up_to_where_it_left_it():
    script = Script(goal="g", steps=("go to {source}", "take {object} from {source}", "clean {object} with sinkbasin"))
    run = [Step(action="go to shelf 1"), Step(action="take mug 1 from shelf 1"), Step(action="put mug 1 on table 1")]
    found = diverge(script, run)
    assert (found.followed, found.expected, found.did) == (2, "clean {object} with sinkbasin", "put mug 1 on table 1")


def test_a_run_that_followed_every_step_left_it_nowhere():
    script = Script(goal="g", steps=("open the door",))
    found = diverge(script, [Step(action="open the door")])
    assert (found.followed, found.expected, found.did) == (1, "", "")


def test_a_step_that_was_tried_and_only_failed_is_where_the_run_left_the_script():
    script = Script(goal="g", steps=("docker build the image", "docker push the image"))
    run = [Step(action="docker build the image", observation="ERROR: no space left on device")]
    found = diverge(script, run)
    assert (found.followed, found.expected, found.did) == (0, "docker build the image", "docker build the image")
    run.append(Step(action="docker build the image again", observation="built"))
    assert diverge(script, run).followed == 1
