"""Hold-out and the recall log: a share of recalls brings nothing, to measure what the others are worth."""

import random
from collections.abc import Callable

import pytest
from runs import CLEAN_MUG, TASK, again, shown

from memp.memory import ProceduralMemory
from memp.reply import recall_reply
from memp.retrieve.uplift import uplift

Opener = Callable[..., ProceduralMemory]


@pytest.fixture(autouse=True)
def the_same_draws_each_time():
    """The draws are those of the library `random`: with a seed no test depends on chance."""
    state = random.getstate()
    random.seed(7)
    yield
    random.setstate(state)


@pytest.fixture
def held(open_memory: Opener) -> ProceduralMemory:
    """A memory of one procedure that holds out nine recalls in ten."""
    open_memory().record(TASK, CLEAN_MUG, "success")
    return open_memory(holdout=0.9)


def test_a_held_out_recall_brings_nothing_and_says_so(held: ProceduralMemory):
    replies = [held.recall(f"put a clean mug in cabinet {number}.") for number in range(40)]
    share = sum(reply.held for reply in replies) / 40
    assert 0.6 < share < 1
    for reply in replies:
        assert (reply.matches == ()) == reply.held
    assert "on purpose" in recall_reply(next(reply for reply in replies if reply.held), "script").next


def test_a_second_recall_for_the_same_run_has_the_draw_of_the_first(held: ProceduralMemory):
    for number in range(20):
        task = f"put a clean mug in cabinet {number}."
        first = held.recall(task)
        assert held.recall(task, error="stuck").held == first.held


def test_the_run_that_follows_is_the_outcome_of_its_recall(held: ProceduralMemory):
    tasks = [f"put a clean mug in cabinet {number}." for number in range(40)]
    replies = [held.recall(task) for task in tasks]
    for number, task in enumerate(tasks):
        held.record(task, again(number), "success", tokens=100 + number)
    outcomes = held.store.outcomes()
    assert len(outcomes) == 40 and sum(outcome.held for outcome in outcomes) == sum(reply.held for reply in replies)
    assert all(outcome.success for outcome in outcomes)
    assert {measured.measure for measured in uplift(outcomes)} == {"success", "steps", "tokens"}


def test_what_finds_nothing_is_neither_held_out_nor_counted(held: ProceduralMemory):
    task = "negotiate the yearly insurance premium by telephone"
    assert not any(held.recall(task).held for _ in range(20))
    held.record(task, ["call them -> done"], "success")
    assert held.store.outcomes() == []


def test_without_a_share_no_recall_is_held_out_or_drawn_for(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    assert [shown(memory.recall(TASK)) for _ in range(20)] == [[1]] * 20
    memory.record(TASK, again(1), "success")
    assert memory.store.outcomes() == []


def test_each_recall_is_logged_also_one_that_finds_nothing(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    memory.recall(TASK)
    memory.recall("negotiate the yearly insurance premium by telephone")
    assert memory.store.stats().recalls == 2
    assert memory.store.times_shown(1, 1) == {1: 1}
