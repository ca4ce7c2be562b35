"""The words of a text as the full-text index has them."""

import math

import pytest

from memp.text.keywords import LEAST_TASKS, hash_words, idf, plain, terms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Clean the Mugs!", "clean the mugs!"),
        ("Müller straße", "muller strasse"),
        ("ﬁne", "fine"),
        ("a–b 日本", "a b 日本"),
        ("मेल भेजें", "मल भज"),
    ],
)
def test_a_text_is_held_without_case_and_accents(text: str, words: str):
    assert plain(text) == words


def test_terms_are_content_words_each_once():
    assert terms("Put the mug in the Mug_rack, please") == ["put", "mug", "rack"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("日本", ["日本"]),
        ("水", ["水"]),
        ("写一首诗 now", ["写一", "一首", "首诗", "now"]),
        ("ブログB記事", ["フロ", "ロク", "b", "記事"]),
        ("จองโรง", ["จอ", "อง", "งโ", "โร", "รง"]),
        ("블로그 글", terms("블로그") + terms("글")),
    ],
)
def test_letters_of_a_script_without_spaces_are_words_two_by_two(text: str, words: list[str]):
    assert terms(text) == words


def test_a_rare_word_weighs_more_and_a_small_memory_counts_as_a_larger_one():
    assert idf(1, 1_000) > idf(100, 1_000) > 0
    assert idf(3, 10) == idf(3, LEAST_TASKS) == math.log(1 + (LEAST_TASKS - 3 + 0.5) / 3.5)
    assert idf(2_000, 1_000) == idf(1_000, 1_000)


def test_hashed_words_tell_like_tasks_by_four_bytes_a_word():
    assert hash_words("clean the mug") == hash_words("The mug, clean".replace(",", "")) != hash_words("clean the cup")
    assert len(hash_words("clean the mug the mug")) == 12 and hash_words("") == b""
