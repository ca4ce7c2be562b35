"""Conditions: why only some runs took a step, as what they had observed tells it."""

from collections.abc import Sequence

from families import FAMILIES, order, run_of

from memp.build.extractive import extract_family
from memp.build.induction.alignment import align
from memp.build.induction.conditions import Condition, condition_of
from memp.build.induction.parameters import generalise
from memp.build.reading.members import member_of
from memp.domain.trajectory import Trajectory
from memp.text.steps import parse_step


def condition(runs: Sequence[Trajectory], action: str) -> Condition | None:
    """The condition of the step that begins like this."""
    members = [member_of(run) for run in runs]
    general = generalise(members, align(members))
    (at,) = [i for i, text in enumerate(general.texts) if text.startswith(action)]
    return condition_of(general, at)


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


def test_words_that_only_the_runs_with_a_step_saw_are_its_condition():
    runs = [door("pen", "closed", UNLATCH), door("cup", "ajar"), door("lamp", "closed", UNLATCH)]
    made = condition(runs, "unlatch")
    assert made is not None and not made.negated and "closed" in made.words


def test_words_that_only_the_other_runs_saw_are_its_condition_negated():
    fix = [("fix()", "ok")]
    runs = [
        run_of("ship it", ("review()", note), *more, ("ship()", "gone"))
        for note, more in (("looks good", []), ("needs work", fix), ("looks good", []), ("odd name", fix))
    ]
    made = condition(runs, "fix")
    assert made is not None and made.negated and "looks good" in made.words


def test_a_number_beside_the_same_words_decides():
    made = condition([tank(12, FILL), tank(80), tank(9, FILL), tank(64)], "fill_tank")
    assert made is not None and made.bound.startswith("< ") and 12 <= float(made.bound[2:]) <= 64


def test_a_number_that_the_tasks_name_is_the_bound():
    runs = [
        run.model_copy(update={"task": "Fill up below 50 litres"}) for run in (tank(12, FILL), tank(80), tank(9, FILL))
    ]
    made = condition(runs, "fill_tank")
    assert made is not None and made.bound == "< 50"


def test_a_step_that_all_runs_have_has_no_condition():
    assert condition(FAMILIES[2], "close_ticket") is None


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
    steps = [parse_step(step) for step in extract_family([tank(12, FILL), tank(80), tank(9, FILL)]).script.steps]
    assert steps[0].action == "gauge()" and steps[-1].action == "open_valve()"
    (fill,) = [step for step in steps if step.action == "fill_tank()"]
    assert fill.when and fill.bound.startswith("< ")


def test_without_a_condition_a_script_says_how_many_runs_had_a_step():
    runs = [run_of("tidy", ("sweep()", "ok"), *more, ("leave()", "bye")) for more in ([("dust()", "ok")], [], [])]
    (dust,) = [step for step in map(parse_step, extract_family(runs).script.steps) if step.action == "dust()"]
    assert (dust.when, dust.unless, dust.part, dust.whole) == ("", "", 1, 3)
