"""Lifecycle by outcomes: tiers, trials, archiving, and coming back."""

from collections.abc import Callable

import pytest
from runs import BETTER, CHECKED, CLEAN_CUP, CLEAN_MUG, NOT_HELD, TASK, again, steps_shown

from memp.domain.procedure import Ref
from memp.memory import ProceduralMemory
from memp.reply import record_reply
from memp.store.sqlite.store import SQLiteStore
from memp.update import review

Opener = Callable[..., ProceduralMemory]


# Tiers


def test_two_checked_successes_validate_and_claims_do_not(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for number in range(3):
        memory.record(TASK, again(number), "success", used=["p1"])
    assert memory.procedure(1).tier == "candidate"
    done = memory.record(TASK, again(7), "success", evidence="user: thanks, works", used=["p1"])
    assert memory.procedure(1).tier == "validated" and record_reply(done).changed == ["p1 is validated now"]


def test_a_run_that_used_a_procedure_and_repeats_it_validates_once(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    done = memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success", evidence=CHECKED, used=["p1"])
    assert done.how == "merged" and memory.procedure(1).tier == "candidate"


def test_no_tool_call_pins(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence="user: pinned")
    assert memory.procedure(1).tier == "candidate"


# Trials


def test_a_revision_that_does_better_is_promoted_and_one_success_is_not_enough(on_trial: ProceduralMemory):
    first = on_trial.record(TASK, ["hold it -> ok", "go on -> well"], "success", evidence=CHECKED, used=["p1r2"])
    assert not any("promoted" in change for change in record_reply(first).changed)
    done = on_trial.record(TASK, ["hold it -> ok", "go on -> done"], "success", evidence=CHECKED, used=["p1r2"])
    assert record_reply(done).changed[0] == "p1r2 did better: promoted"
    assert on_trial.procedure(1).revision == 2 and steps_shown(on_trial) == ("hold it", "go on")


def test_a_revision_that_does_worse_is_dropped_and_the_parent_shown_again(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for number in range(6):
        memory.record(TASK, again(number), "success", evidence=CHECKED, used=["p1"])
    before = memory.procedure(1)
    worse = {"goal": "g", "steps": ["worse"]}
    trial, _ = memory.reflect(TASK, NOT_HELD, "x", used=["p1"], revision=worse).revised[1]
    for number in range(2):
        run, evidence = [f"worse -> error {number}: failed"], CHECKED.replace("0", "1")
        memory.record(TASK, run, "failure", evidence=evidence, used=[f"p1r{trial}"])
    assert memory.procedure(1).trial is None and steps_shown(memory) == before.script.steps
    assert [r.state for r in memory.store.history(1)] == ["current"] * before.revision + ["dropped"]


def test_what_is_archived_says_why_and_a_person_can_bring_it_back(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    for number in range(6):
        memory.record(TASK, [f"try {number} -> Nothing happens"], "failure", evidence="environment: 0", used=["p1"])
    assert memory.procedure(1).status == "archived"
    change = memory.store.changes(1)[0]
    assert (change.actor, change.action) == ("memp", "archived") and "uses succeeded" in change.detail
    memory.store.restore(1, "person", "it was the network")
    assert memory.procedure(1).status == "active" and memory.store.changes(1)[0].action == "restored"


def test_the_audit_log_cannot_be_changed(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    store = memory.store
    assert isinstance(store, SQLiteStore)
    for sql in ("DELETE FROM audit", "UPDATE audit SET actor = 'nobody'", "UPDATE audit SET detail = 'nothing'"):
        with pytest.raises(Exception, match="append-only"), store._db.write() as db:
            db.run(sql)
    assert store.changes(1)[-1].action == "created"


# What was archived


def test_a_procedure_that_a_person_rejected_does_not_come_back_by_a_like_run(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    review.reject(memory.store, Ref(procedure_id=1), "wrong sink")
    told = record_reply(memory.record(TASK, again(1), "success", evidence=CHECKED))
    assert not told.created and any("a person archived it" in line for line in told.notes or ())
    assert not memory.recall(TASK).matches and len(memory.store.procedures(active=False)) == 1


def test_a_procedure_that_failed_too_often_takes_like_runs_in_and_stays_archived(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for failed in range(5):
        memory.record(f"put a clean mug in cabinet {failed}.", NOT_HELD, "failure", evidence=CHECKED, used=["p1"])
    memory.store.archive(1, "5 of 5 uses failed")
    told = record_reply(memory.record(TASK, again(1), "success", evidence=CHECKED))
    assert memory.procedure(1).status == "archived" and any("failed more often" in line for line in told.notes or ())
    assert len(memory.store.procedures(active=False)) == 1


def test_what_had_to_make_room_comes_back_as_soon_as_it_is_done_again(open_memory: Opener):
    memory = open_memory(capacity=1)
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    memory.store.archive(1, "more than fits")
    told = record_reply(memory.record(TASK, again(1), "success", evidence=CHECKED))
    assert any("back from the archive" in line for line in told.notes or ()) and memory.recall(TASK).matches


def test_a_procedure_that_keeps_failing_is_archived_and_no_longer_recalled(memory: ProceduralMemory):
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    archived: list[int] = []
    for attempt in range(8):
        done = memory.record(f"put a clean mug in cabinet {attempt}.", NOT_HELD, "failure", used=[built])
        archived += done.decided.archived
    assert archived == [built]
    assert memory.recall("put a clean mug in cabinet.").matches == []
    assert built is not None and memory.procedure(built).status == "archived"


@pytest.mark.parametrize(
    ("rule", "failures", "status"),
    [("off", 12, "active"), ("reference", 2, "active"), ("reference", 3, "archived"), ("posterior", 3, "active")],
)
def test_what_is_archived_for_its_outcomes_is_a_setting(open_memory: Opener, rule: str, failures: int, status: str):
    memory = open_memory(erase=rule)
    memory.record(TASK, CLEAN_MUG, "success")
    for number in range(failures):
        memory.record(TASK, [f"try {number} -> Nothing happens"], "failure", evidence="environment: 0", used=["p1"])
    assert memory.procedure(1).status == status


def test_a_revision_on_trial_keeps_its_procedure_from_being_archived(open_memory: Opener):
    memory = open_memory(erase="reference")
    memory.record(TASK, CLEAN_MUG, "success")
    memory.record(TASK, ["try 8 -> Nothing happens"], "failure", evidence="environment: 0", used=["p1"])
    memory.reflect(TASK, NOT_HELD, "x", used=["p1"], revision=BETTER)
    memory.record(TASK, ["try 9 -> Nothing happens"], "failure", evidence="environment: 0", used=["p1"])
    assert (memory.procedure(1).status, memory.procedure(1).trial) == ("active", 2)


def test_a_validated_procedure_that_begins_to_fail_is_a_candidate_again_before_it_is_archived(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    memory.record(TASK, again(1), "success", evidence=CHECKED, used=["p1"])
    assert memory.procedure(1).tier == "validated"
    tiers: list[str] = []
    number = 0
    while memory.procedure(1).status == "active" and number < 20:
        number += 1
        done = memory.record(TASK, [f"try {number} -> no"], "failure", evidence="environment: 0", used=["p1"])
        tiers += done.decided.tiers.values()
    assert tiers == ["candidate"] and 4 <= number < 20
    assert [change.action for change in memory.store.changes(1)][:2] == ["archived", "candidate"]


def test_what_follows_from_an_outcome_is_written_once_with_its_count(open_memory: Opener):
    one, other = open_memory(), open_memory()
    one.record(TASK, CLEAN_MUG, "success")
    for number in range(8):
        memory = (one, other)[number % 2]
        memory.record(TASK, [f"try {number} -> Nothing happens"], "failure", evidence="environment: 0", used=["p1"])
    changes = [change for change in one.store.changes(1) if change.action == "archived"]
    assert len(changes) == 1
    assert changes[0].detail.startswith("rule posterior: 0 of ") and "without it " in changes[0].detail


def test_the_end_of_a_trial_is_written_with_the_count_of_both_revisions(on_trial: ProceduralMemory):
    for said in ("well", "done"):
        on_trial.record(TASK, ["hold it -> ok", f"go on -> {said}"], "success", evidence=CHECKED, used=["p1r2"])
    (ended,) = [change for change in on_trial.store.changes(1) if change.action == "promoted"]
    assert (ended.actor, ended.detail) == ("memp", "2 of 2 uses succeeded; revision 1: 0 of 1 uses succeeded")


def test_a_run_that_does_the_same_brings_back_what_age_archived(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    memory.store.archive(1, "stale", "memp")
    done = memory.record(TASK, again(1), "success", evidence=CHECKED)
    assert (done.how, done.built) == ("merged", 1) and memory.procedure(1).status == "active"


def test_a_trial_that_surely_does_worse_than_no_procedure_is_dropped_though_its_parent_fails_too(open_memory: Opener):
    memory = open_memory(erase="off")
    for number in range(12):
        memory.record(f"{TASK[:-1]} {number}.", [f"my own way {number} -> done"], "success", evidence="environment: 1")
    failing = memory.record(TASK, CLEAN_MUG, "success").built
    assert failing is not None
    for number in range(4):
        memory.record(TASK, [f"try {number} -> no"], "failure", evidence="environment: 0", used=[f"p{failing}"])
    memory.reflect(TASK, NOT_HELD, "x", used=[f"p{failing}"], revision=BETTER)
    dropped: dict[int, int] = {}
    for number in range(10, 16):
        run, used = [f"try {number} -> no"], [f"p{failing}r2"]
        dropped |= memory.record(TASK, run, "failure", evidence="environment: 0", used=used).decided.dropped
    assert dropped == {failing: 2}


def test_a_new_tier_is_written_with_its_count(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    memory.record(TASK, again(1), "success", evidence=CHECKED, used=["p1"])
    (change,) = [change for change in memory.store.changes(1) if change.action == "validated"]
    assert (change.actor, change.detail) == ("memp", "1 of 1 uses succeeded")
