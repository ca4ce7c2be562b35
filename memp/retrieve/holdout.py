"""Hold-out and the recall log: a random share of recalls bring nothing, and each recall is logged.

What is worth having is the difference that recalls make to later runs (memp.retrieve.uplift). The log is written without
ever making a recall wait for a writer.
"""

import json
import logging
import random
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from memp.domain.results import KEPT_ANSWERS, Options, Recall
from memp.errors import StoreBusyError, StoreError
from memp.retrieve.candidates import Request
from memp.store import Maintenance, Recalls
from memp.store.records import Asked, Shown
from memp.text.keywords import hash_words

log = logging.getLogger("memp")


class LogStore(Recalls, Maintenance, Protocol):
    """The parts of a store that are used here."""


class Tell(Protocol):
    """What becomes of a recall: the reply as it goes out, as JSON. `through` says by which way: tool, hook or terminal."""

    @property
    def through(self) -> str: ...

    def __call__(self, recall: Recall, /) -> str: ...


class HoldOut:
    """Holds out the share `options.holdout` of the recalls that would bring something, and logs all."""

    def __init__(self, store: LogStore, options: Options) -> None:
        self._store = store
        self._options = options
        self._log = RecallLog(store, options.keep_answers)

    def applied(self, recall: Recall, request: Request, tell: Tell | None = None) -> Recall:
        """The recall as it is answered: without what the caller has been given, or without its matches where it is held out.
        With `tell`, what was asked and the reply are logged as they are.

        Raises:
            StoreError: the store cannot be read.
        """
        recall = self._without_given(recall, request)
        draw = self._draw(request.task) if recall.matches or recall.given else None
        held = draw is not None and draw < self._options.holdout
        if held:
            recall = replace(recall, matches=(), pitfalls=(), withheld=0, held=True, on_error=None, given=())
        self._note(request, recall, draw, tell)
        return recall

    def _without_given(self, recall: Recall, request: Request) -> Recall:
        """An answer to an error without the procedures that were shown for this task in this context, as they are now: who
        is stuck with one has it before his eyes."""
        if not request.error or not recall.matches:
            return recall
        given = self._store.given(self._options.project, hash_words(request.task), request.where)
        known = [m for m in recall.matches if given.get(m.procedure.id) == m.procedure.revision]
        fresh = [match for match in recall.matches if match not in known]
        return replace(recall, matches=fresh, given=[match.procedure.label for match in known])

    def close(self) -> None:
        """Log the recalls that wait, if the file is free within 2 seconds."""
        self._log.close()

    def _draw(self, task: str) -> float | None:
        """The random number that decides whether a recall is held out; a second recall for one run has the first's."""
        if not self._options.holdout:
            return None
        before = self._store.open_draw(self._options.project, hash_words(task))
        return random.random() if before is None else before

    def _note(self, request: Request, recall: Recall, draw: float | None, tell: Tell | None) -> None:
        shown = tuple(
            Shown(procedure_id=m.procedure.id, revision=m.procedure.revision, similarity=m.similarity)
            for m in recall.matches
        )
        at = datetime.now(UTC).isoformat()
        answer = "" if tell is None else tell(recall)
        self._log.note(
            Asked(
                scope=self._options.project, words=hash_words(request.task), context=request.where, at=at, draw=draw,
                held=recall.held, shown=shown, asked="" if tell is None else _asked(request, tell.through), answer=answer,
            )
        )  # fmt: skip


def _asked(request: Request, through: str) -> str:
    """What was passed, redacted, as JSON; without what is empty."""
    passed = {
        "through": through, "task": request.task, "context": request.context, "error": request.error,
        "facts": request.facts,
    }  # fmt: skip
    return json.dumps({name: value for name, value in passed.items() if value}, ensure_ascii=False)


class RecallLog:
    """Logs recalls in the store: now if the file is free, else on a thread as soon as it is."""

    def __init__(self, store: LogStore, keep: int = KEPT_ANSWERS) -> None:
        self._store = store
        self._keep = keep
        self._waiting: list[Asked] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    def note(self, asked: Asked) -> None:
        """Log one recall; a store that fails is logged as a warning, since the answer is worth more than the note."""
        if self._store.read_only:
            return
        try:
            self._store.note_recalls([asked], wait=False, keep=self._keep)
        except StoreBusyError:
            with self._lock:
                self._waiting.append(asked)
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._note_later, name="memp-recalls", daemon=True)
                    self._thread.start()
        except StoreError as error:
            log.warning("A recall was not noted: %s", error)

    def close(self) -> None:
        """Log what waits, if the file is free within 2 seconds."""
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
                self._store.note_recalls(recalls, wait=False, keep=self._keep)
            except StoreBusyError:
                with self._lock:
                    self._waiting = [*recalls, *self._waiting]
                if self._closing.wait(0.05):
                    return
            except StoreError as error:
                log.warning("%d recalls were not noted: %s", len(recalls), error)
