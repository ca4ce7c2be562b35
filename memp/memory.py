"""ProceduralMemory: recall, record and reflect. The one orchestrator; all else are parts it calls.

recall   embed -> store.nearest -> retrieve            no language model; the only write is a use event
record   redact -> store.credit(used) -> build -> store.put -> embed
reflect  redact -> store.credit(used) -> store.pitfall -> store.revise, or what is needed to revise
"""

import random
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Self

from memp.build import assessment, builders
from memp.build.assessment import Assessment
from memp.build.consolidation import generalise
from memp.build.extractive import pitfall_of
from memp.domain.procedure import Builder, Draft, Form, Pitfall, Procedure, Ref, Script
from memp.domain.results import MOST_MATCHES, Match, Options, Recall, Record, Reflection, Revised
from memp.domain.trajectory import (
    Evidence,
    Provenance,
    Trajectory,
    clean,
    cut,
    happened,
    parse_evidence,
    parse_reward,
    parse_steps,
    parse_text,
    parse_tokens,
)
from memp.embed.background import Source
from memp.errors import InputError, LLMError, NotFoundError, RevisedMeanwhileError, StoreError
from memp.inputs.references import (
    MAX_TRIGGER,
    first_lines,
    references,
    safe_facts,
    safe_provenance,
    safe_text,
    split_revision,
    trajectory_id,
)
from memp.llm import LLM
from memp.retrieve.grounding import ToldFrom
from memp.retrieve.holdout import RecallLog
from memp.retrieve.retriever import Lookup
from memp.retrieve.strategies import corroborates, retrieve
from memp.retrieve.vectors import StoredVectors
from memp.store import Store
from memp.store.records import MAX_KEY, Asked, Recorded, Shown
from memp.text.keywords import hash_words
from memp.text.redact import redact, redact_all
from memp.update import policies
from memp.update.adjustment import Reviser
from memp.update.lifecycle import NOTHING, Decided, brought_back, decide
from memp.update.retention import tidy

MOST_SIBLINGS = 20
"""Procedures of a family that a new one is held against to find what they have in common."""

UNKNOWN = "unknown"
"""The outcome of a run that nobody judged: it is assessed."""

TIDY_EVERY = 100
"""Runs after which what is stale, or more than fits, is looked for."""


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
        self._vectors = StoredVectors(store, embedder)
        self._llm = llm
        self.look = Lookup(store, self._vectors, self.options)
        writes = llm if self.options.builder not in ("caller", "extractive") else None
        self._reviser = Reviser(store, self.look, writes, self.options.project)
        self._recalls = RecallLog(store)

    def close(self) -> None:
        """Note the recalls that wait for a busy file, if it is free within 2 seconds, and close the store."""
        self._recalls.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Retrieve

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
    ) -> Recall:
        """The procedures that fit a task. With `error`, the pitfalls that fit it come first.

        `limit` is 1 to 3 (`Options.most`); `facts` are the task's key facts, extracted by rule where none are passed;
        `provenance` says who asks: what did harm in that project, for that model and client is withheld.
        """
        task, context, error = safe_text(task, "task"), redact(clean(context or ""))[0], redact(clean(error or ""))[0]
        if not 1 <= limit <= self.options.most:
            raise InputError(
                f"'limit' must be 1 to {self.options.most}: one fitting procedure helps more than several."
            )
        embedder, notes = self._vectors.at_hand()
        query = self.look.query(task, context, safe_facts(facts), embedder)
        found = retrieve(self.options.retrieve, self.store, query)
        where = safe_provenance(provenance or self.options.provenance).context
        choice = self.look.chosen(found, query, where, limit, bool(error))
        ranked = choice.chosen
        known = self.look.pitfalls(query, error, embedder, [procedure.id for _, procedure in ranked])
        draw = self._draw(task) if ranked else None
        if draw is not None and draw < self.options.holdout:
            self._note(task, where, (), draw, held=True)
            return Recall((), (), found.closest, found.floor, notes, held=True, form=form)
        told = ToldFrom(self.store, self.options.scopes, form)
        matches = [told.match(candidate, procedure, task, known) for candidate, procedure in ranked]
        self._note(task, where, matches, draw)
        shown = {p.id for match in matches for p in match.pitfalls}
        others = [p for p in known if p.id not in shown][:MOST_MATCHES]
        return Recall(matches, others, found.closest, found.floor, notes, withheld=choice.withheld, form=form)

    def _draw(self, task: str) -> float | None:
        """The random number that decides whether a recall is held out; a second look-up for one run has the first's."""
        if not self.options.holdout:
            return None
        before = self.store.open_draw(self.options.project, hash_words(task))
        return random.random() if before is None else before

    def _note(
        self, task: str, context: str, matches: Sequence[Match], draw: float | None, *, held: bool = False
    ) -> None:
        shown = tuple(
            Shown(procedure_id=m.procedure.id, revision=m.procedure.revision, similarity=m.similarity) for m in matches
        )
        at = datetime.now(UTC).isoformat()
        scope, words = self.options.project, hash_words(task)
        self._recalls.note(Asked(scope=scope, words=words, context=context, at=at, draw=draw, held=held, shown=shown))

    # Build and Update

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
    ) -> Record:
        """Store a run, credit exactly the procedures in `used`, and apply the update policy.

        `at` is when it ended, where that was not just now (`memp.domain.trajectory.happened` says what is believed). With the
        outcome "unknown" the run is assessed: by the language model where there is one, else by rules.

        Raises:
            LLMError: Claude was to write the script and gave no usable one; the run is stored, recording it again
                tries again.
        """
        run, notes = self._trajectory(task, steps, tokens, provenance, at)
        own = None if script is None else self._script(script, run.task)
        refs = references(used)
        run, assessed, more = self._with_outcome(run, outcome, evidence, own)
        success = run.succeeded(self.options.success_reward)
        builder = (
            builders.choose(self.options.builder, script=own is not None, llm=self._llm is not None)
            if success
            else None
        )
        stored = self.store.add_trajectory(self.options.project, run, refs, success)
        admission = policies.POLICIES[self.options.update](success)
        with _kept(stored.id):
            done = self._credited(stored, run, success)
            if admission.add and builder is not None:
                done = self._add(done, run, builder, own, safe_facts(facts), admission.merge)
            elif stored.new or not self.store.met_pitfall(stored.id):
                done = self._fail(done, run, refs, admission)
            else:
                done = replace(done, why="this run was recorded before")
            self._tidy(stored)
        told = [*notes, *more, *done.notes, *self._vectors.embed_new()]
        return replace(done, assessed=assessed, notes=told)

    def _with_outcome(
        self, run: Trajectory, outcome: object, evidence: str | None, own: Script | None
    ) -> tuple[Trajectory, Assessment | None, list[str]]:
        """The run with its reward and evidence; where no outcome is passed, with what it is assessed to be."""
        proof, secrets = redact(evidence or "")
        notes = ["a secret in the evidence was redacted"] if secrets else []
        if outcome != UNKNOWN:
            known = parse_evidence(proof)
            reward = parse_reward(outcome)
            trouble = assessment.contradicted(known, reward >= self.options.success_reward)
            if trouble:
                known, notes = known.model_copy(update={"kind": "claim"}), [*notes, trouble]
            return run.model_copy(update={"reward": reward, "evidence": known}), None, notes
        assessed = assessment.by_rules(run.steps, own.verification if own else "")
        if self._llm is not None and self.options.builder not in ("caller", "extractive"):
            try:
                assessed = assessment.judge(run, self._llm)
            except LLMError as error:
                notes.append(f"Assessed by rules, as the model gave no judgement: {error}")
        return run.model_copy(update={"reward": assessed.reward, "evidence": assessed.evidence()}), assessed, notes

    def _add(
        self, done: Record, run: Trajectory, builder: Builder, own: Script | None, facts: Sequence[str], merge: bool
    ) -> Record:  # fmt: skip
        """Build a procedure from a successful run, or revise the one built from it before with the caller's script."""
        before = self.store.built_from(done.trajectory)
        if before is not None and own is None:
            return replace(done, built=before, why="this run was recorded before")
        draft = self._draft(run, builder, own, facts, done.trajectory)
        signature = draft.script.signature()
        keys = builders.keys_of(draft, run.task)
        if before is not None:
            current = self.procedure(before)
            reason = f"rewritten by the caller of t{done.trajectory}"
            made = self._reviser.revise(current, None, draft.script, draft.builder, reason, done.trajectory, keys)
            how = "revised" if made else None
            return replace(done, built=before, how=how, builder=builder, revised={before: made} if made else {})
        twin = partial(corroborates, draft) if merge else None
        origin = run.provenance.origin
        put = self.store.put(self.options.project, draft, done.trajectory, signature, keys, twin=twin, origin=origin)
        for pitfall in draft.script.pitfalls:
            self._reviser.add_pitfall(put.id, done.trajectory, pitfall, run.task)
        general = None
        if put.merged:
            decided = self._decided([put.id], run)
            done = replace(done, decided=done.decided.joined(decided))
            if put.archived:
                base = self.look.base(run.task, run.provenance.context).mean
                done = replace(done, notes=[*done.notes, brought_back(self.store, put.id, base)])
        else:
            near = [i for i in self.look.near(run.task) if i != put.id]
            if not near:
                self.store.set_first_run(put.id, done.trajectory)
            general = self._generalised(put.id, near[:MOST_SIBLINGS]) if merge else None
        return replace(done, built=put.id, how="merged" if put.merged else "created", builder=builder, general=general)

    def _generalised(self, procedure_id: int, siblings: Sequence[int]) -> int | None:
        """A candidate with parameters of which a new procedure and one of these are two cases; its id."""
        new = self.procedure(procedure_id)
        for other in self.store.procedures(siblings):
            script = generalise(new.script, other.script) if other.scope == new.scope else None
            if script is None:
                continue
            ids = [run for p in (other, new) for run in p.trajectories]
            general: int | None = None
            tasks = self.store.trajectory_tasks(ids)
            for run_id in ids:
                source = tasks[run_id]
                draft = builders.from_caller(script, Trajectory(task=source, steps=(), reward=1.0), ())
                draft = draft.model_copy(update={"builder": "extractive"})
                put = self.store.put(
                    new.scope, draft, run_id, script.signature(), builders.keys_of(draft, source), twin=script.__eq__,
                    origin=new.origin,
                )  # fmt: skip
                general = put.id
            return general
        return None

    def _draft(
        self, run: Trajectory, builder: Builder, own: Script | None, facts: Sequence[str], run_id: int
    ) -> Draft:  # fmt: skip
        if own is not None:
            return builders.from_caller(own, run, facts)
        if builder == "extractive":
            return builders.from_rules(run, facts, self.options.success_reward)
        try:
            return builders.from_llm(run, facts, self._language_model())
        except LLMError as error:
            raise LLMError(
                f"{error} The run is stored as t{run_id}: record it again to retry, or pass 'script'."
            ) from error

    def _fail(self, done: Record, run: Trajectory, used: Sequence[Ref], admission: policies.Admission) -> Record:
        """What a failed run leaves: a pitfall, and, where Claude is there to write it, a revision of what it used."""
        done = replace(done, why=admission.why)
        if not admission.pitfall:
            return done
        pitfall = pitfall_of(run)
        if used:
            # Beside its procedure, that the task failed goes without saying.
            pitfall = pitfall.model_copy(update={"consequence": ""})
        owners = [ref.procedure_id for ref in used] or [None]
        found = [self._reviser.add_pitfall(owner, done.trajectory, pitfall, run.task) for owner in owners]
        revised, notes = (
            self._reviser.by_llm(used, run, pitfall.trigger, done.trajectory) if admission.revise else ({}, ())
        )
        return replace(done, pitfalls=found, revised=revised, notes=notes)

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
    ) -> Reflection:
        """Memp's adjustment: store the failed run and its pitfall, and revise the procedure that led to it.

        With `trajectory`, the id of a recorded run, its steps need not be passed again and it is not counted again. The
        revision is `revision`, or Claude's where configured; else the material to write one comes back.
        """
        error = safe_text(error, "error")
        if trajectory is not None:
            run, notes = self._failed_before(trajectory), list[str]()
        elif steps is None:
            raise InputError("'steps' is missing: pass what was done, or as 'trajectory' the id of the recorded run.")
        else:
            run, notes = self._trajectory(task, steps, tokens, provenance)
            evidence = Evidence(kind="claim", detail=error[:MAX_TRIGGER])
            run = run.model_copy(update={"reward": 0.0, "evidence": evidence})
        made_from, revision = split_revision(revision)
        own = None if revision is None else self._script(revision, run.task)
        refs = references(used)
        if own is not None and len(refs) != 1:
            raise InputError("'revision' revises one procedure: pass exactly its id in 'used'.")
        stored = self.store.add_trajectory(self.options.project, run, refs, False)
        fresh = not self.store.met_pitfall(stored.id)
        pitfall = Pitfall(trigger=first_lines(error), instead=redact(clean(lesson or ""))[0][:MAX_KEY])
        with _kept(stored.id):
            done = self._credited(stored, run, False)
            owners = [ref.procedure_id for ref in refs] or [None]
            found = [self._reviser.add_pitfall(owner, stored.id, pitfall, run.task) for owner in owners]
            revised: Mapping[int, Revised] = {}
            if own is not None:
                revised, trouble = self._reviser.by_caller(refs[0], made_from, own, stored.id, pitfall.trigger)
            elif fresh or trajectory is not None:
                revised, trouble = self._reviser.by_llm(refs, run, error, stored.id)
            else:
                trouble = ()
            # Who made the run, or recorded it a moment ago, has it before him.
            written = own is not None or revised
            needed = None if written else self._reviser.material(refs[0] if refs else None, run, error, whole=False)
        return Reflection(
            trajectory=stored.id,
            new=stored.new,
            pitfalls=found,
            credited=done.credited,
            decided=done.decided,
            revised=revised,
            material=needed,
            notes=[*notes, *trouble, *self._vectors.embed_new()],
        )

    def _failed_before(self, name: object) -> Trajectory:
        number = trajectory_id(name)
        run = self.store.trajectory(number)
        if run.succeeded(self.options.success_reward):
            raise InputError(f"t{number} was recorded as a success: reflect on the run that failed.")
        return run

    def _credited(self, stored: Recorded, run: Trajectory, success: bool) -> Record:
        """The record of a stored run, after what follows from what it was credited to is decided."""
        decided = self._decided(stored.credited, run) if stored.credited else NOTHING
        credited = self.store.procedures(stored.credited, active=False)
        return Record(stored.id, stored.new, success, credited=credited, decided=decided)

    def _decided(self, ids: Sequence[int], run: Trajectory) -> Decided:
        """What follows from the outcomes of these procedures, held against what this run's agents reach without."""
        base = self.look.base(run.task, run.provenance.context)
        return decide(self.store, ids, self.options.erase, base.mean)

    def _tidy(self, stored: Recorded) -> None:
        if stored.new and stored.id % TIDY_EVERY == 0:
            tidy(self.store, self.options)

    # Parts of all three

    def procedure(self, procedure_id: int) -> Procedure:
        """One procedure, archived or not.

        Raises:
            NotFoundError: there is none with this id.
        """
        found = self.store.procedures([procedure_id], active=False)
        if not found:
            raise NotFoundError(f"There is no procedure p{procedure_id} in this memory.")
        return found[0]

    def embed_pending(self, progress: Callable[[int], None] | None = None) -> int:
        """Give keys that have no vector theirs; how many got one. Nothing happens while no embedder is at hand.

        Raises:
            EmbedderError: the model failed.
        """
        return self._vectors.embed_pending(progress)

    def _language_model(self) -> LLM:
        if self._llm is None:
            raise LLMError("MEMP_BUILDER is 'claude', but no key or base URL is configured: set MEMP_API_KEY.")
        return self._llm

    def _trajectory(
        self, task: str, steps: object, tokens: int | None, provenance: Provenance | None, at: datetime | None = None
    ) -> tuple[Trajectory, list[str]]:
        """The run, cleaned and redacted, its outcome still open, and what was done to it in sentences."""
        # Before a long text is cut: the cut could leave half a secret.
        safe, secrets = redact_all(steps)
        parsed, cuts = parse_steps(safe)
        notes = list(cuts)
        task_text, more = redact(parse_text(task, "task"))
        if secrets + more:
            notes.append(f"{secrets + more} secret(s) redacted")
        run = Trajectory(
            task=cut(task_text, "the task", notes),
            steps=parsed,
            reward=0.0,
            provenance=safe_provenance(provenance or self.options.provenance),
            tokens=parse_tokens(tokens),
            created_at=happened(at),
        )
        return run, notes

    def _script(self, value: object, task: str) -> Script:
        script = builders.parse_script(redact_all(value)[0], task)
        # Again, as a script passed as JSON text may have spelt a secret in escapes.
        return Script.model_validate(redact_all(script)[0])


@contextmanager
def _kept(run_id: int) -> Generator[None]:
    """A store that fails after the run was stored: the same call again does the rest."""
    try:
        yield
    except RevisedMeanwhileError:
        raise
    except StoreError as error:
        raise error.with_kept(f"The run itself is kept as t{run_id}: the same call again does the rest.") from error
