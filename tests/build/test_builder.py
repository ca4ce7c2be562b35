"""Choice of the builder: the caller, Claude or the rules write the script of a successful run."""

from collections.abc import Callable

import pytest
from runs import CLEAN_MUG, MIGRATE, SCRIPT

from memp.errors import (
    LLMError,
)
from memp.llm.scripted import Scripted
from memp.memory import ProceduralMemory

Opener = Callable[..., ProceduralMemory]


def test_the_callers_script_is_kept_as_written_and_its_placeholders_declared(memory: ProceduralMemory):
    done = memory.record("add a status column to the orders table", MIGRATE, "success", script=SCRIPT)
    assert done.builder == "caller" and done.built is not None
    script = memory.procedure(done.built).script
    assert script.goal == SCRIPT["goal"] and list(script.steps) == SCRIPT["steps"]
    assert {p.name for p in script.parameters} == {"table", "column"}
    (match,) = memory.recall("add a column to the table customers without downtime").matches
    assert match.pitfalls[0].pitfall.instead == "set lock_timeout and retry"


def test_a_script_passed_later_for_the_same_run_becomes_a_revision(memory: ProceduralMemory):
    first = memory.record("add a status column to the orders table", MIGRATE, "success")
    later = memory.record("add a status column to the orders table", MIGRATE, "success", script=SCRIPT)
    assert later.built == first.built and later.how == "revised" and first.built is not None
    assert [r.builder for r in memory.store.history(first.built)] == ["extractive", "caller"]
    assert memory.procedure(first.built).revision == 2


def test_claude_writes_the_script_where_a_model_is_configured(open_memory: Opener):
    answer = {
        "goal": "Add a column to {table}",
        "steps": ["Set lock_timeout", "ALTER TABLE {table}"],
        "facts": ["postgres"],
    }
    llm = Scripted([answer])
    memory = open_memory(llm=llm)
    done = memory.record("add a status column to the orders table", MIGRATE, "success")
    assert done.builder == "claude" and done.built is not None
    assert memory.procedure(done.built).script.steps == ("Set lock_timeout", "ALTER TABLE {table}")
    assert '"reward": 1.0' in llm.asked[0].prompt and "lock_timeout" in llm.asked[0].prompt


def test_a_model_without_a_usable_answer_is_an_error_and_the_run_is_kept_for_a_retry(open_memory: Opener):
    memory = open_memory(llm=Scripted([LLMError("The model gave no answer."), {"goal": "g", "steps": ["s"]}]))
    with pytest.raises(LLMError, match="stored as t1"):
        memory.record("add a status column", MIGRATE, "success")
    assert (memory.store.stats().trajectories, memory.store.stats().procedures) == (1, 0)
    assert memory.record("add a status column", MIGRATE, "success").how == "created"


def test_a_low_success_threshold_builds_from_what_it_counts_as_success(open_memory: Opener):
    memory = open_memory(success_reward=0.3)
    assert memory.record("put a clean mug in cabinet.", CLEAN_MUG, 0.4).how == "created"
    assert memory.store.stats().successes == 1
