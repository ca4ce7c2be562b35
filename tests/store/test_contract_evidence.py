"""Evidence: outcomes of uses and of runs without a procedure, newest first, with what they weigh."""

import pytest
from stored import add, embed_all, refs, run, script, vector

from memp.domain.procedure import Draft, Ref
from memp.domain.trajectory import Provenance
from memp.domain.trust import Alone, weight
from memp.store import Store

OURS = Provenance(model="m1")


def test_a_standing_has_the_newest_outcomes_of_uses_and_sources(store: Store):
    procedure = add(store, evidence="check")
    store.add_trajectory("", run("clean the cup", evidence="check"), refs(procedure), True)
    store.add_trajectory("", run("clean the pan", reward=0.0), refs(procedure), False)
    standing = store.standings([procedure, 99])[procedure]
    assert (standing.tier, standing.revision, standing.trial, standing.outside) == ("candidate", 1, None, 2)
    assert [(use.success, use.weight, use.task) for use in standing.uses] == [
        (False, weight("claim", False), "clean the pan"),
        (True, weight("check", True), "clean the cup"),
    ]
    assert [(use.success, use.task) for use in standing.sources] == [(True, "clean the mug")]


def test_a_run_that_used_what_it_is_a_source_of_counts_once(store: Store):
    procedure = add(store, evidence="check")
    store.add_trajectory("", run(evidence="check"), refs(procedure), True)
    standing = store.standings([procedure])[procedure]
    assert (len(standing.uses), len(standing.sources), standing.outside) == (1, 0, 1)


def test_an_outcome_tells_how_near_its_task_was_to_the_one_at_hand(store: Store):
    procedure = add(store)
    for task in ("clean the cup", "boil an egg"):
        store.add_trajectory("", run(task), refs(procedure), True)
    embed_all(store)
    near = {use.task: use.near for use in store.standings([procedure], vector("clean the cup"))[procedure].uses}
    assert near["clean the cup"] == pytest.approx(1.0, abs=1e-5)
    assert near["boil an egg"] < 0.9
    assert {use.near for use in store.standings([procedure])[procedure].uses} == {1.0}


def test_a_run_is_without_a_procedure_again_when_the_one_it_used_or_taught_is_forgotten(store: Store):
    used, taught = add(store, evidence="check"), add(store, "boil an egg", steps=["boil it"], evidence="check")
    store.set_first_run(taught, 2)
    store.add_trajectory("", run("clean the cup", evidence="check"), refs(used), True)
    one = weight("check", True)
    assert store.alone(None, [""], run().provenance.context).won == pytest.approx(one), "the first run alone"
    store.set_first_run(taught, 1)
    assert store.alone(None, [""], run().provenance.context).won == pytest.approx(one), "the second in its place"
    store.forget([used, taught], [])
    assert store.alone(None, [""], run().provenance.context).won == pytest.approx(3 * one)
    store.add_trajectory("", run("fry an egg", evidence="check"), [], True)
    store.withdraw({4: "wrong"}, {})
    assert store.alone(None, [""], run().provenance.context).won == pytest.approx(3 * one)


def test_what_agents_reach_alone_leaves_out_who_followed_a_procedure_or_taught_one(store: Store):
    procedure = add(store)
    store.set_first_run(procedure, 1)
    store.add_trajectory("", run("clean the cup", provenance=OURS), refs(procedure), True)
    store.add_trajectory("", run("clean the pan", evidence="check", provenance=OURS), [], True)
    store.add_trajectory("", run("clean the pot", reward=0.0, evidence="check", provenance=OURS), [], False)
    store.add_trajectory("other", run("clean the pot", evidence="check", provenance=OURS), [], True)
    won, lost = weight("check", True), weight("check", False)
    assert store.alone(None, [""], OURS.context) == Alone((), won, lost)
    assert store.alone(None, ["", "other"], OURS.context).won == pytest.approx(2 * won)
    assert store.alone(vector("clean the pot"), [""], OURS.context).near == (), "no run is embedded yet"
    embed_all(store)
    near = store.alone(vector("clean the pot"), ["", "other"], OURS.context).near
    assert [use.success for use in near] == [True, False, True]
    assert [use.near for use in near] == pytest.approx([1.0, 1.0, near[2].near], abs=1e-5)
    assert near[2].near < 1.0
    assert store.alone(vector("clean the pot"), [""], "elsewhere") == Alone((), 0.0, 0.0)


def test_uses_are_listed_with_their_cost_the_newest_first(store: Store):
    procedure = add(store)
    ids = [
        store.add_trajectory(
            "", run(task, "take it", "wash it").model_copy(update={"tokens": 7}), refs(procedure), True
        ).id
        for task in ("clean the cup", "clean the pan")
    ]
    uses = store.uses(procedure)
    assert [use.trajectory for use in uses] == ids[::-1]
    assert {(use.revision, use.success, use.steps, use.tokens) for use in uses} == {(1, True, 2, 7)}


def test_evidence_is_counted_by_its_kind(store: Store):
    procedure = add(store, evidence="check")
    store.add_trajectory("", run("clean the cup", evidence="check"), refs(procedure), True)
    store.add_trajectory("", run("clean the pan", reward=0.0), refs(procedure), False)
    tallies = store.evidence(procedure)
    assert {kind: (t.sources, t.uses, t.successes) for kind, t in tallies.items()} == {
        "check": (1, 1, 1),
        "claim": (0, 1, 0),
    }


def test_the_runs_of_a_procedure_are_its_sources_and_its_uses_each_once_newest_first(store: Store):
    procedure = add(store, evidence="check")
    store.add_trajectory("", run(evidence="check"), refs(procedure), True)
    store.add_trajectory("", run("clean the pan", "look", "wash", reward=0.0), refs(procedure), False)
    failed, built = store.runs(procedure)
    assert (failed.success, failed.outside, failed.steps, failed.revision) == (False, False, 2, 1)
    assert (built.success, built.outside, built.steps, built.trajectory) == (True, True, 1, 1)
    assert store.runs(99) == []


def test_uses_count_for_a_revision_in_more_general_terms_and_not_for_other_steps_or_those_of_a_dropped_trial(
    store: Store,
):
    procedure = add(store, builder="extractive")
    store.add_trajectory("", run("clean the cup", reward=0.0), refs(procedure), False)
    trial = store.revise(procedure, 1, script("soak"), "caller", "dust", [], state="trial")
    store.add_trajectory("", run("clean the pot", reward=0.0), [Ref(procedure_id=procedure, revision=trial)], False)
    store.end_trial(procedure, trial, promote=False, actor="memp", reason="")
    joined = store.add_trajectory("", run("clean the pan"), refs(procedure), True).id
    draft = Draft(script=script("rinse", "wash {object}"), builder="extractive")
    general = store.join(procedure, 1, joined, {joined: draft}, [], rewrite=True)
    uses = store.standings([procedure])[procedure].uses
    assert [(use.task, use.revision) for use in uses] == [
        ("clean the pan", general), ("clean the pot", trial), ("clean the cup", general)
    ]  # fmt: skip
    assert [use.revision for use in store.uses(procedure)] == [1, trial, 1], "which one they followed is still known"
    assert store.uses(procedure, 2) == store.uses(procedure)[:2]
    counted = {number: (one.uses, one.successes) for number, one in store.uses_by_revision(procedure).items()}
    assert counted == {
        number: (len(own), sum(own))
        for number in (1, trial)
        if (own := [use.success for use in store.uses(procedure) if use.revision == number])
    }
    store.revise(procedure, general, script("scrub"), "caller", "grease", [], state="current")
    standing = store.standings([procedure])[procedure]
    assert standing.revision not in {use.revision for use in standing.uses}
