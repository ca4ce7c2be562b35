"""Load an embedder in the background, on a thread of its own, so that nothing waits long for it."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from memp.embed import Embedder
from memp.errors import EmbedderError

log = logging.getLogger("memp.embed")


class Source(Protocol):
    """Source of the memory's embedder, which may not be at hand yet."""

    def get(self) -> Embedder | None:
        """The embedder, or None while it is not at hand."""
        ...

    @property
    def why_not(self) -> str:
        """Why `get` gives None, as a clause; empty when it gives an embedder."""
        ...


class Ready:
    """An embedder that is at hand."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def get(self) -> Embedder | None:
        return self._embedder

    @property
    def why_not(self) -> str:
        return ""


class Loading:
    """Loads an embedder on a daemon thread.

    A failure does not end the process: `get` then gives None, and `why_not` says why. Until `patience` seconds after the start
    `get` waits for it.
    """

    def __init__(self, load: Callable[[], Embedder], patience: float = 0.0) -> None:
        self._load = load
        self._patience = patience
        self._until = 0.0
        self._ended = threading.Event()
        self._embedder: Embedder | None = None
        self._error = ""
        self._thread: threading.Thread | None = None

    def start(self, then: Callable[[], None]) -> None:
        """Begin to load; `then` is called on the same thread once that ended, well or not."""
        self._until = time.monotonic() + self._patience
        self._thread = threading.Thread(target=self._run, args=(then,), name="memp-embedder", daemon=True)
        self._thread.start()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until loading ended, well or not, or `timeout` seconds passed."""
        if self._thread is not None:
            self._thread.join(timeout)

    def get(self) -> Embedder | None:
        if self._thread is not None and not self._ended.is_set():
            self._ended.wait(max(0.0, self._until - time.monotonic()))
        return self._embedder

    @property
    def why_not(self) -> str:
        if self._embedder is not None:
            return ""
        return self._error or "the embedding model is still loading"

    def _run(self, then: Callable[[], None]) -> None:
        try:
            self._embedder = self._load()
            log.info("The embedding model is loaded.")
        except EmbedderError as error:
            self._error = error.brief.rstrip(".")
        except Exception as error:
            log.error("The embedding model was not loaded.", exc_info=True)
            self._error = f"the embedding model cannot be loaded ({type(error).__name__}: {error})".replace("\n", " ")
        finally:
            self._ended.set()
        try:
            then()
        except Exception:
            log.error("What was to follow the embedding model failed.", exc_info=True)
