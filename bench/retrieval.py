"""Does the default retrieval find the right task, stay silent where none fits, and say how sure it is?

    python bench/retrieval.py [SET ...] [--folds 20]

A SET is a file or folder of labelled tasks (bench/task_sets.py); by default those of the repository. Each set is stored in a
real memory with real embeddings, and asked. The first table compares strategies with the weights as shipped; the others are
of weights that were fitted without the field that is asked about, and say how often what was said held.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from calibrate import left_out, report
from rich.console import Console
from rich.table import Table
from task_sets import OWN, Ask, TaskSet, answers, load, query_of, remembered

from memp.config import read_settings
from memp.embed import Embedder
from memp.embed.load import open_embedder
from memp.embed.remembering import Remembering
from memp.memory import ProceduralMemory
from memp.retrieve import applicability
from memp.retrieve.candidates import Candidate, Query, SearchResult
from memp.retrieve.strategies import FLOOR, STRATEGIES
from memp.store import Search
from memp.text.keywords import terms


class Strategy(NamedTuple):
    """A row of the table: how it looks a query up, and whether it says how sure it is."""

    name: str
    look: Callable[[ProceduralMemory, Query], SearchResult]
    sure: bool = True


ROWS = (
    Strategy("random", lambda memory, q: STRATEGIES["random"].search(memory.store, q), sure=False),
    Strategy("BM25", lambda memory, q: bm25(memory.store, q), sure=False),
    Strategy("reciprocal rank fusion", lambda memory, q: fusion(memory.store, q), sure=False),
    Strategy(
        "words alone (no model)",
        lambda memory, q: STRATEGIES["hybrid"].search(memory.store, Query(q.task, exhaustive=True)),
    ),
    Strategy("query (cosine; the paper's)", lambda memory, q: STRATEGIES["query"].search(memory.store, q)),
    Strategy("hybrid (default)", lambda memory, q: STRATEGIES["hybrid"].search(memory.store, q)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", type=Path, default=[*OWN])
    parser.add_argument("--folds", type=int, default=20, help="groups of fields that are left out in turn")
    options = parser.parse_args()
    settings = read_settings()
    embedder = Remembering(open_embedder(settings.model, settings.cache))
    sets = load(options.sets)
    for tasks in sets:
        Console(width=120).print(compared(tasks, embedder))
    collected = [answer for tasks in sets for answer in answers(tasks, embedder)]
    order = dict(applicability.model().order)
    report(left_out(collected, order, options.folds), "hybrid, each field left out when its weights were fitted")


def compared(tasks: TaskSet, embedder: Embedder) -> Table:
    """The strategies on one set: recall@1, and what the floor lets through."""
    table = Table(title=f"{tasks.name}: {len(tasks.stored)} tasks; floor {FLOOR}")
    for column in ("strategy", "r@1", "right", "wrong", "near misses silent"):
        table.add_column(column, justify="left" if column == "strategy" else "right")
    with remembered(tasks, embedder) as (memory, ids):
        for strategy in ROWS:
            table.add_row(strategy.name, *measured(strategy, memory, tasks.asks, ids))
    return table


def measured(strategy: Strategy, memory: ProceduralMemory, asks: Sequence[Ask], ids: Sequence[int]) -> list[str]:
    """The cells of a strategy's row, after its name."""

    def look(ask: Ask) -> tuple[Candidate | None, bool]:
        """The most relevant candidate of all, and whether it is shown."""
        result = strategy.look(memory, query_of(memory, ask.text))
        ranked = (
            sorted((*result.candidates, *result.below), key=lambda c: -c.score) if strategy.sure else result.candidates
        )
        first = ranked[0] if ranked else None
        return first, first is not None and (not strategy.sure or first.fit >= FLOOR)

    again, miss = ([(ask, *look(ask)) for ask in asks if ask.kind == kind] for kind in ("again", "miss"))
    hits = np.array([first is not None and first.owner == ids[ask.right] for ask, first, _ in again])
    shown = np.array([show for *_, show in again])
    silent = f"{np.mean([not show for *_, show in miss]):.2f} of {len(miss)}" if miss else "-"
    return [f"{hits.mean():.3f}", f"{(hits & shown).mean():.2f}", f"{(~hits & shown).mean():.2f}", silent]


def bm25(store: Search, q: Query) -> SearchResult:
    hits = store.lexical("task", terms(q.task), q.scopes, 100)
    return SearchResult(tuple(Candidate(h.owner, -place, None, h.text, "") for place, h in enumerate(hits)), -1e9)


def fusion(store: Search, q: Query, k: int = 60) -> SearchResult:
    """Plain reciprocal rank fusion of BM25 and cosine (Cormack et al., 2009)."""
    score: dict[int, float] = {}
    near = [] if q.vector is None else store.nearest("task", q.vector, q.scopes, 200)
    for hits in (store.lexical("task", terms(q.task), q.scopes, 100), near):
        for place, hit in enumerate(hits):
            score[hit.owner] = score.get(hit.owner, 0.0) + 1 / (k + 1 + place)
    ranked = sorted(score.items(), key=lambda pair: (-pair[1], pair[0]))
    return SearchResult(tuple(Candidate(owner, value, None, "", "") for owner, value in ranked), -1.0)


if __name__ == "__main__":
    main()
