"""What was looked up, noted without ever making a recall wait for a writer."""

import logging
import threading

from memp.errors import StoreBusyError, StoreError
from memp.store import Store
from memp.store.records import Asked

log = logging.getLogger("memp")


class RecallLog:
    """Notes recalls in the store: now if the file is free, else on a thread as soon as it is."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[Asked] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    def note(self, asked: Asked) -> None:
        if self._store.read_only:
            return
        try:
            self._store.note_recalls([asked], wait=False)
        except StoreBusyError:
            with self._lock:
                self._waiting.append(asked)
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._note_later, name="memp-recalls", daemon=True)
                    self._thread.start()
        except StoreError as error:
            # What was found is worth more than the note that it was shown.
            log.warning("A recall was not noted: %s", error)

    def close(self) -> None:
        """Note what waits, if the file is free within 2 seconds."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout=2.0)
            # Else the thread would go on trying a store that is closed.
            self._closing.set()
            thread.join(timeout=1.0)

    def _note_later(self) -> None:
        while True:
            with self._lock:
                recalls, self._waiting = self._waiting, []
                if not recalls:
                    self._thread = None
                    return
            try:
                # Without waiting inside: that would hold the writer's lock, and a record of this process would starve.
                self._store.note_recalls(recalls, wait=False)
            except StoreBusyError:
                with self._lock:
                    self._waiting = [*recalls, *self._waiting]
                if self._closing.wait(0.05):
                    return
            except StoreError as error:
                log.warning("%d recalls were not noted: %s", len(recalls), error)
