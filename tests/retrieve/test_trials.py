"""Which revision is shown: a trial takes turns with a validated procedure."""

from runs import CHECKED, CLEAN_MUG, NOT_HELD, TASK, again, steps_shown

from memp.memory import ProceduralMemory
from memp.reply import recall_reply


def test_a_revision_is_shown_under_its_own_name_beside_its_parent(on_trial: ProceduralMemory):
    reply = recall_reply(on_trial.recall(TASK), "script").matches[0]
    assert (reply.id, reply.steps) == ("p1r2", ["hold it", "go on"])
    assert reply.worked == "untried revision, written after a failure"
    assert on_trial.procedure(1).revision == 1, "the parent is what it was"


def test_beside_a_validated_procedure_a_trial_gets_every_second_recall_and_those_who_are_stuck(
    memory: ProceduralMemory,
):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for number in range(6):
        memory.record(TASK, again(number), "success", evidence=CHECKED, used=["p1"])
    memory.reflect(TASK, NOT_HELD, "x", used=["p1"], revision={"goal": "g", "steps": ["new"]})
    shown = [steps_shown(memory) == ("new",) for _ in range(6)]
    assert sum(shown) == 3 and shown[0]
    stuck = [memory.preview(TASK, 1, error="Nothing happens").matches[0] for _ in range(3)]
    assert all(match.procedure.script.steps == ("new",) for match in stuck)


def test_beside_a_candidate_the_trial_is_shown_each_time(on_trial: ProceduralMemory):
    assert on_trial.procedure(1).tier == "candidate"
    assert [steps_shown(on_trial) for _ in range(4)] == [("hold it", "go on")] * 4


def test_a_trial_is_shown_with_its_own_uses_and_not_with_those_of_its_parent(on_trial: ProceduralMemory):
    on_trial.record(TASK, ["hold it -> error: slippery"], "failure", used=["p1r2"])
    (match,) = on_trial.recall(TASK).matches
    assert (match.procedure.label, match.procedure.tier) == ("p1r2", "candidate")
    assert (match.procedure.uses, match.procedure.successes) == (1, 0)
    assert (on_trial.procedure(1).uses, on_trial.procedure(1).label) == (2, "p1")


def test_recalls_that_nobody_acts_on_take_no_turn(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for number in range(6):
        memory.record(TASK, again(number), "success", evidence=CHECKED, used=["p1"])
    parent = memory.procedure(1).revision
    new = {"goal": "g", "steps": ["new"]}
    trial, _ = memory.reflect(TASK, NOT_HELD, "x", used=["p1"], revision=new).revised[1]
    previews = [memory.preview(TASK).matches[0].procedure.revision for _ in range(4)]
    assert previews == [trial] * 4
    assert [memory.recall(TASK).matches[0].procedure.revision for _ in range(4)] == [trial, parent] * 2
