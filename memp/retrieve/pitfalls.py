"""The pitfalls of a procedure: those that its runs met, and those that a person wrote."""

from memp.domain.procedure import PERSON, KnownPitfall, Procedure
from memp.store import Procedures


def pitfalls_of(store: Procedures, procedure: Procedure) -> list[KnownPitfall]:
    """The pitfalls of a procedure as it reads now. Where a person wrote that, the list is that person's, and what runs met since
    then, once more or for the first time, is added to it."""
    known = store.pitfalls([procedure.id])
    if procedure.builder != PERSON:
        return known
    written = next(one.created_at for one in store.history(procedure.id) if one.number == procedure.revision)
    met = {one.pitfall.trigger: one for one in known}
    own = [
        KnownPitfall(
            id=met[pitfall.trigger].id if pitfall.trigger in met else 0, procedure_id=procedure.id, pitfall=pitfall,
            seen=met[pitfall.trigger].seen if pitfall.trigger in met else 0, answered=True,
        )
        for pitfall in procedure.script.pitfalls
    ]  # fmt: skip
    listed = {one.pitfall.trigger for one in own}
    return own + [one for one in known if one.last_met and one.last_met > written and one.pitfall.trigger not in listed]
