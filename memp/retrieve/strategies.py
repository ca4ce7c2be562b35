"""Retrieval strategies: how the candidates for a task are searched, scored and ordered.

Memp, section 3.3: m = argmax over Mem of S(t_new, t_i), with S the cosine of the retrieval keys' embeddings.

    query    cosine of the task description (the paper's Query)
    facts    AveFact: the mean, over the new task's key facts, of the cosine to the nearest fact of a procedure
    hybrid   the cosine of query, plus a small weight on the rare words that the two tasks share
    random   k at random: a control, never below a floor

Each is one line in `STRATEGIES`. All but random leave out what lies below the floor: an irrelevant procedure costs more
than none. Hybrid orders by use as well, the others as the paper does (memp.retrieve.ranking).
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from memp.domain.results import Strategy
from memp.retrieve import ranking
from memp.retrieve.candidates import BOUND, Candidate, Query, SearchResult
from memp.retrieve.ranking import Asked, Ranking, RankingStore
from memp.store import Procedures, Search
from memp.store.records import Hit, KeyKind
from memp.text.keywords import KEYWORD_FLOOR, MOST_TERMS, POOL, idf, terms
from memp.text.templates import fixed_share, looser

WORD_WEIGHT = 0.15
"""The weight, beside a cosine, of a shared word that no other task has. Chosen on the calibration half of the paraphrase
set: docs/retrieval.md has the figures, with those of other weights and of reciprocal rank fusion."""

WORD_MARGIN = 0.03
"""Added to a cosine's floor where words count, since they lift unrelated tasks as well (same half, same document)."""

LEAST_FIXED = 0.3
"""The share of a task's words that a template must have to say what is to be done."""

LEAST_IDF = 0.25
"""The share of the largest inverse document frequency that a word must have to be looked up."""

CONTEXT_WEIGHT = 0.02
"""The most that words of the context add: it describes the surroundings, not what is to be done, and only breaks ties."""


class SearchStore(Search, Procedures, Protocol):
    """The parts of a store that are used here."""


class Method(NamedTuple):
    """A retrieval strategy: how it searches candidates, and how it orders them.

    With `by_facts` it needs vectors of the task's key facts; with `drawn` its candidates depend on the seed.
    """

    search: Callable[[SearchStore, Query], SearchResult]
    rank: Callable[[RankingStore, SearchResult, Query, Asked], Ranking]
    by_facts: bool = False
    drawn: bool = False


def search(store: Search, kind: KeyKind, query: Query, *, weight: float = WORD_WEIGHT) -> SearchResult:
    """Dense and lexical search over one kind of key; words alone where the query has no vector.

    Raises:
        StoreError: the store cannot be read.
    """
    words = terms(query.task)
    extra = [word for word in terms(query.context) if word not in words]
    idf = _idf(store, [*words, *extra])
    ordered = sorted(words, key=lambda word: -idf[word])[:MOST_TERMS]
    # A word that a sixth of the tasks have finds nothing that is near, and takes longest to look up.
    rare = [word for word in ordered if idf[word] >= LEAST_IDF * idf.most] or ordered[:1]
    hits = store.lexical(kind, rare, query.scopes, POOL, query.vector) if weight or query.vector is None else []
    if query.vector is not None:
        hits = [*store.nearest(kind, query.vector, query.scopes, POOL), *hits]
    less_close = looser({hit.template for hit in hits if hit.template}, query.task) if weight else set[str]()
    scored = [_scored(hit, query.task, words, extra, idf, weight, hit.template in less_close) for hit in hits]
    margin = WORD_MARGIN if weight else 0.0
    return _cut(scored, KEYWORD_FLOOR if query.vector is None else query.floor + margin)


def _scored(
    hit: Hit, task: str, words: Sequence[str], extra: Sequence[str], idf: "_Idf", weight: float, less_close: bool
) -> Candidate:  # fmt: skip
    present = frozenset(terms(f"{hit.text}\n{hit.extra}"))
    if hit.similarity is None:
        score = _rarity(words, present, idf)
    elif not weight:
        score = hit.similarity
    else:
        context = CONTEXT_WEIGHT * _share(extra, present, idf)
        score = hit.similarity + weight * _rarity(words, present, idf) + context
        if not less_close and fixed_share(hit.template, task) >= LEAST_FIXED:
            score = BOUND + context
    return Candidate(hit.owner, score, hit.similarity, hit.text, hit.template)


def _cut(scored: Sequence[Candidate], floor: float) -> SearchResult:
    """One candidate for each owner, best first, cut in two at the floor."""
    best: dict[int, Candidate] = {}
    for candidate in scored:
        if candidate.owner not in best or candidate.score > best[candidate.owner].score:
            best[candidate.owner] = candidate
    ranked = sorted(best.values(), key=lambda c: (-c.score, c.owner))
    above = sum(c.score >= floor for c in ranked)
    return SearchResult(tuple(ranked[:above]), floor, tuple(ranked[above:]))


def _hybrid(store: SearchStore, query: Query) -> SearchResult:
    return search(store, "task", query)


def _query(store: SearchStore, query: Query) -> SearchResult:
    return search(store, "task", query, weight=0.0)


def _facts(store: SearchStore, query: Query) -> SearchResult:
    vectors = query.fact_vectors
    if vectors is None or not len(vectors):
        return _query(store, query)
    owners = {hit.owner for v in vectors for hit in store.nearest("fact", v, query.scopes, POOL)}
    scored: list[Candidate] = []
    for owner, facts in store.fact_vectors(sorted(owners)).items():
        # The mean is over all facts of the new task: over the matched ones only, a single shared word would win.
        score = float(np.max(vectors @ facts.T, axis=1).mean())
        scored.append(Candidate(owner, score, score, "", ""))
    return _cut(scored, query.floor)


def _random(store: SearchStore, query: Query) -> SearchResult:
    ids = [procedure.id for procedure in store.procedures(scopes=query.scopes)]
    random.Random(f"{query.seed}:{query.task}").shuffle(ids)
    return SearchResult(tuple(Candidate(i, 0.0, None, "", "") for i in ids), -math.inf)


STRATEGIES: Mapping[Strategy, Method] = {
    "hybrid": Method(_hybrid, ranking.by_use),
    "query": Method(_query, ranking.by_relevance),
    "facts": Method(_facts, ranking.by_relevance, by_facts=True),
    "random": Method(_random, ranking.as_found, drawn=True),
}


class _Idf(dict[str, float]):
    """BM25's inverse document frequency, ln(1 + (N - df + 0.5) / (df + 0.5)); `most` is that of an unseen word."""

    most: float = 1.0


def _idf(store: Search, words: Sequence[str]) -> _Idf:
    frequency, total = store.document_frequency(words)
    table = _Idf({word: idf(frequency.get(word, 0), total) for word in words})
    table.most = idf(0, total)
    return table


def _rarity(words: Sequence[str], present: frozenset[str], idf: _Idf) -> float:
    """The sum over shared words of (idf / largest idf)^2: near 1 for each word that no other task has."""
    return sum((idf[word] / idf.most) ** 2 for word in words if word in present)


def _share(words: Sequence[str], present: frozenset[str], idf: _Idf) -> float:
    """The idf-weighted share of the words that are present, from 0 to 1."""
    total = sum(idf[word] for word in words)
    return sum(idf[word] for word in words if word in present) / total if total else 0.0
