"""Contrast: where a failed run left the procedure, and how the closest success went on."""

from typing import Any

from runs import CLEAN_MUG, NOT_HELD, TASK, teach

from memp.domain.trajectory import Step
from memp.memory import ProceduralMemory
from memp.update.contrast import MOST_AFTER, MOST_CHARACTERS, contrast


def steps(*actions: str) -> list[Step]:
    return [Step(action=action) for action in actions]


def material(memory: ProceduralMemory, *arguments: Any, **more: Any) -> dict[str, Any]:
    """The material for a revision, as a reflection without one returns it."""
    found = memory.reflect(*arguments, **more).material
    assert found is not None
    return dict(found)


# Two runs


def test_runs_part_after_the_last_step_that_both_took():
    found = contrast(steps("look", "open door", "go out", "fall"), steps("look", "open door", "take key", "go home"))
    assert (found.shared, found.last_shared) == (2, "open door")
    assert (found.failed_then, found.success_then) == (("go out", "fall"), ("take key", "go home"))


def test_numbers_and_case_do_not_tell_steps_apart():
    found = contrast(steps("Go to shelf 2", "take mug 1", "drop it"), steps("go to shelf 10", "take mug 7", "clean it"))
    assert (found.shared, found.last_shared) == (2, "take mug 1")


def test_runs_that_end_alike_part_before_that():
    found = contrast(steps("look", "skip the check", "shut down"), steps("look", "check it", "mend it", "shut down"))
    assert (found.shared, found.last_shared) == (1, "look")
    assert found.failed_then == ("skip the check", "shut down")
    assert found.success_then == ("check it", "mend it", "shut down")


def test_runs_that_share_nothing_part_at_the_start():
    found = contrast(steps("pray"), steps("stop it", "start it"))
    assert (found.shared, found.last_shared, found.failed_then) == (0, "", ("pray",))
    assert found.success_then == ("stop it", "start it")


def test_a_few_steps_of_each_are_told_with_what_the_failed_run_saw():
    failed = [Step(action=f"try {'x' * n}", observation="no\n luck" if n == 1 else "") for n in range(1, 9)]
    found = contrast(failed, steps(*(f"do {'y' * n}" for n in range(1, 9))))
    assert len(found.failed_then) == len(found.success_then) == MOST_AFTER
    assert found.failed_then[:2] == ("try x -> no luck", "try xx")


# A run and a script


# What a revision is written from


def test_the_material_shows_where_the_failed_run_and_the_success_part(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    failed = [*CLEAN_MUG[:4], "move mug 1 to cabinet 1 -> Nothing happens"]
    told = material(memory, TASK, failed, "x", used=["p1"])
    assert (told["procedure"]["id"], told["procedure"]["revision"]) == ("p1", 1)
    assert told["left_it_at"]["followed"] == 3 and told["left_it_at"]["did"] == "move mug 1 to cabinet 1"
    closest = told["closest_success"]
    assert closest["task"] == TASK and closest["shared"] == 4
    assert "Nothing happens" in closest["failed_then"][0] and "clean" in closest["success_then"][0]


def test_without_a_procedure_in_use_the_closest_one_is_shown(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    told = material(memory, "put a clean cup in cabinet.", NOT_HELD, "Nothing happens")
    assert told["closest_procedure"]["id"] == "p1" and "procedure" not in told


def test_of_a_memory_with_nothing_alike_there_is_only_the_failure(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    told = material(memory, "negotiate the insurance premium", ["call them -> refused"], "refused")
    assert told == {"task": "negotiate the insurance premium", "error": "refused"}


def test_the_trial_that_a_run_followed_is_what_is_revised_and_by_default_the_newest(on_trial: ProceduralMemory):
    named = material(on_trial, TASK, ["hold it -> error: slippery"], "slippery", used=["p1r2"])
    assert (named["procedure"]["id"], named["procedure"]["steps"]) == ("p1r2", ["hold it", "go on"])
    plain = material(on_trial, TASK, ["hold it -> error: wet"], "wet", used=["p1"])
    assert plain["procedure"]["id"] == "p1r2"


def test_very_long_steps_of_a_script_lose_their_ends(memory: ProceduralMemory):
    long = [f"{number} " + "stop " * 100 for number in range(20)]
    teach(memory, "restart the worker", long)
    told = material(memory, "restart the worker", ["stop it -> no"], "no", used=["p1"])["procedure"]["steps"]
    assert len(told) == 20
    assert {len(step) for step in told} == {MOST_CHARACTERS // 20} and told[0].endswith("...")
