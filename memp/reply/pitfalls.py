"""Pitfalls as lines of a reply: what to do instead is never cut off at its end."""

import re
from collections.abc import Sequence

from memp.domain.procedure import KnownPitfall, Pitfall
from memp.text.clips import clip_middle

MAX_PART = 200
"""Characters of a pitfall's trigger, and of what to do instead."""

_BETWEEN = " | "
_PARTS = re.compile(r"( \| (?:leads to|instead|then it worked|done then, not known to help): | \| learned in )")


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
