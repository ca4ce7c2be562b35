"""The first page: what the memory holds, what it did, and what waits for a person."""

from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from memp.retrieve.uplift import LEAST_RUNS, uplift
from memp.store.records import ProceduresWanted, RunsWanted
from memp_clients.page import charts
from memp_clients.page.asking import Ask

DAYS = 60
"""Days of the time line."""


def home(ask: Ask) -> Response:
    """The first page."""
    store = ask.memory.store
    today = datetime.now(UTC).date()
    begin = today - timedelta(days=DAYS - 1)
    known = {day.day: day for day in store.days(begin.isoformat(), ask.scopes)}
    names = [(begin + timedelta(days=n)).isoformat() for n in range(DAYS)]
    week = [known[name] for name in names[-7:] if name in known]
    drawn = uplift(store.outcomes(ask.scopes)) if ask.settings.holdout else []
    return ask.page(
        "home.html", runs=store.count_runs(RunsWanted(), ask.scopes), days=DAYS,
        worked=store.count_runs(RunsWanted(success=True), ask.scopes),
        procedures=store.count_procedures(ProceduresWanted(), ask.scopes),
        trusted=sum(store.count_procedures(ProceduresWanted(tier=tier), ask.scopes) for tier in ("validated", "pinned")),
        waiting=store.count_procedures(ProceduresWanted(waits=True), ask.scopes), recalls=sum(day.recalls for day in week),
        chart=charts.days([(name, known.get(name)) for name in names]), uplifts=drawn, least=LEAST_RUNS,
        holdout=ask.settings.holdout,
    )  # fmt: skip


PAGES = (("/", home),)
