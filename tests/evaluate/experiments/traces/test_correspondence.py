"""Which step of a script stands for which step of a run."""

from typing import Any

import pytest
from labelled_runs import run

from memp.domain.procedure import Script
from memp.evaluate.experiments.traces.correspondence import correspondence, filled_steps, likeness
from memp.evaluate.experiments.traces.labels import LabelledRun


def stands(steps: list[str], labelled: dict[str, Any], **values: str) -> dict[int, int]:
    script = Script(goal="g", steps=tuple(steps))
    return correspondence(filled_steps(script, values), LabelledRun.model_validate(labelled))


def test_a_step_with_the_runs_values_stands_for_the_action_that_it_then_is():
    assert stands(["git tag {tag}", "git push"], run("r", "t", "git tag v1", "git  push"), tag="v1") == {0: 0, 1: 1}


def test_a_step_stands_for_one_step_and_for_the_one_that_is_needed_first():
    tries = run("r", "t", "git push", "git pull", "git push", effects=[1, 2], dispensable=[0])
    assert stands(["git pull", "git push"], tries) == {1: 0, 2: 1}


def test_a_step_whose_condition_did_not_hold_stands_for_none():
    reading = run("r", "t", ("read()", "Plug: out"), "plug()")
    assert stands(["read()", "if 'Plug: out': plug()"], reading) == {0: 0, 1: 1}
    assert stands(["read()", "if 'Plug: in': plug()"], reading) == {0: 0}
    assert stands(["if not 'Plug: out': plug()"], reading) == {}


def test_what_is_seen_again_replaces_what_was_seen():
    again = run("r", "t", ("read()", "load 90"), ("read()", "load 10"), "plug()")
    assert 2 in stands(["if 'load' < 50: plug()"], again)
    assert 2 not in stands(["if 'load' > 50: plug()"], again)


def test_one_step_stands_for_all_polls_of_a_wait_and_a_repeated_one_for_any_number():
    polls = run("r", "t", "poll()", "poll()", ("poll()", "ready"), waits=[{"steps": [0, 1, 2], "until": "ready"}])
    assert stands(["poll()"], polls).keys() == {0, 1, 2}
    assert stands(["poll() until 'ready' is seen (3 times last time)"], polls | {"waits": []}).keys() == {0, 1, 2}
    assert len(stands(["poll()"], polls | {"waits": []})) == 1


@pytest.mark.parametrize(
    ("said", "done", "alike"),
    [
        ("git tag {tag}", "git tag v1", True),
        ("git tag v2 -m 'second one'", "git tag v1 -m 'second one'", True),
        ('note(text="...", id=1)', 'note(text="It is done, and the lid is shut", id=1)', True),
        ("git tag v1", "git push v1", False),
        ("git tag one of many other words", "git tag v1", False),
        ("sed -i 'the beginning [...] the end' a.txt", "sed -i 'the beginning, and a middle, the end' a.txt", True),
    ],
)
def test_actions_are_alike_that_do_the_same_in_about_the_same_words(said: str, done: str, alike: bool):
    assert bool(likeness(said, done)) is alike
