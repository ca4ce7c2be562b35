"""Which revision is shown: a trial waits until its procedure fails, and is shown to who is stuck."""

from runs import CHECKED, CLEAN_MUG, NOT_HELD, TASK, again, steps_shown

from memp.memory import ProceduralMemory
from memp.reply import recall_reply


def test_a_revision_is_shown_under_its_own_name_beside_its_parent(on_trial: ProceduralMemory):
    reply = recall_reply(on_trial.recall(TASK), "script").matches[0]
    assert (reply.id, reply.steps) == ("p1r2", ["hold it", "go on"])
    assert reply.worked == "untried revision, written after a failure"
    assert on_trial.procedure(1).revision == 1, "the parent is what it was"


def test_beside_a_procedure_that_works_a_trial_waits_and_who_is_stuck_gets_it(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for number in range(6):
        memory.record(TASK, again(number), "success", evidence=CHECKED, used=["p1"])
    memory.reflect(TASK, NOT_HELD, "x", used=["p1"], revision={"goal": "g", "steps": ["new"]})
    assert [steps_shown(memory) == ("new",) for _ in range(4)] == [False] * 4
    assert steps_shown(memory, error="Nothing happens") == ("new",)
    assert memory.recall(TASK, error="Nothing happens").given == ["p1r3"], "who has it before his eyes"
    failed = 0
    while steps_shown(memory) != ("new",):
        failed += 1
        memory.record(TASK, [*NOT_HELD, f"note {failed} -> ok"], "failure", evidence=CHECKED, used=["p1"])
    assert 3 <= failed <= 12, "after so many failures nobody knows which is better"


def test_beside_what_has_only_failed_the_trial_is_shown_each_time(on_trial: ProceduralMemory):
    assert on_trial.procedure(1).tier == "candidate"
    assert [steps_shown(on_trial) for _ in range(4)] == [("hold it", "go on")] * 4


def test_a_trial_is_shown_with_its_own_uses_and_not_with_those_of_its_parent(on_trial: ProceduralMemory):
    on_trial.record(TASK, ["hold it -> error: slippery"], "failure", used=["p1r2"])
    assert on_trial.recall(TASK).matches[0].procedure.label == "p1", "the one of the two that is not withheld"
    (match,) = on_trial.recall(TASK, error="slippery").matches
    assert (match.procedure.label, match.procedure.tier) == ("p1r2", "candidate")
    assert (match.procedure.uses, match.procedure.successes) == (1, 0)
    assert (on_trial.procedure(1).uses, on_trial.procedure(1).label) == (2, "p1")


def test_whose_turn_it_is_does_not_depend_on_who_asked_before(on_trial: ProceduralMemory):
    shown = [on_trial.preview(TASK).matches[0].procedure.label for _ in range(2)]
    shown += [on_trial.recall(TASK).matches[0].procedure.label for _ in range(2)]
    assert shown == ["p1r2"] * 4
