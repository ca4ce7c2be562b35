"""Assessment of a run whose caller does not say how it ended, and of evidence that contradicts the outcome."""

from collections.abc import Callable

from runs import CLEAN_MUG, TASK

from memp.llm.scripted import Scripted
from memp.memory import ProceduralMemory
from memp.reply import record_reply

Opener = Callable[..., ProceduralMemory]


def test_a_run_without_an_outcome_is_assessed_and_the_reply_says_how(memory: ProceduralMemory):
    told = record_reply(memory.record("fix the build", ["edit app.py -> done", "pytest -q -> 3 passed, exit code 0"]))
    assert told.assessed.startswith("success by rules") and "pytest" in told.assessed and told.created == "p1"
    told = record_reply(
        memory.record("fix the other build", ["edit b.py -> done", "pytest -q -> 1 failed, exit code 1"])
    )
    assert told.assessed.startswith("failure by rules") and not told.created


def test_with_a_language_model_it_judges(open_memory: Opener):
    judgement = {"success": False, "sure": 0.9, "why": "The last look shows the mug on the table."}
    memory = open_memory(llm=Scripted([judgement]))
    told = record_reply(memory.record(TASK, CLEAN_MUG))
    assert told.assessed == "failure by judge, 90% sure: The last look shows the mug on the table."


def test_a_check_that_contradicts_the_outcome_counts_as_a_claim_and_that_is_said(memory: ProceduralMemory):
    done = memory.record(TASK, CLEAN_MUG, "success", evidence="check: pytest, exit 1")
    assert any("counted as a claim" in note for note in done.notes)
    assert memory.store.trajectory(done.trajectory).evidence.kind == "claim"
