"""Update policies: what a finished run changes in the memory.

Memp, section 3.4: M(t+1) = U(M(t), E(t), tau_t), with U = Add(new) - Del(obsolete) + Update(existing).

    vanilla      every run's memory is appended
    validation   only successful runs are abstracted and added; failures are dropped
    adjustment   validation, and a procedure that led to a failure is revised with what the failed run shows

B(tau, r) sees the reward: what a failure adds, under any policy, is a pitfall, never steps to follow.
Erasure, trials and tiers follow from outcomes under any policy: memp.update.lifecycle.
"""

from collections.abc import Callable, Mapping

from memp.domain.results import Policy
from memp.domain.trajectory import Value


class Admission(Value):
    """The decision of a policy about a run.

    `add`: a procedure is built from it. `merge`: an equal one takes it in instead. `pitfall`: its failure is stored as a
    pitfall. `revise`: the procedures it used are revised. `why` completes "nothing was built: ...".
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
