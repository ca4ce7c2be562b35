"""Families: whether a run is one more of a procedure's kind."""

from itertools import permutations

import pytest
from families import FAMILIES, fetch, order, release, run_of

from memp.build.extractive.script import extract_family
from memp.build.families import (
    EXEMPLARS,
    MOST_ALIGNED,
    SAMPLE,
    Candidate,
    Family,
    adds_to,
    best_family,
    distinct,
    family_of,
    join,
)
from memp.build.reading.members import member_of
from memp.domain.procedure import MAX_STEPS, Script
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


# What the tasks say


def chores(task: str, *actions: str) -> Trajectory:
    """A run in plain words."""
    return run_of(task, *((action, "done") for action in actions))


def test_an_operation_that_a_task_names_is_asked_for():
    brief = ("get_cv()", "cv of Bo"), ("score_cv()", "7"), ("file_cv()", "ok")
    plain = run_of("Screen the applicant Bo", *brief)
    invited = run_of("Screen the applicant Bo and invite him", *brief, ("invite()", "sent"))
    assert not joins([plain], invited) and not joins([invited], plain)


def test_an_operation_that_a_run_without_the_word_has_elsewhere_is_not_what_is_asked_for():
    """All invite somebody; where they do it differs, whatever their tasks call it."""
    first = run_of(
        "Invite Bo to the talk", ("invite(name=Bo)", "sent"), ("get_room()", "free"), ("reserve_room()", "ok"),
        ("make_badge(name=Bo)", "ok"),
    )  # fmt: skip
    second = run_of(
        "We want Cy here next week",
        ("reserve_room()", "ok"),
        ("make_badge(name=Cy)", "ok"),
        ("invite(name=Cy)", "sent"),
    )
    assert joins([first], second) and joins([second], first)


def test_a_word_by_which_like_tasks_differ_asks_for_what_only_its_runs_do():
    steps = ["measure the field", "plough the field", "water the field"]
    dry = chores("Prepare the north field for wheat", *steps)
    wet = chores("Prepare the north field for rice", *steps, "build a dam", "open the sluice")
    assert not joins([dry], wet) and not joins([wet], dry)


def test_a_task_in_quite_other_words_needs_more_in_common_than_one_that_reads_alike():
    start = ["greet patient", "wash hands", "measure pulse", "draw blood"]
    visit = [*start, "label tube", "send tube to lab"]
    known = [chores("Do the morning round", *visit)] * 3
    odd = chores("Somebody fainted downstairs", *start, "call ambulance", "lift legs")
    assert joins(known[:1], odd) and not joins(known, odd)
    assert joins(known, chores("Somebody fainted downstairs", *visit)), "the very same steps are enough"


def test_a_few_steps_that_could_be_anybodys_make_unrelated_tasks_no_family():
    terse = ["Read the code", "Edit it", "Run the tests"]
    first = chores("Migrate billing to Postgres", *terse)
    assert not joins([first], chores("Translate the docs", *terse))
    assert joins([first], chores("Translate the docs", *terse), used=True)
    assert joins([first], chores("Migrate search to SQLite", *terse)), "a word in common is something"
    assert joins([first], chores("Migrate billing to Postgres", *terse))


def test_many_steps_in_common_make_a_family_whatever_the_tasks_are_called():
    steps = ["Fetch ladder", "Unscrew lamp", "Swap bulb", "Tighten lamp", "Stow ladder"]
    assert joins([chores("It is dark in here", *steps)], chores("Room twelve complains", *steps))


def test_a_run_cut_short_is_one_of_its_task_and_of_no_other():
    whole = release("1.4.0")
    short = whole.model_copy(update={"steps": whole.steps[:2]})
    assert joins([whole], short)
    assert not joins([whole], run_of("Tidy the stable", ("git status --short", "nothing to commit")))


# What one more run adds


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


def test_a_task_that_differs_in_its_verb_alone_is_of_another_family_whatever_was_done():
    def tidy(verb: str, thing: str) -> Trajectory:
        start = fetch(thing, "shelf", "basket")
        steps = [(s.action, s.observation) for s in start.steps]
        wash = [
            ("go to sink 1", "On the sink 1, you see nothing."),
            (f"wash {thing} 1 with sink 1", f"You wash the {thing} 1."),
        ]
        return run_of(f"{verb} the {thing} and put it in basket.", *steps[:2], *wash, *steps[2:])

    washed = [tidy("wash", "mug"), tidy("wash", "pan")]
    assert joins(washed, tidy("clean", "cup"))
    assert not joins(washed, tidy("heat", "cup")) and not joins(washed, tidy("heat", "cup"), used=True)


def test_a_run_for_another_kind_of_task_is_no_more_of_the_family_that_it_used():
    once, twice = fetch("mug", "shelf", "basket"), fetch("pen", "bench", "basket")
    second = [(s.action.replace("1", "2"), s.observation.replace("1", "2")) for s in twice.steps]
    two = run_of("put two pen in basket.", *((s.action, s.observation) for s in twice.steps), *second)
    assert not joins([once], two) and not joins([once], two, used=True)


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


def test_the_opposite_is_another_family_though_other_words_differ_as_well():
    def access(task: str, verb: str, user: str, table: str) -> Trajectory:
        return run_of(
            task,
            ("list the users", f"{user}, guest"),
            (f"{verb} select on {table} for {user}", "done"),
            ("write the audit log", "written"),
        )

    grants = [access(f"Grant {u} access to {t}", "grant", u, t) for u, t in (("ann", "orders"), ("bob", "mails"))]
    revoke = access("Revoke access to visits from cyd", "revoke", "cyd", "visits")
    assert joins(grants[:1], grants[1])
    assert not joins(grants, revoke) and not joins(grants, revoke, used=True)


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
