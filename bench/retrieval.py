"""Which retrieval finds the right procedure for a paraphrased task, and which stays silent for an unrelated one.

    python bench/retrieval.py [--split calibrate|held_out]

Each `a` of memp/embed/pairs.jsonl is stored as one procedure in a real store with real embeddings; each `b` and each
unrelated query is then looked up. Weights and floors were chosen on `calibrate`; report `held_out`.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from memp.build import builders
from memp.build.extractive import facts_of
from memp.config import read_settings
from memp.domain.procedure import Draft, Script
from memp.domain.trajectory import Step, Trajectory
from memp.embed import Embedder
from memp.embed.background import Ready
from memp.embed.calibrate import PAIRS
from memp.embed.load import open_embedder
from memp.memory import ProceduralMemory
from memp.retrieve.candidates import Candidate, Found, Query
from memp.retrieve.strategies import (
    STRATEGIES,
    WORD_MARGIN,
    WORD_WEIGHT,
    search,
)
from memp.store.sqlite.store import SQLiteStore
from memp.text.keywords import KEYWORD_FLOOR, terms

Look = Callable[[Query], Found]


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


def fill(store: SQLiteStore, embedder: Embedder, pairs: Sequence[dict[str, Any]]) -> list[int]:
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


def report(
    store: SQLiteStore, embedder: Embedder, pairs: Sequence[dict[str, Any]], unrelated: Sequence[dict[str, Any]],
    owners: Sequence[int], split: str,
) -> None:  # fmt: skip
    floor = embedder.identity.floor
    table = Table(
        title=f"{split}: {len(pairs)} paraphrases, {len(unrelated)} unrelated queries; {embedder.identity.name}"
    )
    for column in ("strategy", "r@1", "near", "word", "far", "floor", "right, above floor", "unrelated: silent"):
        table.add_column(column, justify="left" if column == "strategy" else "right")
    kinds = np.array([pair["distance"] for pair in pairs])
    strategies: list[tuple[str, Look, float, str]] = [
        ("random", lambda q: STRATEGIES["random"].search(store, q), -1.0, "rule"),
        ("query (cosine)", lambda q: STRATEGIES["query"].search(store, q), floor, "rule"),
        ("facts, by rule", lambda q: STRATEGIES["facts"].search(store, q), floor, "rule"),
        ("facts, by caller", lambda q: STRATEGIES["facts"].search(store, q), floor, "caller"),
        ("BM25", lambda q: bm25(store, q), -1e9, "rule"),
        ("reciprocal rank fusion", lambda q: fusion(store, q), -1.0, "rule"),
        ("keywords (no model)", lambda q: search(store, "task", Query(q.task)), KEYWORD_FLOOR, "rule"),
    ]
    for weight in (0.05, 0.1, 0.15, 0.2, 0.3):
        name = f"hybrid, weight {weight}" + (" (default)" if weight == WORD_WEIGHT else "")
        strategies.append((name, lambda q, w=weight: search(store, "task", q, weight=w), floor + WORD_MARGIN, "rule"))
    for name, look, least, facts in strategies:
        hits, scores = [], []
        for pair, owner in zip(pairs, owners, strict=True):
            found = look(query(embedder, pair["b"], pair["facts_b"] if facts == "caller" else facts_of(pair["b"])))
            first = found.candidates[0] if found.candidates else None
            hits.append(first is not None and first.owner == owner)
            scores.append(-9.0 if first is None else first.score)
        silent = [
            top(look(query(embedder, row["query"], row["facts"] if facts == "caller" else facts_of(row["query"]))))
            < least
            for row in unrelated
        ]
        hit, score = np.array(hits), np.array(scores)
        shares = [hit.mean(), *(hit[kinds == kind].mean() for kind in ("near", "word", "far"))]
        kept = (hit & (score >= least)).mean()
        bound = f"{least:.2f}" if least > -1 else "none"
        table.add_row(name, *(f"{share:.3f}" for share in shares), bound, f"{kept:.3f}", f"{np.mean(silent):.3f}")
    Console(width=130).print(table)


def query(embedder: Embedder, task: str, facts: Sequence[str]) -> Query:
    vectors = embedder.encode([task, *facts])
    # Without a floor: the table applies it, so that r@1 and the floor are seen apart.
    return Query(task, vector=vectors[0], fact_vectors=vectors[1:], floor=-WORD_MARGIN - 1.0)


def top(found: Found) -> float:
    return found.candidates[0].score if found.candidates else -9.0


def bm25(store: SQLiteStore, q: Query) -> Found:
    hits = store.lexical("task", terms(q.task), q.scopes, 100)
    return Found(tuple(Candidate(h.owner, -place, None, h.text, "") for place, h in enumerate(hits)), -1e9)


def fusion(store: SQLiteStore, q: Query, k: int = 60) -> Found:
    """Plain reciprocal rank fusion of BM25 and cosine (Cormack et al., 2009)."""
    assert q.vector is not None
    score: dict[int, float] = {}
    for hits in (store.lexical("task", terms(q.task), q.scopes, 100), store.nearest("task", q.vector, q.scopes, 200)):
        for place, hit in enumerate(hits):
            score[hit.owner] = score.get(hit.owner, 0.0) + 1 / (k + 1 + place)
    ranked = sorted(score.items(), key=lambda item: (-item[1], item[0]))
    return Found(tuple(Candidate(owner, value, None, "", "") for owner, value in ranked), -1.0)


if __name__ == "__main__":
    main()
