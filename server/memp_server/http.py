"""MCP over streamable HTTP, for clients on this machine: `memp serve --http`.

Who may ask is decided in gate.py; how long and how much, in connections.py and bodies.py.
"""

import ipaddress
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings

from memp.errors import ConfigError
from memp_server.app import Server
from memp_server.bodies import WholeBodies
from memp_server.connections import BoundedConnection
from memp_server.gate import Gate, Page, bracketed, host_name
from memp_server.http_token import token_file
from memp_server.json_rpc import MAX_MESSAGE

PATH = "/mcp"
MAX_HEAD = 16 << 10
"""Bytes of a request line and its headers."""

MOST_SESSIONS = 1_000
"""Sessions of the handshake era at once; the next client is told so (503)."""

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
        return f"http://{bracketed(self.host)}:{self.port}{PATH}"


def parse_address(text: str, names: Sequence[str] = ()) -> Address:
    """Parse "[HOST:]PORT"; port 0 is one that is free.

    Raises:
        ConfigError: it names none, or one that others than this machine can reach while `names` is empty; or a name is none.
    """
    host, _, port = text.rpartition(":")
    host = (host or "127.0.0.1").removeprefix("[").removesuffix("]")
    if not (port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise ConfigError(f"--http {text} names no port: write it as 8710 or 127.0.0.1:8710.")
    if not _loopback(host) and not names:
        raise ConfigError(
            f"--http {text} can be reached from other machines, which would not encrypt what they send: leave out {host}, or "
            "name this machine as its clients do with --allow-host NAME."
        )
    for name in names:
        if host_name(f"{bracketed(name)}:80") is None:
            raise ConfigError(f"--allow-host {name} is no name of a machine: write it without a port, as memory.lan.")
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
            "or take another port: 0 takes one that is free."
        ) from None
    return listener, replace(address, port=listener.getsockname()[1])


def run_http(
    server: Server, listener: socket.socket, address: Address, token: str, page: Page | None = None
) -> None:  # fmt: skip
    """Serve who has the token, until a signal comes; and a page for a person, where there is one. The URL is printed on stderr;
    nothing is written to stdout."""
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        # The gate is stricter.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        max_request_body_size=MAX_MESSAGE,
        max_sessions=MOST_SESSIONS,
        session_idle_timeout=IDLE,
    )
    config = uvicorn.Config(
        Gate(WholeBodies(app), PATH, (address.host, *address.names), token, page),
        http=BoundedConnection, h11_max_incomplete_event_size=MAX_HEAD, ws="none", lifespan="on", proxy_headers=False,
        log_config=None, access_log=False, timeout_graceful_shutdown=GRACE,
    )  # fmt: skip
    sys.stderr.write(f"memp serves {address.url} to who has the token in {token_file()}\n")
    sys.stderr.flush()
    uvicorn.Server(config).run([listener])


def is_local(address: Address) -> bool:
    """Whether nobody but this machine is meant to reach the address."""
    return _loopback(address.host) and not address.names


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
