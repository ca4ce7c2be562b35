"""Projects: which procedures and runs belong to which, and moving, merging and naming them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memp.domain.projects import Belonging, KnownProject
    from memp.embed import Vectors
    from memp.store.records import Hit, KeyKind


class Projects(Protocol):
    """Projects, and what belongs to them (memp.domain.projects)."""

    def merged_projects(self) -> Mapping[str, str]:
        """Every project that was ever known, with the one that it was merged into; empty where it is one."""
        ...

    def project_titles(self) -> Mapping[str, str]:
        """Every project, with the name that a person gave it; empty where none did."""
        ...

    def belonging(self, procedure_ids: Sequence[int]) -> Mapping[int, Belonging]:
        """The projects that procedures belong to."""
        ...

    def met_in(self, pitfall_ids: Sequence[int]) -> Mapping[int, Belonging]:
        """The projects that pitfalls were met in."""
        ...

    def ran_in(self, trajectory_ids: Sequence[int]) -> Mapping[int, str]:
        """The project of each run."""
        ...

    def own_keys(
        self, kind: KeyKind, project: str, scopes: Sequence[str], limit: int, vector: Vectors | None
    ) -> list[Hit]:  # fmt: skip
        """Up to `limit` keys of the active procedures that were made in a project, the nearest to `vector` first."""
        ...

    def has_procedures(self, project: str, scopes: Sequence[str]) -> bool:
        """Whether active procedures of these scopes were made in a project."""
        ...

    def named_elsewhere(self, texts: Sequence[str], project: str) -> frozenset[str]:
        """Those of the texts that steps of runs in other projects than this one hold, in any letter case."""
        ...

    def known_projects(self, *, labels: bool = True) -> list[KnownProject]:
        """Every project by its identity, and last what belongs to none.
        With `labels` also the folder names of runs of none: each of these is read."""
        ...

    def runs_in(self, project: str, label: str = "") -> list[int]:
        """The runs of a project; with `label` those of them whose record has that name."""
        ...

    def procedures_in(self, project: str) -> list[int]:
        """The procedures that were made in a project."""
        ...

    def move_to_project(self, runs: Sequence[int], procedures: Sequence[int], project: str, why: str) -> None:
        """Give runs and procedures to a project."""
        ...

    def merge_projects(self, old: str, new: str) -> None:
        """Give all that a project has to another, now and from now on."""
        ...

    def name_project(self, identity: str, title: str) -> None:
        """Give a project the name that people see."""
        ...
