"""Names of parameters: what a value is, where the runs say so, else where it comes from."""

import pytest
from families import member
from hypothesis import given
from hypothesis import strategies as st

from memp.build.induction.naming import identifier, name_of, numbered, own_word
from memp.text.templates import names


def name(*cases: tuple[str, str], before: str = "do ", operation: str = "do", origin: str = "task") -> str:
    """The name of a parameter of these tasks and values."""
    values = [(member(task), value) for task, value in cases]
    return name_of(values, [before] * len(values), [operation], origin)


@pytest.mark.parametrize(
    ("before", "expected"),
    [('get_order(order_id="', "order_id"), ("get(reservationId=", "reservation_id"), ("deploy --target ", "target")],
)
def test_a_value_has_the_name_of_the_argument_that_it_is_passed_as(before: str, expected: str):
    assert name(("Handle A-1044", "A-1044"), ("Handle B-2", "B-2"), before=before) == expected


def test_a_plain_argument_is_named_after_the_call():
    cases = [("Handle A-1044", "A-1044"), ("Handle B-2077", "B-2077")]
    assert name(*cases, before='get_order(id="', operation="get_order") in ("order_id", "id")


def test_an_identifier_has_the_name_before_it_in_the_task_and_a_plain_word_the_noun_after_it():
    assert name(("Merge the branch fix/login", "fix/login"), ("Merge the branch fix/x", "fix/x")) == "branch"
    assert name(("Add a column to the users table", "users"), ("Add one to the orders table", "orders")) == "table"


@pytest.mark.parametrize(
    ("value", "other", "expected"),
    [
        ("https://a.test/x", "https://b.test/y", "url"),
        ("src/a.py", "b.md", "file"),
        ("1.4.0", "2.0.1", "version"),
        ("a@b.test", "c@d.test", "email"),
    ],
)
def test_without_a_word_beside_it_a_value_is_named_by_its_shape(value: str, other: str, expected: str):
    assert name((f"Handle {value}", value), (f"Handle {other}", other)) == expected


def test_otherwise_the_name_says_where_the_value_comes_from():
    cases = [("Wash mug", "mug"), ("Wash cup", "cup")]
    assert [name(*cases, origin=origin) for origin in ("task", "shown", "own")] == ["item", "found", "text"]


def test_a_value_of_one_run_is_called_by_its_own_last_word():
    assert name(("Wash the red mug", "red mug")) == "mug"


def test_a_name_that_is_taken_has_a_number():
    assert numbered("item", ()) == "item"
    assert numbered("item", ("item",)) == "item_2"
    assert numbered("item", ("item", "item_2")) == "item_3"


@given(st.text(max_size=60))
def test_an_identifier_is_a_placeholders_name_or_nothing(text: str):
    for made in (identifier(text), own_word(text)):
        assert made == "" or names(f"{{{made}}}") == [made]


@given(st.text("ab c/._-19'\"=", min_size=1, max_size=20), st.sampled_from(["task", "shown", "own"]))
def test_every_name_can_stand_in_braces(value: str, origin: str):
    made = name((f"do {value} now", value), origin=origin)
    assert names(f"{{{made}}}") == [made]
