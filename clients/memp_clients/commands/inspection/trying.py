"""`memp recall --explain`, and the same on the page: what would come back for a task, and why."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.console import Group, RenderableType

from memp.domain.procedure import Form
from memp.domain.trajectory import Provenance
from memp.memory import ProceduralMemory
from memp.reply import RecallReply, recall_reply
from memp_clients.commands.inspection.ranking import Ranked, rank_all, ranking_document
from memp_clients.commands.inspection.show import Page
from memp_clients.screen.views import line, recalled, table

MOST_CANDIDATES = 50
"""Candidates that are shown, those that would come first."""


class Tried(NamedTuple):
    """The reply as an agent would get it, every candidate, and the least relevance that is weighed; None where there is none."""

    reply: RecallReply
    ranked: Sequence[Ranked]
    floor: float | None


def tried(
    memory: ProceduralMemory, task: str, *, limit: int, form: Form, budget: int, context: str = "",
    facts: Sequence[str] = (), error: str = "", provenance: Provenance | None = None,
) -> Tried:  # fmt: skip
    """Try a recall: nothing is logged or held out, and nothing is left out as given before.

    Raises:
        InputError: what was passed cannot be used.
    """
    asked: dict[str, Any] = {"context": context, "facts": facts, "error": error, "provenance": provenance}
    recall = memory.preview(task, limit, form=form, **asked)
    floor = recall.floor if math.isfinite(recall.floor) else None
    return Tried(recall_reply(recall, budget=budget), rank_all(memory, task, **asked), floor)


def page(of: Tried) -> Page:
    """A recall that was tried, for the terminal."""
    candidates = [
        {"id": f"p{procedure.id}", "goal": procedure.script.goal, **ranking_document(ranking)}
        for procedure, ranking in of.ranked
    ]
    document = {"reply": of.reply.lean(), "candidates": candidates}
    return Page(document, lambda: Group(recalled(of.reply), line("What was weighed", "bold"), _view(candidates)))


def _view(candidates: Sequence[dict[str, Any]]) -> RenderableType:
    if not candidates:
        return line("Nothing here is like this task.")
    rows = table("id", "goal", "applies", "works, 90 %", "without", "score", "place", "why")
    for one in candidates[:MOST_CANDIDATES]:
        worth = one["posterior"]
        works = f"{worth['mean']:.2f} ({worth['low']:.2f} to {worth['high']:.2f})" if worth else ""
        rows.add_row(
            one["id"], line(one["goal"][:200]), _number(one["relevance"]), works, _number(one["base_rate"] if worth else None),
            _number(one["score"]), str(one["place"] or ""), line(one["told"]),
        )  # fmt: skip
    left = len(candidates) - MOST_CANDIDATES
    return Group(rows, *([line(f"And {left:,} that are less relevant.", "dim")] if left > 0 else []))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
