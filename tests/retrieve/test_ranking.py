"""Ranking: which of the procedures that fit are shown, in which order, and why."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import CHECKED, CLEAN_CUP, CLEAN_MUG, NOT_HELD, TASK, again, shown, steps_shown, teach

from memp.domain import trust
from memp.domain.procedure import Ref
from memp.domain.trajectory import Provenance
from memp.exchange.memory_file import Selection, export_memory, import_memory
from memp.memory import ProceduralMemory
from memp.reply import recall_reply
from memp.update import review

Opener = Callable[..., ProceduralMemory]
RESTART = "restart the billing worker after a deploy"
FAILED = "environment: 0"


def client(name: str) -> Provenance:
    return Provenance(client=f"{name} 1.0")


def fail(memory: ProceduralMemory, task: str, used: str, times: int, **more: Any) -> None:
    """Failed runs that followed a procedure, as the environment says."""
    for number in range(times):
        memory.record(task, [f"try {number} -> Nothing happens"], "failure", evidence=FAILED, used=[used], **more)


def succeed(memory: ProceduralMemory, task: str, procedure: int, **more: Any) -> None:
    """A run that followed a procedure and succeeded, as a check says."""
    script = memory.procedure(procedure).script
    run = [f"{step} -> done by p{procedure}" for step in script.steps]
    own = {"goal": script.goal, "steps": list(script.steps)}
    memory.record(task, run, "success", script=own, evidence=CHECKED, used=[f"p{procedure}"], **more)


# Order


def test_what_worked_when_used_comes_before_what_was_never_tried(memory: ProceduralMemory):
    first = teach(memory, RESTART, ["stop it", "start it"], "restart a worker")
    second = teach(memory, RESTART, ["drain it", "cycle it"], "cycle a worker")
    assert shown(memory.recall(RESTART)) == [first], "nothing is known of either"
    succeed(memory, RESTART, second)
    assert shown(memory.recall(RESTART)) == [second]


def test_the_papers_strategy_orders_by_relevance_and_outcomes_break_ties_only(open_memory: Opener):
    memory = open_memory(retrieve="query")
    near = teach(memory, RESTART, ["stop it", "start it"], "restart a worker")
    far = teach(memory, "restart the billing worker after a crash", ["drain it", "cycle it"], "cycle a worker")
    succeed(memory, "restart the billing worker after a crash", far)
    assert shown(memory.recall(RESTART, limit=2)) == [near, far]
    tied = teach(memory, RESTART, ["kill it", "look at it"], "kill a worker")
    assert shown(memory.recall(RESTART)) == [near]
    succeed(memory, RESTART, tied)
    assert shown(memory.recall(RESTART)) == [tied]


def test_the_papers_strategy_breaks_a_tie_by_the_share_of_successes_then_by_the_runs_it_came_from(open_memory: Opener):
    memory = open_memory(retrieve="query")
    untried = teach(memory, RESTART, ["stop it", "start it"], "restart a worker")
    tried = teach(memory, RESTART, ["drain it", "cycle it"], "cycle a worker")
    succeed(memory, RESTART, tried)
    fail(memory, RESTART, f"p{tried}", 1)
    assert shown(memory.recall(RESTART)) == [tried], "1 of 2, smoothed, is as good as untried: it came of more runs"
    succeed(memory, f"{RESTART} again", tried)
    assert shown(memory.recall(RESTART)) == [tried]
    fail(memory, f"{RESTART} once more", f"p{tried}", 2)
    assert shown(memory.recall(RESTART)) == [untried]


def test_by_the_papers_strategy_too_a_second_match_does_not_repeat_the_first(open_memory: Opener):
    memory = open_memory(retrieve="query")
    first = teach(memory, RESTART, ["stop it", "start it"], "restart a worker")
    teach(memory, RESTART, ["kill it", "start it"], "restart a worker")
    other = teach(memory, RESTART, ["drain it", "cycle it"], "bring a service up")
    assert shown(memory.recall(RESTART, limit=2)) == [first, other]


def test_what_worked_for_this_client_comes_before_what_worked_for_another(memory: ProceduralMemory):
    one = teach(memory, RESTART, ["stop it", "start it"], "restart a worker")
    other = teach(memory, RESTART, ["drain it", "cycle it"], "cycle a worker")
    for task in (RESTART, f"{RESTART} again"):
        succeed(memory, task, one, provenance=client("a"))
        succeed(memory, task, other, provenance=client("b"))
    assert shown(memory.recall(RESTART, provenance=client("a"))) == [one]
    assert shown(memory.recall(RESTART, provenance=client("b"))) == [other]


def test_a_trial_is_ranked_by_its_own_outcomes(memory: ProceduralMemory):
    other = teach(memory, RESTART, ["drain it", "cycle it"], "cycle a worker")
    failing = teach(memory, RESTART, ["stop it", "start it"], "restart a worker")
    fail(memory, RESTART, f"p{failing}", 1)
    assert shown(memory.recall(RESTART)) == [other]
    memory.reflect(RESTART, ["stop it -> no"], "no", used=[f"p{failing}"], revision={"goal": "g", "steps": ["wait"]})
    explanation = memory.preview(RESTART, error="stuck").explanation
    worth, untried = explanation.considered[failing].worth, explanation.considered[other].worth
    assert worth is not None and untried is not None and explanation.base is not None
    assert sum(worth) == pytest.approx(trust.PRIOR_STRENGTH), "nothing is known of the revision yet"
    assert untried > worth, "of the other it is known that a run took its steps"


def test_of_two_that_fit_as_well_the_one_that_more_runs_agree_on_comes_first(memory: ProceduralMemory):
    teach(memory, RESTART, ["stop it", "start it"], "restart a worker")
    agreed = teach(memory, RESTART, ["drain it", "cycle it", "look at it"], "cycle a worker")
    for number in range(4):
        run = [f"drain it -> {number}", f"cycle it -> {number}", f"look at it -> {number}"]
        script = {"goal": "cycle a worker", "steps": ["drain it", "cycle it", "look at it"]}
        assert memory.record(RESTART, run, "success", evidence="claim", script=script).built == agreed
    assert shown(memory.recall(RESTART)) == [agreed]


def test_of_two_that_came_from_another_memory_the_one_that_more_runs_agreed_on_there_comes_first(
    open_memory: Opener, tmp_path: Path
):
    there, here = open_memory(path="there.sqlite3"), open_memory(path="here.sqlite3")
    teach(there, RESTART, ["stop it", "start it"], "restart a worker")
    agreed = teach(there, RESTART, ["drain it", "cycle it", "look at it"], "cycle a worker")
    for number in range(6):
        assert teach(there, f"{RESTART} {number}", ["drain it", "cycle it", "look at it"], "cycle a worker") == agreed
    export_memory(there.store, tmp_path / "memory.jsonl", Selection())
    with (tmp_path / "memory.jsonl").open("rb") as stream:
        import_memory(here.store, stream, here.options, "memory.jsonl")
    here.embed_pending()
    (first,) = here.recall(RESTART, limit=2).matches  # Of one file one at most stands in an answer.
    assert first.procedure.script.goal == "cycle a worker"
    other = next(p for p in here.store.procedures() if p.id != first.procedure.id)
    assert first.procedure.claimed > other.claimed


def test_of_two_ways_that_are_known_as_well_the_shorter_is_preferred_whichever_came_first(open_memory: Opener):
    long, short = ["stop app -> ok", "drop cache -> ok", "start app -> up"], ["restart app -> up"]
    for number, runs in enumerate(([long, short], [short, long])):
        memory = open_memory(path=f"{number}.sqlite3")
        for way in runs:
            memory.record("bring the app up again", way, "success", evidence="check: curl app, exit 0")
        assert len(memory.store.procedures()) == 2
        assert steps_shown(memory, "bring the app up again") == ("restart {item}",)


def test_a_second_match_that_repeats_the_goal_of_the_first_comes_after_one_that_does_not(memory: ProceduralMemory):
    first = teach(memory, RESTART, ["stop it", "start it"], "restart a worker")
    again = teach(memory, RESTART, ["kill it", "start it"], "Restart a worker")
    other = teach(memory, RESTART, ["drain it", "cycle it"], "bring a service up")
    assert shown(memory.recall(RESTART, limit=2)) == [first, other]
    assert shown(memory.recall(RESTART, limit=3)) == [first, other, again]


def test_one_client_does_not_fill_the_answer(memory: ProceduralMemory):
    first = teach(memory, RESTART, ["stop it", "start it"], "restart a worker", provenance=client("a"))
    teach(memory, RESTART, ["kill it", "start it"], "kill a worker", provenance=client("a"))
    other = teach(memory, RESTART, ["drain it", "cycle it"], "cycle a worker", provenance=client("b"))
    assert shown(memory.recall(RESTART, limit=2)) == [first, other]


# Tiers


def test_a_candidate_yields_to_a_validated_procedure_that_fits_as_well(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success", evidence=CHECKED)
    other = memory.record(TASK, ["pray -> it is clean", "move mug 1 to cabinet 1 -> ok"], "success").built
    assert other == 2 and memory.procedure(1).tier == "validated"
    assert shown(memory.recall(TASK, limit=3)) == [1]


def test_a_candidate_that_fits_clearly_better_does_not_yield(memory: ProceduralMemory):
    trusted = teach(memory, "restart the search cluster", ["stop it", "start it"], "restart a cluster")
    review.approve(memory.store, Ref(procedure_id=trusted), "it is right")
    fits = teach(memory, RESTART, ["drain it", "cycle it"], "cycle a worker")
    assert shown(memory.recall(RESTART, limit=2))[0] == fits


def test_a_validated_procedure_yields_to_a_pinned_one_that_fits_as_well(memory: ProceduralMemory):
    validated = teach(memory, RESTART, ["stop it", "start it"], "restart a worker")
    pinned = teach(memory, RESTART, ["drain it", "cycle it"], "cycle a worker")
    review.approve(memory.store, Ref(procedure_id=validated), "")
    review.pin(memory.store, pinned, "")
    assert shown(memory.recall(RESTART, limit=3)) == [pinned]


def test_by_the_papers_strategy_nobody_yields(open_memory: Opener):
    memory = open_memory(retrieve="query")
    candidate = teach(memory, RESTART, ["stop it", "start it"], "restart a worker")
    pinned = teach(memory, RESTART, ["drain it", "cycle it"], "cycle a worker")
    review.pin(memory.store, pinned, "")
    assert shown(memory.recall(RESTART, limit=3)) == [candidate, pinned]


# Harm


def test_what_fails_for_one_client_is_withheld_from_it_and_shown_to_others(memory: ProceduralMemory):
    here, there = client("weak"), client("strong")
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED, provenance=there)
    for number in range(5):
        memory.record(TASK, again(number), "success", evidence=CHECKED, used=["p1"], provenance=there)
        failing = [f"try {number} -> Nothing happens"]
        memory.record(TASK, failing, "failure", evidence=FAILED, used=["p1"], provenance=here)
        own = ["rinse it in the yard -> clean", "move mug 1 to cabinet 1 -> done"]
        name = ("ann", "bob", "cyd", "dan", "eve")[number]
        memory.record(f"{TASK[:-1]} for {name}.", own, "success", evidence="environment: 1", provenance=here)
    good = set(shown(memory.recall(TASK, limit=3, provenance=there)))
    other = memory.recall(TASK, limit=3, provenance=here)
    assert 1 in good and 1 not in shown(other) and other.withheld
    assert "worse than nothing in this context" in " ".join(recall_reply(other, "script").notes)


@pytest.mark.parametrize("strategy", ["hybrid", "query", "facts"])
def test_what_only_fails_is_withheld_by_every_strategy_that_looks_at_outcomes(open_memory: Opener, strategy: str):
    memory = open_memory(retrieve=strategy, erase="off")
    harmful = teach(memory, RESTART, ["stop it", "start it"])
    fail(memory, RESTART, f"p{harmful}", 3)
    found = memory.recall(RESTART)
    assert (shown(found), found.withheld) == ([], 1)
    assert found.explanation.considered[harmful].withheld


def test_an_agent_that_is_stuck_is_shown_what_would_be_withheld(open_memory: Opener):
    memory = open_memory(erase="off")
    harmful = teach(memory, RESTART, ["stop it", "start it"])
    fail(memory, RESTART, f"p{harmful}", 3)
    found = memory.recall(RESTART, error="the worker does not come up")
    assert (shown(found), found.withheld) == ([harmful], 0)


def test_what_a_person_pinned_is_never_withheld(open_memory: Opener):
    memory = open_memory(erase="off")
    pinned = teach(memory, RESTART, ["stop it", "start it"])
    review.pin(memory.store, pinned, "the house rule")
    fail(memory, RESTART, f"p{pinned}", 3)
    found = memory.recall(RESTART)
    assert (shown(found), found.withheld) == ([pinned], 0)


@pytest.mark.parametrize("strategy", ["hybrid", "query"])
def test_beside_what_is_shown_it_is_counted_what_was_withheld(open_memory: Opener, strategy: str):
    memory = open_memory(retrieve=strategy, erase="off")
    helpful = teach(memory, RESTART, ["drain it", "cycle it"], "cycle a worker")
    harmful = teach(memory, RESTART, ["stop it", "start it"], "restart a worker")
    fail(memory, RESTART, f"p{harmful}", 3)
    found = memory.recall(RESTART, limit=3)
    assert (shown(found), found.withheld) == ([helpful], 1)


def test_the_papers_strategy_withholds_by_context_too(open_memory: Opener):
    memory = open_memory(retrieve="query", erase="off")
    procedure = teach(memory, RESTART, ["stop it", "start it"], provenance=client("strong"))
    for task in (RESTART, f"{RESTART} again", f"{RESTART} once more"):
        succeed(memory, task, procedure, provenance=client("strong"))
    fail(memory, RESTART, f"p{procedure}", 4, provenance=client("weak"))
    assert shown(memory.recall(RESTART, provenance=client("strong"))) == [procedure]
    assert shown(memory.recall(RESTART, provenance=client("weak"))) == []


def test_what_was_never_tried_is_withheld_where_agents_are_known_to_do_well_alone(open_memory: Opener):
    memory = open_memory(erase="off", update="validation")
    untried = teach(memory, RESTART, ["stop it", "start it"])
    assert not memory.recall(RESTART).explanation.known
    alone: list[tuple[list[str], str]] = [([f"my own way {n} -> up"], "success") for n in range(6)]
    for number, (run, outcome) in enumerate([*alone, (["give up -> down"], "failure")]):
        memory.record(
            RESTART, [*run, f"look {number} -> ok"], outcome, evidence=f"environment: {outcome == 'success':d}"
        )
    explanation = memory.recall(RESTART).explanation
    assert explanation.known and explanation.considered[untried].withheld


def test_the_random_control_looks_at_no_outcome(open_memory: Opener):
    memory = open_memory(retrieve="random", erase="off", most=2)
    harmful = teach(memory, RESTART, ["stop it", "start it"])
    fail(memory, RESTART, f"p{harmful}", 3)
    found = memory.recall(RESTART)
    assert (shown(found), found.withheld) == ([harmful], 0)
    assert found.explanation.considered == {harmful: (0.0, None, 0.0, 1, False, "")} and found.explanation.base is None


def test_where_the_nearest_is_withheld_what_is_much_less_like_the_task_does_not_take_its_place(open_memory: Opener):
    memory = open_memory(erase="off")
    harmful = teach(memory, RESTART, ["stop it", "start it"])
    far = teach(memory, "restart the search cluster after a power cut", ["drain it", "cycle it"])
    assert shown(memory.recall(RESTART, limit=2)) == [harmful, far]
    fail(memory, RESTART, f"p{harmful}", 3)
    assert shown(memory.recall(RESTART, limit=2)) == []


def test_failures_on_another_task_do_not_withhold(open_memory: Opener):
    memory = open_memory(erase="off")
    helpful = teach(memory, RESTART, ["stop it", "start it"])
    fail(memory, "translate the handbook to French", f"p{helpful}", 3)
    assert shown(memory.recall(RESTART)) == [helpful]


# Another task, one word off


def put(memory: ProceduralMemory, verb: str, thing: str, place: str) -> None:
    run = [step.replace("clean", verb).replace("mug", thing).replace("cabinet", place) for step in CLEAN_MUG]
    memory.record(f"put a {verb} {thing} in {place}.", run, "success")


def test_a_word_that_two_tasks_had_in_common_says_which_task_it_is(open_memory: Opener):
    memory = open_memory(floor=0.05)
    put(memory, "hot", "mug", "cabinet")
    assert shown(memory.recall("put a red egg in diningtable.")) == [1], "of one run no word says more than another"
    put(memory, "hot", "egg", "shelf")
    found = memory.recall("put a red egg in diningtable.")
    assert (shown(found), found.withheld) == ([], 0)
    assert shown(memory.recall("put a hot apple in diningtable.")) == [1]


def test_by_the_papers_strategy_a_task_one_word_off_is_as_good_as_its_cosine(open_memory: Opener):
    memory = open_memory(retrieve="query")
    put(memory, "hot", "mug", "cabinet")
    put(memory, "hot", "egg", "shelf")
    assert shown(memory.recall("put a cool egg in diningtable.")) == [1]


def test_a_task_that_reads_like_a_template_counts_its_outcomes_however_far_the_vectors_are(open_memory: Opener):
    memory = open_memory(erase="off")
    put(memory, "clean", "mug", "cabinet")
    for number in range(3):
        memory.record(f"put a clean w{number}x in y{number}z.", NOT_HELD, "failure", evidence=FAILED, used=["p1"])
    assert memory.recall("put a clean qqq in rrr.").withheld == 1


# Why


def test_every_candidate_is_explained(open_memory: Opener):
    memory = open_memory(erase="off")
    first = teach(memory, RESTART, ["stop it", "start it"], "restart a worker")
    harmful = teach(memory, RESTART, ["kill it"], "kill a worker")
    second = teach(memory, RESTART, ["drain it", "cycle it"], "cycle a worker")
    fail(memory, RESTART, f"p{harmful}", 3)
    far = teach(memory, "worker of the month: write the text", ["write it"], "write a text")
    considered = memory.recall(RESTART, limit=2).explanation.considered
    assert {i: (one.place, one.withheld) for i, one in considered.items()} == {
        first: (1, False), harmful: (None, True), second: (2, False), far: (None, False),
    }  # fmt: skip
    assert considered[far].relevance < 0.5 and considered[far].score is None, "below the floor nothing is weighed"
    for shown_one in (considered[first], considered[second]):
        assert shown_one.score is not None and 0.5 <= shown_one.relevance <= 1
    assert memory.recall(RESTART).explanation.known is False
    worth, base = considered[harmful].worth, memory.recall(RESTART).explanation.base
    assert worth is not None and base is not None and worth[0] / sum(worth) < base[0] / sum(base)
