"""Waiting for another process that writes: SQLite's busy handler with random, exponential backoff.

SQLite's own sleeps for a tenth of a second before its later tries, so that whoever came late and sleeps less gets in first.
"""

import random
import time
from collections.abc import Callable

SHORTEST, LONGEST = 0.001, 0.016
"""Seconds of the first sleep at most, and of any later one."""


def patient(seconds: float) -> Callable[[int], bool]:
    """A busy handler that gives up after so many seconds."""
    begin = 0.0

    def wait(tries: int) -> bool:
        nonlocal begin
        now = time.monotonic()
        begin = begin if tries else now
        if now - begin >= seconds:
            return False
        time.sleep(random.uniform(0.5, 1.0) * min(LONGEST, SHORTEST * 2 ** min(tries, 10)))
        return True

    return wait
