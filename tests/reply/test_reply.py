"""Replies to tools: their fields, and their size in tokens."""

from typing import Any

import pytest
from runs import CLEAN_MUG, SCRIPT

from memp.memory import ProceduralMemory
from memp.reply import recall_reply, record_reply, tokens

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
    assert reply.notes == [] and len(reply.matches[0].steps) == 6 and reply.matches[0].example is not None


def test_a_reply_has_no_nulls_and_no_empty_fields(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    lean = recall_reply(memory.recall("put a clean mug in cabinet.")).lean()
    (match,) = lean["matches"]
    assert all(value not in (None, "", [], {}) for value in match.values())
    assert "uses" not in match and match["parameters"]["mug"] == "= mug"


def test_a_script_alone_tells_no_values_of_earlier_runs(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    script, both = (
        recall_reply(memory.recall("put a clean mug in cabinet.", form=form)).matches[0]
        for form in ("script", "proceduralization")
    )
    assert script.parameters["found"] == "where {mug} is"
    assert both.parameters["found"] == "where {mug} is; so far: countertop 1x"


def test_what_only_repeats_something_else_is_left_out(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    (same,) = recall_reply(memory.recall("put a clean mug in cabinet."), "proceduralization").lean()["matches"]
    assert "verify" not in same and list(same["example"]) == ["steps"]
    (other,) = recall_reply(memory.recall("put a clean cup in cabinet."), "proceduralization").lean()["matches"]
    assert other["example"]["task"] == "put a clean mug in cabinet."


def test_the_second_of_two_things_is_sought_where_the_first_was(memory: ProceduralMemory):
    actions = ("go to shelf 1", "take mug 1 from shelf 1", "go to desk 1", "put mug 1 in/on desk 1")
    once = [f"{action} -> you see a mug 1, a mug 2" for action in actions]
    memory.record("put two mug in desk.", once + [s.replace("mug 1", "mug 2") for s in once], "success")
    (match,) = recall_reply(memory.recall("put two mug in desk."), "proceduralization").matches
    assert match.example is not None and match.example.steps == [*actions, "..."], "what is done again is shown once"
    assert match.parameters["found"] == "where {mug} is; so far: shelf 1x"
    assert match.steps.count("go to {found} 1") == 2


def test_nothing_applicable_is_said_with_what_to_do(memory: ProceduralMemory):
    lean = recall_reply(memory.recall("negotiate an insurance premium"), "script").lean()
    assert lean["matches"] == [] and lean["next"].startswith("No applicable procedure")
    assert "record_trajectory" in lean["next"]


def test_the_trajectory_form_shows_observations_and_the_others_only_actions(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    found = memory.recall("put a clean mug in cabinet.", form="trajectory")
    verbatim = recall_reply(found, "trajectory", 5000).matches[0].example
    short = recall_reply(found, "proceduralization", 5000).matches[0].example
    assert verbatim is not None and short is not None
    assert "You pick up the mug 2" in verbatim.steps[2] and short.steps[2] == "take mug 2 from countertop 1"


def test_pitfalls_say_what_to_do_instead(memory: ProceduralMemory):
    memory.record("add a status column", ["psql -> ALTER TABLE"], "success", script=SCRIPT)
    reply = recall_reply(memory.recall("add a status column"), "script")
    assert reply.matches[0].pitfalls == ["relation is locked | instead: set lock_timeout and retry"]


def test_a_record_by_rule_invites_a_better_script_and_one_by_the_caller_does_not(memory: ProceduralMemory):
    by_rule = record_reply(memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success"))
    by_caller = record_reply(memory.record("add a status column", ["psql -> ALTER TABLE"], "success", script=SCRIPT))
    assert "script=" in by_rule.next and by_rule.builder == "extractive" and by_rule.created == "p1"
    assert by_caller.next == "Nothing more to do." and by_caller.builder == "caller"
