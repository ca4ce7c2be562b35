"""Retrieval strategies: how the candidates for a task are searched, scored and ordered.

Memp, section 3.3: m = argmax over Mem of S(t_new, t_i), with S the cosine of the retrieval keys' embeddings.

    query    cosine of the task description (the paper's Query)
    facts    AveFact: the mean, over the new task's key facts, of the cosine to the nearest fact of a procedure
    hybrid   the cosine, the rare words that the tasks share, and whether they ask for the same (memp.retrieve.applicability)
    random   k at random: a control, never below a floor

Each is one line in `STRATEGIES`. All but random leave out what applies with a probability below the floor: an irrelevant
procedure costs more than none. Hybrid orders by use as well, the others as the paper does (memp.retrieve.ranking).
"""

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from memp.domain.results import Strategy
from memp.retrieve import ranking
from memp.retrieve.applicability import (
    Asking,
    by_cosine,
    ceiling,
    crowd_of,
    fits,
    likeness,
    probability,
    relevance,
    scaled,
)
from memp.retrieve.candidates import SURE_BELOW, Candidate, Query, SearchResult, Wording
from memp.retrieve.ranking import Asked, Ranking, RankingStore
from memp.store import Procedures, Projects, Search
from memp.store.records import Hit, KeyKind
from memp.text.keywords import MOST_TERMS, POOL, idf, terms
from memp.text.tasks.gist import gist
from memp.text.templates import looser

FLOOR = 0.35
"""The probability of applying from which a procedure is shown. Below one half, as a wrong one says how likely it is and can be
passed over, and a right one that is not shown cannot be seen: docs/retrieval.md has what is right, wrong and silent there."""

TIE = 0.02
"""What the cosine of the tasks adds to that of their key facts: it breaks ties, as several kinds of task have the same ones."""

LEAST_IDF = 0.25
"""The share of the largest inverse document frequency that a word must have to be looked up."""

CONTEXT_WEIGHT = 0.02
"""The most that words of the context add: it describes the surroundings, not what is to be done, and only breaks ties."""


class SearchStore(Search, Procedures, Projects, Protocol):
    """The parts of a store that are used here."""


class Method(NamedTuple):
    """A retrieval strategy: how it searches candidates, and how it orders them.

    With `by_facts` it needs vectors of the task's key facts; with `drawn` its candidates depend on the seed.
    """

    search: Callable[[SearchStore, Query], SearchResult]
    rank: Callable[[RankingStore, SearchResult, Query, Asked], Ranking]
    by_facts: bool = False
    drawn: bool = False


def search(store: SearchStore, kind: KeyKind, query: Query, *, by_words: bool = True) -> SearchResult:
    """Dense and lexical search over one kind of key; words alone where the query has no vector.

    Raises:
        StoreError: the store cannot be read.
    """
    wording = query.wording or worded(store, query.task, query.context)
    lexical = by_words or query.vector is None
    hits = store.lexical(kind, wording.rare, query.scopes, POOL, query.vector) if lexical else []
    if query.vector is None and len(hits) < POOL:
        # But where there are no vectors, nothing else finds a task that is done all the time.
        hits = [*hits, *store.lexical(kind, wording.all, query.scopes, POOL, None)]
    if query.vector is not None:
        hits = [*store.nearest(kind, query.vector, query.scopes, POOL), *hits]
    if query.project and kind == "task":
        hits = [*hits, *store.own_keys(kind, query.project, query.scopes, POOL, query.vector)]
    if not by_words and query.vector is not None:
        return _cut([_by_cosine(hit, query) for hit in hits], query.floor)
    less_close = looser({hit.template for hit in hits if hit.template}, query.task)
    unique = {(hit.owner, hit.text): hit for hit in hits}.values()
    crowd = _crowd(unique, query)

    def weighed(hit: Hit) -> Candidate:
        return _weighed(hit, query, wording, hit.template in less_close, kind, crowd)

    if query.exhaustive or kind == "error":
        return _cut(map(weighed, unique), query.floor)
    return _likely(unique, query, weighed, crowd)


def _likely(hits: Iterable[Hit], query: Query, weighed: Callable[[Hit], Candidate], crowd: float) -> SearchResult:
    """All that may be above the floor, and the `SURE_BELOW` likeliest below it. A cosine alone bounds how likely a text is meant:
    most that are near need not be read."""
    asked, most = gist(query.task), ceiling(crowd)

    def bound(hit: Hit) -> float:
        if hit.similarity is None or gist(hit.text) == asked or fits(hit.template, query.task):
            return 1.0
        return most(_scaled(hit.similarity, query))

    owners: dict[int, list[tuple[float, Hit]]] = {}
    for hit in hits:
        owners.setdefault(hit.owner, []).append((bound(hit), hit))
    best, below = list[Candidate](), list[float]()
    for bounded in sorted(owners.values(), key=lambda keys: max(at_best for at_best, _ in keys), reverse=True):
        likeliest = max(at_best for at_best, _ in bounded)
        if likeliest < query.floor and len(below) == SURE_BELOW and likeliest <= below[0]:
            break
        candidate = _best([weighed(hit) for _, hit in bounded])
        best.append(candidate)
        if candidate.fit < query.floor:
            below = sorted([*below, candidate.fit])[-SURE_BELOW:]
    return _cut(best, query.floor)


def worded(store: Search, task: str, context: str) -> Wording:
    """The words of a task and its context, and what they are worth in a store.

    Raises:
        StoreError: the store cannot be read.
    """
    words = terms(gist(task))
    around = [word for word in terms(context) if word not in words]
    idf = _idf(store, [*words, *around])
    ordered = sorted(words, key=lambda word: -idf[word])[:MOST_TERMS]
    # A word that a sixth of the tasks have finds nothing that is near, and takes longest to look up.
    rare = [word for word in ordered if idf[word] >= LEAST_IDF * idf.most] or ordered[:1]
    return Wording(rare, ordered, around, idf, Asking(task, idf.shares))


def _crowd(hits: Iterable[Hit], query: Query) -> float:
    """The cosine of the rest of the memory, of each owner by its nearest key."""
    nearest: dict[int, float] = {}
    for hit in hits:
        if hit.similarity is not None:
            nearest[hit.owner] = max(_scaled(hit.similarity, query), nearest.get(hit.owner, -1.0))
    return crowd_of(nearest.values())


def _weighed(hit: Hit, query: Query, wording: Wording, less_close: bool, kind: KeyKind, crowd: float) -> Candidate:
    """A candidate by all that is known of it; a template that another one fits more closely counts for nothing."""
    cosine = 0.0 if hit.similarity is None else _scaled(hit.similarity, query)
    evidence = wording.asking.evidence(hit.text, "" if less_close else hit.template, cosine, crowd)
    shared = (
        _share(wording.around, frozenset(terms(f"{hit.text}\n{hit.extra}")), wording.idf) if wording.around else 0.0
    )
    return Candidate(
        hit.owner,
        relevance(evidence) + CONTEXT_WEIGHT * shared,
        hit.similarity,
        hit.text,
        hit.template,
        (likeness if kind == "error" else probability)(evidence, vectors=hit.similarity is not None),
        evidence,
    )


def _by_cosine(hit: Hit, query: Query) -> Candidate:
    """A candidate by the cosine alone, as in the paper."""
    score = -1.0 if hit.similarity is None else hit.similarity
    return Candidate(hit.owner, score, hit.similarity, hit.text, hit.template, by_cosine(_scaled(score, query)))


def _scaled(cosine: float, query: Query) -> float:
    return cosine if query.embedder is None else scaled(cosine, query.embedder)


def _cut(scored: Iterable[Candidate], floor: float) -> SearchResult:
    """One candidate for each owner, the most relevant first, cut in two by the probability that they apply."""
    owners: dict[int, list[Candidate]] = {}
    for candidate in scored:
        owners.setdefault(candidate.owner, []).append(candidate)
    ranked = sorted(map(_best, owners.values()), key=lambda c: (-c.score, c.owner))
    above = tuple(c for c in ranked if c.fit >= floor)
    return SearchResult(above, floor, tuple(c for c in ranked if c.fit < floor))


def _best(candidates: Sequence[Candidate]) -> Candidate:
    """Of an owner's keys the most relevant, and rather one that the task reads like, if there is any: it says more than one that
    is near and reads otherwise."""
    return max(candidates, key=lambda candidate: (candidate.bound, candidate.score))


def _hybrid(store: SearchStore, query: Query) -> SearchResult:
    return search(store, "task", query)


def _query(store: SearchStore, query: Query) -> SearchResult:
    return search(store, "task", query, by_words=False)


def _facts(store: SearchStore, query: Query) -> SearchResult:
    vectors = query.fact_vectors
    if vectors is None or not len(vectors):
        return _query(store, query)
    owners = {hit.owner for v in vectors for hit in store.nearest("fact", v, query.scopes, POOL)}
    # Several kinds of task are about the same things: of equal facts the task itself decides.
    tasks = store.nearest("task", query.vector, query.scopes, POOL) if query.vector is not None else []
    near = {hit.owner: hit.similarity or 0.0 for hit in reversed(tasks)}
    scored: list[Candidate] = []
    for owner, facts in store.fact_vectors(sorted(owners)).items():
        # The mean is over all facts of the new task: over the matched ones only, a single shared word would win.
        score = float(np.max(vectors @ facts.T, axis=1).mean())
        fit = by_cosine(_scaled(score, query))
        scored.append(Candidate(owner, score + TIE * near.get(owner, 0.0), score, "", "", fit))
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

    @property
    def shares(self) -> Mapping[str, float]:
        """Of each word, as a share of that of a word in no key."""
        return {word: value / self.most for word, value in self.items()}


def _idf(store: Search, words: Sequence[str]) -> _Idf:
    frequency, total = store.document_frequency(words)
    table = _Idf({word: idf(frequency.get(word, 0), total) for word in words})
    table.most = idf(0, total)
    return table


def _share(words: Sequence[str], present: frozenset[str], idf: Mapping[str, float]) -> float:
    """The idf-weighted share of the words that are present, from 0 to 1."""
    total = sum(idf[word] for word in words)
    return sum(idf[word] for word in words if word in present) / total if total else 0.0
