"""Families of procedures: those whose tasks read so alike that what one of them showed counts for the other as well, so that a
person sees duplicates and variants side by side."""

from collections.abc import Sequence, Set
from difflib import SequenceMatcher
from typing import Any, NamedTuple, Protocol

from rich.console import Group, RenderableType

from memp.domain import trust
from memp.domain.procedure import Procedure
from memp.embed import Vectors
from memp.store import KeyVectors, Procedures, Projects, Search, Trajectories
from memp.store.records import MAX_KEY
from memp.text import templates
from memp.text.keywords import terms
from memp_clients.screen.views import line, summary, table

AT_ONCE = 20
"""Procedures whose families are looked up for one page: each is a search of its own, of a millisecond among 10,000."""

MOST_NEAR = 30
"""Keys, the nearest first, among which a procedure's likes are: several may be of one."""


class Like(NamedTuple):
    """A procedure of a family, how near its task is to the nearest other's (cosine), and how many of its steps say what a step of
    the first one says."""

    procedure: Procedure
    near: float
    in_common: int


class FamilyStore(Procedures, Trajectories, Projects, KeyVectors, Search, Protocol):
    """The parts of a store in which families are looked up."""


def families(store: FamilyStore, ids: Sequence[int]) -> list[list[Like]]:
    """The families that these procedures are of, with all that is like one of them; those of one scope and from trust.NEAR on,
    where an outcome with one counts in full for the other's task. Of each the one that worked best is the first."""
    asked = store.procedures(ids, active=False)
    near: dict[int, dict[int, float]] = {}
    for procedure, vector in _vectors(store, asked):
        for hit in store.nearest("task", vector, (procedure.scope,), MOST_NEAR):
            if hit.similarity is not None and hit.similarity >= trust.NEAR and hit.owner != procedure.id:
                for one, other in ((procedure.id, hit.owner), (hit.owner, procedure.id)):
                    known = near.setdefault(one, {})
                    known[other] = max(hit.similarity, known.get(other, 0.0))
    order = [procedure.id for procedure in asked]
    known = {p.id: p for p in store.procedures(list(near), active=False)} if near else {}
    # What was learned in two repositories is two things, however alike the words are: so it is kept apart when it is recorded.
    made = {i: one.projects for i, one in store.belonging(list(known)).items()}
    near = {
        i: kept
        for i, others in near.items()
        if (kept := {j: n for j, n in others.items() if j in known and _together(made.get(i), made.get(j))})
        and i in known
    }
    return [_family([known[i] for i in group if i in known], near) for group in _groups(order, near)]


def relatives(store: FamilyStore, procedure: Procedure) -> list[Like]:
    """The others of a procedure's family; `in_common` is with the best of it."""
    return [one for family in families(store, [procedure.id]) for one in family if one.procedure.id != procedure.id]


def _vectors(store: FamilyStore, procedures: Sequence[Procedure]) -> list[tuple[Procedure, Vectors]]:
    """The vector of each procedure's task, as its first run was told it, or of its goal; without those that have none yet."""
    first = {p.id: min(p.trajectories) for p in procedures if p.trajectories}
    tasks = store.trajectory_tasks(list(first.values()))
    texts = {p.id: [tasks.get(first.get(p.id, 0), "")[:MAX_KEY], p.script.goal[:MAX_KEY]] for p in procedures}
    vectors = store.known_vectors([text for both in texts.values() for text in both if text])
    found = [(p, next((vectors[text] for text in texts[p.id] if text in vectors), None)) for p in procedures]
    return [(p, vector) for p, vector in found if vector is not None]


def _together(one: Set[str] | None, other: Set[str] | None) -> bool:
    """Whether two procedures may be of one project; one that was learned in none may be of any."""
    ours, theirs = ((projects or frozenset()) - {""} for projects in (one, other))
    return not ours or not theirs or not ours.isdisjoint(theirs)


def _groups(order: Sequence[int], near: dict[int, dict[int, float]]) -> list[list[int]]:
    """The groups of what is like each other, also by way of a third one, in the order of the first of each that was asked for."""
    seen = set[int]()
    groups: list[list[int]] = []
    for first in order:
        if first in seen or first not in near:
            continue
        group, left = [first], [first]
        seen.add(first)
        while left:
            for other in near[left.pop()]:
                if other not in seen:
                    seen.add(other)
                    group.append(other)
                    left.append(other)
        groups.append(group)
    return groups


def _family(group: Sequence[Procedure], near: dict[int, dict[int, float]]) -> list[Like]:
    # What is trusted first, then as the list orders by success: 1 of 1 is not ahead of 40 of 41.
    tiers = {"pinned": 0, "validated": 1, "candidate": 2}
    best = sorted(group, key=lambda p: (tiers[p.tier], -(p.successes + 1) / (p.uses + 2), -p.uses, p.id))
    return [Like(p, max(near[p.id].values()), _in_common(best[0], p)) for p in best]


def _in_common(first: Procedure, other: Procedure) -> int:
    ours, theirs = ([tuple(terms(templates.without_braces(step))) for step in p.script.steps] for p in (first, other))
    return sum(block.size for block in SequenceMatcher(a=ours, b=theirs, autojunk=False).get_matching_blocks())


def document(found: Sequence[Sequence[Like]]) -> dict[str, Any]:
    """Families as --json shows them."""
    return {
        "families": [
            [{**summary(one.procedure), "near": round(one.near, 3), "steps_in_common": one.in_common} for one in family]
            for family in found
        ]
    }


def view(found: Sequence[Sequence[Like]]) -> RenderableType:
    """Families, a table each, with how all but the best are archived."""
    if not found:
        return line("No two procedures are for tasks that read alike.")
    parts: list[RenderableType] = []
    for family in found:
        rows = table("id", "goal", "tier", "worked", "near", "steps in common")
        for one in family:
            p = one.procedure
            worked = f"{p.successes} of {p.uses}" if p.uses else "-"
            common = f"{one.in_common} of {len(p.script.steps)}"
            rows.add_row(p.label, line(p.script.goal), p.tier, worked, f"{one.near:.2f}", common)
        parts.append(rows)
        if others := " ".join(one.procedure.label for one in family[1:] if one.in_common):
            parts.append(
                line(f"Keep {family[0].procedure.label} alone: memp review {others} --reject --dry-run", "dim")
            )
    total = f"{len(found):,} families." if len(found) > 1 else "1 family."
    return Group(*parts, line(total))
