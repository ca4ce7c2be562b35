"""Lazy opening of the memory: at the first call and not before the handshake, with its log level and its embedder."""

import logging
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from memp.errors import MempError
from memp.light.project import Place, place_of

if TYPE_CHECKING:
    from memp.config import Settings
    from memp.embed.background import Loading
    from memp.memory import ProceduralMemory

log = logging.getLogger("memp.server")

AFTER_HANDSHAKE = 0.02
"""Seconds after the handshake was seen until the memory is opened; a call opens it at once."""

SETTLED = 60.0
"""Seconds after its start for which a server leaves the disk to what it is asked."""


class Open:
    """An open memory, closed once it is dropped and no call is at it."""

    def __init__(self, memory: "ProceduralMemory") -> None:
        self.memory = memory
        self._lock = threading.Lock()
        self._users = 1  # Whoever opened it.

    def take(self) -> None:
        """Begin to use it; to be called while another uses it."""
        with self._lock:
            self._users += 1

    def drop(self) -> None:
        """End to use it."""
        with self._lock:
            self._users -= 1
            last = not self._users
        if last:
            self.memory.close()

    @contextmanager
    def used(self) -> Generator["ProceduralMemory"]:
        """Use what was taken."""
        try:
            yield self.memory
        finally:
            self.drop()


class LazyMemory:
    """The memory of a running server: opened at the first call, so that no handshake waits for it.

    A file that cannot be opened is an answer to each call, not the end of the server; the next call tries again. One that was
    deleted or replaced is opened again, with all that was kept of it, and the next reply says so.
    Without `read` the settings are those of the environment. `folder` names the folder in which the agent works; nothing where
    nobody knows it; `ready` is called once the memory is open, and must not wait.
    """

    def __init__(
        self, read: "Callable[[], Settings] | None" = None, folder: Callable[[], str] = lambda: "",
        ready: "Callable[[ProceduralMemory, Settings], None]" = lambda memory, settings: None,
    ) -> None:  # fmt: skip
        self._read = read
        self._ready = ready
        self.folder = folder
        self._lock = threading.Lock()
        self._memory: Open | None = None
        self._embedder: Loading | None = None
        self._news: list[str] = []
        self._backed_up = 0
        self._closed = threading.Event()
        self._opening = False
        self._early: threading.Timer | None = None
        self.settings: Settings | None = None

    def place(self) -> Place:
        """The project that this server was started for, as it is at a call: a repository may be made meanwhile."""
        return place_of(self.folder())

    @contextmanager
    def call(self) -> Generator["ProceduralMemory"]:
        """Open the memory, or use the one that is open, for a call: meanwhile it is not closed.

        Raises:
            ConfigError, StoreError: a setting or the memory file is not usable.
        """
        with self._lock:
            if self._memory is not None and self._memory.memory.store.moved:
                self._memory = self._open_again(self._memory)
            if self._memory is None:
                self._memory = self._open()
            self._back_up_daily()
            self._memory.take()
            taken = self._memory
        with taken.used() as memory:
            yield memory

    def news(self) -> list[str]:
        """What a caller is told once, with the next reply."""
        with self._lock:
            news, self._news = self._news, []
            return news

    def _open(self) -> Open:
        # Imported here, behind the handshake: numpy and the store cost it a third of a second.
        from memp.config import background_embedder, open_memory, read_settings
        from memp.store.sqlite.copies import gone

        self._closed.clear()
        settings = self.settings or (self._read or read_settings)()
        self.settings = settings
        _log_from(settings.log_level)
        known = self._embedder
        embedder = known or background_embedder(settings)
        lost = gone(settings.db)
        memory = open_memory(settings, embedder=embedder)
        if lost:  # From now on there is a new one.
            self._news.append(lost)
            log.warning("%s", lost)
        log.info("The memory is %s.", settings.db)
        self._embedder = embedder
        opened = Open(memory)
        opened.take()
        if known is None:
            embedder.start(then=lambda: _backfill(opened))
        else:
            threading.Thread(target=_backfill, args=(opened,), name="memp-left", daemon=True).start()
        self._ready(memory, settings)
        return opened

    def _back_up_daily(self) -> None:
        """Begin a backup on a thread with the first call of a day: no call waits for it."""
        settings, today = self.settings, int(time.time() // 86_400)
        if today == self._backed_up or settings is None or settings.read_only:
            return
        first, self._backed_up = not self._backed_up, today
        arguments = (settings, SETTLED if first else 0.0, self._closed)
        threading.Thread(target=_back_up, args=arguments, name="memp-backup", daemon=True).start()

    def _open_again(self, before: Open) -> Open:
        """Open the file that is there now. The one that was open is closed once no call is at it."""
        before.memory.store.settle()
        opened = self._open()
        path = before.memory.store.path
        sentence = f"The memory file was deleted or replaced while the server ran; it was opened again ({path})."
        self._news.append(sentence)
        log.warning("%s", sentence)
        before.drop()
        return opened

    def open_early(self) -> None:
        """Open on a thread, so that the embedder is likely loaded before the first call; a failure waits for the call."""
        if self._opening:
            return
        self._opening = True

        def attempt() -> None:
            if self._closed.is_set():
                return
            try:
                with self.call():
                    pass
            except MempError as error:
                log.warning("%s", error)

        # A little later: what is imported for it would hold up the answer to the handshake.
        self._early = threading.Timer(AFTER_HANDSHAKE, attempt)
        self._early.name, self._early.daemon = "memp-open", True
        self._early.start()

    def close(self) -> None:
        """Close the memory if it was opened; a backup that has not begun is left out."""
        self._closed.set()
        if self._early is not None:
            self._early.cancel()
        with self._lock:
            if self._memory is not None:
                self._memory.memory.close()
                self._memory = None


def _log_from(level: str) -> None:
    """Log memp's own lines from `level` on. Other libraries stay at warnings: below, they log requests and headers."""
    logging.getLogger("memp").setLevel(level)
    logging.getLogger().setLevel(max(logging.WARNING, logging.getLogger("memp").level))


def _backfill(opened: Open) -> None:
    """Make the vectors of what was recorded while there was no embedder, and build what a process that was stopped left."""
    with opened.used() as memory:
        _fill(memory)


def _fill(memory: "ProceduralMemory") -> None:
    try:
        memory.embed_left()
    except MempError as error:
        log.warning("Not embedded yet: %s", error)
    if memory.store.read_only:
        return
    try:
        if built := memory.build_unfinished(abandoned=True):
            log.warning("%d runs that were stored and not built are built now.", built)
    except MempError as error:
        log.warning("Not built yet: %s", error)


def _back_up(settings: "Settings", wait: float, closed: threading.Event) -> None:
    """Back the memory up after a while, unless that was done today or it is closed by then."""
    from memp.store.sqlite.kept import back_up_daily

    if closed.wait(wait):
        return
    try:
        if made := back_up_daily(settings.db, settings.backups, datetime.now()):
            log.info("The memory was backed up to %s.", made)
    except MempError as error:
        log.warning("%s", error)
