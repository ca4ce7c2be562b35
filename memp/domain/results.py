"""What the memory is asked for and answers: frozen values between the orchestrator and its users."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from memp.build.assessment import Assessment
from memp.build.builders import BuilderChoice
from memp.domain.procedure import Builder, Form, KnownPitfall, Procedure, RevisionState
from memp.domain.trajectory import SUCCESS_REWARD, Provenance, Trajectory
from memp.retrieve.strategies import Strategy
from memp.update.lifecycle import NOTHING, Decided, Erasure
from memp.update.policies import Policy

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
    holdout: float = 0.0
    stale_days: int = 0
    capacity: int = 0
    environment: str = ""
    tools: tuple[str, ...] = ()
    agent: str = ""
    most: int = MOST_MATCHES
    """The most procedures that a recall may be asked for."""

    @property
    def provenance(self) -> Provenance:
        """Who records where a caller says nothing of it."""
        return Provenance(model=self.agent or None, project=self.project or None, environment=self.environment or None)

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
    held: bool = False
    """Whether something applied and was kept back, to measure what the memory is worth."""
    withheld: int = 0
    """Procedures that apply and do harm in this context: they were left out."""
    form: Form = "proceduralization"
    """What was asked for."""


class Revised(NamedTuple):
    """A new revision of a procedure, and whether it is shown from now on, is on trial, or waits for a person."""

    number: int
    state: RevisionState


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
    decided: Decided = NOTHING
    revised: Mapping[int, Revised] = field(default_factory=dict[int, Revised])
    pitfalls: Sequence[int] = ()
    assessed: Assessment | None = None
    """How the run was taken to have ended, where its caller did not say."""
    general: int | None = None
    """A procedure that was generalised from this one and others of its family."""
    why: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Reflection:
    """What became of a failure. `revised` maps procedures to their new revision; `material` is what a revision needs."""

    trajectory: int
    new: bool
    pitfalls: Sequence[int] = ()
    credited: Sequence[Procedure] = ()
    decided: Decided = NOTHING
    revised: Mapping[int, Revised] = field(default_factory=dict[int, Revised])
    material: Mapping[str, object] | None = None
    notes: Sequence[str] = ()
