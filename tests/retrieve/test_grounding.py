"""A retrieved procedure in the task at hand: bindings, values of earlier runs, the closest run."""

from collections.abc import Callable

from runs import CLEAN_CUP, CLEAN_MUG, MIGRATE, SCRIPT, TASK

from memp.domain.results import LeftOut
from memp.memory import ProceduralMemory
from memp.retrieve.grounding import MAX_EXAMPLE
from memp.update import review

Opener = Callable[..., ProceduralMemory]


def test_what_open_parameters_stood_for_is_counted_over_the_runs_that_agree(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    memory.record("put a clean cup in cabinet.", [s.replace("countertop 2", "shelf 2") for s in CLEAN_CUP], "success")
    (match,) = memory.recall("put a clean cup in cabinet.").matches
    assert match.seen == {"place": [("shelf", 1)]}


def test_where_a_thing_was_found_counts_over_all_procedures(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    for place in ("shelf 1", "shelf 2"):
        run = [s.replace("countertop 1", place) for s in CLEAN_MUG if "sinkbasin" not in s]
        memory.record("put a mug in cabinet.", run, "success")
    clean, plain = (memory.recall(f"put a {mug} in cabinet.").matches[0] for mug in ("clean mug", "mug"))
    assert clean.procedure.id != plain.procedure.id
    assert clean.seen == plain.seen == {"place": [("shelf", 2), ("countertop", 1)]}


def test_of_a_thing_that_no_run_found_the_procedures_own_counts_are_told(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    (match,) = memory.recall("put a clean plate in cabinet.").matches
    assert match.bindings["item"] == "plate" and match.seen == {"place": [("countertop", 1)]}


def test_a_procedure_found_without_a_template_is_bound_by_another_of_its_tasks(open_memory: Opener):
    memory = open_memory(retrieve="random")
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    (match,) = memory.recall("put a clean cup in shelf.").matches
    assert match.bindings == {"item": "cup", "item_2": "shelf"}
    (match,) = memory.recall("boil an egg").matches
    assert match.bindings == {}


def test_a_goal_that_a_revision_made_more_general_binds_a_task(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    revision = {
        "goal": "put a clean {mug} in {cabinet} of {room}",
        "steps": ["go to {room}", "move {mug} to {cabinet}"],
    }
    memory.reflect("put a clean mug in cabinet.", CLEAN_MUG[:2], "nothing here", used=["p1"], revision=revision)
    (match,) = memory.recall("put a clean cup in shelf of kitchen").matches
    assert match.procedure.label == "p1r2"
    assert match.bindings == {"mug": "cup", "cabinet": "shelf", "room": "kitchen"}


def test_beside_a_script_the_example_has_no_detours(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    both, alone = (
        memory.recall("put a clean mug in cabinet.", form=form).matches[0]
        for form in ("proceduralization", "trajectory")
    )
    assert both.example is not None and alone.example is not None
    assert [step.action for step in both.example.steps] == [s.split(" -> ")[0] for s in CLEAN_MUG[1:]]
    assert len(alone.example.steps) == len(CLEAN_MUG)


def test_the_trajectory_form_brings_the_run_and_the_script_form_does_not(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    assert memory.recall("put a clean mug in cabinet.", form="script").matches[0].example is None
    example = memory.recall("put a clean mug in cabinet.", form="trajectory").matches[0].example
    assert example is not None and len(example.steps) == len(CLEAN_MUG)


def test_the_most_frequent_values_are_told_and_rare_ones_are_not(memory: ProceduralMemory):
    places = ["shelf"] * 12 + ["countertop"] * 6 + ["desk"] * 4 + ["table"] * 3 + ["drawer"] * 2 + ["bed"]
    for number, place in enumerate(places, 1):
        memory.record(TASK, [step.replace("countertop 1", f"{place} {number}") for step in CLEAN_MUG], "success")
    told = [("shelf", 12), ("countertop", 6), ("desk", 4), ("table", 3), ("drawer", 2)]
    for task in (TASK, "put a clean cup in cabinet."):
        assert memory.recall(task).matches[0].seen == {"place": told}


def test_a_value_that_few_of_many_runs_found_is_not_told(memory: ProceduralMemory):
    for number, place in enumerate(["shelf"] * 24 + ["bed"], 1):
        memory.record(TASK, [step.replace("countertop 1", f"{place} {number}") for step in CLEAN_MUG], "success")
    assert memory.recall(TASK).matches[0].seen == {"place": [("shelf", 24)]}


def test_the_example_is_the_newest_run_of_the_very_task_else_of_the_nearest(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success")
    memory.record(TASK, [step.replace("countertop 1", "desk 9") for step in CLEAN_MUG], "success")
    same, other, cup = (
        memory.recall(task).matches[0] for task in (TASK, "put a clean fork in cabinet.", "put a clean cup in cabinet.")
    )
    assert same.example is not None and same.same_task
    assert same.example.steps[0].action == "go to desk 9"
    assert other.example is not None and not other.same_task
    assert cup.example is not None and (cup.same_task, cup.example.task) == (True, "put a clean cup in cabinet.")


def test_a_run_too_long_to_look_through_is_shown_with_its_detours(memory: ProceduralMemory):
    detours = [f"go to shelf {n} -> On the shelf {n}, you see nothing." for n in range(2, MAX_EXAMPLE + 2)]
    memory.record(TASK, [*detours, *CLEAN_MUG], "success")
    (match,) = memory.recall(TASK).matches
    assert match.example is not None and len(match.example.steps) == MAX_EXAMPLE + len(CLEAN_MUG)
    assert len(match.procedure.script.steps) < 10


def test_pitfalls_of_a_match_are_its_own_those_most_often_met_first(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    memory.record("add the status column", MIGRATE, "success", script=SCRIPT)
    review.pin(memory.store, 1, "shown whatever fails")
    for error in ("Nothing happens when moving", "The cabinet is locked", "The tap is dry"):
        memory.reflect(TASK, [f"try -> {error}"], error, used=["p1"])
    memory.reflect(TASK, ["try again -> The tap is dry"], "The tap is dry", used=["p1"])
    triggers = [p.pitfall.trigger for p in memory.recall(TASK).matches[0].pitfalls]
    assert triggers[0] == "The tap is dry" and len(triggers) == 3


def test_what_is_not_told_of_earlier_values_is_counted(memory: ProceduralMemory):
    places = ["shelf"] * 12 + ["countertop"] * 6 + ["desk"] * 4 + ["table"] * 3 + ["drawer"] * 2 + ["bed", "sofa"]
    for number, place in enumerate(places, 1):
        memory.record(TASK, [step.replace("countertop 1", f"{place} {number}") for step in CLEAN_MUG], "success")
    (match,) = memory.recall(TASK).matches
    assert match.left_out == {"place": LeftOut(values=2, runs=2, of=29)}


def test_of_places_those_are_told_that_the_context_names(memory: ProceduralMemory):
    for number, place in enumerate(["shelf", "shelf", "countertop", "desk"], 1):
        memory.record(TASK, [step.replace("countertop 1", f"{place} {number}") for step in CLEAN_MUG], "success")
    for context, values, left in (
        ("a Desk 2, two shelfs and a fridge 1", [("shelf", 2), ("desk", 1)], LeftOut(1, 1, 4, elsewhere=True)),
        ("Python 3.12 on a shelfless host", [("shelf", 2), ("countertop", 1), ("desk", 1)], None),
    ):
        (match,) = memory.recall(TASK, context=context).matches
        assert (match.seen["place"], match.left_out.get("place")) == (values, left)


def test_places_that_a_context_lists_without_any_where_the_thing_was_are_no_reason_to_be_silent(
    memory: ProceduralMemory,
):
    memory.record(TASK, CLEAN_MUG, "success")
    for number, place in enumerate(["bed", "sofa"], 1):
        run = [step.replace("countertop 2", f"{place} {number}") for step in CLEAN_CUP]
        memory.record("put a clean cup in cabinet.", run, "success")
    (match,) = memory.recall(TASK, context="You see a bed 1 and a sofa 1.").matches
    assert match.seen == {"place": [("countertop", 1)]}
    assert match.left_out == {"place": LeftOut(1, 1, 1, elsewhere=True)}
