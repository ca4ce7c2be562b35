"""Baseline of a check: one that was red in the same way without the work says nothing of it.

It ran before the first change, or while the work was stashed. What fails then is the project's, unless it is what the task is
about: a bug is shown by a red check first, and not mended while that stays red.
"""

import re
from collections.abc import Sequence

from memp_clients.sessions.tasks.checks.printed import lines_of
from memp_clients.sessions.tasks.checks.results import ABOUT_TESTS, Done, Result
from memp_clients.sessions.tasks.checks.scope import covers
from memp_clients.sessions.tasks.sequel import rare_words

MAX_READ = 20_000
"""Characters of an output that are read."""


def is_old(red: Result, baseline: Sequence[Result], steps: Sequence[Done], task: str) -> bool:
    """Whether a red check was red in the same way before, by tests that are named and have nothing to do with the task.

    Args:
        baseline: the results without the work.
    """
    failed = failures_in(steps[red.at].observation)
    if not failed or ABOUT_TESTS.search(task):
        return False
    about = rare_words(task) | rare_words(" ".join(step.action for step in steps if step.edits))
    if not about.isdisjoint(rare_words(" ".join(failed).replace("_", " "))):
        return False
    reds = (one for one in baseline if one.passed is False and covers(one.check, red.check))
    return any(failed <= failures_in(steps[one.at].observation) for one in reds)


def before_work(results: Sequence[Result], steps: Sequence[Done], aside: frozenset[tuple[int, str]]) -> list[Result]:
    """The results without the work: before its first change, or while it was put aside."""
    first = next((at for at, step in enumerate(steps) if step.edits), 0)
    return [one for one in results if one.at < first or (one.at, one.check.command) in aside]


def failures_in(printed: str) -> frozenset[str]:
    """The tests that a runner names as failed."""
    matches = _FAILED.finditer("\n".join(lines_of(printed[-MAX_READ:])))
    return frozenset(next(name for name in match.groups() if name).strip() for match in matches)


_FAILED = re.compile(
    r"^(?:FAILED|ERROR) +([\w./-]+\.\w{1,4}::\S+|[\w./-]+\.\w{1,4}(?=\s|$))"  # pytest
    r"|^\s*--- FAIL: (\S+)"  # go
    r"|^test (\S+) \.\.\. FAILED"  # cargo
    r"|^(?:FAIL|ERROR): (\w+ \([\w.]+\))"  # unittest
    r"|^\s*● (.{3,200})$|^\s*FAIL\s+(\S+\.\w{1,4})\b"  # jest, vitest
    r"|^rspec (\S+)|^not ok \d+ -? ?(.{3,200})$"  # rspec, TAP
    r"|^\s*\d+\) ((?:test )?[\w:\\. ]{3,200})$"  # mocha, PHPUnit, ExUnit
    r"|^\s*\d+ - (\S+) \((?:Failed|SEGFAULT|Timeout)\)"  # ctest
    r"|^\[ERROR\] +([\w.]+[.#]\w+)|^\s*(?:Failed|✘|✗|✖) (\S.{2,200}?)(?: \[.*\]| \(.*\))?$",  # surefire, dotnet
    re.MULTILINE,
)
