"""Procedures that earn their place, through recall, record and reflect on a real store."""

from collections.abc import Callable

import pytest
from runs import CLEAN_CUP, CLEAN_MUG, NOT_HELD

from memp.domain.procedure import Ref
from memp.domain.trajectory import Provenance
from memp.errors import InputError
from memp.llm.scripted import Scripted
from memp.memory import ProceduralMemory
from memp.reply import recall_reply, record_reply, reflect_reply
from memp.store.sqlite.store import SQLiteStore
from memp.update import review
from memp.update.retention import tidy

Opener = Callable[..., ProceduralMemory]
TASK = "put a clean mug in cabinet."
BETTER = {"goal": "Put a clean {object} in {place}", "steps": ["hold it", "go on"]}
CHECKED = "check: look in cabinet, exit 0"


def steps(memory: ProceduralMemory, task: str = TASK, error: str | None = None) -> tuple[str, ...]:
    (match,) = memory.recall(task, error=error).matches
    return match.procedure.script.steps


def note(number: int) -> list[str]:
    """A run of the same chain that is another trajectory."""
    return [f"{step} {'!' * number}" if "->" in step else step for step in CLEAN_MUG]


# Evidence and self-assessment


def test_a_run_without_an_outcome_is_assessed_and_the_reply_says_how(memory: ProceduralMemory):
    told = record_reply(memory.record("fix the build", ["edit app.py -> done", "pytest -q -> 3 passed, exit code 0"]))
    assert told.assessed.startswith("success by rules") and "pytest" in told.assessed and told.created == "p1"
    told = record_reply(
        memory.record("fix the other build", ["edit b.py -> done", "pytest -q -> 1 failed, exit code 1"])
    )
    assert told.assessed.startswith("failure by rules") and not told.created


def test_with_a_language_model_it_judges(open_memory: Opener):
    judgement = {"success": False, "sure": 0.9, "why": "The last look shows the mug on the table."}
    memory = open_memory(llm=Scripted([judgement]))
    told = record_reply(memory.record(TASK, CLEAN_MUG))
    assert told.assessed == "failure by judge, 90% sure: The last look shows the mug on the table."


def test_a_check_that_contradicts_the_outcome_counts_as_a_claim_and_that_is_said(memory: ProceduralMemory):
    done = memory.record(TASK, CLEAN_MUG, "success", evidence="check: pytest, exit 1")
    assert any("counted as a claim" in note for note in done.notes)
    assert memory.store.trajectory(done.trajectory).evidence.kind == "claim"


# Tiers


def test_two_checked_successes_validate_and_claims_do_not(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for number in range(3):
        memory.record(TASK, note(number), "success", used=["p1"])
    assert memory.procedure(1).tier == "candidate"
    done = memory.record(TASK, note(7), "success", evidence="user: thanks, works", used=["p1"])
    assert memory.procedure(1).tier == "validated" and record_reply(done).changed == ["p1 is validated now"]


def test_a_run_that_used_a_procedure_and_repeats_it_validates_once(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    done = memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success", evidence=CHECKED, used=["p1"])
    assert done.how == "merged" and memory.procedure(1).tier == "candidate"


def test_a_candidate_yields_to_a_validated_procedure_that_fits_as_well(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success", evidence=CHECKED)
    other = memory.record(TASK, ["pray -> it is clean", "move mug 1 to cabinet 1 -> ok"], "success").built
    assert other == 2 and memory.procedure(1).tier == "validated"
    assert [m.procedure.id for m in memory.recall(TASK, limit=3).matches] == [1]


def test_no_tool_call_pins(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence="user: pinned")
    assert memory.procedure(1).tier == "candidate"


# Trials


@pytest.fixture
def on_trial(memory: ProceduralMemory) -> ProceduralMemory:
    """A procedure that failed once, with a revision on trial."""
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    memory.reflect(TASK, NOT_HELD, "Nothing happens", used=["p1"], revision=BETTER)
    return memory


def test_a_revision_is_shown_under_its_own_name_beside_its_parent(on_trial: ProceduralMemory):
    reply = recall_reply(on_trial.recall(TASK), "script").matches[0]
    assert (reply.id, reply.tier, reply.steps) == ("p1r2", "trial", ["hold it", "go on"])
    assert on_trial.procedure(1).revision == 1, "the parent is what it was"


def test_a_revision_that_does_better_is_promoted(on_trial: ProceduralMemory):
    done = on_trial.record(TASK, ["hold it -> ok", "go on -> done"], "success", evidence=CHECKED, used=["p1r2"])
    assert record_reply(done).changed == ["p1r2 did better: promoted", "p1 is validated now"]
    assert on_trial.procedure(1).revision == 2 and steps(on_trial) == ("hold it", "go on")


def test_a_revision_that_does_worse_is_dropped_and_the_parent_shown_again(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for number in range(6):
        memory.record(TASK, note(number), "success", evidence=CHECKED, used=["p1"])
    memory.reflect(TASK, NOT_HELD, "x", used=["p1"], revision={"goal": "g", "steps": ["worse"]})
    for number in range(2):
        memory.record(
            TASK, [f"worse -> error {number}: failed"], "failure", evidence=CHECKED.replace("0", "1"), used=["p1r2"]
        )
    assert memory.procedure(1).trial is None and steps(memory) != ("worse",)
    assert [r.state for r in memory.store.history(1)] == ["current", "dropped"]


def test_beside_a_validated_procedure_a_trial_gets_every_second_recall_and_those_who_are_stuck(
    memory: ProceduralMemory,
):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for number in range(6):
        memory.record(TASK, note(number), "success", evidence=CHECKED, used=["p1"])
    memory.reflect(TASK, NOT_HELD, "x", used=["p1"], revision={"goal": "g", "steps": ["new"]})
    shown = [steps(memory) == ("new",) for _ in range(6)]
    assert sum(shown) == 3 and shown[0]
    assert all(steps(memory, error="Nothing happens") == ("new",) for _ in range(3))


def test_used_names_the_revision_that_is_credited(on_trial: ProceduralMemory):
    on_trial.record(TASK, note(1), "failure", used=["p1r2"])
    assert [use.revision for use in on_trial.store.uses(1)] == [2, 1]


def test_a_failure_recorded_before_is_reflected_on_by_its_id_and_counted_once(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    failed = memory.record(TASK, NOT_HELD, "failure", used=["p1"])
    told = reflect_reply(memory.reflect(TASK, None, "Nothing happens", used=["p1"], trajectory=f"t{failed.trajectory}"))
    assert told.trajectory == f"t{failed.trajectory}" and told.credited == [] and told.material
    assert memory.procedure(1).uses == 1
    with pytest.raises(InputError, match="recorded as a success"):
        memory.reflect(TASK, None, "x", trajectory="t1")


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


# Contexts, withholding, archiving


def test_what_fails_for_one_client_is_withheld_from_it_and_shown_to_others(memory: ProceduralMemory):
    here, there = (Provenance(client=f"{name} 1.0") for name in ("weak", "strong"))
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED, provenance=there)
    for number in range(5):
        memory.record(TASK, note(number), "success", evidence=CHECKED, used=["p1"], provenance=there)
        failing = [f"try {number} -> Nothing happens"]
        memory.record(TASK, failing, "failure", evidence="environment: 0", used=["p1"], provenance=here)
        own = [f"another way {number} -> clean", "move mug 1 to cabinet 1 -> done"]
        memory.record(f"{TASK[:-1]} {number}.", own, "success", evidence="environment: 1", provenance=here)
    good = {match.procedure.id for match in memory.recall(TASK, limit=3, provenance=there).matches}
    other = memory.recall(TASK, limit=3, provenance=here)
    assert 1 in good and 1 not in {match.procedure.id for match in other.matches} and other.withheld
    assert "worse than nothing in this context" in " ".join(recall_reply(other, "script").notes)


def test_what_is_archived_says_why_and_a_person_can_bring_it_back(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    for number in range(6):
        memory.record(TASK, [f"try {number} -> Nothing happens"], "failure", evidence="environment: 0", used=["p1"])
    assert memory.procedure(1).status == "archived"
    change = memory.store.changes(1)[0]
    assert (change.actor, change.action) == ("memp", "archived") and "uses succeeded" in change.detail
    memory.store.restore(1, "person", "it was the network")
    assert memory.procedure(1).status == "active" and memory.store.changes(1)[0].action == "restored"


# Consolidation, hold-out, tidying


def test_two_scripts_that_differ_in_a_name_become_one_with_a_parameter(memory: ProceduralMemory):
    for name in ("api", "web"):
        script = {
            "goal": f"Deploy the {name} service",
            "steps": [f"build {name}", f"restart {name}", "look at the log"],
        }
        done = memory.record(f"Deploy the {name} service", [f"build {name} -> ok"], "success", script=script)
    assert done.general == 3 and memory.procedure(3).tier == "candidate"
    assert memory.procedure(3).script.steps == ("build {service}", "restart {service}", "look at the log")
    assert len(memory.procedure(3).trajectories) == 2
    (match,) = memory.recall("Deploy the billing service").matches
    assert (match.procedure.id, match.bindings) == (3, {"service": "billing"})


def test_a_held_out_recall_brings_nothing_says_so_and_is_answered_by_the_run_that_follows(open_memory: Opener):
    open_memory().record(TASK, CLEAN_MUG, "success")
    held = open_memory(holdout=0.9)
    replies = [held.recall(f"put a clean mug in cabinet {n}.") for n in range(40)]
    share = sum(reply.held for reply in replies) / 40
    assert 0.6 < share < 1 and all(reply.matches == () for reply in replies if reply.held)
    assert "on purpose" in recall_reply(next(r for r in replies if r.held), "script").next
    for number, reply in enumerate(replies[:5]):
        again = held.recall(f"put a clean mug in cabinet {number}.", error="stuck")
        assert again.held == reply.held, "a second look-up for one run has the first one's draw"
    for number in range(40):
        held.record(f"put a clean mug in cabinet {number}.", note(number), "success")
    outcomes = held.store.outcomes()
    assert len(outcomes) == 40 and sum(o.held for o in outcomes) == share * 40


def test_tidying_archives_what_is_stale_or_too_much_and_never_what_is_pinned(open_memory: Opener):
    memory = open_memory(capacity=2, tools=("Bash",))
    for number, action in enumerate(["Bash: ls -> a", "Gone: x -> ok", "Bash: make -> ok", "Bash: rm x -> ok"]):
        memory.record(f"job {number} of its own kind {'abcd'[number] * 5}", [action], "success")
    memory.store.set_tier(4, "pinned", "person", "")
    reasons = tidy(memory.store, memory.options)
    assert "needs Gone" in reasons[2] and len(reasons) == 2 and 4 not in reasons
    assert [p.id for p in memory.store.procedures()][-1] == 4


def test_the_audit_log_cannot_be_changed(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    store = memory.store
    assert isinstance(store, SQLiteStore)
    for sql in ("DELETE FROM audit", "UPDATE audit SET actor = 'nobody'", "UPDATE audit SET detail = 'nothing'"):
        with pytest.raises(Exception, match="append-only"), store._db.write() as db:
            db.run(sql)
    assert store.changes(1)[-1].action == "created"


# Variants


def test_of_two_ways_that_are_known_as_well_the_shorter_is_preferred_whichever_came_first(open_memory: Opener):
    long, short = ["stop app -> ok", "drop cache -> ok", "start app -> up"], ["restart app -> up"]
    for number, runs in enumerate(([long, short], [short, long])):
        memory = open_memory(path=f"{number}.sqlite3")
        for way in runs:
            memory.record("bring the app up again", way, "success", evidence="check: curl app, exit 0")
        assert len(memory.store.procedures()) == 2 and steps(memory, "bring the app up again") == ("restart {object}",)


# What was archived


def test_a_procedure_that_a_person_rejected_does_not_come_back_by_a_like_run(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    review.reject(memory.store, Ref(procedure_id=1), "wrong sink")
    told = record_reply(memory.record(TASK, note(1), "success", evidence=CHECKED))
    assert not told.created and any("a person archived it" in line for line in told.notes or ())
    assert not memory.recall(TASK).matches and len(memory.store.procedures(active=False)) == 1


def test_a_procedure_that_failed_too_often_takes_like_runs_in_and_stays_archived(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for failed in range(5):
        memory.record(f"put a clean mug in cabinet {failed}.", NOT_HELD, "failure", evidence=CHECKED, used=["p1"])
    memory.store.archive(1, "5 of 5 uses failed")
    told = record_reply(memory.record(TASK, note(1), "success", evidence=CHECKED))
    assert memory.procedure(1).status == "archived" and any("failed more often" in line for line in told.notes or ())
    assert len(memory.store.procedures(active=False)) == 1


def test_what_had_to_make_room_comes_back_as_soon_as_it_is_done_again(open_memory: Opener):
    memory = open_memory(capacity=1)
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    memory.store.archive(1, "more than fits")
    told = record_reply(memory.record(TASK, note(1), "success", evidence=CHECKED))
    assert any("back from the archive" in line for line in told.notes or ()) and memory.recall(TASK).matches
