"""Run the server: MCP over stdio until the client goes away, or over HTTP until a signal (`memp serve`)."""

import io
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from memp.light.project import folder_of_process
from memp.light.settings import is_on
from memp_server.app import Server, make_server
from memp_server.logs import flush, log_to_stderr
from memp_server.opening import LazyMemory
from memp_server.stdio import CleanLines

if TYPE_CHECKING:
    from memp.config import Settings
    from memp.memory import ProceduralMemory
    from memp_server.gate import Page
    from memp_server.http import Address
    from memp_server.local_socket import LocalSocket

log = logging.getLogger("memp.server")


def main(**given: object) -> None:
    """Serve until stdin ends or a signal comes. Nothing but MCP is written to stdout.

    Settings that are `given`, by name, go before the environment.
    """
    sys.stdin = io.TextIOWrapper(io.BufferedReader(CleanLines(sys.stdin.buffer), 1 << 20), encoding="utf-8")
    _serve(lambda: _settings(given), lambda server, _: server.run("stdio"), lambda: _folder(given))


def main_http(
    address: str, names: Sequence[str] = (), page: "Callable[[LazyMemory, Address], Page] | None" = None, **given: object
) -> None:  # fmt: skip
    """Serve on [HOST:]PORT until a signal comes, clients that call this machine by one of `names` too. Where this machine alone
    is meant, `page` makes a page for a person.

    Raises:
        ConfigError: nothing can listen there, or there can be no token.
    """
    # Imported here: stdio needs no web server.
    from memp_server.http import is_local, listen, parse_address, run_http
    from memp_server.http_token import make_token

    listener, bound = listen(parse_address(address, names))
    token = make_token()

    def run(server: Server, opened: LazyMemory) -> None:
        shown = page(opened, bound) if page is not None and is_local(bound) else None
        run_http(server, listener, bound, token, shown)

    # The folder that it is started in says nothing of its clients.
    _serve(lambda: _settings(given, shared=bool(names)), run, lambda: "")


def _serve(
    settings: "Callable[[], Settings]", run: Callable[[Server, LazyMemory], None], folder: Callable[[], str]
) -> None:  # fmt: skip
    sockets: list[LocalSocket] = []

    def offer(memory: "ProceduralMemory", settings: "Settings") -> None:
        # Imported here, behind the handshake.
        from memp_server.local_socket import LocalSocket

        while sockets:  # Of a file that was replaced.
            sockets.pop().close()
        sockets.append(LocalSocket())
        sockets[-1].open(memory, settings)

    def end(code: int) -> NoReturn:
        for local in sockets:
            local.close()
        flush()
        # Neither the interpreter's exit nor a thread at work may keep the process once the client is gone.
        os._exit(code)

    def leave(*_: object) -> None:
        end(0)

    # A write cut short by this is rolled back by SQLite; waiting for threads could take longer than a client waits.
    # The SDK's own answer to Ctrl-C would wait for a line on stdin. (The web server ends its own way, then comes here.)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    # Before the SDK, which leaves alone what is set up. The level that is set comes with the settings, at the first call.
    log_to_stderr()
    code = 1
    try:
        opened = LazyMemory(settings, folder, offer)
        run(make_server(opened, leave, card=is_on(os.environ.get("MEMP_CARD", ""))), opened)
        code = 0
    except Exception:
        log.exception("The server ended")
    finally:
        end(code)


def _folder(given: Mapping[str, object]) -> str:
    """The folder that a host started this server for; none where `--project ""` says that there is no project."""
    return "" if given.get("project") == "" else folder_of_process()


def _settings(given: Mapping[str, object], *, shared: bool = False) -> "Settings":
    """The settings; of a memory that other machines share, without personal data, unless it is said that they stay."""
    # Imported here, behind the handshake, as all that the memory needs.
    from memp.config import read_settings, unknown_settings

    settings = read_settings(**given)
    for sentence in unknown_settings():
        log.warning("%s", sentence)
    if shared and "personal" not in settings.model_fields_set:
        return settings.model_copy(update={"personal": "hide"})
    return settings


if __name__ == "__main__":
    main()
