"""Repeated checks: commands that the runs of a family do again and again to see how things stand, and that are aligned once."""

from collections.abc import Sequence

from memp.build.reading.members import Member
from memp.text.actions.operations import operation_of


def common_checks(members: Sequence[Member]) -> frozenset[str]:
    """The checks that some runs did again and again, and all others at most at their beginning."""
    texts = [frozenset(action.text for action in member.actions) for member in members]
    every = frozenset[str]().union(*(member.checks for member in members))
    initial = [member.initial(every) for member in members]
    return frozenset(
        check
        for check in every
        if not _is_part_of_all(check, members)
        and all(
            check in m.checks | at_first or check not in own
            for m, at_first, own in zip(members, initial, texts, strict=True)
        )
    )


BEFORE_AND_AFTER = 2
"""Times that a run does what shows how things stood before and stand in the end."""


def _is_part_of_all(check: str, members: Sequence[Member]) -> bool:
    """Whether all runs do a command that may change something as often, and not only before and after all else: then each time
    is a step, as of what is built again after its parts have changed."""
    operation = operation_of(check)
    counts = {m.times_of(operation) for m in members}
    if len(members) == 1 or len(counts) > 1 or counts == {1} or any(check in m.looks for m in members):
        return False
    return counts != {BEFORE_AND_AFTER} or all(m.actions[-1].operation != operation for m in members)
