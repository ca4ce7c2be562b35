"""Revoke an origin: withdraw every run that it brought (memp.update.revoking), in one transaction. A person's act.

The preview is the act itself, taken back: what follows from many runs together is not the sum of what follows from each.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from memp.store import Origins
from memp.update.revoking import RevokingStore, revoke


class OriginsStore(RevokingStore, Origins, Protocol):
    """The parts of a store that are used here."""


class Withdrawn(NamedTuple):
    """The runs of an origin, and what was done, or would be, in sentences."""

    runs: Sequence[int]
    done: Sequence[str]


class _TakenBackError(Exception):
    """Ends a transaction of which nothing is to stay."""


def preview_origin(store: OriginsStore, origin_id: int, scopes: Sequence[str]) -> Withdrawn:
    """What would follow from revoking an origin; nothing is changed.

    Raises:
        NotFoundError: there is no such origin.
        StoreError: the store cannot be written.
    """
    withdrawn = Withdrawn((), ())
    try:
        with store.transaction():
            withdrawn = revoke_origin(store, origin_id, scopes, "")
            raise _TakenBackError
    except _TakenBackError:
        return withdrawn


def revoke_origin(store: OriginsStore, origin_id: int, scopes: Sequence[str], reason: str) -> Withdrawn:
    """Withdraw all runs of an origin, and do what follows.

    Raises:
        NotFoundError: there is no such origin.
        StoreError: the store cannot be written; nothing was changed.
    """
    with store.transaction():
        runs = store.runs_from(origin_id)
        why = f"o{origin_id} was revoked{f': {reason}' if reason else ''}"
        done = [sentence for run in runs for sentence in revoke(store, run, scopes, why)[1]]
    return Withdrawn(runs, done)
