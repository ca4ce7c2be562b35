"""Grounding: bind a retrieved procedure to the task at hand, with the values that earlier runs found and the closest run.

Memp, section 3.2: a script is the abstract procedure; a trajectory is one run; proceduralization is both. What many
runs found out ("where mug is") is the trajectories' side, and is told as counts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from memp.build.outline import read_outline
from memp.build.reading.pruning import needed_steps
from memp.domain.effects import effects_of_run
from memp.domain.procedure import Form, Procedure
from memp.domain.results import LeftOut, Match
from memp.domain.trajectory import Trajectory
from memp.retrieve.candidates import Candidate
from memp.retrieve.hearsay import harmless
from memp.retrieve.pitfalls import pitfalls_of
from memp.retrieve.track import track_record
from memp.store import Evidence, Procedures, Trajectories
from memp.store.records import MAX_KEY
from memp.text.secrets.names import means_secret
from memp.text.templates import bind

Counts = Sequence[tuple[str, int]]
"""Values of a parameter in earlier runs, with the number of runs, most often first."""

MOST_VALUES = 5
"""Values that are told of a parameter that earlier runs found out."""

LEAST_SHARE = 0.05
"""... and the share of the runs that a value needs to be told."""

LEAST_PLACES = 2
"""Places where things were found that a context names for it to be taken for all that is there, though none of them is one
where this thing was."""

MAX_EXAMPLE = 100
"""Steps of a run whose detours are looked for; a longer one is shown as it is, and cut to the budget."""


class GroundingStore(Procedures, Trajectories, Evidence, Protocol):
    """The parts of a store that are used here."""


@dataclass(frozen=True)
class Grounding:
    """Grounds procedures of a store, found in these scopes, in the form that was asked for. Of the places where things were
    found those are told that `context` names, where it names any."""

    store: GroundingStore
    scopes: Sequence[str]
    form: Form
    context: str = ""
    projects: Sequence[str] | None = None
    """The projects whose runs are told of; None: all."""
    asked: bool = True
    """Whether somebody asked, or a hook tells it."""

    def match(self, candidate: Candidate, procedure: Procedure, task: str) -> Match:
        """The procedure, grounded in a task."""
        bindings = self._bindings(candidate, procedure, task)
        example = self._example(procedure, candidate.text)
        if example is not None and procedure.is_quarantined and effects_of_run(example.steps):
            example = None
        seen, left_out = self._seen(procedure, bindings)
        return Match(
            procedure=procedure,
            score=candidate.fit,
            similarity=candidate.similarity,
            bindings=bindings,
            seen=seen,
            pitfalls=harmless(pitfalls_of(self.store, procedure), asked=self.asked),
            example=example,
            same_task=example is not None and example.task == task,
            left_out=left_out,
            track=track_record(self.store, procedure),
        )

    def _bindings(self, candidate: Candidate, procedure: Procedure, task: str) -> dict[str, str]:
        """Values of the parameters in a task, but for secrets: by the template of the key that was found, else by another one
        or by the goal."""
        templates = [candidate.template] if candidate.template else []
        bindings = bind(templates[0], task) if templates else None
        if bindings is None:
            others = (bind(t, task) for t in (*self.store.templates(procedure.id), procedure.script.goal))
            bindings = next((values for values in others if values is not None), None)
        return {name: value for name, value in (bindings or {}).items() if not means_secret(name)}

    def _seen(
        self, procedure: Procedure, bindings: Mapping[str, str]
    ) -> tuple[dict[str, Counts], dict[str, LeftOut]]:  # fmt: skip
        """Values that the open parameters had in earlier runs, and what is left out of them.

        Where a parameter is about something ("where mug is"), all procedures' runs that found that out count: where a
        thing tends to be does not depend on what is done with it. Else those of this procedure's runs count that agree
        with the bindings, or all of them.
        """
        abouts = {
            p.name: p.about(bindings)
            for p in procedure.script.parameters
            if p.name not in bindings and not means_secret(p.name)
        }
        if not abouts:
            return {}, {}
        findings = self.store.findings(
            [about for about in abouts.values() if about], self.scopes, procedure.id, self.projects
        )
        seen: dict[str, Counts] = {
            name: findings[about] for name, about in abouts.items() if about and about in findings
        }
        if len(seen) < len(abouts):
            counts = self.store.stood_for(procedure.id, bindings, self.projects)
            counts = counts or self.store.stood_for(procedure.id, {}, self.projects)
            seen.update({name: counts[name] for name in abouts if name not in seen and name in counts})
        places = {name for name, about in abouts.items() if about}
        shown = {name: self._shown(seen[name], place=name in places) for name in abouts if name in seen}
        return {name: values for name, (values, _) in shown.items()}, {
            name: left for name, (_, left) in shown.items() if left
        }

    def _shown(self, counts: Counts, *, place: bool) -> tuple[Counts, LeftOut | None]:
        """The values that are shown of a parameter, and what is left out."""
        if place and self.context:
            here = [(value, count) for value, count in counts if names(self.context, value)]
            if here or self._lists_places():
                # Elsewhere nothing is to be had; where it is in none of these places, that is worth knowing.
                return (here or _often(counts)), _left_out(counts, here, elsewhere=True)
        shown = _often(counts)
        return shown, _left_out(counts, shown)

    def _lists_places(self) -> bool:
        """Whether the context names several places where things were found."""
        known = self.store.places_in(self.context.casefold(), self.scopes)
        return sum(names(self.context, place) for place in known) >= LEAST_PLACES

    def _example(self, procedure: Procedure, task: str) -> Trajectory | None:
        """The closest successful run: whole where it is all that is shown, else without what its success did not need."""
        if self.form == "script":
            return None
        run_id = self.store.closest_run(procedure.id, task[:MAX_KEY], self.projects)
        if run_id is None:
            return None
        run = self.store.trajectory(run_id)
        if self.form == "trajectory" or len(run.steps) > MAX_EXAMPLE:
            return run
        return run.model_copy(update={"steps": tuple(run.steps[i] for i in self._needed(run_id, run))})

    def _needed(self, run_id: int, run: Trajectory) -> Sequence[int]:
        """The steps that a run's success needed, by its outline where it has one."""
        outline = read_outline(self.store.outlines([run_id]).get(run_id))
        return needed_steps(run.task, run.steps) if outline is None else outline.needed


def names(text: str, thing: str) -> bool:
    """Whether a text names a thing, one or several: "a countertop 1", "two countertops"."""
    return re.search(rf"(?<!\w){re.escape(thing)}(?:e?s)?(?!\w)", text, re.IGNORECASE) is not None


def _left_out(counts: Counts, shown: Iterable[tuple[str, int]], *, elsewhere: bool = False) -> LeftOut | None:
    """A note on values that are left out; None where none is."""
    values = {value for value, _ in shown}
    left = [count for value, count in counts if value not in values]
    return LeftOut(len(left), sum(left), sum(count for _, count in counts), elsewhere) if left else None


def _often(counts: Counts) -> Counts:
    """The values that are worth telling, most often first: what one run in thirty found would cost more than it helps."""
    total = sum(count for _, count in counts)
    return [(value, count) for value, count in counts[:MOST_VALUES] if count >= LEAST_SHARE * total]
