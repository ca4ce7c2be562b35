"""Access to the page: a one-time link is exchanged for a cookie; Host and Origin are checked on every request.

Who has the link is let in once, within `LINK_LASTS`; from then on the browser's cookie stands for it, for as long as this process
runs. Host is checked on each request, so that a name that was made to lead here (DNS rebinding) gets nothing. What changes
something is a POST of a form: its Origin must be this page's, and it carries a token that is derived from the cookie.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memp_server.gate import OWN_NAMES, bracketed, host_name

ENTRANCE = "/enter"
LINK_LASTS = 600.0
"""Seconds in which a link lets somebody in, once."""

MOST_LINKS = 20
"""Links at once that nobody has used yet; the oldest goes."""

SESSION_LASTS = 24 * 3600.0
"""Seconds after its last request for which a browser is known."""

MOST_SESSIONS = 100

TOKEN = "token"
"""The field of a form that holds its token."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)

HEADERS = {
    "content-security-policy": POLICY,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    # Not "no-referrer": with that a browser sends no Origin of a form either.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), clipboard-read=()",
    "cache-control": "no-store",
}

_ENTERED = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>memp</title>
<meta http-equiv="refresh" content="0; url=/"></head><body><p><a href="/">Open the memory</a></p></body></html>"""
"""A page and no redirect: from another site a redirect would go on without the cookie, which is for this site alone."""

NO_LINK = (
    "This page shows your memory, so it opens by a link that is good once, for ten minutes: `memp open` makes one."
)


class Visitor(NamedTuple):
    """A browser that was let in."""

    session: str

    @property
    def token(self) -> str:
        """The token that its forms carry."""
        return hmac.new(self.session.encode(), b"form", hashlib.sha256).hexdigest()


class Access:
    """Links and sessions of one process. Safe to use from several threads."""

    def __init__(self, port: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._links: dict[str, float] = {}
        self._sessions: dict[str, float] = {}
        # Cookies do not tell ports apart: two pages on one machine would log each other out.
        self.cookie = f"memp-{port}"

    def new_link(self) -> str:
        """The path of a new link."""
        link = secrets.token_urlsafe(32)
        with self._lock:
            self._links[_digest(link)] = self._clock() + LINK_LASTS
            while len(self._links) > MOST_LINKS:
                del self._links[next(iter(self._links))]
        return f"{ENTRANCE}?link={link}"

    def enter(self, link: str) -> str | None:
        """Spend a link; the session that it opens, None where it is none, was used or is too old."""
        with self._lock:
            ends = self._links.pop(_digest(link), None)
            if ends is None or ends < self._clock():
                return None
            session = secrets.token_urlsafe(32)
            self._sessions[_digest(session)] = self._clock() + SESSION_LASTS
            while len(self._sessions) > MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
        return session

    def visitor(self, headers: Headers) -> Visitor | None:
        """The browser that sent this request, where it was let in."""
        session = _cookie(headers, self.cookie)
        if not session:
            return None
        key = _digest(session)
        with self._lock:
            ends = self._sessions.get(key)
            if ends is None or ends < self._clock():
                return None
            self._sessions[key] = self._clock() + SESSION_LASTS
        return Visitor(session)


class Guard:
    """Lets through to `app` who calls this machine by a name of the loopback and was let in; sets what a browser must keep to.

    `names` are further names of this machine. A request that it lets through has its `Visitor` in `scope["visitor"]`.
    """

    def __init__(self, app: ASGIApp, access: Access, names: Iterable[str] = ()) -> None:
        self._app = app
        self._access = access
        self._names = {name for given in (*names, *OWN_NAMES) if (name := host_name(bracketed(given)))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._answer(scope)
        await (self._app if answer is None else answer)(scope, receive, send_guarded)

    def _answer(self, scope: Scope) -> Response | None:
        """What is answered in place of the page; None where the visitor is let through."""
        headers = Headers(scope=scope)
        if host_name(headers.get("host", "")) not in self._names:
            return _refused("The Host of the request is no name of this page.\n", 421)
        own = f"{scope.get('scheme', 'http')}://{headers['host']}".lower()
        origins = [origin.lower() for origin in headers.getlist("origin")]
        writes = scope["method"] not in ("GET", "HEAD")
        if any(origin != own for origin in origins) or (writes and not origins):
            return _refused("The request does not come from this page.\n", 403)
        if scope["path"] == ENTRANCE and not writes:
            return self._enter(QueryParams(scope["query_string"]).get("link", ""))
        if scope["path"].startswith("/static/") and not writes:
            return None  # They hold nothing of the memory.
        visitor = self._access.visitor(headers)
        if visitor is None:
            return _refused(f"{NO_LINK}\n", 401)
        scope["visitor"] = visitor
        return None

    def _enter(self, link: str) -> Response:
        session = self._access.enter(link)
        if session is None:
            return _refused(f"This link was used already, or is too old. {NO_LINK}\n", 401)
        response = HTMLResponse(_ENTERED)
        response.set_cookie(self._access.cookie, session, httponly=True, samesite="strict", path="/")
        return response


def _refused(sentence: str, status: int) -> Response:
    # Closed, since the body that may follow is not read.
    return PlainTextResponse(sentence, status, {"connection": "close"})


def is_form_of(visitor: Visitor, tokens: Sequence[object]) -> bool:
    """Whether a form has exactly the token of this visitor."""
    return len(tokens) == 1 and isinstance(tokens[0], str) and hmac.compare_digest(
        tokens[0].encode("utf-8", "replace"), visitor.token.encode()
    )  # fmt: skip


def _cookie(headers: Headers, name: str) -> str:
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


def _digest(secret: str) -> str:
    # Looked up by its digest, so that how long a look-up takes says nothing of the secret.
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
