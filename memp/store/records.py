"""Records of the store: the values that its methods take and return beside those of the domain."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from memp.domain.origin import KnownOrigin
from memp.domain.portable import Earlier
from memp.domain.procedure import Draft, Ref, RevisionState, Script, Status, Tier
from memp.domain.trajectory import EvidenceKind, Value
from memp.embed import Identity
from memp.errors import StoreError

KeyKind = Literal["task", "fact", "error", "failed", "run"]
"""Kinds of keys: a procedure's task or key fact, a pitfall's error, the task that a pitfall was met in, the task of a
run."""

MAX_KEY = 1_000
"""Characters of a text that are embedded."""


class Key(Value):
    """An indexed text of a procedure (task, fact), a pitfall (error, failed) or a run.

    `extra` counts for keywords only; `template` is the task with its parameters as {placeholders}.
    """

    kind: KeyKind
    text: str
    extra: str = ""
    template: str = ""


class Hit(NamedTuple):
    """A search result: a key's owner and texts, and its cosine to the query (None where it has no vector)."""

    owner: int
    text: str
    extra: str
    template: str
    similarity: float | None


class Recorded(Value):
    """A stored trajectory: its id, whether it is new, and the procedures that were credited for it just now."""

    id: int
    new: bool
    credited: tuple[int, ...]


class Unfinished(Value):
    """A stored run of which not all was made: its scope, what it used, the process that recorded it, whether that may still
    be at it, and whether it was `noted` at all: of a file older than such notes it is only guessed."""

    trajectory: int
    scope: str
    used: tuple[Ref, ...]
    process: str
    at_work: bool
    noted: bool = True


class Put(Value):
    """A stored procedure: its id, whether an equal one was there already and took the trajectory in, and whether that
    is archived."""

    id: int
    merged: bool
    archived: bool = False


class Shown(Value):
    """A revision that a recall brought."""

    procedure_id: int
    revision: int
    similarity: float | None


class Asked(Value):
    """A recall: where, about what (hashes of its words), by whom, and what it brought, best first.

    `draw` is the random number of a hold-out where something applied; `held`: it was kept back for that. `asked` is what was
    passed and `answer` what was answered, as JSON; empty where no reply was made of it.
    """

    scope: str
    words: bytes
    context: str
    at: str
    draw: float | None = None
    held: bool = False
    shown: tuple[Shown, ...] = ()
    asked: str = ""
    answer: str = ""


class Outcome(Value):
    """How a run ended that came after a recall which brought something, or had it held out."""

    held: bool
    success: bool
    steps: int
    tokens: int | None
    context: str = ""


class Used(Value):
    """A run that used a procedure: which revision, how it ended, and what that weighs."""

    trajectory: int
    revision: int
    success: bool
    weight: float
    context: str
    steps: int
    tokens: int | None
    at: str


class RevisionUses(NamedTuple):
    """Uses of one revision, and how many succeeded."""

    uses: int = 0
    successes: int = 0
    weight: float = 0.0
    """The sum of what these outcomes weigh."""


class Ran(Value):
    """A run of a procedure: how it ended, whether more than its agent's word says so, its length, and the revision that it
    used; None where it was built from the run."""

    trajectory: int
    success: bool
    outside: bool
    steps: int
    revision: int | None


class Tally(Value):
    """Counts of one kind of evidence: runs a procedure was built from, its uses, and the successes among these."""

    sources: int
    uses: int
    successes: int


class Change(Value):
    """A line of the audit log: who did what to which procedure, when and why."""

    at: str
    actor: str
    action: str
    procedure_id: int | None
    revision: int | None
    detail: str

    @property
    def name(self) -> str:
        """How a line that takes this one back names it."""
        return f"{self.action} of {self.at}"


class Stand(NamedTuple):
    """What a person's decisions change of a procedure: its tier, whether it is archived and why, the current revision, the one on
    trial, and the state of each; `line` is the newest of its log."""

    tier: Tier
    status: Status
    reason: str
    revision: int
    trial: int | None
    states: Mapping[int, RevisionState]
    line: int


class Decision(NamedTuple):
    """What a person decided on a procedure: what was said of it, and how the procedure stood before and after."""

    procedure_id: int
    said: str
    before: Stand
    after: Stand

    @property
    def number(self) -> int:
        """The line of the log that it wrote last: no other decision has this number."""
        return self.after.line


class ProceduresWanted(NamedTuple):
    """A filter over procedures, and the order; a field that is empty filters nothing. `since` is an ISO time."""

    ids: Sequence[int] | None = None
    tier: Literal["", "candidate", "validated", "pinned"] = ""
    status: Literal["", "active", "archived"] = "active"
    project: str | None = None
    """The project that it was made in; the empty text is that of none."""
    client: str = ""
    builder: str = ""
    outcome: Literal["", "unused", "worked", "failed"] = ""
    """Not used yet, used and never failed, or failed at least once."""
    since: str = ""
    waits: bool = False
    """Only what waits for a person's word: candidates, and revisions on trial or proposed."""
    sort: Literal["changed", "used", "success", "oldest", "waiting"] = "changed"


class RunsWanted(NamedTuple):
    """A filter over runs; a field that is empty filters nothing. `since` and `until` are ISO times."""

    success: bool | None = None
    project: str | None = None
    origin: int | None = None
    since: str = ""
    until: str = ""
    revoked: bool | None = None


class RunRow(NamedTuple):
    """A run in a list."""

    id: int
    task: str
    success: bool
    steps: int
    tokens: int | None
    evidence: EvidenceKind
    weight: float
    project: str
    client: str
    at: str


MOST_COUNTED = 1_000
"""Runs of one witness or origin that are counted for one run: an import may have brought a hundred thousand."""


class Testimony(NamedTuple):
    """What a run counts for: the weight of its outcome, whether somebody else than its agent saw that (`seen`), how many other
    runs are the same witness, and its origin where it is known. Above `MOST_COUNTED` runs it is one more than that."""

    weight: float
    seen: bool
    same: int
    origin: KnownOrigin | None


class Day(NamedTuple):
    """Counts of one day (ISO date, UTC)."""

    day: str
    runs: int
    successes: int
    recalls: int
    procedures: int


class AnswerRow(NamedTuple):
    """A recall as it was answered: `asked` and `answer` are JSON, empty where they are not kept any more; `shown` the procedures,
    best first; `run` is the run that followed, and `ended` how it ended; `judged` is what a person said of the answer."""

    id: int
    at: str
    scope: str
    context: str
    held: bool
    run: int | None
    ended: Literal["", "success", "failure", "revoked"]
    shown: Sequence[int]
    asked: str
    answer: str
    judged: str


class Imported(Value):
    """An import of a procedure: what its file said of it, the last memory first where it came through several; and what
    it became, a procedure of its own (created), more words of a candidate (merged), or only this note (noted)."""

    how: Literal["created", "merged", "noted"]
    claims: tuple[Earlier, ...]


class Taking(NamedTuple):
    """How an exported memory is taken in: into which scope (None: the one that each procedure had), from which reward on
    a run is a success, which scripts of the same chain of steps one corroborates, and of which project each procedure of the
    file is, by its id there; others are of none."""

    scope: str | None
    success: float
    twin: Callable[[Draft], Callable[[Script], bool]]
    projects: Mapping[str, str] = {}


class TakenIn(Value):
    """The result of an import: how many procedures were created, merged, noted or known, and how many runs stored."""

    created: int
    merged: int
    noted: int
    known: int
    runs: int


class Stats(Value):
    """Counts over the whole file."""

    trajectories: int
    successes: int
    procedures: int
    archived: int
    revisions: int
    pitfalls: int
    recalls: int
    credits: int
    keys: int
    pending: int
    unfinished: int
    identity: Identity | None
    bytes: int


def check_embedder(stored: Identity, given: Identity) -> None:
    """Refuse to compare vectors of two embedders.

    Raises:
        StoreError: `given` is not the embedder that the store's vectors come from.
    """
    if (stored.digest, stored.dimension) != (given.digest, given.dimension):
        raise StoreError(
            f"This memory was embedded with {stored.name} ({stored.digest[:8]}), but the model set now is {given.name} "
            f"({given.digest[:8]}): set MEMP_MODEL back, or run `memp reembed` to convert the memory."
        )
