"""What `codex exec --json` prints."""

import json
from pathlib import Path
from typing import Any

import pytest
from session_logs import actions

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

pytestmark = pytest.mark.usefixtures("home")

START = [{"type": "thread.started", "thread_id": "t1"}, {"type": "turn.started"}]
END = {"type": "turn.completed", "usage": {"input_tokens": 10, "cached_input_tokens": 4, "output_tokens": 3}}


def item(number: int, kind: str, state: str = "completed", **fields: Any) -> dict[str, Any]:
    return {"type": f"item.{state}", "item": {"id": f"item_{number}", "type": kind, **fields}}


def ran(number: int, command: str, output: str, code: int = 0) -> dict[str, Any]:
    status = "failed" if code else "completed"
    return item(number, "command_execution", command=command, aggregated_output=output, exit_code=code, status=status)


def imported(home: Path, *records: dict[str, Any], task: str = "Fix it") -> list[Entry | Fault]:
    (home / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    return list(read(str(home / "log.jsonl"), task=task))


class TestCodexExec:
    def test_its_items_are_steps_and_exit_statuses_outcomes(self, home: Path) -> None:
        change = item(1, "file_change", changes=[{"path": "a.py", "kind": "update"}], status="completed")
        (entry,) = imported(home, *START, change, ran(2, "bash -lc 'pytest -q'", "4 passed"), END)
        assert isinstance(entry, Entry)
        assert actions(entry) == ["Edit: a.py", "Bash: pytest -q"]
        assert (entry.outcome, entry.evidence, entry.tokens) == ("success", "check: pytest -q, exit 0", 9)

    def test_without_the_task_the_reason_names_the_option(self, home: Path) -> None:
        (fault,) = imported(home, *START, ran(1, "ls", ""), ran(2, "ls", ""), END, task="")
        assert isinstance(fault, Fault)
        assert "--task" in fault.reason

    def test_a_turn_that_failed_is_a_failure(self, home: Path) -> None:
        failed = {"type": "turn.failed", "error": {"message": "stream disconnected"}}
        (entry,) = imported(home, *START, ran(1, "ls", "a"), ran(2, "pytest -q", "4 passed"), failed)
        assert isinstance(entry, Entry)
        assert (entry.outcome, entry.evidence) == ("failure", "environment: the turn failed: stream disconnected")

    def test_an_item_is_one_step_from_its_start_to_its_end(self, home: Path) -> None:
        begun = item(1, "command_execution", "started", command="pytest -q", aggregated_output="", status="in_progress")
        (entry,) = imported(home, *START, ran(0, "ls", "a"), begun, ran(1, "pytest -q", "1 failed", 1), END)
        assert isinstance(entry, Entry)
        assert (len(actions(entry)), entry.outcome) == (2, "failure")

    def test_a_check_whose_end_was_cut_off_decides_nothing(self, home: Path) -> None:
        begun = item(2, "command_execution", "started", command="pytest -q", aggregated_output="", status="in_progress")
        (entry,) = imported(home, *START, ran(0, "make test", "ok"), ran(1, "ls", "a"), begun)
        assert isinstance(entry, Entry)
        assert entry.outcome is None

    def test_calls_of_servers_searches_and_pieces_are_told_apart(self, home: Path) -> None:
        call = item(
            1, "mcp_tool_call", server="desk", tool="book", arguments={"day": "Monday"}, status="completed",
            result={"content": [{"type": "text", "text": "booked"}]},
        )  # fmt: skip
        todo = item(3, "todo_list", items=[{"text": "book", "completed": True}])
        (entry,) = imported(home, *START, call, item(2, "web_search", query="desk hours"), todo, END)
        assert isinstance(entry, Entry)
        assert actions(entry) == ['mcp__desk__book(day="Monday")', "WebSearch: desk hours"]

    def test_each_thread_of_a_file_is_a_run(self, home: Path) -> None:
        run = [ran(0, "ls", "a"), ran(1, "pytest -q", "4 passed"), END]
        other = {"type": "thread.started", "thread_id": "t2"}
        assert len(imported(home, *START, *run, other, *run)) == 2
