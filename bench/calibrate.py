"""Fit the weights of retrieval (memp/retrieve/applicability.json), and measure them with each field left out.

    python bench/calibrate.py [SET ...] [--write] [--order] [--folds 20] [--authors]

A SET is a file or folder of labelled tasks (bench/task_sets.py); by default those of the repository. `--write` keeps the
weights; `--authors` leaves out whole sets in place of fields; `--order` fits the order anew, which over the whole grid moves the
share of first places by less than its standard error. Each set counts as much as another. Needs scikit-learn, which
comes with sentence-transformers.

Relevance: a grid over two weights. The probability: logistic regression on the two most relevant candidates of each query,
near misses and repetitions among them.
"""

import argparse
import itertools
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from task_sets import OWN, Answer, answers, load

from memp.config import read_settings
from memp.embed.load import open_embedder
from memp.embed.remembering import Remembering
from memp.retrieve import applicability
from memp.retrieve.applicability import BOUND_TO, Evidence, Model, Weights
from memp.retrieve.strategies import FLOOR

RARE = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
VERB = (0.0, 0.02, 0.03, 0.04, 0.06)
"""The grid of weights beside a cosine's 1: of rare words, and of verbs that ask for the same; another verb counts against it as
much, the opposite twice."""

WHETHER = ("cosine", "crowded", "opposite_mutual", "other_mutual", "bound")
BY_WORDS = ("rare", "mutual", "opposite_mutual", "other_mutual", "bound")

KINDS = {"again": 1.0, "miss": 0.5, "same": 0.25}
"""How much the queries of a kind count in a set: for two tasks that are asked again one that is not stored, however many near
misses a set has, as nobody knows how many a user asks; that a task repeated word for word is the same is quickly learnt."""

SECOND = 0.1
"""How much the second candidate of a query counts beside the first: mostly the first is shown."""

Matrix = NDArray[np.float64]


class Predicted(NamedTuple):
    """The most relevant candidate of a query, by weights that have not seen its field."""

    answer: Answer
    probability: float
    hit: bool
    nearest_hit: bool
    """Whether the candidate of the highest cosine is the one that is meant."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", type=Path, default=[*OWN])
    parser.add_argument("--write", action="store_true")
    parser.add_argument(
        "--order", action="store_true", help="fit the weights of the order as well; else those are kept"
    )
    parser.add_argument("--folds", type=int, default=20, help="groups of fields that are left out in turn")
    parser.add_argument("--authors", action="store_true", help="leave out each file in turn, and no fields")
    options = parser.parse_args()
    settings = read_settings()
    embedder = Remembering(open_embedder(settings.model, settings.cache))
    collected = [answer for one in load(options.sets) for answer in answers(one, embedder)]
    order = fit_order(collected) if options.order else dict(applicability.model().order)
    fitted = fit(collected, embedder.identity.near, embedder.identity.far, order)
    print(json.dumps(fitted.model_dump(), indent=1))
    if options.authors:
        report(left_out(collected, order, len(collected), _author), "each author left out in turn")
    else:
        report(left_out(collected, order, options.folds), f"{options.folds} groups of fields left out in turn")
    if options.write:
        text = json.dumps(json.loads(fitted.model_dump_json()), indent=2)
        applicability.WEIGHTS.write_text(text + "\n", encoding="utf-8")


def _author(answer: Answer) -> str:
    """The file of a set: its splits are by one author."""
    return answer.set.split()[0]


def fit(collected: Sequence[Answer], near: float, far: float, order: dict[str, float]) -> Model:
    """The weights of the probability for these queries, whose candidates come in this order."""
    ranked = [by_relevance(answer, order) for answer in collected]
    return Model(
        order=order,
        with_vectors=fit_whether(ranked, WHETHER),
        words=fit_whether(ranked, BY_WORDS),
        cosine=fit_whether(ranked, ("cosine",)),
        near=near,
        far=far,
    )


def fit_order(collected: Sequence[Answer]) -> dict[str, float]:
    """The weights of the grid by which the task that is meant comes first most often; of several the least.

    The share of first places itself is maximised: its smooth stand-in, the likelihood, gives rare words twice the weight, for
    the sake of queries that no weight puts right, and ranks worse on fields that were left out.
    """
    again = [answer for answer in collected if answer.ask.kind == "again" and answer.candidates]
    names = ("cosine", "rare", "same", "opposite", "other", "bound")
    most = max(len(answer.candidates) for answer in again)
    values_of = np.full((len(again), most, len(names)), -9.0)
    right = np.zeros((len(again), most), bool)
    for row, answer in enumerate(again):
        values_of[row, : len(answer.candidates)] = [values(c.evidence, names) for c in answer.candidates]
        right[row, : len(answer.candidates)] = [c.owner == answer.right for c in answer.candidates]
    weight = _each_set_alike([answer.set for answer in again])
    best, most_first = dict[str, float](), 0.0
    for rare, verb in itertools.product(RARE, VERB):
        order = {"rare": rare, "same": verb, "opposite": -2 * verb, "other": -verb}
        scores = values_of[:, :, 0] + values_of[:, :, 1:5] @ np.array(list(order.values()))
        top = 1.0 + rare + verb
        scores = np.where(values_of[:, :, 5] > 0, top + BOUND_TO * (scores - top), scores)
        first = float(right[np.arange(len(again)), scores.argmax(axis=1)] @ weight)
        if first > most_first + 1e-9:
            best, most_first = order, first
    return best


def _each_set_alike(names: Sequence[str]) -> Matrix:
    """The weight of each query by its set, so that a set counts as much as another; their sum is 1."""
    sizes = Counter(names)
    return np.array([1 / (len(sizes) * sizes[name]) for name in names])


def by_relevance(answer: Answer, order: dict[str, float]) -> Answer:
    """The answer with its candidates in the order that these weights give."""
    most = 1.0 + sum(weight for weight in order.values() if weight > 0)

    def relevance(evidence: Evidence) -> float:
        score = evidence.cosine + sum(weight * getattr(evidence, name) for name, weight in order.items())
        return most + BOUND_TO * (score - most) if evidence.bound else score

    return answer._replace(candidates=sorted(answer.candidates, key=lambda c: -relevance(of(c.evidence))))


def fit_whether(ranked: Sequence[Answer], names: Sequence[str]) -> Weights:
    """Logistic regression of whether a candidate applies."""
    kinds = _each_set_alike([f"{answer.set} {answer.ask.kind}" for answer in ranked]) * len(ranked)
    rows = [
        (values(c.evidence, names), c.owner == answer.right, kind * KINDS[answer.ask.kind] * (SECOND if place else 1.0))
        for kind, answer in zip(kinds, ranked, strict=True)
        for place, c in enumerate(answer.candidates[:2])
        if c.similarity is not None or "cosine" not in names
    ]
    x, y, w = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    spread = x.std(axis=0) + 1e-9
    made: Any = LogisticRegression(C=1.0, max_iter=5000, tol=1e-9).fit(x / spread, y, sample_weight=w)
    weights = {name: round(float(value), 2) for name, value in zip(names, made.coef_[0] / spread, strict=True)}
    return Weights(intercept=round(float(made.intercept_[0]), 2), weights=weights)


def left_out(
    collected: Sequence[Answer], order: dict[str, float], folds: int,
    key: Callable[[Answer], str] = lambda answer: answer.ask.field,
) -> list[Predicted]:  # fmt: skip
    """Predictions for each query by weights of the probability that were fitted without its field (or what else `key` tells
    apart)."""
    groups = {name: place % folds for place, name in enumerate(sorted({key(answer) for answer in collected}))}
    predictions: list[Predicted] = []
    for fold in sorted(set(groups.values())):
        model = fit([a for a in collected if groups[key(a)] != fold], 0, 0, order)
        predictions += [predicted(answer, model) for answer in collected if groups[key(answer)] == fold]
    return predictions


def predicted(answer: Answer, model: Model) -> Predicted:
    """The most relevant candidate of a query by a model."""
    ranked = by_relevance(answer, dict(model.order)).candidates
    if not ranked:
        return Predicted(answer, 0.0, False, answer.nearest == answer.right)
    evidence = of(ranked[0].evidence)
    if ranked[0].similarity is None:
        probability = applicability.less_sure(applicability.logistic(model.words, evidence))
    else:
        probability = applicability.logistic(model.with_vectors, evidence)
    return Predicted(answer, probability, ranked[0].owner == answer.right, answer.nearest == answer.right)


def report(predictions: Sequence[Predicted], title: str, floor: float = FLOOR) -> None:
    """A row a set: ranks, answers at the floor, and how good the probabilities are."""
    table = Table(title=f"{title}; floor {floor}")
    for column in ("set", "tasks", "cosine r@1", "hybrid r@1", "difference, 95 %", "right", "wrong", "near misses silent",
                   "again word for word", "Brier", "log loss"):  # fmt: skip
        table.add_column(column, justify="left" if column == "set" else "right")
    names = list(dict.fromkeys(p.answer.set for p in predictions))
    for name in [*names, "all"]:
        table.add_row(name, *cells([p for p in predictions if name in ("all", p.answer.set)], floor))
    console = Console(width=170)
    console.print(table)
    console.print(reliability(predictions))


def cells(predictions: Sequence[Predicted], floor: float) -> list[str]:
    again, miss, same = ([p for p in predictions if p.answer.ask.kind == kind] for kind in ("again", "miss", "same"))
    if not again:  # A set of near misses alone.
        silent = f"{np.mean([m.probability < floor for m in miss]):.2f} of {len(miss)}"
        return ["0", "-", "-", "-", "-", "-", silent, "-", "-", "-"]
    hits, nearest = np.array([p.hit for p in again], float), np.array([p.nearest_hit for p in again], float)
    low, high = bootstrap(hits - nearest)
    above = np.array([p.probability >= floor for p in again])
    asked = [*again, *miss]
    p, y = np.array([one.probability for one in asked]), np.array([one.hit for one in asked], float)
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return [
        str(len(again)), f"{nearest.mean():.3f}", f"{hits.mean():.3f}",
        f"{(hits - nearest).mean():+.3f} [{low:+.3f}, {high:+.3f}]",
        f"{(hits * above).mean():.2f}", f"{((1 - hits) * above).mean():.2f}",
        f"{np.mean([m.probability < floor for m in miss]):.2f} of {len(miss)}" if miss else "-",
        f"{np.mean([s.hit and s.probability >= floor for s in same]):.2f}" if same else "-",
        f"{((p - y) ** 2).mean():.3f}", f"{-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean():.3f}",
    ]  # fmt: skip


def bootstrap(differences: Matrix, draws: int = 5_000, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of the mean of paired differences."""
    chance = np.random.default_rng(seed)
    means = differences[chance.integers(0, len(differences), (draws, len(differences)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def reliability(predictions: Sequence[Predicted]) -> Table:
    """What was said and what held, by tenths of the probability; repetitions word for word left aside."""
    table = Table(title="reliability")
    for column in ("said", "queries", "mean said", "held"):
        table.add_column(column, justify="right")
    asked = [p for p in predictions if p.answer.ask.kind != "same"]
    for tenth in range(10):
        own = [p for p in asked if min(9, int(10 * p.probability)) == tenth]
        if own:
            said, held = np.mean([p.probability for p in own]), np.mean([p.hit for p in own])
            table.add_row(f".{tenth} to .{tenth}9", str(len(own)), f"{said:.2f}", f"{held:.2f}")
    return table


def of(evidence: Evidence | None) -> Evidence:
    assert evidence is not None, "hybrid says what it goes by"
    return evidence


def values(evidence: Evidence | None, names: Sequence[str]) -> list[float]:
    return [float(getattr(of(evidence), name)) for name in names]


if __name__ == "__main__":
    main()
