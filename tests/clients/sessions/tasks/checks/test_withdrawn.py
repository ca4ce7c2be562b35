"""Work and tests that were taken away before a check passed."""

import pytest

from memp_clients.sessions.tasks.actions import action_of
from memp_clients.sessions.tasks.checks.masks import Masking
from memp_clients.sessions.tasks.checks.results import Done
from memp_clients.sessions.tasks.checks.withdrawn import nothing_left
from memp_clients.sessions.tasks.outcome import Said, doubt, judge


def ran(command: str, status: int = 0, observation: str = "") -> Done:
    return Done(f"Bash: {command}", command, status=status, observation=observation)


def edit(path: str, masks: Masking = "") -> Done:
    return Done(f"Edit: {path}", edits=True, masks=masks)


EDIT, RED, GREEN = edit("src/a.py"), ran("pytest -q", 1), ran("pytest -q")


@pytest.mark.parametrize(
    "away",
    [
        ["git stash"],
        ["git stash -u"],
        ['git stash push -m "wip"'],
        ["git checkout -- ."],
        ["git checkout ."],
        ["git checkout HEAD -- src"],
        ["git restore ."],
        ["git restore src/a.py"],
        ["git reset --hard"],
        ["git commit -am wip", "git reset --hard HEAD~1"],
        ["git commit -am wip", "git revert --no-edit HEAD"],
        ["git -C . stash"],
        ["cd src && git checkout -- ."],
        ["rm src/a.py"],
        ["mv src/a.py.bak src/a.py"],
        ["hg revert --all"],
        ["git checkout src/a.py"],
        ["git checkout -- 'src/*.py'"],
        ["git commit -am wip", "git checkout main"],
        ["git commit -am wip", "git switch -"],
        ["git diff > /tmp/p && git apply -R /tmp/p"],
        ["patch -R -p1 < /tmp/p"],
        ["jj abandon"],
        ["rm src/*.py"],
    ],
)
def test_a_check_that_passes_without_the_work_shows_nothing_of_it(away: list[str]) -> None:
    steps = [EDIT, RED, *(Done(f"Bash: {line}", line, edits="git" in line, status=0) for line in away), GREEN]
    assert nothing_left(steps)
    assert judge(steps) is None
    assert "thrown away" in doubt(steps)
    assert judge([*steps, EDIT, GREEN]) == ("success", "check: pytest -q, exit 0")


@pytest.mark.parametrize(
    "line",
    [
        "git stash && git stash pop",
        "git checkout -- package-lock.json",
        "git restore --staged src/a.py",
        "git commit -am wip && git stash",
        "git commit -am wip && git checkout package-lock.json",
        "git checkout main",
        "git checkout -- a.pyi",
        "git checkout -- c/a.py",
        "git commit -am wip && git checkout main && git merge wip",
        "git checkout -b cart && git commit -am wip",
        "git apply /tmp/p",
        "git stash list",
        "rm /tmp/log",
        "git clean -n",
        "mv src/b.py src/a.py",
        "rm -rf dist/*",
        "rm -f *.pyc",
        "git rm -r --cached .",
        "sed s/a/b/ src/a.py > /tmp/a.py && mv /tmp/a.py src/a.py",
        "mv src/a.py.new src/a.py",
    ],
)
def test_these_leave_the_work_where_it_is(line: str) -> None:
    assert not nothing_left([EDIT, Done(f"Bash: {line}", line, status=0)])
    assert not nothing_left([EDIT, Done("Bash: git stash", "git stash", status=1)])


def test_who_goes_back_to_the_main_branch_after_a_check_throws_nothing_away() -> None:
    kept = [ran("git checkout -b fix && git commit -am x && git push -u origin fix"), ran("gh pr create --fill")]
    back = ran("git checkout main")
    assert judge([EDIT, GREEN, *kept, back]) == ("success", "check: pytest -q, exit 0")
    assert judge([EDIT, *kept, GREEN, back]) == ("success", "check: pytest -q, exit 0")
    assert judge([EDIT, *kept, back, GREEN]) is None


def test_undoing_what_others_did_is_work_and_so_is_what_was_asked_for() -> None:
    revert = Done("Bash: git revert 4e1", "git revert 4e1", edits=True, status=0)
    assert judge([revert, GREEN], task="Revert the last commit") is not None
    assert (
        judge([EDIT, Done("Bash: git stash", "git stash", edits=True, status=0), GREEN], task="Stash my changes")
        is not None
    )


@pytest.mark.parametrize(
    "away",
    [
        edit("tests/test_a.py", "skips"),
        ran("rm tests/test_a.py"),
        ran("git rm -r tests/a"),
        ran("mv tests/test_a.py /tmp"),
        ran("find tests -name 'test_a*' -delete"),
        ran("python -c \"import os; os.remove('tests/test_a.py')\""),
        ran("pytest --snapshot-update"),
    ],
)
def test_a_red_check_counts_until_one_passes_with_its_tests_in_place(away: Done) -> None:
    assert judge([EDIT, RED, away, GREEN]) is None
    assert judge([EDIT, RED, away, edit("src/b.py"), GREEN], task="Fix the failing test") is None
    assert judge([EDIT, RED, away, GREEN], Said(praise="thanks")) == ("success", "user: thanks")
    assert judge([EDIT, RED, away, GREEN], task="Skip or remove the old tests, and update the snapshots") is not None
    # A test that goes before anything was red is as it may be.
    assert judge([EDIT, away, GREEN]) is not None


@pytest.mark.parametrize(
    "line",
    [
        "rm -rf tests/__pycache__ .pytest_cache",
        "rm -f test.db test-results.xml",
        "rm -rf /tmp/test-output",
        "git mv tests/test_a.py tests/test_b.py",
        "mv tests/test_a.py tests/unit/test_a.py",
    ],
)
def test_what_tests_leave_behind_is_none_and_a_new_name_takes_none_away(line: str) -> None:
    assert judge([EDIT, RED, EDIT, ran(line), GREEN]) is not None


@pytest.mark.parametrize(
    "line",
    ["mv tests/test_a.py tests/old_test_a.py", "mv tests/test_a.py /tmp/test_a.py", "git mv test_a.py test_a.py.bak"],
)
def test_a_name_by_which_no_runner_knows_a_test_takes_it_away(line: str) -> None:
    assert judge([EDIT, RED, EDIT, ran(line), GREEN]) is None


@pytest.mark.parametrize(
    "back",
    [
        edit("tests/test_a.py", "unmasks"),
        Done("Bash: x", "git checkout -- tests", edits=True, status=0),
        Done("Bash: x", "git checkout tests/test_a.py", status=0),
    ],
)
def test_a_test_that_is_put_back_counts_again(back: Done) -> None:
    assert judge([EDIT, RED, edit("tests/test_a.py", "skips"), GREEN, back, EDIT, GREEN]) is not None


def test_a_red_check_before_the_last_change_is_made_up_for_by_one_that_covers_it() -> None:
    part = ran("pytest tests/test_a.py")
    assert judge([EDIT, RED, EDIT, part]) is None
    assert judge([EDIT, part, EDIT, GREEN]) is not None
    assert judge([EDIT, ran("pytest tests/test_a.py", 1), EDIT, GREEN]) is not None
    named = ran("pytest -q", 1, "FAILED tests/test_a.py::test_x\n1 failed, 9 passed")
    assert judge([edit("src/test_a.py"), edit("src/a.py"), named, EDIT, part], task="Change test_a") is not None


def test_of_a_program_that_nobody_knows_any_option_more_may_leave_something_out() -> None:
    red, green = "Passing tests 20\nFailing tests 2", "Passing tests 22\nFailing tests 0"
    assert judge([EDIT, ran("./smoke -s a", 0, red), EDIT, ran("./smoke -s a -v", 0, green)]) is not None
    assert judge([EDIT, ran("./smoke -s a", 0, red), EDIT, ran("./smoke -s a -gtest=b", 0, green)]) is None


def test_a_checker_that_was_only_silenced_is_not_mended() -> None:
    red, green = ran("mypy src", 1), ran("mypy src")
    assert judge([red, edit("src/a.py", "silences"), green], task="Make mypy pass") is None
    assert judge([red, edit("src/a.py", "silences"), EDIT, green], task="Make mypy pass") is not None


@pytest.mark.parametrize(
    "part",
    [
        "sed ",
        "sed -i /d ",
        "git restore --staged ",
        "git apply -R ",
        "find -delete ",
        "xargs -a ",
        "rm tests ",
        "jest -",
        "mv a ",
    ],
)
def test_no_line_is_read_more_than_a_few_times(part: str) -> None:
    line = part * (200_000 // len(part))
    action = action_of("Bash", {"command": f"{part}{line}"})
    assert action is not None
    long = Done(action.text, action.command, action.edits, status=0, masks=action.masks)
    assert judge([EDIT, RED, long, *[RED, GREEN] * 190]) in (None, ("success", "check: pytest -q, exit 0"))


@pytest.mark.parametrize("line", ["git commit --no-verify -m x", "git commit -nm x -a ", "HUSKY=0 git commit -m x"])
def test_a_commit_without_its_checks_is_no_success(line: str) -> None:
    assert judge([ran("git commit -m x", 1), ran(line)], task="commit this") is None
    assert judge([ran("git commit -m x")], task="commit this") is not None
