"""A server whose client died without closing the pipe ends by itself, and one that is still asked does not."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only there a parent's death changes who the parent is")

SERVER = """
import sys
from memp_server import parent
parent.IDLE, parent.POLL = float(sys.argv[1]), 0.05
from memp_clients.cli import main
main(["serve"])
"""
CLIENT = """
import subprocess, sys
server = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[2]])
print(server.pid, flush=True, file=sys.stderr)
server.wait()
"""
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip
PING = {"jsonrpc": "2.0", "id": 2, "method": "ping"}


class Orphaned:
    """A server, the client that started it, and the two ends of its pipes, which this process holds open."""

    def __init__(self, home: Path, idle: float) -> None:
        environment = {**os.environ, "MEMP_DB": str(home / "m.sqlite3"), "MEMP_MODEL": "hashing", "HOME": str(home)}
        self.client = subprocess.Popen(
            [sys.executable, "-c", CLIENT, SERVER, str(idle)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=environment,
        )  # fmt: skip
        assert self.client.stdin and self.client.stdout and self.client.stderr
        self.stdin: IO[bytes] = self.client.stdin
        self.stdout: IO[bytes] = self.client.stdout
        self.pid = int(self.client.stderr.readline())

    def ask(self, request: Mapping[str, object]) -> dict[str, object]:
        self.stdin.write(json.dumps(request).encode() + b"\n")
        self.stdin.flush()
        return json.loads(self.stdout.readline())

    def orphan(self) -> None:
        """The client dies; its end of the pipe is still open, here."""
        self.client.kill()
        self.client.wait()


@pytest.fixture
def orphaned(tmp_path: Path) -> Iterator[list[Orphaned]]:
    started: list[Orphaned] = []
    yield started
    for one in started:
        one.client.kill()
        one.client.wait()
        with suppress(ProcessLookupError):
            os.kill(one.pid, signal.SIGKILL)
        for pipe in (one.stdin, one.stdout, one.client.stderr):
            if pipe is not None:
                pipe.close()


def test_it_ends_when_its_parent_is_gone_and_nothing_is_asked(tmp_path: Path, orphaned: list[Orphaned]) -> None:
    one = Orphaned(tmp_path, 0.2)
    orphaned.append(one)
    assert one.ask(INITIALIZE)["id"] == 1
    one.orphan()
    assert one.stdout.readline() == b""  # Its end is closed: the process has ended.


def test_it_goes_on_while_its_parent_lives_or_it_is_asked(tmp_path: Path, orphaned: list[Orphaned]) -> None:
    one = Orphaned(tmp_path, 0.0)
    orphaned.append(one)
    assert one.ask(INITIALIZE)["id"] == 1
    assert one.ask(PING)["id"] == 2
    other = Orphaned(tmp_path, 600.0)
    orphaned.append(other)
    other.ask(INITIALIZE)
    other.orphan()
    assert other.ask(PING)["id"] == 2
