"""The queue of what waits for a person: one in focus, the others below, decided by keys.

Runs that wait to be stored come first, then revisions and candidates. A page has one number for each, which `?at=` puts in focus:
what is decided goes, and the next one has its number.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from memp.domain.effects import located_effects
from memp.domain.procedure import Ref
from memp.errors import InputError, NotFoundError
from memp.memory import ProceduralMemory
from memp.store.records import ProceduresWanted
from memp.update import review
from memp.update.waiting import WaitingRun, is_waiting_id
from memp_clients.commands.curation.review import aligned, settle_waiting, steps_of, waiting_document, waiting_run
from memp_clients.page.asking import PAGE, Ask, ChangedMeanwhileError, Undo

MOST_SOURCES = 5


class Line(NamedTuple):
    """One that waits, in the list: its name, what it is, and what it says; `run` or `ref` is the thing itself."""

    label: str
    kind: str
    text: str
    run: WaitingRun | None = None
    ref: Ref | None = None


def queued(ask: Ask) -> Response:
    """A page of the queue, with one of it in focus."""
    wanted, store = ProceduresWanted(waits=True, sort="waiting"), ask.memory.store
    ids = store.browse_procedures(wanted, ask.scopes, ask.offset, PAGE)
    lines = [*(_runs(ask) if not ask.offset else ()), *_of_procedures(ask, ids)]
    place = min(_number(ask.query.get("at", "")), max(0, len(lines) - 1))
    chosen = lines[place] if lines else None
    return ask.page(
        "review.html", lines=lines, place=place, chosen=chosen, **_focus(ask, chosen), sources=MOST_SOURCES,
        links=[_address(ask.offset, at) for at in range(len(lines))], start=ask.offset,
        pager=ask.pager(len(ids), store.count_procedures(wanted, ask.scopes)),
    )  # fmt: skip


def _runs(ask: Ask) -> list[Line]:
    """The runs that wait to be stored, the oldest first."""
    runs = [run for run in ask.memory.waiting_runs.all() if ask.scopes is None or run.project in ask.scopes]
    return [Line(run.id, "run to be stored", run.task, run=run) for run in runs]


def _of_procedures(ask: Ask, ids: Sequence[int]) -> list[Line]:
    """What waits of these procedures, in their order."""
    words = {"trial": "revision on trial", "proposed": "proposed revision", "candidate": "candidate"}
    lines: list[Line] = []
    for procedure in ask.memory.store.procedures(ids):
        for kind, revision in review.waits_of(ask.memory.store, procedure):
            ref = Ref(procedure_id=procedure.id, revision=revision.number if revision else None)
            label = f"p{procedure.id}" + (f"r{revision.number}" if revision else "")
            lines.append(Line(label, words[kind], (revision or procedure).script.goal, ref=ref))
    return lines


def _focus(ask: Ask, chosen: Line | None) -> dict[str, Any]:
    """What is shown of the one in focus: a run, or a procedure with what speaks for it."""
    if chosen is None or chosen.run is not None:
        run = chosen.run if chosen else None
        return {"one": None, "run": run, **({"told": waiting_document(run), "steps": steps_of(run)} if run else {})}
    assert chosen.ref is not None, "a line is of a run or of a procedure"
    one = review.look(ask.memory.store, chosen.ref)
    shown = one.proposal or one.current
    return {
        "one": one, "run": None, "shown": shown, "state": review.state_of(ask.memory.store, one.procedure),
        "effects": [(effect, list(places)) for effect, places in located_effects(shown.script)],
        "rows": aligned(one.current.script, one.proposal.script) if one.proposal else [],
    }  # fmt: skip


def decided(ask: Ask) -> Response:
    """Store a run that waits, or delete it.

    Raises:
        InputError: there is no such decision, or the run cannot be stored.
        ChangedMeanwhileError: it was stored or deleted meanwhile.
    """
    name, act = ask.text("run", 20), ask.chosen("act", "approve", "reject")
    if not act or not is_waiting_id(name):
        raise InputError("There is no such decision.")
    try:
        run = waiting_run(ask.settings, name)
        sentence = settle_waiting(ask.settings, name, approve=act == "approve")
    except NotFoundError as error:
        raise ChangedMeanwhileError(f"{name} waits no more: it was stored or deleted meanwhile.", []) from error
    back = _address(_number(ask.text("from", 9)), _number(ask.text("at", 9)))
    if act == "approve":
        ask.memory.embed_pending()
        return ask.done(back, f"{sentence} It is among the runs: revoking it is what takes that back.")

    def put_back(memory: ProceduralMemory) -> str:
        memory.waiting_runs.put_back(run)
        return f"{run.id} waits again."

    return ask.done(back, sentence, Undo(back, put_back))


def _address(start: int, at: int) -> str:
    return f"/review?{urlencode({'from': start, 'at': at} if start else {'at': at})}"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


PAGES = (("/review", queued, decided),)
