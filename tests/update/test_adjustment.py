"""Adjustment: a failure with a procedure in use revises it, or gives what a revision is written from."""

from collections.abc import Callable
from typing import Any

import pytest
from runs import BETTER, CHECKED, CLEAN_MUG, MIGRATE, NOT_HELD, SCRIPT, TASK, again, teach

from memp.errors import InputError, LLMError, RevisedMeanwhileError
from memp.llm.scripted import Scripted
from memp.memory import ProceduralMemory
from memp.reply import reflect_reply
from memp.update import review

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


def test_what_nobody_used_yet_is_as_the_revision_says_at_once(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    done = memory.record(TASK, CLEAN_MUG, "success", script=BETTER)
    assert dict(done.revised) == {1: (2, "current")}
    assert (memory.procedure(1).revision, memory.procedure(1).trial) == (2, None)


def test_what_a_person_pinned_waits_for_a_persons_word(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    review.pin(memory.store, 1, "the house rule")
    done = memory.reflect(TASK, NOT_HELD, "x", used=["p1"], revision=BETTER)
    assert dict(done.revised) == {1: (2, "proposed")}
    assert memory.recall(TASK).matches[0].procedure.revision == 1


def test_the_same_words_again_are_no_revision_and_that_is_said(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", script=BETTER)
    done = memory.reflect(TASK, NOT_HELD, "x", used=["p1"], revision=BETTER)
    assert dict(done.revised) == {} and "p1 already says exactly this; no revision was made" in done.notes
    assert len(memory.store.history(1)) == 1


def test_a_second_revision_takes_the_place_of_the_one_on_trial(on_trial: ProceduralMemory):
    done = on_trial.reflect(TASK, ["hold it -> wet"], "wet", used=["p1r2"], revision={**BETTER, "steps": ["dry it"]})
    assert dict(done.revised) == {1: (3, "trial")}
    assert [r.state for r in on_trial.store.history(1)] == ["current", "dropped", "trial"]


def test_a_revision_of_a_trial_that_this_very_failure_ended_is_one_of_its_parent(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for number in range(6):
        memory.record(TASK, again(number), "success", evidence=CHECKED, used=["p1"])
    trial, _ = memory.reflect(TASK, NOT_HELD, "x", used=["p1"], revision=BETTER).revised[1]
    used = [f"p1r{trial}"]
    memory.record(TASK, ["hold it -> error: wet"], "failure", evidence="environment: 0", used=used)
    made_from_the_trial = {"revision": trial, "goal": "g", "steps": ["dry it"]}
    done = memory.reflect(TASK, ["hold it -> error: cold"], "cold", used=used, revision=made_from_the_trial)
    assert dict(done.decided.dropped) == {1: trial} and dict(done.revised) == {1: (trial + 1, "trial")}


def test_each_procedure_that_a_failed_run_used_gets_its_pitfall_and_its_revision(open_memory: Opener):
    memory = open_memory(llm=Scripted([{"goal": "g", "steps": ["first"]}, {"goal": "g", "steps": ["second"]}]))
    one = teach(memory, "restart the worker", ["stop it", "start it"])
    other = teach(memory, "boil an egg", ["put it in water"])
    done = memory.reflect("boil an egg at work", ["stop it -> no"], "no power", used=[f"p{one}", f"p{other}"])
    assert dict(done.revised) == {one: (2, "trial"), other: (2, "trial")} and done.material is None
    owners = {known.procedure_id for known in memory.store.pitfalls(ids=done.pitfalls)}
    assert owners == {one, other}


def test_claude_is_shown_the_failed_run_and_its_caller_is_not(open_memory: Opener):
    llm = Scripted([{"goal": "g", "steps": ["better"]}])
    memory = open_memory(llm=llm)
    teach(memory, "restart the worker", ["stop it", "start it"])
    memory.reflect("restart the worker", ["kick the worker -> it fell over"], "it fell over", used=["p1"])
    assert '"failed_run"' in llm.asked[0].prompt and "kick the worker" in llm.asked[0].prompt
    told = open_memory(path="b").reflect("restart the worker", ["kick the worker -> it fell over"], "it fell over")
    assert told.material is not None and "failed_run" not in told.material


@pytest.mark.parametrize("answer", [LLMError("The model is away."), {"goal": "g", "steps": []}, "nonsense"])
def test_where_claude_gives_no_usable_revision_the_failure_and_its_pitfall_are_kept(open_memory: Opener, answer: Any):
    memory = open_memory(llm=Scripted([answer]))
    teach(memory, "restart the worker", ["stop it", "start it"])
    done = memory.record("restart the worker", ["stop it -> error: no such worker"], "failure", used=["p1"])
    assert dict(done.revised) == {} and any(note.startswith("p1 was not revised: ") for note in done.notes)
    assert len(done.pitfalls) == 1 and (memory.procedure(1).uses, memory.procedure(1).revision) == (1, 1)


def test_a_failure_told_twice_is_revised_for_once_unless_it_is_named_as_recorded(open_memory: Opener):
    llm = Scripted([{"goal": "g", "steps": [step]} for step in ("one", "two")])
    memory = open_memory(llm=llm)
    teach(memory, "restart the worker", ["stop it", "start it"])
    failure = ("restart the worker", ["stop it -> no"], "no")
    first = memory.reflect(*failure, used=["p1"])
    assert dict(first.revised) == {1: (2, "trial")}
    assert dict(memory.reflect(*failure, used=["p1"]).revised) == {} and len(llm.asked) == 1
    named = memory.reflect("restart the worker", None, "no", used=["p1"], trajectory=f"t{first.trajectory}")
    assert dict(named.revised) == {1: (3, "trial")} and memory.procedure(1).uses == 1


@pytest.mark.parametrize("builder", ["caller", "extractive"])
def test_no_model_is_asked_where_the_setting_rules_it_out(open_memory: Opener, builder: str):
    llm = Scripted([])
    memory = open_memory(llm=llm, builder=builder)
    teach(memory, "restart the worker", ["stop it", "start it"])
    done = memory.reflect("restart the worker", ["stop it -> no"], "no", used=["p1"])
    assert done.material is not None and llm.asked == []


def test_validation_drops_a_failed_run_and_a_reflection_is_kept_under_any_policy(open_memory: Opener):
    memory = open_memory(update="validation")
    teach(memory, "restart the worker", ["stop it", "start it"])
    done = memory.record("restart the worker", ["stop it -> no"], "failure", used=["p1"])
    assert done.pitfalls == () and "drops failed runs" in done.why
    assert len(memory.reflect("restart the worker", ["kick it -> no"], "no", used=["p1"]).pitfalls) == 1
