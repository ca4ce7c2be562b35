"""Read procedures with their revisions and pitfalls, and the runs that they were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    from memp.domain.procedure import KnownPitfall, Procedure, Revision
    from memp.domain.trajectory import Trajectory
    from memp.store.records import Unfinished


class Procedures(Protocol):
    """Read procedures, their revisions and pitfalls, and what their parameters stood for."""

    def procedures(
        self, ids: Sequence[int] | None = None, *, scopes: Sequence[str] | None = None, active: bool = True
    ) -> list[Procedure]:
        """Procedures by id, in the order given, or all of the scopes; archived ones too unless `active`."""
        ...

    def unreadable_procedures(self, scopes: Sequence[str] | None = None) -> list[int]:
        """The procedures of the scopes of which nothing can be shown, as their current revision is lost."""
        ...

    def newest_procedure(self) -> int:
        """The id of the procedure that was made last, archived or not; 0 where there is none."""
        ...

    def made_after(self, procedure_id: int, scope: str) -> list[int]:
        """The procedures of a scope that were made after this one, the oldest first."""
        ...

    def history(self, procedure_id: int) -> list[Revision]:
        """Every revision of a procedure, the first first."""
        ...

    def revised_after(self, runs: Sequence[int]) -> Mapping[int, list[int]]:
        """The revisions that a failure of one of these runs was the reason for, by procedure: that which is shown, those on trial
        and those that are proposed."""
        ...

    def built_by(self, runs: Sequence[int]) -> Set[int]:
        """The procedures that have one of these runs among those that they were made from."""
        ...

    def pitfalls(self, procedure_ids: Sequence[int] = (), *, ids: Sequence[int] = ()) -> list[KnownPitfall]:
        """The pitfalls of procedures, or those with the given ids in that order; most met first."""
        ...

    def templates(self, procedure_id: int) -> list[str]:
        """The templates of the tasks that a procedure was built from, each once, the longest first."""
        ...

    def template_tasks(self, ids: Sequence[int]) -> Mapping[tuple[int, str], int]:
        """How many different tasks each template of these procedures was read off: (procedure, template) to a count."""
        ...

    def stood_for(
        self, procedure_id: int, bound: Mapping[str, str], projects: Sequence[str] | None = None
    ) -> Mapping[str, list[tuple[str, int]]]:
        """Values of each parameter in the source runs that agree with `bound`: (value, runs), most often first. With
        `projects` only of runs in these, and of imported ones."""
        ...

    def findings(
        self, abouts: Sequence[str], scopes: Sequence[str], procedure_id: int | None = None,
        projects: Sequence[str] | None = None,
    ) -> Mapping[str, list[tuple[str, int]]]:  # fmt: skip
        """Findings of the source runs of all procedures about these: (value, runs), most often first. Those of an
        imported file count for the procedures that came in it only; with `projects` only those of runs in these."""
        ...

    def places_in(self, text: str, scopes: Sequence[str]) -> list[str]:
        """The places where runs found things that a text in lower case names."""
        ...


class Trajectories(Protocol):
    """Read recorded runs, and what was made of them."""

    def trajectory(self, trajectory_id: int) -> Trajectory:
        """A stored run.

        Raises:
            NotFoundError: there is none with this id.
        """
        ...

    def runs_within(self, ids: Sequence[int], scopes: Sequence[str]) -> Set[int]:
        """Those of these trajectories that belong to one of the scopes."""
        ...

    def trajectory_tasks(self, ids: Sequence[int]) -> Mapping[int, str]:
        """The task sentences of trajectories."""
        ...

    def outlines(self, ids: Sequence[int]) -> Mapping[int, bytes]:
        """The outlines (memp.build.outline) of those of these trajectories that have one."""
        ...

    def closest_run(self, procedure_id: int, task: str, projects: Sequence[str] | None = None) -> int | None:
        """The newest source trajectory, in these projects, whose task begins with this text, else the newest one."""
        ...

    def built_from(self, trajectory_id: int) -> int | None:
        """The procedure that a trajectory was built or merged into."""
        ...

    def showing(self, texts: Sequence[str], scopes: Sequence[str], limit: int, project: str = "") -> list[int]:
        """Of the newest runs those whose steps hold most of these texts, in any letter case: more than half of them. Those of
        `project` come first."""
        ...

    def pitfalls_met(self, trajectory_id: int) -> list[int]:
        """The pitfalls that were remembered of this run."""
        ...

    def unfinished(self) -> list[Unfinished]:
        """Runs that are stored and of which not all was made yet, the first first."""
        ...

    def runs_of(self, procedure_ids: Sequence[int]) -> list[int]:
        """The runs that these procedures alone were built from, used by, or whose pitfalls they met."""
        ...
