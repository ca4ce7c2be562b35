"""Features of an observation: clauses, stretches of their words, and labelled numbers."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memp.build.reading.features import MOST_WORDS, clauses_in, key_of, numbers_in, words_in


def nobody(_: str) -> bool:
    return False


def one_of(*tokens: str) -> Callable[[str], bool]:
    return lambda token: token.casefold() in tokens


def test_clauses_and_stretches_of_their_words_are_features_by_how_they_read_in_lower_case():
    features = words_in("Pump is Primed; valve open", nobody)
    assert set(features) == {
        "pump", "is", "primed", "pump is", "is primed", "pump is primed", "valve", "open", "valve open",
    }  # fmt: skip
    assert features["pump is primed"].text == "Pump is Primed"


def test_a_feature_knows_whether_it_is_a_whole_clause():
    features = words_in("Pump is primed. Valve, open", nobody)
    assert {words for words, feature in features.items() if feature.whole} == {"pump is primed", "valve", "open"}


def test_no_stretch_is_longer_than_some_words_unless_it_crosses_a_clause():
    features = words_in("the quick brown fox jumps over dogs", nobody)
    assert max(len(words.split()) for words in features) == MOST_WORDS
    assert not any(feature.whole for feature in features.values())


@pytest.mark.parametrize("text", ["open shop.example at 1.5 bar", "paid 1,250 today"])
def test_a_sign_inside_a_word_or_a_number_ends_no_clause(text: str):
    assert clauses_in(text) == 1


def test_tokens_of_one_run_and_bare_numbers_are_no_part_of_a_feature():
    features = words_in("parcel PX-12 is held at depot 4", one_of("px-12"))
    assert "is held at depot" in features and "parcel" in features
    assert not any("px-12" in words or "4" in words.split() for words in features)


def test_a_placeholder_decides_only_beside_a_word():
    features = words_in("{file} is locked by {user}", nobody)
    assert "{file}" not in features and "{file} is locked" in features


@pytest.mark.parametrize(
    ("text", "particular"),
    [("due 2026-03-01", True), ("seat 12b", True), ("status E17", False), ("status HTTP-503", False), ("late", False),
     ("{item_2} late", False)],
)  # fmt: skip
def test_a_date_or_identifier_is_particular_and_a_code_is_not(text: str, particular: bool):
    assert any(feature.particular for feature in words_in(text, nobody).values()) is particular


def test_written_texts_keep_the_signs_between_their_words():
    text = '{"status": "on hold"}'
    assert words_in(text, nobody)[key_of(text)].text == 'status": "on hold'


WORDS = st.lists(st.sampled_from(["Pump", "is", "on", "A-17", "{item}", "4", ".", ";", "'x'", "%"]), max_size=9)


@given(WORDS)
def test_the_text_of_a_feature_has_its_key_and_is_found_again(words: list[str]):
    text = " ".join(words)
    for key, feature in words_in(text, nobody).items():
        assert key_of(feature.text) == key and feature.text in text


def test_a_key_is_read_without_quotes_and_letter_case():
    assert key_of("Status is 'ON (hold)'") == key_of("status is on hold") == "status is on hold"
    assert key_of(" .;") == ""


@pytest.mark.parametrize(("text", "count"), [("", 0), ("...", 0), ("one", 1), ("one. two; three, four\nfive", 5)])
def test_clauses_are_counted_where_they_have_a_word(text: str, count: int):
    assert clauses_in(text) == count


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("level: 12 litres", {"level: litres": 12.0}),
        ('{"stock": 7, "price": 12.50}', {"stock": 7.0, "price": 12.5}),
        ("balance -40.5", {"balance": -40.5}),
        ("3 of 5 seats", {}),  # which of them?
        ("42", {}),  # of what?
        ("build v1.2 on web-24", {}),
        ("battery 80%; load 12%", {"battery %": 80.0, "load %": 12.0}),
        ("pressure 4\npressure 9", {"pressure": 4.0}),
    ],
)
def test_the_one_number_of_a_clause_has_the_rest_as_its_label(text: str, numbers: dict[str, float]):
    assert numbers_in(text, nobody) == numbers


def test_the_number_of_an_instance_measures_nothing():
    assert numbers_in("shelf 3 holds 12 boxes", one_of("shelf")) == {"shelf holds boxes": 12.0}
    assert numbers_in("shelf 3 is empty", one_of("shelf")) == {}


@given(st.text("abc 0123.-:;\n", max_size=40))
def test_the_numbers_of_a_text_stand_in_it(text: str):
    for label, number in numbers_in(text, nobody).items():
        assert any(c.isalpha() for c in label) and f"{number:g}".lstrip("-")[:1] in text


def test_what_one_run_has_at_the_ends_of_a_clause_is_no_part_of_the_label():
    assert numbers_in("/dev/sda1 20G 92% used", nobody).keys() == {"% used"}
    assert numbers_in("load of node7: 3", nobody).keys() == {"load of"}


def test_an_exit_status_measures_nothing():
    assert numbers_in("3 parts lost\n[exit 128]", nobody) == {"parts lost": 3.0}
    assert numbers_in("exited with code 2", nobody) == {}
