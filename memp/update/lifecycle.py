"""Lifecycle of procedures: by their outcomes trials end, tiers change, and what does worse than no procedure is archived.

Each decision is read off the standing of one procedure (memp.domain.trust), written with its reason, and taken once, whichever
process comes first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from memp.domain import trust
from memp.domain.effects import effects_of
from memp.domain.procedure import Tier
from memp.domain.results import Decided, Erasure
from memp.domain.trust import BaseRates, Standing
from memp.store import Decisions, Evidence, Origins, Procedures
from memp.update.approvals import is_spoken_for

ACTOR = "memp"


def _reference(standing: Standing, base: float) -> bool:
    own = [use for use in standing.uses if use.revision == standing.revision]
    return len(own) >= 3 and 2 * sum(use.success for use in own) < len(own)


def _off(standing: Standing, base: float) -> bool:
    return False


ERASURES: Mapping[Erasure, Callable[[Standing, float], bool]] = {
    # Surely worse than what agents reach by themselves on such tasks.
    "posterior": trust.worse_than_none,
    # The reference code's rule: 3 uses or more, and under half of them successes.
    "reference": _reference,
    "off": _off,
}
"""Erasure rules: whether a procedure of this standing is archived, out of recall, its history kept."""


class LifecycleStore(Procedures, Evidence, Origins, Decisions, Protocol):
    """The parts of a store that are used here."""


def apply_outcomes(store: LifecycleStore, ids: Sequence[int], erase: Erasure, bases: BaseRates) -> Decided:
    """Hold the outcomes of these procedures against the base rate, and store what follows for each. Failures that were only typed
    take nothing from what somebody saw work.

    Raises:
        StoreError: the store cannot be read or written.
    """
    archived: list[int] = []
    promoted: dict[int, int] = {}
    dropped: dict[int, int] = {}
    tiers: dict[int, Tier] = {}
    active = {procedure.id for procedure in store.procedures(ids)}
    for procedure_id, standing in store.standings(ids).items():
        base = bases.against(standing).mean
        standing = standing.as_seen()
        ended = trust.verdict(standing, base)
        if ended is not None and standing.trial is not None:
            reason = f"{_count(standing, standing.trial)}; revision {standing.revision}: {_count(standing, standing.revision)}"
            if store.end_trial(procedure_id, standing.trial, promote=ended == "promote", actor=ACTOR, reason=reason):
                (promoted if ended == "promote" else dropped)[procedure_id] = standing.trial
            standing = store.standings([procedure_id])[procedure_id].as_seen()
        if procedure_id not in active:
            continue
        if standing.trial is None and standing.tier != "pinned" and ERASURES[erase](standing, base):
            store.archive(
                procedure_id, f"rule {erase}: {_count(standing, standing.revision)}, without it {base:.0%}", ACTOR
            )
            archived.append(procedure_id)
        elif (tier := tier_of(store, procedure_id, standing, base)) != standing.tier:
            store.set_tier(procedure_id, tier, ACTOR, _count(standing, standing.revision))
            tiers[procedure_id] = tier
    return Decided(archived, promoted, dropped, tiers)


def tier_of(store: LifecycleStore, procedure_id: int, standing: Standing, base: float) -> Tier:
    """The tier that the evidence gives, claims included where they are all that there is; of a candidate that would do what a
    person has to approve first, that.

    Raises:
        StoreError: the store cannot be read.
    """
    asks = standing.tier == "candidate" and standing.outside < trust.VALIDATING
    tier = trust.tier(standing, base, claimed=asks and trust.agreed(store.agreement(procedure_id)))
    return "candidate" if tier == "validated" and asks_for_approval(store, procedure_id, standing) else tier


def asks_for_approval(store: LifecycleStore, procedure_id: int, standing: Standing) -> bool:
    """Whether a candidate would do what a person has to approve first, and none has."""
    procedure = next(iter(store.procedures([procedure_id], active=False)), None)
    if standing.tier != "candidate" or procedure is None or not effects_of(procedure.script):
        return False
    return not is_spoken_for(store, procedure_id)


def reconsider_archived(store: LifecycleStore, procedure_id: int, base: float) -> str:
    """Restore an archived procedure after one more run succeeded by its steps, if that is enough; what was done, as a
    sentence.

    One that outcomes, age or lack of room archived comes back once it is rather better than no procedure; one that a
    person archived stays where it is.

    Raises:
        StoreError: the store cannot be read or written.
    """
    if store.archived_by(procedure_id) != ACTOR:
        return f"p{procedure_id} takes these steps, and a person archived it: it stays out of recall."
    standing = store.standings([procedure_id])[procedure_id]
    if trust.belief(standing, base).mean < base:
        return f"p{procedure_id} takes these steps, and is archived as it failed more often than agents without it."
    store.restore(procedure_id, ACTOR, "a run that took the same steps succeeded")
    return f"p{procedure_id} takes these steps: it is back from the archive."


def _count(standing: Standing, revision: int) -> str:
    own = [use for use in standing.uses if use.revision == revision]
    return f"{sum(use.success for use in own)} of {len(own)} uses succeeded"
