"""Track records: how the runs of a procedure ended, and where those that failed left it."""

from runs import CHECKED, CLEAN_MUG, NOT_HELD, TASK, again

from memp.domain.procedure import Script
from memp.domain.results import TrackRecord
from memp.domain.trajectory import Step
from memp.memory import ProceduralMemory
from memp.retrieve.track import diverge


def steps(*actions: str) -> list[Step]:
    return [Step(action=action) for action in actions]


def track(memory: ProceduralMemory, error: str | None = None) -> TrackRecord:
    (match,) = memory.recall(TASK, error=error).matches
    assert match.track is not None
    return match.track


def test_runs_that_built_a_procedure_and_those_that_used_it_count_once_each(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    memory.record(TASK, CLEAN_MUG, "success", used=["p1"])
    memory.record(TASK, again(1), "success", evidence=CHECKED, used=["p1"])
    assert track(memory) == TrackRecord(runs=2, successes=2, checked=1, steps=7)


def test_a_revision_on_trial_has_the_runs_that_used_it_and_no_others(on_trial: ProceduralMemory):
    assert track(on_trial) == TrackRecord()
    on_trial.record(TASK, ["hold it -> error: slippery"], "failure", used=["p1r2"])
    assert track(on_trial, error="slippery") == TrackRecord(runs=1)
    assert track(on_trial) == TrackRecord(runs=2, successes=1, checked=1, steps=7), "its parent, without that failure"


def test_the_step_that_most_failed_runs_left_is_told_and_one_alone_is_not(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for number in range(5):
        memory.record(TASK, again(number + 1), "success", evidence=CHECKED, used=["p1"])
    memory.record(TASK, [*CLEAN_MUG[1:3], "give up"], "failure", evidence=CHECKED, used=["p1"])
    assert track(memory).lost_at == ""
    memory.record(TASK, [*CLEAN_MUG[1:3], "give up now"], "failure", evidence=CHECKED, used=["p1"])
    memory.record(TASK, NOT_HELD, "failure", evidence=CHECKED, used=["p1"])
    assert (track(memory).lost_at, track(memory).lost) == ("go to sinkbasin 1", 2)


# Where a run left a script


def test_a_step_with_a_condition_or_of_some_runs_may_be_left_out():
    script = Script(goal="g", steps=("open the door", "if 'dark': light the lamp", "wave (1 of 2 runs)", "go out"))
    assert diverge(script, steps("open the door", "go out")).expected == ""
    failed = [*steps("open the door"), Step(action="light the lamp", observation="error: no oil")]
    assert diverge(script, failed).expected == "if 'dark': light the lamp"


def test_a_run_is_aligned_with_the_script_up_to_where_it_left_it():
    script = Script(goal="g", steps=("go to {source}", "take {object} from {source}", "clean {object} with sinkbasin"))
    found = diverge(script, steps("go to shelf 1", "take mug 1 from shelf 1", "put mug 1 on table 1"))
    assert (found.followed, found.expected, found.did) == (2, "clean {object} with sinkbasin", "put mug 1 on table 1")


def test_a_run_that_followed_every_step_left_it_nowhere():
    found = diverge(Script(goal="g", steps=("open the door",)), steps("open the door"))
    assert (found.followed, found.expected, found.did) == (1, "", "")


def test_a_run_that_stopped_early_did_nothing_instead():
    found = diverge(Script(goal="g", steps=("open the door", "go out")), steps("open the door"))
    assert (found.followed, found.expected, found.did) == (1, "go out", "")


def test_steps_between_those_of_the_script_do_not_matter():
    script = Script(goal="g", steps=("open the door", "leave the house"))
    found = diverge(script, steps("look around", "open the door", "wave", "leave the house now"))
    assert (found.followed, found.expected) == (2, "")


def test_a_step_of_placeholders_alone_is_never_taken_for_followed():
    found = diverge(Script(goal="g", steps=("{command}",)), steps("make test"))
    assert (found.followed, found.expected) == (0, "{command}")


def test_a_step_that_was_tried_and_only_failed_is_where_the_run_left_the_script():
    script = Script(goal="g", steps=("docker build the image", "docker push the image"))
    run = [Step(action="docker build the image", observation="ERROR: no space left on device")]
    found = diverge(script, run)
    assert (found.followed, found.expected, found.did) == (0, "docker build the image", "docker build the image")
    run.append(Step(action="docker build the image again", observation="built"))
    assert diverge(script, run).followed == 1
