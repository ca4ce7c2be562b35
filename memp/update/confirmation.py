"""Confirmation: a run that an agent claimed, held against what its session shows (memp.witness.sessions).

A session's end vouches for what its hook saw and for nothing else: for the user's task, the steps of the transcript, and how they
ended. A claim of another task, of a step that was not taken, or of a procedure that was not followed stays one.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from memp.domain.origin import Origin
from memp.domain.results import Options
from memp.domain.trajectory import Trajectory
from memp.domain.trust import OUTSIDE, weight
from memp.errors import NotFoundError
from memp.store import Origins, Procedures, Projects, Trajectories
from memp.store.find import find_run
from memp.witness.claims import is_hearsay
from memp.witness.sessions import Session


class ConfirmingStore(Trajectories, Procedures, Origins, Projects, Protocol):
    """The parts of a store that are used here."""


class Claimed(NamedTuple):
    """A run that an agent recorded itself: its id, and the task that the session shows to have been passed with it."""

    run: int
    task: str


def confirm(
    store: ConfirmingStore, options: Options, claimed: Claimed, seen: Trajectory, origin: Origin
) -> Sequence[int] | None:  # fmt: skip
    """Note that a claimed run was seen, where it is the one that this session shows; the procedures for which that counts. None
    where it is not: then it stays the claim that it is, and only counts as of this session.

    Raises:
        NotFoundError: there is no such run in this project.
    """
    run = find_run(store, claimed.run, options.scopes)
    if store.ran_in([claimed.run])[claimed.run] not in ("", seen.provenance.project):
        raise NotFoundError(f"There is no trajectory t{claimed.run} in this project.")
    if run.task != claimed.task:
        return None
    store.passed_in(claimed.run, origin)
    success = run.succeeded(options.success_reward)
    if success is not seen.succeeded(options.success_reward) or not _is_borne_out(store, claimed.run, run, seen):
        return None
    kind = seen.evidence.kind
    if not origin.sees or kind not in OUTSIDE:
        return ()
    held = is_hearsay(origin, run.model_copy(update={"evidence": seen.evidence}))
    return store.saw(claimed.run, seen.evidence, weight(kind, success), origin, held=held)


def _is_borne_out(store: ConfirmingStore, run_id: int, run: Trajectory, seen: Trajectory) -> bool:
    """Whether a run, and what was made or used by it, is what its session shows."""
    session = Session(seen)
    linked = store.procedures(store.linked(run_id), active=False)
    return session.bears_out(run) and all(session.followed(procedure.script) for procedure in linked)
