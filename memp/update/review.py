"""Review: what a person decides by the terminal, and never a tool: approve, reject, pin, roll back, restore, forget.

Plain functions over a store. Each writes who and why into the audit log; none needs an embedder.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from memp.domain import trust
from memp.domain.procedure import PERSON, Procedure, Ref, Revision, Script
from memp.domain.results import Options
from memp.domain.trust import Alone, Standing
from memp.errors import InputError, NotFoundError, RevisedMeanwhileError
from memp.inputs.reason import safe_reason
from memp.inputs.references import parse_id
from memp.retrieve.hearsay import harmless
from memp.retrieve.pitfalls import pitfalls_of
from memp.store import Browsing, Decisions, Evidence, Procedures, Recalls, Trajectories, Writing
from memp.store.find import find_procedure, find_recall, find_run
from memp.store.records import Key, RevisionUses
from memp.text.quoting import quoted
from memp.update.approvals import was_approved

Kind = Literal["candidate", "trial", "proposed"]
"""Why something waits for a person: it is not validated yet, it is on trial, or its procedure is pinned."""


class ReviewStore(Procedures, Trajectories, Evidence, Decisions, Protocol):
    """The parts of a store that are used here."""


class JudgingStore(Recalls, Browsing, Protocol):
    """The parts of a store by which answers are judged."""


WRONG = "wrong"
"""What is kept of a judgement without a reason."""


def state_of(store: Procedures, procedure: Procedure) -> str:
    """What a decision on a procedure is made from: it is refused where this is another by then."""
    waits = [str(one.number) for one in store.history(procedure.id) if one.state in ("trial", "proposed")]
    return f"{procedure.revision} {procedure.tier} {procedure.status} {procedure.trial or '-'} {','.join(waits) or '-'}"


class Waiting(NamedTuple):
    """Something that a person may judge: a candidate, or a revision beside the current one.

    `uses` are those of what waits, `current_uses` those of the current revision. `outside` are the successes of the
    procedure with outside evidence; `sources` the tasks of the runs it came from.
    """

    kind: Kind
    procedure: Procedure
    current: Revision
    proposal: Revision | None
    uses: RevisionUses
    current_uses: RevisionUses
    outside: int
    sources: Mapping[int, str]

    @property
    def label(self) -> str:
        """ "p12" for a candidate, "p12r3" for a revision."""
        return f"p{self.procedure.id}" + (f"r{self.proposal.number}" if self.proposal else "")


class Selection(NamedTuple):
    """Procedures and runs that a command line names, by id."""

    procedures: Sequence[int]
    runs: Sequence[int]


class Loss(NamedTuple):
    """The consequences of forgetting: what would be deleted, and what would stay though it is tied to that.

    `implied` are those of `procedures` that were not named: they came from nothing but runs that go. `staying` are
    runs of the procedures that others need; `marked` are procedures that took words from runs that go.
    """

    procedures: Sequence[Procedure]
    implied: Sequence[int]
    runs: Mapping[int, str]
    pitfalls: int
    staying: int
    marked: Sequence[int]


def base_rate(store: Evidence, standing: Standing, scopes: Sequence[str]) -> float:
    """The success rate of agents without a procedure, in the contexts in which this one was used or came from."""
    alone = [store.alone(None, scopes, context) for context in contexts(standing)]
    whole = [one.as_seen() if standing.seen else one for one in alone]
    return trust.base_rate(Alone((), sum(one.won for one in whole), sum(one.lost for one in whole))).mean


def contexts(standing: Standing) -> Sequence[str]:
    """The contexts in which a procedure was used or came from, each once."""
    return [*dict.fromkeys(use.context for use in (*standing.uses, *standing.sources))]


# Approve, reject, pin


def waiting(store: ReviewStore, scopes: Sequence[str] | None = None) -> list[Waiting]:
    """Everything that waits for a person: revisions first, then candidates, each with most uses first."""
    entries = [entry for procedure in store.procedures(scopes=scopes) for entry in waiting_of(store, procedure)]
    return sorted(entries, key=lambda entry: (entry.kind == "candidate", -entry.uses.uses, entry.procedure.id))


def look(store: ReviewStore, ref: Ref) -> Waiting:
    """A procedure, or one of its revisions beside the current one, whatever its state.

    Raises:
        NotFoundError: there is no such procedure or revision.
    """
    procedure = find_procedure(store, ref.procedure_id)
    history = store.history(procedure.id)
    if ref.revision is None or ref.revision == procedure.revision:
        return _entry(store, procedure, history, "candidate", None)
    chosen = _revision(history, procedure.id, ref.revision)
    return _entry(store, procedure, history, "trial" if chosen.state == "trial" else "proposed", chosen)


def approve(store: ReviewStore, ref: Ref, reason: str) -> str:
    """Validate a candidate, or make a revision on trial or proposed the current one; what was done, as a sentence.

    Raises:
        InputError, NotFoundError: there is nothing to approve under this name.
    """
    procedure = _active(store, ref)
    if ref.revision is None:
        if procedure.tier != "candidate":
            raise InputError(f"p{procedure.id} is {procedure.tier} already{_hint(store, procedure)}.")
        store.set_tier(procedure.id, "validated", PERSON, safe_reason(reason))
        return f"p{procedure.id} is validated."
    _settle(store, procedure, ref.revision, promote=True, reason=reason)
    return f"p{procedure.id} is now as revision {ref.revision} says."


def reject(store: ReviewStore, ref: Ref, reason: str) -> str:
    """Archive a procedure, or drop a revision on trial or proposed; what was done, as a sentence.

    Raises:
        InputError, NotFoundError: there is nothing to reject under this name, or it is pinned.
    """
    procedure = _active(store, ref)
    if ref.revision is None:
        if procedure.tier == "pinned":
            raise InputError(f"p{procedure.id} is pinned: unpin it first.")
        store.archive(procedure.id, safe_reason(reason) or "rejected by a person", PERSON)
        return f"p{procedure.id} is archived: `memp review p{procedure.id} --restore` brings it back."
    _settle(store, procedure, ref.revision, promote=False, reason=reason)
    return f"Revision {ref.revision} of p{procedure.id} is dropped."


def pin(store: ReviewStore, procedure_id: int, reason: str) -> str:
    """Keep a procedure in recall whatever outcomes say; tools can only propose revisions of it.

    Raises:
        InputError, NotFoundError: there is no such procedure, or it is archived.
    """
    _active(store, Ref(procedure_id=procedure_id))
    store.set_tier(procedure_id, "pinned", PERSON, safe_reason(reason))
    return f"p{procedure_id} is pinned."


def unpin(store: ReviewStore, procedure_id: int, scopes: Sequence[str], reason: str) -> str:
    """Back to the tier that the evidence gives; what a person had approved before it was pinned is validated again.

    Raises:
        InputError, NotFoundError: there is no such procedure, or it is not pinned.
    """
    procedure = find_procedure(store, procedure_id)
    if procedure.tier != "pinned":
        raise InputError(f"p{procedure_id} is not pinned: it is {procedure.tier}.")
    if was_approved(store, procedure_id, ["validated"]):  # A revision that was promoted says nothing of the tier.
        store.set_tier(procedure_id, "validated", PERSON, safe_reason(reason) or "unpinned")
        return f"p{procedure_id} is validated, as a person approved it before."
    standing = store.standings([procedure_id])[procedure_id]._replace(tier="candidate")
    tier = trust.tier(standing.as_seen(), base_rate(store, standing, scopes))
    store.set_tier(procedure_id, tier, PERSON, safe_reason(reason) or "unpinned")
    return f"p{procedure_id} is {tier}, as the evidence says."


class EditingStore(ReviewStore, Writing, Protocol):
    """The parts of a store that `edit` uses."""


def may_edit(options: Options, procedure: Procedure) -> bool:
    """Whether a person may write a procedure anew: where projects are kept apart only what is the own one's, as with revisions by
    agents, or all others would read what was written."""
    return not options.project or procedure.scope == options.project


def editable(store: Procedures, options: Options, procedure: Procedure) -> Script:
    """The script of a procedure as a person is given it to edit: with the pitfalls that are told of it, as from then on that
    person's list is.

    Raises:
        InputError: it is not this project's.
    """
    if not may_edit(options, procedure):
        raise InputError(f"p{procedure.id} is of no project: edit it without --project (MEMP_PROJECT).")
    known = harmless(pitfalls_of(store, procedure))
    return procedure.script.model_copy(update={"pitfalls": tuple(one.pitfall for one in known)})


def edit(
    store: EditingStore, options: Options, procedure_id: int, made_from: int, script: Script, keys: Sequence[Key],
    reason: str,
) -> str:  # fmt: skip
    """Make a script that a person wrote the current revision, found by `keys` as well; a trial ends. The sentence on it.

    Raises:
        RevisedMeanwhileError: `made_from` is not the current revision any more.
        InputError, NotFoundError: it says what the procedure says already; there is no such procedure, it is archived, or not
            this project's.
    """
    with store.transaction():
        procedure = _active(store, Ref(procedure_id=procedure_id))
        if procedure.revision != made_from:
            raise RevisedMeanwhileError(
                f"p{procedure_id} is at revision {procedure.revision} by now, yours was made from {made_from}: look at it again."
            )
        if script in (procedure.script, editable(store, options, procedure)):
            raise InputError(f"p{procedure_id} says this already: nothing was changed.")
        newest = made_from if procedure.trial is None else procedure.trial
        number = store.revise(procedure_id, newest, script, PERSON, safe_reason(reason), keys, state="current")
    ended = f"; revision {procedure.trial}, which was on trial, is dropped" if procedure.trial is not None else ""
    return f"p{procedure_id} is now as you wrote it, revision {number}{ended}."


def roll_back(store: ReviewStore, procedure_id: int, number: int, reason: str) -> str:
    """Make an earlier revision the current one; a trial ends.

    Raises:
        InputError, NotFoundError: there is no such procedure or revision, or it is the current one.
    """
    procedure = find_procedure(store, procedure_id)
    if number == procedure.revision:
        raise InputError(f"Revision {number} is the current one of p{procedure_id} already.")
    store.set_revision(procedure_id, number, PERSON, safe_reason(reason))
    return f"p{procedure_id} is as in revision {number} again."


def restore(store: ReviewStore, procedure_id: int, reason: str) -> str:
    """Bring an archived procedure back into recall.

    Raises:
        InputError, NotFoundError: there is no such procedure, or it is not archived.
    """
    if find_procedure(store, procedure_id).status == "active":
        raise InputError(f"p{procedure_id} is not archived.")
    store.restore(procedure_id, PERSON, safe_reason(reason))
    return f"p{procedure_id} is back in recall."


def waits_of(store: ReviewStore, procedure: Procedure) -> list[tuple[Kind, Revision | None]]:
    """What of a procedure waits for a person, by its kind: revisions on trial or proposed, then (None) itself as a candidate."""
    kinds: Mapping[str, Kind] = {"trial": "trial", "proposed": "proposed"}
    found: list[tuple[Kind, Revision | None]] = [
        (kinds[one.state], one) for one in store.history(procedure.id) if one.state in kinds
    ]
    return [*found, ("candidate", None)] if procedure.tier == "candidate" else found


def waiting_of(store: ReviewStore, procedure: Procedure) -> list[Waiting]:
    """What of a procedure waits for a person, with what speaks for each."""
    history = store.history(procedure.id)
    return [_entry(store, procedure, history, kind, one) for kind, one in waits_of(store, procedure)]


def _entry(
    store: ReviewStore, procedure: Procedure, history: Sequence[Revision], kind: Kind, proposal: Revision | None
) -> Waiting:  # fmt: skip
    uses = store.uses_by_revision(procedure.id)
    current = _revision(history, procedure.id, procedure.revision)
    shown = proposal or current
    return Waiting(
        kind, procedure, current, proposal, uses.get(shown.number, RevisionUses()),
        uses.get(current.number, RevisionUses()), store.standings([procedure.id])[procedure.id].outside,
        store.trajectory_tasks(procedure.trajectories),
    )  # fmt: skip


def _revision(history: Sequence[Revision], procedure_id: int, number: int) -> Revision:
    revision = next((r for r in history if r.number == number), None)
    if revision is None:
        raise NotFoundError(
            f"p{procedure_id} has no revision {number}: `memp show p{procedure_id}` lists them."
        )  # fmt: skip
    return revision


def _active(store: ReviewStore, ref: Ref) -> Procedure:
    procedure = find_procedure(store, ref.procedure_id)
    if procedure.status == "archived":
        raise InputError(f"p{procedure.id} is archived: restore it first.")
    return procedure


def _hint(store: ReviewStore, procedure: Procedure) -> str:
    names = [f"p{procedure.id}r{r.number}" for r in store.history(procedure.id) if r.state in ("trial", "proposed")]
    return f"; {', '.join(names)} waits for a word" if names else ""


def _settle(store: ReviewStore, procedure: Procedure, number: int, *, promote: bool, reason: str) -> None:
    revision = _revision(store.history(procedure.id), procedure.id, number)
    if revision.state not in ("trial", "proposed"):
        raise InputError(
            f"Revision {number} of p{procedure.id} is neither on trial nor proposed: --rollback {number} makes an old "
            "one current."
        )
    if not store.end_trial(procedure.id, number, promote=promote, actor=PERSON, reason=safe_reason(reason)):
        raise RevisedMeanwhileError(f"Revision {number} of p{procedure.id} was settled meanwhile: look at it again.")


# Judge answers


def judge_wrong(store: JudgingStore, recall_id: int, reason: str, scopes: Sequence[str] | None = None) -> str:
    """Keep that an answer was wrong, and why, with the answer and in the log of each procedure that it showed; what was done,
    as a sentence.

    Raises:
        NotFoundError: there is no such recall in these scopes.
        InputError: its answer is not kept, or is judged already.
        RevisedMeanwhileError: somebody judged it just now.
    """
    row = find_recall(store, recall_id, scopes)
    if not row.answer:
        raise InputError(f"The answer to recall {recall_id} is not kept, so it cannot be judged.")
    if row.judged:
        raise InputError(f"The answer to recall {recall_id} is judged wrong already: {row.judged}")
    if not store.judge_answer(recall_id, safe_reason(reason) or WRONG):
        raise RevisedMeanwhileError(f"Recall {recall_id} was judged or forgotten meanwhile: look at it again.")
    labels = [f"p{i}" for i in row.shown]
    return f"The answer to recall {recall_id} is judged wrong{', in the log of ' if labels else ''}{', '.join(labels)}."


def take_judgement_back(store: JudgingStore, recall_id: int, scopes: Sequence[str] | None = None) -> str:
    """Take back that an answer was wrong; what was done, as a sentence.

    Raises:
        NotFoundError: there is no such recall in these scopes.
        InputError: it is not judged.
        RevisedMeanwhileError: somebody took it back just now.
    """
    row = find_recall(store, recall_id, scopes)
    if not row.judged:
        raise InputError(f"The answer to recall {recall_id} is not judged.")
    if not store.judge_answer(recall_id, "", row.judged):
        raise RevisedMeanwhileError(f"Recall {recall_id} was judged or forgotten meanwhile: look at it again.")
    return f"The judgement of recall {recall_id} is taken back."


def forget_recall(store: JudgingStore, recall_id: int, scopes: Sequence[str] | None = None) -> str:
    """Delete the words of a recall for good; what was done, as a sentence.

    Raises:
        NotFoundError: there is no such recall in these scopes.
        StoreBusyError: others use the file: traces may be left on disk, as it says.
    """
    store.forget_answer(find_recall(store, recall_id, scopes).id)
    return f"The words of recall {recall_id} are deleted for good."


# Forget


def parse_selection(names: Sequence[str]) -> Selection:
    """Procedures and runs by "p12" and "t5", each once.

    Raises:
        InputError: one is neither.
    """
    procedures: dict[int, None] = {}
    runs: dict[int, None] = {}
    for name in names:
        parsed = parse_id(name)
        if parsed is None or parsed.revision is not None:
            raise InputError(f'"{quoted(name)}" names nothing to forget: pass procedures like p12, or runs like t34.')
        (runs if parsed.kind == "t" else procedures)[parsed.number] = None
    return Selection(tuple(procedures), tuple(runs))


def loss(
    store: ReviewStore, selected: Selection, scopes: Sequence[str] | None = None, *, keep_runs: bool = False
) -> Loss:  # fmt: skip
    """The consequences of forgetting these: with them go the runs that only these procedures came from or were used by,
    unless `keep_runs`, and the procedures that only these runs made; all of it in these scopes, or (None) in all.

    Raises:
        NotFoundError: there is no such procedure or run.
    """
    asked = [find_procedure(store, procedure_id, scopes) for procedure_id in selected.procedures]
    for run in selected.runs:
        find_run(store, run, scopes)
    tied_runs = () if keep_runs else store.runs_of(selected.procedures)
    seen = tied_runs if scopes is None else store.runs_within(tied_runs, scopes)
    runs = sorted({*selected.runs, *seen})
    revised = store.logged_after(runs)
    tied_to = (store.built_by(runs) | revised) - set(selected.procedures)
    others = store.procedures(sorted(tied_to), scopes=scopes, active=False) if tied_to else []
    # A script is its run in other words: it goes with the last of those.
    implied = [p for p in others if p.trajectories and set(p.trajectories) <= set(runs)]
    gone = [*asked, *implied]
    ids = [procedure.id for procedure in gone]
    tied = {run for procedure in asked for run in procedure.trajectories}
    marked = [p.id for p in others if p not in implied and (p.id in revised or set(p.trajectories) & set(runs))]
    return Loss(
        gone, [p.id for p in implied], store.trajectory_tasks(runs), len(store.pitfalls(ids)) if ids else 0,
        len(tied - set(runs)), marked,
    )  # fmt: skip


def forget(store: ReviewStore, lost: Loss) -> None:
    """Delete these for good.

    Raises:
        NotFoundError: one is not there any more; nothing was forgotten.
        StoreBusyError: others use the file: nothing was forgotten, or traces may be left on disk, as it says.
    """
    store.forget([procedure.id for procedure in lost.procedures], list(lost.runs))
