"""What the memory is asked for and answers: frozen values between the orchestrator and its users."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from memp.build import BuilderChoice
from memp.procedure import Builder, Procedure
from memp.retrieve import Strategy
from memp.store import KnownPitfall
from memp.trajectory import SUCCESS_REWARD, Trajectory
from memp.update import Erasure, Policy

MOST_MATCHES = 3


@dataclass(frozen=True)
class Options:
    """How the memory behaves; every field but `most` is a setting of the same name (MEMP_*)."""

    project: str = ""
    retrieve: Strategy = "hybrid"
    update: Policy = "adjustment"
    erase: Erasure = "posterior"
    builder: BuilderChoice = "auto"
    floor: float | None = None
    success_reward: float = SUCCESS_REWARD
    seed: int = 0
    most: int = MOST_MATCHES
    """The most procedures that a recall may be asked for."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """Where to look: the project's own procedures, and those of no project."""
        return tuple(dict.fromkeys([self.project, ""]))


@dataclass(frozen=True)
class Match:
    """A procedure that fits.

    `bindings` say what its parameters stand for in the task at hand; `seen` what the others stood for in earlier
    runs, as (value, runs), most often first; `example` is the closest successful run, beside a script without its detours.
    """

    procedure: Procedure
    score: float
    similarity: float | None
    bindings: Mapping[str, str]
    seen: Mapping[str, Sequence[tuple[str, int]]]
    pitfalls: Sequence[KnownPitfall]
    example: Trajectory | None = None
    same_task: bool = False
    """Whether the example is a run of the very task that was asked about."""


@dataclass(frozen=True)
class Recall:
    """What fits a task, best first; nothing where nothing does. `closest` is the best score below the floor."""

    matches: Sequence[Match]
    pitfalls: Sequence[KnownPitfall]
    closest: float | None
    floor: float
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Record:
    """What became of a recorded run. `how` is what happened to procedure `built`; `why` says why nothing was built."""

    trajectory: int
    new: bool
    success: bool
    built: int | None = None
    how: Literal["created", "merged", "revised"] | None = None
    builder: Builder | None = None
    credited: Sequence[Procedure] = ()
    archived: Sequence[int] = ()
    revised: Mapping[int, int] = field(default_factory=dict[int, int])
    pitfalls: Sequence[int] = ()
    why: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Reflection:
    """What became of a failure. `revised` maps procedures to their new revision; `material` is what a revision needs."""

    trajectory: int
    new: bool
    pitfalls: Sequence[int] = ()
    credited: Sequence[Procedure] = ()
    archived: Sequence[int] = ()
    revised: Mapping[int, int] = field(default_factory=dict[int, int])
    material: Mapping[str, object] | None = None
    notes: Sequence[str] = ()
