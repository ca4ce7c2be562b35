"""Hearsay: what one origin alone tells of errors, without what a person would have to approve first."""

from collections.abc import Iterable

from memp.domain.effects import effects_of, effects_of_pitfall
from memp.domain.procedure import KnownPitfall, Procedure

MOST_UNAPPROVED = 2
"""Procedures that wait for a person's word of which a recall says so."""


def unapproved_note(procedure: Procedure) -> str:
    """The sentence on a procedure that is not told: what it would do, and nothing that it says."""
    effects = ", ".join(effects_of(procedure.script))
    return f"p{procedure.id} is left out: it {effects}, and no person has approved it (memp review p{procedure.id})"


def harmless(pitfalls: Iterable[KnownPitfall]) -> list[KnownPitfall]:
    """Pitfalls without those that one origin alone tells of and whose remedy would fetch and run code, or the like."""
    return [known for known in pitfalls if not (known.hearsay and effects_of_pitfall(known.pitfall))]
