"""Sessions of Claude Code."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paths import SESSION_LOGS
from session_logs import actions, tasks

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

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


class Log:
    """A log as Claude Code writes it: a chain of records, unless one is hung at an older one."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.last: str | None = None

    def add(self, kind: str, at: str | None = "last", **fields: Any) -> str:
        name = f"u{len(self.records)}"
        parent = self.last if at == "last" else at
        base = {"parentUuid": parent, "isSidechain": False, "sessionId": "s1", "cwd": "/w", "uuid": name, "type": kind}
        self.records.append({**base, **fields})
        self.last = name
        return name

    def asked(self, words: str, at: str | None = "last") -> str:
        return self.add("user", at, message={"role": "user", "content": words})

    def called(self, number: int, name: str, message: str = "", **arguments: object) -> str:
        block = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": arguments}
        return self.add("assistant", message={"role": "assistant", "id": message or f"m{number}", "content": [block]})

    def answered(self, number: int, output: str, at: str | None = "last", status: int | None = 0) -> str:
        block = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": output, "is_error": bool(status)}
        extra = {"stdout": output} if status == 0 else {}
        return self.add("user", at, message={"role": "user", "content": [block]}, toolUseResult=extra)

    def ran(self, number: int, command: str, status: int = 0) -> None:
        self.called(number, "Bash", command=command)
        self.answered(number, f"Exit code {status}" if status else "ok", status=status)

    def write(self, path: Path) -> Path:
        path.write_text("".join(json.dumps(record) + "\n" for record in self.records))
        return path


class TestTree:
    def test_a_branch_that_was_left_is_no_history(self, home: Path) -> None:
        log = Log()
        log.asked("Move the prices to a table")
        log.ran(1, "git mv a b")
        log.ran(2, "pytest")
        before = log.last
        log.asked("Delete the old rows")
        log.ran(3, "rm -rf rows")
        log.ran(4, "pytest", 1)
        log.asked("Archive the old rows", before)
        log.ran(5, "tar cf rows.tar rows")
        log.ran(6, "pytest")
        found = tasks(log.write(home / "log.jsonl"))
        assert [(entry.task, entry.outcome) for entry in found] == [
            ("Move the prices to a table", "success"), ("Archive the old rows", "success"),
        ]  # fmt: skip
        assert "rm -rf" not in str([entry.steps for entry in found])

    def test_the_first_prompt_may_be_taken_back(self, home: Path) -> None:
        log = Log()
        log.asked("Delete everything")
        log.ran(1, "rm -rf a")
        log.ran(2, "rm -rf b")
        log.asked("Tidy up", None)
        log.ran(3, "ls")
        log.ran(4, "pytest")
        assert [entry.task for entry in tasks(log.write(home / "log.jsonl"))] == ["Tidy up"]

    def test_parallel_calls_fork_and_are_all_history(self, home: Path) -> None:
        log = Log()
        log.asked("Rename Basket to Cart")
        calls = [log.called(number, "Edit", "m", file_path=f"/w/{number}.java") for number in (1, 2, 3)]
        for number, call in zip((1, 2, 3), calls, strict=True):
            log.answered(number, "updated", call)
        log.last = log.records[-3]["uuid"]  # The next record hangs at the first result.
        log.ran(4, "make test")
        log.asked("Write the changelog entry")
        log.ran(5, "ls")
        log.ran(6, "git status")
        first, second = tasks(log.write(home / "log.jsonl"))
        assert actions(first) == ["Edit: 1.java", "Edit: 2.java", "Edit: 3.java", "Bash: make test"]
        assert second.task == "Write the changelog entry"

    def test_records_that_were_written_twice_are_read_once(self, home: Path) -> None:
        log = Log()
        log.asked("Rename it")
        log.ran(1, "git mv a b")
        log.ran(2, "pytest")
        log.records += log.records
        (entry,) = tasks(log.write(home / "log.jsonl"))
        assert len(actions(entry)) == 2


class TestMessages:
    def queued(self, log: Log, prompt: object, **fields: object) -> None:
        log.add(
            "attachment", attachment={"type": "queued_command", "prompt": prompt, "commandMode": "prompt", **fields}
        )

    def test_what_is_typed_while_it_works_is_a_message(self, home: Path) -> None:
        log = Log()
        log.asked("Add a discount column")
        log.ran(1, "sed -i s/a/b/ view.py")
        self.queued(log, [{"type": "text", "text": "and write the docs of the export page"}], origin={"kind": "human"})
        log.ran(2, "ls docs")
        log.ran(3, "npm run build")
        self.queued(log, "no, that's wrong, undo it")
        found = list(read(str(log.write(home / "log.jsonl"))))
        assert [one.task for one in found if isinstance(one, Entry)] == ["and write the docs of the export page"]
        assert [one.outcome for one in found if isinstance(one, Entry)] == ["failure"]

    def test_a_notice_is_no_message_of_a_person(self, home: Path) -> None:
        log = Log()
        log.asked("Add a discount column")
        log.ran(1, "sed -i s/a/b/ view.py")
        log.called(2, "Bash", command="make test", run_in_background=True)
        block = {
            "type": "tool_result",
            "tool_use_id": "toolu_2",
            "content": "Command running in background with ID: b7",
        }
        log.add(
            "user", message={"role": "user", "content": [block]}, toolUseResult={"stdout": "", "backgroundTaskId": "b7"}
        )
        notice = (
            "<task-notification>\n<task-id>b7</task-id>\n<status>completed</status>\n<summary>x (exit code 0)</summary>"
        )
        log.records.append({"type": "queue-operation", "operation": "enqueue", "sessionId": "s1", "content": notice})
        self.queued(log, f"{notice}\n</task-notification>", commandMode="task-notification")
        (entry,) = tasks(log.write(home / "log.jsonl"))
        assert (entry.outcome, entry.evidence) == ("success", "check: make test, exit 0")

    @pytest.mark.parametrize(
        ("words", "fields"),
        [
            ('<teammate-message teammate_id="lead">\nPerfect, it works now, thanks!\n</teammate-message>', {}),
            ('<channel source="telegram">Perfect, it works now, thanks!</channel>', {}),
            ("Another Claude session sent a message:\n<message>Perfect, it works now, thanks!</message>", {}),
            ("Perfect, it works now, thanks!", {"origin": {"kind": "peer"}}),
            ("Perfect, it works now, thanks!", {"origin": {"kind": "task-notification"}}),
        ],
    )
    def test_praise_of_another_agent_is_no_word_of_the_users(
        self, home: Path, words: str, fields: dict[str, Any]
    ) -> None:
        log = Log()
        log.asked("Add a discount column")
        log.ran(1, "sed -i s/a/b/ view.py")
        log.ran(2, "ls docs")
        log.add("user", message={"role": "user", "content": words}, **fields)
        (entry,) = tasks(log.write(home / "log.jsonl"))
        assert entry.outcome is None
        log.asked("Perfect, it works now, thanks!")
        (entry,) = tasks(log.write(home / "log.jsonl"))
        assert (entry.outcome, entry.evidence) == ("success", "user: Perfect, it works now, thanks!")

    def test_a_task_that_another_agent_gives_is_one(self, home: Path) -> None:
        log = Log()
        message = '<teammate-message teammate_id="lead">Add a discount column to the orders</teammate-message>'
        log.add("user", message={"role": "user", "content": message})
        log.ran(1, "sed -i s/a/b/ view.py")
        log.ran(2, "npm test")
        (entry,) = tasks(log.write(home / "log.jsonl"))
        assert (entry.task, entry.outcome) == ("Add a discount column to the orders", "success")

    def test_what_a_subagent_is_told_is_no_word_of_the_users(self, home: Path) -> None:
        log = Log()
        log.asked("Add a discount column")
        log.ran(1, "sed -i s/a/b/ view.py")
        log.ran(2, "ls docs")
        log.asked("Perfect, it works now, thanks!")
        log.records = [{**record, "isSidechain": True} for record in log.records]
        (entry,) = tasks(log.write(home / "agent-1.jsonl"))
        assert entry.outcome is None


class TestKinds:
    def test_no_line_of_a_log_is_of_an_unknown_kind(self, home: Path, document: Document) -> None:
        log = Log()
        log.asked("Rename it")
        log.ran(1, "git mv a b")
        log.ran(2, "pytest")
        first = [{"type": "mode", "mode": "normal"}, {"type": "something-new", "value": 1}]
        log.records = [*first, *log.records, {"type": "last-prompt", "lastPrompt": "x"}, {"type": "newer-still"}]
        done = document("import", str(log.write(home / "log.jsonl")))
        assert (done["added"], done["skipped"]) == (1, 0)

    def test_a_log_that_gives_nothing_says_why(self, home: Path, document: Document) -> None:
        (home / "log.jsonl").write_text(json.dumps({"type": "summary", "summary": "x", "leafUuid": "u"}) + "\n")
        done = document("import", str(home / "log.jsonl"))
        assert list(done["reasons"]) == [
            "a log of claude-code with no task in it: no message of a person's that a tool call follows"
        ]
        assert done["records_skipped"][0]["place"] == "1 records"

    def test_a_thousand_subagents_and_an_image_do_no_harm(self, home: Path) -> None:
        log = Log()
        image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 100_000}}
        log.add("user", message={"role": "user", "content": [image, {"type": "text", "text": "Search everything"}]})
        for number in range(1_000):
            log.called(number, "Task", description=f"look {number}", prompt="look")
            log.records.append({**log.records[0], "uuid": f"side{number}", "isSidechain": True, "parentUuid": None})
            log.answered(number, "nothing")
        found = list(read(str(log.write(home / "log.jsonl"))))
        assert [one.reason for one in found if isinstance(one, Fault)] == [
            "over 400 steps: too long to be one procedure"
        ]
        assert len(found) == 1

    def test_a_long_log_with_pictures_is_read_in_bounded_memory(self, home: Path) -> None:
        image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 500_000}}
        path = home / "log.jsonl"
        with path.open("w") as file:
            last: str | None = None
            for number in range(60):
                log = Log()
                log.last = last
                log.records = [{}] * (10 * number)  # Ids go on.
                text = {"type": "text", "text": f"Add the column c{number} to table t{number}"}
                log.add("user", message={"role": "user", "content": [image, text]})
                log.ran(2 * number, f"sed -i s/a/b/ t{number}")
                log.ran(2 * number + 1, "pytest")
                last = log.last
                file.writelines(json.dumps(record) + "\n" for record in log.records[10 * number :])
        tracemalloc.start()
        try:
            found = sum(1 for one in read(str(path)) if isinstance(one, Entry))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert found == 60
        assert peak < path.stat().st_size / 3
