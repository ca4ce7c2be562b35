"""Trials: which revision of a procedure a recall shows while one is on trial beside the current one."""

from typing import Protocol

from memp.domain.procedure import Procedure
from memp.domain.trust import Standing
from memp.store import Evidence, Procedures, Recalls


class TrialStore(Procedures, Evidence, Recalls, Protocol):
    """The parts of a store that are used here."""


class RevisionStore(Procedures, Evidence, Protocol):
    """Revisions and their uses."""


def on_turn(store: TrialStore, procedure: Procedure, standing: Standing, *, stuck: bool) -> Procedure:
    """A procedure as it is shown: with the revision on trial, where it is its turn.

    Beside a validated one a trial gets every second recall, and those of agents that are stuck; beside a candidate
    all of them, since it was written knowing more.
    """
    if standing.trial is None:
        return procedure
    times = store.times_shown(procedure.id, standing.trial)
    shown_more = times.get(standing.trial, 0) > times.get(procedure.revision, 0)
    if procedure.tier == "validated" and not stuck and shown_more:
        return procedure
    return as_revised(store, procedure, standing.trial)


def as_revised(store: RevisionStore, procedure: Procedure, number: int) -> Procedure:
    """A procedure as one of its revisions says it, with the uses of that revision."""
    revision = next(r for r in store.history(procedure.id) if r.number == number)
    own = [use.success for use in store.uses(procedure.id) if use.revision == number]
    changed = {
        "revision": number, "script": revision.script, "builder": revision.builder, "tier": "candidate",
        "uses": len(own), "successes": sum(own),
    }  # fmt: skip
    return procedure.model_copy(update=changed)
