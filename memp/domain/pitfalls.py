"""Near duplicates among pitfalls: the same sentence about other values is one pitfall that was met again."""

import re
from collections.abc import Iterable

from memp.domain.procedure import Pitfall
from memp.text.failures.codes import codes_of
from memp.text.keywords import terms

ALIKE = 0.7
"""The share of words (Jaccard) from which two pitfalls are one that was met twice: other values, the same sentence."""

_DIGITS = re.compile(r"\d+")


def distinct(pitfalls: Iterable[Pitfall]) -> list[Pitfall]:
    """Pitfalls without those that only say again what another one says; of two alike the one that says what to do."""
    kept: list[Pitfall] = []
    for pitfall in pitfalls:
        at = next((i for i, other in enumerate(kept) if alike(other, pitfall)), None)
        if at is None:
            kept.append(pitfall)
        elif pitfall.instead and not kept[at].instead:
            kept[at] = pitfall
    return kept


def alike(one: Pitfall, other: Pitfall) -> bool:
    """Whether two pitfalls are the same but for values: of the same codes, and with remedies that do not differ."""
    if codes_of(one.trigger) != codes_of(other.trigger) or _overlap(one.trigger, other.trigger) < ALIKE:
        return False
    return not (one.instead and other.instead) or _overlap(one.instead, other.instead) >= ALIKE


def _overlap(one: str, other: str) -> float:
    ours, theirs = (set(terms(_DIGITS.sub("0", text))) for text in (one, other))
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else float(one == other)
