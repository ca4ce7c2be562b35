"""Text that a command line prints itself."""

import pytest

from memp_clients.sessions.tasks.checks.results import Done
from memp_clients.sessions.tasks.outcome import judge

EDIT = Done("Edit: firmware/valve.c", edits=True)


@pytest.mark.parametrize(
    ("line", "printed", "outcome"),
    [
        ('make test || echo "all 12 tests passed"', "valve.c:3: error: no\nall 12 tests passed", "failure"),
        ("go test ./... && echo PASS || echo FAIL", "exit 1\nFAIL", "failure"),
        ("./run_tests.sh >log 2>&1 && echo GRÜN || echo ROT", "ROT", "failure"),
        ("./run_tests.sh >log 2>&1 && echo GRÜN || echo ROT", "GRÜN", "success"),
        ("(ctest || echo kaputt) | tail -1", "kaputt", "failure"),
        ("npm test | tail -1; printf '%s passed, 0 failed\\n' 12", "npm ERR!\n12 passed, 0 failed", None),
        (
            'n=9; rspec | tail -1; echo "$n examples, 0 failures, all passed"',
            "9 examples, 0 failures, all passed",
            None,
        ),
        ("pytest -q | tail -1; echo 'OK (12 tests)'", "1 failed in 2s\nOK (12 tests)", "failure"),
        ("pytest -q | tail -1; echo 'done with 2 failed'", "9 passed in 2s\ndone with 2 failed", "success"),
    ],
)
def test_echo_says_nothing_but_which_branch_was_taken(line: str, printed: str, outcome: str | None) -> None:
    verdict = judge([EDIT, Done(f"Bash: {line}", line, observation=printed)])
    assert (verdict and verdict.outcome) == outcome


def test_a_text_of_many_variables_is_read_in_one_pass() -> None:
    line = f'pytest -q | tail -1; echo "{"$x " * 400}passed"'
    verdict = judge([EDIT, Done(f"Bash: {line}", line, observation=f"9 passed in 1s\n{'a b ' * 400}passing")])
    assert verdict is not None
