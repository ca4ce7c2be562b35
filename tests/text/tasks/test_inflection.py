"""Inflection of English words, roughly."""

import pytest

from memp.text.tasks.inflection import forms, stem


@pytest.mark.parametrize(
    "words", ["drop drops dropped dropping", "create created creates creating", "fix fixed fixes", "add adding"]
)
def test_the_inflections_of_a_word_have_one_stem(words: str):
    assert len({stem(word) for word in words.split()}) == 1


def test_a_short_word_has_no_ending():
    assert [stem(word) for word in ("is", "bed", "ring")] == ["is", "bed", "ring"]


@pytest.mark.parametrize(
    ("word", "base"), [("dropped", "drop"), ("making", "make"), ("pushes", "push"), ("used", "use"), ("open", "open")]
)
def test_a_word_may_be_a_form_of_its_base(word: str, base: str):
    assert base in forms(word)
