"""The store's contract, on real SQLite: what is kept, counted, found, and refused."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import numpy as np
import pytest
import sqlite_vec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memp.domain.procedure import Draft, Pitfall, Ref, Script
from memp.domain.trajectory import Step, Trajectory
from memp.embed import Identity, Vectors
from memp.embed.hashing import HashingEmbedder
from memp.errors import NotFoundError, RevisedMeanwhileError, StoreError
from memp.retrieve.candidates import Query
from memp.retrieve.strategies import search
from memp.store.records import Asked, Key, Shown
from memp.store.sqlite.store import SQLiteStore
from memp.text.keywords import terms

EMBEDDER = HashingEmbedder()
IDENTITY = EMBEDDER.identity


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    opened = SQLiteStore(tmp_path / "memory.sqlite3")
    yield opened
    opened.close()


def run(task: str = "clean the mug", *actions: str, reward: float = 1.0) -> Trajectory:
    return Trajectory(task=task, steps=tuple(Step(action=a) for a in actions or ("wash it",)), reward=reward)


def refs(*ids: int) -> list[Ref]:
    return [Ref(procedure_id=i) for i in ids]


def script(*steps: str, goal: str = "Clean the {object}") -> Script:
    return Script(goal=goal, steps=steps or ("wash {object}",))


def task_keys(text: str, *facts: str) -> list[Key]:
    return [Key(kind="task", text=text), *(Key(kind="fact", text=fact) for fact in facts)]


def add(
    store: SQLiteStore,
    task: str = "clean the mug",
    *,
    steps: Sequence[str] = ("wash {object}",),
    facts: Sequence[str] = (),
    scope: str = "",
    merge: bool = True,
    embed: bool = True,
) -> int:
    """A procedure built from a run of its own; its id."""
    trajectory = store.add_trajectory(scope, run(task), [], True)
    draft = Draft(script=script(*steps), builder="caller", bindings={"object": "mug"})
    put = store.put(
        scope, draft, trajectory.id, draft.script.signature(), task_keys(task, *facts), twin=(lambda _: True) if merge else None
    )  # fmt: skip
    if embed:
        embed_all(store)
    return put.id


def embed_all(store: SQLiteStore) -> None:
    pending = store.pending_keys(1000)
    if pending:
        store.set_vectors(IDENTITY, [i for i, _ in pending], EMBEDDER.encode([text for _, text in pending]))


def vector(text: str) -> Vectors:
    return EMBEDDER.encode([text])[0]


def found(store: SQLiteStore, text: str, scopes: Sequence[str] = ("",)) -> tuple[set[int], set[int]]:
    """Who is found by a text: by vector, and by word."""
    near = {hit.owner for hit in store.nearest("task", vector(text), scopes, 10)}
    return near, {hit.owner for hit in store.lexical("task", terms(text), scopes, 10)}


def raw(store: SQLiteStore) -> apsw.Connection:
    """The file from beside the store, as another tool would open it."""
    connection = apsw.Connection(str(store.path))
    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    return connection


# Trajectories


def test_a_run_recorded_twice_is_one_trajectory(store: SQLiteStore):
    first = store.add_trajectory("", run(), [], True)
    again = store.add_trajectory("", run(), [], True)
    assert (first.new, again.new) == (True, False)
    assert again.id == first.id
    assert store.stats().trajectories == 1


def test_a_trajectory_comes_back_as_it_was_and_a_repeat_changes_nothing_of_it(store: SQLiteStore):
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
def test_a_run_that_differs_in_anything_that_matters_is_another_trajectory(store: SQLiteStore, other: Trajectory):
    store.add_trajectory("", run(), [], True)
    assert store.add_trajectory("", other, [], True).new


def test_the_same_run_in_two_projects_is_two_trajectories(store: SQLiteStore):
    assert store.add_trajectory("a", run(), [], True).id != store.add_trajectory("b", run(), [], True).id


def test_an_unknown_trajectory_is_named_in_the_error(store: SQLiteStore):
    with pytest.raises(NotFoundError, match="t77"):
        store.trajectory(77)


# Credit


def test_exactly_the_used_procedures_are_credited_and_each_once_for_a_run(store: SQLiteStore):
    followed, other = add(store), add(store, "boil an egg", steps=["boil it"])
    for _ in range(3):
        store.add_trajectory("", run("clean the cup"), refs(followed, followed), True)
    store.add_trajectory("", run("clean the pan", reward=0.0), refs(followed), False)
    by_id = {p.id: (p.uses, p.successes) for p in store.procedures()}
    assert by_id == {followed: (2, 1), other: (0, 0)}
    assert store.stats().credits == 2


def test_a_run_recorded_before_may_still_credit_what_it_did_not_name_then(store: SQLiteStore):
    followed = add(store)
    store.add_trajectory("", run("clean the cup"), [], True)
    late = store.add_trajectory("", run("clean the cup"), refs(followed), True)
    assert (late.new, late.credited) == (False, (followed,))


def test_one_unknown_id_in_used_and_nothing_is_stored_or_credited(store: SQLiteStore):
    followed = add(store)
    before = store.stats()
    with pytest.raises(NotFoundError, match="p99"):
        store.add_trajectory("", run("clean the cup"), refs(followed, 99), True)
    assert store.stats() == before
    assert store.procedures()[0].uses == 0


# Procedures


def test_equal_steps_corroborate_one_procedure(store: SQLiteStore):
    first = add(store, "clean the mug", steps=["Wash {object}"])
    assert add(store, "clean the cup", steps=["wash  {object}"]) == first
    assert len(store.procedures()[0].trajectories) == 2
    assert found(store, "cup") == ({first}, {first})


def test_equal_steps_stay_apart_without_merge_and_in_another_project(store: SQLiteStore):
    ids = {add(store), add(store, "clean the cup", merge=False), add(store, "clean the pan", scope="other")}
    assert len(ids) == 3


def test_an_archived_procedure_takes_a_run_in_only_where_no_other_does(store: SQLiteStore):
    first = add(store)
    store.archive(first, "useless")
    assert add(store, "clean the cup") == first
    assert found(store, "cup") == (set(), set()) and store.archived_by(first) == "memp"
    other = add(store, "clean the fork", merge=False)
    assert add(store, "clean the plate") == other


def test_a_revision_becomes_current_and_the_history_keeps_every_one(store: SQLiteStore):
    procedure = add(store)
    better = script("rinse {object}", "wash {object}")
    number = store.revise(
        procedure, 1, better, "caller", "it was dusty", [Key(kind="task", text="dusty mug")], state="current"
    )  # fmt: skip
    embed_all(store)
    current = store.procedures([procedure])[0]
    assert (number, current.revision, current.script) == (2, 2, better)
    assert [(r.number, r.reason) for r in store.history(procedure)] == [(1, "built from t1"), (2, "it was dusty")]
    assert found(store, "dusty mug") == ({procedure}, {procedure})


def test_a_revision_made_from_a_stale_one_is_refused_and_changes_nothing(store: SQLiteStore):
    procedure = add(store)
    store.revise(procedure, 1, script("rinse"), "caller", "first", [], state="current")
    before = store.stats()
    with pytest.raises(RevisedMeanwhileError, match=r"p1 was revised meanwhile \(revision 2, yours was made from 1\)"):
        store.revise(
            procedure, 1, script("scrub"), "caller", "second", [Key(kind="task", text="never")], state="current"
        )
    assert store.stats() == before
    assert store.procedures()[0].script == script("rinse")


def test_a_revision_of_nothing_is_an_error(store: SQLiteStore):
    with pytest.raises(NotFoundError, match="p5"):
        store.revise(5, 1, script(), "caller", "", [], state="current")


def test_an_archived_procedure_is_not_found_any_more_and_keeps_its_history(store: SQLiteStore):
    gone, stays = add(store, facts=["mug"]), add(store, "clean the cup", steps=["rinse"], facts=["cup"])
    store.archive(gone, "erased by rule")
    assert found(store, "clean the mug") == ({stays}, {stays})
    assert {hit.owner for hit in store.nearest("fact", vector("mug"), [""], 10)} == {stays}
    assert [p.id for p in store.procedures()] == [stays]
    archived = store.procedures([gone], active=False)[0]
    assert (archived.status, len(store.history(gone)), archived.trajectories) == ("archived", 1, (1,))
    assert store.check() == []


def test_what_was_archived_before_it_had_a_vector_is_not_found_after_it_has_one(store: SQLiteStore):
    gone = add(store, embed=False)
    add(store, "clean the cup", steps=["rinse"], embed=False)
    store.archive(gone, "useless")
    embed_all(store)
    assert gone not in found(store, "clean the mug")[0]
    assert store.check() == []


def test_archiving_nothing_is_an_error(store: SQLiteStore):
    with pytest.raises(NotFoundError, match="p9"):
        store.archive(9, "")


def test_procedures_come_in_the_order_asked_for(store: SQLiteStore):
    ids = [add(store, f"task {n}", steps=[f"do {n}"]) for n in range(3)]
    assert [p.id for p in store.procedures([ids[2], 99, ids[0], ids[2]])] == [ids[2], ids[0]]
    assert store.procedures([]) == []


def test_projects_do_not_leak_into_each_other(store: SQLiteStore):
    ours, theirs = add(store, scope="ours"), add(store, scope="theirs")
    assert found(store, "clean the mug", ["ours"]) == ({ours}, {ours})
    assert found(store, "clean the mug", ["theirs", ""]) == ({theirs}, {theirs})
    assert [p.id for p in store.procedures(scopes=["ours"])] == [ours]


# Pitfalls


def test_a_pitfall_met_again_is_counted_once_for_each_run(store: SQLiteStore):
    owner = add(store)
    runs = [store.add_trajectory("", run(f"fail {n}", reward=0), refs(owner), False).id for n in range(2)]
    pitfall = Pitfall(trigger="the tap is dry")
    keys = [Key(kind="error", text="the tap is dry")]
    ids = {store.add_pitfall("", owner, t, pitfall, keys) for t in [runs[0], runs[0], runs[1]]}
    (known,) = store.pitfalls([owner])
    assert (ids, known.seen) == ({known.id}, 2)
    assert store.stats().pitfalls == 1


def test_a_pitfall_met_again_with_a_remedy_learns_it(store: SQLiteStore):
    t = store.add_trajectory("", run(reward=0), [], False).id
    store.add_pitfall("", None, t, Pitfall(trigger="the tap is dry"), [])
    store.add_pitfall("", None, t, Pitfall(trigger="the tap is dry", instead="use the well"), [])
    (known,) = store.pitfalls(ids=[1])
    assert known.pitfall.instead == "use the well"


def test_pitfalls_are_found_by_their_error_and_come_most_met_first(store: SQLiteStore):
    owner = add(store)
    for n, trigger in enumerate(["the tap is dry", "the sink is full", "the sink is full"]):
        t = store.add_trajectory("", run(f"fail {n}", reward=0), refs(owner), False).id
        store.add_pitfall("", owner, t, Pitfall(trigger=trigger), [Key(kind="error", text=trigger)])
    embed_all(store)
    assert [known.seen for known in store.pitfalls([owner])] == [2, 1]
    assert [known.pitfall.trigger for known in store.pitfalls(ids=[1, 2])] == ["the tap is dry", "the sink is full"]
    assert store.nearest("error", vector("tap is dry"), [""], 1)[0].owner == 1


# Vectors


def bad_vectors() -> dict[str, Vectors]:
    good = EMBEDDER.encode(["clean the mug"])
    nan, infinite = good.copy(), good.copy()
    nan[0, 3], infinite[0, 3] = np.nan, np.inf
    return {
        "not a number": nan,
        "infinite": infinite,
        "too long": good * 2,
        "zero": good * 0,
        "of another dimension": good[:, :100],
        "one too many": np.concatenate([good, good]),
        "flat": good[0],
    }


@pytest.mark.parametrize("fault", bad_vectors())
def test_a_vector_that_would_break_every_search_is_refused(store: SQLiteStore, fault: str):
    add(store, embed=False)
    with pytest.raises(StoreError, match="memp doctor"):
        store.set_vectors(IDENTITY, [1], bad_vectors()[fault])
    assert store.identity() is None
    assert store.stats().pending == 2, "the key of the run and that of the procedure"


def test_vectors_of_another_embedder_are_refused_with_the_command_that_converts(store: SQLiteStore):
    add(store)
    add(store, "clean the cup", steps=["rinse"], embed=False)
    other = Identity(name="other/model", dimension=384, digest="f" * 64, floor=0.3)
    with pytest.raises(StoreError, match="memp reembed"):
        store.set_vectors(other, [4], EMBEDDER.encode(["clean the cup"]))
    assert store.identity() == IDENTITY
    assert store.stats().pending == 2


def test_two_writers_that_embed_the_same_keys_leave_one_vector_each(tmp_path: Path):
    with_keys, late = SQLiteStore(tmp_path / "m.sqlite3"), SQLiteStore(tmp_path / "m.sqlite3")
    add(with_keys, embed=False)
    pending = late.pending_keys(10)
    embed_all(with_keys)
    late.set_vectors(IDENTITY, [i for i, _ in pending], EMBEDDER.encode(["something else"] * len(pending)))
    assert with_keys.nearest("task", vector("clean the mug"), [""], 5)[0].similarity == pytest.approx(1.0, abs=1e-5)
    assert late.check() == []
    with_keys.close()
    late.close()


def test_a_text_that_is_embedded_already_has_its_vector_at_once(store: SQLiteStore):
    add(store)
    twin = add(store, "clean the mug", steps=["another way"], embed=False)
    assert store.pending_keys(10) == []
    assert twin in found(store, "clean the mug")[0]
    assert set(store.known_vectors(["clean the mug", "unknown"])) == {"clean the mug"}


def test_a_key_without_a_vector_is_found_by_its_words_and_later_by_both(store: SQLiteStore):
    procedure = add(store, embed=False)
    assert found(store, "clean the mug") == (set(), {procedure})
    embed_all(store)
    assert found(store, "clean the mug") == ({procedure}, {procedure})


def test_forgotten_vectors_make_room_for_another_embedder(store: SQLiteStore):
    add(store)
    store.forget_vectors()
    assert (store.identity(), store.stats().pending) == (None, 2)
    assert found(store, "clean the mug")[0] == set()
    small = Identity(name="small", dimension=2, digest="e" * 64, floor=0.3)
    store.set_vectors(small, [2], np.array([[0.6, 0.8]], dtype=np.float32))
    assert store.nearest("task", np.array([0.6, 0.8], dtype=np.float32), [""], 1)[0].owner == 1


def test_facts_are_found_by_vector_and_come_back_as_rows(store: SQLiteStore):
    procedure = add(store, facts=["mug", "sink"])
    assert store.fact_vectors([procedure, 99])[procedure].shape == (2, 384)
    assert store.nearest("fact", vector("sink"), [""], 1)[0].text == "sink"


def test_an_empty_store_finds_nothing_and_says_so(store: SQLiteStore):
    assert store.nearest("task", vector("anything"), [""], 5) == []
    assert store.lexical("task", ["anything"], [""], 5) == []
    assert store.lexical("task", [], [""], 5) == []
    assert store.stats().keys == 0
    assert store.identity() is None


# Healing


def test_reindex_heals_a_lost_vector_index(store: SQLiteStore):
    procedure = add(store, facts=["mug"])
    gone = add(store, "clean the cup", steps=["rinse"])
    store.archive(gone, "useless")
    with raw(store) as db:
        db.execute("DELETE FROM keys_vec")
    assert found(store, "clean the mug")[0] == set()
    assert any("memp doctor --repair" in fault for fault in store.check())
    store.reindex()
    assert store.check() == []
    assert found(store, "clean the mug") == ({procedure}, {procedure})


def test_a_missing_index_table_is_a_store_error_until_reindexed(store: SQLiteStore):
    procedure = add(store)
    with raw(store) as db:
        db.execute("DROP TABLE keys_vec")
    with pytest.raises(StoreError, match="memp doctor --repair"):
        store.nearest("task", vector("clean the mug"), [""], 5)
    store.reindex()
    assert found(store, "clean the mug") == ({procedure}, {procedure})


def test_reindex_heals_a_lost_word_index(store: SQLiteStore):
    procedure = add(store)
    with raw(store) as db:
        db.execute("INSERT INTO keys_fts (keys_fts) VALUES ('delete-all')")
    assert found(store, "clean the mug")[1] == set()
    store.reindex()
    assert found(store, "clean the mug")[1] == {procedure}
    assert store.document_frequency(["mug", "nothing"]) == ({"mug": 1}, 1)


def test_what_is_added_after_a_reindex_is_found(store: SQLiteStore):
    add(store)
    store.reindex()
    later = add(store, "boil an egg", steps=["boil it"])
    assert later in found(store, "boil an egg")[0] & found(store, "boil an egg")[1]


# Use events and odd texts


def test_recalls_are_counted(store: SQLiteStore):
    shown = Shown(procedure_id=add(store), revision=1, similarity=None)
    store.note_recalls([Asked(scope="", words=b"", context="", at="2026-01-01", shown=(shown,))] * 2, wait=True)
    assert store.stats().recalls == 2


@pytest.mark.parametrize(
    "text",
    ['"', '""', "'", "NEAR(a b)", "a AND", "OR", "NOT x", "*", "a*", "^a", "-a", "col:b", "{a} : b", "(", ")", "a + b", "",
     " ", "\x00", "naïve café", "日本語", "\U0001f9fd", "\ufffd", "--", ";DROP TABLE keys", "body:mug", "%", "\\"],
)  # fmt: skip
def test_a_query_of_any_characters_is_looked_up_as_plain_words(store: SQLiteStore, text: str):
    add(store)
    store.lexical("task", [text], [text], 5, vector(text))
    search(store, "task", Query(text, vector=vector(text)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(), max_size=5))
def test_no_term_is_ever_read_as_query_syntax(store: SQLiteStore, words: list[str]):
    store.lexical("task", [w.encode(errors="replace").decode() for w in words], [""], 5)
    search(store, "task", Query(" ".join(words).encode(errors="replace").decode(), context="x"))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=60))
def test_a_text_of_letters_is_found_by_its_own_words(store: SQLiteStore, text: str):
    procedure = add(store, text, steps=[f"do {text}"])
    if words := terms(text):
        hits = store.lexical("task", words, [""], 10_000)
        assert procedure in {hit.owner for hit in hits}
