"""Exemplars: which runs stay, and what one more adds to a script."""

import pytest
from families import chores

from memp.build.exemplars import EXEMPLARS, SAMPLE, adds_to, distinct
from memp.build.reading.reduction import member_of
from memp.domain.procedure import Script


def script(*steps: str) -> Script:
    return Script(goal="do it", steps=steps)


def test_in_the_sample_any_difference_is_something_new():
    old = script("take {item}", "wash it")
    assert adds_to(script("take {item}", "wash it (2 of 3 runs)"), old, SAMPLE - 1)
    assert not adds_to(script("take {item}", "wash it"), old, SAMPLE - 1)


@pytest.mark.parametrize(
    ("steps", "new"),
    [
        (["take {thing}", "wash it"], False),  # another name
        (["take {item}", "wash it", "dry it (1 of 13 runs)"], False),  # what one more run did besides
        (["take {item}"], False),
        (["take {item}", "wash it (12 of 13 runs)"], False),
        (["wash it", "take {item}"], False),
        (["take {item}", "wash it", "dry it"], True),
        (["take {item}", "if 'dirty': wash it"], True),
        (["take {item}", "wash {item_2}"], True),
    ],
)
def test_after_the_sample_only_a_step_or_a_condition_is_something_new(steps: list[str], new: bool):
    assert adds_to(script(*steps), script("take {item}", "wash it"), SAMPLE) is new


def test_of_more_runs_than_exemplars_the_sample_stays_and_those_like_others_go():
    number = EXEMPLARS + 6
    members = {i: member_of(chores("t", f"dig hole {i}", f"plant tree {i}", f"name it {i}")) for i in range(number)}
    twins = {number + i: members[SAMPLE + i] for i in range(3)}
    kept = distinct(members | twins)
    assert len(kept) == EXEMPLARS and kept[:SAMPLE] == list(range(SAMPLE)) and kept == sorted(kept)
    assert distinct({i: members[i] for i in range(EXEMPLARS)}) == list(range(EXEMPLARS))
