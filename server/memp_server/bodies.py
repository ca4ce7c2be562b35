"""ASGI middleware: request bodies come whole, within limits of time and size, and as the SDK can answer them."""

from collections import deque
from collections.abc import Mapping

import anyio
from mcp.types import JSONRPCError
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memp_server.json_rpc import MAX_MESSAGE, clean_line, no_message, with_plain_id

BODY_SECONDS = 20.0
"""Seconds in which a body must have come; on one machine the longest takes less than one."""

LINGER_SECONDS = 2.0
LINGER_BYTES = 4 * MAX_MESSAGE
"""How long, and how much, of a body that was refused is still taken, and dropped: many clients send all of it before they read
the answer, and where the connection is closed meanwhile they are told of a reset and not why."""

_CLOSE = {"connection": "close"}
_TOO_LARGE = PlainTextResponse(f"A request has at most {MAX_MESSAGE >> 20} MB.\n", 413, _CLOSE)
_TOO_SLOW = PlainTextResponse("The body of the request did not come in time.\n", 408, _CLOSE)


class WholeBodies:
    """Reads the body of a request, then lets `app` answer it.

    A client that leaves meanwhile is no fault: nothing is answered or logged. Lone surrogate escapes, which the SDK cannot
    parse, are taken out, and what is no message is answered here, as is a request whose id the SDK has no type for.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _TOO_LARGE if _announced(scope) > MAX_MESSAGE else await _body(receive)
        if isinstance(body, Response):
            await _refuse(body, receive, send)
        elif body is not None:
            await self._answer(body, scope, receive, send)

    async def _answer(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        plain = with_plain_id(clean_line(body))
        refused = plain if isinstance(plain, JSONRPCError) else no_message(plain) if scope["method"] == "POST" else None
        if refused is not None:
            await Response(refused.model_dump_json(), 400, media_type="application/json")(scope, receive, send)
            return
        whole = deque[Message]([{"type": "http.request", "body": plain, "more_body": False}])

        async def replayed() -> Message:
            return whole.popleft() if whole else await receive()

        await self._app(scope, replayed, send)


async def _refuse(answer: Response, receive: Receive, send: Send) -> None:
    """Answer at once, and close the connection once the client has sent what it wanted to."""
    await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    left, coming = LINGER_BYTES, True
    with anyio.move_on_after(LINGER_SECONDS):
        while coming and left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            coming = message.get("more_body", False)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _announced(scope: Scope) -> int:
    """The length that the headers name; 0 where they name none. h11 lets none through that is no number."""
    return int(Headers(scope=scope).get("content-length", "0"))


async def _body(receive: Receive) -> bytes | Response | None:
    """The body; what to answer where it is too long or too slow; None where the client left."""
    body = bytearray()
    with anyio.move_on_after(BODY_SECONDS):
        while True:
            message: Mapping[str, object] = await receive()
            if message["type"] != "http.request":
                return None
            part = message.get("body", b"")
            assert isinstance(part, bytes)
            body += part
            if len(body) > MAX_MESSAGE:
                return _TOO_LARGE
            if not message.get("more_body"):
                return bytes(body)
    return _TOO_SLOW
