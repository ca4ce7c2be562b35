"""Sessions of Claude Code."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paths import SESSION_LOGS
from session_logs import actions, tasks

Document = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.usefixtures("home")


class TestClaudeCode:
    def test_requests_begin_tasks_and_what_hosts_put_in_does_not(self) -> None:
        found = tasks(SESSION_LOGS / "claude_code.jsonl")
        assert [entry.task for entry in found] == [
            "The price test fails since Friday, find out why and fix it",
            "Rename the module price to pricing everywhere",
        ]

    def test_todo_lists_and_inline_subagents_are_no_steps_and_consent_is_no_task(self) -> None:
        first = tasks(SESSION_LOGS / "claude_code.jsonl")[0]
        assert actions(first) == [
            "Bash: pytest -q tests/test_price.py", "Read: src/price.py", "Edit: src/price.py",
            "Bash: pytest -q tests/test_price.py",
        ]  # fmt: skip
        assert isinstance(first.steps, list)
        assert first.steps[1]["thought"] == "The rounding is wrong."

    def test_a_question_without_a_tool_call_is_skipped_with_the_reason(self, document: Document) -> None:
        done = document("import", str(SESSION_LOGS / "claude_code.jsonl"))
        assert done["reasons"] == {"no tool call: a talk, not a task": 1}
        assert done["records_skipped"][0]["place"] == "line 23"

    def test_a_message_of_several_lines_is_paid_for_once(self) -> None:
        assert [entry.tokens for entry in tasks(SESSION_LOGS / "claude_code.jsonl")] == [90, 30]

    def test_a_subagents_own_file_is_a_session(self, home: Path) -> None:
        records = [json.loads(line) for line in (SESSION_LOGS / "claude_code.jsonl").read_text().splitlines()]
        own = [{**record, "isSidechain": True} for record in records if not record.get("isSidechain")]
        (home / "agent-1.jsonl").write_text("".join(json.dumps(record) + "\n" for record in own))
        assert len(tasks(home / "agent-1.jsonl")) == 2
