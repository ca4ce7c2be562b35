"""Origins: where runs came from, which of them are one witness, and for which procedures one origin alone speaks."""

import pytest
from stored import refs, run, script, task_keys

from memp.domain.origin import Origin
from memp.domain.procedure import Draft
from memp.domain.trajectory import Evidence, Provenance
from memp.errors import InputError, NotFoundError
from memp.store import Store

ANN = Origin(channel="tool", client="an agent", name="monday")
BOB = Origin(channel="tool", client="another", name="tuesday")
HOOK = Origin(channel="hook", client="an agent", name="monday's log")


def built(store: Store, task: str, origin: Origin) -> tuple[int, int]:
    """A run of an origin, and the procedure that was made of it as hearsay."""
    stored = store.add_trajectory("", run(task), [], True, origin)
    draft = Draft(script=script(), builder="caller", bindings={"object": task.split()[-1]})
    put = store.put("", draft, stored.id, draft.script.signature(), task_keys(task), twin=lambda _: True, held=True)
    return stored.id, put.id


def test_the_runs_of_an_origin_are_known_by_it(store: Store):
    first, _ = built(store, "clean the mug", ANN)
    second = store.add_trajectory("", run("clean the pan"), [], True, ANN).id
    other = store.add_trajectory("", run("clean the cup"), [], True, BOB).id
    assert [(known.origin, known.runs) for known in store.origins()] == [(ANN, 2), (BOB, 1)]
    assert store.runs_from(1) == [first, second]
    unknown = store.add_trajectory("", run("clean the pot"), [], True).id
    assert store.origins_of([first, other, 77]) == {first: ANN, other: BOB}
    assert store.origins_of([unknown])[unknown].is_trusted
    with pytest.raises(NotFoundError, match="o9"):
        store.runs_from(9)


def test_a_run_tells_what_it_counts_for_and_how_many_are_its_witness(store: Store):
    first, _ = built(store, "clean the mug", ANN)
    store.add_trajectory("shop", run("clean the pan"), [], True, ANN)
    told = store.testimony(first)
    assert told.origin and (told.origin.label, told.origin.origin, told.origin.runs, told.same) == ("o1", ANN, 2, 1)
    assert 0 < told.weight < 1 and not told.seen
    narrow = store.testimony(first, [""])
    assert narrow.origin and (narrow.origin.runs, narrow.same) == (1, 0)
    alone = store.testimony(store.add_trajectory("", run("clean the pot"), [], True).id)
    assert alone.same == 0 and alone.origin and alone.origin.origin.channel == "program"
    with pytest.raises(NotFoundError, match="t77"):
        store.testimony(77)


def test_a_procedure_of_one_origin_is_quarantined_until_a_person_answers_for_a_run_of_it(store: Store):
    _, made = built(store, "clean the mug", ANN)
    (procedure,) = store.procedures()
    assert (procedure.hearsay, bool(procedure.quarantine)) == (True, True)
    store.add_trajectory("", run("clean the cup"), refs(made), True, BOB)
    assert store.procedures()[0].quarantine
    store.add_trajectory("", run("clean the pan"), refs(made), True)
    assert not store.procedures()[0].quarantine


def test_the_same_done_again_in_another_session_is_another_run_and_told_again_in_one_session_is_none(store: Store):
    _, made = built(store, "clean the mug", ANN)
    first = store.add_trajectory("", run("clean the cup"), [], True, ANN)
    other = store.add_trajectory("", run("clean the cup"), refs(made), True, BOB)
    assert (other.new, other.credited, other.id == first.id) == (True, (made,), False)
    again = [store.add_trajectory("", run("clean the cup"), refs(made), True, who) for who in (ANN, BOB)]
    assert [(one.id, one.new, one.credited) for one in again] == [(first.id, False, (made,)), (other.id, False, ())]


def test_a_session_is_one_witness_and_its_runs_are_told_once_by_its_hook_and_its_log(store: Store):
    log = Origin(channel="log", client="an agent", name=HOOK.name, batch="today")
    first = store.add_trajectory("", run("clean the cup"), [], True, HOOK)
    assert store.add_trajectory("", run("clean the cup"), [], True, log).id == first.id
    draft = Draft(script=script(), builder="caller")
    made = store.put("", draft, first.id, draft.script.signature(), []).id
    for task, origin in (("clean the mug", log), ("clean the pan", HOOK)):
        store.add_trajectory("", run(task, evidence="check"), refs(made), True, origin)
    assert store.standings([made])[made].outside == 1
    assert store.procedures()[0].is_quarantined


def test_a_session_that_begins_with_a_copy_of_another_tells_of_the_same_runs(store: Store):
    copied = run("clean the cup")
    first = store.add_trajectory("", copied, [], True, HOOK)
    assert (
        store.add_trajectory("", copied, [], True, Origin(channel="hook", client="an agent", name="fork")).id
        == first.id
    )


def test_what_was_revoked_is_refused_from_any_session(store: Store):
    first = store.add_trajectory("", run("clean the cup"), [], True, ANN)
    store.withdraw({first.id: "revoked"}, {})
    with pytest.raises(InputError, match="revoked"):
        store.add_trajectory("", run("clean the cup"), [], True, BOB)


def test_a_claim_that_is_seen_later_is_no_claim_any_more(store: Store):
    claimed, made = built(store, "clean the mug", ANN)
    assert store.saw(claimed, Evidence(kind="check"), 1.0, HOOK) == [made]
    assert store.trajectory(claimed).evidence.kind == "check"
    (procedure,) = store.procedures()
    assert (procedure.hearsay, store.standings([made])[made].outside) == (False, 1)
    assert store.saw(claimed, Evidence(kind="check"), 1.0, HOOK) == []


def test_what_callers_agree_on_is_counted_by_sessions(store: Store):
    _, made = built(store, "clean the mug", ANN)
    store.add_trajectory("", run("clean the cup"), refs(made), True, ANN)
    store.add_trajectory("", run("clean the pan"), refs(made), True, BOB)
    store.add_trajectory("", run("clean the pot", reward=0.0), refs(made), False, BOB)
    assert tuple(store.agreement(made)) == (2, 1, 1)


def test_a_run_that_was_passed_in_a_session_is_that_sessions_witness(store: Store):
    first, made = built(store, "clean the mug", ANN)
    assert store.linked(first) == [made] and store.used_by([first]) == set()
    use = store.add_trajectory("", run("clean the pan", evidence="check"), refs(made), True, HOOK).id
    assert store.linked(use) == [made] and store.used_by([first, use]) == {made}
    store.saw(first, Evidence(kind="check"), 1.0, BOB)
    assert store.standings([made])[made].outside == 2
    store.passed_in(first, HOOK)
    assert store.standings([made])[made].outside == 1


def test_what_a_session_did_again_is_stored_however_often_it_was_moved_elsewhere(store: Store):
    here = run("clean the cup").model_copy(update={"provenance": Provenance(project="kitchen")})
    ids: list[int] = []
    for _ in range(5):
        ids.append(store.add_trajectory("", here, [], True, ANN).id)
        store.move_to_project([ids[-1]], [], "attic", "moved")
    assert len(set(ids)) == 5
