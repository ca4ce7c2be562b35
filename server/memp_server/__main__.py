"""`memp serve`, or `python -m memp_server`: MCP over stdio until the client goes away, or over HTTP until a signal."""

import io
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence

from memp_server.app import Served, Server, make_server
from memp_server.stdio import CleanLines

log = logging.getLogger("memp.server")


def main() -> None:
    """Serve until stdin ends or a signal comes. Nothing but MCP is written to stdout."""
    sys.stdin = io.TextIOWrapper(io.BufferedReader(CleanLines(sys.stdin.buffer), 1 << 20), encoding="utf-8")
    _serve(lambda server: server.run("stdio"))


def main_http(address: str, names: Sequence[str] = ()) -> None:
    """Serve on [HOST:]PORT until a signal comes, clients that call this machine by one of `names` too.

    Raises:
        ConfigError: nothing can listen there.
    """
    # Imported here: stdio needs no web server.
    from memp_server.http import listen, parse_address, run_http

    listener, found = listen(parse_address(address, names))
    _serve(lambda server: run_http(server, listener, found))


def _serve(run: Callable[[Server], None]) -> None:
    # A write cut short by this is rolled back by SQLite; waiting for threads could take longer than a client waits.
    # The SDK's own answer to Ctrl-C would wait for a line on stdin. (The web server ends its own way, then comes here.)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    # Before the SDK, which leaves alone what is set up. The level that is set comes with the settings, at the first call.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    code = 1
    try:
        run(make_server(Served()))
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
