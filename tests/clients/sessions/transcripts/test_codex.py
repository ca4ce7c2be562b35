"""Sessions of Codex."""

import json
from pathlib import Path
from typing import Any

import pytest
from session_logs import actions, tasks

pytestmark = pytest.mark.usefixtures("home")


class Log:
    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.add("session_meta", id="s1", cwd="/w")

    def add(self, kind: str, **payload: Any) -> None:
        stamp = f"2026-06-01T09:{len(self.records) // 60:02}:{len(self.records) % 60:02}Z"
        self.records.append({"timestamp": stamp, "type": kind, "payload": payload})

    def asked(self, words: str) -> None:
        self.add("response_item", type="message", role="user", content=[{"type": "input_text", "text": words}])
        self.add("event_msg", type="user_message", message=words)

    def called(self, name: str, how: str, output: str = "", **arguments: object) -> None:
        call = f"call_{len(self.records):024}"
        self.add("response_item", type="function_call", name=name, arguments=json.dumps(arguments), call_id=call)
        printed = f"Chunk ID: a\nWall time: 0.1 seconds\nProcess {how}\nOriginal token count: 1\nOutput:\n{output}"
        self.add("response_item", type="function_call_output", call_id=call, output=printed)

    def ran(self, command: str, status: int = 0, output: str = "") -> None:
        self.called("exec_command", f"exited with code {status}", output, cmd=command)

    def write(self, path: Path) -> Path:
        path.write_text("".join(json.dumps(record) + "\n" for record in self.records))
        return path


class TestCodex:
    @pytest.mark.parametrize(("status", "outcome"), [(0, "success"), (1, "failure")])
    def test_a_poll_is_the_end_of_the_command_that_it_waits_for(self, home: Path, status: int, outcome: str) -> None:
        log = Log()
        log.asked("Split the page")
        log.ran("sed -i s/a/b/ cart.tsx")
        log.ran("cargo test")
        log.called("exec_command", "running with session ID 71", "compiling", cmd="npm test")
        log.called("write_stdin", "running with session ID 71", "", session_id=71, chars="", yield_time_ms=1000)
        log.called("write_stdin", f"exited with code {status}", "the end", session_id=71, chars="")
        (entry,) = tasks(log.write(home / "log.jsonl"))
        assert (entry.outcome, entry.evidence) == (outcome, f"check: npm test, exit {status}")
        assert actions(entry) == ["Bash: sed -i s/a/b/ cart.tsx", "Bash: cargo test", "Bash: npm test"]

    def test_turns_that_were_taken_back_are_no_history(self, home: Path) -> None:
        log = Log()
        log.asked("Rename pay.py")
        log.ran("git mv pay.py billing.py")
        log.ran("pytest -q")
        log.asked("now delete the tests")
        log.ran("rm -rf tests")
        log.ran("pytest -q", 5)
        log.add("event_msg", type="thread_rolled_back", num_turns=1)
        (entry,) = tasks(log.write(home / "log.jsonl"))
        assert (entry.task, entry.outcome) == ("Rename pay.py", "success")

    def test_a_copy_at_the_beginning_of_a_resumed_log_is_read_once(self, home: Path) -> None:
        log = Log()
        log.asked("Rename pay.py")
        log.ran("git mv pay.py billing.py")
        log.ran("pytest -q")
        log.records += log.records
        (entry,) = tasks(log.write(home / "log.jsonl"))
        assert (len(actions(entry)), entry.outcome) == (2, "success")

    def test_a_local_model_may_count_its_calls_anew(self, home: Path) -> None:
        log = Log()
        log.asked("Run it three times")
        for _ in range(3):
            log.add(
                "response_item",
                type="function_call",
                name="shell",
                arguments='{"command": "make it"}',
                call_id="call_0",
            )
            log.add("response_item", type="function_call_output", call_id="call_0", output="ok")
        (entry,) = tasks(log.write(home / "log.jsonl"))
        assert len(actions(entry)) == 3

    def test_a_search_that_went_well_shows_no_error(self, home: Path) -> None:
        log = Log()
        log.asked("Show the owner's name")
        log.ran('rg -n "owner|failed|a/b" src', 0, 'src/a.ts:8: throw new Error("failed")\nsrc/b.ts:9: status: 400')
        log.ran("./convert.sh", 0, "Error: ignored 3 rows")
        (entry,) = tasks(log.write(home / "log.jsonl"))
        assert isinstance(entry.steps, list)
        assert "Exit code" not in entry.steps[0]["observation"]
        assert entry.steps[1]["observation"].endswith("Exit code 0")
