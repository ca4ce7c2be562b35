"""Families: the runs that a procedure was made from, its exemplars, and whether a new run is one more of them.

A run that is aligned with them (memp.build.induction.alignment) is one of them if it is for the same kind of task
(memp.build.kinship); then the procedure is made from all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from memp.build.bounds import most_shared
from memp.build.extractive.script import Built, build_family
from memp.build.induction.alignment import Column, align, align_more, as_aligned
from memp.build.induction.generalised import Generalised
from memp.build.induction.parameters import generalise
from memp.build.kinship import LEAST_SHARED, LEAST_USED, is_kin, may_share, shared_of
from memp.build.reading.members import Member
from memp.build.reading.repetition import common_checks

MOST_ALIGNED = 400
"""Steps of a run that is aligned with others: the time grows with the square; a longer run is a procedure of its own."""


class Family(NamedTuple):
    """The exemplars of a procedure, the checks that all of them did several times, and how they are aligned."""

    members: Sequence[Member]
    checks: frozenset[str]
    columns: Sequence[Column]


class Joined(NamedTuple):
    """A family with one more run, the same in general terms, and how much of the runs' acts corresponds, from 0 to 1."""

    family: Family
    general: Generalised
    shared: float

    def built(self) -> Built:
        """The script of the family with this run."""
        return build_family(self.family.columns, self.general)


def family_of(members: Sequence[Member]) -> Family:
    """A family of these exemplars. A check that all of them did again and again counts once. Where one of them is too long to
    be aligned nothing joins it, and only the first is laid out."""
    checks = common_checks(members)
    aligned = members if _can_be_aligned(members) else members[:1]
    return Family(members, checks, align(as_aligned(aligned, checks)))


def join(family: Family, new: Member, *, used: bool = False) -> Joined | None:
    """The family of these runs with a new one; None where that is not one of them."""
    if not _can_be_aligned([*family.members, new]):
        return None
    alike = any(member.task == new.task for member in family.members)
    if not alike and not may_share(family.members, new):
        return None
    checks = common_checks([*family.members, new])
    members = as_aligned([*family.members, new], checks)
    same = checks == family.checks and members[:-1] == as_aligned(family.members, checks)
    least = LEAST_USED if used else LEAST_SHARED
    if same and not alike and most_shared(members, family.columns) < least:
        return None
    columns = align_more(family.columns, members) if same else align(members)
    shared = shared_of(members, columns, alike=alike)
    if shared < least:
        return None
    general = generalise(members, columns)
    if not is_kin(general, shared, used=used, alike=alike):
        return None
    return Joined(Family((*family.members, new), checks, columns), general, shared)


def _can_be_aligned(members: Sequence[Member]) -> bool:
    return all(len(member.actions) <= MOST_ALIGNED for member in members)


Families = Callable[[int], Family]
"""The family of a procedure, by its id."""


@dataclass(frozen=True)
class Candidate:
    """A procedure that a run may be one more of, and whether the run says that it followed it."""

    id: int
    used: bool = False


def best_family(new: Member, candidates: Sequence[Candidate], families: Families) -> tuple[int, Joined] | None:
    """The family that a run joins: the first that it says it used, else one with the very same task, else the one that shares
    most; None where none fits."""
    best: tuple[tuple[bool, float], int, Joined] | None = None
    for candidate in candidates if _can_be_aligned([new]) else ():
        family = families(candidate.id)
        made = join(family, new, used=candidate.used)
        worth = (any(member.task == new.task for member in family.members), made.shared if made else 0.0)
        if made is not None and (best is None or worth > best[0]):
            best = worth, candidate.id, made
            if candidate.used or worth >= (True, 1.0):
                break
    return None if best is None else best[1:]
