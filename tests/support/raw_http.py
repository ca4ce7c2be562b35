"""HTTP as bytes on a socket: what a client library would not send."""

import json
import socket
from contextlib import suppress

from http_server import HTTPServer

INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
USUAL = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"

PATIENCE = 120.0
"""Seconds after which a server that says nothing hangs."""


def connected(server: HTTPServer) -> socket.socket:
    """A connection to the server, on which nothing is sent yet."""
    host, _, port = server.host.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE)


def request(
    *headers: str, path: str = "/mcp", body: bytes = json.dumps(INITIALIZE).encode(), length: int = -1
) -> bytes:
    """A POST with these lines as its headers besides the usual ones; it says that its body has `length` bytes."""
    lines = "".join(f"{line}\r\n" for line in headers)
    length = len(body) if length < 0 else length
    return f"POST {path} HTTP/1.1\r\n{USUAL}Content-Length: {length}\r\n{lines}\r\n".encode() + body


def until_the_end(connection: socket.socket) -> bytes:
    """What the server sends until it closes the connection; one that it reset has ended too."""
    received = bytearray()
    with suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            received += part
    return bytes(received)


def answer_to(server: HTTPServer, *headers: str, path: str = "/mcp") -> str:
    """The answer to one request, its head and body."""
    with connected(server) as connection:
        connection.sendall(request(*headers, "Connection: close", path=path))
        return until_the_end(connection).decode()
