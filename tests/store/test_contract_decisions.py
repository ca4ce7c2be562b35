"""Decisions: tiers, trials, archiving and forgetting, each with its line of the audit log."""

from collections.abc import Callable

import pytest
from stored import add, add_pitfall, embed_all, hits, refs, run, script, vector

from memp.domain.procedure import Draft
from memp.domain.trajectory import Provenance
from memp.errors import InputError, NotFoundError, StoreBusyError
from memp.store import Store
from memp.store.records import Asked, Decision, Key, Shown
from memp.store.sql.decisions import MOST_DECISIONS
from memp.text.keywords import hash_words


def log(store: Store, procedure: int) -> list[tuple[str, str, str]]:
    """The audit log of a procedure, oldest first, without its beginning."""
    return [(change.actor, change.action, change.detail) for change in store.changes(procedure)][::-1][1:]


def test_a_tier_is_changed_and_logged_once(store: Store):
    procedure = add(store)
    for _ in range(2):
        store.set_tier(procedure, "validated", "memp", "it worked")
    assert store.procedures()[0].tier == "validated"
    assert log(store, procedure) == [("memp", "validated", "it worked")]
    with pytest.raises(NotFoundError, match="p9"):
        store.set_tier(9, "validated", "memp", "")


def test_a_trial_that_is_promoted_is_shown_from_now_on(store: Store):
    procedure = add(store)
    store.revise(procedure, 1, script("rinse"), "caller", "dust", [], state="trial")
    assert store.end_trial(procedure, 2, promote=True, actor="memp", reason="it did better")
    assert not store.end_trial(procedure, 2, promote=False, actor="memp", reason="again")
    assert (store.procedures()[0].revision, store.procedures()[0].trial) == (2, None)
    assert store.procedures()[0].script == script("rinse")
    assert log(store, procedure)[-1] == ("memp", "promoted", "it did better")


def test_a_trial_that_is_dropped_leaves_the_current_revision(store: Store):
    procedure = add(store)
    store.revise(procedure, 1, script("rinse"), "caller", "dust", [], state="trial")
    assert store.end_trial(procedure, 2, promote=False, actor="memp", reason="it did worse")
    assert (store.procedures()[0].revision, store.procedures()[0].trial) == (1, None)
    assert [revision.state for revision in store.history(procedure)] == ["current", "dropped"]


def test_a_proposal_that_is_promoted_ends_the_trial(store: Store):
    procedure = add(store)
    store.revise(procedure, 1, script("rinse"), "caller", "dust", [], state="trial")
    store.revise(procedure, 2, script("soak"), "caller", "grease", [], state="proposed")
    assert store.end_trial(procedure, 3, promote=True, actor="person", reason="yes")
    assert [revision.state for revision in store.history(procedure)] == ["current", "dropped", "current"]
    assert (store.procedures()[0].revision, store.procedures()[0].trial) == (3, None)


@pytest.mark.parametrize("promote", [True, False])
def test_a_settled_trial_is_taken_back_and_goes_on(store: Store, promote: bool):
    procedure = add(store)
    store.revise(procedure, 1, script("rinse"), "caller", "dust", [], state="trial")
    store.revise(procedure, 2, script("soak"), "caller", "grease", [], state="proposed")
    before = store.stand(procedure)
    store.end_trial(procedure, 3, promote=promote, actor="person", reason="yes")
    assert store.take_back(procedure, before, store.stand(procedure), "person")
    assert store.stand(procedure)._replace(line=0) == before._replace(line=0)
    assert [revision.state for revision in store.history(procedure)] == ["current", "trial", "proposed"]
    assert store.procedures()[0].script == store.history(procedure)[0].script
    last, settled = store.changes(procedure)[:2]
    assert (settled.action, settled.detail) == ("promoted" if promote else "dropped", "yes")
    assert (last.actor, last.action, last.detail) == ("person", "taken back", settled.name)


def test_an_archived_procedure_is_found_again_when_that_is_taken_back_and_the_other_way_round(store: Store):
    procedure = add(store)
    stands = [store.stand(procedure)]
    store.archive(procedure, "worn out")
    stands.append(store.stand(procedure))
    assert store.take_back(procedure, *stands, "person") and hits(store, "clean the mug")[1] == {procedure}
    store.archive(procedure, "worn out")
    stands = [store.stand(procedure)]
    store.restore(procedure, "person", "")
    stands.append(store.stand(procedure))
    assert store.take_back(procedure, *stands, "person") and hits(store, "clean the mug")[1] == set()
    assert store.stand(procedure).reason == "worn out"


def test_what_stands_otherwise_by_now_is_not_taken_back(store: Store):
    procedure = add(store)
    before = store.stand(procedure)
    store.set_tier(procedure, "pinned", "person", "")
    after = store.stand(procedure)
    store.set_tier(procedure, "validated", "memp", "it worked")
    assert not store.take_back(procedure, before, after, "person")
    assert store.stand(procedure).tier == "validated"
    with pytest.raises(NotFoundError, match="p9"):
        store.take_back(9, before, after, "person")


def decide(store: Store, procedure: int, said: str) -> Decision:
    """Pin or unpin a procedure, and keep that."""
    before = store.stand(procedure)
    store.set_tier(procedure, "candidate" if before.tier == "pinned" else "pinned", "person", "")
    decision = Decision(procedure, said, before, store.stand(procedure))
    store.keep_decision(decision)
    return decision


def test_decisions_are_kept_until_they_are_taken_back_or_the_procedure_is_forgotten(store: Store):
    first, second = add(store), add(store, scope="theirs")
    pinned, theirs, unpinned = (
        decide(store, first, "pinned"),
        decide(store, second, "pinned"),
        decide(store, first, "no"),
    )
    assert store.decisions() == [unpinned, theirs, pinned]
    assert store.decisions(first) == [unpinned, pinned] and store.decisions(scopes=["theirs"]) == [theirs]
    assert store.take_back(first, unpinned.before, unpinned.after, "person") and store.decisions(first) == [pinned]
    store.forget([first], [])
    assert store.decisions() == [theirs]


def test_of_many_decisions_the_newest_are_kept(store: Store):
    procedure = add(store)
    made = [decide(store, procedure, str(number)) for number in range(MOST_DECISIONS + 3)]
    assert store.decisions() == made[3:][::-1]


def test_a_revision_of_the_history_is_made_the_current_one(store: Store):
    procedure = add(store)
    store.revise(procedure, 1, script("rinse"), "caller", "dust", [], state="current")
    store.revise(procedure, 2, script("soak"), "caller", "grease", [], state="trial")
    store.set_revision(procedure, 1, "person", "the old one")
    assert (store.procedures()[0].revision, store.procedures()[0].trial) == (1, None)
    assert store.history(procedure)[2].state == "dropped"
    with pytest.raises(NotFoundError, match="p1 has no revision 7"):
        store.set_revision(procedure, 7, "person", "")


def test_what_is_archived_is_restored_with_its_keys(store: Store):
    procedure = add(store, facts=["mug"])
    store.archive(procedure, "useless", "person")
    store.archive(procedure, "again", "memp")
    assert (store.archived_by(procedure), hits(store, "clean the mug")) == ("person", (set(), set()))
    for _ in range(2):
        store.restore(procedure, "person", "a mistake")
    assert hits(store, "clean the mug") == ({procedure}, {procedure})
    assert log(store, procedure) == [("person", "archived", "useless"), ("person", "restored", "a mistake")]
    assert store.archived_by(add(store, "boil an egg", steps=["boil it"])) == ""
    assert store.check() == []


def test_changes_come_newest_first_of_one_procedure_or_of_all(store: Store):
    ids = [add(store, f"task {n}", steps=[f"do {n}"]) for n in range(3)]
    assert [change.procedure_id for change in store.changes(limit=-1)] == ids[::-1]
    assert [change.procedure_id for change in store.changes(limit=2)] == ids[:0:-1]
    assert [change.action for change in store.changes(ids[0])] == ["created"]


# Forgetting


def test_what_is_forgotten_leaves_no_word_and_no_count(store: Store):
    place = {"object": "secret", "place": "vault"}
    gone, stays = add(store, "open the secret", facts=["secret"], bindings=place), add(store, steps=["rinse"])
    store.add_trajectory("", run("use the secret"), refs(gone, stays), True)
    failed = store.add_trajectory("", run("lose the secret", reward=0), [], False).id
    add_pitfall(store, gone, failed, "the secret is out", "hide the secret")
    store.revise(gone, 1, script("whisper the secret"), "caller", f"after t{failed}: told", [], state="current")
    shown = Shown(procedure_id=gone, revision=1, similarity=0.5)
    words = hash_words("open the secret")
    store.note_recalls([Asked(scope="", words=words, context="", at="2020-01-01", draw=0.5, shown=(shown,))], wait=True)
    embed_all(store)
    store.forget([gone], store.runs_of([gone]))
    assert [p.id for p in store.procedures(active=False)] == [stays]
    assert (hits(store, "secret")[1], store.pitfalls([gone]), store.findings(["where secret is"], [""])) == (
        set(),
        [],
        {},
    )
    assert "secret" not in str([store.changes(limit=-1), store.document_frequency(["secret"])[0]])
    assert store.stats().recalls == 0
    assert [change.action for change in store.changes(gone, limit=1)] == ["forgotten"]
    assert (store.procedures()[0].uses, store.stats().trajectories) == (1, 2), "the run that both used is kept"
    assert store.check() == []


def test_a_run_that_is_forgotten_takes_its_words_from_what_stays(store: Store):
    kept = add(store, "clean the mug", facts=["mug"])
    assert add(store, "clean the vase", facts=["vase"]) == kept
    failed, other = (store.add_trajectory("", run(f"fail {n}", reward=0), refs(kept), False).id for n in range(2))
    for trajectory in (failed, other):
        add_pitfall(store, kept, trajectory, "the tap is dry", "use the well")
    store.revise(
        kept, 1, script("rinse"), "caller", f"after t{failed}: dry", [Key(kind="task", text="a")], state="current"
    )
    store.forget([], [2, failed])
    assert {hit.text for hit in store.nearest("task", vector("clean the vase"), [""], 9)} == {"clean the mug"}
    assert (hits(store, "vase")[1], hits(store, "mug")[1]) == (set(), {kept})
    assert {hit.text for hit in store.nearest("fact", store.fact_vectors([kept])[kept][0], [""], 9)} == {"mug"}
    assert [revision.reason for revision in store.history(kept)] == ["built from t1", ""]
    assert [(known.seen, known.pitfall.instead) for known in store.pitfalls([kept])] == [(1, "")]
    assert (store.procedures()[0].trajectories, store.procedures()[0].uses) == ((1,), 1)
    assert store.check() == []


def test_forgetting_nothing_that_is_there_is_an_error_and_forgets_nothing(store: Store):
    procedure = add(store)
    for procedures, runs in (([procedure, 9], []), ([procedure], [77])):
        with pytest.raises(NotFoundError, match=r"p9|t77"):
            store.forget(procedures, runs)
    assert [p.id for p in store.procedures()] == [procedure]


def test_a_forgotten_context_is_no_longer_told_of(store: Store):
    store.add_trajectory("", run(provenance=Provenance(model="m1")), [], True)
    store.forget([], [1])
    with pytest.raises(NotFoundError, match="t1"):
        store.trajectory(1)
    store.scrub()
    assert store.stats().trajectories == 0


def test_a_run_that_is_withdrawn_is_no_source_and_no_use_and_is_not_stored_again(store: Store):
    procedure = add(store)
    used = store.add_trajectory("", run("use it"), refs(procedure), True).id
    pitfall = add_pitfall(store, procedure, used, "boom")
    store.withdraw({used: f"t{used} was revoked: no reason"}, {procedure: 1})
    assert store.uses(procedure) == [] and store.pitfalls(ids=[pitfall]) == []
    [kept] = store.procedures()
    assert (kept.uses, kept.trajectories) == (0, ())
    assert store.trajectory(used).task == "use it" and store.showing(["wash"], [""], 5) == [1]
    assert [change.action for change in store.changes(limit=1)] == ["revoked"]
    with pytest.raises(InputError, match="was revoked"):
        store.add_trajectory("", run("use it"), [], True)
    draft = Draft(script=script(), builder="caller")
    with pytest.raises(InputError, match="was revoked"):
        store.put("", draft, used, "wash", [])
    with pytest.raises(InputError, match="was revoked"):
        store.join(procedure, 1, used, {used: draft}, [], rewrite=False)
    with pytest.raises(NotFoundError, match="t77"):
        store.withdraw({77: ""}, {})


def test_within_a_transaction_its_writes_are_read_and_nobody_else_writes(store: Store, open_store: Callable[[], Store]):
    procedure = add(store)
    other = open_store()
    with store.transaction():
        store.set_tier(procedure, "validated", "memp", "it worked")
        with store.transaction():
            store.archive(procedure, "stale")
        with pytest.raises(NotFoundError, match="p9"):
            store.archive(9, "stale")  # That alone is undone.
        assert [(p.tier, p.status) for p in store.procedures(active=False)] == [("validated", "archived")]
        assert [p.tier for p in other.procedures()] == ["candidate"]
        with pytest.raises(StoreBusyError):
            other.note_recalls([], wait=False)
    assert other.procedures() == [] and hits(store, "clean the mug") == (set(), set())


def test_a_transaction_that_fails_leaves_nothing(store: Store):
    procedure = add(store)

    def fail() -> None:
        with store.transaction():
            store.withdraw({1: "t1 was revoked"}, {})
            store.archive(procedure, "stale")
            store.set_tier(9, "validated", "memp", "")

    with pytest.raises(NotFoundError, match="p9"):
        fail()
    [kept] = store.procedures()
    assert kept.trajectories == (1,) and log(store, procedure) == []
    assert procedure in hits(store, "clean the mug")[0]


def test_what_was_revised_after_a_run_is_told_by_the_reasons(store: Store):
    first, second = add(store), add(store, "boil an egg", steps=["boil it"])
    store.revise(first, 1, script("rinse"), "caller", "reflection on t12: grease", [], state="trial")
    store.revise(second, 1, script("soak"), "caller", "reflection on t1: dust", [], state="trial")
    assert (
        store.logged_after([12]) == {first}
        and store.logged_after([1, 3]) == {second}
        and store.logged_after([2]) == set()
    )
