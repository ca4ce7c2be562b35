"""Trials: a procedure as one of its revisions says it, and not as its current one. Whose turn it is: memp.domain.trust."""

from typing import Protocol

from memp.domain.procedure import Procedure
from memp.store import Evidence, Procedures


class RevisionStore(Procedures, Evidence, Protocol):
    """Revisions and their uses."""


def in_revision(store: RevisionStore, procedure: Procedure, number: int) -> Procedure:
    """A procedure as it is shown: in its current revision as it is, else as that one says it."""
    return procedure if number == procedure.revision else as_revised(store, procedure, number)


def as_revised(store: RevisionStore, procedure: Procedure, number: int) -> Procedure:
    """A procedure as one of its revisions says it, with the uses of that revision."""
    revision = next(r for r in store.history(procedure.id) if r.number == number)
    own = [use.success for use in store.uses(procedure.id) if use.revision == number]
    changed = {
        "revision": number, "script": revision.script, "builder": revision.builder, "tier": "candidate",
        "uses": len(own), "successes": sum(own),
    }  # fmt: skip
    return procedure.model_copy(update=changed)
