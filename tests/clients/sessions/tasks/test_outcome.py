"""The judge: what of a session counts as an outcome, and what does not."""

import pytest

from memp_clients.sessions.tasks.actions import action_of
from memp_clients.sessions.tasks.checks.commands import check_in
from memp_clients.sessions.tasks.checks.results import Done, status_in
from memp_clients.sessions.tasks.outcome import Said, judge
from memp_clients.sessions.tasks.user import kind_of, own_words


def ran(command: str, status: int | None = 0, observation: str = "") -> Done:
    return Done(f"Bash: {command}", command, status=status, observation=observation)


EDIT = Done("Edit: a.py", edits=True)


class TestJudge:
    @pytest.mark.parametrize(
        ("printed", "outcome"),
        [
            ("[ FAIL 0 | WARN 0 | SKIP 0 | PASS 37 ]", "success"),
            ("[ FAIL 2 | WARN 0 | SKIP 0 | PASS 35 ]", "failure"),
            ("Passing tests 23\nFailing tests 0", "success"),
            ("Done. PASS=9 WARN=0 ERROR=1 SKIP=0 TOTAL=10", "failure"),
            ("test cases: 14 | 13 passed | 1 failed", "failure"),
            ("100% tests passed, 0 tests failed out of 12", "success"),
            ("# tests 5\n# pass 5\n# fail 0", "success"),
            # A program's own counts, a part that ran, no count at all.
            ("20 passed validation, 3 failed", None),
            ("0 passed, 0 failed", None),
            ("the tests passed yesterday", None),
        ],
    )
    def test_a_tally_of_tests_is_a_check_whatever_printed_it(self, printed: str, outcome: str | None) -> None:
        verdict = judge([EDIT, ran("./smoke", 0, printed)])
        assert (verdict and verdict.outcome) == outcome
        # Shown in a file it is no check of now.
        assert judge([EDIT, ran("cat report.txt", 0, printed)]) is None

    @pytest.mark.parametrize(
        ("command", "printed", "outcome"),
        [
            ("./smoke-tests", "All 12 tests passed", "success"),
            ("./smoke-tests", "== all tests passed in 0.3 s ==", "success"),
            ("cd a && ./smoke-tests | tail -3", "Some tests failed", "failure"),
            ("./smoke-tests", "Not all tests passed", None),
            ("./smoke-tests", "All tests passed: no", None),
            ("./smoke-tests", "If all tests pass, deploy", None),
            ("./smoke-tests", "3/12 tests failed", "failure"),
            ("./smoke-tests", "0/12 tests failed", "success"),
            ("./smoke-tests", "5/12 tests passed", "failure"),
            ("./smoke", "All 12 tests passed", None),
            ("./smoke", "test server: HTTP error 404\npassed 3", None),
            # These print what people wrote.
            ("git commit -am 'Fix cart, all tests pass'", "[main 1f2] Fix cart, all tests pass", None),
            ("git commit -am 'all tests pass' | tail -2", "all tests pass", None),
            ("git commit -F tests.txt", "all tests pass", None),
            ("git push", "remote: Please make sure all tests pass before you merge", None),
            ("git push 2>&1 | tail -4", "remote:\nremote: all tests pass\nremote:", None),
            ("gh pr create --title 'Cart tests' --body 'All tests pass'", "All tests pass", None),
            ("GIT_EDITOR=true /usr/bin/git commit", "12 tests passed, 0 failed", None),
            ("gh pr checks", "12 tests passed, 0 tests failed", None),
            ("echo 'all tests pass'", "all tests pass", None),
            ("curl -d 'All tests passed' https://chat.example/tests", "All tests passed", None),
            ("./notify '12 tests passed, 0 failed'", "12 tests passed, 0 failed", None),
        ],
    )
    def test_a_sentence_on_all_tests_counts_where_a_test_printed_it(
        self, command: str, printed: str, outcome: str | None
    ) -> None:
        verdict = judge([EDIT, ran(command, 0, printed)])
        assert (verdict and verdict.outcome) == outcome

    @pytest.mark.parametrize("command", [";", "&&", " "])
    def test_a_line_without_a_command_that_failed_says_nothing(self, command: str) -> None:
        assert judge([EDIT, ran(command, 2)]) is None

    def test_a_tally_that_the_exit_status_contradicts_says_nothing(self) -> None:
        assert judge([EDIT, ran("./smoke", 3, "PASS 3 FAIL 0"), ran("git status")]) is None

    @pytest.mark.parametrize(
        ("steps", "said", "outcome"),
        [
            # Where nothing that was tried went well, or the agent says so, looks may follow.
            ([ran("curl -f a", 22), ran("curl -f -A x a", 22)], Said(), "failure"),
            ([ran("./ship.sh", 1), ran("ls")], Said(), None),
            ([EDIT, ran("./ship.sh", 1), ran("ls")], Said(admits=True), "failure"),
            ([EDIT, ran("curl -f a", 22)], Said(), None),
        ],
    )
    def test_the_last_act_that_failed(self, steps: list[Done], said: Said, outcome: str | None) -> None:
        verdict = judge(steps, said)
        assert (verdict and verdict.outcome) == outcome

    def test_words_that_may_be_for_or_against_the_work_make_no_success_and_no_failure(self) -> None:
        unclear = Said(unclear=True)
        assert judge([EDIT, ran("pytest -q")], unclear) is None
        assert judge([EDIT, ran("pytest -q", 1)], unclear) == ("failure", "check: pytest -q, exit 1")
        assert judge([EDIT], Said(unclear=True, praise="thanks")) == ("success", "user: thanks")

    @pytest.mark.parametrize(
        ("steps", "outcome", "evidence"),
        [
            ([EDIT, ran("pytest -q")], "success", "check: pytest -q, exit 0"),
            ([EDIT, ran("pytest -q", 1)], "failure", "check: pytest -q, exit 1"),
            ([ran("pytest -q", 1), EDIT, ran("pytest -q"), ran("git status")], "success", "check: pytest -q, exit 0"),
            ([EDIT, ran("cd x && uv run pytest")], "success", "check: uv run pytest, exit 0"),
            ([EDIT, ran("pytest | tail -1", 0, "1 failed")], "failure", "check: pytest, printed 1 failed"),
            ([EDIT, ran("pytest | tail -1", 0, "3 passed")], "success", "check: pytest, printed 3 passed"),
            ([EDIT, ran("set -o pipefail; pytest | tail -1", 0)], "success", "check: pytest, exit 0"),
            ([EDIT, ran("pytest; true", None, "2 failed, 1 passed")], "failure", "check: pytest, printed 2 failed"),
            ([EDIT, ran("make deploy", 2)], "failure", "check: make deploy, exit 2"),
        ],
    )
    def test_the_last_check_after_the_last_edit_decides(self, steps: list[Done], outcome: str, evidence: str) -> None:
        assert judge(steps) == (outcome, evidence)

    @pytest.mark.parametrize(
        "steps",
        [
            [ran("pytest -q"), EDIT],
            [EDIT, ran("pytest | tail -1", 0, "")],
            [EDIT, ran("grep -rn pytest .")],
            [EDIT, ran("pip install pytest")],
            [EDIT, ran("pytest --version")],
            [EDIT],
            [],
        ],
    )
    def test_nothing_shown_is_no_outcome(self, steps: list[Done]) -> None:
        assert judge(steps) is None

    @pytest.mark.parametrize(
        ("steps", "outcome"),
        [
            ([ran("npm test"), ran("npm run build", 1)], "failure"),
            ([ran("npm test"), ran("npm run lint", 1)], "success"),
            ([ran("npm test", 1), ran("npm run build")], "failure"),
            ([ran("pytest -q", 1), ran("pytest -q tests/test_a.py")], None),
            ([ran("pytest -q tests/test_a.py", 1), ran("pytest -q")], "success"),
            ([ran("pytest -q", 1), ran("pytest -q")], "success"),
            ([ran("pytest -q"), Done("Edit: README.md, docs/a.md", edits=True)], "success"),
        ],
    )
    def test_of_several_checks_those_count_that_say_most(self, steps: list[Done], outcome: str | None) -> None:
        verdict = judge([EDIT, *steps])
        assert (verdict and verdict.outcome) == outcome

    @pytest.mark.parametrize(
        "last",
        [
            Done("Bash: pytest -q", "pytest -q", running=True),
            ran("pytest -q", 124),
            ran("pytest -q", 137),
            ran("pytest -q", 2),
            ran("pytest -q | tail -1", 0, "collecting ..."),
        ],
    )
    def test_a_check_without_an_end_does_not_let_an_older_one_decide(self, last: Done) -> None:
        assert judge([EDIT, ran("pytest -q"), last]) is None

    @pytest.mark.parametrize(
        "last",
        [
            ran("pytest -q tests/nothing.py", 4),
            ran("pytest -k nobody", 5),
            ran("pytest", 127, "bash: pytest: command not found"),
            ran("./run_tests.sh", 126),
            ran("python -m pytest", 1, "/usr/bin/python: No module named pytest"),
            ran("npm test", 1, 'npm error Missing script: "test"'),
            ran("ruff check", 2),
        ],
    )
    def test_a_check_that_checked_nothing_is_no_failure_of_the_task(self, last: Done) -> None:
        assert judge([EDIT, last]) is None
        assert judge([EDIT, ran("cargo test"), last]) == ("success", "check: cargo test, exit 0")

    def test_a_build_or_lint_alone_says_little_of_a_task_that_is_not_about_it(self) -> None:
        for command in ("npm run build", "make", "npx tsc --noEmit", "ruff check ."):
            assert judge([EDIT, ran(command)], task="Add a discount column") is None
            moved = judge([EDIT, ran(command)], Said(moved_on=True), "Add a discount column")
            built = "build" in command or command == "make"
            assert moved == (("success", f"check: {command}, exit 0") if built else None)
        assert judge([EDIT, ran("npm run lint", 1)], task="Add a discount column") is None
        assert judge([EDIT, ran("npm run build")], task="Fix the build of the shop") is not None
        assert judge([EDIT, ran("mypy src")], task="mypy 的错误都改掉") is not None
        assert judge([ran("npm run build", 1), EDIT, ran("npm run build")], task="Почини это") is not None

    def test_a_search_that_finds_nothing_at_the_end_is_no_failure(self) -> None:
        assert judge([EDIT, ran("grep -rn old src", 1)]) is None
        assert judge([EDIT, Done("Bash: git push", "git push", failed=True, refused=True)]) is None

    def test_praise_comes_after_a_test_and_a_complaint_before_it(self) -> None:
        passed = [EDIT, ran("pytest -q")]
        assert judge([EDIT], Said(praise="thanks")) == ("success", "user: thanks")
        assert judge([EDIT, ran("rm x", 1)], Said(praise="thanks")) == ("success", "user: thanks")
        assert judge([EDIT, ran("pytest -q", 1)], Said(praise="thanks")) is None  # They contradict each other.
        assert judge(passed, Said(complaint="it's still broken")) == ("failure", "user: it's still broken")

    def test_a_failed_test_and_a_person_who_keeps_the_work_contradict_each_other(self) -> None:
        assert judge([EDIT, ran("pytest -q", 1)], Said(praise="commit it", kept=True)) is None
        assert judge([EDIT, ran("pytest -q", 0)], Said(praise="commit it", kept=True)) is not None

    def test_a_test_that_passed_while_the_work_was_broken_proves_nothing_when_it_passes_again(self) -> None:
        refuted = Said(refuted=frozenset({"pytest -q"}))
        assert judge([EDIT, ran("pytest -q")], refuted) is None
        more = [Done("Edit: tests/test_cart.py", edits=True), ran("pytest -q")]
        assert judge([EDIT, *more], refuted) == ("success", "check: pytest -q, exit 0")

    def test_an_interrupt_is_a_failure_unless_the_check_had_passed(self) -> None:
        stopped = Said(stopped=True)
        assert judge([EDIT], stopped) == ("failure", "user: stopped the agent")
        assert judge([EDIT, ran("pytest -q")], stopped) == ("success", "check: pytest -q, exit 0")
        assert judge([EDIT, ran("npm run dev", None)], stopped) is None


class TestChecks:
    @pytest.mark.parametrize(
        "command",
        [
            "pytest -q",
            "python -m pytest",
            "uv run --no-sync pytest -x",
            "npm test",
            "npm run build",
            "pnpm lint",
            "cargo +nightly clippy",
            "go test ./...",
            "make",
            "make -j4 test",
            "./gradlew check",
            "npx tsc --noEmit",
            "CI=1 yarn test",
            "timeout 60 tox",
            "cmake --build build",
            "python manage.py test shop",
            ".venv/bin/python -m pytest tests",
            "./run_tests.sh",
            "python test_a.py",
        ],
    )
    def test_these_are_checks(self, command: str) -> None:
        check = check_in(command)
        assert check is not None
        assert (check.command, check.decides) == (command, True)

    @pytest.mark.parametrize(
        ("line", "command", "kind"),
        [
            ("docker compose exec web pytest -q", "docker compose exec web pytest -q", "test"),
            ("bash -lc 'cd a && npm test'", "npm test", "test"),
            ("ssh host 'cd a; make check'", "make check", "test"),
            ("npm run lint && npm run test:unit && npm run build", "npm run test:unit", "test"),
            ("npm run build && npm run lint", "npm run lint", "lint"),
            ("./mvnw -q verify", "./mvnw -q verify", "test"),
            ("(cd web && yarn build)", "yarn build", "build"),
            # Files, filters and images are named like anything.
            ("pytest tests/test_linter.py", "pytest tests/test_linter.py", "test"),
            ("pytest -k vale", "pytest -k vale", "test"),
            ("go test ./pkg/splinter", "go test ./pkg/splinter", "test"),
            ("cargo test --test linting", "cargo test --test linting", "test"),
            ("npm test -- splint", "npm test -- splint", "test"),
            ("bats test/lint.bats", "bats test/lint.bats", "test"),
            ("docker run acme/eslint pytest", "docker run acme/eslint pytest", "test"),
            ("docker build -t vale .", "docker build -t vale .", "build"),
            ("vale docs", "vale docs", "lint"),
            ("tox -e lint", "tox -e lint", "lint"),
            ("make lint", "make lint", "lint"),
            ("npm run test:lint", "npm run test:lint", "lint"),
            # A state that is as wanted is no test of the work.
            ("kubectl wait --for=condition=ready pod/a", "kubectl wait --for=condition=ready pod/a", "build"),
            ("kubectl rollout status deploy/a", "kubectl rollout status deploy/a", "build"),
            ("sha256sum -c sums", "sha256sum -c sums", "build"),
            ("rclone check a b", "rclone check a b", "build"),
        ],
    )
    def test_checks_within_other_commands(self, line: str, command: str, kind: str) -> None:
        check = check_in(line)
        assert check is not None
        assert (check.command, check.kind) == (command, kind)

    @pytest.mark.parametrize(
        "line", ["grep -rn 'x; pytest' .", 'echo "run npm test | tee log"', "cat > a.sh <<'E'\nnpm test\nE"]
    )
    def test_what_stands_in_quotes_is_no_check(self, line: str) -> None:
        assert check_in(line) is None

    @pytest.mark.parametrize(
        ("line", "printed", "outcome"),
        [
            ('pytest -q > log 2>&1; echo "exit=$?"', "exit=0", "success"),
            ('pytest -q > log 2>&1; echo "exit=$?"; tail -2 log', "exit=1\n2 failed", "failure"),
            ("npm test | tail -5; echo ${PIPESTATUS[0]}", "done\n1", "failure"),
            ("npm test | tail -5; echo rc $?", "nothing said\nrc 0", None),
            ("pytest | tail -3", "ERROR in the log: x\n12 passed, 1 skipped in 2s", "success"),
            ("pytest | tail -3", "11 passed, 0 failed", "success"),
            ("mocha | cat", "  3 passing\n  1 failing", "failure"),
            ("npx jest | tail -4", "Tests:       1 failed, 3 passed, 4 total", "failure"),
            ("go test ./... | tail", "ok  \tshop/cart\t0.01s", "success"),
            ("mvn test | tail", "Tests run: 4, Failures: 0, Errors: 0, Skipped: 0", "success"),
        ],
    )
    def test_the_end_of_a_check_is_read_off_what_the_line_printed(
        self, line: str, printed: str, outcome: str | None
    ) -> None:
        verdict = judge([EDIT, ran(line, 0, printed)])
        assert (verdict and verdict.outcome) == outcome

    @pytest.mark.parametrize(
        "command",
        [
            "make install",
            "make clean",
            "npm install",
            "cargo run",
            "go run .",
            "cat pytest.ini",
            "echo pytest",
            "ruff format",
            "ls tests",
        ],
    )
    def test_these_are_none(self, command: str) -> None:
        assert check_in(command) is None

    @pytest.mark.parametrize(
        ("text", "status"),
        [
            ("Exit code 1\nboom", 1),
            ("<returncode>0</returncode>", 0),
            ("out\n[exit code: 2]", 2),
            ("Process exited with code 137", 137),
            ("the exit is left", None),
            ("", None),
        ],
    )
    def test_statuses_that_tools_write(self, text: str, status: int | None) -> None:
        assert status_in(text) == status


@pytest.mark.parametrize("part", ["<skill>", ">", " ", "y.", "a=b ", "<issue>", "exit ", "\n"])
def test_no_text_is_read_more_than_a_few_times(part: str) -> None:
    # A pattern that goes back over a long run again and again would not come to an end here.
    text = f"x {part * (200_000 // len(part))} x"
    assert kind_of(own_words(text)) == "request"
    assert check_in(text) is None
    assert action_of("Bash", {"command": text}) is not None
    assert status_in(text) is None
