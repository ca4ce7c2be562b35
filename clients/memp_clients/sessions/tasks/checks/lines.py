"""Ends of the checks of one shell's line: each has its own, by its exit status, or by what was printed, in order.

A line's exit status is that of its last command, or of all where `&&` joins them. What the others printed is matched to them
where a runner summed up as often as there are checks; else they cannot be told apart, and the worst counts.
"""

from collections.abc import Sequence
from typing import NamedTuple

from memp_clients.sessions.tasks.checks.commands import Check
from memp_clients.sessions.tasks.checks.printed import End, ends_in, worst_of


class Ended(NamedTuple):
    """A check of a line and its end: `passed` is None where that is unknown; `words` are the runner's, empty where the exit
    status says it."""

    check: Check
    passed: bool | None
    words: str = ""


def ends_of(checks: Sequence[Check], status: int | None, printed: str) -> list[Ended]:
    """The ends of several tests of one line, the worst first, of equals the last; without those that ran nothing.

    Args:
        status: the line's exit status, None where it is not known.
    """
    ends = ends_in(printed)
    ended = _in_order(checks, status, ends) if _match(checks, status, ends) else _together(checks, status, ends)
    return [one for rank in (False, None, True) for one in reversed(ended) if one.passed is rank]


def _match(checks: Sequence[Check], status: int | None, ends: Sequence[End]) -> bool:
    """Whether there is an end for each check that ran; `&&` runs no more after one that failed."""
    if any(check.loops for check in checks):
        return False
    stopped = bool(status) and 0 < len(ends) < len(checks) and all(check.decides for check in checks)
    return len(ends) == len(checks) or stopped


def _in_order(checks: Sequence[Check], status: int | None, ends: Sequence[End]) -> list[Ended]:
    ended = [Ended(check, end.passed, end.words) for check, end in zip(checks, ends, strict=False)]
    if status and checks[-1].decides and all(one.passed is not False for one in ended):
        # The tests passed and their runner did not end well, or the next one said nothing.
        return [*ended[: len(checks) - 1], Ended(checks[min(len(ends), len(checks) - 1)], False)]
    return [one for one in ended if one.passed is not None]


def _together(checks: Sequence[Check], status: int | None, ends: Sequence[End]) -> list[Ended]:
    """The ends of checks that cannot be told apart."""
    worst = worst_of(list(ends))
    if ends and worst is None and not status:
        return []  # None of them ran anything.
    if worst is not None and worst.passed is False:
        return [Ended(check, False, worst.words) for check in checks]
    told = status is not None and checks[-1].decides
    if told and status:
        return [*(Ended(check, None) for check in checks[:-1]), Ended(checks[-1], False)]
    if told and all(check.decides for check in checks):
        return [Ended(check, True) for check in checks]
    if worst is not None and len(ends) >= len(checks):
        return [Ended(check, True, worst.words) for check in checks]
    return [Ended(check, True if told and check.decides else None) for check in checks]
