"""Each format of session logs, through `memp import`: what becomes of a fixture that is written as its client writes."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paths import SESSION_LOGS

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

Document = Callable[..., dict[str, Any]]


pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def document(run: Callable[..., tuple[int, str, str]]) -> Document:
    """What a command that may have something to complain of says with --json."""
    return lambda *arguments: json.loads(run(*arguments, "--json")[1])


def tasks(source: Path | str) -> list[Entry]:
    return [entry for entry in read(str(source)) if isinstance(entry, Entry)]


def actions(entry: Entry) -> list[str]:
    assert isinstance(entry.steps, list)
    return [step["action"] for step in entry.steps]


# File, tasks taken, their outcomes, the first one's last action, its evidence, client and project.
STORED = [
    ("claude_code.jsonl", [1.0, 0.0], "Bash: pytest -q tests/test_price.py",
     "check: pytest -q tests/test_price.py, exit 0", "claude-code", "shop"),
    ("codex.jsonl", [1.0, 0.0], "Bash: cargo test lexer", "check: cargo test lexer, exit 0", "codex", "parser"),
    ("codex_2025.jsonl", [1.0], "Bash: npm run build", "check: npm run build, exit 0", "codex", None),
    ("gemini.json", [1.0], "Bash: npm test", "check: npm test, exit 0", "gemini-cli", None),
    ("gemini.jsonl", [1.0, 0.0], "Bash: npm test", "check: npm test, exit 0", "gemini-cli", None),
    ("opencode.json", [1.0], "Bash: npm run build", "check: npm run build, exit 0", "opencode", "site"),
    ("otel.jsonl", [0.0], 'pay(card="main")', 'environment: the last call failed: pay(card="main")', "travel", None),
    ("langgraph.jsonl", [0.0], 'move_event(id=12, day="Tuesday")',
     'environment: the last call failed: move_event(id=12, day="Tuesday")', "langgraph", None),
    ("swe_agent.traj", [1.0], "Bash: cd /repo && python -m pytest tests/test_fields.py",
     "check: python -m pytest tests/test_fields.py, printed 4 passed", "swe-agent", None),
    ("mini_swe_agent.traj.json", [0.0], "Bash: sed -i 's/None/60/' src/cache.py",
     "environment: exit_status LimitsExceeded", "swe-agent", None),
    ("openhands.json", [0.0], "Bash: pytest -q", "check: pytest -q, exit 1", "openhands", None),
    ("openhands_v1.jsonl", [1.0], "Bash: pytest -q", "check: pytest -q, exit 0", "openhands", None),
    ("openhands_eval.jsonl", [0.0], "Bash: make test", "environment: resolved: False", "openhands", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rewards", "action", "evidence", "client", "project"), STORED, ids=lambda v: str(v)[:24]
)
def test_a_log_becomes_runs_with_the_outcome_that_it_shows(
    document: Document, name: str, rewards: list[float], action: str, evidence: str, client: str, project: str | None
) -> None:
    done = document("import", str(SESSION_LOGS / name))
    assert done["added"] + done["merged"] + done["failures"] == len(rewards)
    runs = [document("show", f"t{number}") for number in range(1, len(rewards) + 1)]
    assert [run["reward"] for run in runs] == rewards
    first = runs[0]
    assert first["steps"][-1]["action"] == action
    assert f"{first['evidence']['kind']}: {first['evidence']['detail']}" == evidence
    assert (first["provenance"]["client"], first["provenance"].get("project")) == (client, project)
    assert first["provenance"]["source"].startswith(name)
    again = document("import", str(SESSION_LOGS / name))
    assert (again["known"], again["added"], again["merged"], again["failures"]) == (len(rewards), 0, 0, 0)


@pytest.mark.parametrize("name", ["langchain.jsonl", "langgraph_events.jsonl", "otel_events.jsonl"])
def test_a_run_that_shows_no_outcome_is_skipped_unless_the_caller_names_one(document: Document, name: str) -> None:
    done = document("import", str(SESSION_LOGS / name))
    assert (done["added"], done["skipped"]) == (0, 1)
    assert next(iter(done["reasons"])).startswith("no outcome: pass --outcome")
    assert document("import", str(SESSION_LOGS / name), "--outcome", "success")["added"] == 1


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
        assert tasks(chats / "session-1.json")[0].provenance.project == "my-app"

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


class TestOpencode:
    @pytest.fixture
    def database(self, home: Path) -> Path:
        path = home / "opencode.db"
        export = json.loads((SESSION_LOGS / "opencode.json").read_text())
        with sqlite3.connect(path) as made:
            made.execute("create table session (id text, directory text, time_created int, time_updated int)")
            made.execute("create table message (id text, session_id text, time_created int, data text)")
            made.execute("create table part (id text, message_id text, session_id text, data text)")
            for session, moment in (("ses_01", 1), ("ses_02", 1767225600000)):
                made.execute("insert into session values (?, '/home/ada/site', ?, ?)", [session, moment, moment])
                for number, message in enumerate(export["messages"]):
                    name = f"{session}-{number}"
                    made.execute(
                        "insert into message values (?, ?, ?, ?)", [name, session, number, json.dumps(message["info"])]
                    )
                    for at, part in enumerate(message["parts"]):
                        made.execute(
                            "insert into part values (?, ?, ?, ?)", [f"{name}-{at}", name, session, json.dumps(part)]
                        )
        made.close()
        return path

    def test_the_database_gives_what_the_export_gives(self, database: Path) -> None:
        (exported,) = tasks(SESSION_LOGS / "opencode.json")
        found = tasks(database)
        assert [(entry.task, entry.steps, entry.outcome) for entry in found] == [
            (exported.task, exported.steps, exported.outcome)
        ] * 2
        assert found[1].provenance.source == "opencode.db:ses_02-0/ses_02"

    def test_one_session_of_a_database_can_be_named(self, database: Path, document: Document) -> None:
        assert document("import", f"{database}#ses_02")["read"] == 1

    def test_the_older_storage_gives_the_same(self, home: Path) -> None:
        export = json.loads((SESSION_LOGS / "opencode.json").read_text())
        storage = home / "storage"

        def write(path: Path, value: object) -> Path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value))
            return path

        session = write(storage / "session" / "p1" / "ses_01.json", export["info"])
        for message in export["messages"]:
            name = message["info"]["id"]
            write(storage / "message" / "ses_01" / f"{name}.json", message["info"])
            for at, part in enumerate(message["parts"]):
                write(storage / "part" / name / f"prt_{at}.json", part)
        (storage / "part" / "msg_3" / "prt_9.json").write_text("{cut")
        found = list(read(str(session)))
        (exported,) = tasks(SESSION_LOGS / "opencode.json")
        assert [entry.steps for entry in found if isinstance(entry, Entry)] == [exported.steps]
        assert [entry.reason for entry in found if isinstance(entry, Fault)] == ["not JSON"]

    def test_a_database_of_something_else_is_named(self, home: Path, document: Document) -> None:
        with sqlite3.connect(home / "other.db") as made:
            made.execute("create table cats (name text)")
        made.close()
        assert "cannot be read as a database of opencode's" in next(
            iter(document("import", str(home / "other.db"))["reasons"])
        )


class TestMessages:
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


class TestOtel:
    def test_spans_are_put_in_their_order_whatever_the_order_of_their_export(self) -> None:
        (found,) = tasks(SESSION_LOGS / "otel.jsonl")
        assert [action.partition("(")[0] for action in actions(found)] == ["search_flights", "book", "pay"]
        assert (found.task, found.tokens) == ("Book the cheapest flight to Rome on 3 May", 77)

    def test_without_tool_spans_the_messages_in_events_are_the_steps(self) -> None:
        (found,) = tasks(SESSION_LOGS / "otel_events.jsonl")
        assert found.steps == [
            {"action": 'weather(city="Paris")', "observation": "rain"},
            {"action": 'weather(city="Rome")', "observation": "sun"},
        ]

    def test_spans_that_come_after_their_traces_root_are_named(self, home: Path) -> None:
        lines = (SESSION_LOGS / "otel.jsonl").read_text().splitlines(keepends=True)
        (home / "late.jsonl").write_text("".join([lines[1], lines[0]]))
        found = list(read(str(home / "late.jsonl")))
        assert len([one for one in found if isinstance(one, Fault) and "a trace that was complete" in one.reason]) == 3
