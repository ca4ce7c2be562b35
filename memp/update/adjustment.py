"""Revising: Memp's adjustment (section 3.4). A failure with a procedure in use gives a revision of it, or a pitfall."""

from collections.abc import Sequence
from dataclasses import dataclass

from memp.build import builders
from memp.build.builders import ScriptAnswer
from memp.domain.procedure import Builder, Pitfall, Procedure, Ref, RevisionState, Script
from memp.domain.results import Revised
from memp.domain.trajectory import Trajectory
from memp.errors import InputError, LLMError, RevisedMeanwhileError
from memp.inputs.trajectory import MAX_TRIGGER
from memp.llm import LLM
from memp.retrieve.retriever import Lookup, as_revised
from memp.store import Store
from memp.store.records import MAX_KEY, Key
from memp.update.contrast import material


@dataclass(frozen=True)
class Reviser:
    """Revisions and pitfalls of the procedures of a store; `llm` writes them where there is one."""

    store: Store
    look: Lookup
    llm: LLM | None
    scope: str

    def by_caller(
        self, ref: Ref, made_from: int | None, own: Script, run_id: int, error: str
    ) -> tuple[dict[int, Revised], Sequence[str]]:
        current = self._procedure(ref.procedure_id)
        if made_from == ref.revision and made_from != current.trial:
            # This very failure ended its trial.
            made_from = None
        reason = f"reflection on t{run_id}: {error}"
        made = self.revise(current, made_from, own, "caller", reason, run_id, builders.script_keys(own))
        if made:
            return {current.id: made}, ()
        return {}, [f"p{current.id} already says exactly this; no revision was made"]

    def by_llm(
        self, used: Sequence[Ref], run: Trajectory, error: str, run_id: int
    ) -> tuple[dict[int, Revised], Sequence[str]]:
        """New revisions by Claude of the procedures a failed run used; none without Claude or uses."""
        if self.llm is None:
            return {}, ()
        revised: dict[int, Revised] = {}
        notes: list[str] = []
        for ref in used:
            # Read before the model thinks: what is revised by others meanwhile is not undone.
            current = self._procedure(ref.procedure_id)
            asked = self.material(ref, run, error, whole=True)
            reason = f"adjusted after t{run_id}: {error[:MAX_TRIGGER]}"
            try:
                answer = self.llm.ask(builders.REVISE_SYSTEM, builders.revise_prompt(asked), ScriptAnswer).value
                script = builders.script_of(answer)
                keys = builders.script_keys(script)
                made = self.revise(current, current.trial, script, "claude", reason, run_id, keys)
            except (LLMError, InputError, RevisedMeanwhileError) as trouble:
                notes.append(f"p{current.id} was not revised: {trouble}")
                continue
            if made:
                revised[current.id] = made
        return revised, notes

    def revise(
        self, current: Procedure, made_from: int | None, script: Script, builder: Builder, reason: str, run_id: int,
        keys: Sequence[Key],
    ) -> Revised | None:  # fmt: skip
        """Add a revision, and its pitfalls; None where the procedure says exactly this already.

        Where outcomes are known of the one it was made from it is on trial beside that; what a person pinned is changed
        by a person only.
        """
        newest = current if current.trial is None else as_revised(self.store, current, current.trial)
        if newest.script == script:
            return None
        state: RevisionState = "trial"
        if current.tier == "pinned":
            state = "proposed"
        elif current.status == "archived" or (current.tier == "candidate" and not current.uses):
            state = "current"
        number = self.store.revise(current.id, made_from or newest.revision, script, builder, reason, keys, state=state)
        for pitfall in script.pitfalls:
            self.add_pitfall(current.id, run_id, pitfall, "")
        return Revised(number, state)

    def add_pitfall(self, procedure_id: int | None, run_id: int, pitfall: Pitfall, task: str) -> int:
        keys = [Key(kind="error", text=pitfall.trigger)]
        if procedure_id is None:
            keys.append(Key(kind="failed", text=task[:MAX_KEY]))
        return self.store.add_pitfall(self.scope, procedure_id, run_id, pitfall, keys)

    def material(self, used: Ref | None, run: Trajectory, error: str, *, whole: bool) -> dict[str, object]:
        """All that a revision is written from: see memp.update.contrast."""
        near = self.look.near(run.task)
        followed = None if used is None else self._procedure(used.procedure_id)
        if followed is not None and followed.trial is not None and used is not None:
            followed = as_revised(self.store, followed, used.revision or followed.trial)
        nearest = self.store.procedures(list(near))[:1] if followed is None else [followed]
        closest = next(((p, near.get(p.id, run.task)) for p in nearest), None)
        return material(self.store, followed, closest, run, error, whole=whole)

    def _procedure(self, procedure_id: int) -> Procedure:
        return self.store.procedures([procedure_id], active=False)[0]
