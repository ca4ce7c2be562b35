"""Results of tests by what was printed."""

import pytest

from memp_clients.sessions.tasks.checks.printed import printed_end, tally_in


@pytest.mark.parametrize(
    ("printed", "passed"),
    [
        ("[ FAIL 0 | WARN 3 | SKIP 1 | PASS 37 ]", True),
        ("Tests Passed: 21, Failed: 1, Skipped: 0", False),
        ("Passing tests 23\nFailing tests 0", True),
        ("12 scenarios passed, 1 scenario failed", False),
        ("assertions: 80 | 79 passed | 1 failed", False),
        ("7/7 tests passed", True),
        ("3/7 tests failed", False),
        ("0/12 tests failed", True),
        ("5/12 tests passed", False),
        ("all 4 tests pass? no, 2 failed", False),
        ("✓ All 3 specs passed! (0.2s)", True),
        # An older tally is not the last.
        ("PASS 3 FAIL 1\n...\n...\n...\n...\nPASS 4 FAIL 0", True),
    ],
)
def test_a_tally_says_whether_tests_passed(printed: str, passed: bool) -> None:
    tally = tally_in(printed)
    assert tally is not None
    assert tally[0] is passed


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "5 passed",
        "2 failed",
        "ok=12 changed=2 failed=0",
        "passed 0, failed 0",
        "v1.2 passed",
        "Not all tests passed",
        "All tests passed: no",
        "HTTP error 404\npassed 3",
        "make sure all tests pass",
        "all tests pass?",
        "7/0 tests passed",
    ],
)
def test_half_a_tally_is_none(printed: str) -> None:
    assert tally_in(printed) is None


def test_a_runners_own_summary_goes_before_a_tally_of_its_lines() -> None:
    assert printed_end("suite a: PASS 3 FAIL 1\nTests run: 12, Failures: 0") == (True, "Tests run: 12, Failures: 0")
