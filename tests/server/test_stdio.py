"""The real server as a process of its own, over its real stdin and stdout."""

import asyncio
import json
import os
import queue
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from memp.store.sqlite.store import SQLiteStore

COMMAND = [sys.executable, "-m", "memp_server"]
INITIALIZE = {
    "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
}  # fmt: skip
RECORD = {"task": "clean the mug", "steps": ["go to the sink -> there", "wash the mug -> clean"], "outcome": "success"}


def at(home: Path) -> dict[str, str]:
    """Environment of a server that keeps its memory in `home`."""
    # Unbuffered output would hide what the interpreter flushes when it ends.
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("MEMP_", "ANTHROPIC_")) and k != "PYTHONUNBUFFERED"
    }
    return {**kept, "MEMP_MODEL": "hashing", "MEMP_DB": str(home / "memory.sqlite3"), "HOME": str(home)}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return at(tmp_path)


class Talk:
    """A server process, spoken to in lines of JSON."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        self.lines: queue.Queue[bytes] = queue.Queue()
        self.raw: list[bytes] = []
        self.errors: list[bytes] = []
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()
        self._id = 1_000  # Apart from the ids that tests write themselves.

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.raw.append(line)
            self.lines.put(line)
        self.lines.put(b"")

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(self.process.stderr)

    def send(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def request(self, method: str, params: dict[str, Any]) -> int:
        self._id += 1
        self.send(json.dumps({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}).encode())
        return self._id

    def answer(self, wanted: int) -> dict[str, Any]:
        while True:
            line = self.lines.get(timeout=120)
            assert line, f"the server ended: {b''.join(self.errors).decode()}"
            message = json.loads(line)
            if message.get("id") == wanted:
                return message

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        return self.answer(self.request(method, params))["result"]

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return self.ask("tools/call", {"name": tool, "arguments": arguments})

    def handshake(self) -> dict[str, Any]:
        result = self.ask("initialize", INITIALIZE)
        self.send(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
        return result

    def end(self) -> int:
        """Close stdin and wait for the process; its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(timeout=120)
        for thread in self._threads:
            thread.join(120)
        return code

    def dispose(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., Talk]]:
    """Starts servers, with the environment's variables changed as given; they are gone after the test."""
    started: list[Talk] = []

    def starter(**changes: str) -> Talk:
        started.append(Talk({**environment, **changes}))
        return started[-1]

    yield starter
    for talk in started:
        talk.dispose()


@pytest.fixture
def talk(start: Callable[..., Talk]) -> Talk:
    """A server after the handshake of most hosts."""
    server = start()
    server.handshake()
    return server


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Talk]]:
    """One server for all tests that neither end it nor look at its memory; anew where one ended it all the same."""
    home, started = tmp_path_factory.mktemp("server"), list[Talk]()

    def alive() -> Talk:
        if not started or started[-1].process.poll() is not None:
            started.append(Talk(at(home)))
            started[-1].handshake()
        return started[-1]

    yield alive
    for talk in started:
        talk.dispose()


@pytest.fixture
def shared(serving: Callable[[], Talk]) -> Talk:
    """A server that earlier tests spoke to."""
    return serving()


def text(result: dict[str, Any]) -> str:
    (content,) = result["content"]
    return content["text"]


def client(environment: dict[str, str], mode: str) -> AbstractAsyncContextManager[Client]:
    parameters = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=environment)
    return Client(stdio_client(parameters), mode=mode)


def stored(environment: dict[str, str]) -> int:
    store = SQLiteStore(Path(environment["MEMP_DB"]))
    count = store.stats().trajectories
    store.close()
    return count


# What a host sees


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_of_either_protocol_records_and_recalls(environment: dict[str, str], mode: str):
    async def session() -> None:
        async with client(environment, mode) as connected:
            assert {tool.name for tool in (await connected.list_tools()).tools} == {
                "recall_procedure", "record_trajectory", "reflect_on_failure"
            }  # fmt: skip
            recorded = await connected.call_tool("record_trajectory", RECORD)
            assert not recorded.is_error
            recalled = await connected.call_tool("recall_procedure", {"task": "clean the mug"})
            assert recalled.structured_content is not None
            assert recalled.structured_content["matches"][0]["id"] == "p1"

    asyncio.run(session())
    store = SQLiteStore(Path(environment["MEMP_DB"]))
    assert (store.trajectory(1).provenance.client or "").startswith("mcp")
    store.close()


def test_three_tools_with_titles_hints_and_few_characters(shared: Talk):
    tools = {tool["name"]: tool for tool in shared.ask("tools/list", {})["tools"]}
    assert sorted(tools) == ["recall_procedure", "record_trajectory", "reflect_on_failure"]
    shown = [
        name + tool["title"] + tool["description"] + json.dumps(tool["inputSchema"]) for name, tool in tools.items()
    ]
    assert sum(map(len, shown)) < 4_000
    for name, tool in tools.items():
        hints = tool["annotations"]
        assert hints["readOnlyHint"] is (name == "recall_procedure")
        assert hints["openWorldHint"] is False
        assert name == "recall_procedure" or hints["destructiveHint"] is False
        assert tool["_meta"]["anthropic/alwaysLoad"] is True
        assert tool["_meta"]["anthropic/searchHint"]
        assert tool["description"].startswith("Call ")
        assert "null" not in json.dumps(tool["inputSchema"])
    assert tools["record_trajectory"]["inputSchema"]["required"] == ["task", "steps"]
    assert tools["recall_procedure"]["inputSchema"]["required"] == ["task"]
    assert tools["reflect_on_failure"]["inputSchema"]["required"] == ["task", "error"]


def test_the_handshake_names_the_server_and_its_short_instructions(start: Callable[..., Talk]):
    result = start().handshake()
    assert result["serverInfo"]["name"] == "memp"
    assert "recall_procedure" in result["instructions"][:200]
    assert len(result["instructions"]) < 2_048


@pytest.mark.parametrize(
    "detail", ["proceduralization", *(pytest.param(one, marks=pytest.mark.slow) for one in ("script", "trajectory"))]
)
def test_a_recall_of_huge_procedures_stays_within_the_budget(talk: Talk, detail: str):
    long = 'wash "every" corner of the mug, then rinse it; ' * 12
    for n in range(3):
        script = {
            "goal": f"clean the mug {n} " + "g" * 900,
            "steps": [f"{n}.{i} {long}" for i in range(40)],
            "when_to_use": "w" * 900,
            "not_when": "n" * 900,
            "preconditions": ["p" * 900] * 10,
            "parameters": {f"parameter_{i}_{'n' * 40}": "d" * 900 for i in range(20)},
            "verification": "v" * 900,
            "pitfalls": [{"trigger": f"{i} " + "t" * 900, "instead": "i" * 900} for i in range(10)],
        }
        run = [{"action": f"{n} {i} " + "a" * 2_000, "observation": "o" * 2_000} for i in range(60)]
        assert not talk.call("record_trajectory", task=f"clean the mug {n}", steps=run, outcome=1, script=script).get(
            "isError"
        )
    for n in range(3):
        talk.call(
            "reflect_on_failure", task="clean the mug", steps=[f"fail {n}"], error=f"the mug broke {n} " + "e" * 900
        )
    # With the error first: it brings nothing that was given already.
    for limit, error in ((3, {"error": "the mug broke"}), (1, {}), (3, {})):
        result = talk.call("recall_procedure", task="clean the mug", limit=limit, detail=detail, **error)
        reply = result["structuredContent"]
        assert len(text(result)) / 4 < 600, limit
        assert json.loads(text(result)) == reply
        assert reply["matches"][0]["id"].startswith("p") and ("on_error" in reply) == bool(error)
        assert any("cut to fit" in note for note in reply["notes"])


# Odd bytes and sizes


def test_a_lone_surrogate_is_answered(shared: Talk):
    shared.send(
        rb'{"jsonrpc":"2.0","id":900,"method":"tools/call","params":{"name":"record_trajectory","arguments":'
        rb'{"task":"clean \ud800 the mug","steps":["say \udfff -> \ud83d\ude00 \\ud800"],"outcome":"success"}}}'
    )
    assert not shared.answer(900)["result"].get("isError")
    shared.send(
        rb'{"jsonrpc":"2.0","id":901,"method":"tools/call","params":{"name":"record_trajectory","arguments":'
        rb'{"task":"clean","steps":[{"action":"a","\ud800":"b"}],"outcome":"success"}}}'
    )
    assert "unknown field" in text(shared.answer(901)["result"])


def test_a_request_with_a_carriage_return_between_its_parts_is_answered(shared: Talk):
    shared.send(b'{"jsonrpc":"2.0",\r"id":902,\r\n"method":"ping"}'.replace(b"\n", b""))
    assert shared.answer(902)["result"] == {}


def test_what_surrounds_a_lone_surrogate_is_kept(talk: Talk, environment: dict[str, str]):
    talk.send(
        rb'{"jsonrpc":"2.0","id":900,"method":"tools/call","params":{"name":"record_trajectory","arguments":'
        rb'{"task":"clean \ud800 it","steps":["say \ud83d\ude00 \\ud800"],"outcome":"success"}}}'
    )
    talk.answer(900)
    store = SQLiteStore(Path(environment["MEMP_DB"]))
    kept = store.trajectory(1)
    store.close()
    assert (kept.task, kept.steps[0].action) == ("clean \ufffd it", "say \U0001f600 \\ud800")


def test_control_characters_are_answered(shared: Talk):
    everything = "".join(map(chr, range(0x20))) + "\x7f\x85\u2028\u2029\ufeff"
    result = shared.call("record_trajectory", task=f"clean {everything}", steps=[f"a{everything}"], outcome="success")
    assert not result.get("isError")


@pytest.mark.parametrize(
    "line",
    [b"this is not JSON", b"{", b"", b"[]", b"null", b"\xff\xfe\x00", b'{"jsonrpc":"2.0"}', b"[" * 100_000,
     b'{"jsonrpc":"1.0","id":1,"method":"x"}', b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":[1]}'],
    ids=["text", "half an object", "nothing", "a list", "null", "bytes", "no method", "depth", "version", "params"],
)  # fmt: skip
def test_after_a_line_that_is_no_message_a_good_request_is_answered(shared: Talk, line: bytes):
    shared.send(line)
    assert len(shared.ask("tools/list", {})["tools"]) == 3


def nested(depth: int, fields: bytes) -> bytes:
    return b'{"jsonrpc":"2.0",' + fields.replace(b"?", b"[" * depth + b"]" * depth) + b"}"


@pytest.mark.parametrize("depth", [300, 5_000_000])
@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        (b'"id":900,"method":"tools/call","params":{"id":1,"a":?}', 900),
        (b'"params":{"a":"\\"id\\":1,","id":1,"b":?}, "method":"tools/call", "id" : "a\\u0020b" ', "a b"),
    ],
    ids=["id first", "id last"],
)
def test_a_request_nested_too_deep_is_answered(shared: Talk, depth: int, fields: bytes, wanted: int | str):
    shared.send(nested(depth, fields))
    answer = shared.answer(wanted)
    assert answer["error"]["code"] == -32700
    assert "cannot be read" in answer["error"]["message"]
    assert len(shared.ask("tools/list", {})["tools"]) == 3


@pytest.mark.parametrize(
    "line",
    [b'{"jsonrpc":"1.0","id":900,"method":"x"}', b'{"id":900,"method":"x"}',
     b'{"jsonrpc":"2.0","id":900,"method":7}', b'{"jsonrpc":"2.0","id":900,"method":"tools/call","params":[1]}'],
    ids=["version", "no version", "method", "params"],
)  # fmt: skip
def test_a_request_that_is_no_request_of_the_protocol_is_answered(shared: Talk, line: bytes):
    shared.send(line)
    assert shared.answer(900)["error"]["code"] == -32600


@pytest.mark.parametrize(
    "fields",
    [b'"id":900,"result":{"a":?}', b'"method":"x","params":?', b'"id":true,"method":"x","params":?',
     b'"id":900,"params":{"method":"x","a":?}', b'"method":"x","a":' + b'"\\"' * 100_000],
    ids=["a response", "a notification", "no id", "a method below", "a string without an end"],
)  # fmt: skip
def test_what_is_no_request_gets_no_answer(shared: Talk, fields: bytes):
    before = len(shared.raw)
    shared.send(nested(300, fields))
    assert len(shared.ask("tools/list", {})["tools"]) == 3
    assert len(shared.raw) == before + 1


def test_a_request_nested_too_deep_just_before_the_end_of_stdin_is_answered(talk: Talk):
    talk.send(nested(300, b'"id":900,"method":"tools/call","params":?'))
    assert talk.end() == 0
    assert json.loads(talk.raw[-1])["id"] == 900


@pytest.mark.parametrize(("level", "logged"), [("INFO", True), ("WARNING", False), ("", False)])
def test_the_log_level_decides_what_stderr_gets(
    start: Callable[..., Talk], environment: dict[str, str], level: str, logged: bool
):
    server = start(MEMP_LOG_LEVEL=level, MEMP_API_KEY="sk-hush-hush")
    server.handshake()
    assert not server.call("recall_procedure", task="password=hush-hush").get("isError")
    assert server.end() == 0
    lines = b"".join(server.errors).decode().splitlines()
    assert (f"INFO memp.server: The memory is {environment['MEMP_DB']}." in lines) == logged
    assert all(line.startswith(("INFO memp", "DEBUG memp")) for line in lines)
    assert "hush" not in "".join(lines)


def test_a_setting_that_there_is_not_is_named_once_on_stderr(start: Callable[..., Talk]):
    server = start(MEMP_FLOR="0.4")
    server.handshake()
    for _ in range(2):
        assert not server.call("recall_procedure", task="clean the mug").get("isError")
    assert server.end() == 0
    lines = b"".join(server.errors).decode().splitlines()
    assert lines == ["WARNING memp.server: There is no setting MEMP_FLOR: is MEMP_FLOOR meant?"]


def test_nan_on_the_wire_is_answered(shared: Talk):
    for number in (b"NaN", b"Infinity", b"1e999"):
        shared.send(
            b'{"jsonrpc":"2.0","id":900,"method":"tools/call","params":{"name":"record_trajectory","arguments":'
            b'{"task":"clean","steps":["a"],"outcome":' + number + b"}}}"
        )
        answer = shared.answer(900)
        assert "error" in answer or "'outcome'" in text(answer["result"])


def test_an_observation_of_20_megabytes_is_cut_and_one_of_50_refused_and_both_are_said(
    talk: Talk, environment: dict[str, str]
):
    def told(lines: int) -> dict[str, Any]:
        steps = [{"action": "print it", "observation": "all work and no play\n" * lines}]
        arguments = {"task": "read the log", "steps": steps, "outcome": "success"}
        return talk.answer(talk.request("tools/call", {"name": "record_trajectory", "arguments": arguments}))

    assert "at most 26 MB" in told(2_500_000)["error"]["message"]
    result = told(950_000)["result"]
    assert not result.get("isError")
    (note,) = result["structuredContent"]["notes"]
    assert "the observation of step 1 had 19,949,999 characters; its first and last 10,000 are kept" in note
    assert Path(environment["MEMP_DB"]).stat().st_size < 2_000_000


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_thousands_of_steps_are_recorded(talk: Talk, count: int):
    steps = [f"go to place {n} -> you see thing {n}" for n in range(count)]
    result = talk.call("record_trajectory", task="visit every place", steps=steps, outcome="success")
    assert result["structuredContent"]["trajectory"] == "t1"
    recalled = talk.call("recall_procedure", task="visit every place")
    assert len(text(recalled)) / 4 < 600


def test_what_a_revision_is_written_from_is_bounded(talk: Talk):
    steps = [{"action": f"go {n} " + "a" * 2_000, "observation": "o" * 100} for n in range(100)]
    talk.call("record_trajectory", task="visit every place", steps=steps, outcome="success")
    failed = [{"action": f"stay {n} " + "a" * 2_000, "observation": "o" * 100} for n in range(100)]
    result = talk.call("reflect_on_failure", task="visit every place", steps=failed, error="nothing came", used=["p1"])
    material = result["structuredContent"]["material"]
    assert material["procedure"]["id"] == "p1"
    assert material["closest_success"]["success_then"] and material["closest_success"]["failed_then"]
    assert len(text(result)) < 18_000


def test_a_task_of_a_megabyte_is_answered(talk: Talk):
    task = "clean the mug and " * 58_000
    failed = {"steps": ["drop the mug"], "error": "it broke"}
    for tool, more in (("record_trajectory", RECORD), ("recall_procedure", {}), ("reflect_on_failure", failed)):
        result = talk.call(tool, **{**more, "task": task})
        assert not result.get("isError")
        assert len(text(result)) < 10_000
        cut = [
            note for note in result["structuredContent"].get("notes", ()) if "the task had 1,043,999 characters" in note
        ]
        assert cut or tool == "recall_procedure"
    assert not talk.call("recall_procedure", task="clean the mug").get("isError")


def test_stdout_carries_nothing_but_messages(talk: Talk):
    talk.send(b"not JSON")
    talk.call("record_trajectory", **RECORD)
    talk.call("record_trajectory", **{**RECORD, "outcome": 7})
    assert talk.end() == 0
    assert talk.raw
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in talk.raw)


# How it ends


def test_the_end_of_stdin_ends_the_process(talk: Talk):
    talk.call("record_trajectory", **RECORD)
    assert talk.end() == 0
    assert b"Traceback" not in b"".join(talk.errors)


def test_the_end_of_stdin_before_any_message_ends_the_process(start: Callable[..., Talk]):
    assert start().end() == 0


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process(talk: Talk, number: signal.Signals):
    talk.call("record_trajectory", **RECORD)
    talk.process.send_signal(number)
    assert talk.wait() == 0


def test_requests_followed_at_once_by_the_end_of_stdin_are_answered(environment: dict[str, str]):
    def message(identity: int, method: str, **params: Any) -> str:
        return json.dumps({"jsonrpc": "2.0", "id": identity, "method": method, "params": params})

    lines = [
        message(1, "initialize", **INITIALIZE),
        '{"jsonrpc":"2.0","method":"notifications/initialized"}',
        message(2, "tools/call", name="record_trajectory", arguments=RECORD),
        message(3, "tools/call", name="recall_procedure", arguments={"task": "clean the mug"}),
        message(4, "tools/list"),
    ]
    done = subprocess.run(
        COMMAND, input="\n".join(lines) + "\n", env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    answers = {message["id"]: message for message in map(json.loads, done.stdout.splitlines())}
    assert sorted(answers) == [1, 2, 3, 4]
    assert answers[2]["result"]["structuredContent"]["created"] == "p1"
    assert stored(environment) == 1


def test_a_request_that_was_cancelled_does_not_hold_the_process_back(talk: Talk):
    talk.send(
        json.dumps({"jsonrpc": "2.0", "id": 50, "method": "tools/call",
                    "params": {"name": "record_trajectory", "arguments": RECORD}}).encode()
    )  # fmt: skip
    talk.send(b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":50}}')
    assert talk.end() == 0


# Files and settings that cannot be used


def test_a_corrupt_file_is_an_answer_to_each_call_until_it_is_repaired(
    start: Callable[..., Talk], environment: dict[str, str]
):
    path = Path(environment["MEMP_DB"])
    path.write_text("this is no database " * 1000)
    talk = start()
    talk.handshake()
    assert len(talk.ask("tools/list", {})["tools"]) == 3
    for _ in range(2):
        for tool, arguments in (("recall_procedure", {"task": "x"}), ("record_trajectory", RECORD)):
            result = talk.call(tool, **arguments)
            assert result["isError"]
            assert "not a usable SQLite file" in text(result)
            assert "\n" not in text(result)
    path.unlink()
    assert not talk.call("record_trajectory", **RECORD).get("isError")
    assert talk.call("recall_procedure", task="clean the mug")["structuredContent"]["matches"]


@pytest.mark.parametrize(
    ("name", "value"), [("MEMP_LIMIT", "99"), ("MEMP_UPDATE", "sometimes")]
)  # fmt: skip
def test_a_bad_setting_is_an_answer_that_names_it(start: Callable[..., Talk], name: str, value: str):
    talk = start(**{name: value})
    talk.handshake()
    for _ in range(2):
        result = talk.call("recall_procedure", task="clean the mug")
        assert result["isError"]
        assert text(result).startswith(f'{name} is "{value}": set ')
        assert "\n" not in text(result)


def test_a_file_locked_by_another_process_is_an_answer_and_recall_still_works(
    start: Callable[..., Talk], environment: dict[str, str]
):
    talk = start(MEMP_BUSY_TIMEOUT="0.05")
    talk.handshake()
    talk.call("record_trajectory", **RECORD)
    # The standard library's own SQLite, as another program would use it.
    holder = sqlite3.connect(environment["MEMP_DB"], isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    refused = talk.call("record_trajectory", **{**RECORD, "task": "clean the cup"})
    assert refused["isError"]
    assert "nothing was stored; try again" in text(refused)
    assert talk.call("recall_procedure", task="clean the mug")["structuredContent"]["matches"]
    holder.execute("ROLLBACK")
    holder.close()
    assert not talk.call("record_trajectory", **{**RECORD, "task": "clean the cup"}).get("isError")


def test_a_read_only_memory_says_so(start: Callable[..., Talk]):
    first = start()
    first.handshake()
    first.call("record_trajectory", **RECORD)
    second = start(MEMP_READ_ONLY="1")
    second.handshake()
    assert second.call("recall_procedure", task="clean the mug")["structuredContent"]["matches"]
    refused = second.call("record_trajectory", **RECORD)
    assert refused["isError"]
    assert "read-only" in text(refused)


# Several at once


def test_two_servers_on_one_file_see_what_the_other_recorded(start: Callable[..., Talk]):
    one, two = start(), start()
    one.handshake()
    two.handshake()
    one.call("record_trajectory", **RECORD)
    assert two.call("recall_procedure", task="clean the mug")["structuredContent"]["matches"][0]["id"] == "p1"
    two.call("record_trajectory", **{**RECORD, "task": "clean the cup"}, used=["p1"])
    assert one.call("recall_procedure", task="clean the mug")["structuredContent"]["matches"][0]["worked"].startswith(
        "in 2 of 2 runs"
    )


def test_calls_made_at_once_are_all_answered_and_all_counted(environment: dict[str, str]):
    async def session() -> None:
        async with client(environment, "auto") as connected:
            await connected.call_tool("record_trajectory", RECORD)
            calls = [
                connected.call_tool("record_trajectory", {**RECORD, "task": f"clean the mug {n}", "used": ["p1"]})
                for n in range(20)
            ]
            calls += [connected.call_tool("recall_procedure", {"task": "clean the mug"}) for _ in range(20)]
            results = await asyncio.gather(*calls)
            assert not any(result.is_error for result in results)

    asyncio.run(session())
    store = SQLiteStore(Path(environment["MEMP_DB"]))
    assert store.procedures([1])[0].uses == 20
    store.close()
