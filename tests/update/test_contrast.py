"""Contrast: where a failed run left the procedure, and how the closest success went on."""

from runs import CLEAN_MUG, TASK

from memp.domain.procedure import Script
from memp.domain.trajectory import Step
from memp.memory import ProceduralMemory
from memp.update.contrast import diverge


def test_the_material_shows_where_the_failed_run_and_the_success_part(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    told = memory.reflect(
        TASK, [*CLEAN_MUG[:4], "move mug 1 to cabinet 1 -> Nothing happens"], "x", used=["p1"]
    ).material
    assert told is not None
    closest = told["closest_success"]
    assert isinstance(closest, dict)
    assert closest["shared"] >= 3 and "Nothing happens" in closest["failed_then"][0]
    assert "clean" in closest["success_then"][0] or "go to" in closest["success_then"][0]


def test_a_run_is_aligned_with_the_script_up_to_where_it_left_it():
    script = Script(goal="g", steps=("go to {source}", "take {object} from {source}", "clean {object} with sinkbasin"))
    run = [Step(action="go to shelf 1"), Step(action="take mug 1 from shelf 1"), Step(action="put mug 1 on table 1")]
    found = diverge(script, run)
    assert (found.followed, found.expected, found.did) == (2, "clean {object} with sinkbasin", "put mug 1 on table 1")


def test_a_run_that_followed_every_step_left_it_nowhere():
    script = Script(goal="g", steps=("open the door",))
    found = diverge(script, [Step(action="open the door")])
    assert (found.followed, found.expected, found.did) == (1, "", "")


def test_a_step_that_was_tried_and_only_failed_is_where_the_run_left_the_script():
    script = Script(goal="g", steps=("docker build the image", "docker push the image"))
    run = [Step(action="docker build the image", observation="ERROR: no space left on device")]
    found = diverge(script, run)
    assert (found.followed, found.expected, found.did) == (0, "docker build the image", "docker build the image")
    run.append(Step(action="docker build the image again", observation="built"))
    assert diverge(script, run).followed == 1
