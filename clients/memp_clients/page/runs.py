"""Runs: the list with its filters, one run as a time line, and withdrawing or deleting one, or all of an origin."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, cast

from starlette.responses import Response

from memp.errors import InputError
from memp.store.find import find_run
from memp.store.records import MOST_COUNTED
from memp.update import review, revoking
from memp.update.revoking_origins import preview_origin, revoke_origin
from memp_clients.commands.curation.forgetting import losing
from memp_clients.commands.inspection.runs import day_of, origin_of, runs_wanted
from memp_clients.commands.inspection.timeline import moments, pitfalls_of_run, witness_line
from memp_clients.page.asking import PAGE, Ask, ChangedMeanwhileError
from memp_clients.page.procedure import digest_of, require_same_loss

MOST_DONE = 50
"""Lines on what revoking an origin does that are shown; the terminal has all (`memp revoke o3 --dry-run --json`)."""

Read = TypeVar("Read")

Outcome = Literal["", "worked", "failed", "revoked"]


def listed(ask: Ask) -> Response:
    """A page of the list."""
    outcome = cast(Outcome, ask.chosen("outcome", "worked", "failed", "revoked"))
    project = ask.query.get("project")
    wanted = runs_wanted(
        outcome, _read(ask, "origin", origin_of) or None, _read(ask, "since", day_of) or "", _read(ask, "until", day_of) or "",
        None if project in (None, "*") else project,
    )  # fmt: skip
    store = ask.memory.store
    rows = store.browse_runs(wanted, ask.scopes, ask.offset, PAGE)
    return ask.page(
        "runs.html", rows=rows, pager=ask.pager(len(rows), store.count_runs(wanted, ask.scopes)), wanted=wanted,
        outcome=outcome, projects=store.project_titles(),
    )  # fmt: skip


def _read(ask: Ask, name: str, read: Callable[[str], Read]) -> Read | None:
    """A field of the query; what cannot be read is passed over, as everywhere in a query."""
    try:
        return read(ask.text(name, 20))
    except InputError:
        return None


def looked_at(ask: Ask) -> Response:
    """The page of a run."""
    store, number = ask.memory.store, ask.named["id"]
    run = find_run(store, number, ask.scopes)
    built, used = store.built_by([number]), store.used_by([number])
    told = store.testimony(number, ask.scopes)
    return ask.page(
        "run.html", number=number, run=run, moments=moments(run), origin=told.origin, witness=witness_line(told),
        revoked=revoking.withdrawn(store).get(number) if told.weight == 0 else None,
        linked=store.procedures(sorted(built | used), scopes=ask.scopes, active=False), built=built, used=used,
        pitfalls=pitfalls_of_run(store, number, ask.memory.options.project),
        counted=MOST_COUNTED, success=run.succeeded(ask.memory.options.success_reward),
    )  # fmt: skip


def revoking_page(ask: Ask) -> Response:
    """What follows where a run is withdrawn, by doing so on a copy."""
    number = ask.named["id"]
    run = find_run(ask.memory.store, number, ask.scopes)
    done = revoking.preview(ask.memory.store, number, ask.memory.options.scopes).done
    return ask.page(
        "revoke.html", name=f"t{number}", what=run.task, done=done, back=f"/runs/{number}", most=MOST_DONE,
        state=_follows(ask, [number]),
    )  # fmt: skip


def revoked(ask: Ask) -> Response:
    """Withdraw a run."""
    number = ask.named["id"]
    find_run(ask.memory.store, number, ask.scopes)
    _require_same(ask, [number])
    done = revoking.revoke(ask.memory.store, number, ask.memory.options.scopes, ask.text("reason", 500)).done
    ask.memory.embed_pending()
    return ask.done(f"/runs/{number}", " ".join(done))


def revoking_origin_page(ask: Ask) -> Response:
    """What follows where all runs of an origin are withdrawn, by doing so on a copy."""
    number, store = ask.named["id"], ask.memory.store
    runs = store.runs_from(number, ask.scopes)
    done = preview_origin(store, number, ask.memory.options).done
    told = store.testimony(runs[0], ask.scopes).origin if runs else None
    what = ", ".join(filter(None, (told.origin.channel, told.origin.client, told.origin.name))) if told else ""
    return ask.page(
        "revoke.html", name=f"o{number}", what=what, done=done, back=f"/runs?origin=o{number}", most=MOST_DONE,
        state=_follows(ask, runs),
    )  # fmt: skip


def revoked_origin(ask: Ask) -> Response:
    """Withdraw all runs of an origin."""
    number = ask.named["id"]
    _require_same(ask, ask.memory.store.runs_from(number, ask.scopes))
    done = revoke_origin(ask.memory.store, number, ask.memory.options, ask.text("reason", 500)).done
    ask.memory.embed_pending()
    more = f" And {len(done) - MOST_DONE:,} more, which the log of each procedure has." if len(done) > MOST_DONE else ""
    return ask.done(f"/runs?origin=o{number}", " ".join(done[:MOST_DONE]) + more)


def _follows(ask: Ask, runs: Sequence[int]) -> str:
    """What a form that revokes is made from: the runs, and the procedures that this changes."""
    would = revoking.consequences(ask.memory.store, runs)
    named = [[p.id for p in some] for some in (would.archived, would.derived, would.kept)]
    return hashlib.sha256(f"{sorted(runs)} {named} {would.dropped}".encode()).hexdigest()[:32]


def _require_same(ask: Ask, runs: Sequence[int]) -> None:
    """Go on only where what follows is what was shown.

    Raises:
        ChangedMeanwhileError: it is something else by now.
    """
    if ask.text("state") != _follows(ask, runs):
        raise ChangedMeanwhileError("By now something else would follow, so nothing was revoked: look at it again.", [])


def losing_page(ask: Ask) -> Response:
    """What goes where a run is forgotten."""
    lost, number = _loss(ask), ask.named["id"]
    return ask.page("forget.html", name=f"t{number}", lost=losing(lost), digest=digest_of(lost), back=f"/runs/{number}")


def forgotten(ask: Ask) -> Response:
    """Delete a run for good.

    Raises:
        ChangedMeanwhileError: something else would go by now than what was shown.
    """
    lost = _loss(ask)
    require_same_loss(ask, lost)
    review.forget(ask.memory.store, lost)
    return ask.done("/runs", f"t{ask.named['id']} is deleted, with every word of it.")


def _loss(ask: Ask) -> review.Loss:
    return review.loss(ask.memory.store, review.Selection((), (ask.named["id"],)), ask.scopes)


PAGES: tuple[tuple[Any, ...], ...] = (
    ("/runs", listed),
    ("/runs/{id:int}", looked_at),
    ("/runs/{id:int}/revoke", revoking_page, revoked),
    ("/runs/{id:int}/forget", losing_page, forgotten),
    ("/runs/origin/{id:int}/revoke", revoking_origin_page, revoked_origin),
)
