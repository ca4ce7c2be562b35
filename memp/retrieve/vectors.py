"""Embedding of keys and queries: vectors are made where they are missing, and never compared across two embedders."""

import threading
from collections.abc import Callable, Sequence

import numpy as np

from memp.embed import Embedder, Vectors
from memp.embed.background import Source
from memp.errors import EmbedderError, StoreError
from memp.store import KeyVectors
from memp.store.records import check_embedder
from memp.text.entities import without_identifiers
from memp.text.tasks.gist import gist

RECENT = 64
"""Texts whose vectors are kept at hand."""

BATCH = 256
"""Keys that get their vectors in one transaction; a record waits for at most so many."""


class StoredVectors:
    """A store's vectors, from an embedder that may not be at hand yet."""

    def __init__(self, store: KeyVectors, embedder: Source) -> None:
        self._store = store
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
        """Embed keys that have no vector, at most about `most`; how many got one.

        Raises:
            EmbedderError, StoreError: the model failed, or the store.
        """
        embedder = self._embedder.get()
        done = 0
        while embedder is not None and (most is None or done < most):
            pending = self._store.pending_keys(BATCH)
            if not pending:
                break
            self._store.set_vectors(embedder.identity, [i for i, _ in pending], self._encoded(embedder, pending))
            done += len(pending)
            if progress is not None:
                progress(len(pending))
        return done

    def embed_new(self) -> list[str]:
        """Vectors for what was just stored; a sentence where they must come later."""
        try:
            self.embed_pending(most=BATCH)
        except (EmbedderError, StoreError) as error:
            return [f"Stored, but not embedded yet: {error}"]
        why = self._embedder.why_not
        return [f"Stored; to be found by meaning it waits for its vector: {why}"] if why else []

    def _encoded(self, embedder: Embedder, pending: Sequence[tuple[int, str]]) -> Vectors:
        texts = list(dict.fromkeys(text for _, text in pending))
        known = dict(self._store.known_vectors(texts))
        fresh = [text for text in texts if text not in known]
        if fresh:
            known.update(zip(fresh, self.encode(embedder, fresh), strict=True))
        return np.stack([known[text] for _, text in pending])
