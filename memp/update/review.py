"""What a person does to the memory, by the terminal and never by a tool: approve, reject, pin, roll back, forget.

Plain functions over a store. Each writes who and why into the audit log; none needs an embedder.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from memp.domain import trust
from memp.domain.procedure import Procedure, Ref, Revision
from memp.domain.trust import Alone, Standing
from memp.errors import InputError, NotFoundError, RevisedMeanwhileError
from memp.inputs.references import parse_id
from memp.store import Store

PERSON = "person"
"""The actor of everything here, in the audit log."""

_TOLD = re.compile(r"\bt(\d+):")
"""A run that a revision was made after, in the reason of that."""

Kind = Literal["candidate", "trial", "proposed"]
"""Why something waits for a person: it is not validated yet, it is on trial, or its procedure is pinned."""


class Tally(NamedTuple):
    """What became of the uses of one revision."""

    uses: int = 0
    successes: int = 0
    weight: float = 0.0
    """The sum of what these outcomes weigh."""


class Waiting(NamedTuple):
    """Something that a person may judge: a candidate, or a revision beside the current one.

    `outside` are the successes of the procedure with outside evidence; `sources` the tasks of the runs it came from.
    """

    kind: Kind
    procedure: Procedure
    current: Revision
    proposal: Revision | None
    tally: Tally
    current_tally: Tally
    outside: int
    sources: Mapping[int, str]

    @property
    def label(self) -> str:
        """ "p12" for a candidate, "p12r3" for a revision."""
        return f"p{self.procedure.id}" + (f"r{self.proposal.number}" if self.proposal else "")


class Named(NamedTuple):
    """What names on a command line stand for."""

    procedures: Sequence[int]
    runs: Sequence[int]


class Loss(NamedTuple):
    """What forgetting would delete, and what would stay though it is tied to that.

    `implied` are those of `procedures` that were not named: they came from nothing but runs that go. `staying` are
    runs of the procedures that others need; `marked` are procedures that took words from runs that go.
    """

    procedures: Sequence[Procedure]
    implied: Sequence[int]
    runs: Mapping[int, str]
    pitfalls: int
    staying: int
    marked: Sequence[int]


def find(store: Store, procedure_id: int) -> Procedure:
    """One procedure, archived or not.

    Raises:
        NotFoundError: there is none with this id.
    """
    found = store.procedures([procedure_id], active=False)
    if not found:
        raise NotFoundError(f"There is no procedure p{procedure_id} in this memory.")
    return found[0]


def base_rate(store: Store, standing: Standing, scopes: Sequence[str]) -> float:
    """What agents reach by themselves in the contexts in which a procedure was used or came from."""
    contexts = dict.fromkeys(use.context for use in (*standing.uses, *standing.sources))
    alone = [store.alone(None, scopes, context) for context in contexts]
    return trust.base_rate(Alone((), sum(a.won for a in alone), sum(a.lost for a in alone))).mean


# Review


def waiting(store: Store, scopes: Sequence[str] | None = None) -> list[Waiting]:
    """All that waits for a person: revisions first, then candidates, each with most uses first."""
    found = [item for procedure in store.procedures(scopes=scopes) for item in _of(store, procedure)]
    return sorted(found, key=lambda item: (item.kind == "candidate", -item.tally.uses, item.procedure.id))


def look(store: Store, ref: Ref) -> Waiting:
    """A procedure, or one of its revisions beside the current one, whatever its state.

    Raises:
        NotFoundError: there is no such procedure or revision.
    """
    procedure = find(store, ref.procedure_id)
    history = store.history(procedure.id)
    if ref.revision is None or ref.revision == procedure.revision:
        return _item(store, procedure, history, "candidate", None)
    chosen = _revision(history, procedure.id, ref.revision)
    return _item(store, procedure, history, "trial" if chosen.state == "trial" else "proposed", chosen)


def approve(store: Store, ref: Ref, reason: str) -> str:
    """Validate a candidate, or make a revision on trial or proposed the current one; what was done, as a sentence.

    Raises:
        InputError, NotFoundError: there is nothing to approve under this name.
    """
    procedure = _active(store, ref)
    if ref.revision is None:
        if procedure.tier != "candidate":
            raise InputError(f"p{procedure.id} is {procedure.tier} already{_hint(store, procedure)}.")
        store.set_tier(procedure.id, "validated", PERSON, reason)
        return f"p{procedure.id} is validated."
    _settle(store, procedure, ref.revision, promote=True, reason=reason)
    return f"p{procedure.id} is now as revision {ref.revision} says."


def reject(store: Store, ref: Ref, reason: str) -> str:
    """Archive a procedure, or drop a revision on trial or proposed; what was done, as a sentence.

    Raises:
        InputError, NotFoundError: there is nothing to reject under this name, or it is pinned.
    """
    procedure = _active(store, ref)
    if ref.revision is None:
        if procedure.tier == "pinned":
            raise InputError(f"p{procedure.id} is pinned: unpin it first.")
        store.archive(procedure.id, reason or "rejected by a person", PERSON)
        return f"p{procedure.id} is archived: `memp review p{procedure.id} --restore` brings it back."
    _settle(store, procedure, ref.revision, promote=False, reason=reason)
    return f"Revision {ref.revision} of p{procedure.id} is dropped."


def pin(store: Store, procedure_id: int, reason: str) -> str:
    """Keep a procedure in recall whatever outcomes say; tools can only propose revisions of it.

    Raises:
        InputError, NotFoundError: there is no such procedure, or it is archived.
    """
    _active(store, Ref(procedure_id=procedure_id))
    store.set_tier(procedure_id, "pinned", PERSON, reason)
    return f"p{procedure_id} is pinned."


def unpin(store: Store, procedure_id: int, scopes: Sequence[str], reason: str) -> str:
    """Back to the tier that the evidence gives.

    Raises:
        InputError, NotFoundError: there is no such procedure, or it is not pinned.
    """
    procedure = find(store, procedure_id)
    if procedure.tier != "pinned":
        raise InputError(f"p{procedure_id} is not pinned: it is {procedure.tier}.")
    standing = store.standings([procedure_id])[procedure_id]._replace(tier="candidate")
    tier = trust.tier(standing, base_rate(store, standing, scopes))
    store.set_tier(procedure_id, tier, PERSON, reason or "unpinned")
    return f"p{procedure_id} is {tier}, as the evidence says."


def roll_back(store: Store, procedure_id: int, number: int, reason: str) -> str:
    """Make an earlier revision the current one; a trial ends.

    Raises:
        InputError, NotFoundError: there is no such procedure or revision, or it is the current one.
    """
    procedure = find(store, procedure_id)
    if number == procedure.revision:
        raise InputError(f"Revision {number} is the current one of p{procedure_id} already.")
    store.set_revision(procedure_id, number, PERSON, reason)
    return f"p{procedure_id} is as in revision {number} again."


def restore(store: Store, procedure_id: int, reason: str) -> str:
    """Bring an archived procedure back into recall.

    Raises:
        InputError, NotFoundError: there is no such procedure, or it is not archived.
    """
    if find(store, procedure_id).status == "active":
        raise InputError(f"p{procedure_id} is not archived.")
    store.restore(procedure_id, PERSON, reason)
    return f"p{procedure_id} is back in recall."


def _of(store: Store, procedure: Procedure) -> list[Waiting]:
    history = store.history(procedure.id)
    kinds: Mapping[str, Kind] = {"trial": "trial", "proposed": "proposed"}
    found = [_item(store, procedure, history, kinds[r.state], r) for r in history if r.state in kinds]
    if procedure.tier == "candidate":
        found.append(_item(store, procedure, history, "candidate", None))
    return found


def _item(
    store: Store, procedure: Procedure, history: Sequence[Revision], kind: Kind, proposal: Revision | None
) -> Waiting:  # fmt: skip
    tallies = tally(store, procedure.id)
    current = _revision(history, procedure.id, procedure.revision)
    shown = proposal or current
    return Waiting(
        kind, procedure, current, proposal, tallies.get(shown.number, Tally()), tallies.get(current.number, Tally()),
        store.standings([procedure.id])[procedure.id].outside, store.trajectory_tasks(procedure.trajectories),
    )  # fmt: skip


def tally(store: Store, procedure_id: int) -> Mapping[int, Tally]:
    """The uses of each revision of a procedure."""
    found: dict[int, Tally] = {}
    for use in store.uses(procedure_id):
        so_far = found.get(use.revision, Tally())
        found[use.revision] = Tally(so_far.uses + 1, so_far.successes + use.success, so_far.weight + use.weight)
    return found


def _revision(history: Sequence[Revision], procedure_id: int, number: int) -> Revision:
    found = next((revision for revision in history if revision.number == number), None)
    if found is None:
        raise NotFoundError(
            f"p{procedure_id} has no revision {number}: `memp show p{procedure_id}` lists them."
        )  # fmt: skip
    return found


def _active(store: Store, ref: Ref) -> Procedure:
    procedure = find(store, ref.procedure_id)
    if procedure.status == "archived":
        raise InputError(f"p{procedure.id} is archived: restore it first.")
    return procedure


def _hint(store: Store, procedure: Procedure) -> str:
    names = [f"p{procedure.id}r{r.number}" for r in store.history(procedure.id) if r.state in ("trial", "proposed")]
    return f"; {', '.join(names)} waits for a word" if names else ""


def _settle(store: Store, procedure: Procedure, number: int, *, promote: bool, reason: str) -> None:
    revision = _revision(store.history(procedure.id), procedure.id, number)
    if revision.state not in ("trial", "proposed"):
        raise InputError(
            f"Revision {number} of p{procedure.id} is neither on trial nor proposed: --rollback {number} makes an old "
            "one current."
        )
    if not store.end_trial(procedure.id, number, promote=promote, actor=PERSON, reason=reason):
        raise RevisedMeanwhileError(f"Revision {number} of p{procedure.id} was settled meanwhile: look at it again.")


# Forgetting


def names_of(names: Sequence[str]) -> Named:
    """Procedures and runs by "p12" and "t5", each once.

    Raises:
        InputError: one is neither.
    """
    procedures: dict[int, None] = {}
    runs: dict[int, None] = {}
    for name in names:
        parsed = parse_id(name)
        if parsed is None or parsed.revision is not None:
            raise InputError(f'"{name[:40]}" names nothing to forget: pass procedures like p12, or runs like t34.')
        (runs if parsed.kind == "t" else procedures)[parsed.number] = None
    return Named(tuple(procedures), tuple(runs))


def loss(store: Store, named: Named, *, keep_runs: bool = False) -> Loss:
    """What forgetting these would delete: the runs that only these procedures came from or were used by, unless
    `keep_runs`, and the procedures that only these runs made.

    Raises:
        NotFoundError: there is no such procedure or run.
    """
    asked = [find(store, procedure_id) for procedure_id in named.procedures]
    for run in named.runs:
        store.trajectory(run)
    runs = sorted({*named.runs, *(() if keep_runs else store.runs_of(named.procedures))})
    others = [p for p in store.procedures(active=False) if p.id not in named.procedures]
    # A script is its run in other words: it goes with the last of those.
    implied = [p for p in others if p.trajectories and set(p.trajectories) <= set(runs)]
    gone = [*asked, *implied]
    ids = [procedure.id for procedure in gone]
    tied = {run for procedure in asked for run in procedure.trajectories}
    revised = {c.procedure_id for c in store.changes(limit=-1) if {*map(int, _TOLD.findall(c.detail))} & set(runs)}
    marked = [p.id for p in others if p not in implied and (p.id in revised or set(p.trajectories) & set(runs))]
    return Loss(
        gone, [p.id for p in implied], store.trajectory_tasks(runs), len(store.pitfalls(ids)) if ids else 0,
        len(tied - set(runs)), marked,
    )  # fmt: skip


def forget(store: Store, lost: Loss) -> None:
    """Delete these for good.

    Raises:
        NotFoundError: one is not there any more; nothing was forgotten.
        StoreBusyError: others use the file: nothing was forgotten, or traces may be left on disk, as it says.
    """
    store.forget([procedure.id for procedure in lost.procedures], list(lost.runs))
