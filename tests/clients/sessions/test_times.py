"""When a session happened, as its log says, is when the memory takes its runs to have happened."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from memp.config import open_memory, read_settings
from memp.domain.procedure import Procedure
from memp.domain.trajectory import Provenance, Trajectory, happened
from memp.memory import ProceduralMemory
from memp_clients.cli import main
from memp_clients.json_values import moment

NOW = datetime(2025, 6, 1, tzinfo=UTC)
RUN = {"task": "Free port 80", "steps": ["lsof -> nginx", "kill it -> ok"], "outcome": "success"}

Import = Callable[..., list[Trajectory]]


pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def imported(home: Path) -> Import:
    """Import records as lines of one file; all runs of the memory."""

    def taken(*records: object) -> list[Trajectory]:
        (home / "log.jsonl").write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
        assert main(["import", str(home / "log.jsonl"), "--outcome", "success"]) == 0
        with closing(open_memory(read_settings())) as memory:
            return [memory.store.trajectory(i + 1) for i in range(memory.store.stats().trajectories)]

    return taken


def claude(kind: str, content: object, at: str, session: str = "s") -> dict[str, object]:
    message = {"role": kind, "content": content}
    return {"type": kind, "sessionId": session, "isSidechain": False, "message": message, "timestamp": at}


def asked(at: str, words: str = "Fix the parser in main.py, please") -> dict[str, object]:
    return claude("user", words, at)


def calls(at: str) -> list[dict[str, object]]:
    def call(name: str) -> dict[str, object]:
        return claude("assistant", [{"type": "tool_use", "id": name, "name": "Bash", "input": {"command": name}}], at)

    return [call("make one"), call("make two")]


def test_a_task_ended_when_its_last_step_did_and_not_when_the_next_was_asked(imported: Import) -> None:
    runs = imported(
        asked("2024-02-01T09:00:00Z"), *calls("2024-02-01T10:00:00.500Z"),
        asked("2024-02-09T09:00:00Z", "Now write the tests for it"), *calls("2024-02-09T11:00:00Z"),
    )  # fmt: skip
    assert [run.created_at.isoformat() for run in runs] == [
        "2024-02-01T10:00:00.500000+00:00",
        "2024-02-09T11:00:00+00:00",
    ]


@pytest.mark.parametrize("at", ["2999-01-01T00:00:00Z", "1970-01-02T00:00:00Z", "soon", ""])
def test_a_time_that_cannot_be_is_taken_as_now(imported: Import, at: str) -> None:
    before = datetime.now(UTC)
    (run,) = imported(asked(at), *calls(at))
    assert before <= run.created_at <= datetime.now(UTC)


@pytest.mark.parametrize(
    "records",
    [
        [
            {"timestamp": "2024-02-01T10:00:00Z", "type": "session_meta", "payload": {"id": "a", "cwd": "/w"}},
            {"timestamp": "2024-02-01T10:00:00Z", "type": "response_item", "payload": {
                "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Fix the parser, please"}]}},
            *({"timestamp": "2024-02-01T10:00:00Z", "type": "response_item", "payload": {
                "type": "function_call", "call_id": name, "name": "shell", "arguments": "{}"}} for name in ("a", "b")),
        ],
        [{"info": {"id": "ses_1"}, "messages": [
            {"info": {"role": "user", "sessionID": "ses_1"}, "parts": [{"type": "text", "text": "Fix the parser"}]},
            {"info": {"role": "assistant", "sessionID": "ses_1", "time": {"created": 1, "completed": 1706781600000}},
             "parts": [{"type": "tool", "tool": "bash", "callID": n, "state": {"input": {"command": n}}} for n in "ab"]},
        ]}],
        [{"sessionId": "s", "projectHash": "h", "messages": [
            {"id": "1", "type": "user", "content": "Fix the parser", "timestamp": "2024-02-01T09:00:00Z"},
            {"id": "2", "type": "gemini", "content": "", "timestamp": "2024-02-01T10:00:00Z",
             "toolCalls": [{"id": n, "name": "run_shell_command", "args": {"command": n}} for n in "ab"]},
        ]}],
        [{"resourceSpans": [{"scopeSpans": [{"spans": [
            {"traceId": "a", "spanId": n, "parentSpanId": "r", "startTimeUnixNano": f"{i}",
             "endTimeUnixNano": "1706781600000000000", "attributes": [
                {"key": "gen_ai.operation.name", "value": {"stringValue": "execute_tool"}},
                {"key": "gen_ai.tool.name", "value": {"stringValue": n}}]} for i, n in enumerate("ab")
        ]}]}]}],
        [{"run_type": "chain", "id": "r", "inputs": {"input": "Fix the parser"}, "child_runs": [
            {"run_type": "tool", "id": n, "name": n, "inputs": {"x": n}, "outputs": {"output": "ok"},
             "end_time": "2024-02-01T10:00:00"} for n in "ab"]}],
        [{"id": 0, "source": "user", "action": "message", "args": {"content": "Fix the parser"}},
         *({"id": i, "source": "agent", "action": "run", "args": {"command": f"make {i}"},
            "timestamp": "2024-02-01T10:00:00"} for i in (1, 2))],
        [{**RUN, "created_at": "2024-02-01T11:00:00+01:00"}],
        [{**RUN, "timestamp": 1706781600}],
    ],
    ids=["codex", "opencode", "gemini", "otel", "langchain", "openhands", "own", "own, in seconds"],
)  # fmt: skip
def test_every_format_that_has_times_tells_them(imported: Import, records: list[object]) -> None:
    (run,) = imported(*records)
    assert run.created_at.isoformat() == "2024-02-01T10:00:00+00:00"


def test_what_an_old_session_shows_is_as_old_as_it(
    imported: Import, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported({**RUN, "created_at": "2024-02-01T10:00:00Z"})
    with closing(open_memory(read_settings())) as memory:
        assert only(memory).updated_at == datetime(2024, 2, 1, 10, tzinfo=UTC)
    monkeypatch.setenv("MEMP_STALE_DAYS", "90")
    main(["tidy"])
    with closing(open_memory(read_settings())) as memory:
        assert memory.store.procedures() == []


def only(memory: ProceduralMemory) -> Procedure:
    (procedure,) = memory.store.procedures()
    return procedure


def test_recency_goes_by_when_runs_happened_and_not_by_when_they_came_in(home: Path) -> None:
    with closing(open_memory(read_settings())) as memory:
        memory.record(RUN["task"], RUN["steps"], "success")
        for days, outcome in ((1, "failure"), (300, "success")):
            at = datetime.now(UTC) - timedelta(days=days)
            memory.record(f"Free port 8{days}", RUN["steps"], outcome, used=["p1"], at=at)
        uses = memory.store.standings([1])[1].uses
    assert [use.success for use in uses] == [False, True]


def test_an_old_session_is_no_answer_to_what_was_looked_up_today(home: Path) -> None:
    with closing(open_memory(read_settings(holdout=0.01))) as memory:
        memory.record(RUN["task"], RUN["steps"], "success")
        memory.recall("Free port 80")
        memory.record(RUN["task"], ["old -> old"], "failure", at=datetime.now(UTC) - timedelta(days=30))
        assert memory.store.outcomes() == []
        memory.record(RUN["task"], ["new -> new"], "failure")
        assert len(memory.store.outcomes()) == 1


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("2024-02-01T10:00:00.000Z", "2024-02-01T10:00:00+00:00"),
        (1706781600, "2024-02-01T10:00:00+00:00"),
        (1706781600.5, "2024-02-01T10:00:00.500000+00:00"),
        ("1706781600000", "2024-02-01T10:00:00+00:00"),
        (1706781600000000, "2024-02-01T10:00:00+00:00"),
        ("1706781600000000000", "2024-02-01T10:00:00+00:00"),
    ],
)
def test_a_moment_is_read_in_any_unit(value: object, iso: str) -> None:
    found = moment(value)
    assert found is not None
    assert found.isoformat() == iso


@pytest.mark.parametrize(
    "value", [None, True, -1, 0, 10**400, float("nan"), float("inf"), "", "t" * 10_000, [], "9" * 5_000]
)
def test_what_is_no_moment_is_none(value: object) -> None:
    assert moment(value) is None


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        (None, NOW),
        (datetime(2024, 2, 1, 10), datetime(2024, 2, 1, 10, tzinfo=UTC)),
        (NOW + timedelta(seconds=1), NOW),
        (datetime.min, NOW),
        (datetime.max.replace(tzinfo=UTC), NOW),
        (datetime.fromisoformat("0001-01-01T00:00:00+14:00"), NOW),
    ],
)
def test_what_cannot_have_happened_then_happened_now(at: datetime | None, taken: datetime) -> None:
    assert happened(at, NOW) == taken


def test_who_recorded_a_run_is_told_without_secrets(home: Path) -> None:
    secret = "sk-ant-api03-" + "Zq8" * 12
    who = Provenance(client=f"agent {secret}", project="shop", source=f"log with api_key={secret}")
    with closing(open_memory(read_settings())) as memory:
        memory.record("Free port 80", RUN["steps"], "success", provenance=who)
        memory.recall("Free port 80", provenance=who)
        kept = memory.store.trajectory(1).provenance
    assert (kept.client, kept.project) == ("agent [redacted: api key]", "shop")
    assert secret.encode() not in b"".join(path.read_bytes() for path in home.glob("memory.sqlite3*"))
