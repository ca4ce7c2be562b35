"""Mentions: whether a text names a value, and whether it only orders something by that word."""

import re

import pytest

from memp.build.reading.mentions import is_only_ordered, names, spaced_in, squashed


@pytest.mark.parametrize(
    ("task", "word", "ordered"),
    [
        ("Answer the mail", "answer", True),
        ("See which day suits and answer his mail", "answer", True),
        ("Open the file and check any link", "check", True),
        ("Open the file and check another link", "check", True),
        ("Write the answer to the file", "answer", False),
        ("Send a note and answer forms", "answer", False),
        ("Translate the catalogue: French", "French", False),
        ("ブログに記事を公開する: 春", "春", False),
        ("First: open the valve", "open", True),
    ],
)
def test_a_word_is_only_ordered_where_a_verb_stands_before_a_thing(task: str, word: str, ordered: bool):
    assert is_only_ordered(task, word) is ordered


@pytest.mark.parametrize(
    ("task", "value", "named"),
    [
        ("Put two mugs on the desk", "mug", True),
        ("Fix src/app.py", "src/app.py", True),
        ("Fix the string", "in", False),
        ("Put a soap bar away", "soapbar", True),
    ],
)
def test_a_value_is_named_as_whole_words(task: str, value: str, named: bool):
    assert names(squashed(task), value) is named


@pytest.mark.parametrize(
    ("text", "value", "stands"),
    [
        ("把orders表清空", "orders", True),
        ("把xorders表清空", "orders", False),
        ("empty orders", "orders", True),
        ("empty reorders", "orders", False),
        ("注文orders2を消す", "orders", False),
    ],
)
def test_a_value_ends_where_no_letter_of_a_script_with_spaces_follows(text: str, value: str, stands: bool):
    spaced = spaced_in(text)
    assert (re.search(f"(?<!{spaced}){value}(?!{spaced})", text) is not None) is stands
