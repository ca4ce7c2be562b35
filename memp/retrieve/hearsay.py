"""Hearsay: what one origin alone tells of errors, without what a person would have to approve first."""

from collections.abc import Iterable

from memp.domain.effects import effects_of_pitfall
from memp.domain.procedure import KnownPitfall
from memp.domain.results import Precedent


def harmless(pitfalls: Iterable[KnownPitfall]) -> list[KnownPitfall]:
    """Pitfalls without those that one origin alone tells of and whose remedy would fetch and run code, or the like."""
    return [known for known in pitfalls if not (known.hearsay and effects_of_pitfall(known.pitfall))]


def harmless_cases(precedents: Iterable[Precedent]) -> list[Precedent]:
    """What runs did after an error, without what would have such an effect."""
    return [one for one in precedents if not effects_of_pitfall(one.pitfall)]
