"""Unix socket of a running server, as its clients see it: where it lies, and one question over it.

A hook that opened the memory and its model anew would cost each prompt half a second; a server of the same memory has both
at hand. Each server listens on a socket of its own in a folder beside the memory file, which its owner alone may enter. A
client asks them in turn, the newest first, and whoever answers in time serves it:

    server   {"memp": 1}                       at once, by which a server that was stopped is told from a busy one
    client   {"memory": [dev, inode], ...}     one line of JSON
    server   {"reply": {...}} or {"refused": "a sentence"}

Where there is none (Windows has no such sockets in Python), the caller is told why, and does without.
"""

import json
import os
import stat
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from memp.errors import NoServerError, ServerError
from memp.light import private

if TYPE_CHECKING:
    import socket

PROTOCOL = 1
GREETING = json.dumps({"memp": PROTOCOL}).encode() + b"\n"

BUSY = b""
"""What a server says instead that has as many clients as it serves at once: it closes the connection."""

PATIENCE = 0.3
"""Seconds for all of it: a person's prompt waits."""

TERMINAL_PATIENCE = 10.0
"""... for who asked for it: without the answer the recall would be made, and logged, twice."""

GREETING_PATIENCE = 0.1
"""Seconds in which a server that is alive greets."""

MAX_REQUEST = 64 << 10
MAX_REPLY = 256 << 10
"""Bytes of a line."""

MOST_ASKED = 4
"""Servers that are tried, without those that are gone."""

MAX_ADDRESS = 100
"""Bytes of a socket's path; systems take 103 or 107."""

ASKED_ABOUT = ("model", "project", "retrieve", "floor", "holdout", "environment", "agent", "success_reward", "seed")
"""Settings that change an answer: where a client was given one, the server's must be the same."""

ASKED_IN_TERMINAL = (*ASKED_ABOUT, "read_only")
"""Settings that must be the same, given or not, for a server to answer in a terminal's place."""


class Paths(NamedTuple):
    """The memory file, whatever links lead to it, and the folder of the sockets of its servers."""

    memory: Path
    folder: Path


def paths(db: Path) -> Paths:
    """Where the servers of a memory listen."""
    memory = Path(os.path.realpath(db))
    return Paths(memory, memory.with_name(f"{memory.name}.sockets"))


def file_identity(db: Path) -> list[int]:
    """The device and inode of the memory file: another file at the same path is another memory.

    Raises:
        OSError: there is none.
    """
    status = db.stat()
    return [status.st_dev, status.st_ino]


def given_settings(environment: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The settings of a client that change an answer: those that it was given, and its project, be it none."""
    named = {name: given.get(name) or environment.get(f"MEMP_{name.upper()}", "") for name in ASKED_ABOUT}
    project = given.get("project", environment.get("MEMP_PROJECT", ""))
    return {**{name: value for name, value in named.items() if value}, "project": project}


def sockets(db: Path) -> list[Path]:
    """The sockets beside a memory file, the newest first; a stale one may be among them.

    Raises:
        ServerError: others than their owner may enter their folder.
    """
    if sys.platform == "win32":
        return []  # Python has no Unix sockets there.
    folder = paths(db).folder
    with suppress(FileNotFoundError, NotADirectoryError):
        if not is_private(os.lstat(folder)):
            raise ServerError(f"others may enter {folder} (chmod 700 mends it)")
        entries = [(entry.lstat().st_mtime, entry) for entry in folder.glob("*.sock")]
        return [entry for _, entry in sorted(entries, reverse=True)]
    return []


def is_private(status: os.stat_result) -> bool:
    """Whether a folder is one that only this user may enter."""
    return stat.S_ISDIR(status.st_mode) and private.is_own(status) and not private.is_shared(status)


def alive(db: Path) -> list[int]:
    """The processes of the servers of this memory that answer, the newest first.

    Raises:
        ServerError: others than their owner may enter their folder.
    """
    return [process for path in sockets(db) if (process := process_of(path)) and greets(path)]


def process_of(path: Path) -> int:
    """The process whose socket this is, by its name; 0 where that names none."""
    number = path.stem.partition("-")[0]
    return int(number) if number.isdecimal() and len(number) < 10 else 0


def greets(path: Path) -> bool:
    """Whether a server of this version listens on a socket and is awake; a busy one is."""
    try:
        with connected(path, GREETING_PATIENCE) as connection:
            return read_line(connection, len(GREETING), time.monotonic() + GREETING_PATIENCE) in (GREETING, BUSY)
    except (OSError, ServerError):
        return False


def ask(db: Path, request: Mapping[str, Any], patience: float | None = None) -> Mapping[str, Any]:
    """The reply of a server of this memory, within `PATIENCE`, or `patience`, seconds.

    Raises:
        NoServerError: there is none.
        ServerError: none answered in time, or each refused.
        OSError: the memory file or the folder of the sockets cannot be seen.
    """
    import socket  # Costs a hook some milliseconds, and not every prompt is asked about.

    if not hasattr(socket, "AF_UNIX"):
        raise NoServerError("this system has no Unix sockets")
    line = json.dumps({"memory": file_identity(db), **request}).encode() + b"\n"
    if len(line) > MAX_REQUEST:
        raise ServerError("the question is too long for a server")
    until, reasons = time.monotonic() + (patience or PATIENCE), list[str]()
    for path in sockets(db):
        if len(reasons) == MOST_ASKED:
            break
        try:
            return _asked(path, line, until)
        except (ConnectionError, FileNotFoundError):
            continue  # Stale: its server was killed, or ended just now.
        except TimeoutError:
            reasons.append("no server answered in time")
        except (ServerError, OSError) as error:
            reasons.append(str(error))
    if reasons:
        raise ServerError(reasons[0])
    raise NoServerError("no memp server runs on this memory")


def _asked(path: Path, line: bytes, until: float) -> Mapping[str, Any]:
    """The reply of one server."""
    greeted = min(until, time.monotonic() + GREETING_PATIENCE)
    with connected(path, _left(greeted)) as connection:
        greeting = read_line(connection, len(GREETING), greeted)
        if greeting == BUSY:
            raise ServerError("the server is busy with others")
        if greeting != GREETING:
            raise ServerError("the server is of another version of memp")
        connection.settimeout(_left(until))
        connection.sendall(line)
        answer = _parsed(read_line(connection, MAX_REPLY, until))
    if "reply" in answer:
        return cast(Mapping[str, Any], answer["reply"])
    raise ServerError(f"the server that runs refused: {answer.get('refused', 'without a reason')}")


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        answer: object = json.loads(line)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, Mapping):
        raise ServerError("the server's answer cannot be read")
    return cast(Mapping[str, Any], answer)


@contextmanager
def connected(path: Path, timeout: float) -> "Generator[socket.socket]":
    """A connection to a server of this user's.

    Raises:
        ConnectionRefusedError: nobody listens; the socket is stale.
        OSError: it cannot be reached.
        ServerError: it is another user's.
    """
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, address(path) as name:
        connection.settimeout(timeout)
        connection.connect(name)
        if not is_own(connection):
            raise ServerError("the server is another user's")
        yield connection


def is_own(connection: "socket.socket") -> bool:
    """Whether the process at the other end is this user's. Where the system does not say, the folder's rights must do."""
    import socket

    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], sys.byteorder) == os.geteuid()


def read_line(connection: "socket.socket", most: int, until: float) -> bytes:
    """One line, of at most so many bytes, that has come by a time of the monotonic clock; what came until the other end closed,
    if it did so before.

    Raises:
        TimeoutError: it did not come in time.
        ServerError: it is longer.
    """
    received = b""
    while not received.endswith(b"\n"):
        connection.settimeout(_left(until))
        part = connection.recv(min(most + 1 - len(received), 1 << 16))
        if not part:
            break
        received += part
        if len(received) > most:
            raise ServerError("a line is too long")
    return received


@contextmanager
def address(path: Path) -> Generator[str]:
    """The address to bind or connect a socket by: its path; where that is too long for one, by its folder's descriptor.

    Raises:
        OSError: it is too long, and the system has no such way.
    """
    if len(os.fsencode(path)) <= MAX_ADDRESS:
        yield str(path)
        return
    if not sys.platform.startswith("linux"):
        raise OSError("the path of the memory is too long for a Unix socket beside it")
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
