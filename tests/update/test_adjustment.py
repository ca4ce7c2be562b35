"""Adjustment: a failure with a procedure in use revises it, or gives what a revision is written from."""

from collections.abc import Callable
from typing import Any

import pytest
from runs import CHECKED, CLEAN_MUG, MIGRATE, NOT_HELD, SCRIPT, TASK, again

from memp.errors import (
    InputError,
    RevisedMeanwhileError,
)
from memp.llm.scripted import Scripted
from memp.memory import ProceduralMemory
from memp.reply import reflect_reply

Opener = Callable[..., ProceduralMemory]


def test_adjustment_revises_what_a_failed_run_used(open_memory: Opener):
    revised = {"goal": "Put a clean {object} in {place}", "steps": ["take {object}", "clean it", "move it to {place}"]}
    memory = open_memory(llm=Scripted([revised, revised]), update="adjustment")
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    done = memory.record("put a clean mug in cabinet.", NOT_HELD, "failure", used=[built])
    assert built is not None and dict(done.revised) == {}, "the same words again are no revision"
    memory = open_memory(
        llm=Scripted([revised, {**revised, "steps": ["look for {object}", *revised["steps"]]}]), path="b"
    )
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    done = memory.record("put a clean mug in cabinet.", NOT_HELD, "failure", used=[built])
    assert built is not None and {i: made.number for i, made in done.revised.items()} == {built: 2}
    assert [r.number for r in memory.store.history(built)] == [1, 2]


def test_reflecting_keeps_the_pitfall_and_returns_what_a_revision_needs(memory: ProceduralMemory):
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    done = memory.reflect(
        "put a clean cup in cabinet.", NOT_HELD, "Nothing happens", used=[built], lesson="take it first"
    )
    assert done.material is not None and built is not None
    assert done.material["procedure"]["id"] == f"p{built}"  # type: ignore[index]
    assert done.material["left_it_at"]["did"] == "move mug 2 to cabinet 1"  # type: ignore[index]
    assert done.material["closest_success"]["task"] == "put a clean mug in cabinet."  # type: ignore[index]
    assert (memory.procedure(built).uses, memory.procedure(built).successes) == (1, 0)
    (match,) = memory.recall("put a clean fork in cabinet.").matches
    assert match.pitfalls[0].pitfall.instead == "take it first"


def test_a_revision_passed_back_is_shown_from_then_on_and_the_failure_is_credited_once(memory: ProceduralMemory):
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    assert built is not None
    args = ("put a clean cup in cabinet.", NOT_HELD, "Nothing happens")
    memory.reflect(*args, used=[built])
    revision = {"goal": "Put a clean {object} in {place}.", "steps": ["take {object} before you move it", "go on"]}
    done = memory.reflect(*args, used=[built], revision=revision)
    assert dict(done.revised) == {built: (2, "trial")} and done.material is None
    (match,) = memory.recall("put a clean fork in cabinet.").matches
    assert match.procedure.script.steps[0] == "take {object} before you move it" and memory.procedure(built).uses == 1
    assert len(match.pitfalls) == 1


def test_a_revision_needs_exactly_one_procedure(memory: ProceduralMemory):
    with pytest.raises(InputError, match="exactly"):
        memory.reflect("a task", ["a step"], "an error", revision={"steps": ["x"]})
    assert memory.store.stats().trajectories == 0


def test_pitfalls_of_a_later_script_and_of_a_revision_are_shown(memory: ProceduralMemory):
    task = "add a status column to the orders table"
    memory.record(task, MIGRATE, "success")
    memory.record(task, MIGRATE, "success", script=SCRIPT)
    shown = [p.pitfall.trigger for p in memory.recall(task).matches[0].pitfalls]
    assert "relation is locked" in shown
    revision = {**SCRIPT, "steps": ["look first"], "pitfalls": [{"trigger": "ImagePullBackOff", "instead": "log in"}]}
    memory.reflect(task, NOT_HELD, "boom", used=["p1"], revision=revision)
    assert memory.recall(task, error="ImagePullBackOff").matches[0].pitfalls[0].pitfall.instead == "log in"


def test_a_revision_made_from_an_older_one_is_refused_and_nobodys_work_is_undone(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    args = ("put a clean cup in cabinet.", NOT_HELD, "Nothing happens")
    told = memory.reflect(*args, used=["p1"]).material
    assert told is not None and told["procedure"]["revision"] == 1  # type: ignore[index]
    memory.reflect(*args, used=["p1"], revision={"revision": 1, "goal": "g", "steps": ["theirs"]})
    with pytest.raises(RevisedMeanwhileError, match="recall it again"):
        memory.reflect(*args, used=["p1"], revision={"revision": 1, "goal": "g", "steps": ["ours"]})
    (match,) = memory.recall("put a clean mug in cabinet.").matches
    assert match.procedure.script.steps == ("theirs",)


def test_claude_does_not_undo_what_was_revised_while_it_was_thinking(open_memory: Opener):
    other = open_memory(builder="extractive")

    class Slow(Scripted):
        def ask(self, system: str, prompt: str, answer: Any) -> Any:
            if "Change as little" in system:
                other.reflect("put a mug away", NOT_HELD, "x", used=["p1"], revision={"goal": "g", "steps": ["theirs"]})
            return super().ask(system, prompt, answer)

    script = {"goal": "Put {object} away", "steps": ["clean it"]}
    memory = open_memory(llm=Slow([script, {**script, "steps": ["ours"]}]))
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    done = memory.record("put a clean cup in cabinet.", NOT_HELD, "failure", used=["p1"])
    assert any("revised meanwhile" in note for note in done.notes) and dict(done.revised) == {}
    (match,) = memory.recall("put a clean mug in cabinet.").matches
    assert match.procedure.script.steps == ("theirs",)


def test_a_failure_without_used_credits_nothing_and_asks_whether_one_was_followed(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    done = memory.reflect("put a clean cup in cabinet.", NOT_HELD, "Nothing happens")
    assert done.material is not None and "procedure" not in done.material and "closest_procedure" in done.material
    assert memory.procedure(1).uses == 0
    assert "Only if you followed p1" in reflect_reply(done).next


def test_a_revision_does_not_answer_for_the_failures_of_the_one_before(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    for attempt in range(4):
        memory.record(f"put a clean mug in cabinet {attempt}.", NOT_HELD, "failure", used=["p1"])
    memory.reflect(
        "put a clean pan in cabinet.", NOT_HELD, "x", used=["p1"], revision={"goal": "g", "steps": ["better"]}
    )
    memory.record("put a clean fork in cabinet.", NOT_HELD, "failure", used=["p1"])
    assert memory.procedure(1).status == "active"


def test_a_revision_brings_an_archived_procedure_back(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    for attempt in range(5):
        memory.record(f"put a clean mug in cabinet {attempt}.", NOT_HELD, "failure", used=["p1"])
    assert memory.recall("put a clean mug in cabinet.").matches == []
    memory.reflect(
        "put a clean pan in cabinet.", NOT_HELD, "x", used=["p1"], revision={"goal": "g", "steps": ["better"]}
    )
    (match,) = memory.recall("put a clean mug in cabinet.").matches
    assert match.procedure.script.steps == ("better",) and memory.store.check() == []  # type: ignore[attr-defined]


def test_used_names_the_revision_that_is_credited(on_trial: ProceduralMemory):
    on_trial.record(TASK, again(1), "failure", used=["p1r2"])
    assert [use.revision for use in on_trial.store.uses(1)] == [2, 1]


def test_a_failure_recorded_before_is_reflected_on_by_its_id_and_counted_once(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    failed = memory.record(TASK, NOT_HELD, "failure", used=["p1"])
    told = reflect_reply(memory.reflect(TASK, None, "Nothing happens", used=["p1"], trajectory=f"t{failed.trajectory}"))
    assert told.trajectory == f"t{failed.trajectory}" and told.credited == [] and told.material
    assert memory.procedure(1).uses == 1
    with pytest.raises(InputError, match="recorded as a success"):
        memory.reflect(TASK, None, "x", trajectory="t1")
