"""The split of a session into tasks."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Event, Said, Stopped, TakenBack
from memp_clients.sessions.tasks.split import MAX_HELD, MAX_STEPS, shortened, split

SECRET = "sk-ant-api03-" + "Zq8" * 12

Document = Callable[..., dict[str, Any]]


pytestmark = pytest.mark.usefixtures("home")


def call(name: str, command: str = "ls", status: int | None = 0, seen: str = "") -> list[Event]:
    return [Called(name, "Bash", {"command": command}), Answered(name, seen, status=status)]


def tasks(*events: Event | Fault | list[Event]) -> list[Entry | Fault]:
    flat = [one for event in events for one in (event if isinstance(event, list) else [event])]
    return list(split(flat))


class TestSplit:
    def test_consent_and_complaints_belong_to_the_task_and_praise_ends_it(self) -> None:
        found = tasks(
            Asked("Fix it", "1"),
            call("a"),
            Asked("yes", "2"),
            call("b"),
            Asked("no, still broken", "3"),
            call("c"),
            Asked("thanks!", "4"),
            Asked("Ship it to the store", "5"),
            call("d"),
            call("e"),
        )
        first, second = found
        assert isinstance(first, Entry) and isinstance(second, Entry)
        assert (first.outcome, first.evidence) == ("success", "user: thanks!")
        assert isinstance(first.steps, list)
        assert [step.get("observation") for step in first.steps] == [None, "User: no, still broken", None]
        assert (second.task, second.outcome) == ("Ship it to the store", None)

    def test_a_task_that_ends_in_a_complaint_failed(self) -> None:
        (found,) = tasks(Asked("Fix it", "1"), call("a", "pytest"), call("b", "pytest"), Asked("That's wrong", "2"))
        assert isinstance(found, Entry)
        assert (found.outcome, found.evidence) == ("failure", "user: That's wrong")

    def test_work_after_an_interrupt_takes_it_back(self) -> None:
        (found,) = tasks(Asked("Do the work", "1"), call("a"), Stopped(), Asked("continue", "2"), call("b"))
        assert isinstance(found, Entry)
        assert found.outcome is None

    @pytest.mark.parametrize(
        ("calls", "reason"),
        [(0, "no tool call"), (1, "fewer than 2 steps"), (MAX_STEPS + 1, f"over {MAX_STEPS} steps")],
    )
    def test_what_is_no_task_is_named(self, calls: int, reason: str) -> None:
        (found,) = tasks(Asked("Do the work", "line 3"), *(call(f"c{number}") for number in range(calls)))
        assert isinstance(found, Fault)
        assert found.place == "line 3"
        assert reason in found.reason

    def test_answers_find_their_calls_in_any_order_and_lost_ones_do_no_harm(self) -> None:
        (found,) = tasks(
            Asked("Do the work", "1"),
            Called("a", "x", {}),
            Called("b", "y", {}),
            Called("c", "z", {}),
            Answered("c", "three"),
            Answered("nobody", "lost"),
            Answered("a", "one"),
        )
        assert isinstance(found, Entry)
        assert found.steps == [
            {"action": "x()", "observation": "one"},
            {"action": "y()"},
            {"action": "z()", "observation": "three"},
        ]

    def test_another_session_ends_the_task(self) -> None:
        found = tasks(
            About("s1"), Asked("Do the work", "1"), call("a"), call("b"), About("s2"), call("c"), Said("lost")
        )
        assert len(found) == 1
        assert isinstance(found[0], Entry)
        assert len(str(found[0].steps).split("'action'")) == 3

    def test_faults_go_through_in_their_place(self) -> None:
        found = tasks(Asked("Do the work", "1"), call("a"), Fault("line 9", "not JSON"), call("b"))
        assert [type(one) for one in found] == [Fault, Entry]

    def test_a_secret_is_out_before_a_long_text_is_cut(self) -> None:
        text = "x " * 660 + SECRET + " y" * 2000
        for most in range(1310, 1400):
            assert "Zq8" not in shortened(text, most)


def edit(name: str) -> list[Event]:
    return [Called(name, "Edit", {"file_path": f"src/{name}.py"}), Answered(name, "updated")]


def entries(*events: Event | Fault | list[Event]) -> list[Entry]:
    return [entry for entry in tasks(*events) if isinstance(entry, Entry)]


def outcomes(*events: Event | Fault | list[Event]) -> list[tuple[object, object, str]]:
    return [(entry.task, entry.outcome, entry.evidence) for entry in entries(*events)]


class TestBackground:
    STARTED = "Command running in background with ID: b1"

    def started(self, command: str = "make test") -> list[Event]:
        return [*edit("a"), Called("c", "Bash", {"command": command}), Answered("c", self.STARTED)]

    def test_polls_are_the_rest_of_the_step_that_they_wait_for(self) -> None:
        (entry,) = entries(
            Asked("Split the page", "1"),
            call("t", "npm test"),
            self.started("npm run build"),
            Called("p", "BashOutput", {"bash_id": "b1"}),
            Answered("p", "<status>running</status>"),
            Called("q", "BashOutput", {"bash_id": "b1"}),
            Answered("q", "<status>failed</status>\n<exit_code>1</exit_code>\n<stdout>\nType error\n</stdout>"),
            call("g", "git status"),
        )
        assert (entry.outcome, entry.evidence) == ("failure", "check: npm run build, exit 1")
        steps = entry.steps
        assert isinstance(steps, list)
        assert [step["action"] for step in steps] == [
            "Bash: npm test",
            "Edit: src/a.py",
            "Bash: npm run build",
            "Bash: git status",
        ]
        assert steps[2]["observation"] == "Type error\nExit code 1"

    def test_an_end_that_nobody_saw_decides_nothing_and_lets_nothing_older_decide(self) -> None:
        ((_, outcome, _),) = outcomes(
            Asked("Fix the page", "1"), edit("z"), call("t", "npm test"), call("x"), self.started()[2:]
        )
        assert outcome is None
        killed = [Called("k", "KillShell", {"shell_id": "b1"}), Answered("k", "Successfully killed shell: b1")]
        ((_, outcome, _),) = outcomes(Asked("Fix the page", "1"), self.started(), killed)
        assert outcome is None

    def test_a_notice_is_the_end_also_in_a_later_task(self) -> None:
        notice = "<task-notification>\n<task-id>b1</task-id>\n<status>{}</status>\n<summary>{}</summary>\n</task-notification>"
        done = Asked(notice.format("completed", 'Background command "x" completed (exit code 0)'), "3")
        assert outcomes(Asked("Fix the page", "1"), self.started(), done)[0][1:] == (
            "success",
            "check: make test, exit 0",
        )
        failed = Asked(notice.format("failed", "failed with exit code 2"), "4")
        both = outcomes(
            Asked("Fix the page", "1"), self.started(), Asked("Write the docs", "2"), call("d"), call("e"), failed
        )
        assert both[0][1:] == ("failure", "check: make test, exit 2")
        assert both[1][1] is None

    def test_what_is_typed_into_a_command_is_a_step_and_may_end_it(self) -> None:
        typed = [Called("y", "write_stdin", {"session_id": 7, "chars": "y\n"}), Answered("y", "1 failed", True, 1)]
        (entry,) = entries(
            Asked("Fix the page", "1"),
            edit("a"),
            Called("c", "exec_command", {"cmd": "make test"}),
            Answered("c", "", running="7"),
            typed,
        )
        assert entry.evidence == "check: make test, exit 1"
        assert isinstance(entry.steps, list)
        assert len(entry.steps) == 3


class TestTakenBack:
    def test_what_was_taken_back_is_no_history(self) -> None:
        events = [
            Asked("Rename it", "1"),
            edit("a"),
            call("b", "pytest"),
            Asked("now delete the tests", "2"),
            call("c", "rm -rf tests"),
            call("d", "pytest", 1),
        ]
        rows = [("Rename it", "success", "check: pytest, exit 0")]
        assert outcomes(*events, TakenBack(turns=1)) == rows
        assert outcomes(*events, TakenBack("2")) == rows
        assert outcomes(*events, TakenBack(turns=2)) == []
        assert outcomes(*events, TakenBack("nowhere")) == outcomes(*events)
        assert outcomes(*events, TakenBack(turns=9)) == []

    def test_a_message_within_a_task_is_taken_back_with_what_came_of_it(self) -> None:
        (entry,) = entries(
            Asked("Fix it", "1"),
            edit("a"),
            call("b", "pytest"),
            Asked("that's wrong", "2"),
            call("c", "rm a"),
            TakenBack("2"),
        )
        assert (entry.outcome, entry.evidence) == ("success", "check: pytest, exit 0")
        assert isinstance(entry.steps, list)
        assert len(entry.steps) == 2
        assert "User:" not in str(entry.steps)

    def test_the_task_before_goes_on_and_may_be_praised(self) -> None:
        rows = outcomes(
            Asked("Fix the page", "1"),
            edit("a"),
            edit("b"),
            Asked("the page is broken: TypeError: x", "2"),
            call("c"),
            TakenBack("2"),
            Asked("thanks!", "3"),
        )
        assert rows == [("Fix the page", "success", "user: thanks!")]


class TestGoingOn:
    def test_a_report_makes_the_run_before_a_failure_and_goes_on_with_its_request(self) -> None:
        first, second = entries(
            Asked("Make the deposit button fund the treasury", "1"),
            edit("deposit"),
            call("b", "npm run build"),
            Asked("deposit throws: TypeError: treasury is undefined", "2"),
            edit("deposit"),
            edit("treasury"),
            call("e", "npm test"),
        )
        assert (first.outcome, first.evidence) == ("failure", "user: deposit throws: TypeError: treasury is undefined")
        assert str(second.task).startswith(
            "Make the deposit button fund the treasury\n\nReported after it: deposit throws"
        )
        assert second.outcome == "success"

    def test_a_report_with_nothing_after_it_is_no_task(self) -> None:
        rows = tasks(
            Asked("Fix the page", "1"), edit("a"), edit("page"), Asked("the page throws TypeError: x is undefined", "2")
        )
        assert [type(row) for row in rows] == [Entry]

    @pytest.mark.parametrize(
        ("message", "outcome"),
        [
            ("nevermind the cart, add a footer instead", None),
            ("drop it from the list of exports", None),
            ("lass mal die Tests laufen", None),
            ("Now the footer", "success"),
            ("I do it manually every week; add a cron job for the backup", "success"),
            ("great, now the same for the checkout page", "success"),
            ("egal welche Farbe, nimm blau für den Rand", None),
        ],
    )
    def test_a_request_is_a_task_of_its_own_however_it_begins(self, message: str, outcome: str | None) -> None:
        rows = outcomes(
            Asked("Fix the cart", "1"),
            edit("a"),
            call("b", "pytest"),
            Asked(message, "2"),
            edit("c"),
            call("d", "pytest"),
        )
        assert [row[1] for row in rows] == [outcome, "success"]
        assert rows[0][0] == "Fix the cart" and message.endswith(rows[1][0])  # Praise is no part of what is asked.

    def test_work_that_is_what_the_person_did_not_want_is_no_success(self) -> None:
        rows = outcomes(
            Asked("Fix the cart", "1"),
            edit("a"),
            call("b", "pytest"),
            Asked("That is exactly what I did not want", "2"),
        )
        assert [row[:2] for row in rows] == [("Fix the cart", "failure")]

    def test_messages_that_go_on_join_their_task(self) -> None:
        (entry,) = entries(
            Asked("升级依赖", "1"),
            call("a", "npm i", 1),
            Asked("重试", "2"),
            call("b", "npm i"),
            Asked("还是不行", "3"),
            call("c", "npm test"),
        )
        assert (entry.task, entry.outcome) == ("升级依赖", "success")

    def test_a_message_that_was_written_twice_counts_once(self) -> None:
        (entry,) = entries(Asked("Fix it", "1"), Asked("Fix it", "2"), edit("a"), call("b", "pytest"))
        assert (entry.task, entry.outcome) == ("Fix it", "success")


class TestStatus:
    def test_the_exit_status_stays_with_its_step_where_the_words_say_something_else(self) -> None:
        (entry,) = entries(
            Asked("Fix the page", "1"),
            call("a", "./report.sh", 0, "Error: 3 rows were skipped"),
            call("b", "./load.sh", 3, "rows: 4"),
            call("c", "make it", 0, "fine"),
            call("d", "rg 'error|fail' src", 1, ""),
        )
        assert isinstance(entry.steps, list)
        assert [step.get("observation") for step in entry.steps] == [
            "Error: 3 rows were skipped\nExit code 0",
            "rows: 4\nExit code 3",
            "fine",
            None,
        ]


class TestBounds:
    def test_no_more_than_the_newest_tasks_are_held(self) -> None:
        read = 0

        def stream() -> Iterator[Event]:
            nonlocal read
            for number in range(10 * MAX_HELD):
                read += 1
                yield Asked(f"Do the work of day {number} in module m{number}", str(number))
                yield from call(f"a{number}")
                yield from call(f"b{number}")

        for given, entry in enumerate(split(stream())):
            assert isinstance(entry, Entry)
            assert read - given <= MAX_HELD + 1


def test_no_step_or_task_names_a_home_and_paths_begin_at_the_working_folder() -> None:
    [task] = tasks(
        About(folder="/Users/jane/shop"),
        Asked("Fix /Users/jane/shop/a.py as in /home/x/b.py", "1"),
        Said("Looking into /Users/jane/.zshrc"),
        call("a", "cat /Users/jane/shop/a.py /Users/jane/.zshrc", seen="/Users/jane/shop/a.py: 3 lines"),
        call("b", "pytest -q", seen="1 passed"),
    )
    assert isinstance(task, Entry) and isinstance(task.steps, list)
    assert task.task == "Fix a.py as in ~/b.py"
    assert task.steps[0] == {
        "action": "Bash: cat a.py ~/.zshrc", "thought": "Looking into ~/.zshrc", "observation": "a.py: 3 lines",
    }  # fmt: skip
