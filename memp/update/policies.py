"""Update: what a finished run changes in the memory.

Memp, section 3.4: M(t+1) = U(M(t), E(t), tau_t), with U = Add(new) - Del(obsolete) + Update(existing).

    vanilla      every run's memory is appended
    validation   only successful runs are abstracted and added; failures are dropped
    adjustment   validation, and a procedure that led to a failure is revised with what the failed run shows

B(tau, r) sees the reward: what a failure adds, under any policy, is a pitfall, never steps to follow.
What outcomes do to what is there already (erasure, trials, tiers) is apart: memp.update.lifecycle.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from memp.domain.procedure import Script
from memp.domain.trajectory import Step, Value
from memp.text import templates
from memp.text.failures import failure_of

Policy = Literal["vanilla", "validation", "adjustment"]


class Admission(Value):
    """What a policy does with a run.

    `add`: a procedure is built from it. `merge`: an equal one takes it in instead. `pitfall`: what went wrong is
    remembered. `revise`: the procedures it used are revised. `why` completes "nothing was built: ...".
    """

    add: bool
    merge: bool = True
    pitfall: bool = False
    revise: bool = False
    why: str = ""


def _vanilla(success: bool) -> Admission:
    if success:
        return Admission(add=True, merge=False)
    return Admission(add=False, pitfall=True, why="a failed run adds a pitfall, not steps")


def _validation(success: bool) -> Admission:
    if success:
        return Admission(add=True)
    return Admission(add=False, why="update policy validation drops failed runs")


def _adjustment(success: bool) -> Admission:
    if success:
        return Admission(add=True)
    return Admission(add=False, pitfall=True, revise=True, why="a failed run adds a pitfall, not steps")


POLICIES: Mapping[Policy, Callable[[bool], Admission]] = {
    "vanilla": _vanilla,
    "validation": _validation,
    "adjustment": _adjustment,
}


class Divergence(Value):
    """Where a failed run left a procedure: the steps it followed, the first it did not, and what it did instead."""

    followed: int
    expected: str
    did: str


def diverge(script: Script, steps: Sequence[Step]) -> Divergence:
    """Align a run with a script, in order; {placeholders} match anything.

    A step counts as followed when an action, after the last one matched, shares at least half of its fixed words, and
    what was seen after it is no failure. A step that was tried and only failed is where the run left the script.
    """
    position = followed = 0
    for expected in script.steps:
        tries = [i for i in range(position, len(steps)) if _resembles(expected, steps[i].action)]
        worked = next((i for i in tries if failure_of(steps[i].observation) is None), None)
        if worked is None:
            position = tries[0] if tries else position
            break
        position, followed = worked + 1, followed + 1
    expected = script.steps[followed] if followed < len(script.steps) else ""
    did = steps[position].action if position < len(steps) else ""
    return Divergence(followed=followed, expected=expected[:300], did=did[:300])


_TOKEN = re.compile(r"[^\W\d]+")


def _resembles(expected: str, action: str) -> bool:
    fixed = {word.casefold() for word in _TOKEN.findall(templates.without_braces(expected))}
    done = {word.casefold() for word in _TOKEN.findall(action)}
    return bool(fixed) and 2 * len(fixed & done) >= len(fixed)
