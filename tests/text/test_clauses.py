"""Clauses of an observation, and the numbers in one."""

import pytest

from memp.text.clauses import CLAUSE, NUMBER


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("The door is open. It is 2.5 m wide", ["The door is open", " It is 2.5 m wide"]),
        ("app.py is there; 1,000 lines", ["app.py is there", " 1,000 lines"]),
        ("a, b\nc", ["a", " b", "c"]),
        ("", []),
    ],
)
def test_a_clause_ends_where_a_sentence_does_or_a_list_goes_on(text: str, clauses: list[str]):
    assert CLAUSE.findall(text) == clauses


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("load 3.5 of -7", ["3.5", "-7"]), ("v2 1.2.3 10.0.0.1 2026-01-31 x-4", []), ("port 80:", ["80"])],
)
def test_a_number_is_no_part_of_a_version_a_date_or_an_address(text: str, numbers: list[str]):
    assert NUMBER.findall(text) == numbers
