"""Retrieve: which procedure fits a task.

Memp, section 3.3: m = argmax over Mem of S(t_new, t_i), with S the cosine of the retrieval keys' embeddings.

    query    cosine of the task description (the paper's Query)
    facts    AveFact: the mean, over the new task's key facts, of the cosine to the nearest fact of a procedure
    hybrid   the cosine of query, plus a small weight on the idf-weighted share of the task's words that match
    random   k at random: a control, never below a floor

Each is a plain function in `STRATEGIES`. All but random leave out what lies below the floor: an irrelevant procedure
costs more than none.
"""

import math
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from memp.embed import Vectors
from memp.procedure import Procedure
from memp.store import Hit, KeyKind, Store
from memp.trajectory import Trajectory

Strategy = Literal["hybrid", "query", "facts", "random"]

POOL = 40
"""Keys that each look-up brings before ranking."""

COVERAGE_WEIGHT = 0.15
"""What full word coverage adds to a cosine. Chosen on the calibration half of the paraphrase set: docs/retrieval.md."""

KEYWORD_FLOOR = 0.5
"""Word coverage below which nothing applies, where there are no vectors to go by."""

MOST_TERMS = 24
"""Words of a query that are looked up; the rarest are kept."""

_WORD = re.compile(r"[^\W_]+")
_STOP = frozenset(
    (
        "a about after all also am an and any are as at be been but by can could did do does for from had has have how i "
        "if in into is it its just let me my need of on or our please should so some than that the their them then there "
        "this to up us want was we were what when where which while who will with would you your"
    ).split()
)


@dataclass(frozen=True)
class Query:
    """What is looked for. Without vectors (no embedder at hand), words alone decide."""

    task: str
    context: str = ""
    vector: Vectors | None = None
    fact_vectors: Vectors | None = None
    scopes: tuple[str, ...] = ("",)
    floor: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Candidate:
    """An owner (procedure or pitfall) that may fit, by its best key."""

    owner: int
    score: float
    similarity: float | None
    text: str
    template: str


@dataclass(frozen=True)
class Found:
    """The candidates that apply, best first, and the best score among those that do not (None: there were none)."""

    candidates: tuple[Candidate, ...]
    closest: float | None


def retrieve(strategy: Strategy, store: Store, query: Query) -> Found:
    """Rank what the store has for a query.

    Raises:
        StoreError: the store cannot be read.
    """
    return STRATEGIES[strategy](store, query)


def search(store: Store, kind: KeyKind, query: Query, *, weight: float = COVERAGE_WEIGHT) -> Found:
    """Dense and lexical look-up over one kind of key; words alone where the query has no vector."""
    words = terms(query.task)
    extra = [word for word in terms(query.context) if word not in words]
    idf = _idf(store, [*words, *extra])
    rare = sorted(words, key=lambda word: -idf[word])[:MOST_TERMS]
    hits = store.lexical(kind, rare, query.scopes, POOL, query.vector) if weight or query.vector is None else []
    if query.vector is not None:
        hits = [*store.nearest(kind, query.vector, query.scopes, POOL), *hits]
    scored = [_scored(hit, words, extra, idf, weight) for hit in hits]
    floor = KEYWORD_FLOOR if query.vector is None else query.floor
    return _cut(scored, floor)


def _scored(
    hit: Hit, words: Sequence[str], extra: Sequence[str], idf: Mapping[str, float], weight: float
) -> Candidate:  # fmt: skip
    present = frozenset(terms(f"{hit.text}\n{hit.extra}"))
    covered = _share(words, present, idf)
    if hit.similarity is None:
        return Candidate(hit.owner, covered, None, hit.text, hit.template)
    # Context breaks ties only: it describes the surroundings, not what is to be done.
    score = hit.similarity + weight * covered + 0.02 * _share(extra, present, idf)
    return Candidate(hit.owner, score, hit.similarity, hit.text, hit.template)


def _cut(scored: Sequence[Candidate], floor: float) -> Found:
    """One candidate for each owner, best first, without those below the floor."""
    best: dict[int, Candidate] = {}
    for candidate in scored:
        if candidate.owner not in best or candidate.score > best[candidate.owner].score:
            best[candidate.owner] = candidate
    ranked = sorted(best.values(), key=lambda c: (-c.score, c.owner))
    applicable = tuple(c for c in ranked if c.score >= floor)
    below = [c.score for c in ranked if c.score < floor]
    return Found(applicable, below[0] if below else None)


def _hybrid(store: Store, query: Query) -> Found:
    return search(store, "task", query)


def _query(store: Store, query: Query) -> Found:
    return search(store, "task", query, weight=0.0)


def _facts(store: Store, query: Query) -> Found:
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


def _random(store: Store, query: Query) -> Found:
    ids = [procedure.id for procedure in store.procedures(scopes=query.scopes)]
    random.Random(f"{query.seed}:{query.task}").shuffle(ids)
    return Found(tuple(Candidate(i, 0.0, None, "", "") for i in ids), None)


STRATEGIES: Mapping[Strategy, Callable[[Store, Query], Found]] = {
    "hybrid": _hybrid,
    "query": _query,
    "facts": _facts,
    "random": _random,
}


def seen_values(
    store: Store, procedure: Procedure, bindings: Mapping[str, str]
) -> dict[str, Sequence[tuple[str, int]]]:
    """What the open parameters stood for in earlier runs: those that agree with the bindings, or all."""
    open_names = [p.name for p in procedure.script.parameters if p.name not in bindings]
    if not open_names:
        return {}
    runs = store.bindings(procedure.id)
    agreeing = [run for run in runs if all(run.get(name) == value for name, value in bindings.items())]
    counts = {name: Counter(run[name] for run in agreeing or runs if name in run) for name in open_names}
    return {name: count.most_common(4) for name, count in counts.items() if count}


def closest_run(store: Store, procedure: Procedure, task: str) -> Trajectory | None:
    """The run, of those the procedure was built from, whose task shares most words with this one."""
    tasks = store.trajectory_tasks(procedure.trajectories)
    if not tasks:
        return None
    words = set(terms(task))
    best = min(tasks, key=lambda i: (-_overlap(words, set(terms(tasks[i]))), -i))
    return store.trajectory(best)


def _overlap(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0


def terms(text: str) -> list[str]:
    """The words of a text as the keyword index sees them: lower case, without accents and stop words, each once."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return [word for word in dict.fromkeys(_WORD.findall(plain)) if word not in _STOP]


def _idf(store: Store, words: Sequence[str]) -> Mapping[str, float]:
    """ln(1 + (N - df + 0.5) / (df + 0.5)): BM25's inverse document frequency."""
    if not words:
        return {}
    frequency, total = store.document_frequency(words)
    return {w: math.log(1 + (max(total - frequency.get(w, 0), 0) + 0.5) / (frequency.get(w, 0) + 0.5)) for w in words}


def _share(words: Sequence[str], present: frozenset[str], idf: Mapping[str, float]) -> float:
    """The idf-weighted share of the words that are present, from 0 to 1."""
    total = sum(idf[word] for word in words)
    return sum(idf[word] for word in words if word in present) / total if total else 0.0
