"""Sessions of Cline and Roo Code: api_conversation_history.json."""

import json
from pathlib import Path
from typing import Any

import pytest
from session_logs import actions

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

pytestmark = pytest.mark.usefixtures("home")

DETAILS = """<environment_details>
# VSCode Open Tabs
secret/plan.md
# Current Working Directory (/w/shop) Files
src/a.py
# Current Time
6/1/2026, 10:00:00 AM (Europe/Berlin, UTC+2:00)
</environment_details>"""

TASK = "<task>\nFix the csv export\n</task>"


def user(*texts: str) -> dict[str, Any]:
    return {
        "role": "user",
        "content": [{"type": "text", "text": text} for text in [*texts, DETAILS]],
        "ts": 1780000000000,
    }


def assistant(*parts: str | dict[str, Any]) -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": [{"type": "text", "text": one} if isinstance(one, str) else one for one in parts],
    }


def call(name: str, tool: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": name, "name": tool, "input": arguments}


def result(name: str, content: str, *, failed: bool = False) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": name, "content": content, "is_error": failed}


def rows(home: Path, *messages: dict[str, Any]) -> list[Entry | Fault]:
    (home / "log.json").write_text(json.dumps(messages))
    return list(read(str(home / "log.json")))


def imported(home: Path, *messages: dict[str, Any]) -> list[Entry]:
    return [one for one in rows(home, *messages) if isinstance(one, Entry)]


def observations(entry: Entry) -> list[str]:
    assert isinstance(entry.steps, list)
    return [step.get("observation", "") for step in entry.steps]


class TestXml:
    def test_tags_are_tools_and_headings_their_results(self, home: Path) -> None:
        (entry,) = imported(
            home,
            user(TASK),
            assistant("<thinking>look</thinking>\n<read_file>\n<path>src/a.py</path>\n</read_file>"),
            user("[read_file for 'src/a.py'] Result:", "AAA"),
            assistant(
                "<replace_in_file>\n<path>src/a.py</path>\n<diff>\n------- SEARCH\n</b>\n=======\nb\n+++++++ REPLACE\n"
                "</diff>\n</replace_in_file>"
            ),
            user("[replace_in_file for 'src/a.py'] Result:", "The content was successfully saved to src/a.py."),
            assistant("<execute_command>\n<command>pytest -q</command>\n</execute_command>"),
            user("[execute_command for 'pytest -q'] Result:", "Command executed.\nOutput:\n4 passed"),
            assistant("<attempt_completion>\n<result>Fixed</result>\n</attempt_completion>"),
        )  # fmt: skip
        assert (entry.task, entry.outcome) == ("Fix the csv export", "success")
        assert actions(entry) == ["Read: src/a.py", "Edit: src/a.py", "Bash: pytest -q"]
        assert observations(entry)[0] == "AAA"
        assert (entry.provenance.client, entry.folder) == ("cline", "/w/shop")
        assert "secret/plan.md" not in str(entry)

    def test_a_command_of_several_lines_with_brackets_finds_its_result(self, home: Path) -> None:
        command = "for f in *.py; do\n  [ -f \"$f\" ] && wc -l '$f'\ndone"
        (entry,) = imported(
            home,
            user(TASK),
            assistant(f"<execute_command>\n<command>{command}</command>\n</execute_command>"),
            user(f"[execute_command for '{command}'] Result:", "3 a.py"),
            assistant("<list_files>\n<path>src</path>\n</list_files>"),
            user("[list_files for 'src'] Result:", "a.py"),
        )
        assert observations(entry) == ["3 a.py", "a.py"]

    def test_a_file_that_holds_tags_of_tools_is_one_call(self, home: Path) -> None:
        content = "<content>\nUse <execute_command>ls</execute_command> and </content> here\n</content>"
        (entry,) = imported(
            home,
            user(TASK),
            assistant(f"<write_to_file>\n<path>docs/use.md</path>\n{content}\n</write_to_file>"),
            user("[write_to_file for 'docs/use.md'] Result:", "saved"),
            assistant("<read_file>\n<path>docs/use.md</path>\n</read_file>"),
            user("[read_file for 'docs/use.md'] Result:", "text"),
        )
        assert actions(entry) == ["Edit: docs/use.md", "Read: docs/use.md"]

    def test_a_call_that_is_cut_off_is_read_as_far_as_it_goes(self, home: Path) -> None:
        (entry,) = imported(
            home,
            user(TASK),
            assistant("<read_file>\n<path>a.py</path>\n</read_file>"),
            user("[read_file for 'a.py'] Result:", "A"),
            assistant("<write_to_file>\n<path>b.py</path>\n<content>\nx = "),
        )
        assert actions(entry) == ["Read: a.py", "Edit: b.py"]


class TestNative:
    def test_of_two_calls_each_has_its_own_result(self, home: Path) -> None:
        (entry,) = imported(
            home,
            user(TASK),
            assistant("I look.", call("1", "read_file", path="a.py"), call("2", "read_file", path="b.py")),
            user("[read_file for 'b.py'] Result:\nBBB"),
            assistant(call("3", "execute_command", command="pytest -q")),
            user("[execute_command for 'pytest -q'] Result:\nCommand executed.\nOutput:\n1 failed, 3 passed"),
            assistant(call("4", "attempt_completion", result="Fixed")),
        )
        assert observations(entry)[:2] == ["", "BBB"]
        assert (entry.outcome, entry.evidence) == ("failure", "check: pytest -q, printed 1 failed")

    def test_results_may_be_native_too(self, home: Path) -> None:
        roo = DETAILS.replace("Working", "Workspace")
        ended = "Command executed in terminal within working directory '/w/shop'. Exit code: 0\nOutput:\nok"
        (entry,) = imported(
            home,
            {"role": "user", "content": [{"type": "text", "text": TASK}, {"type": "text", "text": roo}]},
            assistant(
                call("1", "apply_diff", path="a.py", diff="x"), call("2", "execute_command", command="pytest -q")
            ),
            {"role": "user", "content": [result("2", ended), result("1", "applied")]},
        )
        assert actions(entry) == ["Edit: a.py", "Bash: pytest -q"]
        assert observations(entry)[0] == "applied"
        assert (entry.outcome, entry.evidence) == ("success", "check: pytest -q, exit 0")
        assert entry.provenance.client == "roo-code"

    def test_several_files_are_read_by_one_call(self, home: Path) -> None:
        (entry,) = imported(
            home,
            user(TASK),
            assistant("<read_file>\n<args>\n<file><path>a.py</path></file>\n<file><path>b.py</path></file>\n</args>\n</read_file>"),
            user("[read_file for 'a.py', 'b.py'] Result:", "A and B"),
            assistant(call("1", "read_file", files=[{"path": "c.py"}]), call("2", "search_files", path="src", regex="x+")),
            {"role": "user", "content": [result("1", "C"), result("2", "none")]},
        )  # fmt: skip
        assert actions(entry) == ["Read: a.py, b.py", "Read: c.py", "grep: x+ in src"]


class TestPerson:
    def run(self, home: Path, *more: dict[str, Any]) -> list[Entry]:
        return imported(
            home,
            user(TASK),
            assistant(call("1", "write_to_file", path="a.py", content="x")),
            user("[write_to_file for 'a.py'] Result:\nsaved"),
            assistant(call("2", "execute_command", command="pytest -q")),
            user("[execute_command for 'pytest -q'] Result:\nCommand executed.\nOutput:\n4 passed"),
            assistant(call("3", "attempt_completion", result="Fixed")),
            *more,
        )

    def test_feedback_on_the_last_word_is_a_message(self, home: Path) -> None:
        said = "See the results.\n<feedback>\nStill broken, the csv export loses its header\n</feedback>"
        (entry,) = self.run(home, user(f"[attempt_completion] Result:\n{said}"))
        assert entry.outcome == "failure"
        assert entry.evidence == "user: Still broken, the csv export loses its header"

    def test_a_task_that_is_resumed_holds_only_what_the_user_said(self, home: Path) -> None:
        said = "[TASK RESUMPTION] This task was interrupted 2 hours ago.\n<user_message>\nAdd a changelog entry\n</user_message>"
        first, second = self.run(
            home,
            user(said),
            assistant(call("4", "write_to_file", path="CHANGELOG.md", content="x")),
            user("[write_to_file for 'CHANGELOG.md'] Result:\nsaved"),
            assistant(call("5", "read_file", path="CHANGELOG.md")),
            user("[read_file for 'CHANGELOG.md'] Result:\nx"),
        )
        assert (first.outcome, second.task) == ("success", "Add a changelog entry")

    def test_what_the_client_says_by_itself_is_no_message(self, home: Path) -> None:
        said = "[ERROR] You did not use a tool in your previous response! Please retry with a tool use."
        assert [entry.task for entry in self.run(home, user(said))] == ["Fix the csv export"]

    def test_a_call_that_was_denied_did_not_run(self, home: Path) -> None:
        (entry,) = self.run(
            home,
            assistant(call("4", "execute_command", command="pytest -q tests/slow")),
            user("[execute_command for 'pytest -q tests/slow'] Result:\nThe user denied this operation."),
        )
        assert entry.evidence != "check: pytest -q tests/slow, failed"


class TestSniff:
    def test_newer_versions_begin_with_a_message_of_the_users(self, home: Path) -> None:
        (entry,) = imported(
            home,
            user("<user_message>\nFix the csv export\n</user_message>"),
            assistant(call("1", "read_file", path="a.py"), call("2", "read_file", path="b.py")),
            {"role": "user", "content": [result("1", "A"), result("2", "B")]},
        )
        assert (entry.task, observations(entry)) == ("Fix the csv export", ["A", "B"])

    def test_messages_of_other_programs_stay_messages(self, home: Path) -> None:
        tagged = [
            {"role": "user", "content": "<task>Add two numbers</task>"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": "1", "function": {"name": "add", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "1", "content": "3"},
        ]
        (entry,) = imported(home, *tagged)
        assert entry.provenance.client is None

    @pytest.mark.parametrize("end", [0.3, 0.7, 0.95])
    def test_a_cut_file_says_why_nothing_was_read(self, home: Path, end: float) -> None:
        whole = json.dumps([user(TASK), assistant(call("1", "read_file", path="a.py"))])
        (home / "log.json").write_text(whole[: int(len(whole) * end)])
        (fault,) = read(str(home / "log.json"))
        assert isinstance(fault, Fault)
        assert "not JSON" in fault.reason
