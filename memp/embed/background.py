"""Load an embedder in the background, on a thread of its own, so that nothing waits for it."""

import logging
import threading
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

    A failure does not end the process: `get` then gives None, and `why_not` says why.
    """

    def __init__(self, load: Callable[[], Embedder]) -> None:
        self._load = load
        self._embedder: Embedder | None = None
        self._error = ""
        self._thread: threading.Thread | None = None

    def start(self, then: Callable[[], None]) -> None:
        """Begin to load; `then` is called on the same thread once that ended, well or not."""
        self._thread = threading.Thread(target=self._run, args=(then,), name="memp-embedder", daemon=True)
        self._thread.start()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until loading ended, well or not, or `timeout` seconds passed."""
        if self._thread is not None:
            self._thread.join(timeout)

    def get(self) -> Embedder | None:
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
        try:
            then()
        except Exception:
            log.error("What was to follow the embedding model failed.", exc_info=True)
