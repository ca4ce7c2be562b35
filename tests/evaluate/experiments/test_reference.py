"""The paper's memory as a baseline: one item for each run, and its rules of update."""

from collections.abc import Sequence

import pytest
from runs import CLEAN_CUP, CLEAN_MUG, NOT_HELD
from tiny_kitchen import run_with_mug_at

from memp.embed.hashing import HashingEmbedder
from memp.evaluate.experiments.reference import ReferenceMemory
from memp.reply import RecallReply
from memp.update.policies import Policy

PUT = "put a mug in cabinet."

CLEAN = "put a clean mug in cabinet."


def reference(policy: Policy = "validation", *, deletes: bool = False, floor: float | None = None) -> ReferenceMemory:
    return ReferenceMemory(HashingEmbedder(), policy, deletes=deletes, floor=floor)


def found_at(reply: RecallReply) -> str:
    """The place of the mug, as the reply says it."""
    (told,) = [text for text in reply.matches[0].parameters.values() if "so far: " in text]
    return told.partition("so far: ")[2]


def test_every_run_is_an_item_of_its_own_and_equal_ones_are_not_merged():
    memory = reference()
    for place in ("shelf 1", "shelf 2", "shelf 2"):
        memory.record(PUT, run_with_mug_at(place), True)
    assert memory.size == 3


def test_the_item_of_the_most_similar_task_is_told_in_the_form_of_recall_procedure():
    memory = reference()
    memory.record(PUT, run_with_mug_at("shelf 1"), True)
    memory.record(CLEAN, CLEAN_MUG, True)
    (match,) = memory.recall("put a clean mug in drawer.").matches
    assert match.id == "p2" and "= mug" in match.parameters.values() and "= drawer" in match.parameters.values()
    assert match.steps and match.goal.startswith("Put a clean")
    assert memory.recall(PUT, "it is stuck").matches == memory.recall(PUT).matches


def test_an_item_tells_of_its_own_run_alone_where_the_thing_was():
    memory = reference()
    for place in ("shelf 1", "countertop 1"):
        memory.record(PUT, run_with_mug_at(place), True)
    assert found_at(memory.recall(PUT)) == "countertop 1x"


def test_nothing_is_told_by_an_empty_memory_or_below_a_floor_that_is_given():
    memory = reference(floor=0.9)
    assert memory.recall(PUT).matches == []
    memory.record(PUT, run_with_mug_at("shelf 1"), True)
    assert memory.recall("migrate the orders database").matches == []
    assert len(memory.recall(PUT).matches) == 1


@pytest.mark.parametrize(("policy", "size"), [("vanilla", 2), ("validation", 1), ("adjustment", 1)])
def test_only_vanilla_keeps_a_failed_run(policy: Policy, size: int):
    memory = reference(policy)
    memory.record(CLEAN, NOT_HELD, False)
    memory.record(CLEAN, CLEAN_MUG, True)
    assert memory.size == size


def test_adjustment_revises_in_place_what_a_failed_run_used():
    told: dict[str, RecallReply] = {}
    for policy in ("validation", "adjustment"):
        memory = reference(policy)
        memory.record(PUT, run_with_mug_at("shelf 1"), True)
        failed = [*run_with_mug_at("countertop 1")[:2], "put mug 1 in/on drawer 1 -> Nothing happens."]
        memory.record(PUT, failed, False, used=["p1"])
        told[policy] = memory.recall(PUT)
    before, after = told["validation"].matches[0], told["adjustment"].matches[0]
    assert before.pitfalls == [] and after.pitfalls
    assert after.id == before.id and after.steps == before.steps
    assert "Nothing happens" in after.pitfalls[0]
    assert found_at(told["adjustment"]) == "shelf 1x, countertop 1x"


@pytest.mark.parametrize(
    ("outcomes", "left"), [([False, False], 1), ([True, False, False], 0), ([True, True, False], 1)]
)
def test_the_deletion_rule_drops_what_fails_more_often_than_not_from_three_uses_on(
    outcomes: Sequence[bool], left: int
):  # fmt: skip
    for deletes in (False, True):
        memory = reference("adjustment", deletes=deletes)
        memory.record(CLEAN, CLEAN_MUG, True)
        for outcome in outcomes:
            memory.record(CLEAN, CLEAN_CUP if outcome else NOT_HELD, outcome, used=["p1"])
        kept = memory.size - sum(outcomes)
        assert kept == (left if deletes else 1)


def test_all_that_was_used_is_credited():
    memory = reference()
    memory.record(PUT, run_with_mug_at("shelf 1"), True)
    memory.record(CLEAN, CLEAN_MUG, True)
    memory.record("put a clean cup in cabinet.", CLEAN_CUP, False, used=["p1", "p2"])
    told = [m.worked for task in (PUT, CLEAN) for m in memory.recall(task).matches]
    assert len(told) == 2 and all(text.startswith("in 1 of 2 runs") for text in told)


def test_adjustment_withholds_an_item_from_the_kind_of_task_on_which_it_failed_oftener_than_not():
    cases: tuple[tuple[Policy, int], ...] = (("validation", 1), ("adjustment", 0))
    for policy, told in cases:
        memory = reference(policy)
        memory.record(PUT, run_with_mug_at("shelf 1"), True)
        memory.record(CLEAN, run_with_mug_at("shelf 1"), False, used=["p1"])
        assert len(memory.recall("put a clean mug in shelf.").matches) == told
        assert len(memory.recall(PUT).matches) == 1
