"""Recording of a session that a hook says is over."""

import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from hook_calls import ERROR, IMPATIENT, TASK, Machine, payloads, session
from paths import SESSION_LOGS

from memp.domain.origin import Origin
from memp_clients.hooks import recording

FAILED = ("pytest -q", ERROR, 1)
INSTALLED = ("pip install -e .", "ok", 0)
PASSED = ("pytest -q", "3 passed", 0)

ORPHANED = """
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # Whoever is left by its parent becomes ours, so that we can wait for it.
done = subprocess.run([sys.executable, "-m", "memp_clients.cli", "hook", *sys.argv[1:]])
print(done.returncode, os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="who waits for an orphan is told by prctl")
def test_a_session_that_ends_is_recorded_by_a_process_of_its_own(machine: Machine):
    log = session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED)
    payload = {**payloads("claude_code")["end"], "transcript_path": str(log)}
    said = machine.run("-c", ORPHANED, "claude-code", "end", stdin=json.dumps(payload).encode())
    assert said.out.split() == ["0", "0"]
    assert machine.runs() == [(TASK, 1.0, "check: pytest -q, exit 0")]
    assert machine.log == "" and machine.left == []


@pytest.mark.skipif(sys.platform != "linux", reason="who waits for an orphan is told by prctl")
def test_the_options_of_the_hook_hold_for_what_is_recorded(machine: Machine):
    log = session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED)
    payload = {**payloads("claude_code")["end"], "transcript_path": str(log)}
    machine.run("-c", ORPHANED, "--project=shop", "claude-code", "end", stdin=json.dumps(payload).encode())
    memory = machine.memory()
    assert [procedure.scope for procedure in memory.store.procedures()] == ["shop"]
    memory.close()


STORED = '{"trajectory":"t1","created":"p1"}'


def recorded_itself(machine: Machine, outcome: str) -> None:
    """A run that the agent recorded over a tool, with a check that it typed."""
    memory = machine.memory()
    origin = Origin(channel="tool", client="claude-code", name="a server")
    memory.record(
        TASK, ["pip install -e . -> ok", "run pytest -> ok"], outcome, evidence="check: pytest, exit 0", origin=origin
    )
    memory.close()


@pytest.mark.parametrize(
    ("outcome", "last", "runs"),
    [
        ("success", PASSED, [(TASK, 1.0, "check: pytest -q, exit 0")]),
        ("success", FAILED, [(TASK, 1.0, "claim: check: pytest, exit 0"), (TASK, 0.0, "check: pytest -q, exit 1")]),
    ],
)
def test_a_run_that_its_agent_recorded_itself_counts_as_the_session_shows_it(
    machine: Machine, outcome: str, last: tuple[str, str, int], runs: list[tuple[str, float, str]]
):
    recorded_itself(machine, outcome)
    told: tuple[str, dict[str, object]] = ("mcp__memp__record_trajectory", {"task": TASK})
    log = session(machine.home / "s1.jsonl", TASK, INSTALLED, last, told, answer=STORED)
    machine.end("s1", log)
    assert machine.runs() == runs


@pytest.mark.parametrize(
    ("name", "host", "rewards"),
    [("claude_code.jsonl", "claude-code", [1.0, 0.0]), ("codex.jsonl", "codex", [1.0, 0.0])],
)
def test_the_outcomes_are_those_that_the_transcript_shows(machine: Machine, name: str, host: str, rewards: list[float]):
    machine.end("s1", SESSION_LOGS / name, host)
    assert [reward for _, reward, _ in machine.runs()] == rewards


def test_a_session_of_opencode_is_found_in_its_database(machine: Machine):
    # opencode_database of the transcripts' tests would do; its form is not what is tested here.
    machine.end("ses_none", Path(), "opencode")
    assert "opencode.db" in machine.log


def test_what_shows_no_outcome_is_not_recorded(machine: Machine):
    talk = session(
        machine.home / "talk.jsonl", "explain the parser to me", ("cat parser.py", "def parse", 0), INSTALLED
    )
    machine.end("s1", talk)
    assert not machine.db.exists() or machine.runs() == []
    assert machine.log == ""


def test_a_session_that_ends_twice_is_recorded_once(machine: Machine):
    log = session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED)
    machine.end("s1", log)
    machine.end("s1", log)
    assert len(machine.runs()) == 1


def test_of_a_session_that_goes_on_only_what_is_new_is_recorded(machine: Machine):
    log = machine.home / "s1.jsonl"
    machine.end("s1", session(log, TASK, FAILED, INSTALLED, PASSED))
    # The same task goes on with the same outcome: it is known.
    more = (TASK, FAILED, INSTALLED, PASSED, "go on", ("git commit -qm fix", "", 0), PASSED)
    machine.end("s1", session(log, *more))
    assert len(machine.runs()) == 1
    # The person sees that it is not done, and asks for something else.
    machine.end(
        "s1",
        session(
            log, *more, "no, that's wrong", "write a changelog", ("cat notes > CHANGES", "", 0), ("make test", "ok", 0)
        ),
    )
    assert [(task, reward) for task, reward, _ in machine.runs()] == [
        (TASK, 1.0),
        (TASK, 0.0),
        ("write a changelog", 1.0),
    ]


def test_a_task_that_the_agent_recorded_itself_is_left_to_it(machine: Machine):
    told: tuple[str, dict[str, object]] = ("mcp__memp__record_trajectory", {"task": TASK})
    machine.end("s1", session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED, told))
    assert not machine.db.exists() or machine.runs() == []


def test_looking_a_task_up_is_no_step_of_it(machine: Machine):
    told: tuple[str, dict[str, object]] = ("mcp__plugin_memp_memp__recall_procedure", {"task": TASK})
    machine.end("s1", session(machine.home / "s1.jsonl", TASK, told, FAILED, INSTALLED, PASSED))
    memory = machine.memory()
    steps = [step.action for step in memory.store.trajectory(1).steps]
    memory.close()
    assert steps == ["Bash: pytest -q", "Bash: pip install -e .", "Bash: pytest -q"]


@pytest.mark.parametrize(
    ("said", "uses"), [("I follow p1 of the memory.", 1), ("I try this.", 0), ("page p11 says so", 0)]
)
def test_a_procedure_is_credited_where_it_was_offered_and_the_agent_named_it(machine: Machine, said: str, uses: int):
    machine.filled()
    sent = payloads("claude_code")
    with machine.serving():
        assert '"id": "p1"' in machine.hook("claude-code", "prompt", sent["prompt"]).text
    (folder,) = machine.home.glob("*.hooks/claude-code-*")
    log = session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED, said=said)
    machine.end(folder.name.removeprefix("claude-code-"), log)
    memory = machine.memory()
    assert memory.procedure(1).uses == uses
    memory.close()


def test_a_procedure_that_was_not_offered_is_not_credited(machine: Machine):
    machine.filled()
    machine.end("s1", session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED, said="I follow p1."))
    memory = machine.memory()
    assert memory.procedure(1).uses == 0
    memory.close()


def test_secrets_of_a_session_are_redacted(machine: Machine):
    secret = "sk-ant-api03-" + "a1B2c3D4" * 11
    log = session(machine.home / "s1.jsonl", f"{TASK} with {secret}", (f"export KEY={secret}; make", secret, 0), PASSED)
    machine.end("s1", log)
    assert len(machine.runs()) == 1
    for path in machine.home.rglob("*"):
        assert path == log or not path.is_file() or secret.encode() not in path.read_bytes(), path


# Bad input


@pytest.mark.parametrize("event", [{"transcript_path": None}, {"transcript_path": "/nowhere/at/all.jsonl"}])
def test_a_transcript_that_is_not_there_is_said_in_the_log(machine: Machine, event: dict[str, object]):
    machine.end("s1", Path(str(event["transcript_path"] or "")))
    assert "transcript" in machine.log
    assert "Traceback" not in machine.log


def test_what_stands_before_a_cut_is_kept(machine: Machine):
    log = session(
        machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED, "write a changelog", ("ls", "a", 0), FAILED
    )
    whole = log.read_bytes()
    log.write_bytes(whole[: len(whole) - 40])
    machine.end("s1", log)
    assert (TASK, 1.0, "check: pytest -q, exit 0") in machine.runs()


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 5_000, "grüße".encode("latin-1") * 50, b'{"type": "user"}\n' * 3, b"not json\n" * 200]
)
def test_a_transcript_that_is_none_is_no_trouble(machine: Machine, content: bytes):
    log = machine.home / "s1.jsonl"
    log.write_bytes(content)
    machine.end("s1", log)
    assert "Traceback" not in machine.log
    assert not machine.db.exists() or machine.runs() == []


def test_a_huge_transcript_is_read_as_a_stream(machine: Machine):
    log = session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED)
    noise = json.dumps({"type": "progress", "sessionId": "s1", "data": "x" * 100_000}) + "\n"
    with log.open("a", encoding="utf-8") as file:
        for _ in range(300):
            file.write(noise)
    machine.end("s1", log)
    assert len(machine.runs()) == 1


@pytest.fixture
def locked(machine: Machine) -> Iterator[sqlite3.Connection]:
    """A process that writes the memory and does not end; closed, it is done."""
    machine.memory().close()
    machine.environment["MEMP_BUSY_TIMEOUT"] = "0.05"
    holder = sqlite3.connect(machine.db, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    yield holder
    holder.close()


def test_a_memory_that_stays_locked_leaves_a_note_and_is_recorded_the_next_time(
    machine: Machine, locked: sqlite3.Connection
):
    log = session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED)
    machine.end("s1", log, apart=True)
    locked.close()
    assert "claude-code end: " in machine.log and "The next hook tries again." in machine.log
    assert machine.runs() == []
    assert [(note["session"], note["tries"]) for note in machine.left] == [("s1", 1)]
    machine.end("s1", log)
    assert len(machine.runs()) == 1
    assert machine.left == []


@pytest.mark.skipif(sys.platform != "linux", reason="who waits for an orphan is told by prctl")
def test_the_next_hook_records_what_was_left(machine: Machine, locked: sqlite3.Connection):
    machine.end("s1", session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED), apart=True)
    locked.close()
    start = json.dumps(payloads("claude_code")["start"]).encode()
    machine.run("-c", ORPHANED, "claude-code", "start", stdin=start)
    assert machine.runs() == [(TASK, 1.0, "check: pytest -q, exit 0")]
    assert machine.left == []


@pytest.mark.skipif(sys.platform != "linux", reason="who waits for an orphan is told by prctl")
def test_a_session_whose_recorder_was_killed_is_recorded_later(machine: Machine):
    log = session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED)
    payload = {**payloads("claude_code")["end"], "transcript_path": str(log)}
    with mock.patch("subprocess.Popen"):
        machine.hook("claude-code", "end", payload)
    [note] = [*(machine.home / "memory.sqlite3.hooks" / "later").glob("*.json")]
    assert machine.runs() == [] and len(machine.left) == 1
    start = json.dumps(payloads("claude_code")["start"]).encode()
    with mock.patch("subprocess.Popen") as started:
        machine.hook("claude-code", "start", payloads("claude_code")["start"])
        assert not started.called  # Its recorder may be at it.
    os.utime(note, (0, 0))
    machine.run("-c", ORPHANED, "claude-code", "start", stdin=start)
    assert len(machine.runs()) == 1 and machine.left == []


def test_hooks_start_no_crowd_of_recorders(machine: Machine, locked: sqlite3.Connection):
    machine.end("s1", session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED), apart=True)
    with mock.patch("subprocess.Popen") as started:
        for _ in range(3):
            machine.hook("claude-code", "start", payloads("claude_code")["start"])
    assert started.call_count == 1


def test_a_session_that_never_can_be_recorded_is_given_up(machine: Machine, locked: sqlite3.Connection):
    log = session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED)
    machine.end("s1", log, apart=True)
    job = {**machine.left[0], "tries": recording.MOST_TRIES - 1}
    machine.run("-c", IMPATIENT, json.dumps(job))
    assert machine.left == []
    assert "`memp import --discover` takes the session in" in machine.log


def test_a_memory_that_may_only_be_read_is_left_alone(machine: Machine):
    machine.filled()
    machine.environment["MEMP_READ_ONLY"] = "true"
    machine.end("s1", session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED))
    assert len(machine.runs()) == 2
    assert machine.log == ""


def test_a_ledger_that_is_broken_is_begun_anew(machine: Machine):
    log = session(machine.home / "s1.jsonl", TASK, FAILED, INSTALLED, PASSED)
    machine.end("s1", log)
    ledger = machine.home / "memory.sqlite3.hooks" / "claude-code-s1" / "recorded.json"
    ledger.write_text("{")
    machine.end("s1", log)
    assert len(machine.runs()) == 1
    assert json.loads(ledger.read_text())


# A host that hands over no transcript


def worked(machine: Machine, *, prompt: str = TASK, secret: str = "", **more: str) -> None:
    """A session of Cursor: the tests fail, are mended, and pass."""
    sent = payloads("cursor")
    call = {**sent["tool"], "tool_name": "Shell"}
    machine.hook("cursor", "start", sent["start"], **more)
    machine.hook("cursor", "prompt", {**sent["prompt"], "prompt": prompt}, **more)
    failed = {"tool_use_id": "1", "tool_input": {"command": "pytest -q"}, "error_message": f"{ERROR} {secret}"}
    machine.hook("cursor", "tool", {**sent["failure"], **failed}, **more)
    command = {"command": f"pip install -e . {secret}"}
    for name, given in (("2", command), ("3", {"command": "pytest -q"})):
        output = json.dumps({"exitCode": 0, "stdout": f"3 passed {secret}"})
        machine.hook(
            "cursor", "tool", {**call, "tool_use_id": name, "tool_input": given, "tool_output": output}, **more
        )


def ended(machine: Machine) -> None:
    (folder,) = machine.home.glob("*.hooks/cursor-*")
    machine.end(folder.name.removeprefix("cursor-"), Path(), "cursor")


def test_cursors_sessions_are_recorded_from_what_its_hooks_saw(machine: Machine):
    worked(machine)
    ended(machine)
    ended(machine)
    assert machine.runs() == [(TASK, 1.0, "check: pytest -q, exit 0")]
    memory = machine.memory()
    run = memory.store.trajectory(1)
    memory.close()
    assert [step.action for step in run.steps] == ["Bash: pytest -q", "Bash: pip install -e .", "Bash: pytest -q"]
    assert (run.provenance.client, run.provenance.project) == ("cursor", "~/parser")


def test_what_cursors_hooks_note_holds_no_secret(machine: Machine):
    secret = "sk-ant-api03-" + "a1B2c3D4" * 11
    worked(machine, prompt=f"{TASK} with {secret}", secret=secret)
    ended(machine)
    assert len(machine.runs()) == 1
    for path in machine.home.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path


def test_what_cursors_hooks_note_keeps_the_name_of_a_secret_and_not_its_value(machine: Machine):
    call = payloads("cursor")["tool"]
    result = json.dumps({"user": "ann", "password": "moat-ember", "content": [{"type": "text", "text": "made"}]})
    given = {"element": "Password field", "text": "ember-moat"}
    machine.hook("cursor", "tool", {**call, "tool_name": "MCP:add_user", "tool_input": given, "tool_output": result})
    (folder,) = machine.home.glob("*.hooks/cursor-*")
    noted = (folder / "notes.jsonl").read_text()
    assert "password: [redacted: secret]" in noted and "user: ann" in noted and "Password field" in noted
    assert "moat-ember" not in noted and "ember-moat" not in noted


@pytest.mark.parametrize(("value", "noted"), [("off", False), ("prompt,tool", False), ("end", True)])
def test_nothing_is_noted_where_nothing_would_be_recorded(machine: Machine, value: str, noted: bool):
    worked(machine, MEMP_HOOKS=value)
    assert bool([*machine.home.glob("*.hooks/*/notes.jsonl")]) is noted


def test_notes_that_were_cut_are_read_as_far_as_they_go(machine: Machine):
    worked(machine)
    (path,) = machine.home.glob("*.hooks/*/notes.jsonl")
    path.write_bytes(b'{"asked": \xff\n' + path.read_bytes() + b'{"id": "4", "na')
    ended(machine)
    assert [reward for _, reward, _ in machine.runs()] == [1.0]
    assert machine.log == ""
