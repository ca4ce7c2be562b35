"""How a stdio server meets its end, and a client that asks much and reads nothing."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from http_server import environment
from raw_http import INITIALIZE

from memp.store.sqlite.store import SQLiteStore

HANDSHAKE = json.dumps(INITIALIZE).encode() + b'\n{"jsonrpc":"2.0","method":"notifications/initialized"}\n'
PATIENCE = 300


def record(number: int) -> bytes:
    arguments = {"task": f"clean mug {number}", "steps": [f"wash mug {number} -> clean"], "outcome": "success"}
    params = {"name": "record_trajectory", "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
    return json.dumps(message).encode() + b"\n"


@contextmanager
def server(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server after the handshake."""
    process = subprocess.Popen(
        [sys.executable, "-m", "memp_server"], env=environment(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(HANDSHAKE)
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        yield process
    finally:
        process.kill()
        process.communicate()


def recorded(home: Path) -> int:
    store = SQLiteStore(home / "memory.sqlite3")
    count = store.stats().trajectories
    store.close()
    return count


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_calls_loses_nothing_that_was_acknowledged(tmp_path: Path, number: signal.Signals):
    with server(tmp_path) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"".join(map(record, range(100, 140))))
        process.stdin.flush()
        answered = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(number)
        answered += map(json.loads, process.stdout.read().splitlines())
        assert process.wait(PATIENCE) == 0
    assert all(not answer["result"].get("isError") for answer in answered)
    assert recorded(tmp_path) >= len(answered)


def test_the_end_of_stdin_in_the_middle_of_calls_answers_them_first(tmp_path: Path):
    with server(tmp_path) as process:
        said, _ = process.communicate(b"".join(map(record, range(100, 110))), PATIENCE)
        assert process.returncode == 0
    assert sorted(json.loads(line)["id"] for line in said.splitlines()) == [*range(100, 110)]
    assert recorded(tmp_path) == 10


def test_three_thousand_requests_at_once_are_all_answered(tmp_path: Path):
    lines = [b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n' % number for number in range(2, 3_002)]
    with server(tmp_path) as process:
        said, _ = process.communicate(b"".join(lines), PATIENCE)
        assert process.returncode == 0
    assert sorted(json.loads(line)["id"] for line in said.splitlines()) == [*range(2, 3_002)]


def test_a_client_that_reads_nothing_loses_nothing(tmp_path: Path):
    asked = [b'{"jsonrpc":"2.0","id":%d,"method":"tools/list"}\n' % number for number in range(2, 302)]
    with server(tmp_path) as process:
        assert process.stdin is not None and process.stdout is not None
        os.set_blocking(process.stdin.fileno(), False)
        # More than both pipes hold: the server stops reading, and this one does not wait for it.
        sent = os.write(process.stdin.fileno(), b"".join(asked))
        whole = b"".join(asked)[:sent].count(b"\n")
        assert process.poll() is None
        answered = sorted(json.loads(process.stdout.readline())["id"] for _ in range(whole))
        assert answered == [*range(2, 2 + whole)]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_client_that_reads_nothing_does_not_keep_the_server_from_ending(tmp_path: Path):
    asked = b"".join(b'{"jsonrpc":"2.0","id":%d,"method":"tools/list"}\n' % number for number in range(2, 302))
    with server(tmp_path) as process:
        assert process.stdin is not None
        os.set_blocking(process.stdin.fileno(), False)
        os.write(process.stdin.fileno(), asked)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
