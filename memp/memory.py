"""ProceduralMemory: recall, record and reflect. The one orchestrator; all else are parts it calls.

recall   embed -> store.nearest -> retrieve            no language model; the only write is a use event
record   redact -> store.credit(used) -> build -> store.put -> embed
reflect  redact -> store.credit(used) -> store.pitfall -> store.revise, or what is needed to revise
"""

import logging
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from memp import build, update
from memp.arguments import MAX_TRIGGER, first_lines, procedure_ids, safe_facts, safe_text, split_revision
from memp.build import ScriptAnswer
from memp.embed import Embedder
from memp.embed.background import Source
from memp.errors import InputError, LLMError, NotFoundError, RevisedMeanwhileError, StoreBusyError, StoreError
from memp.extractive import facts_of, pitfall_of
from memp.llm import LLM
from memp.match import ToldFrom, closest_run
from memp.procedure import Builder, Draft, Form, Pitfall, Procedure, Script
from memp.redact import redact, redact_all
from memp.results import MOST_MATCHES, Match, Options, Recall, Record, Reflection
from memp.retrieve import Candidate, Found, Query, corroborates, retrieve, search
from memp.store import Event, Key, KnownPitfall, Recorded, Store
from memp.trajectory import (
    Provenance,
    Step,
    Trajectory,
    clean,
    cut,
    parse_evidence,
    parse_reward,
    parse_steps,
    parse_text,
    parse_tokens,
)
from memp.vectors import StoredVectors

log = logging.getLogger("memp")


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
        self._unnoted: list[Event] = []
        self._unnoted_lock = threading.Lock()
        self._noting: threading.Thread | None = None
        self._closing = threading.Event()

    def close(self) -> None:
        """Write the use events that wait for a busy file, if it is free within 2 seconds, and close the store."""
        noting = self._noting
        if noting is not None:
            noting.join(timeout=2.0)
            # Else the thread would go on trying a store that is closed.
            self._closing.set()
            noting.join(timeout=1.0)
        self.store.close()

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
    ) -> Recall:
        """The procedures that fit a task. With `error`, the pitfalls that fit it come first.

        `limit` is 1 to 3 (`Options.most`); `facts` are the task's key facts, extracted by rule where none are passed.
        """
        task, context, error = safe_text(task, "task"), redact(clean(context or ""))[0], redact(clean(error or ""))[0]
        if not 1 <= limit <= self.options.most:
            raise InputError(
                f"'limit' must be 1 to {self.options.most}: one fitting procedure helps more than several."
            )
        embedder, notes = self._vectors.at_hand()
        query = self._query(task, context, safe_facts(facts), embedder)
        found = retrieve(self.options.retrieve, self.store, query)
        ranked = self._ranked(found, limit)
        known = self._known_pitfalls(query, error, embedder, [procedure.id for _, procedure in ranked])
        told = ToldFrom(self.store, self.options.scopes, form)
        matches = [told.match(candidate, procedure, task, known) for candidate, procedure in ranked]
        self._note(matches)
        shown = {p.id for match in matches for p in match.pitfalls}
        others = [p for p in known if p.id not in shown][:MOST_MATCHES]
        return Recall(matches, others, found.closest, found.floor, notes)

    def _query(self, task: str, context: str, facts: Sequence[str], embedder: Embedder | None) -> Query:
        floor = self.options.floor if self.options.floor is not None else 0.0
        if embedder is None:
            return Query(task, context, scopes=self.options.scopes, floor=floor, seed=self.options.seed)
        by_facts = self.options.retrieve == "facts"
        texts = [task[: build.MAX_KEY], *((facts or facts_of(task)) if by_facts else ())]
        vectors = embedder.encode(texts)
        return Query(
            task,
            context,
            vector=vectors[0],
            fact_vectors=vectors[1:] if by_facts else None,
            scopes=self.options.scopes,
            floor=embedder.identity.floor if self.options.floor is None else floor,
            seed=self.options.seed,
        )

    def _ranked(self, found: Found, limit: int) -> list[tuple[Candidate, Procedure]]:
        """The best candidates; of those equally relevant, what worked better and oftener comes first."""
        candidates = {candidate.owner: candidate for candidate in found.candidates[: 10 * self.options.most]}
        procedures = self.store.procedures(list(candidates))
        if self.options.retrieve != "random":
            procedures.sort(
                key=lambda p: (-round(candidates[p.id].score, 3), -update.worth(p), -len(p.trajectories), p.id)
            )
        return [(candidates[p.id], p) for p in procedures[:limit]]

    def _known_pitfalls(
        self, query: Query, error: str, embedder: Embedder | None, shown: Sequence[int]
    ) -> list[KnownPitfall]:  # fmt: skip
        """Pitfalls that fit the error, then those of tasks like this one that no procedure covers yet."""
        ids: list[int] = []
        if error:
            text = first_lines(error)
            vector = None if embedder is None else embedder.encode([text])[0]
            wanted = Query(text, vector=vector, scopes=query.scopes, floor=query.floor)
            ids += [candidate.owner for candidate in search(self.store, "error", wanted).candidates]
        if not shown:
            ids += [candidate.owner for candidate in search(self.store, "failed", query).candidates]
        return self.store.pitfalls(ids=list(dict.fromkeys(ids))[:10]) if ids else []

    def _note(self, matches: Sequence[Match]) -> None:
        """Record what was shown: now if the file is free, else as soon as it is. A recall never waits for a writer."""
        now = datetime.now(UTC).isoformat()
        events = [Event(procedure_id=m.procedure.id, rank=i, similarity=m.similarity, at=now)
                  for i, m in enumerate(matches, 1)]  # fmt: skip
        if not events or self.store.read_only:
            return
        try:
            self.store.note_recalls(events, wait=False)
        except StoreBusyError:
            with self._unnoted_lock:
                self._unnoted += events
                if self._noting is None or not self._noting.is_alive():
                    self._noting = threading.Thread(target=self._note_later, name="memp-uses", daemon=True)
                    self._noting.start()
        except StoreError as error:
            # What was found is worth more than the note that it was shown.
            log.warning("%d use events were not recorded: %s", len(events), error)

    def _note_later(self) -> None:
        while True:
            with self._unnoted_lock:
                events, self._unnoted = self._unnoted, []
                if not events:
                    self._noting = None
                    return
            try:
                # Without waiting inside: that would hold the writer's lock, and a record of this process would starve.
                self.store.note_recalls(events, wait=False)
            except StoreBusyError:
                with self._unnoted_lock:
                    self._unnoted = [*events, *self._unnoted]
                if self._closing.wait(0.05):
                    return
            except StoreError as error:
                log.warning("%d use events were not recorded: %s", len(events), error)

    # Build and Update

    def record(
        self,
        task: str,
        steps: object,
        outcome: object,
        *,
        evidence: str | None = None,
        used: Sequence[object] = (),
        script: object = None,
        facts: Sequence[str] = (),
        tokens: int | None = None,
        provenance: Provenance | None = None,
    ) -> Record:
        """Store a run, credit exactly the procedures in `used`, and apply the update policy.

        Raises:
            LLMError: Claude was to write the script and gave no usable one; the run is stored, recording it again
                tries again.
        """
        reward = parse_reward(outcome)
        run, notes = self._trajectory(task, steps, reward, evidence, tokens, provenance)
        own = None if script is None else self._script(script, run.task)
        ids = procedure_ids(used)
        success = run.succeeded(self.options.success_reward)
        builder = (
            build.choose(self.options.builder, script=own is not None, llm=self._llm is not None) if success else None
        )
        stored = self.store.add_trajectory(self.options.project, run, ids, success)
        admission = update.POLICIES[self.options.update](success)
        with _kept(stored.id):
            done = self._credited(stored, success)
            if admission.add and builder is not None:
                done = self._add(done, run, builder, own, safe_facts(facts), admission.merge)
            elif stored.new or not self.store.met_pitfall(stored.id):
                done = self._fail(done, run, ids, admission)
            else:
                done = replace(done, why="this run was recorded before")
        return replace(done, notes=[*notes, *done.notes, *self._vectors.embed_new()])

    def _add(
        self, done: Record, run: Trajectory, builder: Builder, own: Script | None, facts: Sequence[str], merge: bool
    ) -> Record:  # fmt: skip
        """Build a procedure from a successful run, or revise the one built from it before with the caller's script."""
        before = self.store.built_from(done.trajectory)
        if before is not None and own is None:
            return replace(done, built=before, why="this run was recorded before")
        draft = self._draft(run, builder, own, facts, done.trajectory)
        signature = draft.script.signature()
        keys = build.keys_of(draft, run.task)
        if before is not None:
            current = self.procedure(before)
            reason = f"rewritten by the caller of t{done.trajectory}"
            number = self._revise(current, current.revision, draft.script, draft.builder, reason, done.trajectory, keys)
            how = "revised" if number else None
            return replace(done, built=before, how=how, builder=builder, revised={before: number} if number else {})
        twin = partial(corroborates, draft) if merge else None
        put = self.store.put(self.options.project, draft, done.trajectory, signature, keys, twin=twin)
        for pitfall in draft.script.pitfalls:
            self._add_pitfall(put.id, done.trajectory, pitfall, run.task)
        return replace(done, built=put.id, how="merged" if put.merged else "created", builder=builder)

    def _draft(
        self, run: Trajectory, builder: Builder, own: Script | None, facts: Sequence[str], trajectory_id: int
    ) -> Draft:  # fmt: skip
        if own is not None:
            return build.from_caller(own, run, facts)
        if builder == "extractive":
            return build.from_rules(run, facts, self.options.success_reward)
        try:
            return build.from_llm(run, facts, self._language_model())
        except LLMError as error:
            raise LLMError(
                f"{error} The run is stored as t{trajectory_id}: record it again to retry, or pass 'script'."
            ) from error

    def _fail(self, done: Record, run: Trajectory, used: Sequence[int], admission: update.Admission) -> Record:
        """What a failed run leaves: a pitfall, and, where Claude is there to write it, a revision of what it used."""
        done = replace(done, why=admission.why)
        if not admission.pitfall:
            return done
        pitfall = pitfall_of(run)
        if used:
            # Beside its procedure, that the task failed goes without saying.
            pitfall = pitfall.model_copy(update={"consequence": ""})
        found = [self._add_pitfall(owner, done.trajectory, pitfall, run.task) for owner in used or (None,)]
        revised, notes = (
            self._revised_by_llm(used, run, pitfall.trigger, done.trajectory) if admission.revise else ({}, ())
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
        tokens: int | None = None,
        provenance: Provenance | None = None,
    ) -> Reflection:
        """Memp's adjustment: store the failed run and its pitfall, and revise the procedure that led to it.

        The revision is `revision`, or Claude's where configured; else the material to write one comes back.
        """
        error = safe_text(error, "error")
        run, notes = self._trajectory(task, steps, 0.0, f"claim: {error[:MAX_TRIGGER]}", tokens, provenance)
        made_from, revision = split_revision(revision)
        own = None if revision is None else self._script(revision, run.task)
        ids = procedure_ids(used)
        if own is not None and len(ids) != 1:
            raise InputError("'revision' revises one procedure: pass exactly its id in 'used'.")
        stored = self.store.add_trajectory(self.options.project, run, ids, False)
        fresh = not self.store.met_pitfall(stored.id)
        pitfall = Pitfall(trigger=first_lines(error), instead=redact(clean(lesson or ""))[0][: build.MAX_KEY])
        with _kept(stored.id):
            done = self._credited(stored, False)
            found = [self._add_pitfall(owner, stored.id, pitfall, run.task) for owner in ids or (None,)]
            revised: Mapping[int, int] = {}
            if own is not None:
                revised, trouble = self._revised_by_caller(ids[0], made_from, own, stored.id, pitfall.trigger)
            elif fresh:
                revised, trouble = self._revised_by_llm(ids, run, error, stored.id)
            else:
                trouble = ()
            material = None if own is not None or revised else self._material(ids, run, error)
        return Reflection(
            trajectory=stored.id,
            new=stored.new,
            pitfalls=found,
            credited=done.credited,
            archived=[i for i in done.archived if i not in revised],
            revised=revised,
            material=material,
            notes=[*notes, *trouble, *self._vectors.embed_new()],
        )

    def _revised_by_caller(
        self, procedure_id: int, made_from: int | None, own: Script, trajectory_id: int, error: str
    ) -> tuple[dict[int, int], Sequence[str]]:
        current = self.procedure(procedure_id)
        reason = f"reflection on t{trajectory_id}: {error}"
        made_from = current.revision if made_from is None else made_from
        number = self._revise(current, made_from, own, "caller", reason, trajectory_id, build.script_keys(own))
        if number:
            return {procedure_id: number}, ()
        return {}, [f"p{procedure_id} already says exactly this; no revision was made"]

    def _credited(self, stored: Recorded, success: bool) -> Record:
        """The record of a stored run, after what was credited is weighed and, where the rule says so, archived."""
        credited = self.store.procedures(stored.credited, active=False)
        rule = update.ERASURES[self.options.erase]
        archived = [
            p.id for p in credited
            # A revision does not answer for the failures of the one before it.
            if not success and p.status == "active" and p.tier != "pinned" and rule(*self.store.standing(p.id))
        ]  # fmt: skip
        for procedure in credited:
            if procedure.id in archived:
                reason = (
                    f"erased by rule {self.options.erase}: {procedure.successes} of {procedure.uses} uses succeeded"
                )
                self.store.archive(procedure.id, reason)
        return Record(stored.id, stored.new, success, credited=credited, archived=archived)

    def _revised_by_llm(
        self, used: Sequence[int], run: Trajectory, error: str, trajectory_id: int
    ) -> tuple[dict[int, int], Sequence[str]]:
        """New revisions by Claude of the procedures a failed run used; none without Claude or uses."""
        if self._llm is None or self.options.builder in ("caller", "extractive"):
            return {}, ()
        revised: dict[int, int] = {}
        notes: list[str] = []
        for procedure_id in used:
            # Read before the model thinks: what is revised by others meanwhile is not undone.
            current = self.procedure(procedure_id)
            material = self._material([procedure_id], run, error)
            reason = f"adjusted after t{trajectory_id}: {error[:MAX_TRIGGER]}"
            try:
                answer = self._llm.ask(build.REVISE_SYSTEM, build.revise_prompt(material), ScriptAnswer).value
                script = build.script_of(answer)
                keys = build.script_keys(script)
                number = self._revise(current, current.revision, script, "claude", reason, trajectory_id, keys)
            except (LLMError, InputError, RevisedMeanwhileError) as trouble:
                notes.append(f"p{procedure_id} was not revised: {trouble}")
                continue
            if number:
                revised[procedure_id] = number
        return revised, notes

    def _revise(
        self, current: Procedure, made_from: int, script: Script, builder: Builder, reason: str, trajectory_id: int,
        keys: Sequence[Key],
    ) -> int:  # fmt: skip
        """Add a revision, and its pitfalls; its number, or 0 where the procedure says exactly this already."""
        if current.script == script:
            return 0
        number = self.store.revise(current.id, made_from, script, builder, reason, script.signature(), keys)
        for pitfall in script.pitfalls:
            self._add_pitfall(current.id, trajectory_id, pitfall, "")
        return number

    def _add_pitfall(self, procedure_id: int | None, trajectory_id: int, pitfall: Pitfall, task: str) -> int:
        keys = [Key(kind="error", text=pitfall.trigger)]
        if procedure_id is None:
            keys.append(Key(kind="failed", text=task[: build.MAX_KEY]))
        return self.store.add_pitfall(self.options.project, procedure_id, trajectory_id, pitfall, keys)

    def _material(self, used: Sequence[int], run: Trajectory, error: str) -> dict[str, object]:
        """All that a revision is written from: the procedure, where the run left it, and the closest success."""
        near = self._near(run.task)
        procedure = self.procedure(used[0]) if used else next(iter(self.store.procedures(list(near))), None)
        material: dict[str, object] = {"task": run.task[: build.MAX_KEY], "error": error[: build.MAX_KEY]}
        if procedure is not None:
            divergence = update.diverge(procedure.script, run.steps)
            named = "procedure" if used else "closest_procedure"
            told = {"id": procedure.label, "revision": procedure.revision}
            material[named] = {**told, **procedure.script.model_dump(exclude_defaults=True)}
            material["left_it_at"] = divergence.model_dump(exclude_defaults=True)
            closest = closest_run(self.store, procedure, near.get(procedure.id, run.task))
            if closest is not None:
                actions = [Step(action=step.action) for step in closest.steps]
                steps = [step["action"] for step in build.shortened(actions, build.PROMPT_CHARACTERS // 8)]
                material["closest_success"] = {"task": closest.task[: build.MAX_KEY], "steps": steps}
        material["failed_run"] = build.shortened(run.steps, build.PROMPT_CHARACTERS // 4)
        return material

    def _near(self, task: str) -> dict[int, str]:
        """The procedures that apply to a task, best first, each with the earlier task that is most like it."""
        embedder, _ = self._vectors.at_hand()
        found = search(self.store, "task", self._query(task, "", (), embedder))
        return {candidate.owner: candidate.text for candidate in found.candidates}

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
        self, task: str, steps: object, reward: float, evidence: str | None, tokens: int | None,
        provenance: Provenance | None,
    ) -> tuple[Trajectory, list[str]]:  # fmt: skip
        """The run, cleaned and redacted, and what was done to it in sentences."""
        # Before a long text is cut: the cut could leave half a secret.
        safe, secrets = redact_all(steps)
        parsed, cuts = parse_steps(safe)
        notes = list(cuts)
        task_text, more = redact(parse_text(task, "task"))
        proof, rest = redact(evidence or "")
        if secrets + more + rest:
            notes.append(f"{secrets + more + rest} secret(s) redacted")
        run = Trajectory(
            task=cut(task_text, "the task", notes),
            steps=parsed,
            reward=reward,
            evidence=parse_evidence(proof),
            provenance=provenance or Provenance(project=self.options.project or None),
            tokens=parse_tokens(tokens),
        )
        return run, notes

    def _script(self, value: object, task: str) -> Script:
        script = build.parse_script(redact_all(value)[0], task)
        # Again, as a script passed as JSON text may have spelt a secret in escapes.
        return Script.model_validate(redact_all(script)[0])


@contextmanager
def _kept(trajectory_id: int) -> Generator[None]:
    """A store that fails after the run was stored: the same call again does the rest."""
    try:
        yield
    except RevisedMeanwhileError:
        raise
    except StoreError as error:
        said = str(error).replace("nothing was stored", "nothing more was stored")
        raise type(error)(
            f"{said} The run itself is kept as t{trajectory_id}: the same call again does the rest."
        ) from error
