"""Retrieval quality: recall@1 of each strategy on paraphrased tasks, and how often it stays silent on unrelated ones.

    python bench/retrieval.py [--split calibrate|held_out]

Each `a` of memp/embed/pairs.jsonl is stored as one procedure in a real store with real embeddings; each `b` and each
unrelated query is then looked up. Weights and floors were chosen on `calibrate`; report `held_out`.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from memp.build import builders
from memp.config import read_settings
from memp.domain.procedure import Draft, Script
from memp.domain.trajectory import Step, Trajectory
from memp.embed import Embedder
from memp.embed.background import Ready
from memp.embed.calibrate import PAIRS
from memp.embed.load import open_embedder
from memp.memory import ProceduralMemory
from memp.retrieve.candidates import Candidate, Query, SearchResult
from memp.retrieve.strategies import (
    STRATEGIES,
    WORD_MARGIN,
    WORD_WEIGHT,
    search,
)
from memp.store import Search, Store
from memp.store.sqlite.store import SQLiteStore
from memp.text.entities import facts_of
from memp.text.keywords import KEYWORD_FLOOR, terms

Pair = dict[str, Any]
"""A line of pairs.jsonl."""

NO_FLOOR = -1.0
NOTHING = -9.0
"""The score where nothing comes back."""


class Strategy(NamedTuple):
    """A row of the table: how it looks a query up, its floor, and whether facts are read by rule or a caller's own."""

    name: str
    look: Callable[[Query], SearchResult]
    floor: float
    facts: Literal["rule", "caller"] = "rule"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", choices=["calibrate", "held_out"], default="held_out")
    split = parser.parse_args().split
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    pairs = [row for row in rows if row["split"] == split and row["kind"] == "paraphrase"]
    unrelated = [row for row in rows if row["split"] == split and row["kind"] == "unrelated"]
    settings = read_settings()
    embedder = open_embedder(settings.model, settings.cache)
    with tempfile.TemporaryDirectory() as folder:
        store = SQLiteStore(Path(folder) / "pairs.sqlite3")
        owners = fill(store, embedder, pairs)
        report(store, embedder, pairs, unrelated, owners, split)
        store.close()


def fill(store: Store, embedder: Embedder, pairs: Sequence[Pair]) -> list[int]:
    """Store each task with its key facts, as a record with a caller's facts would."""
    owners: list[int] = []
    for place, pair in enumerate(pairs):
        run = Trajectory(task=pair["a"], steps=(Step(action=f"step of {place}"),), reward=1.0)
        draft = Draft(
            script=Script(goal=pair["a"], steps=(f"step of {place}",)), facts=pair["facts_a"], builder="extractive"
        )
        recorded = store.add_trajectory("", run, (), True)
        owners.append(store.put("", draft, recorded.id, str(place), builders.keys_of(draft, run.task)).id)
    ProceduralMemory(store, Ready(embedder)).embed_pending()
    return owners


def strategies(store: Store, floor: float) -> list[Strategy]:
    rows = [
        Strategy("random", lambda q: STRATEGIES["random"].search(store, q), NO_FLOOR),
        Strategy("query (cosine)", lambda q: STRATEGIES["query"].search(store, q), floor),
        Strategy("facts, by rule", lambda q: STRATEGIES["facts"].search(store, q), floor),
        Strategy("facts, by caller", lambda q: STRATEGIES["facts"].search(store, q), floor, "caller"),
        Strategy("BM25", lambda q: bm25(store, q), -1e9),
        Strategy("reciprocal rank fusion", lambda q: fusion(store, q), NO_FLOOR),
        Strategy("keywords (no model)", lambda q: search(store, "task", Query(q.task)), KEYWORD_FLOOR),
    ]
    for weight in (0.05, 0.1, 0.15, 0.2, 0.3):
        name = f"hybrid, weight {weight}" + (" (default)" if weight == WORD_WEIGHT else "")
        rows.append(Strategy(name, lambda q, w=weight: search(store, "task", q, weight=w), floor + WORD_MARGIN))
    return rows


def report(
    store: Store, embedder: Embedder, pairs: Sequence[Pair], unrelated: Sequence[Pair], owners: Sequence[int],
    split: str,
) -> None:  # fmt: skip
    table = Table(
        title=f"{split}: {len(pairs)} paraphrases, {len(unrelated)} unrelated queries; {embedder.identity.name}"
    )
    for column in ("strategy", "r@1", "near", "word", "far", "floor", "right, above floor", "unrelated: silent"):
        table.add_column(column, justify="left" if column == "strategy" else "right")
    for strategy in strategies(store, embedder.identity.floor):
        table.add_row(strategy.name, *measured(strategy, embedder, pairs, unrelated, owners))
    Console(width=130).print(table)


def measured(
    strategy: Strategy, embedder: Embedder, pairs: Sequence[Pair], unrelated: Sequence[Pair], owners: Sequence[int]
) -> list[str]:
    """The cells of a strategy's row, after its name."""

    def look(task: str, facts: Sequence[str]) -> Candidate | None:
        result = strategy.look(query(embedder, task, facts if strategy.facts == "caller" else facts_of(task)))
        return result.candidates[0] if result.candidates else None

    firsts = [look(pair["b"], pair["facts_b"]) for pair in pairs]
    hit = np.array([first is not None and first.owner == owner for first, owner in zip(firsts, owners, strict=True)])
    score = np.array([score_of(first) for first in firsts])
    silent = [score_of(look(row["query"], row["facts"])) < strategy.floor for row in unrelated]
    kinds = np.array([pair["distance"] for pair in pairs])
    shares = [hit.mean(), *(hit[kinds == kind].mean() for kind in ("near", "word", "far"))]
    kept = (hit & (score >= strategy.floor)).mean()
    bound = f"{strategy.floor:.2f}" if strategy.floor > NO_FLOOR else "none"
    return [*(f"{share:.3f}" for share in shares), bound, f"{kept:.3f}", f"{np.mean(silent):.3f}"]


def query(embedder: Embedder, task: str, facts: Sequence[str]) -> Query:
    vectors = embedder.encode([task, *facts])
    # Without a floor: the table applies it, so that r@1 and the floor are seen apart.
    return Query(task, vector=vectors[0], fact_vectors=vectors[1:], floor=-WORD_MARGIN - 1.0)


def score_of(first: Candidate | None) -> float:
    return NOTHING if first is None else first.score


def bm25(store: Search, q: Query) -> SearchResult:
    hits = store.lexical("task", terms(q.task), q.scopes, 100)
    return SearchResult(tuple(Candidate(h.owner, -place, None, h.text, "") for place, h in enumerate(hits)), -1e9)


def fusion(store: Search, q: Query, k: int = 60) -> SearchResult:
    """Plain reciprocal rank fusion of BM25 and cosine (Cormack et al., 2009)."""
    assert q.vector is not None
    score: dict[int, float] = {}
    for hits in (store.lexical("task", terms(q.task), q.scopes, 100), store.nearest("task", q.vector, q.scopes, 200)):
        for place, hit in enumerate(hits):
            score[hit.owner] = score.get(hit.owner, 0.0) + 1 / (k + 1 + place)
    ranked = sorted(score.items(), key=lambda item: (-item[1], item[0]))
    return SearchResult(tuple(Candidate(owner, value, None, "", "") for owner, value in ranked), -1.0)


if __name__ == "__main__":
    main()
