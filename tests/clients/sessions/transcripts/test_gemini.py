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
