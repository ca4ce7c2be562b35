"""The project of a call: by the folder that the server was started in or for, else by the roots that its client offers.

Roots are deprecated in MCP 2026-07-28 and told over a request of the server's own: only a client that declares them is asked, and
one that does not answer is not asked again.
"""

import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import anyio.from_thread
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import ListRootsRequest, ListRootsResult
from pydantic import ValidationError

from memp.light.project import NOWHERE, Place, named, place_of
from memp_server.opening import LazyMemory

if TYPE_CHECKING:
    from memp.memory import ProceduralMemory

log = logging.getLogger("memp.server")

PATIENCE = 2.0
"""Seconds that a client has to say its roots."""


class CallProject:
    """Tells the project of a call over MCP."""

    def __init__(self, opened: LazyMemory) -> None:
        self._opened = opened
        self._silent: set[str] = set()

    def of(self, ctx: Context[Any, Any], memory: "ProceduralMemory") -> Place:
        """The project that is set, else that of the server's folder, else that of the client's first root that has one."""
        if memory.options.project:
            return named(memory.options.project)
        place = self._opened.place()
        return place if place.identity else self._by_roots(ctx)

    def _by_roots(self, ctx: Context[Any, Any]) -> Place:
        session = ctx.request_context.session
        capabilities = session.client_capabilities
        if capabilities is None or capabilities.roots is None or not session.can_send_request:
            return NOWHERE
        client = "" if session.client_params is None else str(session.client_params.client_info)
        if client in self._silent:
            return NOWHERE
        try:
            roots = anyio.from_thread.run(
                session.send_request, ListRootsRequest(), ListRootsResult, PATIENCE
            ).roots  # fmt: skip
        except (MCPError, ValidationError, TimeoutError) as error:
            self._silent.add(client)
            log.warning("The client declares roots and did not say which: %s", error)
            return NOWHERE
        places = (place_of(path_of_uri(str(root.uri))) for root in roots)
        return next((place for place in places if place.identity), NOWHERE)


def path_of_uri(uri: str) -> str:
    """The path that a file URI names; empty where it is another kind."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return ""
    path = unquote(parts.path)
    return path[1:] if re.match(r"/[A-Za-z]:", path) else path
