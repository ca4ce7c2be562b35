"""Track record of a procedure: how its runs ended, and at which step most of those that failed had left it."""

import re
from collections import Counter
from collections.abc import Sequence, Set
from statistics import median
from typing import Protocol

from memp.domain.procedure import Procedure, Script
from memp.domain.results import TrackRecord
from memp.domain.trajectory import Step, Value
from memp.store import Evidence, Trajectories
from memp.store.records import Ran
from memp.text import templates
from memp.text.failures.detection import failure_of
from memp.text.steps import parse_step

_TOKEN = re.compile(r"[^\W\d]+")

MOST_FAILED = 10
"""Failed runs that are aligned with the steps, the newest."""

LEAST_ALIKE = 0.5
"""The share of its fixed words that a step must have in common with one of a run to be that."""

FAILED = 0.25
"""How much less a step that failed is worth to an alignment: less than what two steps that are one differ by."""

MOST_ALIGNED = 400
"""Steps of a run that are aligned, the first."""

LEAST_LOST = 2
"""Failed runs that left the steps at one of them, for it to be told."""


class TrackStore(Evidence, Trajectories, Protocol):
    """The parts of a store that are used here."""


def track_record(store: TrackStore, procedure: Procedure) -> TrackRecord:
    """The track record of a procedure as it is shown; of a revision on trial, its own uses alone, which its parent's are not.

    Raises:
        StoreError: the store cannot be read.
    """
    runs = store.runs(procedure.id)
    if procedure.trial == procedure.revision:
        runs = [run for run in runs if run.revision == procedure.revision]
    else:
        runs = [run for run in runs if run.revision is None or run.revision <= procedure.revision]
    won = [run for run in runs if run.success]
    lost_at, lost = _lost_at(store, procedure, [run for run in runs if not run.success])
    return TrackRecord(
        len(runs), len(won), sum(run.outside for run in won), round(median(run.steps for run in won)) if won else 0,
        lost_at, lost, procedure.claimed,
    )  # fmt: skip


def _lost_at(store: TrackStore, procedure: Procedure, failed: Sequence[Ran]) -> tuple[str, int]:
    """The step that more than half of the failed runs left the procedure at, and of how many that was so."""
    failed = failed[:MOST_FAILED]
    if len(failed) < LEAST_LOST:
        return "", 0
    left = (diverge(procedure.script, store.trajectory(run.trajectory).steps).expected for run in failed)
    (step, count), *_ = Counter(left).most_common(1)
    return (step, count) if step and count >= LEAST_LOST and 2 * count > len(failed) else ("", 0)


class Divergence(Value):
    """Where a failed run left a procedure: the steps it followed, the first it did not, and what it did instead."""

    followed: int
    expected: str
    did: str


def diverge(script: Script, steps: Sequence[Step]) -> Divergence:
    """Align a run with a script, in order; {placeholders} match anything.

    A step counts as followed when an action, after the last one matched, shares at least half of its fixed words, and
    what was seen after it is no failure. A step that was tried and only failed is where the run left the script; one that
    was not tried may be left out where it has a condition, or where not all runs had it.
    """
    position = followed = 0
    expected = ""
    for text in script.steps:
        step = parse_step(text)
        tries = [i for i in range(position, len(steps)) if _resembles(step.action, steps[i].action)]
        worked = next((i for i in tries if failure_of(steps[i].observation) is None), None)
        if worked is not None:
            position, followed = worked + 1, followed + 1
        elif tries or not (step.when or step.unless or step.whole):
            position, expected = tries[0] if tries else position, text
            break
    did = steps[position].action if position < len(steps) else ""
    return Divergence(followed=followed, expected=expected[:300], did=did[:300])


def correspond(script: Script, steps: Sequence[Step]) -> list[int | None]:
    """For each step of a script the place of the run's step that does it, None where none does: the global alignment
    (Needleman and Wunsch, 1970) in which corresponding steps share most of their fixed words. A step that failed gives way to
    one that worked."""
    wanted = [_fixed(parse_step(text).action) for text in script.steps]
    done = [_words(step.action) for step in steps[:MOST_ALIGNED]]
    failed = [failure_of(step.observation) is not None for step in steps[:MOST_ALIGNED]]

    def gain(i: int, j: int) -> float:
        alike = _alike(wanted[i], done[j])
        return alike - FAILED * failed[j] if alike >= LEAST_ALIKE else 0.0

    gains = [[gain(i, j) for j in range(len(done))] for i in range(len(wanted))]
    best = [[0.0] * (len(done) + 1) for _ in range(len(wanted) + 1)]
    for i in reversed(range(len(wanted))):
        for j in reversed(range(len(done))):
            skip = max(best[i + 1][j], best[i][j + 1])
            best[i][j] = max(skip, gains[i][j] + best[i + 1][j + 1]) if gains[i][j] else skip
    places: list[int | None] = [None] * len(wanted)
    i = j = 0
    while i < len(wanted) and j < len(done):
        if gains[i][j] and best[i][j] == gains[i][j] + best[i + 1][j + 1]:
            places[i], i, j = j, i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return places


def _resembles(expected: str, action: str) -> bool:
    return _alike(_fixed(expected), _words(action)) >= LEAST_ALIKE


def _alike(fixed: Set[str], done: Set[str]) -> float:
    """The share of a step's fixed words that another has."""
    return len(fixed & done) / len(fixed) if fixed else 0.0


def _fixed(expected: str) -> Set[str]:
    return _words(templates.without_braces(expected))


def _words(text: str) -> Set[str]:
    return {word.casefold() for word in _TOKEN.findall(text)}
