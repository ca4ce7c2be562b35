"""Search and key vectors: keys are found by vector, by word and by fact, and any text may be a query."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stored import EMBEDDER, IDENTITY, add, embed_all, hits, refs, run, vector

from memp.domain.procedure import Pitfall
from memp.embed import Identity, Vectors
from memp.errors import StoreError
from memp.retrieve.candidates import Query
from memp.retrieve.strategies import search
from memp.store import Store
from memp.store.records import Key
from memp.text.keywords import terms


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
def test_a_vector_that_would_break_every_search_is_refused(store: Store, fault: str):
    add(store, embed=False)
    with pytest.raises(StoreError, match="memp doctor"):
        store.set_vectors(IDENTITY, [1], bad_vectors()[fault])
    assert store.identity() is None
    assert store.stats().pending == 2, "the key of the run and that of the procedure"


def test_vectors_of_another_embedder_are_refused_with_the_command_that_converts(store: Store):
    add(store)
    add(store, "clean the cup", steps=["rinse"], embed=False)
    other = Identity(name="other/model", dimension=384, digest="f" * 64, floor=0.3)
    with pytest.raises(StoreError, match="memp reembed"):
        store.set_vectors(other, [4], EMBEDDER.encode(["clean the cup"]))
    assert store.identity() == IDENTITY
    assert store.stats().pending == 2


def test_two_writers_that_embed_the_same_keys_leave_one_vector_each(open_store: Callable[[], Store]):
    first, late = open_store(), open_store()
    add(first, embed=False)
    pending = late.pending_keys(10)
    embed_all(first)
    late.set_vectors(IDENTITY, [i for i, _ in pending], EMBEDDER.encode(["something else"] * len(pending)))
    assert first.nearest("task", vector("clean the mug"), [""], 5)[0].similarity == pytest.approx(1.0, abs=1e-5)
    assert late.check() == []


def test_the_keys_of_a_run_wait_apart_from_those_of_others(store: Store):
    add(store, embed=False)
    used = add(store, "boil an egg", steps=["boil it"], facts=["egg"], embed=False)
    failed = store.add_trajectory("", run("fry an egg", reward=0), refs(used), False).id
    store.add_pitfall("", used, failed, Pitfall(trigger="no oil"), [Key(kind="error", text="no oil")])

    def texts(*, facts: bool) -> list[str]:
        return sorted(text for _, text in store.pending_of(failed, facts=facts))

    assert texts(facts=False) == ["boil an egg", "fry an egg", "no oil"]
    assert texts(facts=True) == ["boil an egg", "egg", "fry an egg", "no oil"]
    assert "egg" not in [text for _, text in store.pending_keys(10, facts=False)]
    assert [text for _, text in store.pending_keys(10)][-1] == "egg"
    assert len(store.pending_keys(2)) == 2


def test_what_others_left_is_taken_on_by_one(store: Store):
    assert store.claim_pending() and not store.claim_pending()
    store.release_pending()
    assert store.claim_pending()


def test_a_text_that_is_embedded_already_has_its_vector_at_once(store: Store):
    add(store)
    twin = add(store, "clean the mug", steps=["another way"], embed=False)
    assert store.pending_keys(10) == []
    assert twin in hits(store, "clean the mug")[0]
    assert set(store.known_vectors(["clean the mug", "unknown"])) == {"clean the mug"}


def test_a_key_without_a_vector_is_found_by_its_words_and_later_by_both(store: Store):
    procedure = add(store, embed=False)
    assert hits(store, "clean the mug") == (set(), {procedure})
    embed_all(store)
    assert hits(store, "clean the mug") == ({procedure}, {procedure})


def test_forgotten_vectors_make_room_for_another_embedder(store: Store):
    add(store)
    store.forget_vectors()
    assert (store.identity(), store.stats().pending) == (None, 2)
    assert hits(store, "clean the mug")[0] == set()
    small = Identity(name="small", dimension=2, digest="e" * 64, floor=0.3)
    store.set_vectors(small, [2], np.array([[0.6, 0.8]], dtype=np.float32))
    assert store.nearest("task", np.array([0.6, 0.8], dtype=np.float32), [""], 1)[0].owner == 1


def test_facts_are_found_by_vector_and_come_back_as_rows(store: Store):
    procedure = add(store, facts=["mug", "sink"])
    assert store.fact_vectors([procedure, 99])[procedure].shape == (2, 384)
    assert store.nearest("fact", vector("sink"), [""], 1)[0].text == "sink"


def test_an_empty_store_finds_nothing_and_says_so(store: Store):
    assert store.nearest("task", vector("anything"), [""], 5) == []
    assert store.lexical("task", ["anything"], [""], 5) == []
    assert store.lexical("task", [], [""], 5) == []
    assert store.stats().keys == 0
    assert store.identity() is None


def test_hits_come_best_first_with_their_texts_and_the_cosine_to_a_vector(store: Store):
    for task, steps in (("clean the mug", ["wash"]), ("clean the red mug", ["rinse"]), ("boil an egg", ["boil"])):
        add(store, task, steps=steps)
    nearest = store.nearest("task", vector("clean the mug"), [""], 2)
    assert [(hit.owner, hit.text, hit.template) for hit in nearest] == [
        (1, "clean the mug", "clean the {object}"),
        (2, "clean the red mug", "clean the red {object}"),
    ]
    assert nearest[0].similarity == pytest.approx(1.0, abs=1e-5)
    by_word = store.lexical("task", ["red", "mug"], [""], 5, vector("clean the mug"))
    assert [hit.owner for hit in by_word] == [2, 1]
    assert by_word[1].similarity == pytest.approx(1.0, abs=1e-5)
    assert store.lexical("task", ["red"], [""], 5)[0].similarity is None


def test_document_frequency_counts_keys_of_tasks_and_errors_and_no_facts(store: Store):
    add(store, facts=["mug"])
    add(store, "fill the mug", steps=["fill it"])
    assert store.document_frequency(["mug", "fill", "nothing"]) == ({"mug": 2, "fill": 1}, 2)


def test_document_frequency_of_one_kind_counts_its_keys_alone(store: Store):
    add(store)
    trigger = "the mug is not there"
    store.add_pitfall("", 1, 1, Pitfall(trigger=trigger), [Key(kind="error", text=trigger)])
    assert store.document_frequency(["mug", "clean", "there", "nothing"], "error") == ({"mug": 1, "there": 1}, 1)


# Odd texts


@pytest.mark.parametrize(
    "text",
    ['"', '""', "'", "NEAR(a b)", "a AND", "OR", "NOT x", "*", "a*", "^a", "-a", "col:b", "{a} : b", "(", ")", "a + b", "",
     " ", "\x00", "naïve café", "日本語", "\U0001f9fd", "\ufffd", "--", ";DROP TABLE keys", "body:mug", "%", "\\"],
)  # fmt: skip
def test_a_query_of_any_characters_is_looked_up_as_plain_words(store: Store, text: str):
    procedure = add(store)
    # Were it read as syntax, it would be an error, or take the other word's hit away.
    assert [hit.owner for hit in store.lexical("task", [text, "mug"], [""], 5, vector(text))] == [procedure]
    assert store.lexical("task", [text], [text], 5, vector(text)) == []
    found = search(store, "task", Query(f"{text} mug", vector=vector("clean the mug")))
    assert [candidate.owner for candidate in found.candidates] == [procedure]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(), max_size=5))
def test_no_term_is_ever_read_as_query_syntax(store: Store, words: list[str]):
    procedure = add(store, embed=False)
    known = [word.encode(errors="replace").decode() for word in words]
    assert {hit.owner for hit in store.lexical("task", [*known, "mug"], [""], 5)} == {procedure}


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=60))
def test_a_text_of_letters_is_found_by_its_own_words(store: Store, text: str):
    procedure = add(store, text, steps=[f"do {text}"])
    if words := terms(text):
        hits = store.lexical("task", words, [""], 10_000)
        assert procedure in {hit.owner for hit in hits}
