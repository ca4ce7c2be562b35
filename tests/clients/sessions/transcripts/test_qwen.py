"""Sessions of Qwen Code."""

import json
from pathlib import Path
from typing import Any

import pytest
from session_logs import actions, tasks

pytestmark = pytest.mark.usefixtures("home")


def record(number: int, kind: str, *parts: dict[str, Any], at: int | None = None) -> dict[str, Any]:
    role = "model" if kind == "assistant" else "user"
    parent = number - 1 if at is None else at
    return {
        "uuid": f"q{number}",
        "parentUuid": f"q{parent}" if parent >= 0 else None,
        "sessionId": "s",
        "type": kind,
        "cwd": "/w/shop",
        "version": "0.2.0",
        "timestamp": f"2026-05-01T10:00:{number:02}Z",
        "message": {"role": role, "parts": list(parts)},
    }


def ran(number: int, command: str, output: str) -> list[dict[str, Any]]:
    call = {"functionCall": {"id": f"c{number}", "name": "run_shell_command", "args": {"command": command}}}
    response = {"functionResponse": {"id": f"c{number}", "name": "run_shell_command", "response": {"output": output}}}
    return [record(number, "assistant", call), record(number + 1, "tool_result", response)]


class TestQwen:
    def test_its_content_is_geminis_in_the_envelope_of_claude_code(self, home: Path) -> None:
        records = [
            record(0, "user", {"text": "Fix the rounding"}),
            *ran(1, "sed -i s/a/b/ a.py", "ok"),
            *ran(3, "pytest -q", "4 passed\nExit Code: 0"),
        ]
        (home / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
        (entry,) = tasks(home / "log.jsonl")
        assert (entry.task, entry.outcome, entry.provenance.client) == ("Fix the rounding", "success", "qwen-code")
        assert actions(entry) == ["Bash: sed -i s/a/b/ a.py", "Bash: pytest -q"]
        assert entry.folder.endswith("shop")

    def test_a_prompt_at_an_older_record_takes_the_later_ones_back(self, home: Path) -> None:
        records = [
            record(0, "user", {"text": "Delete it"}),
            *ran(1, "rm a", "ok"),
            *ran(3, "rm b", "ok"),
            {**record(5, "user", {"text": "Keep it"}), "parentUuid": None},
            *ran(6, "ls", "a"),
            *ran(8, "ls", "b"),
        ]
        (home / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
        assert [entry.task for entry in tasks(home / "log.jsonl")] == ["Keep it"]
