"""Find one procedure in a store, or say that there is none."""

from memp.domain.procedure import Procedure
from memp.errors import NotFoundError
from memp.store import Procedures


def find_procedure(store: Procedures, procedure_id: int) -> Procedure:
    """One procedure, archived or not.

    Raises:
        NotFoundError: there is none with this id.
    """
    procedures = store.procedures([procedure_id], active=False)
    if not procedures:
        raise NotFoundError(f"There is no procedure p{procedure_id} in this memory.")
    return procedures[0]
