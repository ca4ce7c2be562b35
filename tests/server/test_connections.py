"""Limits on HTTP connections: what does not ask, or not to the end, is closed, and meanwhile others are answered."""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from http_server import MEMP, HTTPServer
from raw_http import PATIENCE, connected, request, until_the_end

from memp_server.connections import MOST
from memp_server.json_rpc import MAX_MESSAGE

MANY = 900

IMPATIENT = """
import sys
from memp_server import bodies, connections
bodies.BODY_SECONDS, connections.HEAD_SECONDS = 3.0, 1.5
from memp_clients.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""A server whose limits are a part of what they are, so that nobody waits for them."""

PATIENCES = [pytest.param(("-c", IMPATIENT), id="impatient"), pytest.param(MEMP, id="as it is", marks=pytest.mark.slow)]


@pytest.fixture
def room_for_many() -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2 * MANY:
        if hard < 2 * MANY:
            pytest.skip(f"a process may open {hard} files here")
        resource.setrlimit(resource.RLIMIT_NOFILE, (2 * MANY, hard))


def half_head(server: HTTPServer) -> bytes:
    return request("Host: localhost")[:60]


def half_body(server: HTTPServer) -> bytes:
    return request("Host: localhost", f"Authorization: Bearer {server.token}", body=b"{", length=MAX_MESSAGE)


def half_body_without_token(server: HTTPServer) -> bytes:
    return request("Host: localhost", body=b"{", length=MAX_MESSAGE)


def nothing(server: HTTPServer) -> bytes:
    return b""


def answered(server: HTTPServer) -> bool:
    whole = request("Host: localhost", f"Authorization: Bearer {server.token}", "Connection: close")
    with connected(server) as connection:
        connection.sendall(whole)
        return until_the_end(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.usefixtures("room_for_many")
@pytest.mark.parametrize(
    "part",
    [
        half_head,
        half_body,
        *(pytest.param(part, marks=pytest.mark.slow) for part in (nothing, half_body_without_token)),
    ],
)
def test_hundreds_that_never_ask_to_the_end_hold_up_nobody(tmp_path: Path, part: Callable[[HTTPServer], bytes]):
    with HTTPServer(tmp_path) as server, ExitStack() as held:
        for _ in range(MANY):
            connection = held.enter_context(connected(server))
            with suppress(BrokenPipeError, ConnectionResetError):  # The server has closed it already.
                connection.sendall(part(server))
        for _ in range(3):
            assert answered(server)
        assert open_connections(server) <= MOST
    assert not [line for line in server.stderr if "Traceback" in line]


def open_connections(server: HTTPServer) -> int:
    """How many the server's process holds, itself and its log not counted; 0 where the system does not show that."""
    folder = Path(f"/proc/{server.process.pid}/fd")
    links: list[str] = []
    for entry in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # Closed meanwhile.
            links.append(str(entry.readlink()))
    inodes = {
        line.split()[9]
        for line in (Path("/proc/net/tcp").read_text().splitlines() if links else ())
        if line.split()[3] != "0A"  # Which listens.
    }
    return sum(link.removeprefix("socket:[").removesuffix("]") in inodes for link in links)


def trickle(connection: socket.socket, whole: bytes) -> bytes:
    """Send a byte now and then until the server has enough of it; what it sends."""
    connection.settimeout(0.5)
    for position in range(len(whole)):
        try:
            connection.sendall(whole[position : position + 1])
            if not (received := connection.recv(65_536)):
                return b""
            connection.settimeout(PATIENCE)
            return received + until_the_end(connection)
        except TimeoutError:
            continue
        except (ConnectionResetError, BrokenPipeError):
            return b""
    raise AssertionError("the server waited for it all")


@pytest.mark.parametrize("command", PATIENCES)
def test_who_is_too_slow_is_closed_and_told_so_where_there_is_a_request(tmp_path: Path, command: Sequence[str]):
    with HTTPServer(tmp_path, memp=command) as server, ExitStack() as held, ThreadPoolExecutor() as threads:
        # All at once: each waits for a limit of the server's.
        waiting = {}
        for part in (nothing, half_head, half_body):
            connection = held.enter_context(connected(server))
            connection.sendall(part(server))
            waiting[part] = threads.submit(until_the_end, connection)
        slow_head = request("Host: localhost", *(f"X-{n}: x" for n in range(100)))
        slow_body = half_body(server) + b" " * 1_000
        slow_head_answer = threads.submit(trickle, held.enter_context(connected(server)), slow_head)
        connection = held.enter_context(connected(server))
        connection.sendall(slow_body[:-1_000])
        slow_body_answer = threads.submit(trickle, connection, b" " * 1_000)

        assert waiting[nothing].result() == b""
        assert waiting[half_head].result() == b""
        assert slow_head_answer.result() == b""
        for told in (waiting[half_body].result(), slow_body_answer.result()):
            assert told.startswith(b"HTTP/1.1 408 ")
            assert b"did not come in time" in told
        assert answered(server)
    assert not [line for line in server.stderr if "Traceback" in line]


@pytest.mark.parametrize("command", PATIENCES)
def test_a_connection_that_is_kept_is_closed_when_the_next_request_does_not_come(
    tmp_path: Path, command: Sequence[str]
):
    whole = request("Host: localhost", "Authorization: Bearer x")
    with HTTPServer(tmp_path, memp=command) as server, connected(server) as connection:
        token = request("Host: localhost", f"Authorization: Bearer {server.token}")
        connection.sendall(token + token)
        connection.sendall(whole[:40])
        told = until_the_end(connection)
        assert told.count(b"HTTP/1.1 200 ") == 2


def test_one_that_reads_no_answer_holds_up_nobody(tmp_path: Path):
    with HTTPServer(tmp_path) as server, connected(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        whole = request(
            "Host: localhost", f"Authorization: Bearer {server.token}",
            body=b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
        )  # fmt: skip
        connection.settimeout(2)
        with suppress(TimeoutError, BrokenPipeError, ConnectionResetError):
            while True:
                connection.sendall(whole)
        assert answered(server)


@pytest.mark.parametrize("size", [20_000, 5_000_000])
def test_a_head_that_is_too_long_is_refused(tmp_path: Path, size: int):
    with HTTPServer(tmp_path) as server:
        with connected(server) as connection:
            try:
                connection.sendall(request("Host: localhost", f"X-Long: {'x' * size}"))
            except (BrokenPipeError, ConnectionResetError):
                assert size > 1_000_000
            else:
                assert until_the_end(connection).startswith((b"HTTP/1.1 400 ", b""))
        assert answered(server)


def test_clients_that_leave_before_their_request_came_are_not_worth_a_word(tmp_path: Path):
    with HTTPServer(tmp_path) as server:
        for part in (nothing, half_head, half_body, half_body_without_token):
            for how in (socket.SHUT_WR, socket.SHUT_RDWR):
                with connected(server) as connection:
                    connection.sendall(part(server))
                    connection.shutdown(how)
        for _ in range(20):  # Reset, not closed.
            with connected(server) as connection:
                connection.sendall(half_body(server))
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        assert answered(server)
    assert server.stderr == []


def test_a_client_that_leaves_before_its_answer_leaves_no_traceback(tmp_path: Path):
    with HTTPServer(tmp_path) as server:
        for _ in range(20):
            with connected(server) as connection:
                connection.sendall(request("Host: localhost", f"Authorization: Bearer {server.token}"))
        assert answered(server)
    assert not [line for line in server.stderr if "Traceback" in line]
