"""Trajectories: runs are kept as they were, once each, and credit what they used."""

import pytest
from stored import add, add_pitfall, refs, run, script

from memp.domain.procedure import Ref
from memp.domain.trajectory import Step, Trajectory
from memp.errors import NotFoundError
from memp.store import Store


def test_a_run_recorded_twice_is_one_trajectory(store: Store):
    first = store.add_trajectory("", run(), [], True)
    again = store.add_trajectory("", run(), [], True)
    assert (first.new, again.new) == (True, False)
    assert again.id == first.id
    assert store.stats().trajectories == 1


def test_a_trajectory_comes_back_as_it_was_and_a_repeat_changes_nothing_of_it(store: Store):
    kept = Trajectory(
        task="tâche \U0001f9fd", steps=(Step(action="a", observation="b\n\tc", thought="", state="s"),), reward=0.25, tokens=7
    )  # fmt: skip
    recorded = store.add_trajectory("", kept, [], False)
    store.add_trajectory("", kept.model_copy(update={"tokens": 9}), [], False)
    assert store.trajectory(recorded.id) == kept


@pytest.mark.parametrize(
    "other",
    [
        run("clean the cup"),
        run("clean the mug", "scrub it"),
        run(reward=0.5),
        run("clean the mug", "wash it", "dry it"),
    ],
    ids=["task", "action", "reward", "length"],
)
def test_a_run_that_differs_in_anything_that_matters_is_another_trajectory(store: Store, other: Trajectory):
    store.add_trajectory("", run(), [], True)
    assert store.add_trajectory("", other, [], True).new


def test_the_same_run_in_two_projects_is_two_trajectories(store: Store):
    assert store.add_trajectory("a", run(), [], True).id != store.add_trajectory("b", run(), [], True).id


def test_an_unknown_trajectory_is_named_in_the_error(store: Store):
    with pytest.raises(NotFoundError, match="t77"):
        store.trajectory(77)


# Credit


def test_exactly_the_used_procedures_are_credited_and_each_once_for_a_run(store: Store):
    followed, other = add(store), add(store, "boil an egg", steps=["boil it"])
    for _ in range(3):
        store.add_trajectory("", run("clean the cup"), refs(followed, followed), True)
    store.add_trajectory("", run("clean the pan", reward=0.0), refs(followed), False)
    by_id = {p.id: (p.uses, p.successes) for p in store.procedures()}
    assert by_id == {followed: (2, 1), other: (0, 0)}
    assert store.stats().credits == 2


def test_a_run_recorded_before_may_still_credit_what_it_did_not_name_then(store: Store):
    followed = add(store)
    store.add_trajectory("", run("clean the cup"), [], True)
    late = store.add_trajectory("", run("clean the cup"), refs(followed), True)
    assert (late.new, late.credited) == (False, (followed,))


def test_one_unknown_id_in_used_and_nothing_is_stored_or_credited(store: Store):
    followed = add(store)
    before = store.stats()
    with pytest.raises(NotFoundError, match="p99"):
        store.add_trajectory("", run("clean the cup"), refs(followed, 99), True)
    assert store.stats() == before
    assert store.procedures()[0].uses == 0


def test_a_use_names_the_revision_that_was_followed(store: Store):
    procedure = add(store)
    store.revise(procedure, 1, script("rinse"), "caller", "dust", [], state="current")
    followed = [Ref(procedure_id=procedure, revision=1), Ref(procedure_id=procedure)]
    store.add_trajectory("", run("clean the cup"), followed, True)
    assert [use.revision for use in store.uses(procedure)] == [1]


def test_a_revision_that_never_was_is_refused_and_nothing_is_stored(store: Store):
    procedure = add(store)
    before = store.stats()
    with pytest.raises(NotFoundError, match="p1 has no revision 7"):
        store.add_trajectory("", run("clean the cup"), [Ref(procedure_id=procedure, revision=7)], True)
    assert store.stats() == before


def test_a_procedure_of_another_project_is_not_credited(store: Store):
    theirs, everyones = add(store, scope="theirs"), add(store)
    with pytest.raises(NotFoundError, match=f"no procedure p{theirs} in"):
        store.add_trajectory("ours", run(), refs(theirs, everyones), True)
    assert store.add_trajectory("ours", run(), refs(everyones), True).credited == (everyones,)


# What was made of runs


def test_tasks_of_runs_come_by_id(store: Store):
    first, other = (store.add_trajectory("", run(task), [], True).id for task in ("clean the mug", "boil an egg"))
    assert store.trajectory_tasks([other, 99, first]) == {first: "clean the mug", other: "boil an egg"}


def test_the_closest_run_is_of_the_task_else_the_newest(store: Store):
    procedure = add(store, "clean the mug")
    assert add(store, "clean the cup") == procedure
    assert store.closest_run(procedure, "clean the mug") == 1
    assert store.closest_run(procedure, "wash up") == 2
    assert store.closest_run(99, "clean the mug") is None


def test_a_run_leads_to_what_was_built_from_it_and_to_the_pitfall_it_met(store: Store):
    procedure = add(store)
    failed = store.add_trajectory("", run(reward=0), [], False).id
    assert (store.built_from(1), store.built_from(failed)) == (procedure, None)
    assert not store.pitfalls_met(failed)
    add_pitfall(store, procedure, failed, "the tap is dry")
    assert store.pitfalls_met(failed)


def test_the_runs_of_procedures_are_those_of_no_other(store: Store):
    ours, theirs = add(store), add(store, "boil an egg", steps=["boil it"])
    used = store.add_trajectory("", run("clean the cup"), refs(ours), True).id
    both = store.add_trajectory("", run("clean the pan"), refs(ours, theirs), True).id
    failed = store.add_trajectory("", run(reward=0), [], False).id
    add_pitfall(store, ours, failed, "the tap is dry")
    assert store.runs_of([ours]) == [1, used, failed]
    assert both in store.runs_of([ours, theirs])


def test_runs_that_hold_most_of_some_texts_are_found_the_most_first(store: Store):
    for actions in (("say E23 rejected",), ("say rejected by policy", "look"), ("look",)):
        store.add_trajectory("", run("clean the mug", *actions), [], True)
    store.add_trajectory("other", run("clean the mug", "say E23"), [], True)
    assert store.showing(["e23"], [""], 10) == [1]
    assert store.showing(["rejected", "Policy", "say"], [""], 10) == [2, 1]
    assert store.showing(["rejected", "Policy", "say"], [""], 1) == [2]
    assert store.showing(["unheard of"], ["", "other"], 10) == []
    assert store.showing([], [""], 10) == []


def test_a_run_is_unfinished_until_all_was_made_of_it(store: Store):
    procedure = add(store, embed=False)
    store.finish(1)
    stored = store.add_trajectory("", run("clean the cup"), refs(procedure), True)
    (one,) = store.unfinished()
    assert (one.trajectory, one.scope, one.at_work) == (stored.id, "", True), "this process may be at it"
    assert [(ref.procedure_id, ref.revision) for ref in one.used] == [(procedure, 1)]
    assert store.stats().unfinished == 1
    store.finish(stored.id)
    store.finish(stored.id)
    assert store.unfinished() == []
    assert store.add_trajectory("", run("clean the cup"), [], True).id == stored.id
    assert store.unfinished() == [], "it is known"


def test_of_those_who_take_an_unfinished_run_over_one_does(store: Store):
    stored = store.add_trajectory("", run("clean the cup"), [], True)
    (one,) = store.unfinished()
    left = one.model_copy(update={"process": "elsewhere/1/gone"})
    assert store.take_over(one) and not store.take_over(left), "it is another's meanwhile"
    store.finish(stored.id)
    assert not store.take_over(one), "it is done"


def test_a_run_that_is_forgotten_is_not_left_unfinished(store: Store):
    store.add_trajectory("", run("clean the cup"), [], True)
    store.forget([], [1])
    assert store.unfinished() == []


def test_a_run_has_the_outline_that_it_was_finished_with(store: Store):
    first, second, third = (store.add_trajectory("", run(f"clean cup {i}"), [], True).id for i in range(3))
    store.finish(first, b"\x01\x00")
    store.finish(second)
    store.finish(first, b"later")
    assert store.outlines([first, second, third, 99]) == {first: b"\x01\x00"}
    assert store.outlines([]) == {}


def test_a_run_is_found_within_its_own_scopes_only(store: Store):
    own, other = (store.add_trajectory(scope, run(), [], True).id for scope in ("a", "b"))
    assert store.runs_within([own, other, 99], ["a", ""]) == {own}
    assert store.runs_within([], ["a"]) == set()
