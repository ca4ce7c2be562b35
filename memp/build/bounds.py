"""Bounds of kinship: what a run may share with others at most, before they are aligned."""

from collections.abc import Hashable, Sequence

from memp.build.induction.alignment import Column
from memp.build.induction.completeness import is_act
from memp.build.kinship import LEAST_OF_ALL
from memp.build.reading.members import Member

Step = tuple[Hashable, bool]
"""The operation of a step, and whether it may have changed something."""


def most_shared(members: Sequence[Member], columns: Sequence[Column]) -> float:
    """What `shared_of` gives at most once the last run is aligned with these columns of the others, whose task it does not have:
    as if all steps of one operation corresponded that can in one order. It is much quicker than to align them."""
    if any(
        member.tries for member in members
    ):  # A step that mended an error does not count; which one does is not known yet.
        return 1.0
    *others, new = members
    usual = [column for column in columns if 2 * len(column) >= len(others)]
    steps = [(next(iter(column.values())).operation, is_act(column)) for column in usual]
    return most_in_common(steps, [(action.operation, is_act({0: action})) for action in new.actions])


def most_in_common(steps: Sequence[Step], own: Sequence[Step]) -> float:
    """The same of the steps that most of the others have and of the new run's own."""
    fewer, more = sorted((sum(act for _, act in steps), sum(act for _, act in own)))
    both = _longest_common(steps, own)
    return both / fewer if fewer and both >= LEAST_OF_ALL * more else float(not fewer)


def _longest_common(ours: Sequence[Step], theirs: Sequence[Step]) -> int:
    """The length of the longest common subsequence of operations, of pairs of which one is an act, in the bits of an integer
    (Hyyrö, 2004)."""
    acts, every = dict[Hashable, int](), dict[Hashable, int]()
    for i, (operation, act) in enumerate(ours):
        every[operation] = every.get(operation, 0) | 1 << i
        acts[operation] = acts.get(operation, 0) | act << i
    full = (1 << len(ours)) - 1
    free = full
    for operation, act in theirs:
        matched = free & (every if act else acts).get(operation, 0)
        free = (free + matched | free - matched) & full
    return len(ours) - free.bit_count()
