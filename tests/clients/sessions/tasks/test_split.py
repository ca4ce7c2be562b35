"""The split of a session into tasks."""

from collections.abc import Callable
from typing import Any

import pytest

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Event, Said, Stopped
from memp_clients.sessions.tasks.split import MAX_STEPS, shortened, split

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
            Asked("Fix it", "1"), call("a"), Asked("yes", "2"), call("b"), Asked("no, still broken", "3"), call("c"),
            Asked("thanks!", "4"), Asked("Ship it to the store", "5"), call("d"), call("e"),
        )  # fmt: skip
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
            Asked("Do the work", "1"), Called("a", "x", {}), Called("b", "y", {}), Called("c", "z", {}),
            Answered("c", "three"), Answered("nobody", "lost"), Answered("a", "one"),
        )  # fmt: skip
        assert isinstance(found, Entry)
        assert found.steps == [
            {"action": "x()", "observation": "one"}, {"action": "y()"}, {"action": "z()", "observation": "three"}
        ]  # fmt: skip

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
