"""Which observations say that a step failed, and by which line."""

import pytest

from memp.text.failures.detection import MAX_LINE, Failure, exit_status, failure_of

CERTAIN = [
    ("bash: foo: command not found", "bash: foo: command not found"),
    ("Traceback (most recent call last):\n  File x\nValueError: bad date", "ValueError: bad date"),
    ("collected 3 items\nE   AssertionError: 1 != 2\n1 failed in 0.1s", "E   AssertionError: 1 != 2"),
    ("make: *** [all] Error 2", "make: *** [all] Error 2"),
    ("compiling\nmain.c:3:5: unknown type name\nExit code 2", "main.c:3:5: unknown type name"),
    ("HTTP/1.1 404 Not Found", "HTTP/1.1 404 Not Found"),
    ("Nothing happens.", "Nothing happens."),
]


@pytest.mark.parametrize(("observation", "line"), CERTAIN, ids=[text[:15] for text, _ in CERTAIN])
def test_a_failure_is_told_by_the_line_that_says_how(observation: str, line: str):
    assert failure_of(observation) == Failure(line, certain=True)


@pytest.mark.parametrize("observation", ["You can't go that way.", "Error while saving", "the file was not found"])
def test_a_short_message_may_be_a_failure(observation: str):
    assert failure_of(observation) == Failure(observation, certain=False)


@pytest.mark.parametrize(
    "observation",
    ["", "  \n", "3 passed, 0 failed", "no errors found", "errors: 0", "You pick up the mug 1.", "warning: x\nexit code: 0",
     "the word was not found " * 20, "an error-free build", "fixed 3 errors"],
)  # fmt: skip
def test_what_went_well_is_no_failure(observation: str):
    assert failure_of(observation) is None


def test_what_a_look_shows_may_speak_of_errors():
    shown = "def parse(text):\n    raise ValueError: bad\nTraceback (most recent call last)"
    assert failure_of(shown) is not None
    assert failure_of(shown, looks=True) is None
    assert failure_of("cat: x: No such file or directory", looks=True) is not None


def test_a_long_line_is_cut():
    failure = failure_of("fatal: " + "x" * 1_000)
    assert failure is not None and len(failure.text) == MAX_LINE


@pytest.mark.parametrize(
    ("text", "status"),
    [("pytest -q, exit 0", "0"), ("Exited with code: 2", "2"), ("exit status=-9", "-9"), ("exit code 1, then exit 0", "1"),
     ("the exit is left", None), ("", None)],
)  # fmt: skip
def test_the_first_exit_status_of_a_text(text: str, status: str | None):
    assert exit_status(text) == status
