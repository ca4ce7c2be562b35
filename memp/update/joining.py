"""Joining: add a run to the family of a procedure that was made by rule (memp.build.families), and write what it says then.

A procedure's exemplars are the runs with which its script changed; every revision by rule names the one it was made from.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from memp.build.builders import keys_of
from memp.build.exemplars import EXEMPLARS, SAMPLE, adds_to, distinct
from memp.build.extractive.bindings import draft_of, renamed
from memp.build.extractive.sections import pitfalls_of
from memp.build.families import (
    Candidate,
    Family,
    Joined,
    best_family,
    family_of,
)
from memp.build.kinship import LEAST_SHARED, LEAST_USED
from memp.build.outline import may_join, read_outline
from memp.build.reading.members import Member
from memp.build.reading.reduction import member_of, new_member
from memp.build.written.bindings import draft_of as written_draft
from memp.domain.procedure import GENERALISED, Draft, Pitfall, Procedure
from memp.domain.results import Revised
from memp.domain.trajectory import Trajectory
from memp.domain.trust import OUTSIDE
from memp.errors import RevisedMeanwhileError
from memp.store import Decisions, Procedures, Projects, Trajectories, Writing
from memp.text import templates
from memp.update.approvals import is_spoken_for

MOST_NEAR = 8
"""Procedures, the nearest first, whose family a run may be one more of."""

MOST_TRIES = 3
"""Tries to join a procedure that other processes revise meanwhile, before one that makes them wait."""

MOST_FAMILIES = 64
"""Families that are kept aligned."""

MOST_MEMBERS = 500
"""Runs that are kept as they were read."""

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


def _keep(kept: OrderedDict[KeyT, ValueT], key: KeyT, value: ValueT, most: int) -> None:
    """Keep a value, the last used last; at most so many."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


MADE_FROM = re.compile(rf"(?:built from t|{GENERALISED})(\d{{1,18}})\Z")
"""The reason of a revision that was made by rule, with the run it was made from."""


_BUILDERS = frozenset(("extractive", "model"))
"""Who wrote the script of a procedure that a run by rule may join."""


class FamilyStore(Procedures, Trajectories, Writing, Decisions, Projects, Protocol):
    """The parts of a store that are used here."""


class Families:
    """The families of procedures, aligned once as long as they have the same exemplars. The last ones are kept."""

    def __init__(self, store: FamilyStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[int, ...], Family] = OrderedDict()
        self._members: OrderedDict[int, Member] = OrderedDict()

    def noting(self, known: Mapping[int, Procedure], noted: dict[int, tuple[int, ...]]) -> Callable[[int], Family]:
        """The family of a procedure by its id, whose exemplars are noted: by when they are used they may be others."""

        def family(procedure_id: int) -> Family:
            noted[procedure_id] = self.exemplars(known[procedure_id])
            return self._aligned(noted[procedure_id])

        return family

    def _aligned(self, ids: tuple[int, ...]) -> Family:
        """The family of these exemplars."""
        with self._lock:
            family = self._known.get(ids)
        if family is None:
            family = family_of([self._member(i) for i in ids])
        self.keep(ids, family)
        return family

    def keep(self, ids: tuple[int, ...], family: Family) -> None:
        """Keep the family of these exemplars, which is aligned already."""
        with self._lock:
            _keep(self._known, ids, family, MOST_FAMILIES)

    def _member(self, run_id: int) -> Member:
        with self._lock:
            member = self._members.get(run_id)
        if member is None:
            member = member_of(self._store.trajectory(run_id))
        with self._lock:
            _keep(self._members, run_id, member, MOST_MEMBERS)
        return member

    def likely(self, known: Mapping[int, Procedure], new: Member, used: Sequence[int]) -> list[int]:
        """Those of the procedures whose family a run may be one more of, by the outlines of their runs: most need not be read."""
        small = {i: sorted(one.trajectories) for i, one in known.items() if len(one.trajectories) <= SAMPLE}
        tasks = self._store.trajectory_tasks([run for runs in small.values() for run in runs])
        outlines = self._store.outlines([runs[0] for runs in small.values()])
        apart = set[int]()
        for i, runs in small.items():
            outline = read_outline(outlines.get(runs[0]))
            if outline is not None and all(tasks[run] != new.task for run in runs):
                least = LEAST_USED if i in used else LEAST_SHARED
                apart.update([] if may_join(outline, new, least, alone=len(runs) == 1) else [i])
        return [i for i in known if i not in apart]

    def exemplars(self, procedure: Procedure) -> tuple[int, ...]:
        """The runs that a procedure's script is made from: the first ones, and those with which it changed."""
        first = sorted(procedure.trajectories)[:SAMPLE]
        if len(first) == len(procedure.trajectories):
            return tuple(first)
        reasons = (MADE_FROM.search(revision.reason) for revision in self._store.history(procedure.id))
        made_from = dict.fromkeys(int(reason[1]) for reason in reasons if reason)
        known = list(dict.fromkeys([*first, *(i for i in made_from if i in procedure.trajectories)]))
        return tuple(known if len(known) <= EXEMPLARS else distinct({i: self._member(i) for i in known}))


class Match(NamedTuple):
    """A run that is one more of a procedure's family, with the exemplars that it was aligned with, and whether it says that it
    followed the procedure."""

    run: Trajectory
    procedure: Procedure
    joined: Joined
    exemplars: tuple[int, ...]
    followed: bool


class Addition(NamedTuple):
    """A run that was added to a procedure: its new revision, if it got one, and the pitfalls of the run."""

    procedure: int
    revised: Mapping[int, Revised]
    pitfalls: Sequence[Pitfall]


@dataclass(frozen=True)
class Joining:
    """Adds runs to the families of a store's procedures in one scope."""

    store: FamilyStore
    families: Families
    scope: str

    def add(
        self, run: Trajectory, run_id: int, used: Sequence[int], near: Iterable[int], facts: Sequence[str], *,
        held: bool = False,
    ) -> Addition | None:  # fmt: skip
        """Make a run a source of the procedure whose family it is one more of; None where there is none.

        Raises:
            StoreError: the store cannot be read or written.
        """
        near = list(near)
        for _ in range(MOST_TRIES):
            try:
                return self._add(run, run_id, used, near, facts, held=held)
            except RevisedMeanwhileError:  # Another process was quicker: the family is another now.
                continue
        with self.store.transaction():
            return self._add(run, run_id, used, near, facts, held=held)

    def _add(
        self, run: Trajectory, run_id: int, used: Sequence[int], near: Sequence[int], facts: Sequence[str], *,
        held: bool,
    ) -> Addition | None:  # fmt: skip
        match = self.match(run, used, near, held=held)
        return None if match is None else self.join(match, run_id, facts)

    def match(
        self, run: Trajectory, used: Sequence[int], near: Iterable[int], *, held: bool = False
    ) -> Match | None:  # fmt: skip
        """The procedure whose family a run is one more of: one that it used, else one of the nearest; None where none is. With
        `held` only hearsay is changed, else only what is none.

        Raises:
            StoreError: the store cannot be read.
        """
        project = run.provenance.project or ""
        joinable = self._joinable([*used, *(i for i in near if i not in used)], used, project)
        nearest = [i for i in joinable if i not in used][:MOST_NEAR]
        known = {
            procedure.id: procedure
            for procedure in self.store.procedures([*(i for i in used if i in joinable), *nearest])
            if procedure.scope == self.scope
            and procedure.builder in _BUILDERS
            and procedure.trajectories
            and procedure.may_take(held=held)
        }
        new = new_member(run)
        candidates = [Candidate(i, i in used) for i in self.families.likely(known, new, used)]
        exemplars: dict[int, tuple[int, ...]] = {}
        families = self.families.noting(known, exemplars)
        best = best_family(new, candidates, families)
        if best is None:
            return None
        joined = best[0]
        return Match(run, known[joined], best[1], exemplars[joined], joined in used)

    def _joinable(self, ids: Sequence[int], used: Sequence[int], project: str) -> list[int]:
        """Those of the procedures that a run of this project may join: of the same project alone, or nobody's that it used."""
        belongs = self.store.belonging(ids)
        return [
            i
            for i in ids
            if i in belongs and belongs[i].projects <= {"", project} and (project in belongs[i].projects or i in used)
        ]

    def join(self, match: Match, run_id: int, facts: Sequence[str]) -> Addition:
        """Make a run a source of a procedure. Its script changes only where the run adds something, no revision of it is on
        trial, and no person has spoken for it. The procedure is found by the run's task as well, unless the run followed it
        and nothing but its own word says that this was right.

        Raises:
            RevisedMeanwhileError: the procedure was revised since it was matched.
            StoreError: the store cannot be written.
        """
        procedure = match.procedure
        ids = match.exemplars
        drafts, pitfalls = self._drafts(match, [*ids, run_id])
        rewrite = len(drafts) > 1
        draft = drafts[run_id]
        if facts:
            draft = draft.model_copy(update={"facts": tuple(facts)})
        drafts = {**drafts, run_id: draft}
        is_known = not match.followed or match.run.evidence.kind in OUTSIDE or self._reads_alike(match, draft)
        keys = keys_of(draft, match.run.task) if is_known else []
        number = self.store.join(procedure.id, procedure.revision, run_id, drafts, keys, rewrite=rewrite)
        self.families.keep((*ids, run_id), match.joined.family)  # Most often these are its exemplars from now on.
        revised = {procedure.id: Revised(number, "current")} if rewrite else {}
        return Addition(procedure.id, revised, pitfalls)

    def _reads_alike(self, match: Match, draft: Draft) -> bool:
        """Whether the task of a run reads like one that the procedure is found by already. Who follows a procedure takes its
        steps, whatever the task: they do not show that it is for such tasks."""
        known = self.store.templates(match.procedure.id)
        return draft.template in known or any(templates.bind(one, match.run.task) is not None for one in known)

    def _drafts(self, match: Match, ids: Sequence[int]) -> tuple[Mapping[int, Draft], Sequence[Pitfall]]:
        """The drafts of a family's runs under a new script, or that of the new run, the last, where the script stays; and the
        pitfalls of the new run, in the terms of that script."""
        procedure, general, run_id = match.procedure, match.joined.general, ids[-1]
        if procedure.builder != "extractive":
            draft = written_draft(procedure.script, match.run, {})
            return {run_id: draft.model_copy(update={"builder": procedure.builder})}, pitfalls_of(general, {})
        if procedure.trial is None and not self._is_curated(procedure):
            built = match.joined.built()
            if adds_to(built.script, procedure.script, len(ids) - 1):
                return dict(zip(ids, built.drafts, strict=True)), pitfalls_of(general)
        called = renamed(procedure.script, general)
        draft = draft_of(procedure.script, general, len(ids) - 1, called)
        return {run_id: draft}, pitfalls_of(general, called)

    def _is_curated(self, procedure: Procedure) -> bool:
        """Whether a person has spoken for a script: no rule displaces it."""
        if procedure.tier == "pinned":
            return True
        return is_spoken_for(self.store, procedure.id)
