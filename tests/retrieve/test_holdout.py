"""Hold-out and the recall log: a share of recalls brings nothing, to measure what the others are worth."""

import json
import random
from collections.abc import Callable

import pytest
from runs import BETTER, CLEAN_MUG, NOT_HELD, TASK, again, shown

from memp.domain.trajectory import Provenance
from memp.memory import ProceduralMemory
from memp.reply import Telling, recall_reply
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


def test_who_is_stuck_is_not_given_again_what_he_was_given_for_this_task(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    assert shown(memory.recall(TASK, error="it is stuck")) == [1], "nothing was given before"
    again_stuck = memory.recall(TASK, error="the tap is dry")
    assert shown(again_stuck) == [] and again_stuck.given == ["p1"]
    assert shown(memory.recall(TASK)) == [1], "who asks without an error gets it again"
    other = Provenance(client="another client")
    assert shown(memory.recall(TASK, error="the tap is dry", provenance=other)) == [1]


def test_what_was_revised_since_it_was_given_is_given(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    memory.recall(TASK)
    memory.reflect("wash it", NOT_HELD, "Nothing happens", used=["p1"], revision=BETTER)
    (match,) = memory.recall(TASK, error="Nothing happens").matches
    assert match.procedure.label == "p1r2"


def test_after_a_run_was_recorded_the_next_one_is_given_everything(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    memory.recall(TASK)
    memory.record(TASK, again(1), "success", used=["p1"])
    assert shown(memory.recall(TASK, error="the tap is dry")) == [1]


def test_a_held_out_answer_to_an_error_says_nothing_of_it(held: ProceduralMemory):
    for number in range(20):
        found = held.recall(f"put a clean mug in cabinet {number}.", error="Nothing happens")
        assert not found.held or (found.on_error, found.given) == (None, ())


def test_who_is_stuck_with_another_task_of_the_kind_is_given_all(memory: ProceduralMemory):
    memory.record("deploy the search service", ["build -> ok", "push -> ok", "roll out -> ok"], "success")
    assert shown(memory.recall("deploy the search service")) == [1]
    other = memory.recall("deploy the ranking service", error="it is stuck")
    assert other.given == () or list(other.given) == []


def test_what_was_asked_is_logged_as_it_was_redacted_with_the_reply_as_it_goes_out(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    told = Telling("tool", recall_reply)
    secret = "ghp_" + "a1B2c3D4" * 4 + "e5F6"
    memory.recall(TASK, context=f"token {secret}", facts=["a mug"], error=f"{secret} is refused", tell=told)
    memory.recall(TASK)
    unsaid, row = memory.store.browse_answers(None)
    asked = json.loads(row.asked)
    assert (asked["through"], asked["task"], asked["facts"]) == ("tool", TASK, ["a mug"])
    assert "refused" in asked["error"] and "token" in asked["context"] and secret not in row.asked
    assert json.loads(row.answer) == told.reply.lean() and row.shown == [1]
    assert (unsaid.asked, unsaid.answer, unsaid.shown) == ("", "", [1])


def test_of_a_recall_that_was_held_out_the_log_has_what_it_said(held: ProceduralMemory):
    for number in range(20):
        held.recall(f"put a clean mug in cabinet {number}.", tell=Telling("tool", recall_reply))
    rows = [row for row in held.store.browse_answers(None) if row.held]
    assert rows and all("on purpose" in row.answer and row.shown == [] for row in rows)


def test_who_keeps_no_answers_is_logged_without_words(open_memory: Opener):
    memory = open_memory(keep_answers=0)
    told = Telling("tool", recall_reply)
    memory.recall(TASK, tell=told)
    (row,) = memory.store.browse_answers(None)
    assert (row.asked, row.answer) == ("", "") and told.reply.lean()
