"""ProceduralMemory: recall, record and reflect. The one orchestrator; it validates input and calls the three verbs.

recall   memp.inputs -> Retriever.recall (search, rank, ground) -> HoldOut.applied     no language model
record   memp.inputs -> ScriptBuilder.judged -> store.add_trajectory (credits) -> Updater.update -> embed
reflect  memp.inputs -> store.add_trajectory (credits) -> Updater.reflect -> embed
distil   Distiller.distil (ask, ground, revise) -> embed
"""

import logging
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from memp.build.assessment import Judged
from memp.build.builder import ScriptBuilder
from memp.build.builders import script_keys
from memp.domain.origin import PROGRAM, Origin
from memp.domain.procedure import Builder, Form, Pitfall, Procedure, Ref, Script
from memp.domain.results import UNKNOWN, Options, Recall, Record, Reflection
from memp.domain.trajectory import Evidence, Provenance, dumped
from memp.embed.background import Source
from memp.errors import InputError, MempError, RevisedMeanwhileError, StoreError
from memp.inputs.origin import safe_origin
from memp.inputs.outcome import check_outcome, parse_evidence, parse_reward
from memp.inputs.references import references, trajectory_id
from memp.inputs.script import parse_script, secrets_bound, split_revision
from memp.inputs.size import bounded, bounded_script, bounded_steps
from memp.inputs.trajectory import (
    MAX_TRIGGER,
    first_lines,
    parse_trajectory,
    safe_facts,
    safe_optional,
    safe_provenance,
    safe_text,
)
from memp.light.project import Place, named, place_of, settled
from memp.llm import LLM
from memp.retrieve.candidates import Request
from memp.retrieve.dependencies import dependencies_of, doubts
from memp.retrieve.holdout import HoldOut, Tell
from memp.retrieve.retriever import Retriever
from memp.retrieve.strategies import STRATEGIES
from memp.retrieve.vectors import LEFT_AFTER, StoredVectors
from memp.store import Store
from memp.store.find import find_procedure
from memp.store.records import MAX_KEY, Recorded
from memp.text.personal import impersonal
from memp.text.recurring import Recurring, each_text
from memp.text.templates import secrets_in
from memp.update.adjustment import Reviser
from memp.update.distilling import Distilled, Distiller, Waiting
from memp.update.joining import Families, Joining
from memp.update.review import edit
from memp.update.undoing import Decided, keep
from memp.update.unfinished import build_unfinished
from memp.update.updater import Finished, Lesson, Updater
from memp.update.waiting import WRITING_OFF, WaitingRuns
from memp.witness.checks import SignedChecks
from memp.witness.claims import believed, is_hearsay

log = logging.getLogger("memp")

MOST_LEFT = 5
"""Runs that were left unfinished and are finished with one record: its caller waits for them."""


class ProceduralMemory:
    """Procedural memory over a store, an embedder and, where there is one, a language model.

    All methods may be called from several threads. Whatever is passed in is untrusted data: it is redacted, cleaned
    and stored, never executed.

    Raises:
        InputError, NotFoundError: what was passed cannot be used; nothing was stored.
        StoreError: the memory file cannot be read or written.
    """

    def __init__(self, store: Store, embedder: Source, llm: LLM | None = None, options: Options | None = None) -> None:
        self.store = store
        self.options = options or Options()
        by_facts = STRATEGIES[self.options.retrieve].by_facts
        self._vectors = StoredVectors(store, embedder, facts=by_facts)
        self._retriever = Retriever(store, self._vectors, self.options)
        self._holdout = HoldOut(store, self.options)
        self._builder = ScriptBuilder.of(llm, self.options)
        self._families = Families(store)
        self._updater = self._updater_of(self.options.project)
        self._looked = -LEFT_AFTER
        self._distiller = Distiller(store, self._families, self.options.scopes)

    def close(self) -> None:
        """Log the recalls that wait for a busy file, if it is free within 2 seconds, and close the store."""
        self._holdout.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def recall(
        self,
        task: str,
        *,
        context: str | None = None,
        facts: Sequence[str] = (),
        error: str | None = None,
        limit: int = 1,
        form: Form = "proceduralization",
        provenance: Provenance | None = None,
        elsewhere: bool = True,
        tell: Tell | None = None,
    ) -> Recall:
        """Retrieve the procedures that fit a task. With `error`, the pitfalls that fit it come first.

        `limit` is 1 to 3 (`Options.most`); `facts` are the task's key facts, extracted by rule where none are passed;
        `provenance` says who asks: what did harm in that project, for that model and client is withheld, and what was learned
        in another project is shown only where nothing of it fits; unless `elsewhere`, not even then. The recall is logged, with
        the reply where `tell` makes one of it (`memp.reply.Telling`).
        """
        request = replace(self._request(task, context, facts, error, form, provenance), elsewhere=elsewhere)
        if not 1 <= limit <= self.options.most:
            raise InputError(
                f"'limit' must be 1 to {self.options.most}: one fitting procedure helps more than several."
            )
        return self._holdout.applied(self._retriever.recall(request, limit), request, tell)

    def doubts(self, recalled: Recall, folder: str) -> list[str]:
        """Unmet dependencies of a recall's matches in `folder`, where an agent works: "p3: scripts/x.sh is gone"; nothing
        where that is empty, or of another project than their runs."""
        project = self.project_of(named(self.options.project) if self.options.project else place_of(folder))
        if not folder or not project:
            return []
        procedures = [match.procedure for match in recalled.matches]
        needs = {p.label: dependencies_of(self.store, p) for p in procedures if p.trajectories}
        return [f"{label}: {doubt}" for label, need in needs.items() for doubt in doubts(need, Path(folder), project)]

    def preview(
        self,
        task: str,
        limit: int | None = None,
        *,
        context: str | None = None,
        facts: Sequence[str] = (),
        error: str | None = None,
        form: Form = "proceduralization",
        provenance: Provenance | None = None,
    ) -> Recall:
        """A recall that nobody acts on: nothing is held out or logged, and nothing is left out as given before.

        Without `limit` it brings all that would be weighed, and `Recall.explanation` says of every candidate why it is shown or
        not; with one of those that may fit, as a recall looks at no others.
        """
        request = self._request(task, context, facts, error, form, provenance)
        return self._retriever.recall(request, limit or self._retriever.most, exhaustive=limit is None)

    def explain(
        self,
        task: str,
        *,
        context: str | None = None,
        facts: Sequence[str] = (),
        error: str | None = None,
        provenance: Provenance | None = None,
    ) -> Recall:
        """The ranking of a recall that nobody acts on, without its matches: `Recall.explanation` says of every candidate
        why it would be shown or not."""
        return self._retriever.explain(self._request(task, context, facts, error, "proceduralization", provenance))

    def record(
        self,
        task: str,
        steps: object,
        outcome: object = UNKNOWN,
        *,
        evidence: str | None = None,
        used: Sequence[object] = (),
        script: object = None,
        facts: Sequence[str] = (),
        tokens: int | None = None,
        provenance: Provenance | None = None,
        at: datetime | None = None,
        origin: Origin = PROGRAM,
    ) -> Record:
        """Store a run, credit exactly the procedures in `used`, and apply the update policy.

        `at` is when it ended, where that was not just now (`memp.domain.trajectory.happened` says what is believed). With
        the outcome "unknown" the run is assessed: by the language model where there is one, else by rules. `origin` is who
        passes it, by which channel: by that it depends what the evidence is worth.

        Raises:
            LLMError: Claude was to write the script and gave no usable one; the run is stored, recording it again
                tries again.
        """
        self._check_writing()
        origin = safe_origin(origin)
        task, evidence, facts, steps, script = self._own(
            (*bounded((task, evidence, facts)), bounded_steps(steps), bounded_script(script))
        )
        refs = references(used)
        bound = [*secrets_bound(dumped(script), task), *self._secrets_bound(refs, task)]
        secrets = Recurring.among(task, steps, evidence, script, facts, bound, dump=dumped)
        run, notes = parse_trajectory(task, steps, tokens, provenance or self.options.provenance, at, secrets)
        own = None if script is None else parse_script(secrets.hide(script, dumped)[0], run.task)
        if self.options.write == "ask":
            check_outcome(outcome)
            waits = self.waiting_runs.put(
                "record", self.options.project, task=task, steps=steps, outcome=outcome, evidence=evidence, used=used,
                script=script, facts=facts, tokens=tokens, provenance=run.provenance, at=at, origin=origin,
            )  # fmt: skip
            return Record(0, new=True, success=False, waiting=waits)
        said, hidden = secrets.hide(evidence)
        judged = self._builder.judged(run, outcome, said, own).noting(hidden)
        judged, stored, author = self._stored(judged, refs, own, origin)
        with _kept(stored.id):
            held = is_hearsay(origin, judged.run)
            known = safe_facts(secrets.hide(facts)[0])
            success = judged.run.succeeded(self.options.success_reward)
            finished = Finished(stored, judged.run, refs, success, author, own, known, held, not origin.sees)
            made = self._updater.update(finished)
        all_notes = [*notes, *judged.notes, *made.notes, *self._vectors.embed_new(stored.id)]
        self._finish_left()
        return replace(made, assessed=judged.assessment, notes=all_notes)

    def _secrets_bound(self, used: Sequence[Ref], task: object) -> list[str]:
        """The secrets that a task has for the parameters of the procedures it was done by."""
        if not isinstance(task, str):
            return []
        templates = (template for ref in used for template in self.store.templates(ref.procedure_id))
        return [secret for template in templates for secret in secrets_in(template, task)]

    def _stored(
        self, judged: Judged, used: Sequence[Ref], own: Script | None, origin: Origin
    ) -> tuple[Judged, Recorded, Builder | None]:  # fmt: skip
        """Store a run as what is believed of it, and say who writes its script, where it succeeded. A signed check that it points
        to is used up with it: by a run that is new, and is stored."""
        project, least = judged.run.provenance.project, self.options.success_reward

        def is_here(checked: str) -> bool:
            return not project or self.project_of(Place(checked)) == project

        with SignedChecks(self.store.path).taking(is_here) as checks, self.store.transaction():
            judged = believed(judged, origin, least, checks.take)
            success = judged.run.succeeded(least)
            author = self._builder.author(own) if success else None
            stored = self.store.add_trajectory(self.options.project, judged.run, used, success, origin)
            if not stored.new:
                checks.put_back()
        return judged, stored, author

    def reflect(
        self,
        task: str,
        steps: object,
        error: str,
        *,
        used: Sequence[object] = (),
        lesson: str | None = None,
        revision: object = None,
        trajectory: object = None,
        tokens: int | None = None,
        provenance: Provenance | None = None,
        origin: Origin = PROGRAM,
    ) -> Reflection:
        """Memp's adjustment: store the failed run and its pitfall, and revise the procedure that led to it.

        With `trajectory`, the id of a recorded run, its steps need not be passed again and it is not counted again. The
        revision is `revision`, or Claude's where configured; else the material to write one comes back.
        """
        self._check_writing()
        origin = safe_origin(origin)
        task, error, lesson, steps, revision = self._own(
            (*bounded((task, error, lesson)), bounded_steps(steps), bounded_script(revision))
        )
        secrets = Recurring.among(task, steps, error, lesson, revision, dump=dumped)
        error, lesson = safe_text(secrets.hide(error)[0], "error"), secrets.hide(lesson)[0]
        if trajectory is not None:
            who = safe_provenance(provenance or self.options.provenance)
            run, notes = self._updater.recorded_failure(trajectory_id(trajectory), who.project or ""), list[str]()
            if not origin.sees:  # Who tells again of what another session saw claims it.
                run = run.model_copy(update={"evidence": Evidence(kind="claim", detail=error[:MAX_TRIGGER])})
        elif steps is None:
            raise InputError("'steps' is missing: pass what was done, or as 'trajectory' the id of the recorded run.")
        else:
            run, notes = parse_trajectory(task, steps, tokens, provenance or self.options.provenance, secrets=secrets)
            evidence = Evidence(kind="claim", detail=error[:MAX_TRIGGER])
            run = run.model_copy(update={"reward": 0.0, "evidence": evidence})
        passed = revision
        made_from, revision = split_revision(secrets.hide(revision, dumped)[0])
        own = None if revision is None else parse_script(revision, run.task)
        refs = references(used)
        if own is not None and len(refs) != 1:
            raise InputError("'revision' revises one procedure: pass exactly its id in 'used'.")
        if self.options.write == "ask":
            waits = self.waiting_runs.put(
                "reflect", self.options.project, task=task, steps=steps, error=error, used=used, lesson=lesson,
                revision=passed, trajectory=trajectory, tokens=tokens, provenance=run.provenance, origin=origin,
            )  # fmt: skip
            return Reflection(0, new=True, waiting=waits)
        stored = self.store.add_trajectory(self.options.project, run, refs, False, origin)
        pitfall = Pitfall(trigger=first_lines(error), instead=safe_optional(lesson)[:MAX_KEY])
        with _kept(stored.id):
            said = Lesson(error, pitfall, own, made_from, recorded=trajectory is not None)
            held = is_hearsay(origin, run)
            done = self._updater.reflect(Finished(stored, run, refs, False, held=held, typed=not origin.sees), said)
        return replace(done, notes=[*notes, *done.notes, *self._vectors.embed_new(stored.id)])

    def confirm(
        self, name: str, passed: str, task: str, steps: object, outcome: object, *, evidence: str, provenance: Provenance,
        origin: Origin,
    ) -> bool:  # fmt: skip
        """Note that the session in which a run was claimed was seen by `origin`, with this task, these steps and this outcome;
        whether that is what was claimed. Else the run stands as the claim that it is. `passed` is the task that it was passed
        with: by its name alone a run of another memory may be meant.

        Raises:
            NotFoundError: there is no such run in this project.
            InputError: the name is no run's, or the outcome none.
        """
        task, steps, passed = self._own((bounded(task), bounded_steps(steps), bounded(passed)))
        seen, _ = parse_trajectory(task, steps, None, provenance, secrets=Recurring.among(task, steps, dump=dumped))
        known = {"reward": parse_reward(outcome), "evidence": parse_evidence(evidence)[0]}
        said = safe_text(Recurring.among(passed).hide(passed)[0], "task")
        return self._updater.confirm(trajectory_id(name), said, seen.model_copy(update=known), safe_origin(origin))

    def project_of(self, place: Place) -> str:
        """The project of a folder, by the identity that this memory has for it; empty where it is of none."""
        return settled(place, self.store.merged_projects())

    def settle(self, place: Place) -> str:
        """`project_of`, before something is recorded: what was learned in a repository before it had a remote goes along."""
        project, known = self.project_of(place), self.store.merged_projects()
        for before in (name for name in place.earlier if known.get(name) == ""):
            if not self.store.read_only and place.identity != before:
                self.store.merge_projects(before, settled(Place(place.identity), known))
                project = self.project_of(place)
        return project

    @property
    def by_words_since(self) -> str:
        """Why a recall goes by keywords only, as a clause; empty where it goes by meaning too."""
        return self._vectors.why_not

    @property
    def waiting_runs(self) -> WaitingRuns:
        """The runs that wait for a person's word."""
        return WaitingRuns(self.store.path)

    def edit(self, procedure_id: int, made_from: int, script: object, reason: str = "") -> Decided:
        """Make a person's words the current revision of a procedure, by the one that they were made from. `script` is as `record`
        takes it.

        Raises:
            RevisedMeanwhileError: `made_from` is not the current revision any more.
            InputError: it says what the procedure says already, or the procedure is archived.
        """
        goal = find_procedure(self.store, procedure_id, self.options.seen).script.goal
        own = parse_script(self._own(bounded_script(script)), goal)
        done = keep(
            self.store, procedure_id,
            lambda: edit(self.store, self.options, procedure_id, made_from, own, script_keys(own), reason),
        )  # fmt: skip
        return done._replace(sentence=" ".join([done.sentence, *self._vectors.embed_new()]))

    def _own(self, passed: Any) -> Any:
        """What was passed, without personal data where the settings say so."""
        return each_text(passed, dumped, impersonal) if self.options.personal == "hide" else passed

    def _check_writing(self) -> None:
        if self.options.write == "off":
            raise InputError(WRITING_OFF)

    def unwritten(self, *, again: bool = False) -> list[int]:
        """The procedures that a rule wrote and that wait for a language model, those of most runs first; with `again` also
        those that one tried in vain."""
        return self._distiller.queue(again=again)

    def waiting(self, procedure_id: int) -> Waiting:
        """A procedure that waits for a language model, with the request that it would be sent.

        Raises:
            NotFoundError: there is none with this id.
        """
        return self._distiller.waiting(procedure_id)

    def distil(self, waiting: Waiting, llm: LLM) -> Distilled:
        """Let a language model write a procedure that waits. It may take minutes; without a script that can be kept the
        procedure stays as it is.

        Raises:
            UngroundedError: the script says what the runs do not.
            LLMError: there was no answer.
            RevisedMeanwhileError: the procedure was revised while the model thought.
        """
        distilled = self._distiller.distil(waiting, llm)
        self._vectors.embed_new()
        return distilled

    def procedure(self, procedure_id: int) -> Procedure:
        """One procedure, archived or not.

        Raises:
            NotFoundError: there is none with this id.
        """
        return find_procedure(self.store, procedure_id)

    def build_unfinished(self, *, abandoned: bool = False) -> int:
        """Make of stored runs what a process that was stopped had not made yet; how many there were. With `abandoned` not of
        those that a running process may still be at.

        Raises:
            InputError, LLMError: whoever is to write the scripts gives none; what was built before is kept.
            StoreError: the memory file cannot be read or written.
        """
        count = build_unfinished(self.store, self._builder, self._updater_of, abandoned=abandoned)
        self._vectors.embed_new()
        return count

    def _finish_left(self) -> None:
        """Make, now and then, of a few runs what a process that was stopped had not made yet: it may have been the last one to
        start for days."""
        if time.monotonic() - self._looked < LEFT_AFTER:
            return
        self._looked = time.monotonic()
        try:
            build_unfinished(self.store, self._builder, self._updater_of, abandoned=True, most=MOST_LEFT)
        except MempError as error:
            log.warning("Not built yet: %s", error)

    def wrong_vectors(self, progress: Callable[[int], None]) -> list[int]:
        """The stored vectors that are not what the embedder makes of their texts, by id; `progress` is told how many were made.

        Raises:
            EmbedderError: the model failed.
        """
        return self._vectors.wrong(progress)

    def embed_pending(self, progress: Callable[[int], None] | None = None, most: int | None = None) -> int:
        """Give keys that have no vector theirs, at most `most`; how many got one. Nothing happens while no embedder is at hand.

        Raises:
            EmbedderError: the model failed.
        """
        return self._vectors.embed_pending(progress, most)

    def embed_left(self) -> int:
        """`embed_pending`, unless another process is at it: of several that start at once one does."""
        return self._vectors.embed_left()

    def embedding_later(self) -> AbstractContextManager[None]:
        """For who records much, and embeds all of it at the end: meanwhile other processes leave it alone.

        Raises:
            StoreError: the memory cannot be written.
        """
        return self._vectors.taken_on()

    def _updater_of(self, project: str) -> Updater:
        """The updater of a project, with the other settings as they are."""
        options = replace(self.options, project=project)
        retriever = Retriever(self.store, self._vectors, options)
        reviser = Reviser(self.store, retriever, self._builder.llm, project)
        joining = Joining(self.store, self._families, project)
        return Updater(self.store, retriever, self._builder, reviser, options, joining)

    def _request(
        self, task: str, context: str | None, facts: Sequence[str], error: str | None, form: Form,
        provenance: Provenance | None,
    ) -> Request:  # fmt: skip
        who = safe_provenance(provenance or self.options.provenance)
        task, context, facts, error = self._own(bounded((task, context, facts, error)))
        secrets = Recurring.among(task, context, facts, error)
        asked, around, known, trouble = (secrets.hide(text)[0] for text in (task, context, facts, error))
        return Request(
            safe_text(asked, "task"), safe_optional(around), safe_facts(known), safe_optional(trouble),
            who.context, form, project=who.project or "",
        )  # fmt: skip


@contextmanager
def _kept(run_id: int) -> Generator[None]:
    """A store that fails after the run was stored: the same call again does the rest."""
    try:
        yield
    except RevisedMeanwhileError:
        raise
    except StoreError as error:
        raise error.with_kept(f"The run itself is kept as t{run_id}: the same call again does the rest.") from error
