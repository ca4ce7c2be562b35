"""Looking up: what of the memory fits a task, and who of those that do is shown. No language model, no write."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from memp.domain import trust
from memp.domain.procedure import KnownPitfall, Procedure
from memp.domain.results import Options
from memp.domain.trust import Alone, Beta, Standing
from memp.embed import Embedder
from memp.inputs.trajectory import first_lines
from memp.retrieve.ranking import Choice, choose, for_other_tasks
from memp.retrieve.strategies import Candidate, Found, Query, search
from memp.retrieve.vectors import StoredVectors
from memp.store import Store
from memp.store.records import MAX_KEY
from memp.text.entities import facts_of


class Weighed(NamedTuple):
    """All that a choice goes by: the candidates by procedure, what is known of each, what agents reach without one, and
    those that are for another task."""

    candidates: Mapping[int, Candidate]
    procedures: Sequence[Procedure]
    standings: Mapping[int, Standing]
    alone: Alone
    others: Set[int]


@dataclass(frozen=True)
class Lookup:
    """Look-ups in a store, with the vectors of its keys."""

    store: Store
    vectors: StoredVectors
    options: Options

    @property
    def most(self) -> int:
        """Candidates that are weighed."""
        return 10 * self.options.most

    def query(self, task: str, context: str, facts: Sequence[str], embedder: Embedder | None) -> Query:
        """A task as it is looked for: by its vectors, or by words alone where no embedder is at hand."""
        floor = self.options.floor if self.options.floor is not None else 0.0
        if embedder is None:
            return Query(task, context, scopes=self.options.scopes, floor=floor, seed=self.options.seed)
        by_facts = self.options.retrieve == "facts"
        texts = [task[:MAX_KEY], *((facts or facts_of(task)) if by_facts else ())]
        vectors = self.vectors.encode(embedder, texts)
        return Query(
            task,
            context,
            vector=vectors[0],
            fact_vectors=vectors[1:] if by_facts else None,
            scopes=self.options.scopes,
            floor=embedder.identity.floor if self.options.floor is None else floor,
            seed=self.options.seed,
        )

    def weighed(self, found: Found, query: Query, context: str) -> Weighed:
        """What is known of the candidates that are near enough to be shown."""
        candidates = {candidate.owner: candidate for candidate in found.candidates[: self.most]}
        ids = list(candidates)
        return Weighed(
            candidates,
            self.store.procedures(ids),
            self.store.standings(ids, query.vector),
            self.store.alone(query.vector, self.options.scopes, context),
            for_other_tasks(candidates.values(), self.store.template_tasks(ids), query.task),
        )

    def chosen(self, found: Found, query: Query, context: str, limit: int, stuck: bool) -> Choice:
        """Who is shown of the candidates: by relevance and use, or, by the random strategy, as they come."""
        if self.options.retrieve == "random":
            candidates = {candidate.owner: candidate for candidate in found.candidates[: self.most]}
            return Choice([(candidates[p.id], p) for p in self.store.procedures(list(candidates))[:limit]], 0)
        known = self.weighed(found, query, context)
        choice = self.ordered(known, context, limit, stuck=stuck)
        return choice._replace(chosen=[(c, self._served(p, known.standings[p.id], stuck)) for c, p in choice.chosen])

    def ordered(self, known: Weighed, context: str, limit: int, *, stuck: bool = False) -> Choice:
        """Who comes first of those that were weighed, each as its current revision says it."""
        by_use = self.options.retrieve == "hybrid"
        candidates, procedures, standings, alone, others = known
        return choose(candidates, procedures, standings, alone, context, limit, others, stuck=stuck, by_use=by_use)

    def base(self, task: str, context: str) -> Beta:
        """What agents reach without a procedure on tasks like this one, in a context."""
        embedder, _ = self.vectors.at_hand()
        vector = None if embedder is None else self.vectors.encode(embedder, [task[:MAX_KEY]])[0]
        return trust.base_rate(self.store.alone(vector, self.options.scopes, context))

    def pitfalls(
        self, query: Query, error: str, embedder: Embedder | None, shown: Sequence[int]
    ) -> list[KnownPitfall]:  # fmt: skip
        """Pitfalls that fit the error, then those of tasks like this one that no procedure covers yet."""
        ids: list[int] = []
        if error:
            text = first_lines(error)
            vector = None if embedder is None else self.vectors.encode(embedder, [text])[0]
            wanted = Query(text, vector=vector, scopes=query.scopes, floor=query.floor)
            ids += [candidate.owner for candidate in search(self.store, "error", wanted).candidates]
        if not shown:
            ids += [candidate.owner for candidate in search(self.store, "failed", query).candidates]
        return self.store.pitfalls(ids=list(dict.fromkeys(ids))[:10]) if ids else []

    def near(self, task: str) -> dict[int, str]:
        """The procedures that apply to a task, best first, each with the earlier task that is most like it."""
        embedder, _ = self.vectors.at_hand()
        found = search(self.store, "task", self.query(task, "", (), embedder))
        return {candidate.owner: candidate.text for candidate in found.candidates}

    def _served(self, procedure: Procedure, standing: Standing, stuck: bool) -> Procedure:
        """A procedure as it is shown: with the revision on trial, where it is its turn.

        Beside a validated one a trial gets every second recall, and those of agents that are stuck; beside a candidate
        all of them, since it was written knowing more.
        """
        if standing.trial is None:
            return procedure
        times = self.store.times_shown(procedure.id, standing.trial)
        if (
            procedure.tier == "validated"
            and not stuck
            and times.get(standing.trial, 0) > times.get(procedure.revision, 0)
        ):
            return procedure
        return as_revised(self.store, procedure, standing.trial)


def as_revised(store: Store, procedure: Procedure, number: int) -> Procedure:
    """A procedure as one of its revisions says it, with the uses of that revision."""
    revision = next(r for r in store.history(procedure.id) if r.number == number)
    own = [use.success for use in store.uses(procedure.id) if use.revision == number]
    changed = {
        "revision": number, "script": revision.script, "builder": revision.builder, "tier": "candidate",
        "uses": len(own), "successes": sum(own),
    }  # fmt: skip
    return procedure.model_copy(update=changed)
