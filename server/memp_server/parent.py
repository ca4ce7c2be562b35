"""Notice that the client is gone although nobody closed the pipe: the parent process is another one, and nothing is asked.

A client that dies closes its end of stdin, which ends the server, unless another process of it has inherited that end. Then
the server would wait for ever, with the memory open. What a start wrapper does (it may be gone at once) is over when the first
message comes, so the parent of that moment counts. Where a parent's death changes nothing (Windows), nothing is noticed.
"""

import os
import threading
import time
from collections.abc import Callable

IDLE = 600.0
"""Seconds without a message after which a server without its parent ends. A client whose parent process alone is gone, and
that asks again within them, keeps it."""

POLL = 15.0
"""Seconds between two looks."""


class Parent:
    """The process that the server was started by, watched from the first message on.

    `leave` is called, on a thread, when it is gone, no message came for `IDLE` seconds, and `busy` says that none is worked on.
    """

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave = leave
        self._heard = time.monotonic()
        self._watching = False

    def heard(self) -> None:
        """A message came or went."""
        self._heard = time.monotonic()

    def watch(self, busy: Callable[[], bool]) -> None:
        """Watch from now on; a second call changes nothing."""
        if self._watching:
            return
        self._watching = True
        arguments = (os.getppid(), busy)
        threading.Thread(target=self._until_gone, args=arguments, name="memp-parent", daemon=True).start()

    def _until_gone(self, parent: int, busy: Callable[[], bool]) -> None:
        while os.getppid() == parent or time.monotonic() - self._heard < IDLE or busy():
            time.sleep(POLL)
        self._leave()
