"""The store: where trajectories and procedures live, and by what they are found."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from memp.domain.portable import Earlier, Exported
from memp.domain.procedure import Builder, Draft, Pitfall, Procedure, Ref, Revision, RevisionState, Script, Tier
from memp.domain.trajectory import EvidenceKind, Trajectory, Value
from memp.domain.trust import Alone, Standing
from memp.embed import Identity, Vectors
from memp.errors import StoreError
from memp.text.keywords import plain

KeyKind = Literal["task", "fact", "error", "failed", "run"]
"""What a key is a text of: a procedure's task or key fact, a pitfall's error, the task that a pitfall was met in, or the
task of a run."""

MAX_KEY = 1_000
"""Characters of a text that are embedded."""


class Key(Value):
    """A text by which a procedure (task, fact) or a pitfall (error, failed) is found.

    `extra` counts for keywords only; `template` is the task with its parameters as {placeholders}.
    """

    kind: KeyKind
    text: str
    extra: str = ""
    template: str = ""


class Hit(Value):
    """A key that was found: its owner's id, its texts, and the cosine to the query (None where it has no vector)."""

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


class Put(Value):
    """A stored procedure: its id, whether an equal one was there already and took the trajectory in, and whether that
    is archived."""

    id: int
    merged: bool
    archived: bool = False


class KnownPitfall(Value):
    """A pitfall as stored: its id, the procedure it belongs to, if any, and how often it was met."""

    id: int
    procedure_id: int | None
    pitfall: Pitfall
    seen: int


class Shown(Value):
    """A revision that a recall brought."""

    procedure_id: int
    revision: int
    similarity: float | None


class Asked(Value):
    """A recall: where, about what (hashes of its words), by whom, and what it brought, best first.

    `draw` is the random number of a hold-out where something applied; `held`: it was kept back for that.
    """

    scope: str
    words: bytes
    context: str
    at: str
    draw: float | None = None
    held: bool = False
    shown: tuple[Shown, ...] = ()


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


class Tally(Value):
    """What is known by one kind of evidence: runs a procedure was built from, and its uses, some of them successes."""

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


class Imported(Value):
    """What a file said of a procedure, the last first where it came through several memories; and what was made of it:
    a procedure of its own (created), more words of a candidate (merged), or only this (noted)."""

    how: Literal["created", "merged", "noted"]
    told: tuple[Earlier, ...]


class Taking(NamedTuple):
    """How an exported memory is taken in: into which scope (None: the one that each procedure had), from which reward on
    a run is a success, and which scripts of the same chain of steps one corroborates."""

    scope: str | None
    success: float
    twin: Callable[[Draft], Callable[[Script], bool]]


class TakenIn(Value):
    """What became of the procedures of an exported memory, and how many of its runs were stored."""

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
    identity: Identity | None
    bytes: int


class Store(Protocol):
    """Everything the memory asks of its store.

    Ids are integers. `scopes` are the project scopes to look in. Every method may raise StoreError; every write is
    one transaction, and either happens whole or not at all.
    """

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        ...

    def identity(self) -> Identity | None:
        """The embedder whose vectors the store holds; None before the first vector."""
        ...

    # Retrieve
    def nearest(self, kind: KeyKind, vector: Vectors, scopes: Sequence[str], limit: int) -> list[Hit]:
        """The `limit` keys nearest to one unit vector of shape (dimension,), by cosine, best first."""
        ...

    def lexical(
        self, kind: KeyKind, terms: Sequence[str], scopes: Sequence[str], limit: int, vector: Vectors | None = None
    ) -> list[Hit]:
        """Up to `limit` keys that contain any of the terms, by BM25, best first; with their cosine to `vector`."""
        ...

    def fact_vectors(self, owners: Sequence[int]) -> Mapping[int, Vectors]:
        """The fact vectors of procedures: id to an array of shape (facts, dimension)."""
        ...

    def document_frequency(self, terms: Sequence[str]) -> tuple[Mapping[str, int], int]:
        """In how many keys each term occurs, and how many keys there are, facts aside."""
        ...

    # Read
    def procedures(
        self, ids: Sequence[int] | None = None, *, scopes: Sequence[str] | None = None, active: bool = True
    ) -> list[Procedure]:
        """Procedures by id, in the order given, or all of the scopes; archived ones too unless `active`."""
        ...

    def history(self, procedure_id: int) -> list[Revision]: ...

    def pitfalls(self, procedure_ids: Sequence[int] = (), *, ids: Sequence[int] = ()) -> list[KnownPitfall]:
        """The pitfalls of procedures, or those with the given ids in that order; most met first."""
        ...

    def stood_for(self, procedure_id: int, bound: Mapping[str, str]) -> Mapping[str, list[tuple[str, int]]]:
        """What each parameter stood for in the source runs that agree with `bound`: (value, runs), most often first."""
        ...

    def findings(
        self, abouts: Sequence[str], scopes: Sequence[str], procedure_id: int | None = None
    ) -> Mapping[str, list[tuple[str, int]]]:
        """What source runs of any procedure found out about these: (value, runs), most often first. What a file told of
        it counts for the procedures that came with that file only."""
        ...

    def templates(self, procedure_id: int) -> list[str]:
        """The templates of the tasks that a procedure was built from, each once, the longest first."""
        ...

    def template_tasks(self, ids: Sequence[int]) -> Mapping[tuple[int, str], int]:
        """How many different tasks each template of these procedures was read off: (procedure, template) to a count."""
        ...

    def closest_run(self, procedure_id: int, task: str) -> int | None:
        """The newest source trajectory whose task begins with this text, else the newest one."""
        ...

    def trajectory(self, trajectory_id: int) -> Trajectory: ...

    def trajectory_tasks(self, ids: Sequence[int]) -> Mapping[int, str]:
        """The task sentences of trajectories."""
        ...

    def built_from(self, trajectory_id: int) -> int | None:
        """The procedure that a trajectory was built or merged into."""
        ...

    def met_pitfall(self, trajectory_id: int) -> bool:
        """Whether a pitfall was remembered of this run."""
        ...

    def stats(self) -> Stats: ...

    # Update
    def add_trajectory(self, scope: str, trajectory: Trajectory, used: Sequence[Ref], success: bool) -> Recorded:
        """Store a run and credit exactly the procedures in `used`, once per trajectory content.

        Recalls of the last day about the same words are noted as answered by it.

        Raises:
            NotFoundError: `used` names no procedure of the scope, or of no project, or a revision that never was;
                nothing is stored.
        """
        ...

    def put(
        self, scope: str, draft: Draft, trajectory_id: int, signature: str, keys: Sequence[Key], *,
        twin: Callable[[Script], bool] | None = None, origin: str = "",
    ) -> Put:  # fmt: skip
        """Add a procedure built from a trajectory; or corroborate one of the same signature whose script `twin` accepts,
        an archived one where no other is."""
        ...

    def set_first_run(self, procedure_id: int, trajectory_id: int) -> None:
        """Note that nothing was known of such tasks before this run: that it succeeded is why the procedure is there."""
        ...

    def revise(
        self, procedure_id: int, made_from: int, script: Script, builder: Builder, reason: str, keys: Sequence[Key], *,
        state: RevisionState,
    ) -> int:  # fmt: skip
        """Add a revision; its number. As `current` it is shown from now on, on `trial` beside the current one (an
        earlier trial is dropped), `proposed` only to a person. An archived procedure is back in recall with it.

        Raises:
            RevisedMeanwhileError: `made_from` is no longer the revision on trial, or the current one without a trial.
        """
        ...

    def add_pitfall(
        self, scope: str, procedure_id: int | None, trajectory_id: int, pitfall: Pitfall, keys: Sequence[Key]
    ) -> int:
        """Remember a pitfall; met again, its count rises. Its id."""
        ...

    # Evidence and decisions
    def standings(self, ids: Sequence[int], vector: Vectors | None = None) -> Mapping[int, Standing]:
        """What is known of these procedures' worth; with a task's vector, how near to it each outcome's task was."""
        ...

    def alone(self, vector: Vectors | None, scopes: Sequence[str], context: str) -> Alone:
        """What agents reached in this context without a procedure, on tasks like this one and on all."""
        ...

    def set_tier(self, procedure_id: int, tier: Tier, actor: str, reason: str) -> None: ...

    def end_trial(self, procedure_id: int, number: int, *, promote: bool, actor: str, reason: str) -> bool:
        """End the trial of a revision, or settle a proposed one; False where it is neither any more."""
        ...

    def set_revision(self, procedure_id: int, number: int, actor: str, reason: str) -> None:
        """Make a revision of the history the current one; a trial ends."""
        ...

    def archive(self, procedure_id: int, reason: str, actor: str = "memp") -> None:
        """Take a procedure out of recall; nothing of it is deleted."""
        ...

    def archived_by(self, procedure_id: int) -> str:
        """Who archived a procedure last; empty where nobody did."""
        ...

    def restore(self, procedure_id: int, actor: str, reason: str) -> None:
        """Bring an archived procedure back into recall."""
        ...

    def changes(self, procedure_id: int | None = None, limit: int = 100) -> list[Change]:
        """The audit log, of one procedure or of all, newest first; a limit below 0 is none."""
        ...

    def uses(self, procedure_id: int) -> list[Used]:
        """Every run that used a procedure, newest first."""
        ...

    def evidence(self, procedure_id: int) -> Mapping[EvidenceKind, Tally]:
        """How the outcomes of a procedure's source runs and uses are known, by name of the evidence."""
        ...

    # Between memories
    def portable(
        self, *, scopes: Sequence[str] | None, tiers: Sequence[Tier], ids: Sequence[int] | None, runs: bool
    ) -> Iterator[Exported]:
        """Procedures in the form in which they are exported, by id, then, with `runs`, those they were built from.

        Archived ones only by id; None and no tier: of all. The reads are one view of the file.
        """
        ...

    def take_in(self, file: str, batches: Iterable[Sequence[Exported]], taking: Taking) -> TakenIn:
        """Store what an exported memory, of this digest, has and this one lacks: each batch in one transaction, so that
        others that write need not wait for all. After a failure, the same call again does the rest."""
        ...

    def imports(self, procedure_id: int) -> list[Imported]:
        """What files said of a procedure, the first first."""
        ...

    # Recalls
    def note_recalls(self, recalls: Sequence[Asked], *, wait: bool) -> None:
        """Record recalls; without `wait`, StoreBusyError at once where another process writes."""
        ...

    def open_draw(self, scope: str, words: bytes) -> float | None:
        """The draw of a recall of the last day in the same words that no run has answered yet."""
        ...

    def times_shown(self, procedure_id: int, since: int) -> Mapping[int, int]:
        """How often each revision was shown since the recall that first showed the revision `since`."""
        ...

    def outcomes(self, scopes: Sequence[str] | None = None) -> list[Outcome]:
        """How the runs ended that came after a recall with a draw."""
        ...

    # Forgetting
    def runs_of(self, procedure_ids: Sequence[int]) -> list[int]:
        """The runs that these procedures alone were built from, used by, or whose pitfalls they met."""
        ...

    def forget(self, procedure_ids: Sequence[int], trajectory_ids: Sequence[int]) -> None:
        """Delete procedures and runs for good, with every word of them in the file, its indexes and its journal.

        Raises:
            NotFoundError: there is no such procedure or run; nothing was forgotten.
            StoreBusyError: others use the file: it is deleted, but traces may be left on disk until `scrub`.
        """
        ...

    def scrub(self) -> None:
        """Rewrite the file without the traces that deleted text leaves on disk.

        Raises:
            StoreBusyError: others use the file: traces may be left.
        """
        ...

    # Vectors
    def pending_keys(self, limit: int) -> list[tuple[int, str]]:
        """Keys without a vector: id and text."""
        ...

    def set_vectors(self, identity: Identity, ids: Sequence[int], vectors: Vectors) -> None:
        """Store vectors of shape (len(ids), dimension); the first call fixes the store's embedder.

        Raises:
            StoreError: the store holds vectors of another embedder, or a vector is not finite and of length 1.
        """
        ...

    def known_vectors(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        """Vectors of texts that are stored already, so that they need not be encoded again."""
        ...

    def forget_vectors(self) -> None:
        """Drop every vector and the embedder's identity, for re-embedding with another model."""
        ...

    def reindex(self) -> None:
        """Build the indexes anew from the keys."""
        ...

    def close(self) -> None: ...


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


def words_of(text: str) -> bytes:
    """Four bytes for each different word of a text, sorted: enough to tell like tasks, and not what they say."""
    words = {hashlib.blake2b(word.encode(), digest_size=4).digest() for word in plain(text).split()}
    return b"".join(sorted(words))
