"""Retriever: the way of a recall from the request to the procedures that are shown, without a language model.

It writes nothing but vectors of key facts, where the strategy asks for those that are missing."""

from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from memp.domain.effects import is_held_back
from memp.domain.procedure import KnownPitfall, Pitfall, Procedure
from memp.domain.results import MOST_MATCHES, Considered, ErrorAnswer, Match, Options, Recall
from memp.domain.trust import BaseRates
from memp.embed import Embedder, Vectors
from memp.errors import StoreBusyError
from memp.inputs.trajectory import first_lines
from memp.retrieve.applicability import can_read, unread
from memp.retrieve.candidates import Candidate, Query, Request, SearchResult
from memp.retrieve.elsewhere import Elsewhere, Parted
from memp.retrieve.error_search import ErrorSearch
from memp.retrieve.grounding import Grounding
from memp.retrieve.hearsay import MOST_UNAPPROVED, harmless, unapproved_note
from memp.retrieve.ranking import Asked, Ranking
from memp.retrieve.strategies import FLOOR, STRATEGIES, search, worded
from memp.retrieve.vectors import StoredVectors
from memp.store import Evidence, Maintenance, Origins, Procedures, Projects, Recalls, Search, Trajectories
from memp.store.records import MAX_KEY
from memp.text.actions.operations import operation_of
from memp.text.entities import facts_of
from memp.text.steps import parse_step

MOST_PITFALLS = 10
"""Pitfalls that are read for one recall."""


class RetrievingStore(Search, Procedures, Trajectories, Evidence, Origins, Recalls, Projects, Maintenance, Protocol):
    """The parts of a store that are used here."""


NEARLY = 0.5
"""The share of the floor from which what comes nearest is named: a caller can tell better than a cosine whether it is meant."""


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

    def recall(self, request: Request, limit: int, *, exhaustive: bool = False) -> Recall:
        """At most `limit` procedures that fit, each grounded in the task, the pitfalls that fit, and why; with `exhaustive` of
        every candidate, else of those that may fit.

        Raises:
            StoreError: the store cannot be read, or holds vectors of another embedder.
            EmbedderError: the model failed.
        """
        embedder, notes = self.vectors.at_hand()
        query, result, ranking = self._ranked(request, limit, embedder, exhaustive=exhaustive)
        unapproved = [unapproved_note(procedure) for procedure in ranking.unapproved[:MOST_UNAPPROVED]]
        notes = [*unapproved, *notes, *_unread(embedder, query), *self._unsearched(query)]
        # Nobody asked for what a hook tells.
        chosen = [pair for pair in ranking.chosen if request.elsewhere or not is_held_back(pair[1])]
        matches = [self._match(request, candidate, p) for candidate, p in chosen]
        others = self._warnings(request, result, matches) if matches else self._failed(request, query)
        return Recall(
            matches, others[:MOST_MATCHES], result.closest, result.floor, notes, withheld=ranking.withheld,
            form=request.form, explanation=ranking.explanation, on_error=self._on_error(request, embedder),
            context=request.context, perhaps=None if matches else self._perhaps(request, result),
        )  # fmt: skip

    def _unsearched(self, query: Query) -> list[str]:
        """A note where key facts are searched and some have no vector, which a file that is read-only gets none of."""
        if query.fact_vectors is None or not self.store.read_only or not self.vectors.lacking:
            return []
        return [
            "Some key facts have no vector, and the memory is read-only: recall once with write access (MEMP_RETRIEVE=facts)."
        ]

    def _match(self, request: Request, candidate: Candidate, procedure: Procedure) -> Match:
        """A procedure grounded in the task, by what runs of its project tell."""
        elsewhere = self._elsewhere(request)
        projects = elsewhere.projects_of(procedure)
        grounding = Grounding(
            self.store, self.options.scopes, request.form, request.context, projects, request.elsewhere
        )  # fmt: skip
        match = grounding.match(candidate, procedure, request.task)
        return elsewhere.marked(match, request.task) if request.project or not request.elsewhere else match

    def _elsewhere(self, request: Request) -> Elsewhere:
        return Elsewhere(self.store, request.project, unasked=not request.elsewhere)

    def _here(self, request: Request, pitfalls: Sequence[KnownPitfall]) -> list[KnownPitfall]:
        """The pitfalls that were met here; where there are none those met elsewhere, unless nobody asked."""
        elsewhere = self._elsewhere(request)
        return elsewhere.first_here(pitfalls) if request.elsewhere else elsewhere.met_here(pitfalls)

    def _perhaps(self, request: Request, result: SearchResult) -> Procedure | None:
        """The procedure that comes nearest to the floor, where it is not far below."""
        nearest = result.nearest
        if nearest is None or result.candidates or nearest.fit < NEARLY * result.floor:
            return None
        if self._elsewhere(request).is_foreign(nearest.owner):
            return None
        return next(iter(self.store.procedures([nearest.owner], scopes=self.options.scopes)), None)

    def explain(self, request: Request) -> Recall:
        """The ranking of all procedures that would be weighed, with nothing grounded: a recall without its matches.

        Raises:
            StoreError, EmbedderError: as `recall`.
        """
        embedder, notes = self.vectors.at_hand()
        query, result, ranking = self._ranked(request, self.most, embedder, exhaustive=True)
        notes = [*notes, *_unread(embedder, query)]
        return Recall(
            (), (), result.closest, result.floor, notes, withheld=ranking.withheld, explanation=ranking.explanation
        )  # fmt: skip

    def _ranked(
        self, request: Request, limit: int, embedder: Embedder | None, *, exhaustive: bool
    ) -> tuple[Query, SearchResult, Ranking]:
        query = replace(self._query(request, embedder), exhaustive=exhaustive)
        method = STRATEGIES[self.options.retrieve]
        result = method.search(self.store, query)
        asked = Asked(request.where, limit, stuck=bool(request.error))
        if not request.project and request.elsewhere:
            return query, result, method.rank(self.store, result, query, asked)
        parted = self._elsewhere(request).part(result)
        if request.project and not parted.own and self.store.has_procedures(request.project, query.scopes):
            # Where one of its own is among the nearest, so is its nearest; else others may have crowded it out.
            query = replace(query, project=request.project)
            parted = self._elsewhere(request).part(method.search(self.store, query))
        asked = asked._replace(own=parted.own)
        ranking = method.rank(self.store, parted.near, query, asked)
        if not parted.foreign.candidates:
            return query, parted.near, ranking
        if ranking.chosen or ranking.withheld or not request.elsewhere:
            return query, parted.near, self._without(ranking, parted, request)
        return query, parted.foreign, method.rank(self.store, parted.foreign, query, asked)

    def _without(self, ranking: Ranking, parted: Parted, request: Request) -> Ranking:
        """A ranking that says of what was learned elsewhere that it is not shown for that reason."""
        elsewhere = self._elsewhere(request)
        belongs = self.store.belonging([candidate.owner for candidate in parted.foreign.candidates])
        hidden = {
            c.owner: Considered(c.fit, elsewhere=elsewhere.title(belongs[c.owner].home))
            for c in parted.foreign.candidates[: self.most]
        }
        explanation = ranking.explanation
        return ranking._replace(
            explanation=replace(explanation, considered={**hidden, **explanation.considered})
        )  # fmt: skip

    def near(self, task: str) -> dict[int, str]:
        """The procedures that apply to a task, best first, each with the earlier task that is most like it.

        Raises:
            StoreError, EmbedderError: as `recall`.
        """
        return {candidate.owner: candidate.text for candidate in self.around(task).candidates}

    def around(self, task: str) -> SearchResult:
        """The procedures nearest to a task: those that apply to it, and all that do not.

        Raises:
            StoreError, EmbedderError: as `recall`.
        """
        embedder, _ = self.vectors.at_hand()
        return search(self.store, "task", replace(self._query(Request(task), embedder), exhaustive=True))

    def base_rates(self, task: str, where: str) -> BaseRates:
        """The success rates of agents without a procedure on tasks like this one, in a context.

        Raises:
            StoreError, EmbedderError: as `recall`.
        """
        embedder, _ = self.vectors.at_hand()
        vector = self._vector(embedder, task[:MAX_KEY])
        return BaseRates.of(self.store.alone(vector, self.options.scopes, where))

    def _query(self, request: Request, embedder: Embedder | None) -> Query:
        """The request with its vectors, or for words alone where no embedder is at hand."""
        options = self.options
        floor = FLOOR if options.floor is None else options.floor
        query = Query(
            request.task, request.context, scopes=options.scopes, floor=floor, seed=options.seed, most=self.most,
            wording=worded(self.store, request.task, request.context),
        )  # fmt: skip
        if embedder is None or not can_read(embedder.identity, request.task):
            return query
        by_facts = STRATEGIES[options.retrieve].by_facts
        if by_facts and not self.store.read_only:
            # While another strategy was on, nobody asked for those of key facts. In a busy file they come with a later recall.
            with suppress(StoreBusyError):
                self.vectors.embed_pending()
        texts = [request.task[:MAX_KEY], *((request.facts or facts_of(request.task)) if by_facts else ())]
        vectors = self.vectors.encode(embedder, texts)
        facts = vectors[1:] if by_facts else None
        return replace(query, vector=vectors[0], fact_vectors=facts, embedder=embedder.identity)

    def _on_error(self, request: Request, embedder: Embedder | None) -> ErrorAnswer | None:
        """Search what is known of an error, of whatever task; None where none was passed."""
        if not request.error:
            return None
        text = first_lines(request.error)
        vector = self._vector(embedder, text)
        floor = 0.0 if embedder is None else embedder.identity.floor
        searching = ErrorSearch(self.store, self.options.scopes, request.project, request.elsewhere)
        return searching.known(text, vector, floor, request.task)

    def _failed(self, request: Request, query: Query) -> list[KnownPitfall]:
        """Pitfalls of tasks like this one that no procedure covers."""
        ids = [candidate.owner for candidate in search(self.store, "failed", query).candidates]
        known = harmless(self.store.pitfalls(ids=ids), asked=request.elsewhere) if ids else []
        return self._here(request, known)[:MOST_PITFALLS]

    def _warnings(self, request: Request, result: SearchResult, matches: Sequence[Match]) -> list[KnownPitfall]:
        """Pitfalls of the other procedures that fit, of operations which the steps of the matches have."""
        shown = {match.procedure.id for match in matches}
        others = [c.owner for c in result.candidates if c.owner not in shown][:MOST_PITFALLS]
        operations = {operation_of(parse_step(step).action) for m in matches for step in m.procedure.script.steps}
        told = harmless(self.store.pitfalls(others), asked=request.elsewhere) if others else []
        known = self._here(request, told) if told else []
        return [pitfall for pitfall in known if _warns_of(pitfall.pitfall, operations)]

    def _vector(self, embedder: Embedder | None, text: str) -> Vectors | None:
        """The vector of a text; None where no embedder is at hand, or it cannot read the text."""
        if embedder is None or not can_read(embedder.identity, text):
            return None
        return self.vectors.encode(embedder, [text])[0]


def _unread(embedder: Embedder | None, query: Query) -> list[str]:
    """A note where the embedder cannot read the task, so that words alone were compared."""
    return [] if embedder is None or query.vector is not None else [unread(embedder.identity, query.task)]


def _warns_of(pitfall: Pitfall, operations: Set[str]) -> bool:
    """Whether a pitfall, "action: error", is of one of these operations, and says what to do instead."""
    action, colon, _ = pitfall.trigger.partition(": ")
    return bool(colon and pitfall.instead) and operation_of(action) in operations
