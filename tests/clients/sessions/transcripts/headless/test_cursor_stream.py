"""What `cursor-agent -p --output-format stream-json` prints."""

import json
from pathlib import Path
from typing import Any

import pytest
from session_logs import actions, tasks

pytestmark = pytest.mark.usefixtures("home")


def ran(name: str, command: str, state: str, **result: Any) -> list[dict[str, Any]]:
    call = {"args": {"command": command}}
    ended = {**call, "result": {state: {"command": command, **result}}}
    return [
        {
            "type": "tool_call",
            "subtype": "started",
            "call_id": name,
            "tool_call": {"shellToolCall": call},
            "session_id": "s1",
        },
        {
            "type": "tool_call",
            "subtype": "completed",
            "call_id": name,
            "tool_call": {"shellToolCall": ended},
            "session_id": "s1",
        },
    ]


INIT = {"type": "system", "subtype": "init", "cwd": "/w/shop", "session_id": "s1", "model": "Auto"}
ASKED = {
    "type": "user",
    "message": {"role": "user", "content": [{"type": "text", "text": "Run the tests"}]},
    "session_id": "s1",
}


class TestCursorStream:
    @pytest.mark.parametrize(("state", "status", "outcome"), [("success", 0, "success"), ("failure", 1, "failure")])
    def test_an_exit_status_is_the_outcome(self, home: Path, state: str, status: int, outcome: str) -> None:
        read = {"type": "tool_call", "subtype": "completed", "call_id": "r", "session_id": "s1",
                "tool_call": {"readToolCall": {"args": {"path": "a.py"}, "result": {"success": {"content": "x"}}}}}  # fmt: skip
        result = {"type": "result", "subtype": "success", "is_error": False, "result": "Done", "session_id": "s1"}
        records = [INIT, ASKED, read, *ran("a", "pytest -q", state, exitCode=status, stdout="x"), result]
        (home / "log.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
        (entry,) = tasks(home / "log.jsonl")
        assert (entry.task, entry.outcome, entry.evidence) == (
            "Run the tests",
            outcome,
            f"check: pytest -q, exit {status}",
        )
        assert actions(entry) == ["Read: a.py", "Bash: pytest -q"]
        assert (entry.provenance.client, entry.folder) == ("cursor", "/w/shop")
