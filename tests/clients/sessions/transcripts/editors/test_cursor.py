"""Agent transcripts of Cursor, in both versions."""

import json
from pathlib import Path
from typing import Any

import pytest
from session_logs import actions, tasks

from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

pytestmark = pytest.mark.usefixtures("home")


def said(role: str, *parts: dict[str, Any] | str) -> dict[str, Any]:
    content = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
    return {"role": role, "message": {"content": content}}


def call(tool: str, **fields: Any) -> dict[str, Any]:
    return {"type": "tool_use", "name": tool, "input": fields}


def written(home: Path, *records: dict[str, Any]) -> str:
    (home / "log.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(home / "log.jsonl")


RUN = [
    said("user", "<timestamp>Monday</timestamp>\n<user_query>\nFix the rounding\n</user_query>"),
    said("assistant", "I look.", call("Read", path="/w/shop/a.py")),
    said("assistant", call("StrReplace", path="/w/shop/a.py", old_string="a", new_string="b")),
    said("assistant", call("Shell", command="pytest -q", description="Run the tests")),
    {"type": "turn_ended", "status": "success"},
]


class TestLines:
    def test_calls_are_steps_and_a_check_without_its_result_decides_nothing(self, home: Path) -> None:
        (entry,) = tasks(written(home, *RUN))
        assert entry.task == "Fix the rounding"
        assert actions(entry) == ["Read: /w/shop/a.py", "Edit: /w/shop/a.py", "Bash: pytest -q"]
        assert (entry.outcome, entry.provenance.client) == (None, "cursor")
        assert "not known" in entry.doubt

    def test_what_the_user_says_next_is_the_outcome(self, home: Path) -> None:
        thanks = said("user", "<user_query>\nPerfect, thanks!\n</user_query>")
        assert [entry.outcome for entry in tasks(written(home, *RUN, thanks))] == ["success"]

    def test_lists_of_messages_of_other_programs_are_none(self, home: Path) -> None:
        (home / "log.json").write_text(
            json.dumps([{"role": "user", "content": "Add"}, {"role": "assistant", "content": "3"}])
        )
        (entry,) = tasks(home / "log.json")
        assert entry.provenance.client is None


OLDER = """user:
<user_query>
Fix the rounding
</user_query>

assistant:
[Thinking] Where is it?
I look first.
[Tool call] Read
  path: /w/shop/a.py

[Tool result] Read

assistant:
[Tool call] Shell
  command: pytest -q
    tests/test_a.py
  description: Run the tests

[Tool result] Shell
1 failed

user:
<user_query>
Still broken, the rounding fails
</user_query>
"""


class TestText:
    def test_an_older_transcript_is_read_from_its_lines(self, home: Path) -> None:
        (home / "a.txt").write_text(OLDER)
        (entry,) = tasks(home / "a.txt")
        assert entry.task == "Fix the rounding"
        assert actions(entry)[0] == "Read: /w/shop/a.py"
        assert actions(entry)[1].startswith("Bash: pytest -q")
        assert (entry.outcome, entry.evidence) == ("failure", "user: Still broken, the rounding fails")

    def test_another_text_is_no_transcript(self, home: Path) -> None:
        (home / "a.txt").write_text("user:\nhello\nassistant:\nhi\n")
        assert all(isinstance(one, Fault) for one in read(str(home / "a.txt")))
