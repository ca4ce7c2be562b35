"""Decisions of a person that can be taken back, as long as nothing else changed the procedure since."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from memp.domain.procedure import PERSON
from memp.errors import NotFoundError, RevisedMeanwhileError
from memp.store import Decisions, Writing
from memp.store.records import Decision


class Decided(NamedTuple):
    """What was done, as a sentence, and the number by which it is taken back; None where it changed nothing."""

    sentence: str
    number: int | None


class DecidingStore(Decisions, Writing, Protocol):
    """The parts of a store that are used here."""


def keep(store: DecidingStore, procedure_id: int, decide: Callable[[], str]) -> Decided:
    """Carry out a decision on a procedure, and keep how it stood before.

    Raises:
        NotFoundError: there is no such procedure.
    """
    with store.transaction():
        before = store.stand(procedure_id)
        sentence = decide()
        after = store.stand(procedure_id)
        if after.line == before.line:
            return Decided(sentence, None)
        store.keep_decision(Decision(procedure_id, sentence, before, after))
    return Decided(sentence, after.line)


def take_back(
    store: DecidingStore, scopes: Sequence[str] | None, *, procedure_id: int | None = None, number: int | None = None
) -> str:  # fmt: skip
    """Take back a decision by its number, or the newest one (on this procedure); what was done, as a sentence.

    Raises:
        NotFoundError: there is none in these scopes: it was taken back already, or is not kept any more.
        RevisedMeanwhileError: the procedure was changed since; nothing was taken back.
    """
    kept = [one for one in store.decisions(procedure_id, scopes) if number in (None, one.number)]
    if not kept:
        of = "" if procedure_id is None else f" on p{procedure_id}"
        raise NotFoundError(f"There is no decision{of} that can be taken back: it was already, or is too long ago.")
    newest = kept[0]
    if not store.take_back(newest.procedure_id, newest.before, newest.after, PERSON):
        raise RevisedMeanwhileError(
            f"p{newest.procedure_id} was changed since, so nothing was taken back: look at it again."
        )
    return _stands_again(newest)


def take_back_each(
    store: DecidingStore, scopes: Sequence[str] | None, numbers: Sequence[int]
) -> tuple[list[str], list[str]]:
    """Take back several decisions by their numbers: the sentences on those that were, and on those that were not, as they were
    taken back already or their procedure was changed since."""
    done: list[str] = []
    left: list[str] = []
    with store.transaction():
        kept = {one.number: one for one in store.decisions(None, scopes)}
        for number in numbers:
            one = kept.get(number)
            if one is None:
                left.append("One was taken back already.")
            elif store.take_back(one.procedure_id, one.before, one.after, PERSON):
                done.append(_stands_again(one))
            else:
                left.append(f"p{one.procedure_id} was changed since: it was left alone.")
    return done, left


def _stands_again(decision: Decision) -> str:
    before, after = decision.before, decision.after
    again = "archived" if before.status == "archived" else before.tier
    revision = f", as in revision {before.revision}" if before.revision != after.revision else ""
    words = {"trial": "is on trial", "proposed": "waits"}
    waits = [
        f" Revision {number} {words[state]} again."
        for number, state in before.states.items()
        if state in words and after.states.get(number) != state
    ]
    return f"p{decision.procedure_id} is {again} again{revision}.{''.join(waits)}"
