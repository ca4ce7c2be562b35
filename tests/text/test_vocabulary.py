"""The word lists: in lower case."""

import pytest

from memp.text import vocabulary
from memp.text.vocabulary import words_of

LISTS: dict[str, frozenset[str]] = {
    name: value for name, value in vars(vocabulary).items() if isinstance(value, frozenset)
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_of_lower_case_words(name: str):
    assert LISTS[name] and all(word == word.lower() and " " not in word for word in LISTS[name])


def test_words_are_split_at_white_space():
    assert words_of("a b\n  a") == {"a", "b"}
