"""Retriever: the way of a recall from the request to the procedures that are shown. No language model, no write."""

from dataclasses import dataclass, replace
from typing import Protocol

from memp.domain import trust
from memp.domain.procedure import KnownPitfall
from memp.domain.results import MOST_MATCHES, Options, Recall
from memp.domain.trust import Beta
from memp.embed import Embedder, Vectors
from memp.inputs.trajectory import first_lines
from memp.retrieve.candidates import Query, Request, SearchResult
from memp.retrieve.grounding import Grounding
from memp.retrieve.ranking import Asked, Ranking
from memp.retrieve.strategies import STRATEGIES, search
from memp.retrieve.vectors import StoredVectors
from memp.store import Evidence, Procedures, Recalls, Search, Trajectories
from memp.store.records import MAX_KEY
from memp.text.entities import facts_of

MOST_PITFALLS = 10
"""Pitfalls that are read for one recall."""


class RetrievingStore(Search, Procedures, Trajectories, Evidence, Recalls, Protocol):
    """The parts of a store that are used here."""


@dataclass(frozen=True)
class Retriever:
    """Retrieves from a store, with the vectors of its keys."""

    store: RetrievingStore
    vectors: StoredVectors
    options: Options

    @property
    def most(self) -> int:
        """Candidates that are weighed."""
        return 10 * self.options.most

    def recall(self, request: Request, limit: int) -> Recall:
        """At most `limit` procedures that fit, each grounded in the task, the pitfalls that fit, and why.

        Raises:
            StoreError: the store cannot be read, or holds vectors of another embedder.
            EmbedderError: the model failed.
        """
        embedder, notes = self.vectors.at_hand()
        query, result, ranking = self._ranked(request, limit, embedder)
        known = self._pitfalls(query, request.error, embedder, covered=bool(ranking.chosen))
        grounding = Grounding(self.store, self.options.scopes, request.form)
        matches = [grounding.match(candidate, p, request.task, known) for candidate, p in ranking.chosen]
        shown = {p.id for match in matches for p in match.pitfalls}
        others = [p for p in known if p.id not in shown][:MOST_MATCHES]
        return Recall(
            matches, others, result.closest, result.floor, notes, withheld=ranking.withheld, form=request.form,
            explanation=ranking.explanation,
        )  # fmt: skip

    def explain(self, request: Request) -> Recall:
        """The ranking of all procedures that would be weighed, with nothing grounded: a recall without its matches.

        Raises:
            StoreError, EmbedderError: as `recall`.
        """
        embedder, notes = self.vectors.at_hand()
        _, result, ranking = self._ranked(request, self.most, embedder)
        return Recall(
            (), (), result.closest, result.floor, notes, withheld=ranking.withheld, explanation=ranking.explanation
        )  # fmt: skip

    def _ranked(
        self, request: Request, limit: int, embedder: Embedder | None
    ) -> tuple[Query, SearchResult, Ranking]:  # fmt: skip
        query = self._query(request, embedder)
        method = STRATEGIES[self.options.retrieve]
        result = method.search(self.store, query)
        asked = Asked(request.where, limit, stuck=bool(request.error))
        return query, result, method.rank(self.store, result, query, asked)

    def near(self, task: str) -> dict[int, str]:
        """The procedures that apply to a task, best first, each with the earlier task that is most like it.

        Raises:
            StoreError, EmbedderError: as `recall`.
        """
        embedder, _ = self.vectors.at_hand()
        result = search(self.store, "task", self._query(Request(task), embedder))
        return {candidate.owner: candidate.text for candidate in result.candidates}

    def base_rate(self, task: str, where: str) -> Beta:
        """The success rate of agents without a procedure on tasks like this one, in a context.

        Raises:
            StoreError, EmbedderError: as `recall`.
        """
        embedder, _ = self.vectors.at_hand()
        vector = None if embedder is None else self._vector(embedder, task[:MAX_KEY])
        return trust.base_rate(self.store.alone(vector, self.options.scopes, where))

    def _query(self, request: Request, embedder: Embedder | None) -> Query:
        """The request with its vectors, or for words alone where no embedder is at hand."""
        options = self.options
        query = Query(
            request.task, request.context, scopes=options.scopes, floor=options.floor or 0.0, seed=options.seed,
            most=self.most,
        )  # fmt: skip
        if embedder is None:
            return query
        by_facts = STRATEGIES[options.retrieve].by_facts
        texts = [request.task[:MAX_KEY], *((request.facts or facts_of(request.task)) if by_facts else ())]
        vectors = self.vectors.encode(embedder, texts)
        floor = embedder.identity.floor if options.floor is None else options.floor
        return replace(query, vector=vectors[0], fact_vectors=vectors[1:] if by_facts else None, floor=floor)

    def _pitfalls(self, query: Query, error: str, embedder: Embedder | None, *, covered: bool) -> list[KnownPitfall]:
        """Pitfalls that fit the error, then, where no procedure covers the task, those of tasks like it."""
        ids: list[int] = []
        if error:
            text = first_lines(error)
            vector = None if embedder is None else self._vector(embedder, text)
            wanted = Query(text, vector=vector, scopes=query.scopes, floor=query.floor)
            ids += [candidate.owner for candidate in search(self.store, "error", wanted).candidates]
        if not covered:
            ids += [candidate.owner for candidate in search(self.store, "failed", query).candidates]
        return self.store.pitfalls(ids=list(dict.fromkeys(ids))[:MOST_PITFALLS]) if ids else []

    def _vector(self, embedder: Embedder, text: str) -> Vectors:
        return self.vectors.encode(embedder, [text])[0]
