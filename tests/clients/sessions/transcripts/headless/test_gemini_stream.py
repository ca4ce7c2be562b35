"""What `gemini -o stream-json` prints."""

import json
from pathlib import Path
from typing import Any

import pytest
from session_logs import actions

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

pytestmark = pytest.mark.usefixtures("home")

INIT = {"type": "init", "session_id": "s1", "model": "gemini-3"}
ASKED = {"type": "message", "role": "user", "content": "Fix the parser"}


def ran(name: str, command: str, output: str, state: str = "success") -> list[dict[str, Any]]:
    call = {
        "type": "tool_use",
        "tool_name": "run_shell_command",
        "tool_id": name,
        "parameters": {"command": command},
    }
    return [call, {"type": "tool_result", "tool_id": name, "status": state, "output": output}]


RUN = [*ran("a", "sed -i s/a/b/ a.py", "ok"), *ran("b", "npm test", "4 passed")]


def imported(home: Path, *records: dict[str, Any], task: str = "") -> list[Entry | Fault]:
    lines = ({**one, "timestamp": "2026-06-01T09:00:47.000Z"} for one in records)
    (home / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    return list(read(str(home / "log.jsonl"), task=task))


class TestGeminiStream:
    def test_it_holds_the_prompt_the_calls_and_what_they_cost(self, home: Path) -> None:
        pieces = [{"type": "message", "role": "assistant", "content": part, "delta": True} for part in ("I lo", "ok.")]
        result = {"type": "result", "status": "success", "stats": {"total_tokens": 50, "cached": 20}}
        (entry,) = imported(home, INIT, ASKED, *pieces, *RUN, result)
        assert isinstance(entry, Entry)
        assert (entry.task, entry.outcome, entry.tokens) == ("Fix the parser", "success", 30)
        assert actions(entry) == ["Bash: sed -i s/a/b/ a.py", "Bash: npm test"]
        assert "I look." in str(entry.steps)

    def test_a_result_that_is_an_error_is_a_failure(self, home: Path) -> None:
        error = {"type": "FatalTurnLimitedError", "message": "too many turns"}
        result = {"type": "result", "status": "error", "error": error, "stats": {}}
        (entry,) = imported(home, INIT, ASKED, *RUN, result)
        assert isinstance(entry, Entry)
        assert (entry.outcome, entry.evidence) == (
            "failure",
            "environment: result error FatalTurnLimitedError: too many turns",
        )

    def test_where_the_prompt_is_cut_off_the_caller_says_it(self, home: Path) -> None:
        (fault,) = imported(home, *RUN)
        assert isinstance(fault, Fault)
        assert "--task" in fault.reason
        assert [one.task for one in imported(home, *RUN, task="Fix it") if isinstance(one, Entry)] == ["Fix it"]

    def test_words_of_the_terminal_around_it_do_no_harm(self, home: Path) -> None:
        lines = [json.dumps({**one, "timestamp": "2026-06-01T09:00:47.000Z"}) for one in (INIT, ASKED, *RUN)]
        (home / "log.jsonl").write_text("\n".join(["Loaded cached credentials.", "", *lines, "Bye!"]))
        rows = list(read(str(home / "log.jsonl")))
        assert [one.task for one in rows if isinstance(one, Entry)] == ["Fix the parser"]
        assert [one.place for one in rows if isinstance(one, Fault)] == ["line 1", "line 9"]

    def test_each_run_of_a_file_is_a_task(self, home: Path) -> None:
        assert len(imported(home, INIT, ASKED, *RUN, {**INIT, "session_id": "s2"}, ASKED, *RUN)) == 2
