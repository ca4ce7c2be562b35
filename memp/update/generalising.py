"""Generalising across projects: what two projects have done alike, each by itself and with success, as one procedure of both.

Runs join families within their project only (memp.update.joining): the steps of a procedure may name its hosts, and a script of
two projects would mix theirs. Once a second project has validated its own, the runs of both are aligned. What differs becomes a
parameter; a step that only some runs had is left out, and where a name of one project alone is left, nothing is made.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from memp.build.builders import from_caller, keys_of
from memp.build.consolidation import generalise
from memp.build.families import Candidate, Joined, best_family
from memp.build.reading.members import Member
from memp.build.reading.reduction import new_member
from memp.domain.procedure import Builder, Draft, Procedure, Script
from memp.domain.projects import Belonging
from memp.domain.trajectory import Trajectory
from memp.store import Decisions, Procedures, Projects, Trajectories, Writing
from memp.store.find import find_procedure
from memp.text.names import names_in
from memp.text.steps import parse_step
from memp.update.joining import Families

MOST_OTHERS = 8
"""Procedures of other projects, the nearest first, that a run is held against."""

LEAST_STEPS = 2
"""Steps that a general procedure needs: one alone says nothing."""


Put = Callable[[], int | None]
"""The writing of a general procedure, all of its runs at once; its id."""


class GeneralisingStore(Procedures, Trajectories, Writing, Decisions, Projects, Protocol):
    """The parts of a store that are used here."""


@dataclass(frozen=True)
class Generalising:
    """Makes general procedures of a store in one scope."""

    store: GeneralisingStore
    families: Families
    scope: str

    def across(
        self, run: Trajectory, run_id: int, built: int, used: Sequence[int], near: Iterable[int], seen: int
    ) -> int | None:  # fmt: skip
        """The new general procedure of a run that made or joined `built`, and of those of another project; None where there is
        none, or one already. `seen` is the procedure that was the newest when `near` was looked up.

        Raises:
            StoreError: the store cannot be read or written.
        """
        near = [i for i in near if i not in used]
        put = self._look(run, run_id, built, near)
        if put is None:
            return None
        with self.store.transaction():  # Nobody else makes the same between this look and what is written.
            late = [i for i in self.store.made_after(seen, self.scope) if i != built and i not in near]
            return None if late and self._look(run, run_id, built, [*late, *near]) is None else put()

    def _look(self, run: Trajectory, run_id: int, built: int, near: Sequence[int]) -> Put | None:
        """How to write the general procedure; None where there is none, or one already."""
        project = run.provenance.project
        belongs = self.store.belonging([built, *near])
        if not project or project not in belongs[built].validated:
            return None
        others = {p.id: p for p in self._others(near, belongs, project)}
        own = find_procedure(self.store, built)
        if own.builder != "extractive":
            known = {p.script.steps for p in others.values() if belongs[p.id].general}
            return self._written(own, [p for p in others.values() if not belongs[p.id].general], known)
        by_rule = [i for i, p in others.items() if p.builder == "extractive"]
        member = new_member(run)
        exemplars: dict[int, tuple[int, ...]] = {}

        def best(*, general: bool) -> tuple[int, Joined] | None:
            candidates = [Candidate(i) for i in by_rule if belongs[i].general == general]
            return best_family(member, candidates, self.families.noting(others, exemplars))

        other = None if best(general=True) else best(general=False)
        return None if other is None else partial(self._put, [*exemplars[other[0]], run_id], other[1])

    def _others(self, near: Sequence[int], belongs: Mapping[int, Belonging], project: str) -> list[Procedure]:
        """The procedures that other projects have validated, or several."""
        ids = [i for i in near if i in belongs and belongs[i].validated - {project}]
        ids.sort(key=lambda i: not belongs[i].general)
        return [
            procedure
            for procedure in self.store.procedures(ids)[:MOST_OTHERS]
            if procedure.scope == self.scope and procedure.trajectories
        ]

    def _written(self, own: Procedure, others: Sequence[Procedure], known: Set[tuple[str, ...]]) -> Put | None:
        """The same of scripts that somebody wrote: what both say word for word is of neither alone. `known` are the steps of
        those that are general already."""
        for other in others:
            same = own.script.steps == other.script.steps
            script = own.script if same else generalise(own.script, other.script)
            if script is not None and other.builder != "extractive" and script.steps not in known:
                return partial(self._put_written, script, own.builder, [*other.trajectories, *own.trajectories])
        return None

    def _put_written(self, script: Script, builder: Builder, sources: Sequence[int]) -> int | None:
        put: int | None = None
        for source in sources:
            run = self.store.trajectory(source).model_copy(update={"steps": ()})
            draft = from_caller(script, run, ()).model_copy(update={"builder": builder})
            put = self._with(put, source, draft)
        return put

    def _put(self, ids: Sequence[int], joined: Joined) -> int | None:
        built = joined.built()
        script = common_script(built.script, joined.family.members)
        if script is None:
            return None
        drafts = [draft.model_copy(update={"script": script}) for draft in built.drafts]
        put: int | None = None
        for source, draft in zip(ids, drafts, strict=True):
            put = self._with(put, source, draft)
        return put

    def _with(self, put: int | None, source: int, draft: Draft) -> int:
        """Store the procedure with its first run, or add another one."""
        keys = keys_of(draft, self.store.trajectory_tasks([source])[source])
        if put is None:
            return self.store.put(self.scope, draft, source, draft.script.signature(), keys).id
        self.store.join(put, 1, source, {source: draft}, keys, rewrite=False)
        return put


def common_script(script: Script, members: Sequence[Member]) -> Script | None:
    """A script of runs of several projects without what only some of them had; None where a name is left that not all hold."""
    steps = tuple(step for step in script.steps if not parse_step(step).whole)
    if len(steps) < LEAST_STEPS:
        return None
    texts = ["\n".join([member.task, *(action.text for action in member.actions)]).casefold() for member in members]
    names = [name.casefold() for text in (script.goal, *steps) for name in names_in(text)]
    if any(name not in text for name in names for text in texts):
        return None
    return script.model_copy(update={"steps": steps, "pitfalls": (), "verification": "", "preconditions": ()})
