"""The log on stderr: it is written, and where nobody reads it the server serves on."""

import subprocess
from pathlib import Path

from http_server import COMMAND, HTTPServer, environment
from raw_http import answer_to, connected, until_the_end

UPGRADE = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
"""A request of which uvicorn logs two lines, of some 250 bytes."""

PIPE = 64 << 10
"""Bytes that a pipe holds."""


class Unread(HTTPServer):
    """A server whose stderr nobody reads after its first line."""

    def read_stderr(self) -> None:
        pass


def test_with_stderr_unread_the_server_still_answers_and_ends(tmp_path: Path):
    with Unread(tmp_path) as server:
        for _ in range(2 * PIPE // 250):
            with connected(server) as connection:
                connection.sendall(UPGRADE)
                assert until_the_end(connection).startswith(b"HTTP/1.1 401 ")
        authorization = f"Authorization: Bearer {server.token}"
        assert answer_to(server, "Host: localhost", authorization).startswith("HTTP/1.1 200 ")


def test_a_line_that_was_logged_just_before_the_end_is_written(tmp_path: Path):
    env = {**environment(tmp_path), "MEMP_FLOR": "0.4"}
    lines = (
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},'
        '"clientInfo":{"name":"t","version":"1"}}}\n{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":'
        '"recall_procedure","arguments":{"task":"clean the mug"}}}\n'
    )
    done = subprocess.run(COMMAND[:-1], input=lines, env=env, capture_output=True, text=True, timeout=120, check=True)
    assert "There is no setting MEMP_FLOR" in done.stderr
