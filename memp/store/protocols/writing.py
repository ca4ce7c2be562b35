"""Write runs, procedures and revisions: what record, reflect and distill add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from memp.domain.origin import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from memp.domain.origin import Origin
    from memp.domain.procedure import Builder, Draft, Pitfall, Ref, RevisionState, Script
    from memp.domain.trajectory import Trajectory
    from memp.store.records import Key, Put, Recorded, Unfinished


class Writing(Protocol):
    """Writes of record and reflect: runs with their credits, procedures, revisions and pitfalls."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make what this thread reads and writes within it one transaction: nobody else writes until its end, and nothing is
        written where the block raises. Others wait, so it had better be short.

        Raises:
            StoreBusyError: another process writes for longer than the busy timeout.
        """
        ...

    def add_trajectory(
        self, scope: str, trajectory: Trajectory, used: Sequence[Ref], success: bool, origin: Origin = PROGRAM
    ) -> Recorded:  # fmt: skip
        """Store a run and credit exactly the procedures in `used`, once for each run. What the same session tells again is
        the same run; what another one did in the very same way is another.

        One of which nobody knows who recorded it before credits nothing, unless a person answers for this one. Recalls of the
        last day about the same words are noted as answered by it. A run that is new, or credited anew, is unfinished until
        `finish`.

        Raises:
            NotFoundError: `used` names no procedure of the scope, or of no project, or a revision that never was;
                nothing is stored.
        """
        ...

    def finish(self, trajectory_id: int, outline: bytes | None = None) -> None:
        """Note that all was made of a run that there was to make, with its outline (memp.build.outline) where it has one."""
        ...

    def take_over(self, one: Unfinished) -> bool:
        """Note that this process makes what is left to make of a run; False where another was faster."""
        ...

    def put(
        self, scope: str, draft: Draft, trajectory_id: int, signature: str, keys: Sequence[Key], *,
        twin: Callable[[Script], bool] | None = None, origin: str = "", held: bool = False,
    ) -> Put:  # fmt: skip
        """Add a procedure built from a trajectory; or corroborate one of the same signature whose script `twin` accepts,
        an archived one where no other is. Of a run that is `held` it is hearsay, and corroborates only such.

        Raises:
            InputError: the run was revoked.
        """
        ...

    def join(
        self, procedure_id: int, made_from: int, run_id: int, drafts: Mapping[int, Draft], keys: Sequence[Key], *,
        rewrite: bool,
    ) -> int:  # fmt: skip
        """Add a run to a procedure's sources. `drafts` are those of this run and of earlier sources, whose bindings and
        templates are replaced; with `rewrite` their script becomes the current revision. The current revision's number.

        Raises:
            InputError: the run was revoked.
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
