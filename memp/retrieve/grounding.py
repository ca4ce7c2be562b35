"""Grounding: bind a retrieved procedure to the task at hand, with the values that earlier runs found and the closest run.

Memp, section 3.2: a script is the abstract procedure; a trajectory is one run; proceduralization is both. What many
runs found out ("where mug is") is the trajectories' side, and is told as counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from memp.build.pruning import needed_steps
from memp.domain.procedure import Form, KnownPitfall, Procedure
from memp.domain.results import Match
from memp.domain.trajectory import Step, Trajectory
from memp.retrieve.candidates import Candidate
from memp.store import Procedures, Trajectories
from memp.store.records import MAX_KEY
from memp.text.templates import bind, unnumbered

MOST_VALUES = 5
"""Values that are told of a parameter that earlier runs found out."""

LEAST_SHARE = 0.05
"""... and the share of the runs that a value needs to be told."""

MAX_EXAMPLE = 100
"""Steps of a run whose detours are looked for; a longer one is shown as it is, and cut to the budget."""


class GroundingStore(Procedures, Trajectories, Protocol):
    """The parts of a store that are used here."""


@dataclass(frozen=True)
class Grounding:
    """Grounds procedures of a store, found in these scopes, in the form that was asked for."""

    store: GroundingStore
    scopes: Sequence[str]
    form: Form

    def match(
        self, candidate: Candidate, procedure: Procedure, task: str, known: Sequence[KnownPitfall]
    ) -> Match:  # fmt: skip
        """The procedure, grounded in a task; those of `known` pitfalls that are its own come first."""
        bindings = self._bindings(candidate, procedure, task)
        own = self.store.pitfalls([procedure.id])
        first = [pitfall for pitfall in known if pitfall.procedure_id == procedure.id]
        example = self._example(procedure, candidate.text)
        return Match(
            procedure=procedure,
            score=candidate.fit,
            similarity=candidate.similarity,
            bindings=bindings,
            seen=self._seen(procedure, bindings),
            pitfalls=[*first, *(p for p in own if p.id not in {f.id for f in first})],
            example=example,
            same_task=example is not None and example.task == task,
        )

    def _bindings(self, candidate: Candidate, procedure: Procedure, task: str) -> dict[str, str]:
        """Values of the parameters in a task: by the template of the key that was found, else by another one."""
        templates = [candidate.template] if candidate.template else []
        bindings = bind(templates[0], task) if templates else None
        if bindings is None:
            others = (bind(template, task) for template in self.store.templates(procedure.id))
            bindings = next((values for values in others if values is not None), None)
        return bindings or {}

    def _seen(self, procedure: Procedure, bindings: Mapping[str, str]) -> dict[str, Sequence[tuple[str, int]]]:
        """Values that the open parameters had in earlier runs.

        Where a parameter is about something ("where mug is"), all procedures' runs that found that out count: where a
        thing tends to be does not depend on what is done with it. Else those of this procedure's runs count that agree
        with the bindings, or all of them.
        """
        abouts = {p.name: p.about(bindings) for p in procedure.script.parameters if p.name not in bindings}
        if not abouts:
            return {}
        findings = self.store.findings([about for about in abouts.values() if about], self.scopes, procedure.id)
        seen = {name: findings[about] for name, about in abouts.items() if about and about in findings}
        if len(seen) < len(abouts):
            counts = self.store.stood_for(procedure.id, bindings) or self.store.stood_for(procedure.id, {})
            seen.update({name: counts[name] for name in abouts if name not in seen and name in counts})
        return {name: _often(seen[name]) for name in abouts if name in seen}

    def _example(self, procedure: Procedure, task: str) -> Trajectory | None:
        """The closest successful run: whole where it is all that is told, else without what its success did not need."""
        run = None if self.form == "script" else closest_run(self.store, procedure, task)
        if run is None or self.form == "trajectory" or len(run.steps) > MAX_EXAMPLE:
            return run
        needed = [run.steps[i] for i in needed_steps(run.task, run.steps)]
        return run.model_copy(update={"steps": _exemplary(needed, procedure.script.steps)})


def _exemplary(run: Sequence[Step], script: Sequence[str]) -> tuple[Step, ...]:
    """A run's steps, without those that do again what the script did before: how that looks need be shown once."""
    if len(run) != len(script):
        return tuple(run)
    shown: dict[str, Step] = {}
    for step, text in zip(run, script, strict=True):
        shown.setdefault(unnumbered(text), step)
    return (*shown.values(), Step(action="...")) if len(shown) < len(run) else tuple(run)


def closest_run(store: Trajectories, procedure: Procedure, task: str) -> Trajectory | None:
    """The newest source run of a procedure on this task, else its newest one."""
    run = store.closest_run(procedure.id, task[:MAX_KEY])
    return None if run is None else store.trajectory(run)


def _often(counts: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    """The values that are worth telling, most often first: what one run in thirty found would cost more than it helps."""
    total = sum(count for _, count in counts)
    return [(value, count) for value, count in counts[:MOST_VALUES] if count >= LEAST_SHARE * total]
