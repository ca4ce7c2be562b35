"""Updater, M(t+1) = U(M(t), E(t), tau_t) (Memp, section 3.4): what a stored run changes in the memory.

A success becomes a procedure, corroborates an equal one, or revises the one that it made before; a failure becomes a
pitfall, and, where somebody writes it, a revision. The outcome is credited to exactly the procedures that were used.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from memp.build import builders, families
from memp.build.builder import ScriptBuilder
from memp.build.consolidation import consolidate, corroborates
from memp.build.extractive import draft_of, pitfalls_of
from memp.build.lessons import pitfall_of
from memp.build.members import Member, member_of
from memp.domain.procedure import Builder, Draft, Pitfall, Procedure, Ref, Script
from memp.domain.results import NOTHING, Decided, Options, Record, Reflection, Revised
from memp.domain.trajectory import Trajectory
from memp.errors import InputError
from memp.retrieve.retriever import Retriever
from memp.store import Decisions, Evidence, Procedures, Trajectories, Writing
from memp.store.find import find_procedure
from memp.store.records import Put, Recorded
from memp.update.adjustment import Proposal, Reviser
from memp.update.lifecycle import apply_outcomes, reconsider_archived
from memp.update.policies import POLICIES, Admission
from memp.update.retention import ARCHIVE_EVERY, archive_stale

MOST_SIBLINGS = 20
"""Procedures of a family that a new one is held against to find what they have in common."""


MOST_FAMILIES = 8
"""Procedures, the nearest first, whose family a run may be one more of."""


MOST_KNOWN = 64
"""Families that are kept aligned."""

MOST_MEMBERS = 500
"""Runs that are kept as they were read."""


class UpdatingStore(Procedures, Trajectories, Writing, Evidence, Decisions, Protocol):
    """The parts of a store that are used here."""


class Finished(NamedTuple):
    """A stored run, on its way into the memory: the procedures it used, whether it succeeded, who is to write its script,
    and its caller's own script and key facts."""

    stored: Recorded
    run: Trajectory
    used: Sequence[Ref]
    success: bool
    author: Builder | None = None
    script: Script | None = None
    facts: Sequence[str] = ()


class Lesson(NamedTuple):
    """The lesson of a failed run: the error, the pitfall made of it, the caller's revision and the one that it was made
    from, and whether the run was recorded before."""

    error: str
    pitfall: Pitfall
    revision: Script | None = None
    made_from: int | None = None
    recorded: bool = False


KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


def _keep(kept: OrderedDict[KeyT, ValueT], key: KeyT, value: ValueT, most: int) -> None:
    """Keep a value, the last used last; at most so many."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


_MADE_FROM = re.compile(r"(?:built from|generalised with) t(\d{1,18})\Z")
"""The reason of a revision that was made by rule, with the run it was made from."""


class FamilyStore(Procedures, Trajectories, Protocol):
    """What is asked of the store to know a family."""


class KnownFamilies:
    """The families of procedures, aligned once as long as they have the same exemplars. The last ones are kept."""

    def __init__(self, store: FamilyStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[int, ...], families.Family] = OrderedDict()
        self._members: OrderedDict[int, Member] = OrderedDict()

    def of(self, procedure: Procedure) -> families.Family:
        """The family of a procedure."""
        ids = self.exemplars(procedure)
        with self._lock:
            family = self._known.get(ids)
        if family is None:
            family = families.family_of([self._member(i) for i in ids])
        with self._lock:
            _keep(self._known, ids, family, MOST_KNOWN)
        return family

    def _member(self, run_id: int) -> Member:
        with self._lock:
            member = self._members.get(run_id)
        if member is None:
            member = member_of(self._store.trajectory(run_id))
        with self._lock:
            _keep(self._members, run_id, member, MOST_MEMBERS)
        return member

    def exemplars(self, procedure: Procedure) -> tuple[int, ...]:
        """The runs that a procedure's script was made from: the first, and those with which it changed."""
        reasons = (_MADE_FROM.search(revision.reason) for revision in self._store.history(procedure.id))
        made_from = dict.fromkeys(int(reason[1]) for reason in reasons if reason)
        known = [i for i in made_from if i in procedure.trajectories]
        if len(known) <= families.EXEMPLARS:
            return tuple(known or sorted(procedure.trajectories)[:1])
        return tuple(families.distinct({i: self._member(i) for i in known}))


@dataclass(frozen=True)
class Updater:
    """Applies finished runs to a store."""

    store: UpdatingStore
    retriever: Retriever
    builder: ScriptBuilder
    reviser: Reviser
    options: Options
    families: "KnownFamilies"

    def update(self, finished: Finished) -> Record:
        """Credit the outcome, then add, merge or revise as the policy says.

        Raises:
            LLMError: Claude was to write the script and gave no usable one.
            StoreError: the store cannot be read or written.
        """
        admission = POLICIES[self.options.update](finished.success)
        record = self._credited(finished)
        if admission.add and finished.author is not None:
            record = self._add(record, finished, finished.author, merge=admission.merge)
        elif finished.stored.new or not self.store.met_pitfall(finished.stored.id):
            record = self._fail(record, finished, admission)
        else:
            record = replace(record, why="this run was recorded before")
        if finished.stored.new and finished.stored.id % ARCHIVE_EVERY == 0:
            archive_stale(self.store, self.options)
        return record

    def reflect(self, finished: Finished, lesson: Lesson) -> Reflection:
        """Memp's adjustment: store the pitfall of a failed run, and revise the procedure that led to the failure.

        Raises:
            RevisedMeanwhileError: the caller's revision was made from one that is no longer current.
            StoreError: the store cannot be read or written.
        """
        stored, run, used = finished.stored, finished.run, finished.used
        fresh = not self.store.met_pitfall(stored.id)
        record = self._credited(finished)
        pitfalls = self._add_pitfalls(finished, lesson.pitfall)
        revised: Mapping[int, Revised] = {}
        notes: Sequence[str] = ()
        if lesson.revision is not None:
            revised, notes = self.reviser.by_caller(
                used[0], lesson.made_from, lesson.revision, stored.id, lesson.pitfall.trigger
            )
        elif fresh or lesson.recorded:
            revised, notes = self.reviser.by_llm(used, run, lesson.error, stored.id)
        # Without the run itself: its caller has just made or recorded it.
        written = lesson.revision is not None or revised
        material = None if written else self.reviser.material(used[0] if used else None, run, lesson.error, whole=False)
        return Reflection(
            stored.id, stored.new, pitfalls, record.credited, record.decided, revised, material, notes
        )  # fmt: skip

    def recorded_failure(self, run_id: int) -> Trajectory:
        """A failed run that is stored already.

        Raises:
            NotFoundError: there is none with this id.
            InputError: it is a success.
        """
        run = self.store.trajectory(run_id)
        if run.succeeded(self.options.success_reward):
            raise InputError(f"t{run_id} was recorded as a success: reflect on the run that failed.")
        return run

    def _add(self, record: Record, finished: Finished, author: Builder, *, merge: bool) -> Record:
        """Build a procedure from a successful run, or revise the one built from it before with the caller's script."""
        before = self.store.built_from(record.trajectory)
        if before is not None and finished.script is None:
            return replace(record, built=before, why="this run was recorded before")
        record = replace(record, builder=author)
        if before is None and merge and author == "extractive" and (joined := self._joined(record, finished)):
            return joined
        draft = self.builder.draft(author, finished.run, finished.facts, finished.script, record.trajectory)
        if before is not None:
            return self._rewrite(record, finished.run, before, draft)
        put = self._put(record.trajectory, finished.run, draft, merge=merge)
        record = replace(record, built=put.id, how="merged" if put.merged else "created")
        if put.merged:
            return self._corroborated(record, finished.run, put)
        near = [i for i in self.retriever.near(finished.run.task) if i != put.id]
        if not near:
            self.store.set_first_run(put.id, record.trajectory)
        if not merge or author == "extractive":
            return record
        return replace(record, general=consolidate(self.store, put.id, near[:MOST_SIBLINGS]))

    def _joined(self, record: Record, finished: Finished) -> Record | None:
        """Add a run to the family of procedures made by rule that it is one more of; None where there is none."""
        used = [ref.procedure_id for ref in finished.used]
        near = [i for i in self.retriever.near(finished.run.task) if i not in used]
        known = {
            p.id: p
            for p in self.store.procedures([*used, *near[:MOST_FAMILIES]])
            if p.scope == self.options.project and p.builder == "extractive" and p.trajectories
        }
        candidates = [families.Candidate(i, i in used) for i in known]
        best = families.best_family(member_of(finished.run), candidates, lambda i: self.families.of(known[i]))
        return None if best is None else self._join(record, finished, known[best[0]], best[1])

    def _join(self, record: Record, finished: Finished, procedure: Procedure, joined: families.Joined) -> Record:
        """Make a run a source of a procedure. What it says changes only where the run shows something
        new, and no person has pinned it."""
        drafts = self._drafts(record.trajectory, procedure, joined)
        rewrite = len(drafts) > 1
        draft = drafts[record.trajectory]
        keys = builders.keys_of(
            draft.model_copy(update={"facts": tuple(finished.facts) or draft.facts}), finished.run.task
        )
        number = self.store.join(procedure.id, record.trajectory, drafts, keys, rewrite=rewrite)
        for pitfall in pitfalls_of(joined.general):
            self.reviser.add_pitfall(procedure.id, record.trajectory, pitfall, finished.run.task)
        revised = {procedure.id: Revised(number, "current")} if rewrite else {}
        record = replace(record, built=procedure.id, how="merged", revised=revised)
        return self._corroborated(record, finished.run, Put(id=procedure.id, merged=True))

    def _drafts(self, run_id: int, procedure: Procedure, joined: families.Joined) -> Mapping[int, Draft]:
        """The drafts of a family's runs under a new script, or that of the new run alone where the script stays."""
        ids = [*self.families.exemplars(procedure), run_id]
        if procedure.tier != "pinned" and procedure.trial is None:
            built = joined.built()
            if families.adds_to(built.script, procedure.script, len(ids) - 1):
                return dict(zip(ids, built.drafts, strict=True))
        return {run_id: draft_of(procedure.script, joined.general, len(ids) - 1)}

    def _rewrite(self, record: Record, run: Trajectory, procedure_id: int, draft: Draft) -> Record:
        """Revise the procedure that was built from a run with the script that its caller passes now."""
        current = find_procedure(self.store, procedure_id)
        reason = f"rewritten by the caller of t{record.trajectory}"
        keys = builders.keys_of(draft, run.task)
        made = self.reviser.revise(
            current, None, Proposal(draft.script, draft.builder, reason, record.trajectory, keys)
        )
        revised = {procedure_id: made} if made else {}
        return replace(record, built=procedure_id, how="revised" if made else None, revised=revised)

    def _put(self, run_id: int, run: Trajectory, draft: Draft, *, merge: bool) -> Put:
        """Store a draft with its pitfalls, or merge it into a procedure that takes the same steps."""
        twin = partial(corroborates, draft) if merge else None
        put = self.store.put(
            self.options.project, draft, run_id, draft.script.signature(), builders.keys_of(draft, run.task), twin=twin,
            origin=run.provenance.origin,
        )  # fmt: skip
        for pitfall in draft.script.pitfalls:
            self.reviser.add_pitfall(put.id, run_id, pitfall, run.task)
        return put

    def _corroborated(self, record: Record, run: Trajectory, put: Put) -> Record:
        """The record, after the outcome was applied to a procedure that one more run agrees with."""
        record = replace(record, decided=record.decided.joined(self._decided([put.id], run)))
        if not put.archived:
            return record
        base = self.retriever.base_rate(run.task, run.provenance.context).mean
        return replace(record, notes=[*record.notes, reconsider_archived(self.store, put.id, base)])

    def _fail(self, record: Record, finished: Finished, admission: Admission) -> Record:
        """Store the pitfall of a failed run, and, where Claude is there to write it, a revision of what it used."""
        record = replace(record, why=admission.why)
        if not admission.pitfall:
            return record
        run, used = finished.run, finished.used
        pitfall = pitfall_of(run)
        if used:
            # Beside its procedure, that the task failed goes without saying.
            pitfall = pitfall.model_copy(update={"consequence": ""})
        pitfalls = self._add_pitfalls(finished, pitfall)
        if not admission.revise:
            return replace(record, pitfalls=pitfalls)
        revised, notes = self.reviser.by_llm(used, run, pitfall.trigger, record.trajectory)
        return replace(record, pitfalls=pitfalls, revised=revised, notes=notes)

    def _add_pitfalls(self, finished: Finished, pitfall: Pitfall) -> list[int]:
        """A pitfall of each procedure that was used; without any, of the task."""
        owners = [ref.procedure_id for ref in finished.used] or [None]
        task = finished.run.task
        return [self.reviser.add_pitfall(owner, finished.stored.id, pitfall, task) for owner in owners]

    def _credited(self, finished: Finished) -> Record:
        """The record of a stored run, after its outcome was applied to the procedures that it is credited to."""
        stored = finished.stored
        decided = self._decided(stored.credited, finished.run) if stored.credited else NOTHING
        credited = self.store.procedures(stored.credited, active=False)
        return Record(stored.id, stored.new, finished.success, credited=credited, decided=decided)

    def _decided(self, ids: Sequence[int], run: Trajectory) -> Decided:
        """Apply outcomes to these procedures, held against what this run's agents reach without one."""
        base = self.retriever.base_rate(run.task, run.provenance.context)
        return apply_outcomes(self.store, ids, self.options.erase, base.mean)
