"""Updater, M(t+1) = U(M(t), E(t), tau_t) (Memp, section 3.4): what a stored run changes in the memory.

A success becomes a procedure, corroborates an equal one, or revises the one that it made before; a failure becomes a
pitfall, and, where somebody writes it, a revision. The outcome is credited to exactly the procedures that were used.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, Protocol

from memp.build import builders
from memp.build.builder import ScriptBuilder
from memp.build.consolidation import consolidate, corroborates
from memp.build.lessons import pitfall_of
from memp.build.outline import outline_of
from memp.domain.origin import Origin
from memp.domain.procedure import Builder, Draft, Pitfall, Ref, Script
from memp.domain.results import NOTHING, Decided, Options, Record, Reflection, Revised
from memp.domain.trajectory import Trajectory
from memp.errors import InputError, NotFoundError, UngroundedError
from memp.retrieve.retriever import Retriever
from memp.store import Decisions, Origins, Procedures, Projects, Trajectories, Writing
from memp.store import Evidence as Outcomes
from memp.store.find import find_procedure, find_run
from memp.store.records import Put, Recorded
from memp.update.adjustment import Proposal, Reviser
from memp.update.confirmation import Claimed, confirm
from memp.update.generalising import Generalising
from memp.update.joining import Addition, Joining
from memp.update.lifecycle import apply_outcomes, reconsider_archived
from memp.update.policies import POLICIES, Admission
from memp.update.retention import ARCHIVE_EVERY, archive_stale

NO_ERROR = "no step shows an error, so no pitfall is kept of this failure"

MOST_SIBLINGS = 20
"""Procedures of a family that a new one is held against to find what they have in common."""


class UpdatingStore(Procedures, Trajectories, Writing, Outcomes, Origins, Decisions, Projects, Protocol):
    """The parts of a store that are used here."""


class Finished(NamedTuple):
    """A stored run, on its way into the memory: the procedures it used, whether it succeeded, who is to write its script,
    and its caller's own script and key facts. `held`: nobody has seen how it ended, so it changes only hearsay. `typed`: its
    script, or revision, is its caller's word, however the run ended."""

    stored: Recorded
    run: Trajectory
    used: Sequence[Ref]
    success: bool
    author: Builder | None = None
    script: Script | None = None
    facts: Sequence[str] = ()
    held: bool = False
    typed: bool = False

    @property
    def is_claim(self) -> bool:
        """Whether what its caller writes is a claim, which changes nothing of what was seen."""
        return self.held or self.typed


class Lesson(NamedTuple):
    """The lesson of a failed run: the error, the pitfall made of it, the caller's revision and the one that it was made
    from, and whether the run was recorded before."""

    error: str
    pitfall: Pitfall
    revision: Script | None = None
    made_from: int | None = None
    recorded: bool = False


@dataclass(frozen=True)
class Updater:
    """Applies finished runs to a store."""

    store: UpdatingStore
    retriever: Retriever
    builder: ScriptBuilder
    reviser: Reviser
    options: Options
    joining: Joining

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
        elif finished.stored.new or not self.store.pitfalls_met(finished.stored.id):
            record = self._fail(record, finished, admission)
        else:
            record = replace(record, why="this run was recorded before")
        self.store.finish(finished.stored.id, outline_of(finished.run) if finished.success else None)
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
        fresh = not self.store.pitfalls_met(stored.id)
        record = self._credited(finished)
        pitfalls = self._add_pitfalls(finished, lesson.pitfall)
        revised: Mapping[int, Revised] = {}
        notes: Sequence[str] = ()
        if lesson.revision is not None:
            revised, notes = self.reviser.by_caller(
                used[0], lesson.made_from, lesson.revision, stored.id, lesson.pitfall.trigger, held=finished.is_claim
            )
        elif fresh or lesson.recorded:
            revised, notes = self.reviser.by_llm(used, run, lesson.error, stored.id, held=finished.held)
        self.store.finish(stored.id)
        # Without the run itself: its caller has just made or recorded it.
        written = lesson.revision is not None or revised
        material = None if written else self.reviser.material(used[0] if used else None, run, lesson.error, whole=False)
        return Reflection(
            stored.id, stored.new, pitfalls, record.credited, record.decided, revised, material, notes
        )  # fmt: skip

    def confirm(self, run_id: int, task: str, seen: Trajectory, origin: Origin) -> bool:
        """Note that an origin saw how a claimed run ended, and apply that; whether what was seen is what was claimed.

        Raises:
            NotFoundError: there is no such run in this project.
        """
        confirmed = confirm(self.store, self.options, Claimed(run_id, task), seen, origin)
        if confirmed is not None:
            self._decided(confirmed, seen)
        return confirmed is not None

    def recorded_failure(self, run_id: int, project: str) -> Trajectory:
        """A failed run that is stored already, of the project at hand or of none; without one, of any.

        Raises:
            NotFoundError: there is none with this id.
            InputError: it is a success.
        """
        run = find_run(self.store, run_id, self.options.scopes)
        if project and self.store.ran_in([run_id])[run_id] not in ("", project):
            raise NotFoundError(f"There is no trajectory t{run_id} in this project.")
        if run.succeeded(self.options.success_reward):
            raise InputError(f"t{run_id} was recorded as a success: reflect on the run that failed.")
        return run

    def _add(self, record: Record, finished: Finished, author: Builder, *, merge: bool) -> Record:
        """Build a procedure from a successful run, or revise the one built from it before with the caller's script."""
        before = self.store.built_from(record.trajectory)
        if before is not None and finished.script is None:
            return replace(record, built=before, why="this run was recorded before")
        record = replace(record, builder=author)
        by_rule = before is None and merge and author == "extractive"
        seen = self.store.newest_procedure()
        around = self.retriever.around(finished.run.task) if by_rule else None
        near = [candidate.owner for candidate in around.ranked] if around else []
        if by_rule and (joined := self._joined(finished, near)):
            return self._generalised(self._as_joined(record, finished, joined), finished, near, seen)
        try:
            draft = self.builder.draft(author, finished.run, finished.facts, finished.script, record.trajectory)
        except UngroundedError as error:
            told = replace(record, notes=[*record.notes, f"Written by rule instead. {error}"])
            return self._add(told, finished, "extractive", merge=merge)
        # While a model wrote, another process may have built what it took for left unfinished.
        before = before or self.store.built_from(record.trajectory)
        if before is not None:
            return self._rewrite(record, finished, before, draft)
        made, looked = self._joined_late(finished, seen) if by_rule else (None, seen)
        with self.store.transaction():  # Nobody else makes the same between this look and what is written.
            late = self.store.made_after(looked, self.options.project) if by_rule and not made else []
            made = made or (self._joined(finished, late) if late else None)
            made = made or self._put(finished, draft, merge=merge)
        if isinstance(made, Addition):
            return self._generalised(self._as_joined(record, finished, made), finished, near, seen)
        put = made
        record = replace(record, built=put.id, how="merged" if put.merged else "created")
        if put.merged:
            return self._generalised(self._corroborated(record, finished.run, put), finished, near, seen)
        found = around or self.retriever.around(finished.run.task)
        alike = [candidate.owner for candidate in found.candidates if candidate.owner != put.id]
        if not alike:
            self.store.set_first_run(put.id, record.trajectory)
        if not merge:
            return record
        if author != "extractive":
            belongs = self.store.belonging([put.id, *alike])
            siblings = [i for i in alike if belongs[i].projects == belongs[put.id].projects]
            record = replace(record, general=consolidate(self.store, put.id, siblings[:MOST_SIBLINGS]))
        return self._generalised(record, finished, near or alike, seen)

    def _joined(self, finished: Finished, near: Iterable[int]) -> Addition | None:
        """Make a run a source of the procedure by rule whose family it is one more of; None where there is none."""
        used = [ref.procedure_id for ref in finished.used]
        return self.joining.add(
            finished.run, finished.stored.id, used, near, finished.facts, held=finished.held
        )  # fmt: skip

    def _joined_late(self, finished: Finished, seen: int) -> tuple[Addition | None, int]:
        """The same with what other processes made since `seen`, and the procedure that was the newest then. To read it takes
        long: for that nobody is made to wait."""
        newest = self.store.newest_procedure()
        late = self.store.made_after(seen, self.options.project) if newest > seen else []
        return self._joined(finished, late) if late else None, newest

    def _as_joined(self, record: Record, finished: Finished, joined: Addition) -> Record:
        """The record of a run that became a source of a procedure, with its pitfalls and its outcome applied there."""
        run = finished.run
        for pitfall in joined.pitfalls:
            self.reviser.add_pitfall(joined.procedure, record.trajectory, pitfall, run.task)
        record = replace(record, built=joined.procedure, how="merged", revised=joined.revised)
        return self._corroborated(record, run, Put(id=joined.procedure, merged=True))

    def _generalised(self, record: Record, finished: Finished, near: Iterable[int], seen: int) -> Record:
        """The record, after what another project has done alike was made one procedure with what this run is part of. `seen`
        is the newest procedure when `near` was looked up."""
        run, used = finished.run, [ref.procedure_id for ref in finished.used]
        if not run.provenance.project or record.built is None:
            return record
        near = [i for i in near if i != record.built]
        generalising = Generalising(self.store, self.joining.families, self.options.project)
        general = generalising.across(run, record.trajectory, record.built, used, near, seen)
        if general is None:
            return record
        return replace(record, general=general, decided=record.decided.joined(self._decided([general], run)))

    def _rewrite(self, record: Record, finished: Finished, procedure_id: int, draft: Draft) -> Record:
        """Revise the procedure that was built from a run with the script that its caller passes now."""
        current = find_procedure(self.store, procedure_id)
        reason = f"rewritten by the caller of t{record.trajectory}"
        keys = builders.keys_of(draft, finished.run.task)
        proposal = Proposal(draft.script, draft.builder, reason, record.trajectory, keys, finished.is_claim)
        made = self.reviser.revise(current, None, proposal)
        revised = {procedure_id: made} if made else {}
        return replace(record, built=procedure_id, how="revised" if made else None, revised=revised)

    def _put(self, finished: Finished, draft: Draft, *, merge: bool) -> Put:
        """Store a draft with its pitfalls, or merge it into a procedure that takes the same steps."""
        run_id, run = finished.stored.id, finished.run
        twin = partial(corroborates, draft) if merge else None
        put = self.store.put(
            self.options.project, draft, run_id, draft.script.signature(), builders.keys_of(draft, run.task), twin=twin,
            origin=run.provenance.origin, held=finished.held,
        )  # fmt: skip
        for pitfall in draft.script.pitfalls:
            self.reviser.add_pitfall(put.id, run_id, pitfall, run.task)
        return put

    def _corroborated(self, record: Record, run: Trajectory, put: Put) -> Record:
        """The record, after the outcome was applied to a procedure that one more run agrees with."""
        record = replace(record, decided=record.decided.joined(self._decided([put.id], run)))
        if not put.archived:
            return record
        base = self.retriever.base_rates(run.task, run.provenance.context).every.mean
        return replace(record, notes=[*record.notes, reconsider_archived(self.store, put.id, base)])

    def _fail(self, record: Record, finished: Finished, admission: Admission) -> Record:
        """Store the pitfall of a failed run, and, where Claude is there to write it, a revision of what it used."""
        record = replace(record, why=admission.why)
        if not admission.pitfall:
            return record
        run, used = finished.run, finished.used
        pitfall = pitfall_of(run)
        if pitfall is None:
            record, pitfalls = replace(record, notes=[*record.notes, NO_ERROR]), list[int]()
        else:
            # Beside its procedure, that the task failed goes without saying.
            shown = pitfall.model_copy(update={"consequence": ""}) if used else pitfall
            pitfalls = self._add_pitfalls(finished, shown)
        if not admission.revise or not (pitfall or finished.stored.new):  # One that is told again is revised once.
            return replace(record, pitfalls=pitfalls)
        error = pitfall.trigger if pitfall else NO_ERROR
        revised, notes = self.reviser.by_llm(used, run, error, record.trajectory, held=finished.held)
        return replace(record, pitfalls=pitfalls, revised=revised, notes=[*record.notes, *notes])

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
        bases = self.retriever.base_rates(run.task, run.provenance.context)
        return apply_outcomes(self.store, ids, self.options.erase, bases)
