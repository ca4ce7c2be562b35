"""The socket of a server as a process of its own, asked by the hook as a process of its own, and by whoever else gets there."""

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hook_calls import PATIENT, TASK, Machine, Said, payloads

from memp.light.local_socket import GREETING, MAX_REQUEST, alive, file_identity, paths, sockets
from memp_clients.screen.models import NotNeeded, loaded

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")

HANDSHAKE = (
    {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}},
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
)  # fmt: skip
RECALL = {"jsonrpc": "2.0", "id": 2, "method": "tools/call",
          "params": {"name": "recall_procedure", "arguments": {"task": TASK}}}  # fmt: skip


class Server:
    """A server process, with its memory open."""

    def __init__(self, machine: Machine, **more: str) -> None:
        environment = {**machine.environment, **more}
        self.db = machine.db
        self.process = subprocess.Popen(
            [sys.executable, "-m", "memp_server"], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.tell(*HANDSHAKE)
        self.answer(1)

    def tell(self, *messages: object) -> None:
        assert self.process.stdin
        self.process.stdin.write("".join(json.dumps(message) + "\n" for message in messages))
        self.process.stdin.flush()

    def answer(self, number: int) -> dict[str, Any]:
        assert self.process.stdout
        while True:
            message = json.loads(self.process.stdout.readline())
            if message.get("id") == number:
                return message["result"]

    def listening(self) -> "Server":
        wait(lambda: self.process.pid in alive(self.db))
        return self

    def end(self) -> int:
        """Close stdin, as a client that goes."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(60)

    def dispose(self) -> str:
        """End it one way or another; what it wrote to stderr."""
        assert self.process.stderr and self.process.stdin and self.process.stdout
        if not self.process.stderr.closed:
            self.process.kill()
            self.errors = self.process.stderr.read()
            self.process.wait(60)
            for stream in (self.process.stderr, self.process.stdin, self.process.stdout):
                stream.close()
        return self.errors


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path).filled()


@pytest.fixture
def start(machine: Machine) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def starter(**more: str) -> Server:
        started.append(Server(machine, **more))
        return started[-1]

    yield starter
    for server in started:
        server.dispose()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, Server]]:
    """A memory with a server, for tests that end neither."""
    machine = Machine(tmp_path_factory.mktemp("shared")).filled()
    server = Server(machine, MEMP_PROJECT="").listening()
    yield machine, server
    server.dispose()


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def asked(machine: Machine, session: str = "s", script: str = PATIENT, **more: str) -> Said:
    payload = {**payloads("claude_code")["prompt"], "session_id": session}
    stdin = json.dumps(payload).encode()
    return machine.run("-c", script, "hook", "claude-code", "prompt", stdin=stdin, **more)


def question(machine: Machine, **changed: object) -> dict[str, object]:
    return {
        "memory": file_identity(machine.db), "settings": {"model": "hashing", "project": ""}, "task": TASK,
        "place": ["", [], []], "client": "test", "model": "", "budget": 400, **changed,
    }  # fmt: skip


def sent(machine: Machine, line: bytes) -> dict[str, Any]:
    """The answer to a line, whoever sends it."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(str(sockets(machine.db)[0]))
        with connection.makefile("rwb") as file:
            assert file.readline() == GREETING
            file.write(line)
            file.flush()
            try:
                return json.loads(file.readline() or b"{}")
            except ConnectionResetError:
                return {}


def test_a_hook_gets_its_answer_from_a_server_that_runs(machine: Machine, start: Callable[..., Server]):
    start().listening()
    said = asked(machine)
    assert '"id": "p1"' in said.text
    assert "pip install -e ." in said.text
    assert machine.log == ""
    (*_, words, answer) = logged(machine)[-1]
    assert json.loads(str(words))["through"] == "hook" and json.loads(str(answer))["matches"][0]["id"] == "p1"


def test_only_its_owner_may_enter_the_folder_and_use_the_socket(shared: tuple[Machine, Server]):
    machine, _ = shared
    (path,) = sockets(machine.db)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("how", ["stdin", "SIGTERM", "SIGINT"])
def test_the_socket_is_gone_with_its_server(machine: Machine, start: Callable[..., Server], how: str):
    server = start().listening()
    if how == "stdin":
        assert server.end() == 0
    else:
        server.process.send_signal(getattr(signal, how))
        server.process.wait(60)
    assert sockets(machine.db) == []
    assert asked(machine).out == ""


def test_a_socket_whose_server_was_killed_is_passed_over_and_cleared_away_by_the_next_server(
    machine: Machine, start: Callable[..., Server]
):
    killed = start().listening()
    killed.process.kill()
    killed.process.wait(60)
    (stale,) = sockets(machine.db)
    said = asked(machine)
    assert (said.out, said.status, machine.log) == ("", 0, "")
    start().listening()
    assert stale not in sockets(machine.db)
    assert '"id": "p1"' in asked(machine).text


def test_of_several_servers_any_may_answer(machine: Machine, start: Callable[..., Server]):
    first, second = start().listening(), start().listening()
    assert len(sockets(machine.db)) == 2
    second.end()
    assert '"id": "p1"' in asked(machine, "a").text
    first.end()
    assert asked(machine, "b").out == ""


IMPATIENT_GREETING = PATIENT.replace("= local_socket.GREETING_PATIENCE = 60.0", "= 60.0")


def test_a_server_that_was_stopped_holds_nobody_up(machine: Machine, start: Callable[..., Server]):
    start().listening()
    stopped = start().listening()
    stopped.process.send_signal(signal.SIGSTOP)
    newest = sockets(machine.db)[0]
    assert newest.name.startswith(f"{stopped.process.pid}-")
    # One that greets late, on a busy machine, is passed over too: then words are what there is, and the log says so.
    assert '"id": "p1"' in asked(machine, script=IMPATIENT_GREETING).text or "in time" in machine.log
    start().listening()
    assert newest.exists()
    stopped.process.send_signal(signal.SIGCONT)
    wait(lambda: stopped.process.pid in alive(machine.db))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"MEMP_MODEL": "another/model"}, "it embeds with hashing, and the hook has another/model"),
        ({"MEMP_PROJECT": "shop"}, "it has another MEMP_PROJECT than the hook"),
        ({"MEMP_FLOOR": "0.9"}, "it has another MEMP_FLOOR than the hook"),
        ({"MEMP_FLOOR": "high"}, 'MEMP_FLOOR is "high": '),
        ({"MEMP_RETRIEVE": "random"}, "it has another MEMP_RETRIEVE than the hook"),
    ],
)
def test_a_hook_with_other_settings_is_refused_and_the_log_says_why(
    shared: tuple[Machine, Server], settings: dict[str, str], reason: str
):
    machine, _ = shared
    said = machine.hook("claude-code", "prompt", payloads("claude_code")["prompt"], **settings)
    assert (said.out, said.status) == ("", 0)
    assert f"looked up by its words alone: the server that runs refused: {reason}" in machine.log


def test_doctor_says_whether_servers_answer_hooks_and_that_one_refused(shared: tuple[Machine, Server]):
    machine, server = shared
    said = machine.called("doctor", "--json")
    check = next(check for check in json.loads(said.out)["checks"] if check["name"] == "hooks")
    assert f"prompts are answered by the server that runs (process {server.process.pid})" in check["found"]
    machine.hook("claude-code", "prompt", payloads("claude_code")["prompt"], MEMP_MODEL="another/model")
    said = machine.called("doctor", "--json")
    check = next(check for check in json.loads(said.out)["checks"] if check["name"] == "hooks")
    assert check["state"] == "warn" and "the hook has another/model" in check["found"]


def test_a_memory_that_took_the_place_of_the_one_that_is_served_is_another(
    machine: Machine, start: Callable[..., Server]
):
    start().listening()
    with sqlite3.connect(machine.db) as source, sqlite3.connect(machine.home / "new.sqlite3") as target:
        source.backup(target)
    (machine.home / "new.sqlite3").replace(machine.db)
    assert asked(machine).out == ""
    assert "it has another memory file open" in machine.log


def test_another_memory_beside_it_has_its_own_servers(machine: Machine, start: Callable[..., Server]):
    start().listening()
    other = machine.home / "other.sqlite3"
    with sqlite3.connect(machine.db) as source, sqlite3.connect(other) as target:
        source.backup(target)
    assert asked(machine, MEMP_DB=str(other)).out == ""
    link = machine.home / "link.sqlite3"
    link.symlink_to(machine.db)
    assert '"id": "p1"' in asked(machine, MEMP_DB=str(link)).text


@pytest.mark.parametrize(
    "line",
    [
        b"\n", b"GET / HTTP/1.1\n", b"[" * 60_000 + b"\n", b"\xff\xfe\n", b"null\n", b'{"memory": 1}\n',
        b"x" * (MAX_REQUEST + 2), b"\x00" * 100 + b"\n", b'{"task": "' + b"\\ud800" * 10 + b'"}\n',
    ],
    ids=lambda line: str(line[:12]),
)  # fmt: skip
def test_what_is_no_question_gets_no_answer_and_does_no_harm(shared: tuple[Machine, Server], line: bytes):
    machine, server = shared
    assert "reply" not in sent(machine, line)
    assert "reply" in sent(machine, json.dumps(question(machine)).encode() + b"\n")
    server.tell(RECALL)
    assert server.answer(2)["structuredContent"]["matches"]


@pytest.mark.parametrize(
    "change",
    [
        {"task": "x" * 8_001}, {"budget": 0}, {"budget": 10**9}, {"more": 1}, {"settings": {"db": "/etc/passwd"}},
        {"settings": {"model": "hashing", "project": "", "builder": "claude"}}, {"memory": [0, 0]}, {"place": "here"},
        {"settings": {"model": "x" * 1_001, "project": ""}}, {"client": "x" * 201}, {"task": " "}, {"task": 5},
    ],
    ids=str,
)  # fmt: skip
def test_questions_beyond_their_limits_are_refused(shared: tuple[Machine, Server], change: dict[str, object]):
    machine, _ = shared
    answer = sent(machine, json.dumps(question(machine, **change)).encode() + b"\n")
    assert answer.keys() == {"refused"}


def test_clients_that_say_nothing_hold_nobody_up_for_long(shared: tuple[Machine, Server]):
    machine, _ = shared
    address = str(sockets(machine.db)[0])
    silent: list[socket.socket] = []

    def greeted() -> bool:
        silent.append(socket.socket(socket.AF_UNIX))
        silent[-1].connect(address)
        return silent[-1].recv(100) == GREETING

    try:
        for _ in range(8):  # More than are served at once are turned away, until the silent ones were given up.
            wait(greeted)
        wait(lambda: bool(alive(machine.db)) and greeted())
        silent.pop().close()
        assert "reply" in sent(machine, json.dumps(question(machine)).encode() + b"\n")
    finally:
        for connection in silent:
            connection.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there the limit of another process can be set")
def test_a_server_that_had_too_many_files_open_answers_again(shared: tuple[Machine, Server]):
    import resource

    machine, server = shared
    before = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        wait(lambda: alive(machine.db) == [])
    finally:
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, before)
    wait(lambda: alive(machine.db) == [server.process.pid])


def test_a_folder_that_others_may_enter_is_not_used(machine: Machine, start: Callable[..., Server]):
    folder = paths(machine.db).folder
    folder.mkdir()
    folder.chmod(0o755)
    server = start()
    server.tell(RECALL)
    assert server.answer(2)["structuredContent"]["matches"]
    assert asked(machine).out == ""
    assert f"others may enter {folder}" in machine.log
    server.end()
    assert f"others may enter {folder}" in server.dispose()
    assert list(folder.iterdir()) == []


def test_a_server_that_can_have_no_socket_serves_all_the_same(machine: Machine, start: Callable[..., Server]):
    paths(machine.db).folder.write_text("in the way")
    server = start()
    server.tell(RECALL)
    assert server.answer(2)["structuredContent"]["matches"]
    assert server.end() == 0
    assert "Hooks go by words alone" in server.dispose()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there a long path can be bound")
def test_a_path_that_is_too_long_for_an_address_is_bound_all_the_same(machine: Machine, start: Callable[..., Server]):
    deep = machine.home / ("long " * 30) / ("longer " * 20)
    deep.mkdir(parents=True)
    machine.db.rename(deep / "m.sqlite3")
    machine.db = deep / "m.sqlite3"
    machine.environment["MEMP_DB"] = str(machine.db)
    server = start().listening()
    said = asked(machine)
    assert '"id": "p1"' in said.text
    server.end()
    assert sockets(machine.db) == []


def test_http_servers_answer_hooks_too(machine: Machine):
    command = [sys.executable, "-m", "memp_clients.cli", "serve", "--http", "0"]
    # Its token is made in the test's own folder.
    environment = {**machine.environment, "HOME": str(machine.home), "XDG_DATA_HOME": str(machine.home / "data")}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            said = process.stderr.readline()
            token = Path(said.split(" the token in ")[1].strip()).read_text(encoding="ascii").strip()
            recall = subprocess.run(
                [sys.executable, "-c", ASK_HTTP, said.split()[2], token],
                env=machine.environment,
                capture_output=True,
                text=True,
                check=True,
            )
            assert "p1" in recall.stdout
            wait(lambda: process.pid in alive(machine.db))
            assert '"id": "p1"' in asked(machine).text
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    assert sockets(machine.db) == []


ASK_HTTP = f"""
import asyncio, sys
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
async def main():
    async with create_mcp_http_client({{"authorization": f"Bearer {{sys.argv[2]}}"}}) as http_client:
        async with Client(streamable_http_client(sys.argv[1], http_client=http_client)) as client:
            print(await client.call_tool("recall_procedure", {{"task": {TASK!r}}}))
asyncio.run(main())
"""


def test_the_process_of_a_socket_is_the_one_that_listens(machine: Machine, start: Callable[..., Server]):
    server = start().listening()
    wait(lambda: alive(machine.db) == [server.process.pid])
    (paths(machine.db).folder / "rubbish.sock").write_text("")
    os.mkfifo(paths(machine.db).folder / "1-fifo.sock")
    wait(lambda: alive(machine.db) == [server.process.pid])
    assert '"id": "p1"' in asked(machine).text


RECALLS = (
    (TASK,), (TASK, "--limit", "2", "--detail", "script", "--fact", "pytest", "--context", "in a container"),
    (TASK, "--error", "ModuleNotFoundError: x"), ("Bake sourdough bread",), ("",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("words", "options"), [(RECALLS[1], ()), *((words, ("--json",)) for words in RECALLS)], ids=str
)
def test_memp_recall_by_a_server_answers_and_logs_as_without_one(
    machine: Machine, start: Callable[..., Server], words: tuple[str, ...], options: tuple[str, ...]
):
    machine.called("recall", *words)  # With an error, a second one leaves out what the first has shown.
    alone = machine.called(*options, "recall", *words)
    start().listening()
    with mock.patch("memp_clients.screen.models.loaded", side_effect=AssertionError("the model is loaded")) as loaded:
        if words == ("",):  # What a server refuses is refused here, in the same words.
            loaded.side_effect = lambda *_: NotNeeded()
        assert machine.called(*options, "recall", *words) == alone
    recalls = logged(machine)
    assert len(recalls) == (0 if words == ("",) else 3) and recalls[1:2] == recalls[2:]


@pytest.mark.parametrize(
    "given", [{"MEMP_FLOOR": "0.9"}, {"MEMP_PROJECT": "shop"}, {"MEMP_AGENT": "other"}, {"MEMP_RETRIEVE": "query"}]
)
def test_memp_recall_with_other_settings_than_the_servers_opens_the_memory(
    shared: tuple[Machine, Server], given: dict[str, str]
):
    machine, _ = shared
    with mock.patch("memp_clients.screen.models.loaded", wraps=loaded) as here:
        said = machine.called("--json", "recall", TASK, **given)
    assert here.call_count == 1 and said.status == 0


def logged(machine: Machine) -> list[tuple[object, ...]]:
    """The log of recalls with their answers, without ids, times and checksums."""
    with sqlite3.connect(machine.db) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(recalls)")]
        kept = ", ".join(name for name in columns if name not in ("id", "at", "time", "created_at", "checksum"))
        answers = "LEFT JOIN answers ON recall_id = id"
        return connection.execute(f"SELECT {kept}, asked, answer FROM recalls {answers} ORDER BY id").fetchall()
