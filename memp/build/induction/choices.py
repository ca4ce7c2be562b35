"""Choices: the one of several like things that a task names, with which a run ends after it found out which.

"If it conducts, put it in the red box, else in the blue box": a run acts on one of two things that its task names in like
words, and another run may have to act on the other. Such a value is no parameter that the task fills in, and none run's
answer is the rule. Only the last step that changes something is looked at: what an earlier one took decides nothing more.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from memp.build.reading.members import Action, Member, squashed

BEFORE, AFTER = 2, 1
"""Words before and after two things that must be the same for a task to name them in like words: "in the red box"."""

MOST_WORDS = 3
"""Words of a thing."""

TO_DECIDE = "which of them is to be found out in this run"


class Choice(NamedTuple):
    """In each run the thing that the last step took, and the things that the task names, in the order of the task."""

    taken: Mapping[int, str]
    options: Sequence[Mapping[int, str]]

    def of(self, option: int) -> list[int]:
        """The runs that took an option."""
        return [m for m, value in self.taken.items() if self.options[option][m] == value]


def last_act(member: Member) -> Action | None:
    """The last step that may have changed something."""
    acts = [action for action in member.actions if action.needed and action.kind in ("act", "effect")]
    return acts[-1] if acts else None


def choice_of(members: Sequence[Member], column: Mapping[int, Action]) -> Choice | None:
    """The choice that a step is; None where it is none, or not in all runs."""
    if len(column) < len(members) or any(last_act(members[m]) is not action for m, action in column.items()):
        return None
    pairs: dict[int, tuple[str, tuple[str, ...]]] = {}
    for m, action in column.items():
        pair = next(_alternatives(members[m], action), None)
        if pair is None or (pairs and len(pair[1]) != len(next(iter(pairs.values()))[1])):
            return None
        pairs[m] = pair
    options = [{m: named[k] for m, (_, named) in pairs.items()} for k in range(len(pairs[0][1]))]
    return Choice({m: taken for m, (taken, _) in pairs.items()}, options)


def _alternatives(member: Member, action: Action) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each thing of a step that the task names beside others in like words on which the run did not act, with all of them."""
    task = member.task_text.split()
    text = squashed(action.text)
    others = " ".join(squashed(other.text) for other in member.actions if other.operation == action.operation)
    for size in range(1, MOST_WORDS + 1):
        for i in range(BEFORE, len(task) - size - AFTER + 1):
            thing = " ".join(task[i : i + size])
            if f" {thing} {task[i + size]} " not in text:
                continue
            like = [
                j for j in range(BEFORE, len(task) - size - AFTER + 1) if _frame(task, j, size) == _frame(task, i, size)
            ]
            named = tuple(dict.fromkeys(" ".join(task[j : j + size]) for j in like))
            if len(named) > 1 and not any(f" {name} " in f" {others} " for name in named if name != thing):
                yield thing, named


def _frame(task: Sequence[str], start: int, size: int) -> tuple[str, ...]:
    end = start + size
    return (*task[start - BEFORE : start], *task[end : end + AFTER])
