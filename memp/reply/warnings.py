"""Warnings about what a recall brings: what it would do, where no person has approved that yet."""

from collections.abc import Sequence

from memp.domain.effects import effects_of
from memp.domain.results import Match


def warnings(matches: Sequence[Match]) -> list[str]:
    """A sentence for each match that would have such an effect and waits for a person's word."""
    return [sentence for match in matches if (sentence := _warning(match))]


def _warning(match: Match) -> str:
    procedure = match.procedure
    if procedure.tier != "candidate":
        return ""
    effects = effects_of(procedure.script, match.example.steps if match.example else ())
    return f"Warning: {procedure.label} {_listed(effects)}; no person has approved it" if effects else ""


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
