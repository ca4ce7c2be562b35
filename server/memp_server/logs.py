"""Logging to a stderr that nobody may read: a full pipe must not stop the server.

Records go through a queue to a thread of their own; where that is stuck and the queue full, they are dropped.
"""

import logging
import queue
import sys
import time
from contextlib import suppress
from logging.handlers import QueueHandler, QueueListener

KEPT = 1_000
"""Records that wait to be written."""

FLUSH_SECONDS = 1.0

_records: "queue.Queue[logging.LogRecord]" = queue.Queue(KEPT)


class _Dropping(QueueHandler):
    def enqueue(self, record: logging.LogRecord) -> None:
        with suppress(queue.Full):
            self.queue.put_nowait(record)


def log_to_stderr() -> None:
    """Log warnings, of all libraries, on stderr."""
    QueueListener(_records, logging.StreamHandler(sys.stderr)).start()
    # Formatted as it is queued.
    logging.basicConfig(
        level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", handlers=[_Dropping(_records)]
    )


def flush() -> None:
    """Wait until what was logged is written; no longer than `FLUSH_SECONDS`."""
    until = time.monotonic() + FLUSH_SECONDS
    while _records.unfinished_tasks and time.monotonic() < until:
        time.sleep(0.01)
