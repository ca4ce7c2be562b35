"""Sessions of Grok Build: chat_history.jsonl."""

import json
from pathlib import Path

import pytest
from session_logs import actions, tasks

pytestmark = pytest.mark.usefixtures("home")


class TestGrok:
    def test_its_reasoning_is_not_taken_for_another_clients(self, home: Path) -> None:
        def call(name: str, command: str) -> dict[str, object]:
            arguments = json.dumps({"command": command})
            return {
                "type": "assistant",
                "content": "",
                "tool_calls": [{"id": name, "name": "bash", "arguments": arguments}],
            }

        records = [
            {"type": "system", "content": "You are an agent."},
            {"type": "user", "content": [{"type": "text", "text": "The rules"}], "synthetic_reason": "project"},
            {"type": "user", "content": [{"type": "text", "text": "Fix the rounding"}]},
            {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "Look first."}]},
            call("a", "sed -i s/a/b/ a.py"),
            {"type": "tool_result", "tool_call_id": "a", "content": "ok"},
            call("b", "pytest -q"),
            {"type": "tool_result", "tool_call_id": "b", "content": "4 passed\nexit code: 0"},
        ]
        (home / "chat_history.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
        (entry,) = tasks(home / "chat_history.jsonl")
        assert (entry.task, entry.outcome, entry.provenance.client) == ("Fix the rounding", "success", "grok")
        assert actions(entry) == ["Bash: sed -i s/a/b/ a.py", "Bash: pytest -q"]
        assert "Look first." in str(entry.steps)
