"""Tokens of a text in words are the text again, and tell the forms of values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memp.text.tasks.wording import tokens_of


@given(st.text())
def test_joined_they_are_the_text(text: str):
    assert "".join(token.text for token in tokens_of(text)) == text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Export the October invoices of a.b@c.example", ["October", "a.b@c.example"]),
        ("Ship it. Then tell Bob: Done", ["Bob"]),
        ("Exportiere die Rechnungen und die Belege vom 3. Mai", ["3"]),
        ("发布「春天」 2026 的文章", ["「春天」", "2026"]),
        ("put {Item} in {place_2}", []),
    ],
)
def test_names_numbers_and_quotations_are_told_by_their_form(text: str, named: list[str]):
    assert [token.text for token in tokens_of(text) if token.is_named] == named
