"""Retention: archive procedures that are stale, or more than there is room for, worst first."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from memp.domain import trust
from memp.domain.procedure import Procedure
from memp.domain.results import Options
from memp.store import Decisions, Evidence, Procedures, Trajectories
from memp.update.lifecycle import ACTOR

_CALL = re.compile(r"([A-Za-z_][\w.-]{1,60})\s?(?:\(|\[|: )")


ARCHIVE_EVERY = 100
"""Runs after which a memory looks for what is stale, or more than fits."""


class RetentionStore(Procedures, Trajectories, Evidence, Decisions, Protocol):
    """The parts of a store that are used here."""


def archive_stale(
    store: RetentionStore, options: Options, now: datetime | None = None, *, dry: bool = False
) -> dict[int, str]:
    """Archive what is stale or too much, never what a person pinned; id to the reason. If `dry`, nothing is archived.

    Stale is a candidate that nobody used for `stale_days`, a procedure that needs tools which are gone (`tools` says
    which there are), and one that has only failed since the environment's fingerprint changed. 0 or empty: no limit.

    Raises:
        StoreError: the store cannot be read or written.
    """
    now = now or datetime.now(UTC)
    reasons: dict[int, str] = {}
    active = store.procedures(scopes=options.scopes)
    procedures = [p for p in active if p.tier != "pinned"]
    for procedure in procedures:
        reason = (
            _unused(store, procedure, options, now) or _without_tools(store, procedure, options)
            or _moved_on(store, procedure, options)
        )  # fmt: skip
        if reason:
            reasons[procedure.id] = reason
    over = len(active) - len(reasons) - options.capacity if options.capacity else 0
    reasons.update(_too_many(store, [p for p in procedures if p.id not in reasons], over, options))
    for procedure_id, reason in () if dry else reasons.items():
        store.archive(procedure_id, reason, ACTOR)
    return reasons


def _unused(store: Evidence, procedure: Procedure, options: Options, now: datetime) -> str:
    """A use does not change a procedure, so `updated_at` alone does not show it."""
    if not options.stale_days or procedure.tier != "candidate":
        return ""
    limit = now - timedelta(days=options.stale_days)
    if procedure.updated_at > limit or any(datetime.fromisoformat(use.at) > limit for use in store.uses(procedure.id)):
        return ""
    return f"stale: a candidate that was not used for {options.stale_days} days"


def _without_tools(store: Trajectories, procedure: Procedure, options: Options) -> str:
    """Only runs whose every action is a call tell which tools a procedure needs."""
    if not options.tools or not procedure.trajectories:
        return ""
    run = store.trajectory(procedure.trajectories[-1])
    calls = [_CALL.match(step.action) for step in run.steps]
    needed = {call[1] for call in calls if call} if all(calls) else set[str]()
    gone = sorted(needed - set(options.tools))
    return f"stale: it needs {', '.join(gone)}, which is gone" if gone else ""


def _moved_on(store: Evidence, procedure: Procedure, options: Options) -> str:
    """Uses carry the fingerprint of their environment at the end of their context."""
    if not options.environment:
        return ""
    uses = store.standings([procedure.id])[procedure.id].uses
    here = [use for use in uses if use.context.endswith(f"/{options.environment}")]
    if len(here) < 2 or len(here) == len(uses) or any(use.success for use in here):
        return ""
    return f"stale: its last success was before the environment was {options.environment}"


def _too_many(store: Evidence, procedures: Iterable[Procedure], over: int, options: Options) -> dict[int, str]:
    left = list(procedures)
    if over <= 0:
        return {}
    standings = store.standings([p.id for p in left])
    worst = sorted(left, key=lambda p: (p.tier == "validated", trust.belief(standings[p.id], 0.5).mean, p.updated_at))
    return {p.id: f"capacity: there is room for {options.capacity}" for p in worst[:over]}
