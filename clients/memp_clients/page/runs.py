"""Runs: the list with its filters, one run as a time line, and withdrawing or deleting one."""

from typing import Any

from starlette.responses import Response

from memp.store.find import find_run
from memp.store.records import RunsWanted
from memp.text.failures.detection import failure_of
from memp.update import review, revoking
from memp_clients.commands.curation.forgetting import losing
from memp_clients.page.asking import PAGE, Ask


def listed(ask: Ask) -> Response:
    """A page of the list."""
    outcome, project = ask.chosen("outcome", "worked", "failed", "revoked"), ask.query.get("project")
    origin = ask.text("origin", 9)
    wanted = RunsWanted(
        success={"worked": True, "failed": False}.get(outcome), revoked=True if outcome == "revoked" else None,
        project=None if project in (None, "*") else project,
        origin=int(origin) if origin.isascii() and origin.isdigit() else None,
        since=ask.text("since", 10), until=ask.text("until", 10),
    )  # fmt: skip
    store = ask.memory.store
    rows = store.browse_runs(wanted, ask.scopes, ask.offset, PAGE)
    return ask.page(
        "runs.html", rows=rows, pager=ask.pager(len(rows), store.count_runs(wanted, ask.scopes)), wanted=wanted,
        outcome=outcome, projects=store.project_titles(),
    )  # fmt: skip


def looked_at(ask: Ask) -> Response:
    """The page of a run."""
    store, number = ask.memory.store, ask.named["id"]
    run = find_run(store, number, ask.scopes)
    at = revoking.withdrawn(store).get(number)
    origin = store.origins_of([number]).get(number)
    steps = [{"step": step, "failed": bool(failure_of(step.observation))} for step in run.steps]
    linked = store.procedures(store.linked(number), active=False)
    return ask.page(
        "run.html", number=number, run=run, steps=steps, revoked=at, origin=origin, built=store.built_from(number),
        linked=[p for p in linked if ask.scopes is None or p.scope in ask.scopes],
        success=run.succeeded(ask.memory.options.success_reward),
    )  # fmt: skip


def revoking_page(ask: Ask) -> Response:
    """What follows where a run is withdrawn, by doing so on a copy."""
    number = ask.named["id"]
    run = find_run(ask.memory.store, number, ask.scopes)
    done = revoking.preview(ask.memory.store, number, ask.memory.options.scopes).done
    return ask.page("revoke.html", number=number, run=run, done=done)


def revoked(ask: Ask) -> Response:
    """Withdraw a run."""
    number = ask.named["id"]
    find_run(ask.memory.store, number, ask.scopes)
    done = revoking.revoke(ask.memory.store, number, ask.memory.options.scopes, ask.text("reason", 500)).done
    return ask.done(f"/runs/{number}", " ".join(done))


def losing_page(ask: Ask) -> Response:
    """What goes where a run is forgotten."""
    lost = losing(_loss(ask))
    number = ask.named["id"]
    return ask.page("forget.html", name=f"t{number}", lost=lost, act=ask.path, back=f"/runs/{number}")


def forgotten(ask: Ask) -> Response:
    """Delete a run for good."""
    review.forget(ask.memory.store, _loss(ask))
    return ask.done("/runs", f"t{ask.named['id']} is deleted, with every word of it.")


def _loss(ask: Ask) -> review.Loss:
    return review.loss(ask.memory.store, review.Selection((), (ask.named["id"],)), ask.scopes)


PAGES: tuple[tuple[Any, ...], ...] = (
    ("/runs", listed),
    ("/runs/{id:int}", looked_at),
    ("/runs/{id:int}/revoke", revoking_page, revoked),
    ("/runs/{id:int}/forget", losing_page, forgotten),
)
