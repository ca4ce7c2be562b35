"""Which steps a success needed: failures, loops, returns and detours go, what later steps need stays."""

import pytest

from memp.build.reading.pruning import NEAR, needed_of, needed_steps, recoveries
from memp.build.reading.run import read_run
from memp.domain.trajectory import Step


def step(line: str) -> Step:
    """A step from "action -> observation @ state"."""
    line, _, state = line.partition(" @ ")
    action, _, seen = line.partition(" -> ")
    return Step(action=action, observation=seen, state=state or None)


def kept(task: str, *lines: str) -> list[str]:
    steps = [step(line) for line in lines]
    return [steps[i].action for i in needed_steps(task, steps)]


def test_nothing_is_needed_of_nothing():
    assert needed_of(read_run("t", [])) == ()


def test_the_last_step_stays_even_where_it_failed():
    assert kept("save it", "edit a.py -> saved", "save -> fatal: no") == ["edit a.py", "save"]


def test_what_failed_and_was_done_again_goes():
    lines = ["make all -> make: *** Error 1", "edit a.c -> saved", "make all -> ok"]
    assert kept("build", *lines) == ["edit a.c", "make all"]


def test_a_look_stays_where_it_showed_what_is_acted_on():
    lines = ["ls -> src/a.py", "cat notes.txt -> text", "edit src/a.py -> saved", "pytest -> 1 passed"]
    assert kept("make the tests pass", *lines) == ["ls", "edit src/a.py", "pytest"]


def test_what_a_known_page_lies_between_goes():
    lines = ["click [1] -> page A", "click [2] -> page B", "go back -> page A", "click [3] -> done"]
    assert kept("buy it", *lines) == ["click [1]", "click [3]"]


def test_steps_between_two_equal_states_go_unless_one_has_an_effect():
    lines = [
        "walk north -> a hall @ A",
        "turn left -> a wall @ B",
        "turn right -> a hall @ A",
        "take key 1 -> taken @ C",
    ]
    assert kept("get the key", *lines) == ["walk north", "take key 1"]
    lines[1] = "press button 1 -> click @ B"
    assert "press button 1" in kept("get the key", *lines)


def test_a_way_there_and_back_goes():
    lines = ["go north -> a hall", "go south -> a yard", "take key 1 -> taken"]
    assert kept("get the key", *lines) == ["take key 1"]
    lines = ["cd src -> ok", "cd .. -> ok", "make all -> built"]
    assert kept("build", *lines) == ["make all"]


def test_a_thing_taken_and_put_back_goes():
    lines = ["take cup 1 from shelf 1 -> ok", "put cup 1 on shelf 1 -> ok", "take mug 1 from shelf 1 -> ok"]
    assert kept("get the mug", *lines) == ["take mug 1 from shelf 1"]


def test_what_is_opened_stays_where_something_in_it_is_acted_on():
    lines = ["open drawer 1 -> empty", "open drawer 2 -> a key 1", "take key 1 from drawer 2 -> ok"]
    assert kept("get the key", *lines) == ["open drawer 2", "take key 1 from drawer 2"]


def test_looking_stays_where_the_task_asks_for_it_or_nothing_is_seen():
    assert kept("examine the mug", "examine mug 1 -> red", "take mug 1 -> ok", "take mug 2 -> ok")[0] == "examine mug 1"
    assert kept("do it", "look", "take mug 1") == ["look", "take mug 1"]


@pytest.mark.parametrize(
    ("lines", "made_good"),
    [
        (["make -> make: *** Error 1", "edit a.c -> ok", "make -> ok"], {0: 2}),
        (["take mug 1 -> Nothing happens.", "take mug 1 from shelf 1 -> ok"], {0: 1}),
        (["heat mug 1 -> Nothing happens.", "look -> a desk", "cool mug 1 -> ok"], {0: 2}),
        (["heat mug 1 -> Nothing happens.", *["look -> a desk"] * NEAR, "cool mug 1 -> ok"], {}),
        (["heat mug 1 -> Nothing happens.", "cool cup 1 -> ok"], {}),
    ],
    ids=["the same action", "the same verb", "the same thing, close by", "the same thing, far off", "another thing"],
)
def test_a_failed_step_is_made_good_by_a_later_one(lines: list[str], made_good: dict[int, int]):
    known = ["take mug 1 -> ok", "take mug 2 -> ok", "take cup 1 -> ok", "take cup 2 -> ok"]  # that count their nouns
    run = read_run("t", [step(line) for line in [*lines, *([] if "take" in lines[0] else known[1:2] + known[3:])]])
    assert recoveries(run) == made_good


def test_what_is_opened_without_a_word_on_what_is_in_it_stays():
    lines = ["look around -> a cupboard and a pot", "open cupboard -> The cupboard is now open.", "take pot -> taken"]
    assert "open cupboard" in kept("boil water", *lines)
    assert kept("drain it", "open valve -> hiss", "tag boiler -> tagged") == ["open valve", "tag boiler"]
    listed = ["open cupboard -> The cupboard is now open. In it is a cup.", "take pot -> taken"]
    assert "open cupboard" not in kept("boil water", *listed)
