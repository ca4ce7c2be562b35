"""Distillation: let a language model write the script of runs that a rule wrote so far, one request for each family.

Runs that came in by import or by hooks, or without a script while no model was at hand, wait in a queue. What a model writes is
held against its runs (memp.build.written.grounding), and never takes the place of what is curated: a caller's script, a
person's word, an earlier model's script, or what has outcomes of its own, beside which it is on trial.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

from memp.build.builders import script_keys
from memp.build.written.bindings import drafts_of
from memp.build.written.request import Request, family_request
from memp.build.written.writer import Written, write
from memp.domain.procedure import Procedure, RevisionState
from memp.domain.results import Revised
from memp.domain.trajectory import Trajectory
from memp.errors import UngroundedError
from memp.llm import LLM
from memp.store import Distillation, Procedures, Trajectories, Writing
from memp.store.find import find_procedure
from memp.store.records import Key
from memp.update.joining import Families

MOST_RUNS = 5
"""Runs of a family that a model is shown: those by which its script came about, then the newest."""


class DistillingStore(Procedures, Trajectories, Writing, Distillation, Protocol):
    """The parts of a store that are used here."""


@dataclass(frozen=True)
class Waiting:
    """A procedure by rule with the runs that a model is shown of it, by id."""

    procedure: Procedure
    runs: Mapping[int, Trajectory]
    request: Request

    @cached_property
    def tokens(self) -> int:
        """About how many tokens its request takes, with the answer."""
        return self.request.tokens


class Distilled(NamedTuple):
    """What a model made of a procedure: its revision, and the tokens that it took."""

    revised: Revised
    written: Written

    @property
    def tokens(self) -> int:
        """Input and output tokens; 0 where the model counts none."""
        return self.written.input_tokens + self.written.output_tokens


@dataclass(frozen=True)
class Distiller:
    """The queue of a store in these scopes, and the way out of it."""

    store: DistillingStore
    families: Families
    scopes: Sequence[str]

    def queue(self, *, again: bool = False) -> list[int]:
        """The ids of the procedures that wait, those of most runs first; with `again` also those that were tried in vain.

        Raises:
            StoreError: the store cannot be read.
        """
        return self.store.unwritten(self.scopes, again=again)

    def waiting(self, procedure_id: int) -> Waiting:
        """A procedure of the queue, with its request.

        Raises:
            NotFoundError: there is none with this id.
        """
        procedure = find_procedure(self.store, procedure_id)
        first = [i for i in self.families.exemplars(procedure) if i in procedure.trajectories]
        ids = list(dict.fromkeys([*first, *sorted(procedure.trajectories, reverse=True)]))[:MOST_RUNS]
        runs = {i: self.store.trajectory(i) for i in sorted(ids)}
        # What was only typed does not become a model's word on what was seen.
        pitfalls = [p for p in self.store.pitfalls([procedure_id]) if procedure.hearsay or not p.hearsay]
        return Waiting(procedure, runs, family_request(runs, procedure.script, pitfalls))

    def distil(self, waiting: Waiting, llm: LLM) -> Distilled:
        """Let a model write the script of a procedure's runs. Without one that can be kept, the procedure stays as it is.

        Raises:
            UngroundedError: the script says what the runs do not; it is noted that this was tried.
            LLMError: there was no answer.
            RevisedMeanwhileError: the procedure was revised while the model thought.
        """
        procedure = waiting.procedure
        try:
            written = write(llm, waiting.request)
        except UngroundedError as error:
            self.store.note_unwritten(procedure.id, procedure.revision, llm.name, str(error))
            raise
        return Distilled(self._keep(waiting, written), written)

    def _keep(self, waiting: Waiting, written: Written) -> Revised:
        procedure, script = waiting.procedure, written.script
        # What has outcomes is held against them: it is shown until the new one does better.
        state: RevisionState = "trial" if procedure.uses else "current"
        number = self.store.distil(
            procedure.id, procedure.revision, script,
            f"written by {written.model} from {', '.join(f't{i}' for i in waiting.runs)}",
            drafts_of(script, self._sources(waiting), written.answer.values()), script_keys(script), state=state,
        )  # fmt: skip
        newest = max(waiting.runs)
        for pitfall in script.pitfalls:
            key = Key(kind="error", text=pitfall.trigger)
            self.store.add_pitfall(procedure.scope, procedure.id, newest, pitfall, [key])
        return Revised(number, state)

    def _sources(self, waiting: Waiting) -> Mapping[int, Trajectory]:
        """The runs that the model was shown, and of the others their tasks: these are bound by the goal alone."""
        others = [i for i in waiting.procedure.trajectories if i not in waiting.runs]
        tasks = self.store.trajectory_tasks(others)
        return {**waiting.runs, **{i: Trajectory(task=tasks[i], steps=(), reward=1.0) for i in others}}
