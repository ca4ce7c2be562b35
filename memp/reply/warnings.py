"""Warnings about what a recall brings: what it would do, where no person has approved that yet."""

from collections.abc import Sequence

from memp.domain.effects import warning_of
from memp.domain.results import Match


def warnings(matches: Sequence[Match]) -> list[str]:
    """A sentence for each match that would have such an effect and waits for a person's word."""
    waiting = (match for match in matches if match.procedure.tier == "candidate")
    sentences = (warning_of(match.procedure, match.example.steps if match.example else ()) for match in waiting)
    return [sentence for sentence in sentences if sentence]
