"""The measures of Build on one labelled family, as counts, and a line for each thing that was lost.

The procedures are those of `memp.build.extractive`: of each run alone, and of all runs of a family that is one procedure.
Only the scripts and what their parameters stood for are read. The control is the verbatim run: nothing is lost of its own
effects, and nothing is general.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from memp.build.extractive.script import extract, extract_family
from memp.domain.procedure import Draft, Script
from memp.evaluate.agents.conditions import plain, says
from memp.evaluate.experiments.traces.correspondence import Filled, correspondence, filled_steps, known_at
from memp.evaluate.experiments.traces.labels import ConditionLabel, LabelledFamily, LabelledRun
from memp.evaluate.experiments.traces.naming import holds, is_labelled, is_made_of, is_named_so, stands_for, values_of
from memp.text import templates

Count = tuple[int, int]
"""So many of so many."""

Control = Literal["all", "none", ""]
"""The share that the verbatim run has by its nature; "" where the measure makes no sense for it."""


class Measure(NamedTuple):
    """A measure as tables have it. `goal` is a share, at most or at least; None where none is set."""

    name: str
    title: str
    goal: float | None = None
    at_most: bool = False
    verbatim: Control = ""

    def reached(self, share: float) -> bool | None:
        """Whether a share reaches the goal; None where there is none."""
        return None if self.goal is None else share <= self.goal if self.at_most else share >= self.goal


MEASURES: Mapping[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("lost", "steps with an effect that a run's own procedure loses", 0.0, True, "none"),
        Measure("lost_family", "steps with an effect that the family's procedure loses", 0.0, True),
        Measure("dispensable", "dispensable steps that a run's own procedure keeps", None, True, "all"),
        Measure("values", "values that vary and became parameters", None, False, "none"),
        Measure("named", "values that vary and became parameters with a name that a person would give", 0.85, False, "none"),
        Measure("false", "parameters that are no labelled value", 0.05, True),
        Measure("conditions", "conditions of branches that were found", None, False, "none"),
        Measure("run_only", "texts of one run that stand in the family's procedure", None, True, "all"),
        Measure("fixed", "texts that must stay and stand in the family's procedure", None, False, "all"),
        Measure("joined", "siblings that end as one procedure, in any order", 0.9, False, "none"),
        Measure("foreign", "runs that joined a procedure that is not theirs", 0.0, True),
        Measure("taken", "runs of others that a family would take, were it the only one near", 0.0, True),
    )
}  # fmt: skip
"""Name to measure, in the order of the table."""


class Scored(NamedTuple):
    """Counts by the name of the measure, and what was lost in words."""

    counts: Mapping[str, Count]
    remarks: Sequence[str]


def scored(family: LabelledFamily) -> Scored:
    """The measures of a family that need no memory."""
    remarks: list[str] = []
    counts = _of_single_runs(family, remarks)
    if family.same_procedure:
        counts |= _of_the_family(family, remarks)
    return Scored(counts, remarks)


def _of_single_runs(family: LabelledFamily, remarks: list[str]) -> dict[str, Count]:
    lost = kept = 0
    for run in family.runs:
        draft = extract(run.trajectory)
        stands = correspondence(filled_steps(draft.script, draft.bindings), run)
        missing = [place for place in run.effects if place not in stands]
        remarks += [f"lost: {_step(run, place)}" for place in missing]
        lost += len(missing)
        kept += sum(place in stands for place in run.dispensable)
    return {
        "lost": (lost, sum(len(run.effects) for run in family.runs)),
        "dispensable": (kept, sum(len(run.dispensable) for run in family.runs)),
    }


def _of_the_family(family: LabelledFamily, remarks: list[str]) -> dict[str, Count]:
    built = extract_family([run.trajectory for run in family.runs])
    counts = _steps(family, built.script, built.drafts, remarks)
    counts |= _parameters(family, built.script, built.drafts, remarks)
    return counts | _texts(family, built.script, remarks)


def _steps(
    family: LabelledFamily, script: Script, drafts: Sequence[Draft], remarks: list[str]
) -> dict[str, Count]:  # fmt: skip
    lost = right = 0
    for run, draft in zip(family.runs, drafts, strict=True):
        steps = filled_steps(script, draft.bindings)
        stands = correspondence(steps, run)
        missing = [place for place in run.effects if place not in stands]
        remarks += [f"lost by the family: {_step(run, place)}" for place in missing]
        lost += len(missing)
        for label in run.conditions:
            hit = label.step in stands and _is_condition(steps[stands[label.step]], label, run)
            right += hit
            remarks += [] if hit else [f"no condition: {_step(run, label.step)}: {_said(label)}"]
    return {
        "lost_family": (lost, sum(len(run.effects) for run in family.runs)),
        "conditions": (right, sum(len(run.conditions) for run in family.runs)),
    }


def _is_condition(filled: Filled, label: ConditionLabel, run: LabelledRun) -> bool:
    """Whether the condition of a step, which was met, is the labelled one: it has its words, or stands in an observation that
    has them."""
    words = filled.fill(filled.step.when or filled.step.unless)
    if not words:
        return False
    ours, theirs = set(plain(words).split()), set(plain(label.words).split())
    if says(label.words, words) or says(words, label.words) or 2 * len(ours & theirs) >= min(len(ours), len(theirs)):
        return True
    known = known_at(run, label.step)
    return label.present and any(says(text, words) and says(text, label.words) for text in known)


def _parameters(
    family: LabelledFamily, script: Script, drafts: Sequence[Draft], remarks: list[str]
) -> dict[str, Count]:  # fmt: skip
    values = values_of(family)
    varying = [value for value in values if value.varies]
    declared = {parameter.name for parameter in script.parameters}
    used = [n for n in dict.fromkeys(n for step in script.steps for n in templates.names(step)) if n in declared]
    texts = {name: {at: d.bindings[name] for at, d in enumerate(drafts) if name in d.bindings} for name in used}
    became = named = false = 0
    for value in varying:
        names = [name for name, of in texts.items() if stands_for(of, value)]
        labelled = is_labelled(value, family, "\n".join(script.steps))
        good = labelled or any(is_named_so(name, value, values) for name in names)
        became, named = became + (labelled or bool(names)), named + good
        if not good:
            called = f"is called {', '.join(names)}" if names else "is no parameter"
            remarks.append(f"{value.names[0]} {called}: {_listed(value.texts)}")
    for name, of in texts.items():
        if not any(stands_for(of, value) for value in values) and not is_made_of(of, values):
            false += 1
            remarks.append(f"{{{name}}} is no value: {_listed(of)}")
    return {"values": (became, len(varying)), "named": (named, len(varying)), "false": (false, len(texts))}


def _texts(family: LabelledFamily, script: Script, remarks: list[str]) -> dict[str, Count]:
    steps = "\n".join(script.steps)
    own = [text for run in family.runs for text in run.run_only]
    fixed = list(dict.fromkeys(text for run in family.runs for text in run.fixed))
    kept, lost = [text for text in own if holds(steps, text)], [text for text in fixed if text not in steps]
    remarks += [f"of one run: {_short(text)}" for text in kept] + [f"not there: {_short(text)}" for text in lost]
    return {"run_only": (len(kept), len(own)), "fixed": (len(fixed) - len(lost), len(fixed))}


def _step(run: LabelledRun, place: int) -> str:
    return f"{run.id}, step {place}, {_short(run.steps[place].action)}"


def _said(label: ConditionLabel) -> str:
    return f"{'if' if label.present else 'if not'} '{_short(label.words)}'"


def _listed(texts: Mapping[int, str]) -> str:
    return " / ".join(_unique(texts)) or "nothing"


def _unique(texts: Mapping[int, str]) -> Iterator[str]:
    return iter(dict.fromkeys(_short(text) for text in texts.values()))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:80]}..."
