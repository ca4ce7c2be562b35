"""The nine faults of the paper's reference code (github zjunlp/MemP), each shown to be absent here."""

from collections.abc import Callable

import pytest
from runs import CLEAN_CUP, CLEAN_MUG, MIGRATE, NOT_HELD

from memp.build.written.request import BUILD_SYSTEM
from memp.errors import LLMError
from memp.llm.scripted import Scripted
from memp.memory import ProceduralMemory
from memp.update.adjustment import REVISE_SYSTEM

Opener = Callable[..., ProceduralMemory]


def test_1_a_memory_with_one_success_and_two_failures_is_credited_one_success(open_memory: Opener):
    memory = open_memory(erase="off")
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success", used=[built])
    memory.record("put a clean fork in cabinet.", NOT_HELD, "failure", used=[built])
    memory.record("put a clean plate in cabinet.", NOT_HELD, "failure", used=[built])
    assert built is not None
    assert (memory.procedure(built).uses, memory.procedure(built).successes) == (3, 1)


def test_2_every_used_memory_is_credited_and_none_that_was_only_shown(memory: ProceduralMemory):
    one = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    two = memory.record("put a mug in cabinet.", CLEAN_MUG[1:3] + CLEAN_MUG[5:], "success").built
    three = memory.record("add a status column", MIGRATE, "success").built
    memory.recall("put a clean mug in cabinet.", limit=3)
    memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success", used=[two, three])
    uses = {p.id: p.uses for p in memory.store.procedures()}
    assert uses == {one: 0, two: 1, three: 1}


def test_3_a_stored_failure_does_not_block_a_later_success_and_equal_runs_are_one(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", NOT_HELD, "failure")
    assert memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").how == "created"
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    assert (memory.store.stats().trajectories, memory.store.stats().procedures) == (2, 1)


def test_4_after_a_restart_the_memory_is_there(open_memory: Opener):
    first = open_memory()
    first.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    first.close()
    assert len(open_memory().recall("put a clean mug in cabinet.").matches) == 1


def test_5_facts_retrieve_what_was_recorded_a_moment_ago(open_memory: Opener):
    memory = open_memory(retrieve="facts")
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    assert len(memory.recall("put a clean mug in cabinet.").matches) == 1
    memory.record("add a status column to orders", MIGRATE, "success")
    (match,) = memory.recall("add a status column to orders").matches
    assert match.procedure.id == 2


def test_6_nothing_to_recall_and_nothing_to_add_are_answers_not_crashes(open_memory: Opener):
    memory = open_memory(update="validation")
    assert memory.recall("anything at all").matches == []
    done = memory.record("put a clean mug in cabinet.", NOT_HELD, "failure")
    assert done.built is None and "drops failed runs" in done.why
    assert memory.recall("anything at all").matches == []


def test_7_build_sees_the_reward_and_adjustment_keeps_the_history_and_says_when_it_failed(open_memory: Opener):
    script = {"goal": "Put a clean {object} in {place}", "steps": ["take {object}", "clean it"]}
    llm = Scripted([script, {**script, "steps": ["hold {object}", "clean it"]}, LLMError("The model is overloaded.")])
    memory = open_memory(llm=llm)
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, 0.8).built
    assert '"reward": 0.8' in llm.asked[0].prompt
    memory.record("put a clean cup in cabinet.", NOT_HELD, "failure", used=[built])
    assert built is not None
    assert [r.script.steps[0] for r in memory.store.history(built)] == ["take {object}", "hold {object}"]
    done = memory.record("put a clean pan in cabinet.", NOT_HELD, "failure", used=[built])
    assert any("overloaded" in note for note in done.notes) and memory.procedure(built).trial == 2


@pytest.mark.parametrize("form", ["trajectory", "proceduralization"])
def test_8_trajectory_and_proceduralization_are_there(memory: ProceduralMemory, form: str):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    (match,) = memory.recall("put a clean mug in cabinet.", form=form).matches  # type: ignore[arg-type]
    assert match.example is not None and match.procedure.script.steps


def test_8_no_prompt_knows_a_benchmark_or_its_solutions():
    words = (BUILD_SYSTEM + REVISE_SYSTEM).lower()
    for leak in (
        "alfworld",
        "travelplanner",
        "microwave",
        "sinkbasin",
        "desklamp",
        "fridge",
        "countertop",
        "hotel",
        "flight",
    ):
        assert leak not in words


def test_9_a_good_memory_is_not_deleted_after_a_run_of_bad_luck(open_memory: Opener):
    outcomes = ["success", "failure", "failure"]
    gone = {}
    for rule in ("reference", "posterior"):
        memory = open_memory(path=f"{rule}.sqlite3", erase=rule)
        built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
        for number, outcome in enumerate(outcomes):
            steps = [*CLEAN_CUP, f"note {number} -> ok"] if outcome == "success" else NOT_HELD
            memory.record(f"put a clean cup in cabinet {number}.", steps, outcome, used=[built])
        assert built is not None
        gone[rule] = memory.procedure(built).status
    assert gone == {"reference": "archived", "posterior": "active"}
