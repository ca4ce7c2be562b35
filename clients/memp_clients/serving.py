"""`memp serve`: start the MCP server with the options of the command line.

It imports neither typer nor rich: a host waits for the handshake.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memp_server.gate import Page
    from memp_server.http import Address
    from memp_server.opening import LazyMemory


def serve(
    given: Mapping[str, object], http: str | None = None, names: Sequence[str] = (),
    page: "Callable[[LazyMemory, Address], Page] | None" = None,
) -> int:  # fmt: skip
    """Serve MCP over stdio until the client goes away, or on the address `http` until a signal comes.

    Settings that are `given` (db, project, model) go before the environment. Clients may call this machine by `names`;
    `page` makes the page for a person that is served beside them.

    Raises:
        ConfigError: nothing can listen on that address.
    """
    from memp_server.__main__ import main as serve_stdio
    from memp_server.__main__ import main_http as serve_http

    if http is None:
        serve_stdio(**given)
    else:
        serve_http(http, names, page, **given)
    return 0
