"""Fixes: the steps by which all of very few runs got over an error, which are done where that error is seen.

One run does not tell whether the error always comes, nor do two. Of several that all met it, everybody's fix is a step like any
other; where only some did, their error is the condition (memp.build.induction.branching.branches).
"""

import re

from memp.build.induction.alignment import LEAST_MET
from memp.build.induction.branching.branches import Branch
from memp.build.induction.branching.conditions import Condition
from memp.build.induction.generalised import Generalised
from memp.build.reading.features import CODE
from memp.text.failures.detection import failure_of
from memp.text.steps import quotable


def fixes_of(general: Generalised) -> list[Branch]:
    """The steps after each one that failed in all runs up to its next try, with the error as their condition; none where the
    runs are enough (memp.build.induction.alignment.LEAST_MET)."""
    if len(general.members) >= LEAST_MET:
        return []
    branches: list[Branch] = []
    for i, column in enumerate(general.columns):
        if len(column) == len(general.members) and all(action.failed for action in column.values()):
            condition = _error(general, i)
            branches += [Branch((k,), (condition,), covered=True) for k in _fix(general, i) if condition]
    return branches


def _fix(general: Generalised, i: int) -> list[int]:
    """The columns of the steps that came after a failed one, up to its next try, in all runs."""
    ends = {m: general.members[m].mended.get(action.place, -1) for m, action in general.columns[i].items()}
    return [
        k
        for k, column in enumerate(general.columns[i + 1 :], i + 1)
        if len(column) == len(ends) and all(a.needed and a.place <= ends[m] for m, a in column.items())
    ]


def _error(general: Generalised, i: int) -> Condition | None:
    """The condition that a step failed as it did: the most words of its error in a row without a value, of several the last, as
    messages begin with what is alike in all; None where it has none."""
    member, action = general.members[0], general.columns[i][0]
    failure = failure_of(action.observation)
    text = general.substitute(failure.text if failure else action.observation, 0, near=i)
    parts = [part.strip(" -!") for part in _BETWEEN.split(text)]
    wordy = [part for part in parts if member.words_in(part)]
    best = max(reversed(wordy), key=lambda part: len(part.split()), default="")
    return Condition(quotable(best), column=i) if best else None


_BETWEEN = re.compile(
    rf"""[:;,]\s|[.!]\s*$|\{{\w+\}}|["'`()\[\]{{}}<>\n]|\B-+>|(?<!\S)(?!{CODE.pattern}(?!\S))(?=\S*\d)\S+"""
)
"""Separators of an error's words: signs, quotes, and values, as a word with a digit that is no code."""
