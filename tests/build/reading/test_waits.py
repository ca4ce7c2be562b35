"""Waits: a step, or a short cycle of steps, done again until something is seen."""

import pytest
from families import run_of
from hypothesis import given
from hypothesis import strategies as st

from memp.build.extractive.script import extract
from memp.build.reading.waits import LEAST_TIMES, LONGEST_CYCLE, waits_of
from memp.text.steps import parse_step


def incubation(rounds: int):
    """A laboratory: the dish is looked at until there are colonies."""
    shown = ["The dish is clear."] * (rounds - 1) + ["The dish is clear. There are colonies."]
    return run_of(
        "Grow colonies and freeze them",
        ("put the dish in the oven", "It is at 37 degrees."),
        *(("check the dish", text) for text in shown),
        ("freeze colonies", "They are frozen."),
    )


def test_a_step_that_is_repeated_is_one_wait_with_its_stop_sign():
    (wait,) = waits_of(incubation(6).steps, "Grow colonies and freeze them")
    assert (wait.start, wait.end, wait.cycle, wait.times, wait.until) == (1, 7, 1, 6, "colonies")


def test_a_script_says_how_often_and_until_when():
    step = next(
        step for step in map(parse_step, extract(incubation(9)).script.steps) if step.action.startswith("check")
    )
    assert step.times == 9 and "colonies" in step.until


def test_done_twice_is_no_wait():
    assert waits_of(incubation(LEAST_TIMES - 1).steps, "") == []


def test_a_cycle_of_two_steps_is_one_wait():
    shown = [("wait", "Time passes."), ("look", "The kettle is cold.")] * 4 + [
        ("wait", "Time passes."),
        ("look", "The kettle boils."),
    ]
    (wait,) = waits_of(run_of("make tea", *shown, ("pour the kettle", "ok")).steps, "make tea when the kettle boils")
    assert (wait.cycle, wait.times) == (2, 5) and "boils" in wait.until


def test_two_waits_do_not_overlap_and_stand_in_order():
    steps = [("poll a", "no")] * 3 + [("act", "done")] + [("poll b", "no")] * 4
    assert [(w.start, w.end) for w in waits_of(run_of("t", *steps).steps, "t")] == [(0, 3), (4, 8)]


def test_a_wait_that_showed_nothing_new_has_no_stop_sign():
    (wait,) = waits_of(run_of("t", *[("poll", "no")] * 5).steps, "t")
    assert wait.until == ""


@pytest.mark.parametrize("rounds", [3, 20, 200])
def test_a_number_that_changes_each_time_is_no_stop_sign_where_a_word_is(rounds: int):
    shown = [f"Build {n} percent." for n in range(rounds)] + ["Build 100 percent. The artifact is ready."]
    run = run_of("Deploy the artifact", *(("status", text) for text in shown), ("deploy artifact", "ok"))
    (wait,) = waits_of(run.steps, run.task)
    assert wait.until in ("artifact", "The artifact is ready", "ready")


@given(st.lists(st.sampled_from("ab"), max_size=14))
def test_waits_cover_only_repetitions(actions: list[str]):
    steps = run_of("t", *((action, "ok") for action in actions)).steps
    end = 0
    for wait in waits_of(steps, "t"):
        assert wait.start >= end and wait.times >= LEAST_TIMES and wait.cycle <= LONGEST_CYCLE
        assert wait.end == wait.start + wait.times * wait.cycle
        cycle = actions[wait.start : wait.start + wait.cycle]
        assert actions[wait.start : wait.end] == cycle * wait.times
        end = wait.end
