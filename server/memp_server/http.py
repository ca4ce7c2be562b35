"""MCP over streamable HTTP, for clients on this machine: `memp serve --http`.

Whoever can connect may read and write the memory, as there is no password. So the server listens on loopback, and
answers only requests whose Host and Origin name this machine: a page in a browser whose name was made to lead here
(DNS rebinding) is refused.
"""

import ipaddress
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import uvicorn
from mcp.server.transport_security import RequestBodyLimitMiddleware, TransportSecuritySettings
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memp.errors import ConfigError
from memp_server.app import Server
from memp_server.stdio import clean_line

PATH = "/mcp"
MAX_BODY = 32 << 20
"""Bytes of one request: the longest run that the memory takes, 4,000,000 characters, with each of them escaped."""

IDLE = 24 * 3600.0
"""Seconds after which a session of the handshake era is forgotten. Hosts stay open overnight, and not all start anew."""

GRACE = 2
"""Seconds that open streams have when the server is told to end."""


@dataclass(frozen=True)
class Address:
    """Where to listen, and the names by which clients call this machine."""

    host: str
    port: int
    names: Sequence[str] = ()

    @property
    def url(self) -> str:
        """The URL that a client connects to."""
        return f"http://{_bracketed(self.host)}:{self.port}{PATH}"


def parse_address(text: str, names: Sequence[str] = ()) -> Address:
    """Parse "[HOST:]PORT"; port 0 is one that is free.

    Raises:
        ConfigError: it names none, or one that others than this machine can reach while `names` is empty.
    """
    host, _, port = text.rpartition(":")
    host = (host or "127.0.0.1").removeprefix("[").removesuffix("]")
    if not (port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise ConfigError(f"--http {text} names no port: write it as 8710 or 127.0.0.1:8710.")
    if not _loopback(host) and not names:
        raise ConfigError(
            f"--http {text} can be reached from other machines, and memp asks for no password: leave out {host}, or "
            "name this machine as its clients do with --allow-host NAME."
        )
    return Address(host, int(port), tuple(names))


def listen(address: Address) -> tuple[socket.socket, Address]:
    """Open a socket that listens there; it, and the address with its port.

    Raises:
        ConfigError: it cannot, as when another program listens there or nothing has that name.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        socket.getaddrinfo(address.host, address.port, family)  # create_server says of no name that it is none
        listener = socket.create_server((address.host, address.port), family=family)
    except (socket.gaierror, UnicodeError):
        raise ConfigError(
            f"--http names {address.host}, which cannot be found: write an address of this machine."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"Port {address.port} of {address.host} cannot be listened on ({os.strerror(error.errno or 0)}): end what uses it, "
            "or take another port; --http 0 takes one that is free."
        ) from None
    return listener, replace(address, port=listener.getsockname()[1])


def run_http(server: Server, listener: socket.socket, address: Address) -> None:
    """Serve until a signal comes. The URL is printed on stderr; nothing is written to stdout."""
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        transport_security=_security(address),
        max_request_body_size=MAX_BODY,
        session_idle_timeout=IDLE,
    )
    clean = RequestBodyLimitMiddleware(CleanBodies(app), MAX_BODY)
    config = uvicorn.Config(
        clean, lifespan="on", ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=GRACE
    )
    sys.stderr.write(f"memp serves {address.url}\n")
    sys.stderr.flush()
    uvicorn.Server(config).run([listener])


class CleanBodies:
    """ASGI middleware: takes out of request bodies, each of which must come whole, the lone surrogate escapes that the SDK
    cannot answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def cleaned() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                # As long as before, so the length that the headers name still holds.
                message = {**message, "body": clean_line(message.get("body", b""))}
            return message

        await self._app(scope, cleaned, send)


def _security(address: Address) -> TransportSecuritySettings:
    given = [_bracketed(address.host), *address.names]
    # Browsers and most clients write a name in small letters, some as they were told; the SDK compares letter by letter.
    names = dict.fromkeys([*given, *(name.lower() for name in given), "127.0.0.1", "localhost", "[::1]"])
    # The SDK takes "name:*" for a name with any port. A browser leaves the port out where it is the scheme's own.
    hosts = [host for name in names for host in (name, f"{name}:*")]
    return TransportSecuritySettings(
        allowed_hosts=hosts, allowed_origins=[f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
