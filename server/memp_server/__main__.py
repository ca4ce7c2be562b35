"""`memp serve`, or `python -m memp_server`: MCP over stdio until the client goes away."""

import io
import os
import re
import signal
import sys
from typing import BinaryIO

from memp_server.app import Served, make_server

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


class CleanLines(io.RawIOBase):
    """Lines of a byte stream, with each lone surrogate escape replaced by U+FFFD.

    JSON lets a client send half a surrogate pair; the SDK's parser refuses the whole message, and a request whose id
    was never read is never answered.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        if not self._rest:
            self._rest = clean_line(self._source.readline())
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def clean_line(line: bytes) -> bytes:
    """A line of JSON without lone surrogate escapes; pairs and escaped backslashes stay as they are."""
    if b"\\ud" not in line and b"\\uD" not in line:
        return line
    return _ESCAPE.sub(lambda match: b"\\ufffd" if match[1] else match[0], line)


def main() -> None:
    """Serve until stdin ends or a signal comes. Nothing but MCP is written to stdout."""
    # A write cut short by this is rolled back by SQLite; waiting for threads could take longer than a client waits.
    signal.signal(signal.SIGTERM, _leave)
    sys.stdin = io.TextIOWrapper(io.BufferedReader(CleanLines(sys.stdin.buffer), 1 << 20), encoding="utf-8")
    try:
        make_server(Served()).run("stdio")
    except KeyboardInterrupt:
        pass
    finally:
        # Neither the interpreter's exit nor a thread at work may keep the process once the client is gone.
        sys.stderr.flush()
        os._exit(0)


def _leave(*_: object) -> None:
    os._exit(0)


if __name__ == "__main__":
    main()
