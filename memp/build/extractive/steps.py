"""Select the steps of a script: those that a success needed, each branch with its conditions, and the readings that decide one.

A step that few of many runs took is left out where it changed nothing; the choice of one of several things that a task names
becomes a step for each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from memp.build.extractive.rendering import rendered
from memp.build.extractive.rereading import Rereading
from memp.build.induction.alignment import Column
from memp.build.induction.branching.branches import Branch, anchor, branches_of, in_order
from memp.build.induction.branching.conditions import Condition
from memp.build.induction.branching.fixes import fixes_of
from memp.build.induction.branching.timelines import Timelines
from memp.build.induction.completeness import saw_otherwise
from memp.build.induction.generalised import Generalised
from memp.build.reading.mentions import names, squashed
from memp.text.steps import ScriptStep

Conditional = tuple[ScriptStep, Condition]
"""A step, and the condition in which it is done."""

LEAST_SHARE = 1 / 3
"""A step that a smaller share of the runs took is their habit, and is stated only if it had an effect; of three runs none is."""


def steps_of(general: Generalised) -> list[ScriptStep]:
    """The steps of a family, in order: those that a success needed, and the readings that decide one of them."""
    needed = [i for i, column in enumerate(general.columns) if _is_needed(column)]
    partial = {i for i in needed if len(general.columns[i]) < len(general.members)}
    timelines = general.once(Timelines)
    fixes = fixes_of(general)
    branches = [*branches_of(timelines, sorted(partial)), *fixes]
    partial |= {i for branch in fixes for i in branch.columns}
    usual = [b for b in branches if not b.conditions and _is_usual(general, b)]
    partial -= _anchors(general, usual)
    stated = [b for b in branches if _is_reasoned(general, b) or not (b in usual or _is_peculiar(general, b))]
    chosen = {i: cases for i in needed if (cases := _choice(general, i)) and i not in partial}
    deciding = _deciding(stated, chosen) | _before_choice(general)
    leading = in_order(general, [branch for branch in stated if branch.follows < 0])
    steps: list[ScriptStep] = []
    rereading = Rereading(timelines)
    for i in sorted({*needed, *deciding} - partial | leading.keys()):
        lead = leading.get(i)
        if i in chosen:
            steps += [step for one, condition in chosen[i] for step in (*rereading.again(condition), one)]
            continue
        for condition in (lead.conditions or (None,)) if lead else (None,):
            unit = [lead, *(b for b in stated if b.follows == lead.columns[0])] if lead else []
            steps += [] if lead and lead.block else rereading.again(condition)
            steps += [rendered(general, b.columns, condition, partial=True) for b in unit] or [
                rendered(general, (i,), None, partial=False)
            ]
            rereading.add([column for b in unit for column in b.columns] or [i], condition, changes=lead is not None)
    return steps


def _anchors(general: Generalised, usual: Sequence[Branch]) -> set[int]:
    """The columns at which steps stand that all runs have, in different orders: where one and the same run has them, so that the
    order is one that led to the end. It is the run that has most of them where most others do."""
    everywhere = [b for b in usual if len(b.columns) > 1]
    best = max(
        range(len(general.members)),
        key=lambda m: (
            sum(len(general.columns[i]) for b in everywhere for i in b.columns if m in general.columns[i]),
            -m,
        ),
    )
    return {next((i for i in b.columns if best in general.columns[i]), anchor(general, b.columns)) for b in usual}


def _deciding(stated: Sequence[Branch], chosen: Mapping[int, Sequence[Conditional]]) -> set[int]:
    """The columns of the readings that conditions are read off."""
    of_branches = {condition.column for branch in stated for condition in branch.conditions}
    return of_branches | {condition.column for steps in chosen.values() for _, condition in steps}


def _before_choice(general: Generalised) -> set[int]:
    """The columns in which runs looked at the things of which they then chose one."""
    return {
        i
        for choice in general.variables
        if choice.options
        for i, column in enumerate(general.columns[: min(choice.columns, default=0)])
        if any(
            names(squashed(action.text), option.values[m])
            for m, action in column.items()
            for option in choice.options
            if m in option.values
        )
    }


def _choice(general: Generalised, i: int) -> list[Conditional]:
    """The steps that a choice comes to, each with the condition in which it is done; none where nothing that was read decides
    it."""
    choice = next((v for v in general.variables if v.options and i in v.columns), None)
    if choice is None:
        return []
    column, text = general.columns[i], general.texts[i]
    taken = [
        {m: a for m, a in column.items() if choice.values[m].casefold() == option.values[m].casefold()}
        for option in choice.options
    ]
    texts = [text.replace(choice.text, option.text) for option in choice.options]
    kept = [k for k, runs in enumerate(taken) if runs]
    if len(kept) < 2:
        return []
    columns = [*general.columns[:i], *(taken[k] for k in kept), *general.columns[i + 1 :]]
    apart = replace(
        general, columns=columns, texts=[*general.texts[:i], *(texts[k] for k in kept), *general.texts[i + 1 :]]
    )
    branches = branches_of(Timelines(apart), range(i, i + len(kept)))
    if not all(branch.covered and all(condition.column < i for condition in branch.conditions) for branch in branches):
        return []
    return [
        (rendered(apart, b.columns, condition, partial=True), condition) for b in branches for condition in b.conditions
    ]


def _is_usual(general: Generalised, branch: Branch) -> bool:
    """Whether all runs did a step, if not all in one place; or all that went on so far, unless one ended for what it saw."""
    everywhere = sum(len(general.columns[i]) for i in branch.columns) == len(general.members)
    first, *others = branch.columns
    lacking = (m for m in range(len(general.members)) if m not in general.columns[first])
    ended = not others and is_cut_off(general, first)
    return everywhere or (ended and not any(saw_otherwise(general, m, first) for m in lacking))


def _is_reasoned(general: Generalised, branch: Branch) -> bool:
    """Whether a step has a condition; that of the step before it is none for what few of many runs did besides."""
    return bool(branch.conditions) and not (branch.block and _is_peculiar(general, branch))


def _is_peculiar(general: Generalised, branch: Branch) -> bool:
    """Whether a step is a habit of few runs among many: what has an effect, and may be why they succeeded, is none, nor a command
    of which nobody knows."""
    actions = [action for i in branch.columns for action in general.columns[i].values()]
    many = len(general.members)
    return len(actions) < LEAST_SHARE * many and all(
        a.kind != "effect" and (a.plain or a.kind != "act") for a in actions
    )


def is_cut_off(general: Generalised, i: int) -> bool:
    """Whether those that lack a step ended before it: a run that was cut short shows nothing of what comes after."""
    column = general.columns[i]
    lacking = [m for m in range(len(general.members)) if m not in column]
    return 2 * len(column) > len(general.members) and not any(
        m in later for later in general.columns[i + 1 :] for m in lacking
    )


def _is_needed(column: Column) -> bool:
    """Whether a success needed a step: most of those that have it, or one in which it may have changed something. What failed in
    all that have it may decide, and is needed for nothing else."""
    if all(action.failed for action in column.values()):
        return False
    return any(action.needed and action.kind in ("act", "effect") for action in column.values()) or (
        2 * sum(action.needed for action in column.values()) > len(column)
    )
