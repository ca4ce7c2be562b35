"""Procedures of other projects: the project at hand comes first, another one's is shown where nothing of it fits, and says so.

Three kinds of candidates: the project's own; what several projects have validated (memp.domain.projects) and what is nobody's,
which yield to an own one that fits nearly as well; and foreign ones. Names that only runs of the other project hold, and not the
task, are told as its: hosts, paths, applications. Without a project at hand all are alike to who asks; to who did not, all that
is a project's is foreign.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from memp.domain.procedure import KnownPitfall, Procedure
from memp.domain.projects import NOBODY, Belonging
from memp.domain.results import Match
from memp.light.project import titles
from memp.retrieve.candidates import MOST_BELOW, SearchResult
from memp.store import Projects
from memp.text.names import names_in

MOST_NAMES = 40
"""Names of a procedure that are looked for in the runs of other projects."""


class Parted(NamedTuple):
    """The result of a search: what is not foreign, what is, and the ids of what is the project's own alone."""

    near: SearchResult
    foreign: SearchResult
    own: frozenset[int]


class ElsewhereStore(Projects, Protocol):
    """The parts of a store that are used here."""


@dataclass(frozen=True)
class Elsewhere:
    """Tells what was learned in the project at hand from what was learned in others."""

    store: ElsewhereStore
    project: str
    unasked: bool = False
    """Nobody asked, as in a hook: what may be foreign is."""

    def part(self, result: SearchResult) -> Parted:
        """Part the candidates of a search, and those below its floor."""
        # Of those below the floor the likeliest may be named; the others are passed on as they are.
        likely = sorted(result.below, key=lambda candidate: -candidate.fit)[:MOST_BELOW]
        every = (*result.candidates, *likely)
        belongs = self.store.belonging([candidate.owner for candidate in every])
        foreign = {i for i, one in belongs.items() if self._counts_as_foreign(one)}
        mine = {i for i, one in belongs.items() if self.project in one.projects and not one.general}
        own = frozenset(mine if self.project else ())

        def kept(*, elsewhere: bool) -> SearchResult:
            return replace(
                result,
                candidates=tuple(c for c in result.candidates if (c.owner in foreign) == elsewhere),
                below=tuple(c for c in result.below if (c.owner in foreign) == elsewhere),
            )

        near = kept(elsewhere=False)
        # Own ones first: of many that are alike only so many are weighed.
        first = tuple(sorted(near.candidates, key=lambda candidate: candidate.owner not in own))
        return Parted(replace(near, candidates=first), kept(elsewhere=True), own)

    def is_foreign(self, procedure_id: int) -> bool:
        """Whether a procedure was learned in another project only; where nobody asked (`unasked`), whether it may have been."""
        return self._counts_as_foreign(self._belonging(procedure_id))

    def learned_in(self, procedure_id: int) -> str:
        """The name of the project that a foreign procedure was learned in; empty where it is not foreign."""
        belonging = self._belonging(procedure_id)
        return self.title(belonging.home) if self._counts_as_foreign(belonging) else ""

    def projects_of(self, procedure: Procedure) -> list[str] | None:
        """The projects whose runs tell what a procedure's parameters stood for: the one at hand and none, or, of a foreign
        one, its own. None: of all."""
        if not self.project:
            return [""] if self.unasked else None
        belonging = self._belonging(procedure.id)
        return sorted(belonging.projects) if belonging.is_foreign(self.project) else [self.project, ""]

    def marked(self, match: Match, task: str) -> Match:
        """A match with where it was learned and the names in it that are that project's, where that is another one."""
        belonging = self._belonging(match.procedure.id)
        if not belonging.is_foreign(self.project):
            return replace(match, pitfalls=self.met_here(match.pitfalls))
        texts = (
            [*match.procedure.script.steps, *(step.action for step in match.example.steps)]
            if match.example
            else [*match.procedure.script.steps]
        )
        theirs = self._theirs(texts, belonging, task)
        return replace(match, learned_in=self.title(belonging.home), theirs=theirs)

    def _theirs(self, texts: Iterable[str], belonging: Belonging, task: str) -> tuple[str, ...]:
        said = task.casefold()
        names = [n for n in dict.fromkeys(n for text in texts for n in names_in(text)) if n.casefold() not in said]
        names = names[:MOST_NAMES]
        known = self.store.named_elsewhere(names, belonging.home)
        return tuple(name for name in names if name not in known)

    @property
    def _parts(self) -> bool:
        """Whether anything may be foreign: not to who asks where no project is at hand."""
        return bool(self.project) or self.unasked

    def _counts_as_foreign(self, belonging: Belonging) -> bool:
        """Whether something counts as foreign here."""
        return belonging.may_be_foreign(self.project) if self.unasked else belonging.is_foreign(self.project)

    def _belonging(self, procedure_id: int) -> Belonging:
        return self.store.belonging([procedure_id]).get(procedure_id, NOBODY)

    def met_here(self, pitfalls: Sequence[KnownPitfall]) -> list[KnownPitfall]:
        """Pitfalls without those that were met in other projects only."""
        met = self._met(pitfalls)
        return [one for one in pitfalls if not self._counts_as_foreign(met[one.id])]

    def first_here(self, pitfalls: Sequence[KnownPitfall]) -> list[KnownPitfall]:
        """The pitfalls that were met here; where there are none those met elsewhere, with where that was."""
        if not self._parts:
            return list(pitfalls)
        met = self._met(pitfalls)
        here = [one for one in pitfalls if not self._counts_as_foreign(met[one.id])]
        return here or [
            one.model_copy(update={"learned_in": self.title(met[one.id].home)}) for one in pitfalls
        ]  # fmt: skip

    def _met(self, pitfalls: Sequence[KnownPitfall]) -> Mapping[int, Belonging]:
        if not self._parts or not pitfalls:
            return {one.id: NOBODY for one in pitfalls}
        met = self.store.met_in([one.id for one in pitfalls])
        return {one.id: met.get(one.id, NOBODY) for one in pitfalls}

    def of_runs(self, runs: Sequence[int]) -> Mapping[int, str]:
        """Where runs were made, of those that are another project's."""
        if not self._parts or not runs:
            return {}
        made = self.store.ran_in(runs)
        return {run: self.title(project) for run, project in made.items() if project not in ("", self.project)}

    def title(self, project: str) -> str:
        """The name of a project as people see it."""
        known = self.store.project_titles()
        return titles([*known, project], known)[project]
