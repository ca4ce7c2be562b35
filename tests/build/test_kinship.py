"""Kinship: which runs are for the same kind of task, whatever their steps have in common."""

from families import FAMILIES, chores, fetch, joins, release, run_of

from memp.domain.trajectory import Trajectory


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
