"""Branches: in which cases a step is done that only some runs of a family took."""

from collections.abc import Sequence
from itertools import cycle

from families import Shown, run_of

from memp.build.extractive.script import extract_family
from memp.build.extractive.steps import steps_of
from memp.build.induction.alignment import align
from memp.build.induction.branching.branches import MOST_CASES, Branch, branches_of, in_order, is_changed_by
from memp.build.induction.branching.conditions import Condition
from memp.build.induction.branching.timelines import Timelines
from memp.build.induction.generalised import Generalised
from memp.build.induction.parameters import generalise
from memp.build.reading.reduction import member_of
from memp.domain.trajectory import Trajectory
from memp.text.steps import parse_step


def general_of(runs: Sequence[Trajectory]) -> Generalised:
    members = [member_of(run) for run in runs]
    return generalise(members, align(members))


def partial(general: Generalised) -> list[int]:
    """The columns of steps that change something, and that not all runs have."""
    return [
        i for i, column in enumerate(general.columns)
        if len(column) < len(general.members) and any(a.needed and a.kind != "look" for a in column.values())
    ]  # fmt: skip


def branches(runs: Sequence[Trajectory]) -> dict[str, Branch]:
    """The branches of runs, by the beginning of the name of their step."""
    general = general_of(runs)
    return {
        general.texts[branch.columns[0]].split("(")[0]: branch
        for branch in branches_of(Timelines(general), partial(general))
    }


def told(runs: Sequence[Trajectory]) -> list[str]:
    return [str(step) for step in steps_of(general_of(runs))]


def phone(*looks: Shown) -> Trajectory:
    """A support desk: what is looked at decides what is done, and at the end the customer is told."""
    return run_of("The customer has no mobile data.", *looks, ("tell_customer()", "thank you"))


def data(state: str) -> Shown:
    return "get_line()", f"line is {state}"


def fixed(state: str, action: str) -> Trajectory:
    """A phone whose line is in a state that one action mends."""
    return phone(data(state), (action, "ok"), data("fine"))


def both(line: str, sim: str, *more: Shown) -> Trajectory:
    """A phone of which two things are looked at."""
    return phone(data(line), ("get_sim()", f"card {sim}"), *more)


FINE = phone(data("fine"))
RESET = ("reset()", "ok")
TWO_CAUSES = [
    *[both("abroad", "usable", RESET, data("fine"))] * 3,
    *[both("fine", "locked", RESET, ("get_sim()", "card usable"))] * 3,
    *[both("fine", "usable")] * 4,
]
"""The same remedy for two causes."""


# Cases


def test_a_case_is_what_was_known_before_the_step_and_never_in_the_others():
    (branch,) = branches([*[fixed("roaming abroad", "switch()")] * 3, *[FINE] * 3]).values()
    (condition,) = branch.conditions
    assert branch.covered and not condition.negated
    assert "roaming" in condition.words or "abroad" in condition.words


def test_words_that_all_others_saw_and_the_runs_with_the_step_not_are_a_case_negated():
    notes = cycle(["blurred", "torn apart", "upside down", "much too dark"])

    def scan(good: bool) -> Trajectory:
        look = ("get_page()", "clean print" if good else next(notes))
        again = [] if good else [("rescan()", "ok"), ("get_page()", "clean print")]
        return run_of("digitise the page", look, *again, ("archive()", "kept"))

    (branch,) = branches([scan(good) for good in (True, False) * 4]).values()
    (condition,) = branch.conditions
    assert condition.negated and condition.words == "clean print" and branch.covered


def test_a_number_on_one_side_before_the_step_and_on_the_other_in_the_others_is_a_bound():
    def battery(percent: int, *more: Shown) -> Trajectory:
        return run_of("fly the drone", ("get_battery()", f"charge {percent} percent"), *more, ("take_off()", "up"))

    runs = [battery(p, ("plug_in()", "ok"), ("get_battery()", "charge 99 percent")) for p in (11, 20, 32)]
    (branch,) = branches([*runs, *[battery(p) for p in (70, 81, 90)]]).values()
    (condition,) = branch.conditions
    assert condition.words == "charge percent" and condition.gone
    assert condition.bound.startswith("< ") and 32 <= float(condition.bound[2:]) <= 70


def test_a_number_that_must_be_high_is_a_bound_from_below():
    def oven(degrees: int, *more: Shown) -> Trajectory:
        return run_of("dry the sample", ("get_oven()", f"heat {degrees} degrees"), *more, ("put_in()", "in"))

    hot = [oven(d, ("vent()", "ok"), ("get_oven()", "heat 40 degrees")) for d in (180, 150, 220)]
    (branch,) = branches([*hot, *[oven(d) for d in (30, 55, 60)]]).values()
    assert branch.conditions[0].bound.startswith("> ")


def test_of_words_that_tell_the_runs_apart_those_that_are_gone_after_the_step_are_the_case():
    def door(before: str, *more: Shown) -> Trajectory:
        return run_of("bring the crate in", ("look at gate", before), *more, ("carry the crate in", "It is in."))

    closed = [
        door("A lamp glows. The bolt is shut.", ("pull it", "ok"), ("look at gate", "A lamp glows. The bolt is free."))
    ]
    (branch,) = branches([*closed * 3, *[door("It is dark. The bolt is free.")] * 3]).values()
    (condition,) = branch.conditions
    assert "shut" in condition.words and condition.gone


def test_a_step_with_several_causes_has_several_cases():
    (branch,) = branches(TWO_CAUSES).values()
    assert branch.covered and all(condition.gone for condition in branch.conditions)
    assert {condition.words.split()[-1] for condition in branch.conditions} == {"abroad", "locked"}


def test_a_step_with_more_causes_than_a_script_tells_is_not_explained():
    def caused(states: Sequence[str]) -> Branch:
        runs = [phone(data(state), RESET, data(f"not {state}")) for state in states for _ in range(3)]
        others = [phone(data(state)) for state in ("fine", "idle", "busy", "good")]
        (branch,) = branches([*runs, *others]).values()
        return branch

    states = ["abroad", "locked", "frozen", "expired", "throttled"]
    few, many = caused(states[:MOST_CASES]), caused(states)
    assert few.covered and len(few.conditions) == MOST_CASES
    assert not many.covered and many.conditions == ()


def test_the_newest_answer_counts_and_not_the_first():
    def watched(*states: str, fix: bool) -> Trajectory:
        last = [("calm()", "ok"), ("get_mood()", "sleeping")] if fix else []
        return run_of(
            "mind the dog", *(step for s in states for step in (("get_mood()", s), ("wait_a_bit()", s))), *last
        )

    runs = [*[watched("sleeping", "barking", fix=True)] * 3, *[watched("sleeping", fix=False)] * 3]
    (branch,) = [b for name, b in branches(runs).items() if name == "calm"]
    assert [condition.words for condition in branch.conditions] == ["barking"]


def test_one_step_in_two_places_is_one_branch():
    first = phone(data("locked"), RESET, ("charge()", "ok"))
    later = phone(("charge()", "ok"), data("locked"), RESET)
    made = branches([first, later, first, later])
    assert len(made["charge"].columns) == 2 and made["charge"].conditions == ()
    assert sum(step.startswith("charge()") for step in told([first, later, first, later])) == 1


def test_what_is_of_one_run_alone_decides_nothing():
    def parcel(number: str, *more: Shown) -> Trajectory:
        return run_of(
            f"Send parcel {number}", (f'get_parcel("{number}")', f"{number} weighed"), *more, ("send()", "ok")
        )

    runs = [parcel("PX-11", ("seal()", "ok")), parcel("PX-25"), parcel("PX-31"), parcel("PX-47")]
    (branch,) = branches(runs).values()
    assert (branch.conditions, branch.covered) == ((), False)


def test_what_few_runs_have_by_chance_decides_nothing():
    runs = [phone(data("a b"), ("dust()", "ok")), phone(data("c d"))]
    (branch,) = branches(runs).values()
    assert (branch.conditions, branch.covered) == ((), False)


# Units, and runs that end


def test_a_step_that_always_comes_right_after_another_is_a_part_of_it():
    def site(state: str, *more: Shown) -> Trajectory:
        return run_of("publish the page", ("get_site()", f"cache {state}"), *more, ("publish()", "live"))

    stale = site("stale", ("purge()", "ok"), ("warm_up()", "ok"), ("get_site()", "cache fresh"))
    late = site("fresh", ("get_site()", "cache stale"), ("purge()", "ok"), ("warm_up()", "ok"))
    made = branches([*[stale] * 3, *[site("fresh")] * 3, late])
    assert made["purge"].covered and made["warm_up"].covered
    assert made["warm_up"].conditions == made["purge"].conditions


def lines(state: str, *more: Shown, end: str) -> Trajectory:
    """A phone's line and its account are looked at, in this order."""
    account = ("get_account()", "account paid")
    return run_of("The customer has no mobile data.", data(state), *more, account, *[(end, "ok")] * bool(end))


def remedied(*others: Trajectory, end: str = "") -> Branch:
    """When the line is reset in some runs, as these others beside those without a fault tell."""
    runs = [*[lines("locked", RESET, data("fine"), end=end)] * 3, *[lines("fine", end=end)] * 3]
    return branches([*runs, *others])["reset"]


def test_runs_that_gave_up_are_no_counter_examples():
    gave_up = lines("locked", end="transfer_to_human()")
    branch = remedied(*[gave_up] * 4)
    assert branch.covered and ["locked" in condition.words for condition in branch.conditions] == [True]


def test_runs_that_did_otherwise_are_counter_examples():
    other = lines("locked", ("swap_sim()", "ok"), data("fine"), end="transfer_to_human()")
    assert not any("locked" in condition.words for condition in remedied(*[other] * 4).conditions)


def test_what_few_others_had_as_well_is_still_what_the_step_is_for():
    other = lines("locked", ("swap_sim()", "ok"), data("fine"), end="transfer_to_human()")
    branch = remedied(other)
    assert branch.covered and ["locked" in condition.words for condition in branch.conditions] == [True]


def test_what_most_runs_end_with_is_no_giving_up():
    """Runs without a fault do nothing but look and end: they are what tells when the line is reset."""
    branch = remedied(lines("locked", end="transfer_to_human()"), end="tell()")
    assert branch.covered and ["locked" in condition.words for condition in branch.conditions] == [True]


def test_a_run_that_was_cut_off_tells_nothing_of_what_comes_after():
    short = run_of("The customer has no mobile data.", data("locked"))
    made = branches([*[fixed("locked", "reset()")] * 4, *[FINE] * 4, short])
    assert made["reset"].covered and "locked" in made["reset"].conditions[0].words


# Order


def test_branches_stand_in_the_order_of_most_runs():
    def laid(first: str, second: str) -> Trajectory:
        return run_of("set the table", (f"{first}()", "ok"), (f"{second}()", "ok"), ("sit_down()", "ok"))

    runs = [
        laid("fold", "polish"),
        laid("polish", "fold"),
        laid("fold", "polish"),
        run_of("set the table", ("sit_down()", "ok")),
    ]
    general = general_of(runs)
    placed = in_order(general, branches_of(Timelines(general), partial(general)))
    texts = [general.texts[placed[place].columns[0]] for place in sorted(placed)]
    assert texts.index("fold()") < texts.index("polish()")


def test_what_ends_a_run_comes_first_where_it_is_known_when_and_last_where_not():
    general = general_of([fixed("locked", "reset()"), FINE])
    (reset,) = partial(general)[:1]
    other = Branch((len(general.columns) - 1,))
    known = Branch((reset,), (Condition("locked"),), covered=True, ends=True)
    assert [*in_order(general, [other, known]).values()] == [known, other]
    unknown = Branch((reset,), ends=True)
    assert [*in_order(general, [unknown, other]).values()] == [other, unknown]


def test_no_branch_has_no_order():
    assert in_order(general_of([FINE, FINE]), []) == {}


# What a step changes


def test_a_condition_is_changed_by_a_step_after_which_it_reads_otherwise():
    general = general_of([*[fixed("locked", "reset()")] * 2, *[FINE] * 2])
    reading = general.texts.index("get_line()")
    reset = general.texts.index("reset()")
    assert is_changed_by(Timelines(general), Condition("locked", column=reading), [reset])
    assert is_changed_by(Timelines(general), Condition("fine", negated=True, column=reading), [reset])
    assert not is_changed_by(Timelines(general), Condition("line is", column=reading), [reset])
    assert not is_changed_by(Timelines(general), Condition("ok", column=reset), [reading]), (
        "never looked at before and after"
    )


def test_a_bound_is_changed_by_a_step_that_moves_the_number_across_it():
    runs = [
        run_of("fill it", ("get_level()", f"level {low}"), ("fill()", "ok"), ("get_level()", f"level {high}"))
        for low, high in ((1, 30), (2, 40))
    ]
    general = general_of(runs)
    reading, fill = general.texts.index("get_level()"), [general.texts.index("fill()")]
    assert is_changed_by(Timelines(general), Condition("level", bound="< 10", column=reading), fill)
    assert is_changed_by(Timelines(general), Condition("level", bound="> 35", column=reading), fill)
    assert not is_changed_by(Timelines(general), Condition("level", bound="< 50", column=reading), fill)
    assert not is_changed_by(Timelines(general), Condition("depth", bound="< 50", column=reading), fill)


def test_a_script_looks_again_before_a_condition_that_an_earlier_step_changes():
    """Resetting a locked line may leave it abroad: what was read before it is old."""
    twice = phone(data("locked"), RESET, data("abroad"), ("roam()", "ok"), data("fine"))
    runs = [*[twice] * 2, *[fixed("locked", "reset()")] * 3, *[fixed("abroad", "roam()")] * 3, *[FINE] * 4]
    steps = [parse_step(step) for step in told(runs)]
    (reset,) = [i for i, step in enumerate(steps) if step.action == "reset()"]
    (roam,) = [i for i, step in enumerate(steps) if step.action == "roam()"]
    assert "locked" in steps[reset].when and "abroad" in steps[roam].when and reset < roam
    assert "get_line()" in [step.action for step in steps[:reset]]
    assert "get_line()" in [step.action for step in steps[reset + 1 : roam]]


def test_a_script_does_not_look_again_where_nothing_was_changed():
    def shop(stock: str, mail: str) -> Trajectory:
        steps = [("get_shop()", f"{stock}. {mail}")]
        steps += [("order_goods()", "ok")] * (stock == "shelves empty") + [("answer_mail()", "ok")] * (
            mail == "inbox full"
        )
        return run_of("open the shop", *steps, ("unlock()", "open"))

    kinds = [(s, m) for s in ("shelves empty", "shelves stocked") for m in ("inbox full", "inbox quiet")]
    steps = told([shop(*kind) for kind in kinds * 6])
    assert sum("get_shop()" in step for step in steps) == 1 and sum(step.startswith("if '") for step in steps) == 2


def test_a_script_tells_each_case_of_a_step_once_and_then_not_how_many_runs_had_it():
    steps = extract_family(TWO_CAUSES).script.steps
    cases = [parse_step(step) for step in steps if "reset()" in step]
    assert len({step.when for step in cases}) == len(cases) == 2 and not any(step.whole for step in cases)
