"""The store's indexes: search keys by vector, word and fact, and keep the vectors up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memp.embed import Identity, Vectors
    from memp.store.records import Hit, KeyKind


class Search(Protocol):
    """Retrieve candidates by their keys: dense, lexical, and by facts."""

    def nearest(self, kind: KeyKind, vector: Vectors, scopes: Sequence[str], limit: int) -> list[Hit]:
        """The `limit` keys nearest to one unit vector of shape (dimension,), by cosine, best first."""
        ...

    def lexical(
        self, kind: KeyKind, terms: Sequence[str], scopes: Sequence[str], limit: int, vector: Vectors | None = None
    ) -> list[Hit]:
        """Up to `limit` keys that contain any of the terms, by BM25, best first; with their cosine to `vector`."""
        ...

    def fact_vectors(self, owners: Sequence[int]) -> Mapping[int, Vectors]:
        """The fact vectors of procedures: id to an array of shape (facts, dimension)."""
        ...

    def document_frequency(self, terms: Sequence[str], kind: KeyKind | None = None) -> tuple[Mapping[str, int], int]:
        """In how many keys each term occurs, and how many keys there are: of a kind, or of all, facts aside."""
        ...


class KeyVectors(Protocol):
    """Vectors of the keys, and the embedder that they come from."""

    def identity(self) -> Identity | None:
        """The embedder whose vectors the store holds; None before the first vector."""
        ...

    def pending_keys(self, limit: int, *, facts: bool = True) -> list[tuple[int, str]]:
        """Keys without a vector: id and text; key facts last, or not at all."""
        ...

    def pending_of(self, trajectory_id: int, *, facts: bool) -> list[tuple[int, str]]:
        """The keys without a vector of a run, of what was made of it and of what it used."""
        ...

    def claim_pending(self) -> bool:
        """Take on the vectors that others left; False where a process that runs has."""
        ...

    def release_pending(self) -> None:
        """Give back what `claim_pending` took on."""
        ...

    def set_vectors(self, identity: Identity, ids: Sequence[int], vectors: Vectors) -> None:
        """Store vectors of shape (len(ids), dimension); the first call fixes the store's embedder.

        Raises:
            StoreError: the store holds vectors of another embedder, or a vector is not finite and of length 1.
        """
        ...

    def known_vectors(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        """Vectors of texts that are stored already, so that they need not be encoded again."""
        ...

    def stored_vectors(self, after: int, limit: int) -> list[tuple[int, str, Vectors]]:
        """Vectors with the texts that they are of, by ids above one."""
        ...

    def drop_vectors(self, ids: Sequence[int]) -> None:
        """Drop vectors: their keys wait to be embedded again."""
        ...

    def forget_vectors(self) -> None:
        """Drop every vector and the embedder's identity, for re-embedding with another model."""
        ...
