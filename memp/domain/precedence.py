"""Precedence by evidence: which of two procedures for the same chore stands behind the other, however many runs claim it.

A run that an agent cut short and called a success is shorter than one that was checked, and may be told more often. Shorter is
better only between successes that reach the same end: both known from outside. Else what was checked comes first, and of what was
not the one that does more of the same.
"""

from collections.abc import Sequence, Set
from functools import lru_cache

from memp.domain.procedure import Script
from memp.text import templates
from memp.text.keywords import terms
from memp.text.steps import parse_step
from memp.text.tasks.gist import gist
from memp.text.tasks.verbs import agreement, asked

ALIKE = 0.5
"""The share of their goals' words (Jaccard index) from which on two procedures may be for the same chore."""


def stands_behind(one: Script, other: Script, asked_words: Set[str], *, checked: bool, other_checked: bool) -> bool:
    """Whether a procedure gives way to another one for the same chore; `checked`: its success is known from outside."""
    if checked or not is_same_chore(one, other, asked_words):
        return False
    return other_checked or _is_truncated(one.steps, other.steps)


def is_same_chore(one: Script, other: Script, asked_words: Set[str]) -> bool:
    """Whether two procedures are for the same: their goals read alike, ask for the same, and the first has no word of the task at
    hand that the other lacks."""
    ours, theirs = _goal_words(one.goal), _goal_words(other.goal)
    if not ours or len(ours & theirs) < ALIKE * len(ours | theirs) or (ours - theirs) & asked_words:
        return False
    agreed = agreement(asked(gist(one.goal)), asked(gist(other.goal)))
    return not (agreed.opposite or agreed.other)


@lru_cache(maxsize=4_096)
def _goal_words(goal: str) -> frozenset[str]:
    return frozenset(terms(templates.without_braces(goal)))


def _is_truncated(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether some steps are all among those of a longer procedure, in its order."""
    left = iter(_nameless(step) for step in theirs)
    return len(ours) < len(theirs) and all(_nameless(step) in left for step in ours)


def _nameless(step: str) -> str:
    return templates.substitute(parse_step(step).action, lambda _: "{}").casefold()
