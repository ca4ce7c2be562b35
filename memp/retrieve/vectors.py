"""Embedding of keys and queries: vectors are made where they are missing, and never compared across two embedders."""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress

import numpy as np

from memp.embed import Embedder, Vectors
from memp.embed.background import Source
from memp.errors import EmbedderError, StoreBusyError, StoreError
from memp.store import KeyVectors
from memp.store.records import check_embedder
from memp.text.entities import without_identifiers
from memp.text.tasks.gist import gist

RECENT = 64
"""Texts whose vectors are kept at hand."""

BATCH = 1_024
"""Keys that are embedded at once: the embedder sorts their texts by length, so that little of a batch is padding."""

AT_ONCE = 256
"""Keys that get their vectors in one transaction, for which others who write wait; and those of others that one record makes."""


LEFT_AFTER = 30.0
"""Seconds after which a key that has no vector still is left by a process that was stopped."""

SAME = 0.999
"""The cosine from which a vector is that of its text: another machine rounds otherwise."""


class Left:
    """Tells keys that were left from those that another process is at: they are the same some time later."""

    def __init__(self) -> None:
        self._next = time.monotonic() + LEFT_AFTER
        self._seen: frozenset[int] = frozenset()

    def due(self) -> bool:
        """Whether it is time to look again."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + LEFT_AFTER
        return True

    def are_left(self, pending: Sequence[tuple[int, str]]) -> bool:
        """Whether some of these keys were pending at the last look as well."""
        before, self._seen = self._seen, frozenset(key_id for key_id, _ in pending)
        return not before.isdisjoint(self._seen)


class StoredVectors:
    """A store's vectors, from an embedder that may not be at hand yet; those of key facts only with `facts`."""

    def __init__(self, store: KeyVectors, embedder: Source, *, facts: bool = False) -> None:
        self._store = store
        self._facts = facts
        self._left = Left()
        self._taking = threading.Lock()
        self._taken = False
        self._embedder = embedder
        self._lock = threading.Lock()
        self._recent: dict[tuple[str, str], Vectors] = {}

    def at_hand(self) -> tuple[Embedder | None, list[str]]:
        """The embedder; or None, with the sentence that says why.

        Raises:
            StoreError: the store holds vectors of another one.
        """
        embedder = self._embedder.get()
        if embedder is None:
            return None, [f"Matched by keywords only: {self._embedder.why_not}."]
        stored = self._store.identity()
        if stored is not None:
            check_embedder(stored, embedder.identity)
        return embedder, []

    @property
    def why_not(self) -> str:
        """Why there is no embedder, as a clause; empty where there is one."""
        return self._embedder.why_not

    def encode(self, embedder: Embedder, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape (texts, dimension), of what the texts ask, without the names of single things: which host
        or ticket it was says nothing of the kind of task. A task is asked for, recorded and placed by the same words, so
        the last ones are kept.

        Raises:
            EmbedderError: the model failed.
        """
        name = embedder.identity.digest
        with self._lock:
            vectors = {text: self._recent[name, text] for text in texts if (name, text) in self._recent}
        fresh = [text for text in dict.fromkeys(texts) if text not in vectors]
        if fresh:
            kinds = [without_identifiers(gist(text)) for text in fresh]
            vectors.update(zip(fresh, embedder.encode(kinds), strict=True))
        with self._lock:
            self._recent.update({(name, text): vectors[text] for text in fresh[-RECENT:]})
            while len(self._recent) > RECENT:
                self._recent.pop(next(iter(self._recent)))
        return np.stack([vectors[text] for text in texts])

    def embed_pending(self, progress: Callable[[int], None] | None = None, most: int | None = None) -> int:
        """Embed keys that have no vector, at most `most`; how many got one.

        Raises:
            EmbedderError, StoreError: the model failed, or the store.
        """
        embedder = self._embedder.get()
        done = 0
        while embedder is not None and (most is None or done < most):
            size = BATCH if most is None else min(BATCH, most - done)
            pending = self._store.pending_keys(size, facts=self._facts)
            if not pending:
                break
            self._embed(embedder, pending)
            done += len(pending)
            if progress is not None:
                progress(len(pending))
        return done

    def wrong(self, progress: Callable[[int], None]) -> list[int]:
        """The vectors that are not what the embedder makes of their texts, by id: all are embedded once more.

        Raises:
            EmbedderError, StoreError: the model failed, or the store.
        """
        embedder = self._embedder.get()
        wrong: list[int] = []
        last = 0
        while embedder is not None and (rows := self._store.stored_vectors(last, BATCH)):
            made = self.encode(embedder, [text for _, text, _ in rows])
            stored = np.stack([vector for _, _, vector in rows])
            # Not below: a damaged vector may have no cosine at all.
            alike = (made * stored).sum(axis=1) >= SAME
            wrong += [rows[i][0] for i in np.flatnonzero(~alike)]
            last = rows[-1][0]
            progress(len(rows))
        return wrong

    @property
    def lacking(self) -> bool:
        """Whether keys that are searched have no vector yet."""
        return bool(self._store.pending_keys(1, facts=self._facts))

    @contextmanager
    def taken_on(self) -> Generator[None]:
        """While it lasts, other processes leave all keys without a vector to this one, unless one of them is at it already.

        Raises:
            StoreError: the store cannot be written.
        """
        claimed = self._store.claim_pending()
        try:
            yield
        finally:
            if claimed:
                with suppress(StoreBusyError):  # Then they are this process's until it ends.
                    self._store.release_pending()

    def embed_left(self, most: int | None = None) -> int:
        """Embed what others left, at most `most`, unless another process is at it; how many keys got a vector.

        Raises:
            EmbedderError, StoreError: the model failed, or the store.
        """
        if not self._taking.acquire(blocking=False):
            return 0
        try:
            self._taken = self._taken or (self.lacking and self._store.claim_pending())
            return self._embed_taken(most) if self._taken else 0
        finally:
            self._taking.release()

    def _embed_taken(self, most: int | None) -> int:
        try:
            return self.embed_pending(most=most)
        finally:
            self._store.release_pending()  # In a busy file that fails; then it is still this process that has taken them on.
            self._taken = False

    def embed_new(self, run_id: int | None = None) -> list[str]:
        """Vectors for what was just stored, of a run alone where it is named: each process makes those of its own, and what one
        that was stopped left waits until it is surely nobody's. A sentence where they must come later."""
        try:
            if run_id is None:
                self.embed_pending(most=BATCH)
            else:
                self._embed_of(run_id)
        except (EmbedderError, StoreError) as error:
            return [f"Stored, but not embedded yet: {error}"]
        why = self._embedder.why_not
        return [f"Stored; to be found by meaning it waits for its vector: {why}."] if why else []

    def _embed_of(self, run_id: int) -> None:
        embedder = self._embedder.get()
        if embedder is None:
            return
        self._embed(embedder, self._store.pending_of(run_id, facts=self._facts))
        if self._left.due() and self._left.are_left(self._store.pending_keys(BATCH, facts=self._facts)):
            self.embed_left(AT_ONCE)  # Somebody waits for the record: later ones do the rest.

    def _embed(self, embedder: Embedder, pending: Sequence[tuple[int, str]]) -> None:
        if not pending:
            return
        vectors = self._encoded(embedder, pending)
        for begin in range(0, len(pending), AT_ONCE):
            ids = [i for i, _ in pending[begin : begin + AT_ONCE]]
            self._store.set_vectors(embedder.identity, ids, vectors[begin : begin + AT_ONCE])

    def _encoded(self, embedder: Embedder, pending: Sequence[tuple[int, str]]) -> Vectors:
        texts = list(dict.fromkeys(text for _, text in pending))
        known = dict(self._store.known_vectors(texts))
        fresh = [text for text in texts if text not in known]
        if fresh:
            known.update(zip(fresh, self.encode(embedder, fresh), strict=True))
        return np.stack([known[text] for _, text in pending])
