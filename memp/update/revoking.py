"""Revoke a run: withdraw it as evidence, and derive again, demote or archive what came from it. A person's act, never a tool's.

The run itself stays, so that it is not recorded again; nothing recalls it, counts it or learns from it any more. A script by
rule is written anew from the runs that are left. What somebody wrote, pinned or approved stays as it reads, and has the tier
that the evidence left gives it. A revision that was made because of the run goes. All of it is one transaction. What an older
memp left half done, the run withdrawn and a script as it was, is put right when the run is revoked again.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from memp.build.builders import keys_of
from memp.build.exemplars import EXEMPLARS
from memp.build.extractive.script import build
from memp.build.reading.reduction import member_of
from memp.domain import trust
from memp.domain.procedure import AFTER_FAILURE, APPROVALS, PERSON, Draft, Procedure
from memp.store import Decisions, Evidence, Procedures, Projects, Trajectories, Writing
from memp.update.joining import MADE_FROM
from memp.update.review import base_rate

Runs = tuple[int, ...]
Drafts = Mapping[int, Draft]


class RevokingStore(Procedures, Trajectories, Evidence, Decisions, Writing, Projects, Protocol):
    """The parts of a store that are used here."""


class Revocation(NamedTuple):
    """The consequences of revoking a run, by procedure: archived as nothing else speaks for them, derived again from other
    runs, kept as they read with less evidence, and revisions that were made because of the run."""

    run: int
    task: str
    archived: Sequence[Procedure] = ()
    derived: Sequence[Procedure] = ()
    kept: Sequence[Procedure] = ()
    dropped: Mapping[int, Sequence[int]] = {}
    again: bool = False
    """Whether it was revoked before: then this is what was left to do."""


def consequences(store: RevokingStore, run_id: int) -> Revocation:
    """The consequences of revoking a run; nothing is changed.

    Raises:
        NotFoundError: there is no such run.
    """
    task = store.trajectory(run_id).task
    procedures = store.procedures(active=False)
    withdrawn = _withdrawn_at(store, run_id)
    used = {p.id for p in procedures if any(use.trajectory == run_id for use in store.uses(p.id))}
    archived: list[Procedure] = []
    derived: list[Procedure] = []
    kept: list[Procedure] = []
    for procedure in procedures:
        came_from = run_id in procedure.trajectories or _is_from_before(store, procedure, run_id, withdrawn)
        if procedure.status == "active" and came_from:
            spoken_for = _is_spoken_for(store, procedure)
            before, left = _projects(store, procedure.trajectories), _projects(store, procedure.trajectories, run_id)
            alone = not set(procedure.trajectories) - {run_id} or len(left) < min(2, len(before))
            if alone and not procedure.claimed and not spoken_for:
                archived.append(procedure)
            elif len(before) > 1:
                kept.append(procedure)  # It says only what its runs in all of them have in common.
            elif procedure.builder == "extractive" and procedure.trial is None and not spoken_for and not alone:
                derived.append(procedure)
            else:
                kept.append(procedure)
        elif procedure.id in used:
            kept.append(procedure)
    dropped = {p.id: numbers for p in procedures if p not in archived and (numbers := _made_for(store, p, run_id))}
    return Revocation(run_id, task, archived, derived, kept, dropped, withdrawn is not None)


def revoke(store: RevokingStore, run_id: int, scopes: Sequence[str], reason: str) -> tuple[Revocation, list[str]]:
    """Withdraw a run, and do what follows; the consequences as they are by now, and what was done, in sentences.

    Raises:
        NotFoundError: there is no such run.
        StoreError: the store cannot be written; nothing was changed.
    """
    # Scripts take long: they are made before others have to wait, and serve where nobody adds a run meanwhile.
    wanted = [_left(procedure, run_id) for procedure in consequences(store, run_id).derived]
    ready = {runs: _drafts(store, runs) for runs in wanted}
    with store.transaction():
        revocation = consequences(store, run_id)
        return revocation, _follow(store, revocation, ready, scopes, reason)


def _follow(
    store: RevokingStore, revocation: Revocation, ready: Mapping[Runs, Drafts], scopes: Sequence[str], reason: str
) -> list[str]:
    """Do what follows from a revocation; what was done. `ready` are scripts that were made of runs before."""
    run_id, before = revocation.run, " was withdrawn before." if revocation.again else " is withdrawn."
    left = {procedure.id: _left(procedure, run_id) for procedure in revocation.derived}
    why = f"t{run_id} was revoked{f': {reason}' if reason else ''}"
    done = [f"t{run_id}{before}"]
    store.withdraw(run_id, {procedure_id: runs[-1] for procedure_id, runs in left.items()}, why)
    for procedure in revocation.archived:
        store.archive(procedure.id, why, PERSON)
        done.append(f"p{procedure.id} is archived: without this run nothing speaks for it.")
    for procedure in revocation.derived:
        runs = left[procedure.id]
        done.append(_derived(store, procedure, ready.get(runs) or _drafts(store, runs)))
    for procedure_id, numbers in revocation.dropped.items():
        done += [_without_revision(store, procedure_id, number, why) for number in numbers]
    for procedure in (*revocation.derived, *revocation.kept):
        done += _demoted(store, procedure.id, scopes, why)
    return done


def _left(procedure: Procedure, run_id: int) -> Runs:
    """The runs that a script is derived from without one of them, the newest last."""
    return tuple([i for i in sorted(procedure.trajectories) if i != run_id][-EXEMPLARS:])


def _drafts(store: RevokingStore, runs: Runs) -> Drafts:
    """The drafts of these runs under the script that they have in common."""
    built = build([member_of(store.trajectory(run)) for run in runs])
    return dict(zip(runs, built.drafts, strict=True))


def _derived(store: RevokingStore, procedure: Procedure, drafts: Drafts) -> str:
    """Write the script of a procedure by rule anew from the runs that are left."""
    last = max(drafts)
    keys = keys_of(drafts[last], store.trajectory(last).task)
    number = store.join(procedure.id, procedure.revision, last, drafts, keys, rewrite=True)
    count = f"{len(drafts)} other run{'s' * (len(drafts) != 1)}"
    return f"p{procedure.id} is derived again from {count}, as revision {number}."


def _withdrawn_at(store: RevokingStore, run_id: int) -> datetime | None:
    """When a run was first revoked; None where it was not."""
    changes = [change for change in store.changes(limit=-1) if change.action == "revoked"]
    times = [change.at for change in changes if change.detail.partition(":")[0] == f"t{run_id} was revoked"]
    return datetime.fromisoformat(times[-1]) if times else None


def _is_from_before(store: RevokingStore, procedure: Procedure, run_id: int, withdrawn: datetime | None) -> bool:
    """Whether a procedure reads as it did before a run was withdrawn, which its script was made from."""
    if withdrawn is None or procedure.builder != "extractive":
        return False
    shown = [revision for revision in store.history(procedure.id) if revision.number <= procedure.revision]
    made_from = [MADE_FROM.search(revision.reason) for revision in shown]
    return shown[-1].created_at < withdrawn and any(run and int(run[1]) == run_id for run in made_from)


def _without_revision(store: RevokingStore, procedure_id: int, number: int, why: str) -> str:
    """Drop a revision that was made because of the run: from its trial, or for the newest one before it."""
    if store.end_trial(procedure_id, number, promote=False, actor=PERSON, reason=why):
        return f"p{procedure_id}r{number} is dropped: it was made because of this run."
    before = [r.number for r in store.history(procedure_id) if r.state == "current" and r.number < number]
    if not before:
        return f"p{procedure_id} has no revision from before this run: it stays as it reads."
    store.set_revision(procedure_id, before[-1], PERSON, why)
    return f"p{procedure_id} is as in revision {before[-1]} again: revision {number} was made because of this run."


def _demoted(store: RevokingStore, procedure_id: int, scopes: Sequence[str], why: str) -> list[str]:
    """Give a procedure the tier that the evidence left gives it; a pinned one keeps its pin."""
    standing = store.standings([procedure_id])[procedure_id]
    if standing.tier == "pinned":
        return []
    tier = trust.tier(standing._replace(tier="candidate"), base_rate(store, standing, scopes))
    if tier == standing.tier:
        return []
    store.set_tier(procedure_id, tier, PERSON, why)
    return [f"p{procedure_id} is {tier} now."]


def _made_for(store: RevokingStore, procedure: Procedure, run_id: int) -> list[int]:
    """The revisions of a procedure, shown or beside the shown one, that a failure of this run was the reason for."""
    named = re.compile(rf"(?:{'|'.join(AFTER_FAILURE)}){run_id}\b")
    return [
        revision.number
        for revision in store.history(procedure.id)
        if named.search(revision.reason)
        and (revision.state in ("trial", "proposed") or revision.number == procedure.revision)
    ]


def _projects(store: RevokingStore, runs: Sequence[int], without: int | None = None) -> set[str]:
    """The projects of runs, but for one run. A procedure of several is general: of one of them alone it says too little."""
    return set(store.ran_in([run for run in runs if run != without]).values()) - {""}


def _is_spoken_for(store: RevokingStore, procedure: Procedure) -> bool:
    """Whether a person has pinned or approved it."""
    if procedure.tier == "pinned":
        return True
    return any(change.actor == PERSON and change.action in APPROVALS for change in store.changes(procedure.id))
