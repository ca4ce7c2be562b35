"""Likeness: procedures that do much the same as another, for a person, who may keep one of them.

What is the same by all that a rule can tell is merged when it is recorded (memp.update.joining). What is left was written apart
by models or persons, or is of other runs: here a share of the steps is enough, and nothing is changed.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from memp.build.builders import script_keys
from memp.build.kinship import LEAST_OF_ALL, LEAST_SHARED
from memp.domain.procedure import Procedure, Script
from memp.domain.trajectory import Step
from memp.retrieve.track import correspond
from memp.store import KeyVectors, Procedures, Search
from memp.text.keywords import terms
from memp.text.steps import parse_step
from memp.update.joining import MOST_NEAR

MOST_KEYS = 4 * MOST_NEAR
"""Keys that are looked at: a procedure has one for each of its tasks."""


class LikeStore(Procedures, Search, KeyVectors, Protocol):
    """The parts of a store that are used here."""


class Like(NamedTuple):
    """A procedure like another: how many steps of it correspond to steps of that."""

    procedure: Procedure
    shared: int


def like(store: LikeStore, procedure: Procedure, scopes: Sequence[str] | None = None) -> list[Like]:
    """The procedures in recall that are like one: of those nearest to its goal the ones whose steps correspond to its own as much
    as those of two runs of one task do (memp.build.kinship), the most like first. In these scopes, or in its own."""
    text = script_keys(procedure.script)[0].text
    within = [procedure.scope] if scopes is None else list(scopes)
    vector = store.known_vectors([text]).get(text)
    if vector is None:
        hits = store.lexical("task", terms(procedure.script.goal), within, MOST_KEYS)
    else:
        hits = store.nearest("task", vector, within, MOST_KEYS)
    near = [*dict.fromkeys(hit.owner for hit in hits if hit.owner != procedure.id)][:MOST_NEAR]
    found = [Like(other, shared_steps(procedure.script, other.script)) for other in store.procedures(near)]
    kin = [one for one in found if _is_much(one.shared, procedure.script, one.procedure.script)]
    return sorted(kin, key=lambda one: (-one.shared, one.procedure.id))


def families(
    store: LikeStore, scopes: Sequence[str] | None, told: Callable[[int], None] = lambda done: None
) -> list[list[Procedure]]:  # fmt: skip
    """The procedures in recall that are like others, as groups of two or more; `told` is called with how many are looked at."""
    known = {procedure.id: procedure for procedure in store.procedures(scopes=scopes)}
    first = {i: i for i in known}

    def root(i: int) -> int:
        while first[i] != i:
            first[i] = i = first[first[i]]
        return i

    for done, procedure in enumerate(known.values(), 1):
        for one in like(store, procedure, scopes):
            if one.procedure.id in known:
                first[max(root(procedure.id), root(one.procedure.id))] = min(root(procedure.id), root(one.procedure.id))
        told(done)
    groups: dict[int, list[Procedure]] = {}
    for i, procedure in known.items():
        groups.setdefault(root(i), []).append(procedure)
    return [group for group in groups.values() if len(group) > 1]


def shared_steps(one: Script, other: Script) -> int:
    """How many steps of a script correspond to steps of another, in an order that both have."""
    steps = [Step(action=parse_step(text).action) for text in other.steps]
    return sum(place is not None for place in correspond(one, steps))


def _is_much(shared: int, one: Script, other: Script) -> bool:
    fewer, more = sorted((len(one.steps), len(other.steps)))
    return shared >= LEAST_SHARED * fewer and shared >= LEAST_OF_ALL * more
