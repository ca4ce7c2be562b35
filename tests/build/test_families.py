"""Families: whether a run is one more of a procedure's kind."""

from itertools import permutations

import pytest
from families import FAMILIES, fetch, order, release, run_of

from memp.build.families import Candidate, best_family, family_of, join
from memp.build.reading.members import member_of
from memp.domain.trajectory import Trajectory


def joins(runs: list[Trajectory], new: Trajectory, *, used: bool = False) -> bool:
    return join(family_of([member_of(run) for run in runs]), member_of(new), used=used) is not None


@pytest.mark.parametrize("runs", FAMILIES)
def test_runs_of_one_kind_are_one_family_in_any_order(runs: list[Trajectory]):
    for first, *others in permutations(runs):
        for number in range(1, len(others) + 1):
            assert joins([first, *others[: number - 1]], others[number - 1])


def test_runs_of_different_kinds_are_none():
    for i, ours in enumerate(FAMILIES):
        for j, theirs in enumerate(FAMILIES):
            assert i == j or not joins([ours[0]], theirs[0])


def test_what_its_task_asks_for_is_no_variant():
    plain = fetch("apple", "table", "fridge")
    steps = [(s.action, s.observation) for s in plain.steps]
    heat = [
        ("go to stove 1", "On the stove 1, you see nothing."),
        ("heat apple 1 with stove 1", "You heat the apple 1."),
    ]
    heated = run_of("put a heated apple in fridge.", *steps[:2], *heat, *steps[2:])
    assert not joins([plain], heated) and not joins([heated], plain)


def test_a_step_that_an_observation_explains_is_a_variant():
    assert joins([*FAMILIES[2][:2]], FAMILIES[2][2])


def test_a_run_that_says_it_followed_the_procedure_may_differ_more():
    way = run_of("Tag and push version 5.0.0", ("git tag v5.0.0", ""), ("scp dist/x host:/srv", "ok"))
    assert not joins([release("1.4.0")], way) and joins([release("1.4.0")], way, used=True)


def test_a_family_with_one_more_run_says_what_varies():
    joined = join(family_of([member_of(FAMILIES[0][0])]), member_of(FAMILIES[0][1]))
    assert joined is not None and joined.shared == 1.0
    built = joined.built()
    assert len(built.drafts) == 2 and {p.name for p in built.script.parameters} == {"found", "item", "item_2"}


def test_of_several_families_the_nearest_or_the_used_one_is_joined():
    dist, check = ("make -j dist", "ok"), ("make -s check", "ok")
    families = {1: [order("A-1", "open")], 2: [release("1.4.0", dist)], 3: [release("2.0.0", check)]}

    def of(number: int):
        return family_of([member_of(run) for run in families[number]])

    new = member_of(release("3.1.4", dist))
    best = best_family(new, [Candidate(1), Candidate(3), Candidate(2)], of)
    assert best is not None and best[0] == 2
    best = best_family(new, [Candidate(3, used=True), Candidate(2)], of)
    assert best is not None and best[0] == 3
    assert best_family(new, [Candidate(1)], of) is None and best_family(new, [], of) is None


def test_a_check_that_all_runs_did_again_and_again_counts_once():
    def watched(version: str, times: int) -> Trajectory:
        looks = [("make check -s", "42 passed")] * times
        run = release(version)
        steps = [(s.action, s.observation) for s in run.steps]
        return run_of(run.task, *looks[:1], steps[1], *looks[1:2], *steps[2:], *looks[2:])

    family = family_of([member_of(watched("1.0.0", 2)), member_of(watched("1.1.0", 3))])
    assert family.checks == {"make check -s"}
    assert join(family, member_of(watched("1.2.0", 3))) is not None
