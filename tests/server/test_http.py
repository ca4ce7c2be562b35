"""`memp serve --http`: who is let in, what is refused, and how it ends."""

import http.client
import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from http_server import HTTPServer
from mcp.types import LATEST_PROTOCOL_VERSION

from memp_clients.cli import main

INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HTTPServer]:
    # An empty --model is none: the environment's holds, and tools answer.
    with HTTPServer(tmp_path_factory.mktemp("http"), "--allow-host", "Memory.lan", "--model=") as running:
        yield running


def post(server: HTTPServer, body: bytes | dict[str, Any], **headers: str) -> tuple[int, str, str | None]:
    """The status, the body, and the session."""
    connection = http.client.HTTPConnection(server.host, timeout=60)
    sent = json.dumps(body).encode() if isinstance(body, dict) else body
    connection.request(
        "POST", "/mcp", sent, {**JSON, **server.authorization, **{k.replace("_", "-"): v for k, v in headers.items()}}
    )
    response = connection.getresponse()
    found = response.status, response.read().decode(), response.headers["mcp-session-id"]
    connection.close()
    return found


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost:1234"}, 200),
        ({"host": "[::1]"}, 200),
        ({"host": "memory.lan:8710"}, 200),
        ({"host": "Memory.lan:8710"}, 200),
        ({"origin": "http://localhost:3000"}, 200),
        ({"origin": "https://memory.lan"}, 200),
        ({"host": "evil.example"}, 421),
        ({"host": "localhost.evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example:80"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
    ids=str,
)
def test_only_who_calls_this_machine_by_its_names_is_let_in(
    server: HTTPServer, headers: dict[str, str], status: int
):  # fmt: skip
    assert post(server, INITIALIZE, **headers)[0] == status


def test_what_other_machines_share_is_stored_without_personal_data(server: HTTPServer):
    session = post(server, INITIALIZE)[2]
    assert session
    arguments = {
        "task": "Mail jane.doe@corp.io the invoice",
        "steps": ["call +49 30 901820 -> paid"],
        "outcome": "success",
    }
    for tool, passed in ("record_trajectory", arguments), ("recall_procedure", {"task": "Mail somebody the invoice"}):
        call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": tool, "arguments": passed}}
        _, body, _ = post(server, call, mcp_session_id=session)
    assert "[phone number]" in body and "901820" not in body


def test_the_same_holds_in_the_sessionless_era(server: HTTPServer):
    discover = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {}}
    assert post(server, discover, mcp_protocol_version=LATEST_PROTOCOL_VERSION, host="evil.example")[0] == 421
    assert post(server, discover, mcp_protocol_version=LATEST_PROTOCOL_VERSION, origin="http://evil.example")[0] == 403


@pytest.mark.parametrize(
    "body",
    [b"this is not JSON", b"", b"[]", b"null", b"\xff\xfe\x00", b"[" * 100_000, b'{"jsonrpc":"2.0"}'],
    ids=["text", "nothing", "a list", "null", "bytes", "depth", "no method"],
)
@pytest.mark.parametrize("version", ["2025-06-18", LATEST_PROTOCOL_VERSION])
def test_what_is_no_message_is_answered_so_and_the_next_one_still_served(
    server: HTTPServer, body: bytes, version: str
):  # fmt: skip
    assert 400 <= post(server, body, mcp_protocol_version=version)[0] < 500
    assert post(server, INITIALIZE)[0] == 200


@pytest.mark.slow
def test_a_run_of_the_greatest_length_is_recorded_however_it_is_escaped(server: HTTPServer):
    session = post(server, INITIALIZE)[2]
    assert session
    steps = [{"action": f"{n} " + "\u00e4" * 3_900, "observation": "o"} for n in range(1_000)]
    call = {
        "jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": {"name": "record_trajectory", "arguments": {"task": "fill it", "steps": steps, "outcome": 1}},
    }  # fmt: skip
    status, body, _ = post(server, call, mcp_session_id=session)
    assert status == 200
    assert '"trajectory":"t1"' in body


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_though_a_stream_is_open_and_stdout_is_clean(tmp_path: Path, number: signal.Signals):
    with HTTPServer(tmp_path) as running:
        session = post(running, INITIALIZE)[2]
        assert session
        stream = http.client.HTTPConnection(running.host, timeout=60)
        stream.request(
            "GET", "/mcp", headers={"accept": "text/event-stream", "mcp-session-id": session, **running.authorization}
        )
        assert stream.getresponse().status == 200
        running.process.send_signal(number)
        assert running.wait() == 0
        stream.close()
        assert running.process.stdout is not None
        assert running.process.stdout.read() == ""
        assert not [line for line in running.stderr if "Traceback" in line]


def test_a_port_in_use_is_one_sentence(server: HTTPServer, capsys: pytest.CaptureFixture[str]):
    assert main(["serve", "--http", server.host]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"memp: Port {server.host.split(':')[1]} of 127.0.0.1 cannot be listened on")
    assert err.count("\n") == 1


@pytest.mark.parametrize("address", ["0.0.0.0:8710", "192.168.0.7:8710", "[::]:8710", "memory.lan:8710"])
def test_an_address_for_other_machines_is_refused_unless_a_name_is_allowed(
    capsys: pytest.CaptureFixture[str], address: str
):
    assert main(["serve", "--http", address]) == 1
    assert "would not encrypt" in capsys.readouterr().err


def test_a_name_that_is_no_machines_is_one_sentence(capsys: pytest.CaptureFixture[str]):
    # A label has at most 63 characters: it is refused before any name server is asked.
    assert main(["serve", "--http", f"{'x' * 64}.invalid:0", "--allow-host", "memory.lan"]) == 1
    assert "which cannot be found" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name",
    ["memory.lan:8710", "http://memory.lan", "memory.lan/", "*", "", "a b", "[::1]:80", "[::x]", "user@memory.lan"],
)
def test_what_is_no_name_of_a_machine_cannot_be_allowed(capsys: pytest.CaptureFixture[str], name: str):
    assert main(["serve", "--http=0.0.0.0:8710", "--allow-host", "memory.lan", "--allow-host", name]) == 1
    assert "no name of a machine" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["", "port", "127.0.0.1:", "127.0.0.1:99999", "-1", "²"])
def test_what_names_no_port_is_refused(capsys: pytest.CaptureFixture[str], address: str):
    assert main(["serve", f"--http={address}"]) == 1
    assert "names no port" in capsys.readouterr().err


def test_a_name_is_allowed_only_for_http(capsys: pytest.CaptureFixture[str]):
    assert main(["serve", "--allow-host", "memory.lan"]) == 2
    assert "--http" in capsys.readouterr().err


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_it_listens_on_the_loopback_of_ipv6_too(tmp_path: Path):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with HTTPServer(tmp_path, address="[::1]:0") as running:
        assert running.url.startswith("http://[::1]:")
        assert post(running, INITIALIZE)[0] == 200
