"""Procedures: built, merged and revised, with their pitfalls and what their parameters stood for."""

import pytest
from stored import add, add_pitfall, embed_all, hits, refs, run, script, task_keys, vector

from memp.domain.procedure import Draft, Pitfall
from memp.errors import NotFoundError, RevisedMeanwhileError
from memp.store import Store
from memp.store.records import Key


def test_equal_steps_corroborate_one_procedure(store: Store):
    first = add(store, "clean the mug", steps=["Wash {object}"])
    assert add(store, "clean the cup", steps=["wash  {object}"]) == first
    assert len(store.procedures()[0].trajectories) == 2
    assert hits(store, "cup") == ({first}, {first})


def test_equal_steps_stay_apart_without_merge_and_in_another_project(store: Store):
    ids = {add(store), add(store, "clean the cup", merge=False), add(store, "clean the pan", scope="other")}
    assert len(ids) == 3


def test_an_archived_procedure_takes_a_run_in_only_where_no_other_does(store: Store):
    first = add(store)
    store.archive(first, "useless")
    assert add(store, "clean the cup") == first
    assert hits(store, "cup") == (set(), set()) and store.archived_by(first) == "memp"
    other = add(store, "clean the fork", merge=False)
    assert add(store, "clean the plate") == other


def test_what_runs_made_and_what_was_revised_after_their_failures_is_known(store: Store):
    made = add(store)
    (source,) = store.procedures()[0].trajectories
    assert store.built_by([source, 77]) == {made} and store.built_by([77]) == set()
    failed = store.add_trajectory("", run("clean the pan"), refs(made), False).id
    store.revise(made, 1, script("rinse {object}"), "caller", f"reflection on t{failed}", [], state="trial")
    assert store.revised_after([failed]) == {made: [2]} and store.revised_after([source]) == {}


def test_procedures_of_which_nothing_is_lost_can_all_be_shown(store: Store):
    add(store)
    assert store.unreadable_procedures() == store.unreadable_procedures([""]) == []


def test_procedures_made_after_one_are_those_in_use_of_a_scope(store: Store):
    assert store.newest_procedure() == 0
    first = add(store)
    archived, other = add(store, "clean the cup", merge=False), add(store, "clean the pan", scope="other")
    second = add(store, "clean the fork", merge=False)
    store.archive(archived, "useless")
    assert store.newest_procedure() == second
    assert (store.made_after(0, ""), store.made_after(first, ""), store.made_after(0, "other")) == (
        [first, second], [second], [other],
    )  # fmt: skip


def joined(
    store: Store, procedure: int, task: str, *, rewrite: bool, earlier: int | None = None, made_from: int = 1
) -> tuple[int, int]:
    """A run that joins a procedure, and the number of the revision that is current then. `earlier` is a source whose draft is
    written anew."""
    run_id = store.add_trajectory("", run(task), [], True).id
    better = script("rinse {object}", "wash {object}")
    drafts = {
        run_id: Draft(script=better, builder="extractive", bindings={"object": task.split()[-1], "place": "bench"})
    }
    if earlier is not None:
        again = {"object": "mug", "place": "shelf"}
        drafts[earlier] = Draft(script=better, builder="extractive", bindings=again, template="scrub the {object}")
    number = store.join(procedure, made_from, run_id, drafts, task_keys(task), rewrite=rewrite)
    embed_all(store)
    return run_id, number


def test_a_run_that_joins_is_a_source_and_changes_no_word(store: Store):
    procedure = add(store)
    run_id, number = joined(store, procedure, "clean the cup", rewrite=False)
    known = store.procedures([procedure])[0]
    assert (number, known.revision, known.script) == (1, 1, script())
    assert sorted(known.trajectories) == [1, run_id]
    assert hits(store, "cup") == ({procedure}, {procedure})
    assert store.findings(["where cup is"], [""]) == {"where cup is": [("bench", 1)]}


def test_a_run_that_joins_may_bring_a_revision_and_binds_the_earlier_ones_anew(store: Store):
    procedure = add(store, bindings={"object": "mug", "place": "table"})
    assert store.findings(["where mug is"], [""]) == {"where mug is": [("table", 1)]}
    run_id, number = joined(store, procedure, "clean the cup", rewrite=True, earlier=1)
    known = store.procedures([procedure])[0]
    assert (number, known.revision, known.script.steps) == (2, 2, ("rinse {object}", "wash {object}"))
    assert [r.reason for r in store.history(procedure)] == ["built from t1", f"generalised with t{run_id}"]
    assert store.stood_for(procedure, {"object": "mug"}) == {"object": [("mug", 1)], "place": [("shelf", 1)]}
    assert store.findings(["where mug is"], [""]) == {"where mug is": [("shelf", 1)]}
    assert "scrub the {object}" in store.templates(procedure)


def test_a_run_joins_what_it_was_matched_with_or_nothing(store: Store):
    """Another process may have revised the procedure, put a revision on trial, or a person may have pinned it."""
    procedure = add(store)
    assert joined(store, procedure, "clean the cup", rewrite=True)[1] == 2
    with pytest.raises(RevisedMeanwhileError, match="p1"):
        joined(store, procedure, "clean the pot", rewrite=True)
    store.revise(procedure, 2, script("soak"), "caller", "dust", [], state="trial")
    with pytest.raises(RevisedMeanwhileError, match="p1"):
        joined(store, procedure, "clean the pot", rewrite=True, made_from=2)
    store.end_trial(procedure, 3, promote=False, actor="memp", reason="")
    store.set_tier(procedure, "pinned", "person", "")
    with pytest.raises(RevisedMeanwhileError, match="p1"):
        joined(store, procedure, "clean the pan", rewrite=True, made_from=2)
    assert joined(store, procedure, "clean the pan", rewrite=False, made_from=2)[1] == 2
    assert len(store.procedures([procedure])[0].trajectories) == 3


def test_a_run_that_joins_nothing_is_an_error(store: Store):
    with pytest.raises(NotFoundError, match="p5"):
        joined(store, 5, "clean the cup", rewrite=False)


def test_a_revision_becomes_current_and_the_history_keeps_every_one(store: Store):
    procedure = add(store)
    better = script("rinse {object}", "wash {object}")
    number = store.revise(
        procedure, 1, better, "caller", "it was dusty", [Key(kind="task", text="dusty mug")], state="current"
    )  # fmt: skip
    embed_all(store)
    current = store.procedures([procedure])[0]
    assert (number, current.revision, current.script) == (2, 2, better)
    assert [(r.number, r.reason) for r in store.history(procedure)] == [(1, "built from t1"), (2, "it was dusty")]
    assert hits(store, "dusty mug") == ({procedure}, {procedure})


def test_a_revision_made_from_a_stale_one_is_refused_and_changes_nothing(store: Store):
    procedure = add(store)
    store.revise(procedure, 1, script("rinse"), "caller", "first", [], state="current")
    before = store.stats()
    with pytest.raises(RevisedMeanwhileError, match=r"p1 was revised meanwhile \(revision 2, yours was made from 1\)"):
        store.revise(
            procedure, 1, script("scrub"), "caller", "second", [Key(kind="task", text="never")], state="current"
        )
    assert store.stats() == before
    assert store.procedures()[0].script == script("rinse")


def test_a_revision_of_nothing_is_an_error(store: Store):
    with pytest.raises(NotFoundError, match="p5"):
        store.revise(5, 1, script(), "caller", "", [], state="current")


def test_an_archived_procedure_is_not_found_any_more_and_keeps_its_history(store: Store):
    gone, stays = add(store, facts=["mug"]), add(store, "clean the cup", steps=["rinse"], facts=["cup"])
    store.archive(gone, "erased by rule")
    assert hits(store, "clean the mug") == ({stays}, {stays})
    assert {hit.owner for hit in store.nearest("fact", vector("mug"), [""], 10)} == {stays}
    assert [p.id for p in store.procedures()] == [stays]
    archived = store.procedures([gone], active=False)[0]
    assert (archived.status, len(store.history(gone)), archived.trajectories) == ("archived", 1, (1,))
    assert store.check() == []


def test_what_was_archived_before_it_had_a_vector_is_not_found_after_it_has_one(store: Store):
    gone = add(store, embed=False)
    add(store, "clean the cup", steps=["rinse"], embed=False)
    store.archive(gone, "useless")
    embed_all(store)
    assert gone not in hits(store, "clean the mug")[0]
    assert store.check() == []


def test_archiving_nothing_is_an_error(store: Store):
    with pytest.raises(NotFoundError, match="p9"):
        store.archive(9, "")


def test_procedures_come_in_the_order_asked_for(store: Store):
    ids = [add(store, f"task {n}", steps=[f"do {n}"]) for n in range(3)]
    assert [p.id for p in store.procedures([ids[2], 99, ids[0], ids[2]])] == [ids[2], ids[0]]
    assert store.procedures([]) == []


def test_projects_do_not_leak_into_each_other(store: Store):
    ours, theirs = add(store, scope="ours"), add(store, scope="theirs")
    assert hits(store, "clean the mug", ["ours"]) == ({ours}, {ours})
    assert hits(store, "clean the mug", ["theirs", ""]) == ({theirs}, {theirs})
    assert [p.id for p in store.procedures(scopes=["ours"])] == [ours]


def test_an_archived_procedure_that_is_revised_is_found_again_unless_it_is_only_proposed(store: Store):
    procedure = add(store)
    store.archive(procedure, "useless")
    store.revise(procedure, 1, script("rinse"), "caller", "perhaps", [], state="proposed")
    assert hits(store, "clean the mug") == (set(), set())
    store.revise(procedure, 1, script("scrub"), "caller", "it works", [], state="current")
    assert hits(store, "clean the mug") == ({procedure}, {procedure})


def test_a_second_trial_takes_the_place_of_the_first(store: Store):
    procedure = add(store)
    store.revise(procedure, 1, script("rinse"), "caller", "dust", [], state="trial")
    with pytest.raises(RevisedMeanwhileError, match="revision 2, yours was made from 1"):
        store.revise(procedure, 1, script("soak"), "caller", "grease", [], state="trial")
    store.revise(procedure, 2, script("soak"), "caller", "grease", [], state="trial")
    assert [revision.state for revision in store.history(procedure)] == ["current", "dropped", "trial"]
    assert (store.procedures()[0].revision, store.procedures()[0].trial) == (1, 3)


def test_a_procedure_is_as_new_as_the_newest_run_it_was_built_from(store: Store):
    procedure = add(store)
    assert store.procedures([procedure])[0].created_at == store.trajectory(1).created_at
    add(store, "clean the cup")
    assert store.procedures([procedure])[0].updated_at == store.trajectory(2).created_at


# What parameters stood for


def test_templates_come_the_longest_first_with_the_number_of_their_tasks(store: Store):
    procedure = add(store, "clean the mug")
    for task in ("clean the mug", "dry a mug well", "dry the cup"):
        add(store, task)
    templates = ["dry a {object} well", "clean the {object}", "dry the cup"]
    assert store.templates(procedure) == templates
    assert store.template_tasks([procedure, 99]) == {(procedure, template): 1 for template in templates}


def test_parameters_stood_for_the_values_of_source_runs_that_agree(store: Store):
    bindings = [
        {"object": "mug", "place": "sink"},
        {"object": "mug", "place": "sink"},
        {"object": "cup", "place": "shelf"},
    ]
    procedures = {add(store, f"clean it {n}", bindings=values) for n, values in enumerate(bindings)}
    (procedure,) = procedures
    assert store.stood_for(procedure, {}) == {"object": [("mug", 2), ("cup", 1)], "place": [("sink", 2), ("shelf", 1)]}
    assert store.stood_for(procedure, {"object": "cup"}) == {"object": [("cup", 1)], "place": [("shelf", 1)]}
    assert store.stood_for(procedure, {'quo"te': "cup"}) == {}


def test_findings_are_counted_over_the_procedures_of_a_scope(store: Store):
    add(store, bindings={"object": "mug", "place": "sink"})
    add(store, "find the mug", steps=["look for it"], bindings={"object": "mug", "place": "sink"})
    add(store, "take the mug", scope="other", bindings={"object": "mug", "place": "shelf"})
    assert store.findings(["where mug is", "where cup is"], [""]) == {"where mug is": [("sink", 2)]}
    assert store.findings(["where mug is"], ["", "other"]) == {"where mug is": [("sink", 2), ("shelf", 1)]}


# Pitfalls


def test_a_pitfall_met_again_is_counted_once_for_each_run(store: Store):
    owner = add(store)
    runs = [store.add_trajectory("", run(f"fail {n}", reward=0), refs(owner), False).id for n in range(2)]
    pitfall = Pitfall(trigger="the tap is dry")
    keys = [Key(kind="error", text="the tap is dry")]
    ids = {store.add_pitfall("", owner, t, pitfall, keys) for t in [runs[0], runs[0], runs[1]]}
    (known,) = store.pitfalls([owner])
    assert (ids, known.seen) == ({known.id}, 2)
    assert store.stats().pitfalls == 1


def test_a_pitfall_met_again_with_a_remedy_learns_it(store: Store):
    t = store.add_trajectory("", run(reward=0), [], False).id
    store.add_pitfall("", None, t, Pitfall(trigger="the tap is dry"), [])
    store.add_pitfall("", None, t, Pitfall(trigger="the tap is dry", instead="use the well"), [])
    (known,) = store.pitfalls(ids=[1])
    assert known.pitfall.instead == "use the well"


def test_pitfalls_are_found_by_their_error_and_come_most_met_first(store: Store):
    owner = add(store)
    for n, trigger in enumerate(["the tap is dry", "the sink is full", "the sink is full"]):
        t = store.add_trajectory("", run(f"fail {n}", reward=0), refs(owner), False).id
        store.add_pitfall("", owner, t, Pitfall(trigger=trigger), [Key(kind="error", text=trigger)])
    embed_all(store)
    assert [known.seen for known in store.pitfalls([owner])] == [2, 1]
    assert [known.pitfall.trigger for known in store.pitfalls(ids=[1, 2])] == ["the tap is dry", "the sink is full"]
    assert store.nearest("error", vector("tap is dry"), [""], 1)[0].owner == 1


def test_a_pitfall_that_two_remembered_ones_may_be_is_the_older_one(store: Store):
    t = store.add_trajectory("", run(reward=0), [], False).id
    ids = [add_pitfall(store, None, t, "the tap is dry", instead) for instead in ("use the well", "wait", "")]
    assert ids == [1, 2, 1]


def test_a_pitfall_of_a_procedure_is_not_that_of_a_task(store: Store):
    owner = add(store)
    t = store.add_trajectory("", run(reward=0), [], False).id
    assert add_pitfall(store, owner, t, "the tap is dry") != add_pitfall(store, None, t, "the tap is dry")
    assert [known.procedure_id for known in store.pitfalls(ids=[2, 1])] == [None, owner]


def test_places_that_a_text_names_are_those_where_something_was_found(store: Store):
    add(store, bindings={"object": "mug", "place": "Shelf"})
    add(store, "clean the cup", bindings={"object": "cup", "place": "desk"}, scope="other")
    assert store.places_in("a shelf 1, a desk 2 and a mug", [""]) == ["Shelf"]
    assert store.places_in("a shelf 1, a desk 2 and a mug", ["", "other"]) == ["Shelf", "desk"]
    assert store.places_in("nothing", [""]) == []
