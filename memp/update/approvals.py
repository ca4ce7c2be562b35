"""Approvals: whether a person has spoken for a procedure, as far as that was not taken back."""

from collections.abc import Collection, Sequence
from typing import get_args

from memp.domain.procedure import APPROVALS, PERSON, TAKEN_BACK, Tier
from memp.store import Decisions
from memp.store.records import Change


def is_spoken_for(store: Decisions, procedure_id: int) -> bool:
    """Whether a person approved a procedure or a revision of it, or pinned it once."""
    return any(one.actor == PERSON and one.action in APPROVALS for one in _in_force(store, procedure_id))


def was_approved(store: Decisions, procedure_id: int, actions: Collection[str] = APPROVALS) -> bool:
    """Whether a person ever approved a procedure or a revision of it, by one of these actions. A pin that was taken off is no
    approval, and neither is the tier that the evidence gave it then."""
    before = ""
    for change in reversed(_in_force(store, procedure_id)):
        is_tier = change.action in get_args(Tier)
        approves = change.action in actions and change.action != "pinned" and not (is_tier and before == "pinned")
        if change.actor == PERSON and approves:
            return True
        before = change.action if is_tier else before
    return False


def _in_force(store: Decisions, procedure_id: int) -> Sequence[Change]:
    """The audit log of a procedure, newest first, without what was taken back."""
    changes = store.changes(procedure_id, limit=-1)
    gone = {change.detail for change in changes if change.action == TAKEN_BACK}
    return [change for change in changes if change.name not in gone]
