"""Several checks of one shell's line: each has its own end, and where they cannot be told apart the worst counts."""

import pytest

from memp_clients.sessions.tasks.checks.results import Done
from memp_clients.sessions.tasks.outcome import judge

EDIT = Done("Edit: stock.rb", edits=True)


def outcome_of(line: str, printed: str, status: int | None = 0) -> str | None:
    verdict = judge([EDIT, Done(f"Bash: {line}", line, status=status, observation=printed)])
    return verdict and verdict.outcome


GO_RED = "--- FAIL: TestDose (0.00s)\nFAIL\nFAIL\tlab/dose\t0.2s\nFAIL"
GO_GREEN = "ok  \tlab/api\t0.1s"
CARGO = "test result: ok. 5 passed; 0 failed; 0 ignored"


class TestSeveralChecks:
    @pytest.mark.parametrize(
        ("line", "printed"),
        [
            ("go test ./dose; go test ./api", f"{GO_RED}\n{GO_GREEN}"),
            ("go test ./api; go test ./dose || true", f"{GO_GREEN}\n{GO_RED}"),
            ("mvn -q test | tail -1; npm test", "Tests run: 12, Failures: 1\nTests: 5 passed, 5 total"),
            (
                "cd ios && swift test; cd ../web && npm test",
                "Executed 3 tests, with 1 failure\nTests: 5 passed, 5 total",
            ),
            ("rspec spec/a.rb ; rspec spec/b.rb", "3 examples, 1 failure\n4 examples, 0 failures"),
            ("vitest run a | tail -2\nvitest run b | tail -2", "Tests  1 failed | 3 passed (4)\nTests  4 passed (4)"),
            ("python -m unittest a; python -m unittest b", "Ran 4 tests\n\nFAILED (failures=1)\nRan 2 tests\n\nOK"),
            ("mocha a; mocha b", "  3 passing (1ms)\n  1 failing\n\n  1) sums\n  2 passing (2ms)"),
            ("docker compose run a pytest; docker compose run b pytest", "1 failed, 2 passed in 2s\n9 passed in 3s"),
            # A part prints more than one end: they cannot be told apart.
            ("cargo test -p a; cargo test -p b", f"{CARGO}\ntest result: FAILED. 2 passed; 1 failed\n{CARGO}"),
            ("for t in a b c; do pytest -q $t; done", "3 passed in 1s\n1 failed in 1s\n4 passed in 1s"),
            ("for t in a b; do ./smoke-tests $t; done", "2 passed, 1 failed\n\n\n\n\n3 passed, 0 failed"),
            ("npm test; npm run build", "Tests: 1 failed, 4 passed, 5 total\nbuilt in 2s"),
        ],
    )
    def test_one_that_failed_counts_whatever_came_after_it_in_the_line(self, line: str, printed: str) -> None:
        assert outcome_of(line, printed) == "failure"
        assert outcome_of(line, printed, None) == "failure"

    @pytest.mark.parametrize(
        ("line", "printed", "status"),
        [
            ("go test ./dose; go test ./api", f"ok  \tlab/dose\t0.2s\n{GO_GREEN}", 0),
            ("cargo test -p a; cargo test -p b", f"{CARGO}\n{CARGO}\ntest result: ok. 0 passed; 0 failed", 0),
            ("rspec spec/a.rb ; rspec spec/b.rb", "3 examples, 0 failures\n4 examples, 0 failures", None),
            ("pytest -q a && pytest -q b", "", 0),
            ("pytest -q a; pytest -q b", "5 passed in 1s\nno tests ran in 0.01s", 5),
            ("for t in a b c; do pytest -q $t; done", "3 passed in 1s\n4 passed in 1s", 0),
        ],
    )
    def test_all_that_passed_are_a_success(self, line: str, printed: str, status: int | None) -> None:
        assert outcome_of(line, printed, status) == "success"

    def test_one_that_printed_nothing_leaves_it_open(self) -> None:
        assert outcome_of("pytest -q a; pytest -q b", "5 passed in 1s") is None

    def test_what_follows_a_failed_one_behind_and_did_not_run(self) -> None:
        line = "pytest -q a && pytest -q b"
        step = Done(f"Bash: {line}", line, status=1, observation="1 failed, 5 passed in 1s")
        verdict = judge([EDIT, step])
        assert verdict is not None
        assert verdict.evidence == "check: pytest -q a, printed 1 failed"


@pytest.mark.parametrize(
    ("line", "nothing", "some"),
    [
        ("cargo test", "test result: ok. 0 passed; 0 failed; 0 ignored; 12 filtered out", CARGO),
        ("python -m unittest", "Ran 0 tests in 0.000s\n\nOK", "Ran 3 tests in 0.000s\n\nOK"),
        ("mocha", "  0 passing (1ms)", "  2 passing (1ms)"),
        ("phpunit", "No tests executed!", "OK (5 tests, 9 assertions)"),
        ("dotnet test", "Passed!  - Failed:     0, Passed:     0, Total:     0", "Passed!  - Failed:  0, Passed:  7"),
        ("swift test", "Executed 0 tests, with 0 failures", "Executed 3 tests, with 0 failures"),
        ("mix test", "0 tests, 0 failures", "3 tests, 0 failures"),
        ("gradle test", "> Task :test NO-SOURCE\n\nBUILD SUCCESSFUL in 1s", "BUILD SUCCESSFUL in 1s"),
        ("mvn test", "[INFO] No tests to run.\n[INFO] BUILD SUCCESS", "Tests run: 4, Failures: 0\nBUILD SUCCESS"),
        ("bats t", "1..0", "1..1\nok 1 adds"),
        ("deno test", "ok | 0 passed | 0 failed (1ms)", "ok | 4 passed | 0 failed (1ms)"),
        ("bun test", " 0 pass\n 0 fail\nRan 0 tests across 0 files.", " 3 pass\n 0 fail\nRan 3 tests across 1 files."),
        ("dbt test", "Done. PASS=0 WARN=0 ERROR=0 TOTAL=0", "Done. PASS=4 WARN=0 ERROR=0 TOTAL=4"),
        ("behave", "0 scenarios passed, 0 failed, 9 skipped", "9 scenarios passed, 0 failed, 0 skipped"),
        ("opa test .", "PASS: 0/0", "PASS: 4/4"),
        ("go test ./... -run X", "ok  \tlab/a\t0.2s [no tests to run]", "ok  a 0.2s [no tests to run]\nok  b 0.2s"),
        ("sbt test", "Passed: Total 0, Failed 0, Errors 0, Passed 0", "Passed: Total 6, Failed 0, Errors 0, Passed 6"),
        ("make test", "make: Nothing to be done for 'test'.", "9 passed"),
    ],
)
def test_a_runner_that_ran_nothing_is_no_check(line: str, nothing: str, some: str) -> None:
    assert outcome_of(line, nothing) is None
    assert outcome_of(f"{line} | tail -3", nothing) is None
    assert outcome_of(line, some) == "success"
