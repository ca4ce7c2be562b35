"""The judge: what of a session counts as an outcome, and what does not."""

import pytest

from memp_clients.sessions.tasks.actions import action_of
from memp_clients.sessions.tasks.outcome import Done, check_in, judge, status_in
from memp_clients.sessions.tasks.user import kind_of, own_words


def ran(command: str, status: int | None = 0, observation: str = "") -> Done:
    return Done(f"Bash: {command}", command, status=status, observation=observation)


EDIT = Done("Edit: a.py", edits=True)


class TestJudge:
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

    def test_praise_is_the_weakest_and_a_complaint_the_strongest(self) -> None:
        passed = [EDIT, ran("pytest -q")]
        assert judge([EDIT], praise="thanks") == ("success", "user: thanks")
        assert judge([EDIT, ran("pytest -q", 1)], praise="thanks") == ("failure", "check: pytest -q, exit 1")
        assert judge(passed, complaint="it's still broken") == ("failure", "user: it's still broken")

    def test_an_interrupt_is_a_failure_unless_the_check_had_passed(self) -> None:
        assert judge([EDIT], stopped=True) == ("failure", "user: stopped the agent")
        assert judge([EDIT, ran("pytest -q")], stopped=True) == ("success", "check: pytest -q, exit 0")

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
        assert check_in(command) == (command, True)

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
