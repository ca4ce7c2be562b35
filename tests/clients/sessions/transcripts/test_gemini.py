"""Sessions of Gemini CLI, in both versions of its logs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paths import SESSION_LOGS
from session_logs import actions, tasks

from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

Document = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.usefixtures("home")


class TestGemini:
    def test_both_versions_give_the_same_run(self) -> None:
        old, new = tasks(SESSION_LOGS / "gemini.json")[0], tasks(SESSION_LOGS / "gemini.jsonl")[0]
        assert (old.task, old.steps, old.tokens) == (new.task, new.steps, new.tokens)

    def test_what_was_taken_back_is_left_out(self) -> None:
        assert "Bash: rm -rf build" not in str(tasks(SESSION_LOGS / "gemini.jsonl"))

    def test_the_projects_name_stands_beside_the_chats(self, home: Path) -> None:
        chats = home / "tmp" / "app" / "chats"
        chats.mkdir(parents=True)
        (chats.parent / ".project_root").write_text("/srv/my-app\n")
        (chats / "session-1.json").write_bytes((SESSION_LOGS / "gemini.json").read_bytes())
        assert tasks(chats / "session-1.json")[0].folder == "/srv/my-app"

    def test_a_log_of_prompts_says_where_the_sessions_are(self, home: Path) -> None:
        record = {"sessionId": "s", "messageId": 0, "type": "user", "message": "hi", "timestamp": "t"}
        (home / "logs.json").write_text(json.dumps([record]))
        found = list(read(str(home / "logs.json")))
        assert isinstance(found[0], Fault)
        assert "import the files in chats/" in found[0].reason

    def test_a_saved_chat_of_contents_is_read(self, home: Path) -> None:
        def calls(number: int, command: str, output: str) -> list[dict[str, Any]]:
            name = "run_shell_command"
            return [
                {"role": "model", "parts": [{"functionCall": {"id": f"{number}", "name": name, "args": {"command": command}}}]},
                {"role": "user", "parts": [{"functionResponse": {"id": f"{number}", "response": {"output": output}}}]},
            ]  # fmt: skip

        contents = [{"role": "user", "parts": [{"text": "Build it"}]}, *calls(1, "ls", "Makefile"),
                    *calls(2, "make", "Exit Code: 2")]  # fmt: skip
        (home / "checkpoint.json").write_text(json.dumps(contents))
        (found,) = tasks(home / "checkpoint.json")
        assert (found.task, found.outcome, actions(found)) == ("Build it", "failure", ["Bash: ls", "Bash: make"])

    def test_a_rewind_reaches_over_messages_that_were_read_already(self, home: Path) -> None:
        records: list[dict[str, Any]] = [{"sessionId": "s", "projectHash": "ab", "startTime": "2026-05-01T10:00:00Z"}]
        for number, (asked, command) in enumerate(
            [("Rename it", "make test"), ("Delete it", "rm a"), ("Delete more", "rm b")]
        ):
            calls = [
                {"id": f"c{number}{at}", "name": "run_shell_command", "args": {"command": command}, "status": "success",
                 "result": [{"functionResponse": {"response": {"output": "Output: ok"}}}]} for at in range(2)
            ]  # fmt: skip
            records += [
                {"id": f"u{number}", "timestamp": "2026-05-01T10:00:01Z", "type": "user", "content": asked},
                {
                    "id": f"g{number}",
                    "timestamp": "2026-05-01T10:00:02Z",
                    "type": "gemini",
                    "content": "",
                    "toolCalls": calls,
                },
            ]
        records.append({"$rewindTo": "u1"})
        (home / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
        assert [entry.task for entry in tasks(home / "log.jsonl")] == ["Rename it"]

    def test_a_command_in_the_background_ends_where_it_is_read(self, home: Path) -> None:
        def call(name: str, arguments: dict[str, Any], output: str) -> dict[str, Any]:
            result = [{"functionResponse": {"response": {"output": output}}}]
            return {
                "id": f"{name}{len(output)}",
                "name": name,
                "args": arguments,
                "result": result,
                "status": "success",
            }

        calls = [
            call("replace", {"file_path": "a.py"}, "modified"),
            call(
                "run_shell_command", {"command": "make test"}, "Command moved to background (PID: 41). Output hidden."
            ),
            call("read_background_output", {"pid": 41}, "Full Log Output:\n2 failed\nExit Code: 2"),
        ]
        records = [
            {"sessionId": "s", "projectHash": "ab", "startTime": "2026-05-01T10:00:00Z"},
            {"id": "u", "timestamp": "2026-05-01T10:00:01Z", "type": "user", "content": "Fix it"},
            {"id": "g", "timestamp": "2026-05-01T10:00:02Z", "type": "gemini", "content": "", "toolCalls": calls},
        ]
        (home / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
        (found,) = tasks(home / "log.jsonl")
        assert (found.evidence, len(actions(found))) == ("check: make test, exit 2", 2)
