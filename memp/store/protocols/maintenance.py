"""The memory file as a whole: what it holds and whether it is sound; export and import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from memp.domain.portable import Exported
    from memp.domain.procedure import Tier
    from memp.store.records import Imported, Stats, TakenIn, Taking


class Maintenance(Protocol):
    """The memory as a whole: where it is, what it holds, whether it is sound."""

    @property
    def path(self) -> Path:
        """The memory file."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        ...

    @property
    def moved(self) -> bool:
        """Whether the memory was deleted or replaced while it is open: then it is to be opened again."""
        ...

    def settle(self) -> None:
        """Make a memory that was moved away whole where it is now, before another is opened in its place.

        Raises:
            StoreError: it cannot be written.
        """
        ...

    @property
    def schema_version(self) -> int:
        """How many steps of the schema the memory has gone through."""
        ...

    def stats(self) -> Stats:
        """Counts over the whole memory, and its size."""
        ...

    def check(self) -> list[str]:
        """Faults of the memory, in sentences; empty when there are none."""
        ...

    def check_deep(self) -> list[str]:
        """`check` of every row and index, which takes as long as to read all of the memory."""
        ...

    def reindex(self) -> None:
        """Build the indexes anew from the keys."""
        ...

    def scrub(self) -> None:
        """Rewrite the file without the traces that deleted text leaves on disk.

        Raises:
            StoreBusyError: others use the file: traces may be left.
        """
        ...

    def copied(self) -> AbstractContextManager[Self]:
        """A copy of the memory as it is now, on which anything may be tried: nobody else may read it, and it is deleted at the
        end.

        Raises:
            StoreError: there is no room for it.
        """
        ...

    def close(self) -> None:
        """Release the file or the connections; safe to call twice."""
        ...


class Portability(Protocol):
    """Procedures out of a memory and into another one."""

    def portable(
        self, *, scopes: Sequence[str] | None, tiers: Sequence[Tier], ids: Sequence[int] | None, runs: bool
    ) -> Iterator[Exported]:
        """Procedures in the form in which they are exported, by id, then, with `runs`, those they were built from.

        Archived ones only by id; None and no tier: of all. The reads are one view of the file.
        """
        ...

    def take_in(self, file: str, batches: Iterable[Sequence[Exported]], taking: Taking) -> TakenIn:
        """Store what an exported memory, of this digest, has and this one lacks: each batch in one transaction, so that
        others that write need not wait for all. After a failure, the same call again does the rest."""
        ...

    def would_take_in(self, file: str, batches: Iterable[Sequence[Exported]], taking: Taking) -> TakenIn:
        """What `take_in` would store, as the memory is now; nothing is stored."""
        ...

    def imports(self, procedure_id: int) -> list[Imported]:
        """Imports of a procedure, with the claims of their files, the first first."""
        ...
