"""Belonging: the projects in which something was learned, and whether that holds beyond them.

A procedure belongs to the projects of the runs that it was built from. Elsewhere it is foreign, unless two projects have
validated it independently: each by a run of its own that did not follow it and that more than its agent's word calls a success.
What was learned in no project, or recorded before there were any, is nobody's and foreign nowhere. But where such a run names the
folder it was made in, it is some project's, and nobody knows which: that is offered to nobody who did not ask. Nor is what
belongs to a project where none is at hand; whoever asks there is shown all.
"""

from collections.abc import Mapping
from typing import NamedTuple

LEAST_VALIDATED = 2
"""Projects that must have validated a procedure for it to count as general: one alone says nothing of others."""


class Belonging(NamedTuple):
    """The projects of something, with "" among them where a part of it was learned in none; those that validated it; and
    whether it was made in folders of which nobody knows the project."""

    projects: frozenset[str] = frozenset()
    validated: frozenset[str] = frozenset()
    unsure: bool = False

    @property
    def general(self) -> bool:
        """Whether several projects have found the same independently."""
        return len(self.validated) >= LEAST_VALIDATED

    def is_of(self, project: str) -> bool:
        """Whether it counts as a project's own."""
        return project in self.projects or self.general

    def is_foreign(self, project: str) -> bool:
        """Whether it was learned elsewhere; where no project is at hand, nothing is."""
        return bool(project and self.projects) and "" not in self.projects and not self.is_of(project)

    def may_be_foreign(self, project: str) -> bool:
        """Whether it was learned elsewhere, which where no project is at hand is in any, or nobody knows where."""
        if self.general or (project and project in self.projects):
            return False
        return self.unsure or bool(self.projects and "" not in self.projects)

    @property
    def home(self) -> str:
        """The project to name where it is foreign."""
        return min(self.projects, default="")


NOBODY = Belonging()


class KnownProject(NamedTuple):
    """A project of a memory: its identity (empty: no project), the name that a person gave it, the one that it was merged
    into, how much was learned in it, and when last. `labels` are folder names that older records have in its place."""

    identity: str
    title: str = ""
    same_as: str = ""
    runs: int = 0
    procedures: int = 0
    last: str = ""
    labels: Mapping[str, int] = {}
