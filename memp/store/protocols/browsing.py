"""Page through what the memory holds: for a person who looks at it, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memp.store.records import AnswerRow, Day, ProceduresWanted, RunRow, RunsWanted


class Browsing(Protocol):
    """Pages of procedures, runs and recalls, with their counts. `scopes` are those to look in; None: all."""

    def browse_procedures(
        self, wanted: ProceduresWanted, scopes: Sequence[str] | None, offset: int = 0, limit: int = 50
    ) -> list[int]:
        """The ids of the procedures that are wanted, in the order that is wanted."""
        ...

    def count_procedures(self, wanted: ProceduresWanted, scopes: Sequence[str] | None) -> int:
        """How many procedures are wanted."""
        ...

    def brought_by(self, scopes: Sequence[str] | None) -> list[str]:
        """The clients that brought procedures, each once."""
        ...

    def browse_runs(
        self, wanted: RunsWanted, scopes: Sequence[str] | None, offset: int = 0, limit: int = 50
    ) -> list[RunRow]:
        """The runs that are wanted, those that ended last first."""
        ...

    def count_runs(self, wanted: RunsWanted, scopes: Sequence[str] | None) -> int:
        """How many runs are wanted."""
        ...

    def days(self, since: str, scopes: Sequence[str] | None) -> list[Day]:
        """Runs, successes, recalls and new procedures of each day from this one on (ISO date, UTC); none of days without any."""
        ...

    def browse_answers(self, scopes: Sequence[str] | None, offset: int = 0, limit: int = 50) -> list[AnswerRow]:
        """The newest recalls, with the answer where it is kept."""
        ...

    def answer_of(self, recall_id: int, scopes: Sequence[str] | None) -> AnswerRow | None:
        """One recall, with the answer where it is kept; None where these scopes have none of this id."""
        ...
