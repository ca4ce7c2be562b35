"""`memp serve`: start the MCP server with the options of the command line.

It imports neither typer nor rich: a host waits for the handshake.
"""

from collections.abc import Mapping, Sequence


def serve(given: Mapping[str, object], http: str | None = None, names: Sequence[str] = ()) -> int:
    """Serve MCP over stdio until the client goes away, or on the address `http` until a signal comes.

    Settings that are `given` (db, project, model) go before the environment. Clients may call this machine by `names`.

    Raises:
        ConfigError: nothing can listen on that address.
    """
    from memp_server.__main__ import main as serve_stdio
    from memp_server.__main__ import main_http as serve_http

    if http is None:
        serve_stdio(**given)
    else:
        serve_http(http, names, **given)
    return 0
