"""Distillation: procedures by rule are written by a model, a family at a time; what is curated stays."""

from collections.abc import Callable

import pytest
from runs import CHECKED, CLEAN_CUP, CLEAN_MUG, NOT_HELD, SCRIPT, TASK, teach

from memp.errors import LLMError, RevisedMeanwhileError, UngroundedError
from memp.llm.scripted import Scripted
from memp.memory import ProceduralMemory
from memp.update import review

Opener = Callable[..., ProceduralMemory]

ANSWER = {
    "goal": "Put a clean {dish} in {cupboard}.",
    "parameters": [
        {"name": "dish", "values": ["mug", "cup"]},
        {"name": "cupboard", "values": ["cabinet", "cabinet"]},
        {"name": "sink", "values": ["sinkbasin 1", "a sink of another world"]},
    ],
    "steps": ["`take {dish} from {where}`", "`clean {dish} with {sink}`", "`move {dish} to {cupboard}`"],
    "pitfalls": [{"trigger": "Nothing happens", "instead": "take it first"}],
}
FOREIGN = {"goal": "g", "steps": ["start the dishwasher XQ-7000"]}


@pytest.fixture
def family(memory: ProceduralMemory) -> ProceduralMemory:
    """A memory of one procedure by rule, p1, made of two runs."""
    memory.record(TASK, CLEAN_MUG, "success")
    assert memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success").built == 1
    return memory


def test_the_runs_of_one_procedure_are_one_request_and_its_script_is_shown_from_then_on(family: ProceduralMemory):
    assert family.unwritten() == [1]
    waiting = family.waiting(1)
    assert list(waiting.runs) == [1, 2] and waiting.tokens > 500
    done = family.distil(waiting, llm := Scripted([ANSWER]))
    assert done.revised.state == "current" and len(llm.asked) == 1
    assert "take mug 2" in llm.asked[0].prompt and "take cup 1" in llm.asked[0].prompt
    procedure = family.procedure(1)
    assert (procedure.builder, procedure.revision) == ("model", done.revised.number)
    assert procedure.script.steps[0] == "take {dish} from {where}"
    assert family.store.history(1)[-1].reason == "written by scripted from t1, t2"
    assert family.unwritten() == []


def test_what_the_parameters_stood_for_is_kept_as_far_as_the_runs_have_it(family: ProceduralMemory):
    family.distil(family.waiting(1), Scripted([ANSWER]))
    known = family.store.stood_for(1, {})
    assert dict(known["dish"]) == {"mug": 1, "cup": 1} and dict(known["sink"]) == {"sinkbasin 1": 1}
    (match,) = family.recall("put a clean plate in drawer.").matches
    assert match.bindings == {"dish": "plate", "cupboard": "drawer"}
    assert [p.pitfall.instead for p in match.pitfalls] == ["take it first"]


def test_a_script_that_is_not_grounded_leaves_all_as_it_is_and_is_not_asked_for_again(family: ProceduralMemory):
    before = family.procedure(1)
    with pytest.raises(UngroundedError, match="XQ-7000"):
        family.distil(family.waiting(1), llm := Scripted([FOREIGN, FOREIGN]))
    assert len(llm.asked) == 2 and family.procedure(1) == before
    assert family.unwritten() == [] and family.unwritten(again=True) == [1]
    assert family.store.changes(1)[0].action == "not written"


def test_a_run_that_joins_and_changes_the_script_makes_it_due_again(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    with pytest.raises(UngroundedError):
        memory.distil(memory.waiting(1), Scripted([FOREIGN, FOREIGN]))
    assert memory.unwritten() == []
    memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success")
    assert memory.unwritten() == [1]


def test_a_model_without_an_answer_leaves_all_as_it_is_and_the_queue_too(family: ProceduralMemory):
    before = family.procedure(1)
    with pytest.raises(LLMError, match="away"):
        family.distil(family.waiting(1), Scripted([LLMError("The model is away.")]))
    assert family.procedure(1) == before and family.unwritten() == [1]


def test_beside_a_procedure_with_outcomes_it_is_on_trial(family: ProceduralMemory):
    family.record(TASK, CLEAN_MUG, "success", evidence=CHECKED, used=["p1"])
    family.record(f"{TASK} now", CLEAN_MUG, "success", evidence=CHECKED, used=["p1"])
    current = family.procedure(1).revision
    done = family.distil(family.waiting(1), Scripted([ANSWER]))
    assert done.revised.state == "trial"
    assert (family.procedure(1).revision, family.procedure(1).trial) == (current, done.revised.number)
    assert family.unwritten(again=True) == []


def test_what_is_curated_never_waits(memory: ProceduralMemory):
    teach(memory, "restart the worker", ["stop it", "start it"])
    for number, task in enumerate(("boil an egg", "feed the cat", "paint the fence"), 2):
        assert memory.record(task, [f"{task} -> done", f"look at {task} -> fine"], "success").built == number
    memory.reflect("boil an egg", ["boil an egg -> no"], "no", used=["p2"], revision={"goal": "g", "steps": ["wait"]})
    review.approve(memory.store, review.Ref(procedure_id=3), "I looked at it")
    review.pin(memory.store, 4, "mine")
    assert memory.unwritten(again=True) == []
    review.unpin(memory.store, 4, ("",), "")
    assert memory.unwritten(again=True) == [], "a person spoke for it"


def test_who_revises_while_the_model_thinks_wins(family: ProceduralMemory):
    waiting = family.waiting(1)
    family.record(TASK, CLEAN_MUG, "success", script=SCRIPT)
    with pytest.raises(RevisedMeanwhileError, match="stays as it is now"):
        family.distil(waiting, Scripted([ANSWER]))
    assert family.procedure(1).builder == "caller"


def test_failed_runs_and_other_projects_do_not_wait(open_memory: Opener):
    other = open_memory(project="other")
    other.record(TASK, CLEAN_MUG, "success")
    memory = open_memory(project="mine")
    memory.record(TASK, NOT_HELD, "failure")
    assert memory.unwritten() == [] and other.unwritten() == [1]


def test_of_many_runs_a_few_are_sent(memory: ProceduralMemory):
    for number in range(9):
        memory.record(f"put a clean mug in cabinet {number}.", [*CLEAN_MUG, f"note {number} -> ok"], "success")
    (procedure,) = memory.unwritten()[:1]
    waiting = memory.waiting(procedure)
    assert len(waiting.runs) <= 5 < len(waiting.procedure.trajectories)
