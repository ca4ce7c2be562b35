"""The list of procedures: search, filters, order, and one decision on many at once."""

from datetime import UTC, datetime, timedelta
from typing import Literal, cast

from starlette.responses import Response

from memp.store.records import ProceduresWanted
from memp_clients.page.asking import PAGE, Ask

MOST_FOUND = 50
"""Procedures that a search brings, as a recall weighs them."""

AGES = {"day": 1, "week": 7, "month": 30, "year": 365}


def listed(ask: Ask) -> Response:
    """A page of the list."""
    wanted = _wanted(ask)
    text = ask.text("q")
    if text:
        found = _found(ask, text)
        wanted = wanted._replace(ids=found)
        ids = ask.memory.store.browse_procedures(wanted, ask.scopes, 0, MOST_FOUND)
        rank = {i: place for place, i in enumerate(found)}
        ids, total = sorted(ids, key=lambda i: rank[i]), len(ids)
    else:
        ids = ask.memory.store.browse_procedures(wanted, ask.scopes, ask.offset, PAGE)
        total = ask.memory.store.count_procedures(wanted, ask.scopes)
    rows = ask.memory.store.procedures(ids, active=False)
    titles = ask.memory.store.project_titles()
    return ask.page(
        "procedures.html", rows=rows, pager=ask.pager(len(rows), total), wanted=wanted, q=text, projects=titles,
        clients=[(name, name) for name in ask.memory.store.brought_by(ask.scopes)],
    )  # fmt: skip


def _found(ask: Ask, text: str) -> list[int]:
    """The procedures that a recall would weigh for a task, those that it would show first."""
    considered = ask.memory.explain(text).explanation.considered
    order = sorted(considered, key=lambda i: (considered[i].place or len(considered) + 1, -considered[i].relevance, i))
    return order[:MOST_FOUND]


def _wanted(ask: Ask) -> ProceduresWanted:
    status = ask.chosen("status", "archived", "any")
    project = ask.query.get("project")
    age = ask.chosen("age", *AGES)
    sort = ask.chosen("sort", "used", "success", "oldest") or "changed"
    return ProceduresWanted(
        tier=cast(Literal["", "candidate", "validated", "pinned"], ask.chosen("tier", "candidate", "validated", "pinned")),
        status={"archived": "archived", "any": ""}.get(status, "active"),  # pyright: ignore[reportArgumentType]
        project=None if project in (None, "*") else project, client=ask.text("client", 300),
        builder=ask.chosen("by", "person", "caller", "claude", "model", "extractive"),
        outcome=cast(Literal["", "unused", "worked", "failed"], ask.chosen("outcome", "unused", "worked", "failed")),
        since=(datetime.now(UTC) - timedelta(days=AGES[age])).isoformat() if age else "",
        waits=bool(ask.chosen("waits", "1")), sort=cast(Literal["changed", "used", "success", "oldest"], sort),
    )  # fmt: skip


PAGES = (("/procedures", listed),)
