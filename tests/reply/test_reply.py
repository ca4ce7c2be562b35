"""Replies to tools: their fields, and their size in tokens."""

from collections.abc import Callable
from typing import Any

import pytest
from runs import CHECKED, CLEAN_MUG, SCRIPT, TASK, again

from memp.memory import ProceduralMemory
from memp.reply import TERMINAL, recall_reply, record_reply, tokens

LONG: dict[str, Any] = {
    "goal": "Do the long thing with {part}",
    "steps": [f"Step {i}: " + "turn the very long screw of the very long part {part} " * 9 for i in range(40)],
    "not_when": "x" * 900,
    "pitfalls": [{"trigger": f"trouble {i} " + "t" * 500, "instead": "i" * 900} for i in range(9)],
}


@pytest.mark.parametrize("budget", [250, 400, 600])
@pytest.mark.parametrize("form", ["script", "trajectory", "proceduralization"])
def test_a_reply_stays_within_its_budget_whatever_was_stored(memory: ProceduralMemory, budget: int, form: str):
    steps = [f"do {i} -> " + "o" * 3000 for i in range(120)]
    memory.record("do the long thing with the part", steps, "success", script=LONG)
    reply = recall_reply(memory.recall("do the long thing with the part", form=form), form, budget)  # type: ignore[arg-type]
    assert tokens(reply) <= budget and reply.matches[0].id == "p1"
    assert any("cut" in note for note in reply.notes)


def test_three_long_procedures_stay_within_the_budget_too(memory: ProceduralMemory):
    for letter in "abc":
        steps = [f"Take {letter}", *LONG["steps"][:39]]
        script = {**LONG, "goal": f"Do the long thing {letter} " + "g" * 900, "steps": steps}
        memory.record(f"do the long thing {letter}", [f"do {letter} -> " + "o" * 3000] * 5, "success", script=script)
    reply = recall_reply(memory.recall("do the long thing", limit=3), "proceduralization", 600)
    assert tokens(reply) <= 600 and len(reply.matches) == 3


def test_what_fits_is_not_cut(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    reply = recall_reply(memory.recall("put a clean mug in cabinet."), "proceduralization")
    assert reply.notes == [] and len(reply.matches[0].steps) == 6


def test_of_steps_that_do_not_fit_those_that_few_runs_had_go_first_and_the_end_stays(memory: ProceduralMemory):
    ways = [f"Go through the door of room number {i} of the long corridor ({1 + i % 2} of 5 runs)" for i in range(25)]
    steps = ["Take the parcel", *ways, "If it is locked: ring", "Hand the parcel over -> 'Thank you.'"]
    memory.record(
        "bring the parcel", ["take", "hand over -> Thank you."], "success", script={"goal": "Bring", "steps": steps}
    )
    reply = recall_reply(memory.recall("bring the parcel"), "script", 500)
    (match,) = reply.matches
    assert tokens(reply) <= 500
    assert match.steps[-1] == steps[-1] and match.steps[-2] == steps[-2] and "Take the parcel" in match.steps
    assert sum(step.endswith("(2 of 5 runs)") for step in match.steps) == 12, "the rarer ones are enough to leave out"
    assert any("few runs" in step for step in match.steps)


def test_a_script_alone_tells_an_earlier_value_of_a_parameter_that_nothing_explains(memory: ProceduralMemory):
    for pen, animal in (("north pen", "owl"), ("south pen", "hare")):
        steps = [
            f"unlock {pen} -> unlocked",
            "take bucket -> taken",
            f"feed(animal='{animal}') -> it eats",
            f"lock {pen} -> locked",
        ]
        memory.record(f"feed whoever is hungry in the {pen}", steps, "success")
    match = recall_reply(memory.recall("feed whoever is hungry in the west pen", form="script"), "script").matches[0]
    assert sorted(match.parameters.values()) == ["= west", "so far: hare 1x, owl 1x"]


def test_a_reply_has_no_nulls_and_no_empty_fields(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    lean = recall_reply(memory.recall("put a clean mug in cabinet.")).lean()
    (match,) = lean["matches"]
    assert all(value not in (None, "", [], {}) for value in match.values())
    assert "uses" not in match and match["parameters"]["item"] == "= mug"


def test_a_script_alone_tells_no_values_of_earlier_runs(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    script, both = (
        recall_reply(memory.recall("put a clean mug in cabinet.", form=form)).matches[0]
        for form in ("script", "proceduralization")
    )
    assert script.parameters["place"] == "where {item} is"
    assert both.parameters["place"] == "where {item} is; so far: countertop 1x"


def test_what_only_repeats_something_else_is_left_out(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    (same,) = recall_reply(memory.recall("put a clean mug in cabinet."), "proceduralization").lean()["matches"]
    assert "verify" not in same and "fit" not in same and "example" not in same, "its actions are cases of the steps"


def test_the_second_of_two_things_is_sought_where_the_first_was(memory: ProceduralMemory):
    actions = ("go to shelf 1", "take mug 1 from shelf 1", "go to desk 1", "put mug 1 in/on desk 1")
    once = [f"{action} -> you see a mug 1, a mug 2" for action in actions]
    memory.record("put two mug in desk.", once + [s.replace("mug 1", "mug 2") for s in once], "success")
    (match,) = recall_reply(memory.recall("put two mug in desk."), "proceduralization").matches
    assert match.parameters["place"] == "where {item} is; so far: shelf 1x"
    assert match.steps.count("go to {place} 1") == 2


def test_nothing_applicable_is_said_with_what_to_do(memory: ProceduralMemory):
    lean = recall_reply(memory.recall("negotiate an insurance premium"), "script").lean()
    assert lean["matches"] == [] and lean["next"].startswith("No applicable procedure")
    assert "record_trajectory" in lean["next"]


def test_an_example_is_told_beside_steps_that_it_differs_from(memory: ProceduralMemory):
    run = ["psql -f 3.sql -> ALTER TABLE", "make test -> 41 passed"]
    memory.record("add a status column to orders", run, "success", script=SCRIPT)
    same, other = (
        recall_reply(memory.recall(task), budget=5000).matches[0].example
        for task in ("add a status column to orders", "add a region column to orders")
    )
    assert same is not None and (same.task, same.steps) == ("", ["psql -f 3.sql", "make test"])
    assert other is not None and other.task == "add a status column to orders"


def test_another_tasks_example_is_whole_or_left_out(memory: ProceduralMemory):
    run = [f"psql -c 'alter table t{i} {'add column c, ' * 8}' -> ALTER TABLE" for i in range(30)]
    memory.record("add a status column to orders", run, "success", script=SCRIPT)
    roomy, tight = (
        recall_reply(memory.recall("add a region column to orders"), budget=budget).matches[0].example
        for budget in (5000, 600)
    )
    assert roomy is not None and len(roomy.steps) == 30 and tight is None


def test_which_of_several_values_this_very_task_had_is_told_by_its_run(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    memory.record("put a clean mug in cabinet.", [s.replace("countertop 1", "desk 4") for s in CLEAN_MUG], "success")
    example = recall_reply(memory.recall("put a clean mug in cabinet.")).matches[0].example
    assert example is not None and example.steps[0] == "go to desk 4"
    assert recall_reply(memory.recall("put a clean cup in cabinet.")).matches[0].example is None


def test_the_trajectory_form_shows_observations(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    found = memory.recall("put a clean mug in cabinet.", form="trajectory")
    verbatim = recall_reply(found, "trajectory", 5000).matches[0].example
    assert verbatim is not None and "You pick up the mug 2" in verbatim.steps[2]


def test_a_long_action_is_cut_in_the_middle_of_what_it_writes_and_says_so(memory: ProceduralMemory):
    old, new = (
        "def f(x):\\n" + "    pass\\n" * 60 + "    return 1",
        "def f(x):\\n" + "    pass\\n" * 60 + "    return 2",
    )
    edit = f'edit_file(path="app/rates.py", old="{old}", new="{new}")'
    memory.record("mend the rates", [f"{edit} -> 1 replacement", "make test -> ok"], "success")
    example = recall_reply(memory.recall("mend the rates", form="trajectory"), budget=5000).matches[0].example
    assert example is not None
    shown = example.steps[0].partition(" -> ")[0]
    assert len(shown) <= 240 and shown.count(" [...] ") == 2
    assert all(part in shown for part in ('path="app/rates.py"', 'old="def f', 'return 1"', 'new="def f', 'return 2")'))


def test_how_its_runs_ended_is_said_in_words(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    assert _worked(memory) == "in 1 run, by its agent's word only"
    for number in range(1, 5):
        memory.record(TASK, again(number), "success", evidence=CHECKED, used=["p1"])
    assert _worked(memory) == "in 5 of 5 runs, 4 checked, median 7 steps"
    nowhere = ["go to shelf 1 -> You see nothing.", "go to desk 1 -> You see nothing."]
    for number in range(3):
        run = [*nowhere, f"look {number} -> You see nothing."]
        memory.record("put a clean mug in cabinet.", run, "failure", evidence=CHECKED, used=["p1"])
    assert _worked(memory) == "in 5 of 8 runs, 4 checked, median 7 steps; most others were lost on finding {item}"


def test_no_field_says_in_every_reply_the_same(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    (match,) = recall_reply(memory.recall("put a clean mug in cabinet.")).lean()["matches"]
    assert not match.keys() & {"fit", "tier", "runs", "uses", "successes", "revision", "project"}


def _worked(memory: ProceduralMemory) -> str:
    return recall_reply(memory.recall("put a clean mug in cabinet.")).matches[0].worked


def test_near_duplicates_of_a_pitfall_are_told_once_and_what_is_left_out_is_counted(memory: ProceduralMemory):
    pitfalls = [
        {"trigger": "row 7 of the table orders is locked by another session"},
        {"trigger": "row 9 of the table orders is locked by another session", "instead": "wait a minute"},
        {"trigger": "E23 the realm refuses this artefact", "instead": "build it hardened"},
        {"trigger": "E24 the realm refuses this artefact", "instead": "ask for leave"},
        {"trigger": "the disk is full", "instead": "clear the cache"},
    ]
    memory.record("add a status column", ["psql -> ok"], "success", script={**SCRIPT, "pitfalls": pitfalls})
    told = recall_reply(memory.recall("add a status column"), budget=5000).matches[0].pitfalls
    assert len(told) == 4 and told[-1] == "... and 1 more; recall with the error"
    assert sum("is locked by another session" in line for line in told) <= 1
    assert sum("the realm refuses" in line for line in told) == 2, "another code is another error"


def test_the_values_that_are_left_out_are_counted(memory: ProceduralMemory):
    places = ["shelf", "countertop", "desk", "table", "drawer", "bed", "sofa"]
    for number, place in enumerate(places, 1):
        memory.record(TASK, [step.replace("countertop 1", f"{place} {number}") for step in CLEAN_MUG], "success")
    (match,) = recall_reply(memory.recall(TASK)).matches
    assert match.parameters["place"].endswith(", and 2 more, 2 of 7 runs")
    (match,) = recall_reply(memory.recall(TASK, context="a bed 6 and a fridge 1")).matches
    assert match.parameters["place"].endswith("so far: bed 1x; elsewhere in 6 of 7 runs")


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ("The valve 2 is closed.", ["step 2 holds: 'is closed'"]),
        ("The tank is empty now", ["skip step 3: 'is empty'"]),
        ("pressure: 3.5 bar", ["step 4 holds: 'pressure' > 2"]),
        ("pressure: 1 bar", ["skip step 4: 'pressure' > 2 is not so"]),
        ("The valve is not closed, the tank is half full", []),
        ("", []),
    ],
)
def test_the_context_decides_conditions_of_steps(memory: ProceduralMemory, context: str, said: list[str]):
    steps = ["go there", "if 'is closed': open it", "if not 'is empty': drain it", "if 'pressure' > 2: vent it"]
    memory.record("refill the tank", ["go there -> ok"], "success", script={"goal": "refill the tank", "steps": steps})
    assert recall_reply(memory.recall("refill the tank", context=context)).matches[0].now == said


def test_pitfalls_say_what_to_do_instead(memory: ProceduralMemory):
    memory.record("add a status column", ["psql -> ALTER TABLE"], "success", script=SCRIPT)
    reply = recall_reply(memory.recall("add a status column"), "script")
    assert reply.matches[0].pitfalls == ["relation is locked | instead: set lock_timeout and retry"]


def test_a_record_by_rule_invites_a_better_script_and_one_by_the_caller_does_not(memory: ProceduralMemory):
    by_rule = record_reply(memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success"))
    typed = record_reply(memory.record("boil an egg", ["boil -> done", "eat -> good"], "success"), wording=TERMINAL)
    assert "memp show p2" in typed.next and "call" not in typed.next
    by_caller = record_reply(memory.record("add a status column", ["psql -> ALTER TABLE"], "success", script=SCRIPT))
    assert "script=" in by_rule.next and by_rule.builder == "extractive" and by_rule.created == "p1"
    assert by_caller.next == "Nothing more to do." and by_caller.builder == "caller"


def test_where_none_fits_what_comes_near_is_named_to_be_asked_for(open_memory: Callable[..., ProceduralMemory]):
    open_memory().record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    near = recall_reply(open_memory(floor=0.999).recall("put a clean cup on shelf."))
    assert near.matches == [] and near.perhaps == "p1: Put a clean {item} in {item_2}."
    assert "Is the one under perhaps meant? Recall its goal." in near.next
    far = recall_reply(open_memory().recall("negotiate the yearly insurance premium"))
    assert far.matches == [] and far.perhaps == "" and "perhaps" not in far.next
