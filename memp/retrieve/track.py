"""Track record of a procedure: how its runs ended, and at which step most of those that failed had left it."""

import re
from collections import Counter
from collections.abc import Sequence
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


def _resembles(expected: str, action: str) -> bool:
    fixed = {word.casefold() for word in _TOKEN.findall(templates.without_braces(expected))}
    done = {word.casefold() for word in _TOKEN.findall(action)}
    return bool(fixed) and 2 * len(fixed & done) >= len(fixed)
