"""Likeness of errors, by their codes and by their words."""

import pytest

from memp.text.failures.likeness import error_words, likeness, line_likeness


def even(word: str) -> float:
    return 1.0


def test_a_code_that_both_have_makes_two_errors_one():
    like = likeness("deploy shop: E23 lock held by another", "E23 lock held by a robot", even)
    assert like is not None and like.code and like.same


def test_another_code_of_the_same_form_is_surely_another_error():
    assert likeness("deploy shop: E23 lock held", "E24 lock held", even) is None


@pytest.mark.parametrize(
    ("error", "same"),
    [
        ("the lock of the volume is held", True),
        ("the printer is out of paper", False),
        ("the lock is rusty and the paint has gone from the front gate", False),
    ],
)
def test_without_codes_the_share_of_common_words_decides(error: str, same: bool):
    like = likeness("mount disk: the lock of the volume is held by another", error, even)
    assert like is not None and like.same is same


def test_that_the_same_command_was_given_is_no_sign_of_the_same_error():
    like = line_likeness("mount backup disk", "volume lock is held", "mount backup disk is slow", even, failed=True)
    assert like is not None and not like.same


def test_words_of_every_error_numbers_and_codes_say_nothing():
    assert error_words("Error: command failed with exit code 17, E23 lock held") == {"lock", "held"}
