"""Conditions: why only some runs took a step, as what they had observed tells it."""

from collections.abc import Sequence

import pytest
from families import FAMILIES, member, order, run_of

from memp.build.extractive.script import extract_family
from memp.build.induction.alignment import align
from memp.build.induction.branching.conditions import Condition, above, below, condition_of
from memp.build.induction.branching.timelines import Timelines
from memp.build.induction.parameters import generalise
from memp.build.reading.reduction import member_of
from memp.domain.trajectory import Step, Trajectory
from memp.text.steps import parse_step


def condition(runs: Sequence[Trajectory], action: str) -> Condition | None:
    """The condition of the step that begins like this."""
    members = [member_of(run) for run in runs]
    general = generalise(members, align(members))
    (at,) = [i for i, text in enumerate(general.texts) if text.startswith(action)]
    return condition_of(Timelines(general), at)


def tank(litres: int, *more: tuple[str, str]) -> Trajectory:
    """A gauge is read, and what it shows decides whether the tank is filled."""
    return run_of("Water the garden", ("gauge()", f"level: {litres} litres"), *more, ("open_valve()", "water flows"))


def door(name: str, state: str, *more: tuple[str, str]) -> Trajectory:
    """A text game in which some chests are closed."""
    return run_of(
        f"take the {name} out of the chest",
        ("go to chest 1", f"You are at the chest 1. The chest 1 is {state}."),
        *more,
        (f"take {name} 1 from chest 1", f"You take the {name} 1."),
    )


UNLATCH = ("unlatch chest 1", "You unlatch the chest 1.")
FILL = ("fill_tank()", "ok")
CLOSED = [door(name, "closed", UNLATCH) for name in ("pen", "lamp", "key", "map")]
AJAR = [door(name, "ajar") for name in ("cup", "hat", "fan", "mop")]
LOW = [tank(litres, FILL) for litres in (12, 9, 31)]
HIGH = [tank(litres) for litres in (80, 64, 95)]
"""As many runs as it takes for what tells them apart to be no coincidence."""


def test_words_that_only_the_runs_with_a_step_saw_are_its_condition():
    made = condition([*CLOSED, *AJAR], "unlatch")
    assert made is not None and not made.negated and "closed" in made.words


def test_words_that_only_the_other_runs_saw_are_its_condition_negated():
    fix = [("fix()", "ok")]
    runs = [
        run_of("ship it", ("review()", note), *more, ("ship()", "gone"))
        for good, bad in (("looks good", "needs work"), ("looks good", "odd name"), ("looks good", "too long"))
        for note, more in ((good, []), (bad, fix))
    ]
    made = condition(runs, "fix")
    assert made is not None and made.negated and "looks good" in made.words


def test_a_number_beside_the_same_words_decides():
    made = condition([*LOW, *HIGH], "fill_tank")
    assert made is not None and made.bound.startswith("< ") and 31 <= float(made.bound[2:]) <= 64


def test_a_number_that_the_tasks_name_is_the_bound():
    runs = [run.model_copy(update={"task": "Fill up below 50 litres"}) for run in (*LOW, *HIGH)]
    made = condition(runs, "fill_tank")
    assert made is not None and made.bound == "< 50"


def test_a_step_that_all_runs_have_has_no_condition():
    assert condition(FAMILIES[2], "close_ticket") is None


def test_the_only_way_in_which_an_answer_differs_decides_in_three_runs():
    made = condition([*CLOSED[:2], AJAR[0]], "unlatch")
    assert made is not None and "closed" in made.words


def test_what_tells_few_runs_apart_may_be_chance():
    """A number is low or high in one of three runs by chance; so is a word where every run shows another."""
    assert condition([LOW[0], *HIGH[:2]], "fill_tank") is None
    looks = [door(name, state) for name, state in (("cup", "ajar"), ("hat", "painted green"))]
    assert condition([CLOSED[0], *looks], "unlatch") is None


def test_words_that_speak_of_the_step_decide_however_few_the_runs_are():
    def press(ink: str, *more: tuple[str, str]) -> Trajectory:
        return run_of("print the poster", ("look_at_press()", f"cartridge {ink}"), *more, ("print()", "ok"))

    made = condition([press("empty", ("swap_cartridge()", "ok")), press("full")], "swap_cartridge")
    assert made is not None and made.speaks and "empty" in made.words


def test_a_bound_is_the_number_that_a_task_names_or_the_middle():
    told = [member("Keep the stock above 40 units"), member("Keep it above 7")]
    assert above(12, 64, told) == "> 40" and above(50, 64, told) == "> 57" and below(1, 2, told) == "< 1.5"


def test_where_nothing_tells_the_runs_apart_there_is_no_condition():
    runs = [run_of("tidy", ("look()", "a room"), *more, ("leave()", "bye")) for more in ([("dust()", "ok")], [], [])]
    assert condition(runs, "dust") is None


def test_what_is_of_one_run_alone_decides_nothing():
    runs = [order("A-1044", "open", ("cancel()", "ok")), order("B-2077", "open"), order("C-3055", "open")]
    made = condition(runs, "cancel")
    assert made is None or "1044" not in made.words


def test_a_run_that_ended_before_tells_nothing():
    short = run_of("Water the garden", ("gauge()", "level: 70 litres"))
    assert condition([tank(12, FILL), short], "fill_tank") is None


def test_a_script_says_the_condition_and_keeps_the_reading_that_shows_it():
    steps = [parse_step(step) for step in extract_family([*LOW, *HIGH]).script.steps]
    assert steps[0].action == "gauge()" and steps[-1].action == "open_valve()"
    (fill,) = [step for step in steps if step.action == "fill_tank()"]
    assert fill.when and fill.bound.startswith("< ")


def test_without_a_condition_a_script_says_how_many_runs_had_a_step():
    runs = [run_of("tidy", ("sweep()", "ok"), *more, ("leave()", "bye")) for more in ([("dust()", "ok")], [], [])]
    (dust,) = [step for step in map(parse_step, extract_family(runs).script.steps) if step.action == "dust()"]
    assert (dust.when, dust.unless, dust.part, dust.whole) == ("", "", 1, 3)


@pytest.mark.parametrize(
    ("theirs", "ours", "task", "bound"),
    [
        (40, 60, "heat it to 60", "> 50"),  # a bound at 60 would leave out the runs that had 60
        (40, 60, "above 40", "> 40"),
        (1_048_576, 1_048_580, "clean up", "> 1048578"),
        (0.00001, 0.00003, "weigh it", "> 0.00002"),
    ],
)
def test_a_bound_is_met_by_the_runs_that_have_the_step(theirs: float, ours: float, task: str, bound: str):
    member = member_of(Trajectory(task=task, steps=(Step(action="wait"),), reward=1.0))
    assert above(theirs, ours, [member]) == bound
    assert parse_step(f"if 'level' {bound}: stop").bound == bound


def test_numbers_beyond_a_float_bound_nothing_and_stop_no_recording():
    most = "9" * 400
    runs = [
        run_of("Check the counter", ("read()", f"count is {number}"), *more, ("close()", "ok"))
        for number, more in ((most, [("reset()", "done")]), (f"-{most}", []), (most[1:], [("reset()", "done")]))
    ]
    assert not any(parse_step(step).bound for step in extract_family(runs).script.steps)
