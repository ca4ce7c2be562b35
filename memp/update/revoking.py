"""Revoke a run: withdraw it as evidence, and derive again, demote or archive what came from it. A person's act, never a tool's.

The run itself stays, so that it is not recorded again; nothing recalls it, counts it or learns from it any more. A script by
rule is written anew from the runs that are left. What somebody wrote, pinned or approved stays as it reads, and has the tier
that the evidence left gives it. A revision that was made because of the run goes.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from memp.build.builders import keys_of
from memp.build.extractive.script import build
from memp.build.families import EXEMPLARS
from memp.build.reading.members import member_of
from memp.domain import trust
from memp.domain.procedure import AFTER_FAILURE, Draft, Procedure
from memp.domain.trajectory import Trajectory
from memp.store import Decisions, Evidence, Procedures, Projects, Trajectories, Writing
from memp.update.review import PERSON, base_rate

_APPROVED = frozenset(("validated", "pinned", "promoted", "set revision"))


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


def consequences(store: RevokingStore, run_id: int) -> Revocation:
    """The consequences of revoking a run; nothing is changed.

    Raises:
        NotFoundError: there is no such run.
    """
    task = store.trajectory(run_id).task
    procedures = store.procedures(active=False)
    used = {p.id for p in procedures if any(use.trajectory == run_id for use in store.uses(p.id))}
    archived: list[Procedure] = []
    derived: list[Procedure] = []
    kept: list[Procedure] = []
    for procedure in procedures:
        if procedure.status == "active" and run_id in procedure.trajectories:
            spoken_for = _is_spoken_for(store, procedure)
            before, left = _projects(store, procedure.trajectories), _projects(store, procedure.trajectories, run_id)
            alone = not set(procedure.trajectories) - {run_id} or len(left) < min(2, len(before))
            if alone and not procedure.claimed and not spoken_for:
                archived.append(procedure)
            elif len(before) > 1:
                kept.append(procedure)  # It says only what its runs in all of them have in common.
            elif procedure.builder == "extractive" and procedure.trial is None and not spoken_for:
                derived.append(procedure)
            else:
                kept.append(procedure)
        elif procedure.id in used:
            kept.append(procedure)
    dropped = {p.id: numbers for p in procedures if p not in archived and (numbers := _made_for(store, p, run_id))}
    return Revocation(run_id, task, archived, derived, kept, dropped)


def revoke(store: RevokingStore, found: Revocation, scopes: Sequence[str], reason: str) -> list[str]:
    """Withdraw the run, and do what follows; what was done, in sentences.

    Raises:
        RevisedMeanwhileError: a procedure was revised since; the same command again does the rest.
        StoreError: the store cannot be written.
    """
    left = {p.id: [i for i in sorted(p.trajectories) if i != found.run] for p in found.derived}
    last = {procedure_id: runs[-1] for procedure_id, runs in left.items() if runs}
    why = f"t{found.run} was revoked{f': {reason}' if reason else ''}"
    done = [f"t{found.run} is withdrawn."]
    store.withdraw(found.run, last, why)
    for procedure in found.archived:
        store.archive(procedure.id, why, PERSON)
        done.append(f"p{procedure.id} is archived: without this run nothing speaks for it.")
    done += [_derived(store, procedure, left[procedure.id][-EXEMPLARS:]) for procedure in found.derived]
    for procedure_id, numbers in found.dropped.items():
        done += [_without_revision(store, procedure_id, number, why) for number in numbers]
    for procedure in (*found.derived, *found.kept):
        done += _demoted(store, procedure.id, scopes, why)
    return done


def _derived(store: RevokingStore, procedure: Procedure, runs: Sequence[int]) -> str:
    """Write the script of a procedure by rule anew from the runs that are left."""
    drafts = _drafts({run: store.trajectory(run) for run in runs})
    last = runs[-1]
    keys = keys_of(drafts[last], store.trajectory(last).task)
    number = store.join(procedure.id, procedure.revision, last, drafts, keys, rewrite=True)
    count = f"{len(runs)} other run{'s' * (len(runs) != 1)}"
    return f"p{procedure.id} is derived again from {count}, as revision {number}."


def _drafts(runs: Mapping[int, Trajectory]) -> Mapping[int, Draft]:
    """The drafts of these runs under the script that they have in common."""
    built = build([member_of(run) for run in runs.values()])
    return dict(zip(runs, built.drafts, strict=True))


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
    return any(change.actor == PERSON and change.action in _APPROVED for change in store.changes(procedure.id))
