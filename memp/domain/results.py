"""Options and results: what the memory is configured by and what recall, record and reflect return.

Frozen values only. They import nothing of build, retrieve, update or store, and no numpy: a tool's reply is made of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from memp.domain.procedure import Builder, Form, KnownPitfall, Pitfall, Procedure, RevisionState, Tier
from memp.domain.trajectory import SUCCESS_REWARD, Evidence, EvidenceKind, Provenance, Trajectory, Value

Strategy = Literal["hybrid", "query", "facts", "random"]
"""How candidates are retrieved: memp.retrieve.strategies."""

Policy = Literal["vanilla", "validation", "adjustment"]
"""How a finished run changes the memory: memp.update.policies."""

Erasure = Literal["posterior", "reference", "off"]
"""When a procedure is archived for its outcomes: memp.update.lifecycle."""

BuilderChoice = Literal["auto", "caller", "claude", "extractive"]
"""Who is to write scripts: memp.build.builder."""

MOST_MATCHES = 3
"""The most procedures that a tool's recall may ask for."""

Write = Literal["auto", "ask", "off"]
"""What becomes of a run that is passed: it is stored, waits for a person's word, or is refused."""

Personal = Literal["keep", "hide"]
"""What becomes of personal data in the texts that are taken in."""

KEPT_ANSWERS = 2_000
"""Recalls, the newest, whose words are kept, unless the settings say otherwise."""

UNKNOWN = "unknown"
"""The outcome of a run that nobody judged: it is assessed."""


@dataclass(frozen=True)
class Options:
    """How the memory behaves; every field but `at` and `most` is a setting of the same name (MEMP_*)."""

    project: str = ""
    at: str = ""
    """The project at hand where none is set: what is learned is noted as its, and its procedures come first. MEMP_PROJECT is
    more: it keeps what is learned apart."""
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
    write: Write = "auto"
    personal: Personal = "keep"
    """What becomes of personal data in what is taken in (memp.text.personal)."""
    trusted: bool = False
    """Whether a person vouches for the client that calls the tools: what it says of an outcome then counts as it says."""
    keep_answers: int = KEPT_ANSWERS
    """Recalls, the newest, of which what was asked and answered is kept word for word; 0: none."""
    most: int = MOST_MATCHES
    """The most procedures that a recall may be asked for."""

    @property
    def provenance(self) -> Provenance:
        """The default provenance of a run or a recall, where a caller passes none."""
        return Provenance(
            model=self.agent or None, project=self.project or self.at or None, environment=self.environment or None
        )

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes to search: the project's own procedures, and those of no project."""
        return tuple(dict.fromkeys([self.project, ""]))

    @property
    def seen(self) -> tuple[str, ...] | None:
        """The scopes whose procedures and runs a person at the terminal is shown: all (None) unless a project is set."""
        return self.scopes if self.project else None


class TrackRecord(NamedTuple):
    """How the runs of a procedure ended: how many there were, how many of them succeeded, and how many of these more than
    their agent's word says did; the median number of steps of a success; and the step that failed runs left it at most
    often, of how many that was so. `claimed`: runs in other memories that its file tells of."""

    runs: int = 0
    successes: int = 0
    checked: int = 0
    steps: int = 0
    lost_at: str = ""
    lost: int = 0
    claimed: int = 0


class LeftOut(NamedTuple):
    """Values of a parameter that are not told: how many, of how many of all runs; `elsewhere`: since they are places that the
    context does not name."""

    values: int
    runs: int
    of: int
    elsewhere: bool = False


@dataclass(frozen=True)
class Match:
    """A procedure that fits.

    `bindings` say what its parameters stand for in the task at hand; `seen` what the others stood for in earlier
    runs, as (value, runs), most often first, and `left_out` what is not told there; `example` is the closest successful run,
    beside a script without its detours. `track` is None where outcomes were not looked up.
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
    left_out: Mapping[str, LeftOut] = field(default_factory=dict[str, LeftOut])
    track: TrackRecord | None = None
    learned_in: str = ""
    """The project that it was learned in, where that is another one than the asker's."""
    theirs: Sequence[str] = ()
    """Names in it that only that project's runs hold: hosts, paths, applications."""


class Precedent(NamedTuple):
    """An earlier case of an error: a pitfall, or (`run`) what a run did after a step that failed so, and whether that step
    worked then. `learned_in` is the project, where that is another one than the asker's."""

    pitfall: Pitfall
    procedure: int | None = None
    run: int | None = None
    overcome: bool = False
    learned_in: str = ""


class ErrorAnswer(NamedTuple):
    """The answer to an error: precedents, the closest first, and what runs found out about the things that it names, as
    (value, runs)."""

    precedents: Sequence[Precedent] = ()
    facts: Mapping[str, Sequence[tuple[str, int]]] = {}


class Considered(NamedTuple):
    """One candidate of a recall, and how it was ranked.

    `worth` is the Beta posterior of its success rate for this task in this context, as (alpha, beta); `score` what it is
    ordered by. Both are None below the floor. `place` counts from 1; None: it is not among those that were asked for.
    `withheld`: it is rather worse than no procedure here. `elsewhere`: the other project that it was learned in.
    """

    relevance: float
    worth: tuple[float, float] | None = None
    score: float | None = None
    place: int | None = None
    withheld: bool = False
    elsewhere: str = ""


@dataclass(frozen=True)
class Explanation:
    """Why a recall shows what it shows: every candidate by its procedure's id.

    `base` is the Beta posterior, as (alpha, beta), of what agents reach on such tasks without a procedure; `known` says
    whether enough runs show that. None where the strategy weighs no outcomes.
    """

    considered: Mapping[int, Considered] = field(default_factory=dict[int, Considered])
    base: tuple[float, float] | None = None
    known: bool = False


@dataclass(frozen=True)
class Recall:
    """The procedures that fit a task, best first; none where none does. `closest` is the best score below the floor."""

    matches: Sequence[Match]
    pitfalls: Sequence[KnownPitfall]
    closest: float | None
    floor: float
    notes: Sequence[str] = ()
    held: bool = False
    """Whether something applied and was kept back, to measure what the memory is worth (hold-out)."""
    withheld: int = 0
    """Procedures that apply and do harm in this context: they were left out."""
    form: Form = "proceduralization"
    """The form that was asked for."""
    explanation: Explanation = Explanation()
    on_error: ErrorAnswer | None = None
    """What is known of the error that was asked about; None where none was."""
    given: Sequence[str] = ()
    """Procedures that fit and that this caller has been given for this task already: they are not repeated."""
    context: str = ""
    """The surroundings that were told: they decide conditions."""
    perhaps: Procedure | None = None
    """Where none fits, the procedure that comes nearest to it, if it is not far below the floor."""


class Revised(NamedTuple):
    """A new revision of a procedure, and whether it is shown from now on, is on trial, or waits for a person."""

    number: int
    state: RevisionState


class Decided(NamedTuple):
    """Changes that outcomes made: procedures archived, revisions promoted and dropped, and new tiers, by procedure id."""

    archived: Sequence[int] = ()
    promoted: Mapping[int, int] = {}
    dropped: Mapping[int, int] = {}
    tiers: Mapping[int, Tier] = {}

    def joined(self, other: "Decided") -> "Decided":
        """Both together."""
        return Decided(
            (*self.archived, *other.archived), {**self.promoted, **other.promoted}, {**self.dropped, **other.dropped},
            {**self.tiers, **other.tiers},
        )  # fmt: skip


NOTHING = Decided()


class Agreement(NamedTuple):
    """What callers of tools claim of a procedure: sessions that claim a success, on how many days, and failed runs of any
    kind."""

    sessions: int = 0
    days: int = 0
    failures: int = 0


class Assessment(Value):
    """The assessed outcome of a run, how sure that is (0.5 to 1), and by what."""

    success: bool
    sure: float
    why: str
    by: EvidenceKind

    @property
    def reward(self) -> float:
        """1 for a success, 0 for a failure."""
        return float(self.success)

    def evidence(self) -> Evidence:
        """The assessment as the evidence of a run."""
        return Evidence(kind=self.by, detail=f"{self.sure:.0%} sure: {self.why}")


@dataclass(frozen=True)
class Record:
    """The result of recording a run. `how` is what happened to procedure `built`; `why` says why nothing was built."""

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
    waiting: str = ""
    """The id under which the run waits for a person's word; then nothing is stored, and there is no trajectory."""


@dataclass(frozen=True)
class Reflection:
    """The result of a reflection. `revised` maps procedures to their new revision; `material` is what a revision needs."""

    trajectory: int
    new: bool
    pitfalls: Sequence[int] = ()
    credited: Sequence[Procedure] = ()
    decided: Decided = NOTHING
    revised: Mapping[int, Revised] = field(default_factory=dict[int, Revised])
    material: Mapping[str, object] | None = None
    notes: Sequence[str] = ()
    waiting: str = ""
    """As of a Record."""
