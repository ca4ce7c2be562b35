"""Counters: a step, or a short cycle of steps, that is done again with a number that counts up."""

import itertools

from families import run_of
from hypothesis import given
from hypothesis import strategies as st

from memp.build.reading.counters import LEAST_SWEEP, loops_of
from memp.build.reading.run import read_run
from memp.build.reading.waits import LEAST_TIMES


def loops(*lines: tuple[str, str], task: str = "t", needed: frozenset[int] = frozenset()):
    run = run_of(task, *lines)
    return loops_of(read_run(run.task, run.steps), run.task, [step.action for step in run.steps], needed)


def test_a_cycle_with_a_number_that_counts_up_is_one_loop():
    lines = [line for i in range(LEAST_SWEEP) for line in ((f"open page {i}", "ok"), ("save", "saved"))]
    (loop,) = loops(*lines, ("close", "ok"))
    assert loop.wait[:4] == (0, 2 * LEAST_SWEEP, 2, LEAST_SWEEP) and loop.texts == ("open page {page}", "save")
    assert [(c.name, c.span) for c in loop.counters] == [("page", f"0 to {LEAST_SWEEP - 1}")]


def test_mere_looking_is_a_loop_only_where_it_is_needed_or_long_and_made_use_of():
    few = [(f"read page {i}", "text") for i in range(LEAST_TIMES)]
    many = [(f"read page {i}", "text") for i in range(LEAST_SWEEP)]
    assert not loops(*few, ("save", "ok")) and loops(*few, ("save", "ok"), needed=frozenset((1,)))
    assert loops(*many, ("save", "ok")) and not loops(*many, ("read index", "text"))


def test_numbers_that_do_not_grow_evenly_are_no_loop():
    assert not loops(*((f"set level {i}", "ok") for i in (1, 2, 4, 8, 16)))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5)), max_size=14))
def test_loops_cover_what_they_say_and_do_not_overlap(steps: list[tuple[str, int]]):
    end = 0
    for loop in loops(*((f"make {word} {number}", "ok") for word, number in steps)):
        wait = loop.wait
        assert wait.start >= end and wait.times >= LEAST_TIMES and wait.end == wait.start + wait.times * wait.cycle
        for counter in loop.counters:
            numbers = [int(number) for number in counter.numbers]
            gaps = {b - a for a, b in itertools.pairwise(numbers)}
            assert len(numbers) == wait.times and len(gaps) == 1 and min(gaps) > 0
        end = wait.end
