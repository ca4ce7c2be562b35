"""The store's interface, as small Protocols cut along who calls what. A function asks for the one that it needs.

    Search          retrieve.strategies, retrieve.retriever
    Procedures      Build, Retrieve, Update, `memp show`
    Trajectories    the same, to read the runs
    Writing         build.consolidation, update.updater, update.adjustment: what record and reflect store
    Evidence        retrieve.ranking, update.lifecycle, `memp why`
    Decisions       update.lifecycle, update.retention, update.review
    Recalls         retrieve.holdout, retrieve.uplift
    KeyVectors      retrieve.vectors
    Portability     exchange.memory_file
    Distillation    update.distilling, `memp doctor`: which procedures by rule wait for a model to write them
    Projects        retrieve.elsewhere, update.joining, `memp projects`: which procedure was learned where
    Maintenance     config, `memp doctor`, `memp forget`

`Store` is all of them, for those who open and pass on a whole memory. What a hook asks is `memp.light.peek.Glance`: it loads
nothing of this. memp.store.sql has the statements that any engine runs, memp.store.sqlite the one engine that there is;
memp.store.records are the values that go in and out.

Ids are integers. `scopes` are the project scopes to look in. Every method may raise StoreError; every write is one
transaction, and either happens whole or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # The interface itself loads nothing: a hook passes through here on its way to memp.store.sqlite.glance.
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from memp.domain.portable import Exported
    from memp.domain.procedure import (
        Builder,
        Draft,
        KnownPitfall,
        Pitfall,
        Procedure,
        Ref,
        Revision,
        RevisionState,
        Script,
        Tier,
    )
    from memp.domain.projects import Belonging, KnownProject
    from memp.domain.trajectory import EvidenceKind, Trajectory
    from memp.domain.trust import Alone, Standing
    from memp.embed import Identity, Vectors
    from memp.store.records import (
        Asked,
        Change,
        Hit,
        Imported,
        Key,
        KeyKind,
        Outcome,
        Put,
        Ran,
        Recorded,
        Stats,
        TakenIn,
        Taking,
        Tally,
        Unfinished,
        Used,
    )


class Search(Protocol):
    """Retrieve candidates by their keys: dense, lexical, and by facts."""

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


class Procedures(Protocol):
    """Read procedures, their revisions and pitfalls, and what their parameters stood for."""

    def procedures(
        self, ids: Sequence[int] | None = None, *, scopes: Sequence[str] | None = None, active: bool = True
    ) -> list[Procedure]:
        """Procedures by id, in the order given, or all of the scopes; archived ones too unless `active`."""
        ...

    def history(self, procedure_id: int) -> list[Revision]:
        """Every revision of a procedure, the first first."""
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

    def trajectory_tasks(self, ids: Sequence[int]) -> Mapping[int, str]:
        """The task sentences of trajectories."""
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

    def met_pitfall(self, trajectory_id: int) -> bool:
        """Whether a pitfall was remembered of this run."""
        ...

    def unfinished(self) -> list[Unfinished]:
        """Runs that are stored and of which not all was made yet, the first first."""
        ...

    def runs_of(self, procedure_ids: Sequence[int]) -> list[int]:
        """The runs that these procedures alone were built from, used by, or whose pitfalls they met."""
        ...


class Writing(Protocol):
    """Writes of record and reflect: runs with their credits, procedures, revisions and pitfalls."""

    def add_trajectory(self, scope: str, trajectory: Trajectory, used: Sequence[Ref], success: bool) -> Recorded:
        """Store a run and credit exactly the procedures in `used`, once per trajectory content.

        Recalls of the last day about the same words are noted as answered by it. A new run is unfinished until
        `finish`.

        Raises:
            NotFoundError: `used` names no procedure of the scope, or of no project, or a revision that never was;
                nothing is stored.
        """
        ...

    def finish(self, trajectory_id: int) -> None:
        """Note that all was made of a run that there was to make."""
        ...

    def put(
        self, scope: str, draft: Draft, trajectory_id: int, signature: str, keys: Sequence[Key], *,
        twin: Callable[[Script], bool] | None = None, origin: str = "",
    ) -> Put:  # fmt: skip
        """Add a procedure built from a trajectory; or corroborate one of the same signature whose script `twin` accepts,
        an archived one where no other is."""
        ...

    def join(
        self, procedure_id: int, made_from: int, run_id: int, drafts: Mapping[int, Draft], keys: Sequence[Key], *,
        rewrite: bool,
    ) -> int:  # fmt: skip
        """Add a run to a procedure's sources. `drafts` are those of this run and of earlier sources, whose bindings and
        templates are replaced; with `rewrite` their script becomes the current revision. The current revision's number.

        Raises:
            NotFoundError: there is no such procedure.
            RevisedMeanwhileError: `made_from` is no longer the current revision; or, with `rewrite`, a revision is on trial
                or a person has pinned the procedure. Nothing was changed.
        """
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


class Evidence(Protocol):
    """Outcomes of uses and of runs without a procedure: what a procedure's worth is computed from."""

    def standings(self, ids: Sequence[int], vector: Vectors | None = None) -> Mapping[int, Standing]:
        """The outcomes by which these procedures are judged; with a task's vector, how near to it each outcome's task was."""
        ...

    def alone(self, vector: Vectors | None, scopes: Sequence[str], context: str) -> Alone:
        """Outcomes of agents without a procedure in this context, on tasks like this one and on all."""
        ...

    def runs(self, procedure_id: int) -> list[Ran]:
        """Every run that built a procedure, agrees with it or used it, newest first; none of another memory's."""
        ...

    def uses(self, procedure_id: int) -> list[Used]:
        """Every run that used a procedure, newest first."""
        ...

    def evidence(self, procedure_id: int) -> Mapping[EvidenceKind, Tally]:
        """How the outcomes of a procedure's source runs and uses are known, by name of the evidence."""
        ...


class Decisions(Protocol):
    """Tiers, trials, archiving and forgetting, each with its author and reason in the audit log."""

    def set_tier(self, procedure_id: int, tier: Tier, actor: str, reason: str) -> None:
        """Change how far a procedure is trusted."""
        ...

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

    def forget(self, procedure_ids: Sequence[int], trajectory_ids: Sequence[int]) -> None:
        """Delete procedures and runs for good, with every word of them in the file, its indexes and its journal.

        Raises:
            NotFoundError: there is no such procedure or run; nothing was forgotten.
            StoreBusyError: others use the file: it is deleted, but traces may be left on disk until `scrub`.
        """
        ...

    def withdraw(self, trajectory_id: int, relinked: Mapping[int, int], reason: str) -> None:
        """Take a run out of all that was learned: it is no source, no use and no evidence any more, and is not recorded again.
        `relinked` are procedures with a source that is about to be added to them anew (`join`).

        Raises:
            NotFoundError: there is no such run.
        """
        ...

    def changes(self, procedure_id: int | None = None, limit: int = 100) -> list[Change]:
        """The audit log, of one procedure or of all, newest first; a limit below 0 is none."""
        ...


class Recalls(Protocol):
    """The log of recalls: what was shown, what was held out, and which run followed."""

    def note_recalls(self, recalls: Sequence[Asked], *, wait: bool) -> None:
        """Record recalls; without `wait`, StoreBusyError at once where another process writes."""
        ...

    def open_draw(self, scope: str, words: bytes) -> float | None:
        """The draw of a recall of the last day in the same words that no run has answered yet."""
        ...

    def given(self, scope: str, words: bytes, context: str) -> Mapping[int, int]:
        """What recalls of the last day in this context showed of a task in hardly other words that no run has answered yet:
        procedure to revision."""
        ...

    def times_shown(self, procedure_id: int, since: int) -> Mapping[int, int]:
        """How often each revision was shown since the recall that first showed the revision `since`."""
        ...

    def outcomes(self, scopes: Sequence[str] | None = None) -> list[Outcome]:
        """How the runs ended that came after a recall with a draw."""
        ...


class KeyVectors(Protocol):
    """Vectors of the keys, and the embedder that they come from."""

    def identity(self) -> Identity | None:
        """The embedder whose vectors the store holds; None before the first vector."""
        ...

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


class Portability(Protocol):
    """Procedures out of a memory and into another one."""

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
        """Imports of a procedure, with the claims of their files, the first first."""
        ...


class Distillation(Protocol):
    """The queue of procedures that a rule wrote and a language model may write anew."""

    def unwritten(self, scopes: Sequence[str], *, again: bool = False) -> list[int]:
        """The active procedures whose script is by rule and that no person has spoken for, those of most runs first.

        Those on trial or pinned are left out, and, unless `again`, those whose current script a model could not better.
        """
        ...

    def distil(
        self, procedure_id: int, made_from: int, script: Script, reason: str, drafts: Mapping[int, Draft],
        keys: Sequence[Key], *, state: RevisionState,
    ) -> int:  # fmt: skip
        """Add a revision that a language model wrote of a procedure's runs; its number. Where it is `current`, `drafts` say
        what its parameters stood for in these runs.

        Raises:
            RevisedMeanwhileError: `made_from` is no longer the current revision, or one is on trial.
        """
        ...

    def note_unwritten(self, procedure_id: int, revision: int, by: str, reason: str) -> None:
        """Note that a model gave no script that could be kept in the place of this revision."""
        ...


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

    def named_elsewhere(self, texts: Sequence[str], project: str) -> frozenset[str]:
        """Those of the texts that steps of runs in other projects than this one hold, in any letter case."""
        ...

    def known_projects(self) -> list[KnownProject]:
        """Every project by its identity, and last what belongs to none."""
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


class Maintenance(Protocol):
    """The memory as a whole: where it is, what it holds, whether it is sound."""

    @property
    def path(self) -> Path:
        """The memory file."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        ...

    @property
    def schema_version(self) -> int:
        """How many steps of the schema the memory has gone through."""
        ...

    def stats(self) -> Stats:
        """Counts over the whole memory, and its size."""
        ...

    def check(self) -> list[str]:
        """Faults of the memory, in sentences; empty when there are none."""
        ...

    def reindex(self) -> None:
        """Build the indexes anew from the keys."""
        ...

    def scrub(self) -> None:
        """Rewrite the file without the traces that deleted text leaves on disk.

        Raises:
            StoreBusyError: others use the file: traces may be left.
        """
        ...

    def close(self) -> None:
        """Release the file or the connections; safe to call twice."""
        ...


class Store(
    Search,
    Procedures,
    Trajectories,
    Writing,
    Evidence,
    Decisions,
    Recalls,
    KeyVectors,
    Portability,
    Distillation,
    Projects,
    Maintenance,
    Protocol,
):
    """Everything that the memory asks of its store."""
