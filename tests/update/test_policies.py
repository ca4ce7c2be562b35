"""The rules of Update, by themselves."""

from memp.domain.procedure import Script
from memp.domain.trajectory import Step
from memp.update.contrast import diverge
from memp.update.policies import POLICIES


def test_each_policy_does_with_a_success_and_a_failure_what_the_paper_says():
    table = {name: (policy(True), policy(False)) for name, policy in POLICIES.items()}
    assert all(success.add and not failure.add for success, failure in table.values())
    assert not table["vanilla"][0].merge and table["validation"][0].merge
    assert not table["validation"][1].pitfall and table["adjustment"][1].revise


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
