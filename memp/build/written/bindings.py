"""Bindings: what the parameters of a written script stood for in each of its runs, and the template of each run's task."""

import re
from collections.abc import Mapping, Sequence

from memp.domain.procedure import Draft, Script
from memp.domain.trajectory import Trajectory
from memp.text import templates

MAX_VALUE = 200
"""Characters of a value; what is longer is no name of a thing."""


def drafts_of(
    script: Script, runs: Mapping[int, Trajectory], values: Mapping[str, Sequence[str]]
) -> dict[int, Draft]:  # fmt: skip
    """A draft for each run, by id. `values` say what each parameter stood for in the runs, in their order; what a run does not
    have is left out."""
    return {
        run_id: draft_of(script, run, {name: own[place] for name, own in values.items() if place < len(own)})
        for place, (run_id, run) in enumerate(runs.items())
    }


def draft_of(script: Script, run: Trajectory, values: Mapping[str, str]) -> Draft:
    """The draft of one run: what its task binds the goal to, and of `values` those that it has."""
    named = {parameter.name for parameter in script.parameters}
    whole = "\n".join((run.task, *(f"{step.action}\n{step.observation}" for step in run.steps))).casefold()
    known = {
        name: value.strip()
        for name, value in values.items()
        if name in named and 0 < len(value.strip()) <= MAX_VALUE and value.strip().casefold() in whole
    }
    bound = templates.bind(script.goal, run.task)
    template = script.goal if bound else _template(run.task, known)
    return Draft(script=script, bindings={**known, **(bound or {})}, template=template, builder="model")


def _template(task: str, values: Mapping[str, str]) -> str:
    """The task with its values as {placeholders}, the longest first; empty where it would not be bound by that again."""
    template = task
    for name, value in sorted(values.items(), key=lambda pair: -len(pair[1])):
        slot = f"{{{name}}}"
        template = re.sub(
            rf"(?<![\w{{]){re.escape(value)}(?![\w}}])", lambda _, slot=slot: slot, template, flags=re.IGNORECASE
        )
    return template if template != task and templates.bind(template, task) else ""
