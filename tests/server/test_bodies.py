"""Bodies of HTTP requests: their size, and ids that the SDK has no type for."""

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from http_server import HTTPServer
from mcp.types import LATEST_PROTOCOL_VERSION
from raw_http import connected, request, until_the_end

from memp_server.json_rpc import MAX_MESSAGE


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HTTPServer]:
    with HTTPServer(tmp_path_factory.mktemp("bodies")) as running:
        yield running


def told(server: HTTPServer, sent: bytes) -> tuple[int, str, dict[str, str]]:
    """The status, body and headers of the answer to what is sent."""
    with connected(server) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # It was refused before all of it came.
            connection.sendall(sent)
        head, _, body = until_the_end(connection).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    fields = (line.partition(": ") for line in lines[1:])
    return int(lines[0].split()[1]), body.decode(), {name.lower(): value for name, _, value in fields}


def post(server: HTTPServer, body: bytes, *headers: str, length: int = -1) -> tuple[int, str, dict[str, str]]:
    lines = ("Host: localhost", f"Authorization: Bearer {server.token}", "Connection: close", *headers)
    return told(server, request(*lines, body=body, length=length))


@pytest.fixture
def session(server: HTTPServer) -> str:
    body = request("Host: localhost").partition(b"\r\n\r\n")[2]
    return post(server, body)[2]["mcp-session-id"]


def test_a_length_over_the_limit_is_refused_before_any_of_it_came(server: HTTPServer):
    status, body, _ = post(server, b"{", length=MAX_MESSAGE + 1)
    assert status == 413
    assert "26 MB" in body


def test_who_sends_all_of_a_body_that_is_too_long_before_reading_is_told_why(server: HTTPServer):
    sent = request("Host: localhost", f"Authorization: Bearer {server.token}", body=b" " * (MAX_MESSAGE + (4 << 20)))
    with connected(server) as connection:
        connection.sendall(sent)
        assert until_the_end(connection).startswith(b"HTTP/1.1 413 ")


def test_a_body_of_no_named_length_is_refused_when_it_gets_too_long(server: HTTPServer):
    lines = ("Host: localhost", f"Authorization: Bearer {server.token}", "Transfer-Encoding: chunked")
    head = request(*lines, body=b"").replace(b"Content-Length: 0\r\n", b"")
    chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    with connected(server) as connection:
        connection.sendall(head)
        for _ in range(MAX_MESSAGE // (1 << 20) + 2):
            connection.sendall(chunk)
        connection.sendall(b"0\r\n\r\n")
        assert until_the_end(connection).startswith(b"HTTP/1.1 413 ")
    assert post(server, b'{"jsonrpc":"2.0","id":1,"method":"ping"}')[0] == 400  # It serves on; there is no session.


@pytest.mark.parametrize("length", ["x", "-1", "1, 2", "99999999999999999999999", "0x10"])
def test_a_length_that_is_none_is_refused(server: HTTPServer, length: str):
    sent = request("Host: localhost", f"Authorization: Bearer {server.token}", "Connection: close")
    at = sent.index(b"Content-Length: ")
    changed = sent[:at] + f"Content-Length: {length}\r\n".encode() + sent[sent.index(b"\r\n", at) + 2 :]
    assert told(server, changed)[0] in (400, 413)


@pytest.mark.parametrize(
    ("written", "read"),
    [("1", 1), ("-7", -7), ("0", 0), ('""', ""), ('"x"', "x"), ("7.0", 7), ("1e3", 1000), ("9" * 40, int("9" * 40))],
)  # fmt: skip
def test_every_id_of_the_protocol_is_answered_with_itself(server: HTTPServer, session: str, written: str, read: object):
    body = f'{{"jsonrpc":"2.0","id":{written},"method":"ping"}}'.encode()
    status, answer, _ = post(server, body, f"Mcp-Session-Id: {session}")
    assert status == 200
    (line,) = [line for line in answer.splitlines() if line.startswith("data: {")]
    assert json.loads(line.removeprefix("data: ")) == {"jsonrpc": "2.0", "id": read, "result": {}}


@pytest.mark.parametrize(
    ("written", "read"),
    [("1.5", 1.5), ("-2.5e-7", -2.5e-7), ("1e999", None), ("null", None)],
)
@pytest.mark.parametrize("version", ["2025-06-18", LATEST_PROTOCOL_VERSION])
def test_any_other_id_is_answered_with_an_error(
    server: HTTPServer, session: str, written: str, read: object, version: str
):
    body = f'{{"jsonrpc":"2.0","id":{written},"method":"ping"}}'.encode()
    status, answer, _ = post(server, body, f"Mcp-Session-Id: {session}", f"MCP-Protocol-Version: {version}")
    assert status == 400
    message = json.loads(answer)
    assert (message["id"], message["error"]["code"]) == (read, -32600)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', (None, -32600, "A batch is not taken here: send each message")),
        (b"[1]", (None, -32600, "A batch is not taken here: send each message")),
        (b" []", (None, -32600, "A batch is not taken here: send each message")),
        (b"1", (None, -32600, "This is no message of JSON-RPC 2.0: send an object with its method.")),
        (b'{"jsonrpc":"2.0"}', (None, -32600, "This is no message of JSON-RPC 2.0: send an object with its method.")),
        (b'{"jsonrpc":"1.0","id":7,"method":"ping"}', (7, -32600, "This is no request of JSON-RPC 2.0")),
        (b'{"jsonrpc"', (None, -32700, "The body is no JSON: send one message of JSON-RPC 2.0.")),
        (b"", (None, -32700, "The body is no JSON: send one message of JSON-RPC 2.0.")),
    ],
)
def test_what_is_not_one_message_is_refused_in_a_sentence(
    server: HTTPServer, session: str, body: bytes, answer: tuple[object, int, str]
):
    for version in ("2025-06-18", LATEST_PROTOCOL_VERSION):
        headers = (f"Mcp-Session-Id: {session}", f"MCP-Protocol-Version: {version}")
        status, said, _ = post(server, body, *headers)
        message = json.loads(said)
        assert (status, message["id"], message["error"]["code"]) == (400, *answer[:2])
        assert message["error"]["message"].startswith(answer[2]) and "pydantic" not in said
