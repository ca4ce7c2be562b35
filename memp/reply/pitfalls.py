"""Pitfalls as lines of a reply: each once, what to do instead never cut off at its end."""

import re
from collections.abc import Iterable, Sequence

from memp.domain.procedure import KnownPitfall, Pitfall
from memp.text.clips import clip_middle
from memp.text.error_codes import codes_of
from memp.text.keywords import terms

MAX_PART = 200
"""Characters of a pitfall's trigger, and of what to do instead."""

ALIKE = 0.7
"""The share of words (Jaccard) from which two pitfalls are one that was met twice: other values, the same sentence."""

_BETWEEN = " | "
_PARTS = re.compile(r"( \| (?:leads to|instead|then it worked|done then, not known to help): | \| learned in )")
_DIGITS = re.compile(r"\d+")


def pitfall_line(pitfall: Pitfall, most: int = MAX_PART) -> str:
    """A pitfall on one line: its trigger, what that leads to, and what to do instead."""
    parts = [clip_middle(pitfall.trigger, most)]
    if pitfall.consequence:
        parts.append(f"leads to: {clip_middle(pitfall.consequence, most // 2)}")
    if pitfall.instead:
        parts.append(f"instead: {clip_middle(pitfall.instead, most)}")
    return _BETWEEN.join(parts)


def learned_in(project: str) -> str:
    """The end of a pitfall's line that was met in another project only."""
    return f"{_BETWEEN}learned in {project}" if project else ""


def shorter_line(line: str, most: int) -> str:
    """A pitfall's line with each of its parts in at most so many characters."""
    return "".join(part if i % 2 else clip_middle(part, most) for i, part in enumerate(_PARTS.split(line)))


def pitfall_lines(pitfalls: Sequence[KnownPitfall]) -> list[str]:
    """Pitfalls as a reply shows them."""
    return [pitfall_line(p.pitfall) for p in pitfalls]


def told_once(pitfalls: Iterable[Pitfall]) -> list[Pitfall]:
    """Pitfalls without those that only say again what another one says; of two alike the one that says what to do."""
    told: list[Pitfall] = []
    for pitfall in pitfalls:
        at = next((i for i, other in enumerate(told) if alike(other, pitfall)), None)
        if at is None:
            told.append(pitfall)
        elif pitfall.instead and not told[at].instead:
            told[at] = pitfall
    return told


def alike(one: Pitfall, other: Pitfall) -> bool:
    """Whether two pitfalls are the same but for values: of the same codes, and with remedies that do not differ."""
    if codes_of(one.trigger) != codes_of(other.trigger) or _overlap(one.trigger, other.trigger) < ALIKE:
        return False
    return not (one.instead and other.instead) or _overlap(one.instead, other.instead) >= ALIKE


def _overlap(one: str, other: str) -> float:
    ours, theirs = (set(terms(_DIGITS.sub("0", text))) for text in (one, other))
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else float(one == other)
