"""The queue of what waits for a person: one in focus, the others below, decided by keys."""

from starlette.responses import Response

from memp.domain.effects import Place, located_effects
from memp.store.records import ProceduresWanted
from memp.update import review
from memp_clients.commands.curation.review import aligned
from memp_clients.page.asking import PAGE, Ask
from memp_clients.page.procedure import state_of


def queued(ask: Ask) -> Response:
    """A page of the queue, with one of it in focus."""
    wanted = ProceduresWanted(waits=True, sort="waiting")
    store = ask.memory.store
    ids = store.browse_procedures(wanted, ask.scopes, ask.offset, PAGE)
    total = store.count_procedures(wanted, ask.scopes)
    entries = [entry for procedure in store.procedures(ids) for entry in review.waiting_of(store, procedure)]
    entries.sort(key=lambda entry: (ids.index(entry.procedure.id), entry.kind == "candidate"))
    at = ask.query.get("at", "0")
    place = min(int(at) if at.isascii() and at.isdigit() and len(at) < 6 else 0, max(0, len(entries) - 1))
    one = entries[place] if entries else None
    return ask.page(
        "review.html", entries=entries, place=place, one=one, pager=ask.pager(len(ids), total),
        effects=_effects(one) if one else [],
        rows=aligned(one.current.script, one.proposal.script) if one and one.proposal else [],
        state=state_of(ask.memory, one.procedure) if one else "",
        runs=[run for run in ask.memory.waiting_runs.all() if ask.scopes is None or run.project in ask.scopes],
    )  # fmt: skip


def _effects(one: review.Waiting) -> list[tuple[str, list[Place]]]:
    return [(effect, list(places)) for effect, places in located_effects((one.proposal or one.current).script)]


PAGES = (("/review", queued),)
