"""The list of procedures: search, filters, order, and the choice of several (memp_clients.page.several)."""

from datetime import UTC, datetime, timedelta
from typing import Literal, cast
from urllib.parse import urlencode

from starlette.responses import Response

from memp.store.records import ProceduresWanted
from memp_clients.commands.inspection.listing import found
from memp_clients.page.asking import PAGE, Ask

AGES = {"day": 1, "week": 7, "month": 30, "year": 365}


def listed(ask: Ask) -> Response:
    """A page of the list."""
    wanted, text = _wanted(ask), ask.text("q")
    if text:
        ids = found(ask.memory, text, wanted, best_first=not ask.text("sort"))
        total = len(ids)
    else:
        ids = ask.memory.store.browse_procedures(wanted, ask.scopes, ask.offset, PAGE)
        total = ask.memory.store.count_procedures(wanted, ask.scopes)
    rows = ask.memory.store.procedures(ids, active=False)
    titles = ask.memory.store.project_titles()
    filters = [(name, value) for name, value in ask.query.multi_items() if name != "all"]
    return ask.page(
        "procedures.html", rows=rows, pager=ask.pager(len(rows), total), wanted=wanted, q=text, projects=titles,
        clients=[(name, name) for name in ask.memory.store.brought_by(ask.scopes)], list=urlencode(filters),
        every=f"{ask.path}?{urlencode([*filters, ('all', 1)])}", all=bool(ask.text("all")),
    )  # fmt: skip


def _wanted(ask: Ask) -> ProceduresWanted:
    status = ask.chosen("status", "archived", "any")
    project = ask.query.get("project")
    age = ask.chosen("age", *AGES)
    sort = ask.chosen("sort", "changed", "used", "success", "oldest") or "changed"
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
