"""Checks without the work: before its first change, or while it was put aside."""

import pytest

from memp_clients.sessions.tasks.checks.baseline import failures_in
from memp_clients.sessions.tasks.checks.results import Done
from memp_clients.sessions.tasks.outcome import Said, doubt, judge

EDIT = Done("Edit: src/tariff.py", edits=True)
TASK = "Round the tariffs to whole cents"
MAIL = "FAILED tests/test_mail.py::test_smtp - ConnectionRefusedError\n1 failed, 40 passed"
TARIFF = "FAILED tests/test_tariff.py::test_cents - assert 1 == 2\n1 failed, 40 passed"


def ran(line: str, printed: str = "", status: int | None = 0) -> Done:
    return Done(f"Bash: {line}", line, status=status, observation=printed)


class TestRedBefore:
    def test_a_check_that_was_red_in_the_same_way_says_nothing_of_the_work(self) -> None:
        steps = [ran("pytest -q", MAIL, 1), EDIT, ran("pytest -q", MAIL, 1)]
        assert judge(steps, task=TASK) is None
        assert doubt(steps, task=TASK) == '"pytest -q" failed in the same way before the first change'
        assert judge(steps, Said(praise="danke, passt"), TASK) is not None

    @pytest.mark.parametrize(
        ("before", "after", "task"),
        [
            # It is what the task is about: a word, a file that was changed, the tests themselves.
            (TARIFF, TARIFF, TASK),
            (MAIL, MAIL, "Make the mail leave by another port"),
            (MAIL, MAIL, "Get the tests green"),
            # Another one failed.
            (MAIL, f"FAILED tests/test_login.py::test_cookie\n{MAIL}", TASK),
            # Nothing names what failed.
            ("1 failed, 40 passed", "1 failed, 40 passed", TASK),
        ],
    )
    def test_any_other_red_check_is_a_failure(self, before: str, after: str, task: str) -> None:
        verdict = judge([ran("pytest -q", before, 1), EDIT, ran("pytest -q", after, 1)], task=task)
        assert verdict is not None
        assert verdict.outcome == "failure"

    def test_a_red_check_on_the_stashed_work_is_a_baseline_too(self) -> None:
        stashed = ran("git stash && pytest -q; git stash pop", MAIL)
        assert judge([EDIT, ran("pytest -q", MAIL, 1), stashed, ran("pytest -q", MAIL, 1)], task=TASK) is None


class TestPutAside:
    @pytest.mark.parametrize(
        "lines",
        [
            ("git stash; pytest -q; git stash pop",),
            ("git stash push -u -m wip && (pytest -q); git stash apply",),
            ("git stash", "pytest -q", "git stash pop"),
            ("git commit -am wip", "git checkout main", "pytest -q", "git checkout -"),
            ("hg shelve && pytest -q; hg unshelve",),
        ],
    )
    def test_a_check_on_the_stashed_work_is_none(self, lines: tuple[str, ...]) -> None:
        steps = [EDIT, *(ran(line, "9 passed" if "pytest" in line else "") for line in lines)]
        assert judge(steps, task=TASK) is None
        verdict = judge([*steps, ran("pytest -q", "9 passed")], task=TASK)
        assert verdict is not None
        assert verdict.outcome == "success"

    def test_a_part_that_was_stashed_leaves_the_rest(self) -> None:
        other = Done("Edit: notes.py", edits=True)
        verdict = judge([EDIT, other, ran("git stash push notes.py; pytest -q; git stash pop", "9 passed")], task=TASK)
        assert verdict is not None


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("--- FAIL: TestDose (0.00s)", "TestDose"),
        ("test ledger::sums ... FAILED", "ledger::sums"),
        ("FAIL: test_a (lab.Dose)", "test_a (lab.Dose)"),
        ("  ● cart › adds two", "cart › adds two"),
        ("rspec ./spec/a_spec.rb:12 # adds", "./spec/a_spec.rb:12"),
        ("not ok 3 - opens the valve", "opens the valve"),
        ("  2) opens the valve", "opens the valve"),
        ("\t 7 - valve_opens (Failed)", "valve_opens"),
        ("[ERROR] LedgerTest.sums:14 expected", "LedgerTest.sums"),
    ],
)
def test_runners_name_what_failed(printed: str, name: str) -> None:
    assert failures_in(printed) == {name}
