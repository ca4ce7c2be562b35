"""A person's decisions on the memory, as functions over a store."""

from collections.abc import Callable
from typing import Any

import pytest

from memp.domain import trust
from memp.domain.procedure import Ref
from memp.errors import InputError, NotFoundError, StoreError
from memp.inputs.references import reference
from memp.memory import ProceduralMemory
from memp.update import review
from memp.update.review import PERSON

P1, P1R2 = Ref(procedure_id=1), Ref(procedure_id=1, revision=2)
TASK = "put a mug in cabinet 1"
STEPS = [
    "go to shelf 1 -> On the shelf 1, you see a mug 1.",
    "take mug 1 from shelf 1 -> You pick up the mug 1 from the shelf 1.",
    "go to cabinet 1 -> The cabinet 1 is open.",
    "move mug 1 to cabinet 1 -> You move the mug 1 to the cabinet 1.",
]
SCRIPT = {"goal": "Put {object} in {place}", "steps": ["find {object}", "take it", "bring it to {place}"]}
MENDED = {"goal": "Put {object} in {place}", "steps": ["find {object}", "take it", "open {place}", "put it there"]}
PROOF = "check: look, exit 0"


def actions(memory: ProceduralMemory) -> list[tuple[str, str]]:
    return [(change.actor, change.action) for change in reversed(memory.store.changes(1))]


def pinned(memory: ProceduralMemory) -> None:
    """p1, pinned, with a proposed revision."""
    memory.record(TASK, STEPS, 1, script=SCRIPT)
    review.pin(memory.store, 1, "it is the house rule")
    memory.reflect(TASK, STEPS[:1], "closed", used=["p1"], revision=MENDED)


def test_a_pin_holds_against_failures_and_is_undone_by_a_person_only(memory: ProceduralMemory):
    pinned(memory)
    for n in range(8):
        memory.record(TASK, [f"try {n} -> no"], 0, evidence=PROOF, used=["p1"])
    assert (memory.procedure(1).tier, memory.procedure(1).status) == ("pinned", "active")
    assert memory.recall(TASK).matches[0].procedure.id == 1
    review.unpin(memory.store, 1, ("",), "")
    assert memory.procedure(1).tier == "candidate"
    memory.record(TASK, ["try 9 -> no"], 0, evidence=PROOF, used=["p1"])
    assert memory.procedure(1).status == "archived"
    assert [done for done in actions(memory) if done[0] == PERSON] == [(PERSON, "pinned"), (PERSON, "candidate")]


def test_unpinned_it_is_as_a_person_approved_it_before(memory: ProceduralMemory):
    memory.record("bake bread", ["mix -> dough", "bake -> bread"], "success")
    review.approve(memory.store, reference("p1"), "I know it")
    for _ in range(2):
        review.pin(memory.store, 1, "")
        assert "validated, as a person approved it" in review.unpin(memory.store, 1, ("",), "")
    assert memory.store.procedures([1])[0].tier == "validated"


def test_unpinned_it_is_validated_where_the_evidence_says_so(memory: ProceduralMemory):
    memory.record(TASK, STEPS, 1, evidence=PROOF)
    review.pin(memory.store, 1, "")
    memory.record(TASK, [*STEPS, "look -> yes"], 1, evidence=PROOF, used=["p1"])
    assert "validated" in review.unpin(memory.store, 1, ("",), "")
    assert memory.procedure(1).tier == "validated"


def test_a_revision_is_settled_once(memory: ProceduralMemory):
    pinned(memory)
    review.approve(memory.store, P1R2, "yes")
    assert (memory.procedure(1).revision, memory.procedure(1).tier) == (2, "pinned")
    for settle in (review.approve, review.reject):
        with pytest.raises(InputError, match="neither on trial nor proposed"):
            settle(memory.store, P1R2, "")
    assert memory.recall(TASK).matches[0].procedure.script.steps[2] == "open {place}"


def test_a_proposal_that_is_approved_ends_the_trial_beside_it(memory: ProceduralMemory):
    memory.record(TASK, STEPS, 1, evidence=PROOF, script=SCRIPT)
    memory.record(TASK, [*STEPS, "look -> yes"], 1, evidence=PROOF, used=["p1"])
    memory.reflect(TASK, STEPS[:1], "closed", used=["p1"], revision=MENDED)
    assert memory.procedure(1).trial == 2
    review.pin(memory.store, 1, "")
    other = {**SCRIPT, "steps": ["just do it"]}
    memory.reflect(TASK, STEPS[:2], "closed", used=["p1"], revision=other)
    waiting = {item.label: item.kind for item in review.waiting(memory.store) if item.procedure.id == 1}
    assert waiting == {"p1r2": "trial", "p1r3": "proposed"}
    review.approve(memory.store, Ref(procedure_id=1, revision=3), "")
    assert (memory.procedure(1).revision, memory.procedure(1).trial) == (3, None)
    assert [r.state for r in memory.store.history(1)] == ["current", "dropped", "current"]


def test_what_is_archived_is_judged_only_after_it_is_restored(memory: ProceduralMemory):
    memory.record(TASK, STEPS, 1)
    review.reject(memory.store, P1, "")
    for deed in (lambda: review.approve(memory.store, P1, ""), lambda: review.pin(memory.store, 1, "")):
        with pytest.raises(InputError, match="restore it first"):
            deed()
    review.restore(memory.store, 1, "")
    review.approve(memory.store, P1, "")
    assert actions(memory)[1:] == [(PERSON, "archived"), (PERSON, "restored"), (PERSON, "validated")]


def test_what_waits_is_told_with_the_uses_of_each_revision(memory: ProceduralMemory):
    memory.record(TASK, STEPS, 1, evidence=PROOF, script=SCRIPT)
    memory.record(TASK, [*STEPS, "look -> yes"], 1, evidence=PROOF, used=["p1"])
    memory.reflect(TASK, STEPS[:1], "closed", used=["p1"], revision=MENDED)
    memory.record(TASK, ["look -> no"], 0, evidence="it failed", used=["p1r2"])
    item = review.look(memory.store, P1R2)
    assert (item.kind, item.uses.uses, item.uses.successes) == ("trial", 1, 0)
    assert item.uses.weight == pytest.approx(trust.weight("claim", False))
    assert item.current_uses[:2] == (2, 1)


def test_the_base_rate_is_that_of_the_contexts_it_was_used_in(memory: ProceduralMemory):
    memory.record(TASK, STEPS, 1, evidence=PROOF)
    empty = review.base_rate(memory.store, memory.store.standings([1])[1], ("",))
    for n in range(6):
        memory.record("bake bread", [f"bake {n} -> no"], 0, evidence=PROOF)
    assert review.base_rate(memory.store, memory.store.standings([1])[1], ("",)) < empty


@pytest.mark.parametrize("name", ["", "t1", "p", "p1r", "1 2", "p1;p2"])
def test_a_name_that_is_none_is_refused(name: str):
    with pytest.raises(InputError, match="is no procedure"):
        reference(name)


def test_values_that_were_counted_for_a_run_are_uncounted_whatever_its_procedure_says(
    open_memory: Callable[..., Any],
):
    """A run that corroborates a caller's script counts what it found out by the parameters of its own draft."""
    memory = open_memory()
    memory.record(TASK, STEPS, 1)
    script = memory.procedure(1).script
    bare = {"goal": script.goal, "steps": list(script.steps)}
    memory = open_memory(path="other.sqlite3")
    memory.record("put a cup in cabinet 2", ["do it -> done"], 1, script=bare)
    memory.record(TASK, STEPS, 1)
    assert memory.store.stats().procedures == 1
    assert memory.store.findings(["where mug is"], [""]) == {"where mug is": [("shelf", 1)]}
    review.forget(memory.store, review.loss(memory.store, review.parse_selection(["t2"])))
    assert memory.store.findings(["where mug is"], [""]) == {}
    assert memory.store.check() == []


def test_what_forgetting_takes_along_is_told_before(memory: ProceduralMemory):
    memory.record(TASK, STEPS, 1)
    memory.record("put a mug in cabinet 2", [step.replace("cabinet 1", "cabinet 2") for step in STEPS], 1)
    memory.record("bake bread", ["mix -> dough", "bake -> bread"], 1)
    assert memory.procedure(1).trajectories == (1, 2)
    one = review.loss(memory.store, review.parse_selection(["t1"]))
    assert ([p.id for p in one.procedures], list(one.runs), one.marked) == ([], [1], [1])
    both = review.loss(memory.store, review.parse_selection(["t1", "t2"]))
    assert ([p.id for p in both.procedures], both.implied, both.marked) == ([1], [1], [])
    named = review.loss(memory.store, review.parse_selection(["p1"]))
    assert (named.implied, list(named.runs)) == ([], [1, 2])
    kept = review.loss(memory.store, review.parse_selection(["p1"]), keep_runs=True)
    assert (list(kept.runs), kept.staying) == ([], 2)
    with pytest.raises(NotFoundError):
        review.loss(memory.store, review.parse_selection(["p1", "t9"]))


def test_a_run_takes_its_lesson_along_and_leaves_what_others_found_too(memory: ProceduralMemory):
    for error, lesson in (("disk full", "ask Zdenka"), ("port busy", "stop nginx")):
        memory.reflect("bake bread", [f"bake, {error} -> no"], error, lesson=lesson)
        memory.reflect("bake a cake", [f"bake, {error} -> no", "stop nginx -> stopped"], error)
    assert memory.store.stats().pitfalls == 2
    review.forget(memory.store, review.loss(memory.store, review.parse_selection(["t1", "t3"])))
    told = {known.pitfall.trigger: known.pitfall.instead for known in memory.store.pitfalls(ids=[1, 2])}
    assert told == {"disk full": "", "port busy": "stop nginx"}


def test_a_procedure_that_was_revised_after_a_run_is_named_as_keeping_its_words(memory: ProceduralMemory):
    memory.record(TASK, STEPS, 1, script=SCRIPT)
    memory.reflect("put a cup in cabinet", STEPS[:1], "closed", used=["p1"], revision=MENDED)
    lost = review.loss(memory.store, review.parse_selection(["t2"]))
    assert (list(lost.procedures), lost.marked) == ([], [1])
    review.forget(memory.store, lost)
    assert memory.store.history(1)[1].reason == ""


def test_look_ups_in_the_words_of_a_forgotten_run_go_with_it(memory: ProceduralMemory):
    memory.record(TASK, STEPS, 1)
    for task in (TASK, "something else altogether"):
        memory.recall(task)
    review.forget(memory.store, review.loss(memory.store, review.parse_selection(["p1"])))
    assert memory.store.stats().recalls == 1


def test_a_crash_after_the_deletion_leaves_a_whole_memory_that_scrub_finishes(
    memory: ProceduralMemory, monkeypatch: pytest.MonkeyPatch
):
    memory.record(TASK, STEPS, 1)
    memory.record("bake bread", ["mix -> dough", "bake -> bread"], 1)

    def fails(*_: object) -> None:
        raise StoreError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(type(memory.store), "scrub", fails)
        with pytest.raises(StoreError, match="the power went"):
            review.forget(memory.store, review.loss(memory.store, review.parse_selection(["p1"])))
    assert memory.store.check() == []  # type: ignore[attr-defined]
    assert memory.recall("bake bread").matches[0].procedure.id == 2
    memory.store.scrub()
    assert memory.store.check() == []  # type: ignore[attr-defined]
