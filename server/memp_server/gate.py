"""ASGI middleware: who is let in over HTTP, by Host, Origin and token, before anything of a request's body is read.

Host and Origin keep out a page in a browser whose name was made to lead here (DNS rebinding). They are parsed, not compared by
how they begin: `localhost:@evil.example` names evil.example. The token keeps out other users of this machine.
"""

import hmac
import ipaddress
import re
from collections.abc import Iterable
from typing import Protocol

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

OWN_NAMES = ("127.0.0.1", "localhost", "::1")

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::([0-9]{1,5}))?", re.IGNORECASE | re.ASCII)
_ORIGIN = re.compile(r"https?://([^/?#@]+)", re.IGNORECASE)

NO_TOKEN = (
    "memp asks for a token: send the header 'Authorization: Bearer TOKEN', with the one of the file that `memp serve` named "
    "at its start."
)


LINK = "/link"
"""Where who has the token gets a link to the page."""


class Page(Protocol):
    """A page for a person beside the tools, which decides itself who is let in."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as an ASGI app."""
        ...

    def new_link(self) -> str:
        """The address of a link that lets somebody in once."""
        ...


class Gate:
    """Lets through to `app` who calls this machine by one of `names` (or by those of the loopback), has the token, and asks for
    `path`. Where there is a page, other paths are its own, and who has the token may POST to `LINK` for a link to it."""

    def __init__(self, app: ASGIApp, path: str, names: Iterable[str], token: str, page: Page | None = None) -> None:
        self._app = app
        self._page = page
        self._path = path
        self._names = {name for given in (*names, *OWN_NAMES) if (name := host_name(bracketed(given)))}
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._page is not None and scope["path"] not in (self._path, LINK) and not _looks_for_oauth(scope["path"]):
            await self._page(scope, receive, send)
            return
        refused = self._refusal(scope)
        await (self._app if refused is None else refused)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if host_name(headers.get("host", "")) not in self._names:
            return _refused(421, "The Host of the request is no name of this server; see --allow-host.")
        if any(_origin_name(origin) not in self._names for origin in headers.getlist("origin")):
            return _refused(403, "The Origin of the request is not this machine.")
        if scope["path"] == LINK and self._page is not None:
            if scope["method"] != "POST":
                return _refused(405, "A link to the page is made by POST.", {"allow": "POST"})
            if not self._has_token(headers):
                return _refused(401, NO_TOKEN, {"www-authenticate": "Bearer"})
            return PlainTextResponse(f"{self._page.new_link()}\n", headers={"cache-control": "no-store"})
        if scope["path"] != self._path:
            # Also where clients look for OAuth: one that finds something there ignores a token that it was given.
            return _refused(404, f"There is nothing here; memp is at {self._path}.")
        if not self._has_token(headers):
            return _refused(401, NO_TOKEN, {"www-authenticate": "Bearer"})
        return None

    def _has_token(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        # As bytes: a text that is not ASCII cannot be compared in constant time.
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode("latin-1"), self._token)


def _looks_for_oauth(path: str) -> bool:
    return path.startswith("/.well-known/") or path in ("/register", "/authorize", "/token")


def host_name(host: str) -> str | None:
    """The name in `name[:port]`, in one spelling for all ways to write it; None where it is not of that form."""
    parsed = _HOST.fullmatch(host)
    if parsed is None or (parsed[2] and not 0 < int(parsed[2]) < 1 << 16):
        return None
    name = parsed[1].lower()
    if not name.startswith("["):
        return name
    try:
        return f"[{ipaddress.IPv6Address(name[1:-1])}]"
    except ValueError:
        return None


def bracketed(host: str) -> str:
    """A host as a URL has it."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _origin_name(origin: str) -> str | None:
    parsed = _ORIGIN.fullmatch(origin)
    return host_name(parsed[1]) if parsed else None


def _refused(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    # Closed, since the body that may follow is not read.
    return PlainTextResponse(f"{sentence}\n", status, {**(headers or {}), "connection": "close"})
