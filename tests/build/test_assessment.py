"""The outcome of a run for which no reward is passed: rules in their order, and a model's judgement."""

from collections.abc import Callable

import pytest
from runs import CLEAN_MUG, TASK

from memp.build.assessment import MAX_WHY, by_rules, contradicted, judge
from memp.domain.trajectory import Evidence, Step, Trajectory
from memp.errors import LLMError
from memp.llm.scripted import Scripted
from memp.memory import ProceduralMemory
from memp.reply import record_reply

Opener = Callable[..., ProceduralMemory]


def steps(*pairs: tuple[str, str]) -> tuple[Step, ...]:
    return tuple(Step(action=action, observation=seen) for action, seen in pairs)


EDIT = ("edit dates.py", "saved")


@pytest.mark.parametrize(
    ("run", "success", "sure", "why"),
    [
        ([EDIT, ("pytest -q", "3 passed, exit code 0")], True, 0.85, 'the last check "pytest -q" passed'),
        ([EDIT, ("pytest -q", "3 passed")], True, 0.7, 'the last check "pytest -q" passed'),
        ([EDIT, ("pytest -q", "1 failed"), ("cat a", "text")], False, 0.85, 'the last check "pytest -q" failed'),
        ([("make test", "1 failed"), EDIT], True, 0.6, "no error was left open"),
        ([("take  mug", "Nothing happens."), ("take mug", "Nothing happens."), ("look", "a desk")], False, 0.75,
         '"take mug" was tried 2 times and never worked'),
        ([("take mug", "Nothing happens."), ("take mug", "You take it."), ("look", "a desk")], True, 0.6,
         "no error was left open"),
        ([EDIT, ("save", "fatal: disk full")], False, 0.8, "it ended with: fatal: disk full"),
        ([EDIT, ("save", "cannot save")], False, 0.65, "it ended with: cannot save"),
    ],
)  # fmt: skip
def test_the_first_rule_that_applies_decides(run: list[tuple[str, str]], success: bool, sure: float, why: str):
    assessment = by_rules(steps(*run))
    assert (assessment.success, assessment.sure, assessment.why, assessment.by) == (success, sure, why, "rules")
    assert assessment.reward == float(success)
    assert assessment.evidence() == Evidence(kind="rules", detail=f"{sure:.0%} sure: {why}")


@pytest.mark.parametrize(("seen", "success"), [("the column status is in the table", True), ("done", False)])
def test_a_verification_that_nothing_shows_makes_success_doubtful(seen: str, success: bool):
    assessment = by_rules(steps(EDIT, ("describe", seen)), "the table shows the column")
    assert assessment.success is success
    assert assessment.sure == (0.6 if success else 0.55)


@pytest.mark.parametrize(
    ("evidence", "success", "sentence"),
    [
        (
            Evidence(kind="check", detail="pytest, exit 1"),
            True,
            "the check ended with exit 1, the outcome says success",
        ),
        (
            Evidence(kind="check", detail="pytest, exit 0"),
            False,
            "the check ended with exit 0, the outcome says failure",
        ),
        (Evidence(kind="check", detail="pytest, exit 0"), True, ""),
        (Evidence(kind="check", detail="pytest ran"), True, ""),
        (Evidence(kind="check", detail="bash -c 'make test || exit 1', exit 0"), True, ""),
        (
            Evidence(kind="check", detail="it's bash -c 'make test || exit 1', exit 2, isn't it"),
            True,
            "the check ended with exit 2, the outcome says success",
        ),
        (Evidence(kind="claim", detail="exit 1"), True, ""),
    ],
)
def test_a_check_may_contradict_the_outcome(evidence: Evidence, success: bool, sentence: str):
    assert contradicted(evidence, success).removesuffix(": counted as a claim") == sentence


def test_a_model_judges_from_the_record():
    llm = Scripted([{"success": False, "sure": 0.9, "why": "x" * 1_000}])
    assessment = judge(Trajectory(task="clean the mug", steps=steps(EDIT), reward=0.0), llm)
    assert (assessment.success, assessment.sure, assessment.by) == (False, 0.9, "judge")
    assert assessment.why == "x" * MAX_WHY


def test_a_model_that_gives_no_judgement_is_an_error():
    with pytest.raises(LLMError):
        judge(Trajectory(task="t", steps=steps(EDIT), reward=0.0), Scripted([{"success": "perhaps"}]))


# Through record


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
