"""Search by words on SQLite: rare words tell best, short texts before long ones, and a common word of others hides nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stored import add

from memp.store.sqlite import words
from memp.store.sqlite.store import SQLiteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    opened = SQLiteStore(tmp_path / "memory.sqlite3")
    yield opened
    opened.close()


def put(store: SQLiteStore, task: str, scope: str = "") -> int:
    """A procedure of its own."""
    return add(store, task, steps=[task], scope=scope, merge=False)


def owners(store: SQLiteStore, *terms: str, scope: str = "", limit: int = 5) -> list[int]:
    return [hit.owner for hit in store.lexical("task", terms, [scope], limit)]


def test_the_rarer_word_tells_more(store: SQLiteStore):
    common = [put(store, f"clean the mug {number}") for number in range(5)]
    rare = put(store, "polish the mug")
    assert len({*common, rare}) == 6
    assert owners(store, "polish", "clean", "mug")[0] == rare
    assert set(owners(store, "mug", limit=10)) == {*common, rare}


def test_of_two_texts_with_the_same_words_the_shorter_comes_first(store: SQLiteStore):
    long = put(store, "clean the mug that stands in the old cupboard behind the door of the cellar")
    short = put(store, "clean the mug")
    assert owners(store, "clean", "mug") == [short, long]


def test_what_is_archived_is_found_by_no_word_until_it_is_back(store: SQLiteStore):
    procedure = put(store, "clean the mug")
    store.archive(procedure, "useless")
    assert owners(store, "mug") == []
    store.restore(procedure, "a person", "useful")
    assert owners(store, "mug") == [procedure]


def test_a_word_that_others_have_more_often_than_is_looked_at_still_finds_ones_own(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(words, "MOST_POSTINGS", 3)
    for number in range(6):
        put(store, f"clean the mug {number}", scope="theirs")
    own = put(store, "clean the cup", scope="ours")
    assert owners(store, "clean", scope="ours") == [own]
    assert len(owners(store, "clean", scope="theirs", limit=10)) == 3


def test_of_the_words_that_are_asked_for_the_first_ones_are_looked_up(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(words, "MOST_POSTINGS", 1)
    put(store, "clean the mug")
    cup = put(store, "clean the cup")
    assert owners(store, "cup", "clean") == [cup]


def test_a_word_of_which_not_all_keys_are_looked_at_weighs_as_a_common_one(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    for number in range(12):
        put(store, f"a shelf {number}")
    chairs = [put(store, f"a chair {number}") for number in range(9)]
    both = [put(store, f"a shelf and a chair {number}") for number in range(2)]
    monkeypatch.setattr(words, "MOST_POSTINGS", 13)
    found = owners(store, "chair", "shelf", limit=30)
    assert found[:2] == both and set(found[2:11]) == set(chairs)
    assert len(found) == 13, "the shelves that there was room for"
    monkeypatch.setattr(words, "MOST_POSTINGS", 5)
    assert len(owners(store, "chair", "shelf", "a", limit=30)) == 5


def test_words_of_others_keys_take_no_room_from_ones_own(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(words, "MOST_POSTINGS", 3)
    for number in range(3):
        put(store, f"fill the cup {number}", scope="theirs")
    cup = put(store, "dry the cup", scope="ours")
    clean = put(store, "clean the sink", scope="ours")
    assert owners(store, "cup", "clean", "sink", scope="ours") == [clean, cup]


def test_words_of_the_query_language_are_words(store: SQLiteStore):
    procedure = put(store, "run NOT and NEAR or OR")
    for term in ("not", "near", "or", '"', "*", "near(", "-", "a\0b"):
        assert owners(store, term, "run") == [procedure]
