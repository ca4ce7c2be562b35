"""Trajectories of SWE-agent and mini-swe-agent."""

import json
from pathlib import Path
from typing import Any

import pytest
from session_logs import actions, tasks

pytestmark = pytest.mark.usefixtures("home")


def step(action: str, observation: str = "", opened: str = "n/a", *, as_text: bool = True) -> dict[str, Any]:
    state = {"open_file": opened, "working_dir": "/repo"}
    return {
        "action": action,
        "observation": observation,
        "thought": "",
        "state": json.dumps(state) if as_text else state,
    }


class TestOlderEditor:
    @pytest.mark.parametrize("as_text", [True, False])
    def test_an_edit_names_the_file_that_is_open(self, home: Path, as_text: bool) -> None:
        steps = [
            step("open src/a.py 12", "[File: src/a.py]", "/repo/src/a.py", as_text=as_text),
            step("edit 12:14\nprint('b.txt', 1.5)\nend_of_edit", "File updated", "/repo/src/a.py", as_text=as_text),
            step("create tests/new.py", "[File: tests/new.py]", "/repo/tests/new.py", as_text=as_text),
            step("edit 1:1\nimport a\nend_of_edit", "File updated", "/repo/tests/new.py", as_text=as_text),
            step("python -m pytest tests/new.py", "2 passed", "/repo/tests/new.py", as_text=as_text),
            step("submit", "diff", "/repo/tests/new.py", as_text=as_text),
        ]
        record = {
            "trajectory": steps,
            "history": [{"role": "user", "content": "ISSUE:\nPrint it right\nINSTRUCTIONS:\nGo"}],
            "info": {"exit_status": "submitted"},
        }
        (home / "a.traj").write_text(json.dumps(record))
        (entry,) = tasks(home / "a.traj")
        assert entry.task == "Print it right"
        assert actions(entry) == [
            "Read: src/a.py",
            "Edit: /repo/src/a.py",
            "Edit: tests/new.py",
            "Edit: /repo/tests/new.py",
            "Bash: python -m pytest tests/new.py",
        ]


def record(*messages: dict[str, Any], status: str = "Submitted") -> dict[str, Any]:
    asked = (
        "Please solve this issue: The cache never expires\n\nYou can execute bash commands and edit files.\n\n## Rules"
    )
    return {
        "info": {"exit_status": status, "mini_version": "2.4.6"},
        "trajectory_format": "mini-swe-agent-1.1",
        "messages": [{"role": "system", "content": "Go."}, {"role": "user", "content": asked}, *messages],
    }


def acted(name: str, command: str) -> dict[str, Any]:
    call = {"id": name, "type": "function", "function": {"name": "bash", "arguments": json.dumps({"command": command})}}
    return {
        "role": "assistant",
        "content": "Look.",
        "tool_calls": [call],
        "extra": {"actions": [{"command": command, "tool_call_id": name}]},
    }


def seen(name: str, output: str, status: int) -> dict[str, Any]:
    return {
        "role": "tool",
        "tool_call_id": name,
        "content": f"<output>{output}</output>",
        "extra": {"returncode": status},
    }


EXIT = {"role": "exit", "content": "", "extra": {"exit_status": "Submitted", "submission": "diff"}}


class TestMini:
    def test_the_second_version_keeps_its_actions_and_exit_statuses_beside_the_words(self, home: Path) -> None:
        done = acted("3", "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT && git diff")
        run = [
            acted("1", "sed -i s/a/b/ a.py"),
            seen("1", "", 0),
            acted("2", "pytest -q"),
            seen("2", "4 passed", 0),
            done,
            EXIT,
        ]
        (home / "a.traj.json").write_text(json.dumps(record(*run), indent=1))
        (entry,) = tasks(home / "a.traj.json")
        assert entry.task == "The cache never expires"
        assert actions(entry) == ["Bash: sed -i s/a/b/ a.py", "Bash: pytest -q"]
        assert (entry.outcome, entry.evidence) == ("success", "check: pytest -q, exit 0")

    def test_items_of_the_responses_interface_are_read(self, home: Path) -> None:
        def turn(name: str, command: str, status: int) -> list[dict[str, Any]]:
            said = {"type": "message", "content": [{"type": "output_text", "text": "Look."}]}
            call = {"type": "function_call", "call_id": name, "name": "bash", "arguments": "{}"}
            actions = [{"command": command, "tool_call_id": name}]
            return [
                {"object": "response", "output": [said, call], "extra": {"actions": actions}},
                {"type": "function_call_output", "call_id": name, "output": "x", "extra": {"returncode": status}},
            ]

        (home / "a.traj.json").write_text(json.dumps(record(*turn("1", "ls", 0), *turn("2", "pytest -q", 1), EXIT)))
        (entry,) = tasks(home / "a.traj.json")
        assert actions(entry) == ["Bash: ls", "Bash: pytest -q"]
        assert (entry.outcome, entry.evidence) == ("failure", "check: pytest -q, exit 1")

    @pytest.mark.parametrize("status", ["LimitsExceeded", "TimeExceeded", "RepeatedFormatError"])
    def test_a_run_that_hit_a_limit_failed(self, home: Path, status: str) -> None:
        run = [acted("1", "ls"), seen("1", "a", 0), acted("2", "pytest -q"), seen("2", "4 passed", 0)]
        (home / "a.traj.json").write_text(json.dumps(record(*run, status=status)))
        (entry,) = tasks(home / "a.traj.json")
        assert (entry.outcome, entry.evidence) == ("failure", f"environment: exit_status {status}")
