"""MCP's stdio transport, wrapped so that every request is answered: also one that the SDK cannot parse, and one sent just
before the end of stdin."""

import io
import json
import re
from contextlib import suppress
from contextvars import Context
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self, cast

import anyio
from mcp.shared.message import SessionMessage
from mcp.types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
)
from pydantic import ValidationError

from memp_server.parent import Parent

GRACE = 10.0
"""Seconds that requests read before the end of stdin have to be answered; a client that wants less sends SIGTERM."""

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)

# Possessive, so that a string without an end is passed over once and not tried again from each of its quotes.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[{]++|[\]}]++', re.DOTALL)
_NAMED = re.compile(r'\s*:\s*(?:("(?:[^"\\]++|\\.)*+"|-?[0-9]{1,18})(?=\s*[,}]))?', re.DOTALL)


class CleanLines(io.RawIOBase):
    """Lines of a byte stream, with each lone surrogate escape replaced by U+FFFD.

    JSON lets a client send half a surrogate pair; the SDK's parser refuses the whole message, and a request whose id
    was never read is never answered.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        if not self._rest:
            self._rest = memoryview(clean_line(self._source.readline()))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def clean_line(line: bytes) -> bytes:
    """A line of JSON without lone surrogate escapes; pairs and escaped backslashes stay as they are."""
    if b"\\ud" not in line and b"\\uD" not in line:
        return line
    return _ESCAPE.sub(lambda match: b"\\ufffd" if match[1] else match[0], line)


def refusal(error: Exception) -> JSONRPCError | None:
    """The JSON-RPC error for a line that the SDK cannot parse; None unless it is a request with an id.

    The SDK refuses JSON nested deeper than some 190 levels, among others, and a client would wait for its answer.
    """
    if not isinstance(error, ValidationError):
        return None
    faults = error.errors(include_url=False)
    first = faults[0]
    if first["type"] == "json_invalid":
        code, request_id = PARSE_ERROR, _request_id(str(first["input"]))
        sentence = (
            f"The request cannot be read ({first.get('ctx', {}).get('error', 'no JSON')}): send it again, flatter."
        )
    else:
        # A request lacks what a response has: that complaint holds the whole message.
        whole = [fault["input"] for fault in faults if fault["type"] == "missing" and len(fault["loc"]) == 2]
        message = cast(dict[str, Any], whole[0]) if whole and isinstance(whole[0], dict) else {}
        code, request_id = INVALID_REQUEST, message.get("id") if "method" in message else None
        sentence = f"This is no request of JSON-RPC 2.0 (at {first['loc'][-1]}): send it again, corrected."
    if not isinstance(request_id, str | int) or isinstance(request_id, bool):
        return None
    return JSONRPCError(jsonrpc="2.0", id=request_id, error=ErrorData(code=code, message=sentence))


def _request_id(line: str) -> str | int | None:
    """The id of a request that cannot be parsed, from one linear pass that ends where both id and method were seen."""
    depth, request_id, method = 0, None, False
    for token in _TOKEN.finditer(line):
        match token[0][0]:
            case "[" | "{":
                depth += len(token[0])
            case "]" | "}":
                depth -= len(token[0])
            case _ if depth == 1 and token[0] in ('"id"', '"method"') and (named := _NAMED.match(line, token.end())):
                if token[0] == '"method"':
                    method = True
                elif named[1]:
                    with suppress(ValueError):
                        request_id = json.loads(named[1], strict=False)
            case _:
                pass
        if method and request_id is not None:
            return request_id
    return None


class Unanswered:
    """The requests that were read and not answered yet.

    The SDK drops what is in flight when stdin ends, so the end is held back until all is answered, or `GRACE` is over.
    `parent` is told of each message, and watched while there are some.
    """

    def __init__(self, grace: float = GRACE, parent: Parent | None = None) -> None:
        self._grace = grace
        self._parent = parent
        self._ids: set[str | int] = set()
        self._done = anyio.Event()

    def came(self, message: JSONRPCMessage) -> None:
        """Note a message from the client: a request waits for its answer."""
        if self._parent is not None:
            self._parent.heard()
            self._parent.watch(lambda: bool(self._ids))
        if isinstance(message, JSONRPCRequest):
            self._ids.add(message.id)
        elif isinstance(message, JSONRPCNotification) and message.method == "notifications/cancelled":
            # A request that its sender gave up is never answered.
            self._ids.discard((message.params or {}).get("requestId", ""))

    def went(self, message: JSONRPCMessage) -> None:
        """Note a message to the client: an answer ends that wait."""
        if self._parent is not None:
            self._parent.heard()
        if isinstance(message, JSONRPCResponse | JSONRPCError) and message.id is not None:
            self._ids.discard(message.id)
            self._done.set()
            self._done = anyio.Event()

    async def wait(self) -> None:
        """Wait until all is answered, or `grace` seconds are over."""
        with anyio.move_on_after(self._grace):
            while self._ids:
                await self._done.wait()


class MessageSource(Protocol):
    """A stream to read messages from: what is used here of the SDK's streams, whose own types are private to it."""

    async def receive(self) -> SessionMessage | Exception:
        """The next message, or the error with which it could not be parsed; EndOfStream at the end."""
        ...

    async def aclose(self) -> None:
        """Close the stream."""
        ...


class MessageSink(Protocol):
    """A stream to write messages to."""

    async def send(self, item: SessionMessage, /) -> None:
        """Send a message."""
        ...

    async def aclose(self) -> None:
        """Close the stream."""
        ...


class Requests:
    """A stream of messages from the client that ends when its source has ended and all is answered.

    A request that could not be read is answered from here, over `sink`.
    """

    def __init__(self, source: MessageSource, sink: MessageSink, unanswered: Unanswered) -> None:
        self._source = source
        self._sink = sink
        self._unanswered = unanswered

    @property
    def last_context(self) -> Context | None:
        """The context in which the last message was sent; the SDK reads it."""
        return getattr(self._source, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        try:
            message = await self._source.receive()
        except anyio.EndOfStream:
            await self._unanswered.wait()
            raise
        if isinstance(message, SessionMessage):
            self._unanswered.came(message.message)
        elif (refused := refusal(message)) is not None:
            # A client that is gone is noticed by whoever answers it next.
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                await self._sink.send(SessionMessage(refused))
        return message

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        await self._source.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()


class Answers:
    """A stream of messages to the client that notes what was answered."""

    def __init__(self, sink: MessageSink, unanswered: Unanswered) -> None:
        self._sink = sink
        self._unanswered = unanswered

    async def send(self, item: SessionMessage, /) -> None:
        await self._sink.send(item)
        self._unanswered.went(item.message)

    async def aclose(self) -> None:
        await self._sink.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()
