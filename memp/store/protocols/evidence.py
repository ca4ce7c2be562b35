"""Outcomes and what follows from them: evidence, the log of recalls, decisions on tiers and trials, the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from memp.domain.results import KEPT_ANSWERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    from memp.domain.origin import KnownOrigin, Origin
    from memp.domain.procedure import Tier
    from memp.domain.results import Agreement
    from memp.domain.trajectory import Evidence as Evidence_
    from memp.domain.trajectory import EvidenceKind
    from memp.domain.trust import Alone, Standing
    from memp.embed import Vectors
    from memp.store.records import Asked, Change, Decision, Outcome, Ran, RevisionUses, Stand, Tally, Testimony, Used


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

    def uses(self, procedure_id: int, limit: int = -1) -> list[Used]:
        """The runs that used a procedure, newest first; a limit below 0 is none."""
        ...

    def uses_by_revision(self, procedure_id: int) -> Mapping[int, RevisionUses]:
        """The uses of each revision of a procedure that has some."""
        ...

    def used_by(self, runs: Sequence[int]) -> Set[int]:
        """The procedures that one of these runs used."""
        ...

    def evidence(self, procedure_id: int) -> Mapping[EvidenceKind, Tally]:
        """How the outcomes of a procedure's source runs and uses are known, by name of the evidence."""
        ...


class Origins(Protocol):
    """Where runs came from, and what callers of tools agree on."""

    def origins(self, scopes: Sequence[str] | None = None) -> list[KnownOrigin]:
        """Every origin of a run, the first first; with scopes only of runs in these, which alone are counted."""
        ...

    def origins_of(self, trajectory_ids: Sequence[int]) -> Mapping[int, Origin]:
        """The origins of runs, of those of which it is known: of runs of an older file it is not."""
        ...

    def testimony(self, trajectory_id: int, scopes: Sequence[str] | None = None) -> Testimony:
        """What a run counts for; with scopes only runs in these are counted.

        Raises:
            NotFoundError: there is no such run.
        """
        ...

    def runs_from(self, origin_id: int, scopes: Sequence[str] | None = None) -> list[int]:
        """The runs that an origin brought to these scopes, the first first; None: to all.

        Raises:
            NotFoundError: there is no such origin, or the scopes have no run of it.
        """
        ...

    def saw(
        self, trajectory_id: int, evidence: Evidence_, weight: float, origin: Origin, *, held: bool = False
    ) -> list[int]:  # fmt: skip
        """Note of a claimed run that how it ended was seen, as this evidence says, by this origin; the procedures that it is a
        source or a use of, none where it was no claim. What was made of a run that is `held` stays hearsay."""
        ...

    def linked(self, trajectory_id: int) -> list[int]:
        """The procedures that a run is a source or a use of."""
        ...

    def passed_in(self, trajectory_id: int, origin: Origin) -> None:
        """Note that it was in this session that a run was passed: the two are one witness."""
        ...

    def agreement(self, procedure_id: int) -> Agreement:
        """What callers of tools claim of a procedure."""
        ...


class Recalls(Protocol):
    """The log of recalls: what was shown, what was held out, and which run followed."""

    def note_recalls(self, recalls: Sequence[Asked], *, wait: bool, keep: int = KEPT_ANSWERS) -> None:
        """Record recalls; without `wait`, StoreBusyError at once where another process writes. The words of the newest `keep`
        are kept, and those that a person judged; the others are deleted."""
        ...

    def open_draw(self, scope: str, words: bytes) -> float | None:
        """The draw of a recall of the last day in the same words that no run has answered yet."""
        ...

    def given(self, scope: str, words: bytes, context: str) -> Mapping[int, int]:
        """Procedures shown in this context in the last day by recalls of a task in hardly other words that no run has answered:
        procedure to revision."""
        ...

    def times_shown(self, procedure_id: int, since: int) -> Mapping[int, int]:
        """How often each revision was shown since the recall that first showed the revision `since`."""
        ...

    def judge_answer(self, recall_id: int, judged: str, before: str = "") -> bool:
        """Keep what a person says of an answer, or (empty) take it back, with a line of the audit log for each procedure that it
        showed. False where the answer is not kept any more, or is not judged as `before`."""
        ...

    def forget_answer(self, recall_id: int) -> None:
        """Delete the words of a recall for good, with those of what a person says of it: that it was made, and what it showed,
        stays.

        Raises:
            NotFoundError: there is no such recall.
            StoreBusyError: others use the file: they are deleted, but traces may be left on disk until `scrub`.
        """
        ...

    def outcomes(self, scopes: Sequence[str] | None = None) -> list[Outcome]:
        """How the runs ended that came after a recall with a draw."""
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

    def withdraw(self, runs: Mapping[int, str], relinked: Mapping[int, int]) -> None:
        """Take runs, each with its line of the audit log, out of all that was learned: they are no source, no use and no evidence
        any more, and are not recorded again. `relinked` are procedures with a source that is about to be added anew (`join`).

        Raises:
            NotFoundError: there is no such run.
        """
        ...

    def stand(self, procedure_id: int) -> Stand:
        """What a decision would change of a procedure.

        Raises:
            NotFoundError: there is no such procedure.
        """
        ...

    def keep_decision(self, decision: Decision) -> None:
        """Keep how a procedure stood before a decision and after it, so that it can be taken back; of the oldest none is kept."""
        ...

    def decisions(self, procedure_id: int | None = None, scopes: Sequence[str] | None = None) -> list[Decision]:
        """The decisions that can be taken back, on one procedure or all, in these scopes or (None) in all, the newest first."""
        ...

    def logged_after(self, runs: Sequence[int]) -> Set[int]:
        """The procedures whose log names one of these runs as what a revision was made after."""
        ...

    def take_back(self, procedure_id: int, before: Stand, after: Stand, actor: str) -> bool:
        """Put a procedure back from how a decision left it to how it stood before. The log keeps the lines of the decision, and
        gets one for each that takes it back: by such nothing is approved. It is not among `decisions` any more. False where it
        stands as `after` no more.

        Raises:
            NotFoundError: there is no such procedure.
        """
        ...

    def changes(
        self, procedure_id: int | None = None, limit: int = 100, action: str | None = None
    ) -> list[Change]:  # fmt: skip
        """The audit log, of one procedure or of all, and of one action or of all, newest first; a limit below 0 is none."""
        ...
