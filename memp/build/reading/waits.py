"""Waiting: a step, or a short cycle of steps, that is repeated until something is seen, folded into one step.

"wait" twenty times is one step with its count and its stop sign: the words that the last observation has and the earlier
ones have not.
"""

import re
from collections.abc import Sequence
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

_CLAUSE = re.compile(r"[^\n.;,{}]+")


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
    later = " ".join([task, *(step.action for step in steps[end:])])
    return Wait(start, end, size, times, _stop_sign(steps[start:end], size, later))


def _stop_sign(steps: Sequence[Step], size: int, later: str) -> str:
    """The words that ended a wait: of what only its last round showed, the clause that the task or a later step speaks
    of, else the first; empty where that round showed nothing new."""
    before = "\n".join(step.observation for step in steps[:-size])
    last = "\n".join(step.observation for step in steps[-size:])
    known = {clause.strip().casefold() for clause in _CLAUSE.findall(before)}
    fresh = [clause.strip() for clause in _CLAUSE.findall(last) if clause.strip().casefold() not in known]
    old, wanted = set(terms(before)), set(terms(later))
    if not fresh:
        return ""
    best = max(fresh, key=lambda clause: len((set(terms(clause)) - old) & wanted))
    words: list[str] = re.findall(r"[\w:-]+", best)
    new = [i for i, word in enumerate(words) if not set(terms(word)) <= old]
    named = [i for i in new if set(terms(words[i])) & wanted]
    if named:
        return quotable(words[named[0]], MAX_SIGN)
    return quotable(best, MAX_SIGN) if new else ""
