"""Lists of messages, of OpenAI's and Anthropic's APIs, as one run each."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from session_logs import tasks
from trajectory_files import ANTHROPIC, OPENAI

from memp.errors import InputError
from memp.inputs.trajectory import parse_steps
from memp_clients.sessions.reader import parse

Document = Callable[..., dict[str, Any]]


class TestMessages:
    def test_openai_messages_become_task_thoughts_actions_and_observations(self) -> None:
        entry = parse(OPENAI)
        assert entry.task == "Fix the failing test"
        steps, _, _ = parse_steps(entry.steps)
        assert [(s.thought, s.action, s.observation) for s in steps] == [
            ("First I run it.", "Bash: pytest -q", "1 failed"),
            (None, "Read: a.py", "x = 1"),
        ]

    def test_a_bare_list_of_anthropic_messages_is_one_trajectory(self) -> None:
        entry = parse(ANTHROPIC, "failure")
        assert (entry.task, entry.outcome) == ("Fix the failing test", "failure")
        assert entry.steps == [
            {"thought": "Run it first.", "action": "Bash: pytest -q", "observation": "Error: exit 1"}
        ]

    def test_the_task_key_goes_before_the_first_user_message(self) -> None:
        entry = parse({**OPENAI, "task": "Make test_a pass"})
        assert entry.task == "Make test_a pass"
        assert isinstance(entry.steps, list)
        assert len(entry.steps) == 2

    def test_without_tools_the_words_are_the_steps(self) -> None:
        said = [("user", "Escape the maze"), ("assistant", "go north"), ("user", "A wall."), ("assistant", "go east")]
        entry = parse([{"role": role, "content": text} for role, text in said])
        assert entry.steps == [{"action": "go north", "observation": "A wall."}]

    def test_one_answer_without_tools_is_one_step(self) -> None:
        entry = parse([{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}])
        assert entry.steps == [{"action": "4"}]

    def test_arguments_that_are_no_json_are_kept_as_they_are(self) -> None:
        call = {"role": "assistant", "tool_calls": [{"function": {"name": "bash", "arguments": "ls {"}}]}
        assert parse([{"role": "user", "content": "t"}, call]).steps == [{"action": "bash(ls {)"}]

    def test_pictures_are_named_not_shown(self) -> None:
        picture = {"role": "user", "content": [{"type": "image", "source": {"data": "AAAA"}}]}
        entry = parse([{"role": "user", "content": "t"}, {"role": "assistant", "content": "look"}, picture])
        assert entry.steps == [{"action": "look", "observation": "[image]"}]

    def test_messages_that_are_no_objects_are_refused(self) -> None:
        with pytest.raises(InputError, match="'messages' is not a list of objects"):
            parse({"messages": ["hello"]})


class TestImportedMessages:
    def test_an_outcome_that_is_not_named_is_judged_from_the_tool_calls(self, home: Path, document: Document) -> None:
        chat = [
            {"role": "user", "content": "Make the tests pass"},
            {"role": "assistant", "tool_calls": [
                {"id": "1", "function": {"name": "bash", "arguments": '{"command": "pytest -q"}'}}]},
            {"role": "tool", "tool_call_id": "1", "content": "[exit code: 1]\n2 failed"},
        ]  # fmt: skip
        (home / "chat.json").write_text(json.dumps(chat))
        assert document("import", str(home / "chat.json"))["failures"] == 1

    def test_a_list_of_the_responses_api_is_read(self, home: Path) -> None:
        call = {"type": "function_call", "name": "sum", "arguments": '{"a": 1}'}
        listed = [{"role": "user", "content": "Add the numbers"}, {**call, "call_id": "1"}, {**call, "call_id": "2"},
                  {"type": "function_call_output", "call_id": "2", "output": "3"}]  # fmt: skip
        (home / "list.json").write_text(json.dumps(listed))
        (found,) = tasks(home / "list.json")
        assert found.task == "Add the numbers"
        assert found.steps == [{"action": "sum(a=1)"}, {"action": "sum(a=1)", "observation": "3"}]


class TestOthers:
    @pytest.mark.parametrize(
        "message",
        [
            {"role": "assistant", "content": [{"type": "toolRequest", "id": "1", "toolCall": {}}]},
            {"role": "assistant", "content": [{"type": "tool-call", "toolName": "bash"}]},
            {"role": "user", "content": [{"type": "tool_result", "toolUseID": "1", "run": {}}]},
            {"role": "toolResult", "content": [{"type": "text", "text": "ok"}]},
        ],
        ids=lambda message: str(message["role"]),
    )
    def test_messages_of_another_client_are_refused_by_what_gives_them_away(self, message: dict[str, Any]) -> None:
        with pytest.raises(InputError, match="another format"):
            parse({"messages": [{"role": "user", "content": "Fix it"}, message]}, "success")

    def test_calls_that_the_api_made_itself_are_none_of_these(self) -> None:
        search = {"type": "server_tool_use", "id": "1", "name": "web_search", "input": {"query": "x"}}
        call = {"type": "tool_use", "id": "2", "name": "bash", "input": {"command": "ls"}}
        messages = [{"role": "user", "content": "Fix it"}, {"role": "assistant", "content": [search, call]}]
        assert parse({"messages": messages}, "success").task == "Fix it"
