"""Find one procedure or run in a store, or say that there is none. One that belongs to a project which the caller does not see
is none."""

from collections.abc import Sequence

from memp.domain.procedure import Procedure
from memp.domain.trajectory import Trajectory
from memp.errors import NotFoundError, StoreError
from memp.store import Browsing, Procedures, Trajectories
from memp.store.records import AnswerRow


def find_procedure(store: Procedures, procedure_id: int, scopes: Sequence[str] | None = None) -> Procedure:
    """One procedure, archived or not, of these scopes; None: of all.

    Raises:
        NotFoundError: there is none with this id.
        StoreError: it is damaged.
    """
    procedures = store.procedures([procedure_id], scopes=scopes, active=False)
    if not procedures and procedure_id in store.unreadable_procedures(scopes):
        raise StoreError(f"p{procedure_id} is damaged: its current revision is lost", "run `memp doctor --repair`")
    if not procedures:
        raise NotFoundError(f"There is no procedure p{procedure_id} in this memory.")
    return procedures[0]


def find_run(store: Trajectories, run_id: int, scopes: Sequence[str] | None = None) -> Trajectory:
    """One run of these scopes; None: of all.

    Raises:
        NotFoundError: there is none with this id.
    """
    if scopes is not None and run_id not in store.runs_within([run_id], scopes):
        raise NotFoundError(f"There is no trajectory t{run_id} in this memory.")
    return store.trajectory(run_id)


def find_recall(store: Browsing, recall_id: int, scopes: Sequence[str] | None = None) -> AnswerRow:
    """One recall of these scopes, as it was answered; None: of all.

    Raises:
        NotFoundError: there is none with this id.
    """
    row = store.answer_of(recall_id, scopes)
    if row is None:
        raise NotFoundError(f"There is no recall {recall_id} in this memory.")
    return row
