"""Render columns of an alignment as steps of a script: the action with its condition, stop sign, reason and what is seen."""

import re
from collections.abc import Sequence

from memp.build.induction.alignment import Column
from memp.build.induction.branching.conditions import Condition
from memp.build.induction.generalised import Generalised
from memp.domain.procedure import MAX_STEPS
from memp.text.clips import clip, clip_middle, first_line
from memp.text.keywords import terms
from memp.text.steps import ScriptStep, quotable
from memp.text.tasks.gist import sentences_of

MAX_STEP = 400
"""Characters of one step; the middle of a longer one goes."""

MAX_LINE = 200
"""Characters of any other line of a script."""

LAST_STEPS = 10
"""Steps that are kept of the end of a script that is too long."""

MAX_EXPECTED = 60
"""Characters of what is seen after a step."""

_REASON = re.compile(
    r"\b(?:because|since|otherwise|so that|must|needs? (?:to|the|an?|its)|requires?|not allowed|first)\b", re.IGNORECASE
)


def rendered(general: Generalised, columns: Sequence[int], condition: Condition | None, *, partial: bool) -> ScriptStep:
    """The step that columns with the same text come to; with `partial` and no condition it says how many runs took it."""
    i = columns[0]
    column = general.columns[i]
    first = next(iter(column))
    action = column[first]
    partial = partial and condition is None
    return ScriptStep(
        clip_middle(" ".join(general.texts[i].split()) if "\n" not in general.texts[i] else general.texts[i], MAX_STEP),
        when="" if condition is None or condition.negated else condition.words,
        unless=condition.words if condition is not None and condition.negated else "",
        bound="" if condition is None else condition.bound,
        until=_until(general, column),
        times=max(action.times for action in column.values()),
        part=sum(len(general.columns[k]) for k in columns) if partial else 0,
        whole=len(general.members) if partial else 0,
        why=_reason(action.thought),
        then=_expected(general, i),
    )


def _until(general: Generalised, column: Column) -> str:
    """The words that ended a wait: of several runs those that all of them saw, where they have some in common."""
    signs = [general.substitute(action.until, m).split() for m, action in column.items() if action.until]
    if not signs:
        return ""
    stretches = [signs[0][i:j] for i in range(len(signs[0])) for j in range(i + 1, len(signs[0]) + 1)]
    stretches = [one for one in stretches if terms(" ".join(one)) and all(_has(sign, one) for sign in signs)]
    return " ".join(max(stretches, key=len, default=signs[0]))


def _has(words: Sequence[str], stretch: Sequence[str]) -> bool:
    size = len(stretch)
    return any(list(words[i : i + size]) == list(stretch) for i in range(len(words) - size + 1))


def _reason(thought: str) -> str:
    """The sentence of a thought that states a reason; empty where none does."""
    reason = next((sentence for sentence in sentences_of(thought) if _REASON.search(sentence)), "")
    return clip(" ".join(reason.translate(str.maketrans("()", "[]")).split()), MAX_LINE - 10)


def _expected(general: Generalised, i: int) -> str:
    """The first line that all runs saw after a step, where it says more than the step; empty with one run."""
    column = general.columns[i]
    if len(column) < 2:
        return ""
    well = {m: action for m, action in column.items() if not action.failed}
    lines = {general.substitute(first_line(action.observation), m, near=i) for m, action in well.items()}
    line = lines.pop() if len(well) > 1 else ""
    if lines or not line or len(line) > MAX_EXPECTED or not set(terms(line)) - set(terms(general.texts[i])):
        return ""
    return quotable(line)


def capped(steps: Sequence[ScriptStep]) -> tuple[str, ...]:
    """At most `MAX_STEPS`, a line among them that says how many are left out: those that the smallest share of runs had, the
    last of them first, then those in the middle."""
    if len(steps) <= MAX_STEPS:
        return tuple(map(str, steps))
    rare = sorted((place for place, step in enumerate(steps) if step.share < 1), key=lambda at: (steps[at].share, -at))
    middle = (place for place in range(MAX_STEPS - 1 - LAST_STEPS, len(steps) - LAST_STEPS) if place not in rare)
    gone = sorted([*rare, *middle][: len(steps) - MAX_STEPS + 1])
    note = f"[{len(gone)} steps are left out here; the trajectory has them]"
    lines = [note if place == gone[0] else str(step) for place, step in enumerate(steps) if place not in gone[1:]]
    return tuple(lines)
