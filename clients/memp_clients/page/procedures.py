"""The list of procedures: search, filters, order, and the choice of several (memp_clients.page.several)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast
from urllib.parse import urlencode

from starlette.responses import Response

from memp.store.records import ProceduresWanted
from memp_clients.commands.inspection.families import AT_ONCE, Like, families
from memp_clients.commands.inspection.listing import found
from memp_clients.page.asking import PAGE, Ask

AGES = {"day": 1, "week": 7, "month": 30, "year": 365}


def listed(ask: Ask) -> Response:
    """A page of the list, or of the families that the procedures of a page are of."""
    store, wanted, text = ask.memory.store, _wanted(ask), ask.text("q")
    size = AT_ONCE if ask.text("families") else PAGE
    if text:
        every = found(ask.memory, text, wanted, best_first=not ask.text("sort"))
        ids, total = every[ask.offset : ask.offset + size], len(every)
    else:
        ids = store.browse_procedures(wanted, ask.scopes, ask.offset, size)
        total = store.count_procedures(wanted, ask.scopes)
    filters = [(name, value) for name, value in ask.query.multi_items() if name != "all"]
    shared: dict[str, Any] = {
        "pager": ask.pager(len(ids), total, size), "wanted": wanted, "q": text, "projects": store.project_titles(),
        "clients": [(name, name) for name in store.brought_by(ask.scopes)], "list": urlencode(filters),
        "every": f"{ask.path}?{urlencode([*filters, ('all', 1)])}", "all": bool(ask.text("all")),
    }  # fmt: skip
    if ask.text("families"):
        of = families(store, ids)
        alone = {one.procedure.id: _all_but(one.procedure.id, family, filters) for family in of for one in family}
        return ask.page("families.html", families=of, alone=alone, looked=len(ids), **shared)
    return ask.page("procedures.html", rows=store.procedures(ids, active=False), **shared)


def _all_but(kept: int, family: Sequence[Like], filters: Sequence[tuple[str, str]]) -> str:
    """The address of the preview on which all others of a family are archived."""
    others = [("id", str(one.procedure.id)) for one in family if one.procedure.id != kept][:PAGE]
    return f"/procedures/decide?{urlencode([('act', 'reject'), *others, ('list', urlencode(filters))])}"


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
