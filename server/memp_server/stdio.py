"""MCP's stdio transport, wrapped so that every request is answered: also one that the SDK cannot parse, and one sent just
before the end of stdin."""

import io
from collections import deque
from contextlib import suppress
from contextvars import Context
from types import TracebackType
from typing import BinaryIO, Protocol, Self

import anyio
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCError, JSONRPCMessage, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from memp_server.json_rpc import MAX_MESSAGE, NEAR_END, clean_line, line_for, parts, refusal, too_long, with_plain_id
from memp_server.parent import Parent

GRACE = 10.0
"""Seconds that requests read before the end of stdin have to be answered; a client that wants less sends SIGTERM."""


class CleanLines(io.RawIOBase):
    """Lines of a byte stream as the SDK can read them, or as `Requests` can tell what they ask.

    JSON lets a client send half a surrogate pair; the SDK's parser refuses the whole message, and a request whose id
    was never read is never answered. So each lone surrogate escape becomes U+FFFD. A line over `MAX_MESSAGE` is never held
    whole: it is passed over, and answered by its id.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        if not self._rest:
            self._rest = memoryview(self._line())
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _line(self) -> bytes:
        line = self._source.readline(MAX_MESSAGE)
        if len(line) < MAX_MESSAGE or line.endswith(b"\n"):
            return _readable(clean_line(line))
        head = tail = line[:NEAR_END]
        while not tail.endswith(b"\n") and (more := self._source.readline(1 << 20)):
            tail = (tail + more)[-NEAR_END:]
        refused = too_long(head, tail)
        return b"\n" if refused is None else line_for(refused)


def _readable(line: bytes) -> bytes:
    plain = with_plain_id(line)
    return line_for(plain) if isinstance(plain, JSONRPCError) else plain


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
            given_up = (message.params or {}).get("requestId")
            if isinstance(given_up, str | int):
                self._ids.discard(given_up)

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
        self._batch: deque[SessionMessage | JSONRPCError] = deque()

    @property
    def last_context(self) -> Context | None:
        """The context in which the last message was sent; the SDK reads it."""
        return getattr(self._source, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        while True:
            message = self._batch.popleft() if self._batch else await self._next()
            if isinstance(message, SessionMessage):
                self._unanswered.came(message.message)
                return message
            if isinstance(message, JSONRPCError):
                await self._answer(message)
            elif (batch := parts(message)) is not None:
                self._batch.extend(batch)
            else:
                if (refused := refusal(message)) is not None:
                    await self._answer(refused)
                return message

    async def _next(self) -> SessionMessage | Exception:
        try:
            return await self._source.receive()
        except anyio.EndOfStream:
            await self._unanswered.wait()
            raise

    async def _answer(self, refused: JSONRPCError) -> None:
        # A client that is gone is noticed by whoever answers it next.
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            await self._sink.send(SessionMessage(refused))

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
