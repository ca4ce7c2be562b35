"""Distillation: the queue of procedures by rule, and the revisions that a model wrote."""

from typing import Any

import pytest
from stored import add, run, script

from memp.domain.procedure import Draft
from memp.errors import NotFoundError, RevisedMeanwhileError
from memp.store import Store


def by_rule(store: Store, task: str = "clean the mug", **more: Any) -> int:
    """A procedure that a rule wrote; its id."""
    return add(store, task, builder="extractive", **more)


def test_those_of_most_runs_come_first_and_only_in_their_scopes(store: Store):
    one, other = by_rule(store), by_rule(store, "dry the mug", steps=("dry {object}",))
    elsewhere = by_rule(store, "dry it", scope="x")
    more = store.add_trajectory("", run("dry the mug again"), [], True)
    store.join(other, 1, more.id, {more.id: Draft(script=script(), builder="extractive")}, [], rewrite=False)
    assert store.unwritten([""]) == [other, one]
    assert store.unwritten(["x"]) == [elsewhere] and store.unwritten([]) == []


def test_a_distilled_script_is_shown_and_the_parameters_are_called_as_it_calls_them(store: Store):
    procedure = by_rule(store, bindings={"object": "mug"})
    (source,) = store.procedures([procedure])[0].trajectories
    new = script("wash {thing}", goal="Clean the {thing}")
    draft = Draft(script=new, bindings={"thing": "mug"}, template="clean the {thing}", builder="model")
    assert store.distil(procedure, 1, new, "written by m", {source: draft}, [], state="current") == 2
    assert (store.procedures([procedure])[0].builder, store.procedures([procedure])[0].revision) == ("model", 2)
    assert store.stood_for(procedure, {}) == {"thing": [("mug", 1)]}
    assert store.templates(procedure) == ["clean the {thing}"] and store.unwritten([""], again=True) == []


def test_on_trial_it_leaves_what_is_shown_and_its_parameters(store: Store):
    procedure = by_rule(store, bindings={"object": "mug"})
    (source,) = store.procedures([procedure])[0].trajectories
    draft = Draft(script=script("rinse"), bindings={"thing": "mug"}, builder="model")
    store.distil(procedure, 1, script("rinse"), "written by m", {source: draft}, [], state="trial")
    assert (store.procedures([procedure])[0].revision, store.procedures([procedure])[0].trial) == (1, 2)
    assert store.stood_for(procedure, {}) == {"object": [("mug", 1)]}
    store.end_trial(procedure, 2, promote=False, actor="memp", reason="worse")
    assert store.unwritten([""]) == [] and store.unwritten([""], again=True) == [procedure]


def test_it_is_refused_where_another_revision_came_first(store: Store):
    procedure = by_rule(store)
    store.revise(procedure, 1, script("rinse"), "caller", "dust", [], state="trial")
    with pytest.raises(RevisedMeanwhileError, match="stays as it is now"):
        store.distil(procedure, 1, script("dry"), "written by m", {}, [], state="current")
    with pytest.raises(NotFoundError, match="p9"):
        store.distil(9, 1, script("dry"), "written by m", {}, [], state="current")
    assert len(store.history(procedure)) == 2


def test_a_vain_try_is_noted_for_the_revision_that_it_was_of(store: Store):
    procedure = by_rule(store)
    store.note_unwritten(procedure, 1, "claude", "it made things up")
    assert store.unwritten([""]) == [] and store.unwritten([""], again=True) == [procedure]
    change = store.changes(procedure)[0]
    assert (change.actor, change.action, change.detail) == ("claude", "not written", "it made things up")
