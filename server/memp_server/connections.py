"""Limits on HTTP connections: how many there are, and how long one may wait before it has asked.

uvicorn closes a connection that is idle after an answer, and bounds the size of a head. It waits for ever for the rest of a head,
and refuses everyone (`limit_concurrency`) while others hold as many connections; so these two are here.
"""

import asyncio
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 256
"""Connections at once, of the 1,024 files that a process may have open on many systems. When there are more, the one is closed
that has asked for nothing yet, or not to the end, for longest: whoever asks at once is answered, however many wait."""

HEAD_SECONDS = 10.0
"""Seconds that a connection has from its start, or from an answer, until the next request's head has come."""


class BoundedConnection(H11Protocol):
    """An HTTP/1.1 connection that asks in time, or is closed."""

    _since = 0.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        self._wait()
        # One that was closed just now is among them until the loop comes to it.
        ours = (cast(BoundedConnection, one) for one in self.connections)
        alive = [one for one in ours if not one.transport.is_closing()]
        if len(alive) > MOST:
            min((one for one in alive if not one._has_asked()), key=lambda one: one._since).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._end_wait()

    def handle_events(self) -> None:
        super().handle_events()
        if self._is_answered():
            self._end_wait()

    def on_response_complete(self) -> None:
        self._wait()
        super().on_response_complete()

    def _is_answered(self) -> bool:
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]

    def _has_asked(self) -> bool:
        return self._is_answered() and not self.cycle.more_body

    def _wait(self) -> None:
        self._end_wait()
        self._since = self.loop.time()
        # Aborted, not closed: what a client does not read would keep a closed one for ever.
        self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _end_wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
