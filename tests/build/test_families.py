"""Families: whether a run is one more of a procedure's kind."""

from itertools import permutations

import pytest
from families import FAMILIES, fetch, joins, order, release, run_of

from memp.build.extractive.script import extract_family
from memp.build.families import (
    MOST_ALIGNED,
    Candidate,
    Family,
    best_family,
    family_of,
    join,
)
from memp.build.reading.reduction import member_of
from memp.domain.procedure import MAX_STEPS
from memp.domain.trajectory import Trajectory


@pytest.mark.parametrize("runs", FAMILIES)
def test_runs_of_one_kind_are_one_family_in_any_order(runs: list[Trajectory]):
    for first, *others in permutations(runs):
        for number in range(1, len(others) + 1):
            assert joins([first, *others[: number - 1]], others[number - 1])


def test_a_family_with_one_more_run_says_what_varies():
    joined = join(family_of([member_of(FAMILIES[0][0])]), member_of(FAMILIES[0][1]))
    assert joined is not None and joined.shared == 1.0
    built = joined.built()
    assert len(built.drafts) == 2 and {p.name for p in built.script.parameters} == {"place", "item", "item_2"}


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


def test_a_family_with_the_very_same_task_comes_before_one_that_shares_more():
    dist, check = ("make -j dist", "ok"), ("make -s check", "ok")
    same, nearer = release("1.4.0", check), release("9.9.9", dist)
    families = {1: [nearer], 2: [same]}
    new = member_of(release("1.4.0", dist))
    best = best_family(new, [Candidate(1), Candidate(2)], lambda i: family_of([member_of(run) for run in families[i]]))
    assert best is not None and best[0] == 2


def test_a_long_script_of_a_family_leaves_out_first_what_few_runs_did():
    names = [f"{letter}{end}" for letter in "abcdefghijklmnopqrstuvwxyz" for end in ("xx", "yy")]
    common = [(f"set_{name}(on=True)", f"{name} is on") for name in names]

    def run(detours: str) -> Trajectory:
        return run_of("switch on everything", *((f"ring_{letter}(times=2)", "nobody") for letter in detours), *common)

    runs = [run("pqrstuvw"), run("pqrstuvw"), run("bcdefgh"), run("")]
    steps = list(extract_family(runs).script.steps)
    assert len(steps) == MAX_STEPS and any("left out here" in step for step in steps)
    assert all(any(f"set_{name}(" in step for step in steps) for name in names)


def test_runs_too_long_to_be_aligned_are_never_laid_side_by_side():
    long = member_of(run_of("Copy all", *((f"copy file-{i * i}.txt", f"{i} bytes") for i in range(MOST_ALIGNED + 1))))
    family = family_of([long, long])
    assert all(len(column) == 1 for column in family.columns)
    assert join(family, member_of(run_of("Copy all", ("copy file-1.txt", "1 bytes"))), used=True) is None

    def families(_: int) -> Family:
        raise AssertionError("the family of a run that can join none was made")

    assert best_family(long, [Candidate(1)], families) is None


def test_words_in_which_all_tasks_differ_and_that_no_step_takes_are_left_open_in_the_goal():
    runs = [
        run_of(
            f"Add the package {name} to the {project} project", (f"uv add {name}", f"added {name}"), ("uv lock", "ok")
        )
        for name, project in (("httpx", "billing"), ("attrs", "shipping"))
    ]
    built = extract_family(runs)
    assert built.script.goal == "Add the package {package} to the ... project"


def test_a_place_that_is_used_for_something_else_is_not_aligned_with_where_a_thing_was_found():
    def chill(thing: str, place: str, *first: tuple[str, str]) -> Trajectory:
        steps = [(s.action, s.observation) for s in fetch(thing, place, "basket").steps]
        cool = [
            ("go to fridge 1", "The fridge 1 is closed."),
            (f"cool {thing} 1 with fridge 1", f"You cool the {thing} 1."),
        ]
        return run_of(f"cool the {thing} and put it in basket.", *first, *steps[:2], *cool, *steps[2:])

    opened = (
        ("go to fridge 1", "The fridge 1 is closed."),
        ("open fridge 1", "You open the fridge 1. You see nothing."),
    )
    script = extract_family([chill("mug", "shelf"), chill("egg", "table"), chill("pan", "bench", *opened)]).script
    take = next(step for step in script.steps if step.startswith("take"))
    place = take.split("from ")[1].split(" ")[0]
    assert f"go to {place}" in " ".join(script.steps)


@pytest.mark.parametrize("versions", [("1.0.1", "1.5.1", "1.2.3"), ("2.0.1", "2.5.1"), ("1.2.1", "1.2.2", "1.2.9")])
def test_versions_with_a_common_beginning_are_values(versions: tuple[str, ...]):
    script = extract_family([release(version) for version in versions]).script
    assert script.goal == "Tag and push version {version}"
    assert [step.split(" -> ")[0] for step in script.steps][-2:] == ["git tag v{version}", "git push origin v{version}"]


def account(user: str, *order: int) -> Trajectory:
    steps = ("useradd {}", "usermod -aG docker {}", "mkdir /srv/{}", "chown {0} /srv/{0}", "passwd -e {}")
    return run_of(f"Create the user {user} with a folder", *((steps[i].format(user), "") for i in order))


def test_steps_in_different_orders_stand_as_one_run_had_them():
    orders = ((0, 1, 2, 3, 4), (0, 2, 3, 1, 4), (0, 4, 1, 2, 3))
    runs = [account(user, *order) for user, order in zip(("ann", "bob", "cyd"), orders, strict=True)]
    for some in permutations(runs):
        steps = extract_family(some).script.steps
        assert steps in {
            tuple(s.action.replace(u, "{user}") for s in r.steps)
            for u, r in zip(("ann", "bob", "cyd"), runs, strict=True)
        }


def test_a_part_of_a_path_that_is_a_value_of_the_task_is_a_parameter_in_steps_of_some_runs():
    steps = extract_family([account("bob", 0, 2, 3, 1, 4), account("ann", 0, 1, 4)]).script.steps
    assert any(step.startswith("mkdir /srv/{user}") for step in steps)
    assert not any("bob" in step or "ann" in step for step in steps)
