"""Outlines: what a run did, in two bytes a step. They are kept with it, so that a new run is told from most others, and the steps
that its success needed are known, without reading it again.

An outline never says that runs differ that may be of one family: where it cannot tell, they are read.
"""

import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from memp.build.bounds import Step, most_in_common
from memp.build.induction.completeness import is_act
from memp.build.kinship import operations_of
from memp.build.reading.members import Member
from memp.build.reading.reduction import new_member
from memp.domain.trajectory import Trajectory

VERSION = 1
"""The edition of the rules by which runs are read. Who changes what they say of a run raises it: older outlines are void then."""

MOST_OUTLINED = 400
"""Steps of a run that is outlined: a longer one is joined by none, and is shown whole."""

_HEAD = 2
_NEEDED, _ALIGNED, _ACT = 1 << 15, 1 << 14, 1 << 13
_OPERATION = _ACT - 1


class Outline(NamedTuple):
    """Positions of the steps that the run's success needed; the operation of each step that is aligned, as a number, with
    whether it may have changed something; and whether nothing else counts when it is aligned: it has no checks that it did
    again and again, and no failed tries."""

    needed: Sequence[int]
    steps: Sequence[Step]
    simple: bool


def outline_of(run: Trajectory) -> bytes | None:
    """The outline of a run that is recorded just now, as it is stored; None of a long one."""
    if len(run.steps) > MOST_OUTLINED:
        return None
    member = new_member(run)
    marks = [0] * len(run.steps)
    for action in member.actions:
        marks[action.place] = _ALIGNED | (_ACT if is_act({0: action}) else 0) | _number(action.operation)
    for place in member.kept:
        marks[place] |= _NEEDED
    return struct.pack(f"<BB{len(marks)}H", VERSION, _is_simple(member), *marks)


def read_outline(stored: bytes | None) -> Outline | None:
    """A stored outline; None where there is none of this edition."""
    if stored is None or stored[0] != VERSION:
        return None
    marks = struct.unpack(f"<{(len(stored) - _HEAD) // 2}H", stored[_HEAD:])
    steps = [(mark & _OPERATION, bool(mark & _ACT)) for mark in marks if mark & _ALIGNED]
    return Outline([i for i, mark in enumerate(marks) if mark & _NEEDED], steps, bool(stored[1]))


def may_join(outline: Outline, new: Member, least: float, *, alone: bool) -> bool:
    """Whether a run may be one of a family whose first exemplar has this outline, and none of which has its task; `alone`: it is
    the only one. As memp.build.families.join decides before it aligns the two, but that different operations may count as one."""
    ours = {operation for operation, act in outline.steps if act}
    theirs = operations_of(new)
    if ours and 2 * sum(_number(one) in ours for one in theirs) < min(len(ours), len(theirs)):
        return False
    if not (alone and outline.simple and _is_simple(new)):
        return True
    own = [(_number(action.operation), is_act({0: action})) for action in new.actions]
    return most_in_common(outline.steps, own) >= least


def _is_simple(member: Member) -> bool:
    return not member.checks and not member.tries


def _number(operation: str) -> int:
    return zlib.crc32(operation.encode("utf-8", "surrogatepass")) & _OPERATION
