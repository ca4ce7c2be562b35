"""Completeness: which runs of a family did all that its success takes.

A run that was cut short, or that failed and was told as a success, has the first steps of its kind and lacks the last ones, or
lacks just what its task asks for. What it did until it gave up is nobody's way to the end: a script is made of the others (robust
estimation: the majority decides what the end is).
"""

from collections.abc import Sequence

from memp.build.induction.alignment import Column
from memp.build.induction.generalised import Generalised, Variable
from memp.build.reading.action import Action
from memp.build.reading.mentions import names, squashed
from memp.text.keywords import terms

LEAST_RUNS = 3
"""Runs of which the most can tell what the end is."""


def is_act(column: Column) -> bool:
    """Whether a step may have changed something."""
    return any(action.needed and action.kind in ("act", "effect") for action in column.values())


def complete(general: Generalised) -> list[int]:
    """The runs of a family that are complete; all where most seem not to be."""
    runs = range(len(general.members))
    whole = [m for m in runs if not (_is_truncated(general, m) or _leaves_out(general, m))]
    return whole if 2 * len(whole) >= len(runs) else [*runs]


def _is_truncated(general: Generalised, m: int) -> bool:
    """Whether a run ended without the last acts that most of the others have, and did nothing else instead; and these take what
    its task names. Of two runs only that is sure which never came to a thing that its task names."""
    others = len(general.members) - 1
    acts = [i for i, column in enumerate(general.columns) if is_act(column)]
    usual = [i for i in acts if 2 * len(general.columns[i].keys() - {m}) > others]
    shared = [i for i in usual if m in general.columns[i]]
    if not shared:
        return False
    missing = [i for i in usual if i > shared[-1]]
    said = [v for v in general.variables if v.origin == "task" and m in v.values and len(set(v.values.values())) > 1]
    wanted = [v for v in said if any(_takes(general.columns[i], v) for i in missing)]
    if not wanted or _does_otherwise(general, m, general.columns[shared[-1]][m].place, said):
        return False
    if len(general.members) >= LEAST_RUNS:
        return True
    return any(not _is_taken(general.members[m].actions, v.values[m]) for v in wanted)


def _leaves_out(general: Generalised, m: int) -> bool:
    """Whether a run never did what its task asks for by the name of an act that all others have, and did another act instead.
    Where some of them do without as well, or it did nothing instead, there was no need."""
    others = len(general.members) - 1
    if others + 1 < LEAST_RUNS or not any(is_act(one) and one.keys() == {m} for one in general.columns):
        return False
    member = general.members[m]
    done = {action.operation for action in member.actions}
    asked = set(terms(member.task))
    by_all = (one for one in general.columns if is_act(one) and len(one.keys() - {m}) == others)
    missing = {action.operation for column in by_all for action in column.values()} - done
    named = (set(terms(operation)) for operation in missing)
    return any(words and words <= asked for words in named)


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
