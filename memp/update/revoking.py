"""Revoke runs: withdraw them as evidence, and derive again, demote or archive what came from them. A person's act.

The runs themselves stay, so that they are not recorded again; nothing recalls, counts or learns from them any more. A script by
rule is written anew from the runs that are left. What somebody wrote, pinned or approved stays as it reads, and has the tier
that the evidence left gives it. A revision that was made because of a run goes. All of it is one transaction. What an older
memp left half done, a run withdrawn and a script as it was, is put right when the run is revoked again.
"""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from typing import NamedTuple, Protocol

from memp.build.builders import keys_of
from memp.build.exemplars import EXEMPLARS
from memp.build.extractive.script import build
from memp.build.reading.reduction import member_of
from memp.domain.procedure import AFTER_FAILURE, PERSON, Draft, Procedure, Tier
from memp.inputs.reason import safe_reason
from memp.store import Decisions, Evidence, Maintenance, Origins, Procedures, Projects, Trajectories, Writing
from memp.update.approvals import was_approved
from memp.update.joining import MADE_FROM
from memp.update.lifecycle import tier_of
from memp.update.review import base_rate, contexts

Runs = tuple[int, ...]
Drafts = Mapping[int, Draft]

MOST_NAMED = 10
"""Procedures that are named of those whose skills may be out of date."""

_REVOKED = "was revoked"
_LOGGED = re.compile(rf"t(\d+) {_REVOKED}(?:: |\Z)")
"""A run that was revoked, in the audit log."""


class RevokingStore(Procedures, Trajectories, Evidence, Decisions, Origins, Writing, Projects, Maintenance, Protocol):
    """The parts of a store that are used here."""


class Revocation(NamedTuple):
    """The consequences of revoking runs, by procedure: archived as nothing else speaks for them, derived again from other
    runs, kept as they read with less evidence, and revisions that were made because of these runs."""

    runs: Sequence[int]
    archived: Sequence[Procedure] = ()
    derived: Sequence[Procedure] = ()
    kept: Sequence[Procedure] = ()
    dropped: Mapping[int, Sequence[int]] = {}
    why_kept: Mapping[int, str] = {}
    """Why each that is kept is neither archived nor derived again, as a clause."""
    before: Set[int] = frozenset()
    """Those of the runs that were revoked before: of them this is what was left to do."""


class Revoked(NamedTuple):
    """What was done: the consequences as they were by then, the tiers that procedures have now instead of another, and all of it
    in sentences."""

    revocation: Revocation
    tiers: Mapping[int, Tier]
    done: Sequence[str]


def consequences(store: RevokingStore, runs: Sequence[int]) -> Revocation:
    """The consequences of revoking these runs; nothing is changed."""
    gone = frozenset(runs)
    before = {run: at for run, at in withdrawn(store).items() if run in gone}
    used = store.used_by(runs)
    reread = _reading_as_before(store, before)
    revised = store.revised_after(runs)
    concerned = store.procedures([*sorted({*store.built_by(runs), *used, *reread, *revised})], active=False)
    projects = store.ran_in([run for procedure in concerned for run in procedure.trajectories])
    found: dict[str, list[Procedure]] = {"archived": [], "derived": [], "kept": []}
    why_kept: dict[int, str] = {}
    for procedure in concerned:
        if procedure.status == "active" and (gone & {*procedure.trajectories} or procedure.id in reread):
            fate, why = _fate(store, procedure, gone, projects)
        elif procedure.id in used:
            fate, why = "kept", "it was used there, not made there"
        else:
            continue
        found[fate].append(procedure)
        why_kept |= {procedure.id: why} if fate == "kept" else {}
    archived = {procedure.id for procedure in found["archived"]}
    dropped = {i: numbers for i, numbers in revised.items() if i not in archived}
    return Revocation(runs, found["archived"], found["derived"], found["kept"], dropped, why_kept, frozenset(before))


def revoke(store: RevokingStore, run_id: int, scopes: Sequence[str], reason: str) -> Revoked:
    """Withdraw a run, and do what follows.

    Raises:
        NotFoundError: there is no such run.
        StoreError: the store cannot be written; nothing was changed.
    """
    return withdraw(store, f"t{run_id}", lambda: [run_id], scopes, reason)


def preview(store: RevokingStore, run_id: int, scopes: Sequence[str]) -> Revoked:
    """What would follow from revoking a run; nothing is written to the memory.

    Raises:
        NotFoundError: there is no such run.
        StoreError: no copy can be made.
    """
    with store.copied() as copy:
        return revoke(copy, run_id, scopes, "")


def withdraw(
    store: RevokingStore, name: str, runs: Callable[[], Sequence[int]], scopes: Sequence[str], reason: str
) -> Revoked:
    """Withdraw the runs that go by a name, as they are by then, and do what follows from all of them together.

    Raises:
        NotFoundError: there is no such run.
        StoreError: the store cannot be written; nothing was changed.
    """
    why = _noted(name, safe_reason(reason))
    # Scripts take long: they are made before others have to wait, and serve where nobody adds a run meanwhile.
    planned = consequences(store, runs())
    ready = {left: _drafts(store, left) for left in {_left(one, planned.runs) for one in planned.derived}}
    with store.transaction():
        revocation = consequences(store, runs())
        return _follow(store, revocation, name, ready, scopes, why)


def _follow(
    store: RevokingStore, revocation: Revocation, name: str, ready: Mapping[Runs, Drafts], scopes: Sequence[str], why: str
) -> Revoked:  # fmt: skip
    """Do what follows from a revocation. `ready` are scripts that were made of runs before."""
    runs = revocation.runs
    left = {procedure.id: _left(procedure, runs) for procedure in revocation.derived}
    logged = {run: why if name == f"t{run}" else _noted(f"t{run}", why) for run in runs}
    store.withdraw(logged, {procedure_id: others[-1] for procedure_id, others in left.items()})
    done = [_withdrawn_sentence(name, revocation)]
    for procedure in revocation.archived:
        store.archive(procedure.id, why, PERSON)
        these = "this run" if len(runs) == 1 else "these runs"
        done.append(f"p{procedure.id} is archived: without {these} nothing speaks for it.")
    for procedure in revocation.derived:
        others = left[procedure.id]
        done.append(_derived(store, procedure, ready.get(others) or _drafts(store, others)))
    done += [f"p{i} stays as it reads, with less evidence: {reason}." for i, reason in revocation.why_kept.items()]
    for procedure_id, numbers in revocation.dropped.items():
        done += [_without_revision(store, procedure_id, number, runs, why) for number in numbers]
    tiers = _settled(store, [*revocation.derived, *revocation.kept], scopes, why)
    done += [f"p{i} is {tier} now." for i, tier in tiers.items()]
    return Revoked(revocation, tiers, [*done, *_exported(revocation.archived, tiers)])


def _noted(name: str, why: str) -> str:
    """The line of the log on what was revoked."""
    return f"{name} {_REVOKED}{f': {why}' if why else ''}"


def _withdrawn_sentence(name: str, revocation: Revocation) -> str:
    count, again = len(revocation.runs), len(revocation.before) == len(revocation.runs) > 0
    what = name if name.startswith("t") else f"{count:,} run{'s' * (count != 1)} of {name}"
    verb = ("was", "is") if name.startswith("t") or count == 1 else ("were", "are")
    return f"{what} {verb[0]} withdrawn before." if again else f"{what} {verb[1]} withdrawn."


def _fate(store: RevokingStore, procedure: Procedure, gone: Set[int], projects: Mapping[int, str]) -> tuple[str, str]:
    """The field of a revocation for a procedure that came from runs of it, and why it is that one, where it is kept."""
    word = _word_for(store, procedure)
    left = [run for run in procedure.trajectories if run not in gone]
    before, after = _projects(projects, procedure.trajectories), _projects(projects, left)
    # A procedure of several projects is general: of one of them alone it says too little.
    alone = not left or len(after) < min(2, len(before))
    if word:
        return "kept", word
    if alone:
        return ("kept", "an imported file claims runs of it") if procedure.claimed else ("archived", "")
    if len(before) > 1:
        return "kept", "it says what runs of several projects have in common, and such are left"
    if procedure.builder != "extractive":
        return "kept", "its steps were written, and not made from runs by rule"
    if procedure.trial is not None:
        return "kept", "a revision of it is on trial"
    return "derived", ""


def _left(procedure: Procedure, gone: Sequence[int]) -> Runs:
    """The runs that a script is derived from without some of them, the newest last."""
    return tuple([i for i in sorted(procedure.trajectories) if i not in gone][-EXEMPLARS:])


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


def withdrawn(store: Decisions) -> Mapping[int, datetime]:
    """When each run that was revoked before was first revoked."""
    named = ((change.at, _LOGGED.match(change.detail)) for change in store.changes(limit=-1, action="revoked"))
    return {int(run[1]): datetime.fromisoformat(at) for at, run in named if run}


def _reading_as_before(store: RevokingStore, withdrawn: Mapping[int, datetime]) -> Set[int]:
    """The procedures that read as they did before a run was withdrawn, which their script was made from."""
    by_rule = (procedure for procedure in store.procedures() if procedure.builder == "extractive") if withdrawn else ()
    return {procedure.id for procedure in by_rule if _reads_as_before(store, procedure, withdrawn)}


def _reads_as_before(store: RevokingStore, procedure: Procedure, withdrawn: Mapping[int, datetime]) -> bool:
    shown = [revision for revision in store.history(procedure.id) if revision.number <= procedure.revision]
    named = (MADE_FROM.search(revision.reason) for revision in shown)
    made_from = {int(run[1]) for run in named if run}
    return any(run in made_from and shown[-1].created_at < at for run, at in withdrawn.items())


def _without_revision(store: RevokingStore, procedure_id: int, number: int, runs: Sequence[int], why: str) -> str:
    """Drop a revision that was made because of these runs: from its trial, or for the newest one before that was not."""
    because = "this run" if len(runs) == 1 else "these runs"
    if store.end_trial(procedure_id, number, promote=False, actor=PERSON, reason=why):
        return f"p{procedure_id}r{number} is dropped: it was made because of {because}."
    named = re.compile(rf"(?:{'|'.join(AFTER_FAILURE)})(?:{'|'.join(map(str, runs))})\b")
    earlier = [r for r in store.history(procedure_id) if r.state == "current" and r.number < number]
    before = [revision.number for revision in earlier if not named.match(revision.reason)]
    if not before:
        return f"p{procedure_id} has no revision from before {because}: it stays as it reads."
    store.set_revision(procedure_id, before[-1], PERSON, why)
    return f"p{procedure_id} is as in revision {before[-1]} again: revision {number} was made because of {because}."


def _settled(
    store: RevokingStore, procedures: Sequence[Procedure], scopes: Sequence[str], why: str
) -> Mapping[int, Tier]:
    """Give procedures the tier that the evidence left gives them, and say which changed. A pinned one keeps its pin; an approved
    one its tier, unless it is worse than no procedure now."""
    tiers: dict[int, Tier] = {}
    rates: dict[frozenset[str], float] = {}
    approved = {procedure.id for procedure in procedures if _word_for(store, procedure)}
    for procedure_id, standing in store.standings([procedure.id for procedure in procedures]).items():
        if standing.tier == "pinned":
            continue
        around = frozenset(contexts(standing))
        if around not in rates:
            rates[around] = base_rate(store, standing, scopes)
        anew = standing if procedure_id in approved else standing._replace(tier="candidate")
        tier = tier_of(store, procedure_id, anew.as_seen(), rates[around])
        if tier != standing.tier:
            store.set_tier(procedure_id, tier, PERSON, why)
            tiers[procedure_id] = tier
    return tiers


def _exported(archived: Sequence[Procedure], tiers: Mapping[int, Tier]) -> list[str]:
    """The sentence on skills that may have been exported of procedures that are trusted no more; none where there are none."""
    gone = [procedure.id for procedure in archived if procedure.tier != "candidate"]
    gone += [procedure_id for procedure_id, tier in tiers.items() if tier == "candidate"]
    names = ", ".join(f"p{procedure_id}" for procedure_id in sorted(gone)[:MOST_NAMED])
    more = f" and {len(gone) - MOST_NAMED} more" if len(gone) > MOST_NAMED else ""
    return [f"Skills exported before may still have {names}{more}: run `memp export skills` again."] if gone else []


def _projects(projects: Mapping[int, str], runs: Sequence[int]) -> set[str]:
    """The projects of runs."""
    return {projects.get(run, "") for run in runs} - {""}


def _word_for(store: RevokingStore, procedure: Procedure) -> str:
    """A person's word for a procedure, as a clause: that it is pinned, or was approved; empty where there is none."""
    if procedure.tier == "pinned":
        return "it is pinned"
    return "a person approved it" if was_approved(store, procedure.id) else ""
