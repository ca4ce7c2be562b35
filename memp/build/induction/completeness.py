"""Completeness: which runs of a family did all that its success takes.

A run that was cut short, or that failed and was told as a success, has the first steps of its kind and lacks the last ones. What
it did until it gave up is nobody's way to the end: a script is made of the others (robust estimation: the majority decides what
the end is). A run that did without the last steps because of what it saw, or did something else instead, is complete.
"""

from collections.abc import Sequence

from memp.build.induction.alignment import Column
from memp.build.induction.branching.branches import Branch, branches_of
from memp.build.induction.branching.conditions import Condition
from memp.build.induction.branching.timelines import Timelines
from memp.build.induction.generalised import Generalised, Variable
from memp.build.reading.action import Action
from memp.build.reading.mentions import names, squashed

LEAST_FOR_MOST = 3
"""Runs of which the most can tell what the end is."""


def is_act(column: Column) -> bool:
    """Whether a step may have changed something."""
    return any(action.needed and action.kind in ("act", "effect") for action in column.values())


def complete(general: Generalised) -> list[int]:
    """The runs of a family that are complete; all where most seem not to be."""
    runs = range(len(general.members))
    missing = {m: columns for m in runs if (columns := _missing(general, m))}
    if missing and 2 * len(missing) <= len(runs):
        explained = _explained(general, sorted(set[int]().union(*missing.values())))
        return [m for m in runs if m not in missing or not explained.isdisjoint(missing[m])]
    return [*runs]


def _explained(general: Generalised, columns: Sequence[int]) -> set[int]:
    """Those of these columns whose step is taken for a reason: what was seen before it speaks of it, is gone after it, or was
    read of what it acts on."""
    return {
        i
        for branch in branches_of(general.once(Timelines), columns)
        if branch.covered and all(_is_reason(general, branch, condition) for condition in branch.conditions)
        for i in branch.columns
    }


def _is_reason(general: Generalised, branch: Branch, condition: Condition) -> bool:
    if condition.speaks or condition.gone or condition.bound:
        return True
    read = general.columns[condition.column]
    return any(_takes(read, v) and _takes(general.columns[branch.columns[0]], v) for v in _said(general))


def _said(general: Generalised) -> list[Variable]:
    """The parameters that the tasks name, each its own value."""
    return [v for v in general.variables if v.origin == "task" and len(set(v.values.values())) > 1]


def _missing(general: Generalised, m: int) -> list[int]:
    """The last acts that most of the others have and a run does not, where it did nothing else instead, and they take what its
    task names; none where it is complete. Of two runs only that is sure which never came to a thing that its task names."""
    others = len(general.members) - 1
    acts = [i for i, column in enumerate(general.columns) if is_act(column)]
    usual = [i for i in acts if 2 * len(general.columns[i].keys() - {m}) > others]
    shared = [i for i in usual if m in general.columns[i]]
    if not shared or _has_effect_of_its_own(general, m):
        return []
    missing = [i for i in usual if i > shared[-1]]
    said = [v for v in _said(general) if m in v.values]
    wanted = [v for v in said if any(_takes(general.columns[i], v) for i in missing)]
    if not wanted or _does_otherwise(general, m, general.columns[shared[-1]][m].place, said):
        return []
    never = any(not _is_taken(general.members[m].actions, v.values[m]) for v in wanted)
    if saw_otherwise(general, m, missing[0]):
        return []
    return missing if never or len(general.members) >= LEAST_FOR_MOST else []


def saw_otherwise(general: Generalised, m: int, i: int) -> bool:
    """Whether a step before showed the same in all runs that have a later one, and something else in a run that has not."""
    having = general.columns[i].keys()
    for column in general.columns[:i]:
        if m in column and having <= column.keys():
            shown = {k: general.substitute(column[k].observation, k) for k in (m, *having)}
            if shown.pop(m) not in shown.values() and len(set(shown.values())) == 1:
                return True
    return False


def _has_effect_of_its_own(general: Generalised, m: int) -> bool:
    """Whether a run surely changed something by a step that no other has."""
    return any(column[m].kind == "effect" for column in general.columns if set(column) == {m})


def _takes(column: Column, variable: Variable) -> bool:
    return all(m in variable.values and names(squashed(a.text), variable.values[m]) for m, a in column.items())


def _is_taken(actions: Sequence[Action], value: str) -> bool:
    return any(names(squashed(action.text), value) for action in actions)


def _does_otherwise(general: Generalised, m: int, place: int, said: Sequence[Variable]) -> bool:
    """Whether a run did something after a step that surely changed something, or did it to what its task names."""
    later = [action for action in general.members[m].actions if action.needed and action.place > place]
    return any(
        a.kind == "effect" or (a.kind == "act" and any(_is_taken([a], v.values[m]) for v in said)) for a in later
    )
