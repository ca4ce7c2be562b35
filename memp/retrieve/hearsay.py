"""Hearsay: what was only typed of errors, and what would have to be approved first; who is told of which."""

from collections.abc import Iterable

from memp.domain.effects import effects_of, effects_of_pitfall
from memp.domain.procedure import KnownPitfall, Procedure

MOST_UNAPPROVED = 2
"""Procedures that wait for a person's word of which a recall says so."""


def unapproved_note(procedure: Procedure) -> str:
    """The sentence on a procedure that is not told: what it would do, and nothing that it says."""
    effects = ", ".join(effects_of(procedure.script))
    return f"p{procedure.id} is left out: it {effects}, and no person has approved it (memp review p{procedure.id})"


def harmless(pitfalls: Iterable[KnownPitfall], *, asked: bool = True) -> list[KnownPitfall]:
    """Pitfalls that may be told. Of those that no person answers for, what would fetch and run code, or the like, is told to who
    asks where somebody saw it done; unasked, only what was seen and does nothing of the kind."""
    return [known for known in pitfalls if known.answered or _may_be_told(known, asked=asked)]


def _may_be_told(known: KnownPitfall, *, asked: bool) -> bool:
    if not asked and known.hearsay:
        return False
    return (asked and not known.hearsay) or not effects_of_pitfall(known.pitfall)
