"""Sessions of Copilot CLI: events.jsonl."""

import json
from pathlib import Path
from typing import Any

import pytest
from session_logs import actions, tasks

pytestmark = pytest.mark.usefixtures("home")


class Log:
    """Writes events with ids and times as the client does."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.add("session.start", sessionId="s1", context={"cwd": "/w/shop"}, selectedModel="gpt-5")

    def add(self, kind: str, *, agent: str | None = None, **data: Any) -> str:
        name = f"e{len(self.events)}"
        event = {
            "type": kind,
            "data": data,
            "id": name,
            "timestamp": f"2026-05-01T10:00:{len(self.events):02}Z",
            "parentId": None,
        }
        self.events.append({**event, "agentId": agent} if agent else event)
        return name

    def asked(self, words: str, **data: Any) -> str:
        return self.add("user.message", content=words, transformedContent=f"<now>x</now>{words}", **data)

    def ran(self, call: str, command: str, output: str, *, success: bool = True, **more: Any) -> None:
        self.add("tool.execution_start", toolCallId=call, toolName="bash", arguments={"command": command}, **more)
        self.add("tool.execution_complete", toolCallId=call, success=success, result={"content": output}, **more)

    def written(self, home: Path) -> Path:
        (home / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in self.events))
        return home / "events.jsonl"


@pytest.fixture
def log() -> Log:
    return Log()


class TestCopilot:
    def test_an_exit_status_in_the_output_is_the_outcome(self, home: Path, log: Log) -> None:
        log.asked("Fix the rounding")
        log.add("assistant.message", content="I look.", outputTokens=7, toolRequests=[])
        log.ran("a", "sed -i s/a/b/ /w/shop/a.py", "<exited with exit code 0>")
        log.ran("b", "pytest -q", "1 failed\n<exited with exit code 1>")
        (entry,) = tasks(log.written(home))
        assert (entry.task, entry.outcome, entry.evidence) == (
            "Fix the rounding",
            "failure",
            "check: pytest -q, exit 1",
        )
        assert actions(entry) == ["Bash: sed -i s/a/b/ a.py", "Bash: pytest -q"]
        assert (entry.provenance.client, entry.folder, entry.tokens) == ("copilot-cli", "/w/shop", 7)

    def test_subagents_and_notes_are_no_steps(self, home: Path, log: Log) -> None:
        log.asked("Fix the rounding")
        log.add("tool.execution_start", toolCallId="n", toolName="report_intent", arguments={"intent": "Fixing"})
        log.add("tool.execution_complete", toolCallId="n", success=True, result={"content": "Intent logged"})
        log.ran("x", "ls", "a", parentToolCallId="task1")
        log.add("user.message", agent="explore", content="Look around")
        log.ran("a", "ls", "a")
        log.ran("b", "make test", "ok\n<exited with exit code 0>")
        (entry,) = tasks(log.written(home))
        assert actions(entry) == ["Bash: ls", "Bash: make test"]

    def test_a_rewind_takes_back_a_message_with_all_that_came_of_it(self, home: Path, log: Log) -> None:
        log.asked("Rename it")
        log.ran("a", "ls", "a")
        log.ran("b", "make test", "<exited with exit code 0>")
        back = log.asked("Delete everything")
        log.ran("c", "rm a", "")
        log.ran("d", "rm b", "")
        log.add("session.snapshot_rewind", upToEventId=back, eventsRemoved=5)
        assert [entry.task for entry in tasks(log.written(home))] == ["Rename it"]

    def test_what_the_client_writes_under_the_users_name_is_no_task(self, home: Path, log: Log) -> None:
        log.asked("Rename it")
        log.ran("a", "ls", "a")
        log.asked("Continue with the objective", isAutopilotContinuation=True)
        log.asked("Run the skill", source="skill-deploy")
        log.ran("b", "make test", "<exited with exit code 0>")
        (entry,) = tasks(log.written(home))
        assert (entry.task, len(actions(entry))) == ("Rename it", 2)

    def test_an_abort_at_the_end_is_a_failure(self, home: Path, log: Log) -> None:
        log.asked("Rename it")
        log.ran("a", "ls", "a")
        log.ran("b", "ls b", "b")
        log.add("abort", reason="user_initiated")
        assert [entry.evidence for entry in tasks(log.written(home))] == ["user: stopped the agent"]

    def test_a_log_that_is_resumed_or_written_twice_is_read_once(self, home: Path, log: Log) -> None:
        log.asked("Rename it")
        log.ran("a", "ls", "a")
        log.ran("b", "make test", "<exited with exit code 0>")
        log.events += log.events
        assert [len(actions(entry)) for entry in tasks(log.written(home))] == [2]
