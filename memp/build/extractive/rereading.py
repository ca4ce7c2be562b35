"""Read a condition again: a script repeats a reading where a step since the last one may have changed what it showed."""

from collections.abc import Sequence

from memp.build.induction.alignment import Column
from memp.build.induction.branching.branches import is_changed_by
from memp.build.induction.branching.conditions import Condition
from memp.build.induction.branching.timelines import Timelines
from memp.text.steps import ScriptStep


class Rereading:
    """The readings and changes of a script so far: which condition is out of date and must be read again."""

    def __init__(self, timelines: Timelines) -> None:
        self._timelines = timelines
        self._general = timelines.general
        self._changes: dict[str, list[Sequence[int]]] = {}
        """The text of a reading to the steps after it that may have changed something."""
        self._last: Condition | None = None

    def add(self, columns: Sequence[int], condition: Condition | None, *, changes: bool) -> None:
        """Add steps of the script, done in a condition; `changes`: they may have changed something."""
        for steps in self._changes.values() if changes else ():
            steps.append(columns)
        for column in columns:
            self._changes[self._general.texts[column]] = []
        self._last = condition

    def again(self, condition: Condition | None) -> list[ScriptStep]:
        """The reading of a condition once more, where a step since the last time changes what it shows; not between the steps of
        a block, which are all done for what was read before its first."""
        if condition is None or _is_same(condition, self._last):
            return []
        reading = self._general.texts[condition.column]
        steps = self._changes.get(reading)
        if not steps or not _only_reads(self._general.columns[condition.column]):
            return []
        if not any(is_changed_by(self._timelines, condition, one) for one in steps):
            return []
        self._changes[reading] = []
        return [ScriptStep(reading)]


def _is_same(condition: Condition, other: Condition | None) -> bool:
    return other is not None and condition[:3] == other[:3]


def _only_reads(column: Column) -> bool:
    return all(action.kind == "look" for action in column.values())
