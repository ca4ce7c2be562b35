"""What `claude -p --output-format stream-json` prints."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from session_logs import actions

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

Document = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.usefixtures("home")

INIT = {"type": "system", "subtype": "init", "cwd": "/w/shop", "session_id": "s1", "tools": ["Bash"], "model": "opus"}


def record(kind: str, *content: dict[str, Any], parent: str | None = None, **fields: Any) -> dict[str, Any]:
    message = {"role": kind, "content": list(content)}
    return {"type": kind, "message": message, "parent_tool_use_id": parent, "session_id": "s1", **fields}


def ran(
    name: str, command: str, output: str, *, failed: bool = False, parent: str | None = None
) -> list[dict[str, Any]]:
    call = {"type": "tool_use", "id": name, "name": "Bash", "input": {"command": command}}
    result = {"type": "tool_result", "tool_use_id": name, "content": output, "is_error": failed}
    return [record("assistant", call, parent=parent), record("user", result, parent=parent)]


def ended(subtype: str = "success", **fields: Any) -> dict[str, Any]:
    return {"type": "result", "subtype": subtype, "is_error": False, "num_turns": 3, "session_id": "s1", **fields}


RUN = [*ran("a", "sed -i s/a/b/ a.py", "ok"), *ran("b", "pytest -q", "4 passed")]


def written(home: Path, *records: dict[str, Any]) -> str:
    (home / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    return str(home / "log.jsonl")


def imported(home: Path, *records: dict[str, Any], task: str = "Fix the export") -> list[Entry]:
    return [one for one in read(written(home, *records), task=task) if isinstance(one, Entry)]


class TestClaudeStream:
    def test_the_caller_says_what_was_asked(self, home: Path) -> None:
        (entry,) = imported(home, INIT, *RUN, ended())
        assert (entry.task, entry.outcome) == ("Fix the export", "success")
        assert entry.evidence == "check: pytest -q, printed 4 passed"
        assert actions(entry) == ["Bash: sed -i s/a/b/ a.py", "Bash: pytest -q"]
        assert (entry.provenance.client, entry.provenance.model, entry.folder) == (
            "claude-code",
            "opus",
            "/w/shop",
        )

    def test_without_the_task_the_reason_names_the_option(self, home: Path) -> None:
        (fault,) = read(written(home, INIT, *RUN, ended()))
        assert isinstance(fault, Fault)
        assert "--task" in fault.reason

    def test_the_command_line_passes_the_task_on(self, home: Path, document: Document) -> None:
        source = written(home, INIT, *RUN, ended())
        assert document("import", source)["added"] == 0
        assert document("import", source, "--dry-run", "--task", "Fix it")["success"] == 1
        assert document("import", source, "--task", "Fix it")["added"] == 1
        assert document("show", "t1")["task"] == "Fix it"

    def test_a_task_that_no_run_needs_is_named_with_its_file(self, home: Path, document: Document) -> None:
        prompt = record("user", {"type": "text", "text": "Fix the parser"})
        with_prompt, without = home / "with.jsonl", home / "without.jsonl"
        for path, records in ((with_prompt, [INIT, prompt, *RUN, ended()]), (without, [INIT, *RUN, ended()])):
            path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
        for dry in ([], ["--dry-run"]):
            (note,) = document("import", str(with_prompt), str(without), "--task", "Fix it", *dry)["notes"]
            assert note.startswith("--task was not used for with.jsonl:")
        assert document("import", str(without), "--task", "Fix it")["notes"] == []

    def test_a_prompt_that_was_replayed_goes_before_the_callers(self, home: Path) -> None:
        prompt = record("user", {"type": "text", "text": "Rename the flag"})
        assert [entry.task for entry in imported(home, INIT, prompt, *RUN, ended())] == ["Rename the flag"]

    @pytest.mark.parametrize(
        ("result", "evidence"),
        [
            (ended("error_max_turns", is_error=True), "environment: result error_max_turns"),
            (ended("error_during_execution"), "environment: result error_during_execution"),
            (ended(is_error=True, result="API Error: 529"), "environment: result error: API Error: 529"),
        ],
    )
    def test_a_result_that_is_an_error_is_a_failure(self, home: Path, result: dict[str, Any], evidence: str) -> None:
        (entry,) = imported(home, INIT, *RUN, result)
        assert (entry.outcome, entry.evidence) == ("failure", evidence)

    def test_a_result_that_is_none_says_nothing(self, home: Path) -> None:
        (entry,) = imported(home, INIT, *ran("a", "ls", "a.py"), *ran("b", "cat a.py", "x"), ended(result="Done!"))
        assert entry.outcome is None

    def test_what_a_subagent_did_is_left_out(self, home: Path) -> None:
        inner = [record("user", {"type": "text", "text": "Look"}, parent="c"), *ran("d", "ls", "a.py", parent="c")]
        (entry,) = imported(home, INIT, *RUN[:2], *inner, *RUN[2:], ended())
        assert (entry.task, len(actions(entry))) == ("Fix the export", 2)

    def test_pieces_of_messages_and_a_cut_end_do_no_harm(self, home: Path) -> None:
        piece = {"type": "stream_event", "event": {"type": "content_block_delta"}, "session_id": "s1"}
        source = written(home, INIT, piece, *RUN, piece)
        with Path(source).open("a") as file:
            file.write('{"type": "result", "subt')
        rows = list(read(source, task="Fix it"))
        assert [one.outcome for one in rows if isinstance(one, Entry)] == ["success"]
        assert ["not JSON" in one.reason for one in rows if isinstance(one, Fault)] == [True]

    def test_older_versions_that_name_no_parent_are_no_other_clients(self, home: Path) -> None:
        run = [{name: value for name, value in one.items() if name != "parent_tool_use_id"} for one in RUN]
        (entry,) = imported(home, INIT, *run, ended())
        assert (entry.provenance.client, len(actions(entry))) == ("claude-code", 2)

    def test_two_runs_in_one_file_are_two_tasks(self, home: Path) -> None:
        other = [{**one, "session_id": "s2"} for one in [INIT, *RUN, ended()]]
        assert len(imported(home, INIT, *RUN, ended(), *other)) == 2

    def test_a_log_of_claude_code_itself_is_none(self, home: Path) -> None:
        prompt = {"type": "user", "uuid": "u", "sessionId": "s", "message": {"role": "user", "content": "Hello there"}}
        (fault,) = read(written(home, prompt))
        assert isinstance(fault, Fault)
        assert "no tool call" in fault.reason
