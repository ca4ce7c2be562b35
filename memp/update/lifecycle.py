"""What follows from outcomes: trials end, tiers change, what does worse than nothing is archived.

Each decision is read off the standing of one procedure (memp.domain.trust), written with its reason, and taken once, whichever
process comes first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from memp.domain import trust
from memp.domain.procedure import Tier
from memp.domain.trust import Standing
from memp.store import Store

Erasure = Literal["posterior", "reference", "off"]

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
"""Whether a procedure of this standing is erased: archived, out of recall, its history kept."""


class Decided(NamedTuple):
    """What became of procedures: those archived, the revisions promoted and dropped, and the new tiers."""

    archived: Sequence[int] = ()
    promoted: Mapping[int, int] = {}
    dropped: Mapping[int, int] = {}
    tiers: Mapping[int, Tier] = {}

    def joined(self, other: "Decided") -> "Decided":
        """Both together."""
        return Decided(
            (*self.archived, *other.archived), {**self.promoted, **other.promoted}, {**self.dropped, **other.dropped},
            {**self.tiers, **other.tiers},
        )  # fmt: skip


NOTHING = Decided()


def decide(store: Store, ids: Sequence[int], erase: Erasure, base: float) -> Decided:
    """Weigh what these procedures' outcomes say now against the base rate, and write what follows.

    Raises:
        StoreError: the store cannot be read or written.
    """
    archived: list[int] = []
    promoted: dict[int, int] = {}
    dropped: dict[int, int] = {}
    tiers: dict[int, Tier] = {}
    active = {procedure.id for procedure in store.procedures(ids)}
    for procedure_id, standing in store.standings(ids).items():
        ended = trust.verdict(standing, base)
        if ended is not None and standing.trial is not None:
            reason = (
                f"{_told(standing, standing.trial)}; revision {standing.revision}: {_told(standing, standing.revision)}"
            )
            if store.end_trial(procedure_id, standing.trial, promote=ended == "promote", actor=ACTOR, reason=reason):
                (promoted if ended == "promote" else dropped)[procedure_id] = standing.trial
            standing = store.standings([procedure_id])[procedure_id]
        if procedure_id not in active:
            continue
        if standing.trial is None and standing.tier != "pinned" and ERASURES[erase](standing, base):
            store.archive(
                procedure_id, f"rule {erase}: {_told(standing, standing.revision)}, without it {base:.0%}", ACTOR
            )
            archived.append(procedure_id)
        elif (tier := trust.tier(standing, base)) != standing.tier:
            store.set_tier(procedure_id, tier, ACTOR, _told(standing, standing.revision))
            tiers[procedure_id] = tier
    return Decided(archived, promoted, dropped, tiers)


def brought_back(store: Store, procedure_id: int, base: float) -> str:
    """Whether an archived procedure is back in recall after one more run succeeded by its steps, as a sentence.

    What outcomes, age or lack of room archived comes back once it is rather better than no procedure; what a person
    archived stays where it is.

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


def _told(standing: Standing, revision: int) -> str:
    own = [use for use in standing.uses if use.revision == revision]
    return f"{sum(use.success for use in own)} of {len(own)} uses succeeded"
