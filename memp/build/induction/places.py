"""Values that the tasks of a family name at one and the same place, though only some of its runs act on them.

"file invoice A-17 under archive" and "file invoice B-20 under taxes" differ in two places. A run that ended early never acted on
the second: its task still tells what it is.
"""

import re
from collections.abc import Mapping

from memp.build.induction.generalised import MOST_PARAMETERS, Generalised, Variable, replaced
from memp.build.induction.values import own_values
from memp.build.reading.members import Member
from memp.build.reading.mentions import names, squashed

LEAST_ALIKE = 0.5
"""The share of their words in which tasks must be the same."""

_SIGN = "\0"
_MASK = re.compile(rf"\{{{_SIGN}(\d+)\}}")
"""The number of a parameter that stands for its value in a task, with a sign that no task has: braces of its own are words."""


def said_at_one_place(general: Generalised) -> None:
    """Complete the parameters of a family by what its tasks have in their place, and add those that only some runs take: one
    word each, in tasks that are alike but for such words."""
    by_length: dict[int, dict[int, list[str]]] = {}
    for m in range(len(general.members)):
        words = _masked(general, m)
        by_length.setdefault(len(words), {})[m] = words
    for tasks in by_length.values():
        places = [dict(zip(tasks, words, strict=True)) for words in zip(*tasks.values(), strict=True)]
        differing = [words for words in places if len({word.casefold() for word in words.values()}) > 1]
        if len(places) - len(differing) >= LEAST_ALIKE * len(places):
            for words in differing:
                _add(general, words)


def _masked(general: Generalised, m: int) -> list[str]:
    """The words of a task, with the numbers of parameters for their values in it."""
    member = general.members[m]
    values = {
        v.values[m].casefold(): f"{_SIGN}{i}"
        for i, v in enumerate(general.variables)
        if m in v.values and not v.options and member.says(v.values[m])
    }
    text = member.task.replace(_SIGN, " ")
    return [word.strip(".,:;!?()\"'`") for word in replaced(text, values).split()]


def _add(general: Generalised, words: Mapping[int, str]) -> None:
    """The parameter that has these words in runs of a family: a known one where it is masked in some, a new one where a run acts
    on its word."""
    masks = {mask[1] for word in words.values() if (mask := _MASK.fullmatch(word))}
    plain = {m: word for m, word in words.items() if word and not _MASK.fullmatch(word)}
    if len(masks) == 1:
        variable = general.variables[int(masks.pop())]
        for m, word in plain.items():
            variable.values.setdefault(m, word)
    elif not masks and len(general.variables) < MOST_PARAMETERS:
        acting = [m for m, word in plain.items() if _acts_on(general.members[m], word)]
        columns = [
            i
            for i, column in enumerate(general.columns)
            if any(m in acting and names(squashed(a.text), plain[m]) for m, a in column.items())
        ]
        if columns:
            general.variables.append(Variable(plain, [], columns))


def _acts_on(member: Member, word: str) -> bool:
    return word.casefold() in map(str.casefold, own_values(member))
