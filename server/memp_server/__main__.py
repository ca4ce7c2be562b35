"""`memp serve`, or `python -m memp_server`: MCP over stdio until the client goes away."""

import io
import logging
import os
import signal
import sys

from memp_server.app import Served, make_server
from memp_server.stdio import CleanLines

log = logging.getLogger("memp.server")


def main() -> None:
    """Serve until stdin ends or a signal comes. Nothing but MCP is written to stdout."""
    # A write cut short by this is rolled back by SQLite; waiting for threads could take longer than a client waits.
    # The SDK's own answer to Ctrl-C would wait for a line on stdin.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    sys.stdin = io.TextIOWrapper(io.BufferedReader(CleanLines(sys.stdin.buffer), 1 << 20), encoding="utf-8")
    # Before the SDK, which leaves alone what is set up. The level that is set comes with the settings, at the first call.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    code = 1
    try:
        make_server(Served()).run("stdio")
        code = 0
    except Exception:
        log.exception("The server ended")
    finally:
        # Neither the interpreter's exit nor a thread at work may keep the process once the client is gone.
        sys.stderr.flush()
        os._exit(code)


def _leave(*_: object) -> None:
    os._exit(0)


if __name__ == "__main__":
    main()
