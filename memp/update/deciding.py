"""A decision of a person on a procedure, or the same one on several: each is done that can be, and the others are told."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from memp.domain.procedure import Ref
from memp.domain.results import Options
from memp.errors import InputError, NotFoundError, RevisedMeanwhileError
from memp.store.find import find_procedure
from memp.update import review
from memp.update.review import EditingStore
from memp.update.undoing import Decided, keep

Act = Literal["approve", "reject", "pin", "unpin", "rollback", "restore"]


class Each(NamedTuple):
    """What one decision came to on one of several: the sentence on what was done, or on why nothing was. `number` takes it back;
    None where nothing was done. `changed`: it is not as who decides was shown it."""

    label: str
    said: str
    number: int | None = None
    changed: bool = False


class _RehearsedError(Exception):
    """Ends a transaction in which nothing is to be kept."""


def decide(
    store: EditingStore, options: Options, ref: Ref, act: Act, reason: str, number: int | None = None
) -> Decided:  # fmt: skip
    """Carry out one decision; `number` is the revision to go back to.

    Raises:
        InputError, NotFoundError: it cannot be made, or there is no such procedure in these scopes.
    """
    whole = find_procedure(store, ref.procedure_id, options.seen).id
    acts = {
        "approve": lambda: review.approve(store, ref, reason),
        "reject": lambda: review.reject(store, ref, reason),
        "pin": lambda: review.pin(store, whole, reason),
        "unpin": lambda: review.unpin(store, whole, options.scopes, reason),
        "rollback": lambda: review.roll_back(store, whole, number or 1, reason),
        "restore": lambda: review.restore(store, whole, reason),
    }
    return keep(store, whole, acts[act])


def decide_each(
    store: EditingStore, options: Options, refs: Sequence[Ref], act: Act, reason: str,
    states: Mapping[int, str] | None = None, *, number: int | None = None, rehearse: bool = False,
) -> list[Each]:  # fmt: skip
    """Carry out the same decision on several, in one transaction. One on which it cannot be made, or that is not as `states` says
    (review.state_of by the id: as who decides was shown it), is left alone. With `rehearse` nothing is changed: what would be
    done is told.

    Raises:
        StoreError: the store cannot be written; nothing was changed.
    """
    each: list[Each] = []
    try:
        with store.transaction():
            each = [_one(store, options, ref, act, reason, number, states) for ref in dict.fromkeys(refs)]
            if rehearse:
                raise _RehearsedError
    except _RehearsedError:
        pass
    return each


def _one(
    store: EditingStore, options: Options, ref: Ref, act: Act, reason: str, number: int | None,
    states: Mapping[int, str] | None,
) -> Each:  # fmt: skip
    label = f"p{ref.procedure_id}" + (f"r{ref.revision}" if ref.revision is not None else "")
    try:
        if states is not None:
            procedure = find_procedure(store, ref.procedure_id, options.seen)
            if states.get(procedure.id) != review.state_of(store, procedure):
                return Each(label, f"{label} is not as it was shown, so it was left alone.", changed=True)
        done = decide(store, options, ref, act, reason, number)
    except (InputError, NotFoundError, RevisedMeanwhileError) as error:
        return Each(label, str(error))
    return Each(label, done.sentence if done.number is not None else f"{label} is so already.", done.number)
