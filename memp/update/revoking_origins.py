"""Revoke an origin: withdraw all runs that it brought, in one pass and one transaction (memp.update.revoking). A person's act.

The preview is the act itself on a copy that is deleted: what follows from many runs, down to the tiers, is computed once.
"""

from memp.domain.results import Options
from memp.update.revoking import Revoked, RevokingStore, withdraw


def preview_origin(store: RevokingStore, origin_id: int, options: Options) -> Revoked:
    """What would follow from revoking an origin; nothing is written to the memory.

    Raises:
        NotFoundError: the projects that are seen have no run of such an origin.
        StoreError: no copy can be made.
    """
    store.runs_from(origin_id, options.seen)  # Before a copy is made for nothing.
    with store.copied() as copy:
        return revoke_origin(copy, origin_id, options, "")


def revoke_origin(store: RevokingStore, origin_id: int, options: Options, reason: str) -> Revoked:
    """Withdraw all runs of an origin in the projects that are seen, and do what follows.

    Raises:
        NotFoundError: they have no run of such an origin.
        StoreError: the store cannot be written; nothing was changed.
    """
    return withdraw(store, f"o{origin_id}", lambda: store.runs_from(origin_id, options.seen), options.scopes, reason)
