"""Atoms of actions: what stays one piece, in a command, a call and plain words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memp.text.atoms import MOST_ATOMS, atoms_of, is_content, noun_and_number


@given(st.text(), st.booleans())
def test_the_atoms_joined_are_the_action_again(text: str, plain: bool):
    assert "".join(atoms_of(text, plain=plain)) == text


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("pytest tests/test_dates.py -q", "tests/test_dates.py"),
        ("pip install httpkit==2.32.0", "2.32.0"),
        ("git push origin fix/login", "fix/login"),
        ('get_order(order_id="A-1044")', "A-1044"),
        ("open https://example.test/orders", "https://example.test/orders"),
        ("cd ../docs", "../docs"),
        ("move {mug} to shelf", "{mug}"),
        ("read the customer's order", "customer's"),
        ('{"tool":"rooms.book","minutes":60}', "60"),
    ],
)
def test_a_value_is_one_atom(text: str, whole: str):
    assert whole in atoms_of(text, plain=False)


def test_an_end_of_a_sentence_is_no_part_of_a_word():
    assert atoms_of("pour the water.", plain=False)[-2:] == ("water", ".")


def test_in_words_a_noun_and_its_number_are_one_atom():
    text = "put mug 1 in drawer 2"
    assert atoms_of(text, plain=True) == ("put", " ", "mug 1", " ", "in", " ", "drawer 2")
    assert "mug 1" not in atoms_of(text, plain=False)


def test_what_is_counted_is_no_instance():
    assert "step 3" not in atoms_of("repeat step 3", plain=True)


def test_of_a_long_action_the_rest_is_one_atom():
    text = "a " * MOST_ATOMS
    atoms = atoms_of(text, plain=False)
    assert len(atoms) == MOST_ATOMS + 1 and "".join(atoms) == text


@pytest.mark.parametrize(
    ("atom", "parts"),
    [("mug 1", ("mug", "1")), ("mug", ("mug", "")), ("17", ("17", "")), (" 1", (" 1", "")), ("a b", ("a b", ""))],
)
def test_an_instance_has_a_noun_and_a_number(atom: str, parts: tuple[str, str]):
    assert noun_and_number(atom) == parts


def test_only_letters_and_digits_say_something():
    assert [is_content(atom) for atom in ("mug", "1:10", "(", " ", "--")] == [True, True, False, False, False]


def test_the_mark_of_a_secret_is_one_atom():
    assert "[redacted: secret 2]" in atoms_of("login --token [redacted: secret 2] -v", plain=False)
    assert "[redacted: api key]" in atoms_of("use [redacted: api key] here", plain=True)
