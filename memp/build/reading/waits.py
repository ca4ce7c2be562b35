"""Waiting: a step, or a short cycle of steps, that is repeated until something is seen, folded into one step.

"wait" twenty times is one step with its count and its stop sign: the words that the last observation has and the earlier
ones have not.
"""

import re
from collections.abc import Sequence, Set
from typing import NamedTuple

from memp.domain.trajectory import Step
from memp.text.keywords import terms
from memp.text.steps import quotable

LEAST_TIMES = 3
"""Repetitions that are a wait: done twice it may as well be a second try."""

LONGEST_CYCLE = 3
"""Steps of a cycle, such as wait and look."""

MAX_SIGN = 60
"""Characters of a stop sign."""

LEAST_SIGN = 3
"""Characters of a part of a clause that says something by itself."""

_CLAUSE = re.compile(r"(?:[^\n.;,{}]|\.(?=\w)|,(?=\d))+")
_TOKEN = re.compile(r"\w(?:[\w:-]*\w)?")


class Wait(NamedTuple):
    """Steps `start` to `end` (exclusive) of a run are a cycle of `cycle` steps, done `times` times, until `until`."""

    start: int
    end: int
    cycle: int
    times: int
    until: str


def waits_of(steps: Sequence[Step], task: str) -> list[Wait]:
    """The waits of a run, in order; they do not overlap."""
    waits: list[Wait] = []
    at = 0
    while at < len(steps):
        wait = next((w for size in range(1, LONGEST_CYCLE + 1) if (w := _wait(steps, at, size, task))), None)
        if wait is None:
            at += 1
        else:
            waits.append(wait)
            at = wait.end
    return waits


def _wait(steps: Sequence[Step], start: int, size: int, task: str) -> Wait | None:
    cycle = [step.action for step in steps[start : start + size]]
    times = 1
    while [step.action for step in steps[start + times * size : start + (times + 1) * size]] == cycle:
        times += 1
    if times < LEAST_TIMES:
        return None
    end = start + times * size
    own = " ".join([task, *(step.action for step in steps[:end])])
    later = " ".join(step.action for step in steps[end:])
    return Wait(start, end, size, times, stop_sign(steps[start:end], size, own, later))


def stop_sign(steps: Sequence[Step], size: int, own: str, later: str, *, counts: bool = False) -> str:
    """The words that ended a wait: what its last round alone showed, empty where that is nothing or a number alone.

    Of several clauses it is the one that a later step speaks of, else the first. Words of `own`, the task and what was done so
    far, and what has digits, are this run's: they are a sign only where nothing else is new. A number alone is one at last,
    unless each
    round has another (`counts`).
    """
    before = "\n".join(step.observation for step in steps[:-size])
    last = "\n".join(step.observation for step in steps[-size:])
    known = {_numberless(clause) for clause in _CLAUSE.findall(before)}
    fresh = [clause.strip() for clause in _CLAUSE.findall(last) if _numberless(clause) not in known]
    old, ours, wanted = set(terms(before)), set(terms(own)), set(terms(later))
    for barred in (old | ours, old):
        clauses = [_Clause(clause, [w for w in _plain_terms(clause) if w not in barred]) for clause in fresh]
        clauses = [clause for clause in clauses if clause.new]
        if clauses:
            return quotable(
                max(clauses, key=lambda clause: len(wanted.intersection(clause.new))).sign(ours, wanted), MAX_SIGN
            )
    fresh = fresh or _changed_numbers(before, last, counts=counts)
    return quotable(next((clause for clause in fresh if _plain_terms(clause)), ""), MAX_SIGN)


def _changed_numbers(before: str, last: str, *, counts: bool) -> list[str]:
    """The clauses of which only the numbers are new; with `counts` those that were always the same before."""
    texts: dict[str, set[str]] = {}
    for clause in _CLAUSE.findall(before):
        texts.setdefault(_numberless(clause), set()).add(clause.strip())
    clauses = ((clause.strip(), texts.get(_numberless(clause), set[str]())) for clause in _CLAUSE.findall(last))
    return [clause for clause, known in clauses if clause not in known and not (counts and len(known) > 1)]


def _plain_terms(text: str) -> list[str]:
    """The terms of a text that are words: no numbers and no identifiers."""
    return [term for word in _TOKEN.findall(text) if not any(map(str.isdigit, word)) for term in terms(word)]


def _numberless(clause: str) -> str:
    """A clause as it is compared: whatever its numbers are."""
    return re.sub(r"\d+", "0", clause.strip().casefold())


class _Clause(NamedTuple):
    """A clause that a wait's last round alone showed, and its terms that are new."""

    text: str
    new: Sequence[str]

    def sign(self, own: Set[str], wanted: Set[str]) -> str:
        """The new word that a later step speaks of; else the clause, or of one with words of the run its new words up to the
        next of these."""
        spans = [match.span() for match in _TOKEN.finditer(self.text)]
        words = [self.text[start:end] for start, end in spans]
        new = [i for i, word in enumerate(words) if not set(terms(word)).isdisjoint(self.new)]
        named = [i for i in new if set(terms(words[i])) & wanted]
        if named or not new:
            return words[named[0]] if named else self.text
        strange = [i for i, word in enumerate(words) if any(map(str.isdigit, word)) or set(terms(word)) & own]
        end = min((i for i in strange if i > new[0]), default=len(words))
        stretch = self.text[spans[new[0]][0] : spans[max(i for i in new if i < end)][1]]
        return stretch if strange and len(stretch) >= LEAST_SIGN else self.text
