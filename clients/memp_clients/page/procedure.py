"""One procedure: its script, what it is worth and why, the runs that taught it, its revisions, and a person's decisions on it."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args
from urllib.parse import urlencode

from starlette.responses import Response

from memp.domain import trust
from memp.domain.effects import located_effects
from memp.domain.procedure import Pitfall, Procedure, Ref, Revision
from memp.errors import InputError, RevisedMeanwhileError
from memp.memory import ProceduralMemory
from memp.retrieve.dependencies import dependencies_of
from memp.store.find import find_procedure
from memp.update import review
from memp.update.deciding import Act, decide
from memp.update.undoing import Decided, take_back
from memp_clients.commands.curation.forgetting import losing
from memp_clients.commands.curation.review import aligned
from memp_clients.commands.inspection.beside import beside
from memp_clients.commands.inspection.families import relatives
from memp_clients.commands.inspection.show import import_lines
from memp_clients.commands.inspection.why import change_line, explain
from memp_clients.page import charts
from memp_clients.page.asking import Ask, ChangedMeanwhileError, Undo

MOST_SHOWN = 20
"""Runs, uses, values and lines of the log that are shown; the terminal has all (`memp why --json`)."""

MOST_MARKS = 60
"""Uses that the strip of outcomes has, the newest."""


def looked_at(ask: Ask) -> Response:
    """The page of a procedure."""
    memory, store = ask.memory, ask.memory.store
    procedure = _of(ask)
    history = {revision.number: revision for revision in store.history(procedure.id)}
    standing = store.standings([procedure.id])[procedure.id]
    document = explain(store, memory.options, procedure, standing, MOST_MARKS).document
    worth = trust.belief(standing, document["base_rate"])
    outcomes = [bool(one["success"]) for one in document["outcomes"]][:MOST_MARKS][::-1]
    needs = dependencies_of(store, procedure)
    values = {
        name: [(value, runs) for value, runs in counts[:5]]
        for name, counts in store.stood_for(procedure.id, {}).items()
    }
    return ask.page(
        "procedure.html", p=procedure, script=procedure.script, why=document, most=MOST_SHOWN, history=history,
        strip=charts.strip(outcomes), curve=charts.belief(worth, document["base_rate"]),
        effects=[(effect, list(places)) for effect, places in located_effects(procedure.script)],
        needs=[*needs.files, *needs.tools, *needs.versions], values=values, imports=import_lines(document["imported"]),
        alike=relatives(store, procedure), beside=beside(store, memory.options, procedure),
        log=[change_line(change) for change in document["log"][:MOST_SHOWN]], state=review.state_of(store, procedure),
        may_edit=review.may_edit(memory.options, procedure),
        proposals=[r for r in history.values() if r.state in ("trial", "proposed")], **_diff(ask, procedure, history),
    )  # fmt: skip


def _diff(ask: Ask, procedure: Procedure, history: Mapping[int, Revision]) -> dict[str, Any]:
    """Two revisions beside each other, as `?a=1&b=3` asks; by default the one before and the current one."""
    earlier = [number for number in sorted(history) if number < procedure.revision]

    def chosen(name: str, otherwise: int) -> int:
        text = ask.query.get(name, "")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else otherwise
        return number if number in history else otherwise

    first, second = chosen("a", earlier[-1] if earlier else max(history)), chosen("b", procedure.revision)
    rows = aligned(history[first].script, history[second].script) if first != second else []
    return {"a": first, "b": second, "diff": rows}


def decided(ask: Ask) -> Response:
    """Carry out a decision.

    Raises:
        InputError: there is no such decision, or it cannot be made.
        ChangedMeanwhileError: the procedure is not as the form has it.
    """
    act, store = ask.chosen("act", *get_args(Act)), ask.memory.store
    if not act:
        raise InputError("There is no such decision.")
    number = ask.text("revision", 9)
    revision = int(number) if number.isascii() and number.isdigit() else None
    with store.transaction():  # What the form was made from stays as it is until the decision is written.
        procedure = _of(ask)
        _require_same(ask, procedure)
        # To go back is a decision on the whole procedure.
        ref = Ref(procedure_id=procedure.id, revision=None if act == "rollback" else revision)
        done = decide(store, ask.memory.options, ref, cast("Act", act), ask.text("reason", 500), revision)
    back = _back(ask, procedure)
    return ask.done(back, done.sentence, undo_of(procedure.id, done, back))


def _back(ask: Ask, procedure: Procedure) -> str:
    """Where a decision leads to: the queue, where it was made there, with what is next in focus."""
    if ask.text("back") != "/review":
        return f"/procedures/{procedure.id}"
    places = {name: ask.text(name, 9) for name in ("from", "at")}
    return (
        f"/review?{urlencode({name: int(text) for name, text in places.items() if text.isascii() and text.isdigit()})}"
    )


def undo_of(procedure_id: int, done: Decided, back: str) -> Undo | None:
    """What takes a decision on a procedure back."""
    if done.number is None:
        return None

    def act(memory: ProceduralMemory) -> str:
        try:
            return take_back(memory.store, memory.options.seen, procedure_id=procedure_id, number=done.number)
        except RevisedMeanwhileError as error:
            raise ChangedMeanwhileError(str(error), newest_lines(memory, procedure_id)) from error

    return Undo(back, act)


WORDS = ("goal", "when_to_use", "not_when", "verification")
"""Fields of a script that are one text in a form."""

LISTS = ("preconditions", "steps", "pitfalls", "parameters")
"""Fields of a script that a form has a line each of."""


def editing(ask: Ask) -> Response:
    """The form by which a person rewrites a procedure.

    Raises:
        InputError: it is not this project's.
    """
    procedure = _of(ask)
    script = review.editable(ask.memory.store, ask.memory.options, procedure)
    fields = {
        **{name: getattr(script, name) for name in WORDS},
        "preconditions": "\n".join(script.preconditions), "steps": "\n".join(map(_on_one_line, script.steps)),
        "pitfalls": "\n".join(map(_pitfall_line, script.pitfalls)),
        "parameters": "\n".join(f"{one.name}: {one.description}" for one in script.parameters),
    }  # fmt: skip
    return _form(ask, procedure, fields)


def _form(
    ask: Ask, procedure: Procedure, fields: Mapping[str, str], error: str = "", since: Sequence[str] = (),
    status: int = 200,
) -> Response:  # fmt: skip
    return ask.page(
        "edit.html", status, p=procedure, fields=fields, error=error, since=since,
        reason=ask.text("reason", 500) if ask.form is not None else "",
    )  # fmt: skip


def edited(ask: Ask) -> Response:
    """Make what a person wrote the current revision. Where that cannot be, the form comes back with what was written.

    Raises:
        NotFoundError: there is no such procedure any more.
    """
    procedure = _of(ask)
    number = ask.text("revision", 9)
    made_from = int(number) if number.isascii() and number.isdigit() else 0
    fields = {name: ask.text(name, MOST_FIELD) for name in (*WORDS, *LISTS)}
    try:
        done = ask.memory.edit(procedure.id, made_from, _passed(ask, procedure, fields), ask.text("reason", 500))
    except RevisedMeanwhileError as meanwhile:
        error = f"{meanwhile} Nothing was saved: save again to put yours in the place of what it says now."
        return _form(ask, procedure, fields, error, newest_lines(ask.memory, procedure.id), 409)
    except InputError as wrong:
        return _form(ask, procedure, fields, str(wrong), status=422)
    back = f"/procedures/{procedure.id}"
    return ask.done(back, done.sentence, undo_of(procedure.id, done, back))


def _passed(ask: Ask, procedure: Procedure, fields: Mapping[str, str]) -> Mapping[str, Any]:
    """What was written, as a script is passed."""
    # What was left as it was keeps what the form does not show.
    known = {
        _pitfall_line(one): one.model_dump()
        for one in review.editable(ask.memory.store, ask.memory.options, procedure).pitfalls
    }
    lines = {name: [line for line in fields[name].split("\n") if line.strip()] for name in LISTS}
    return {
        **{name: fields[name] for name in WORDS},
        "preconditions": lines["preconditions"], "steps": [line.replace(BREAK, "\n") for line in lines["steps"]],
        "pitfalls": [known.get(line) or _pitfall(line) for line in lines["pitfalls"]],
        "parameters": {name.strip(): told.strip() for name, _, told in (line.partition(":") for line in lines["parameters"])},
    }  # fmt: skip


def _pitfall_line(one: Pitfall) -> str:
    return _on_one_line(f"{one.trigger} -> {one.instead}" if one.instead else one.trigger)


def _pitfall(line: str) -> Mapping[str, str]:
    trigger, _, instead = line.replace(BREAK, "\n").partition(" -> ")
    return {"trigger": trigger.strip(), "instead": instead.strip()}


BREAK = "\u23ce"
"""In the place of a line's end within a step, of which a form has a line each."""

MOST_FIELD = 100_000


def _on_one_line(step: str) -> str:
    return step.replace("\n", BREAK)


def losing_page(ask: Ask) -> Response:
    """What goes where a procedure is forgotten."""
    procedure = _of(ask)
    return losing_page_of(ask, [procedure.id], procedure.label, f"/procedures/{procedure.id}")


def losing_page_of(ask: Ask, ids: Sequence[int], name: str, back: str) -> Response:
    """The page on what goes where procedures are forgotten."""
    lost = loss_of(ask, ids)
    kept = urlencode([*((key, value) for key, value in ask.query.multi_items() if key != "keep"), ("keep", "1")])
    return ask.page(
        "forget.html", name=name, lost=losing(lost), digest=digest_of(lost), back=back, ids=ids,
        keeping="" if ask.text("keep") else f"{ask.path}?{kept}",
    )  # fmt: skip


def forgotten(ask: Ask) -> Response:
    """Delete a procedure for good."""
    procedure = _of(ask)
    lost = loss_of(ask, [procedure.id])
    require_same_loss(ask, lost)
    review.forget(ask.memory.store, lost)
    return ask.done("/procedures", f"p{procedure.id} is deleted, with every word of it.")


def loss_of(ask: Ask, ids: Sequence[int]) -> review.Loss:
    """What goes where these procedures are forgotten."""
    selected = review.Selection(tuple(ids), ())
    return review.loss(ask.memory.store, selected, ask.scopes, keep_runs=bool(ask.text("keep")))


def _of(ask: Ask) -> Procedure:
    return find_procedure(ask.memory.store, ask.named["id"], ask.scopes)


def _require_same(ask: Ask, procedure: Procedure) -> None:
    if ask.text("state") != review.state_of(ask.memory.store, procedure):
        raise ChangedMeanwhileError(
            f"p{procedure.id} is not as it was when this page was made, so nothing was changed: look at it again.",
            newest_lines(ask.memory, procedure.id),
        )


def newest_lines(memory: ProceduralMemory, procedure_id: int) -> list[str]:
    """The newest lines of a procedure's log."""
    changes = memory.store.changes(procedure_id, limit=5)
    return [change_line(change.model_dump(mode="json", exclude_none=True)) for change in changes]


def require_same_loss(ask: Ask, lost: review.Loss) -> None:
    """Go on only where a form that forgets was made from what would go now.

    Raises:
        ChangedMeanwhileError: something else would go by now.
    """
    if ask.text("lost") != digest_of(lost):
        raise ChangedMeanwhileError(
            "Something else would go by now than what was shown, so nothing was deleted: look at it again.", []
        )


def digest_of(lost: review.Loss) -> str:
    """What a form that forgets is made from."""
    gone = f"{sorted(p.id for p in lost.procedures)} {sorted(lost.runs)} {lost.pitfalls}"
    return hashlib.sha256(gone.encode()).hexdigest()[:32]


PAGES = (
    ("/procedures/{id:int}", looked_at, decided),
    ("/procedures/{id:int}/edit", editing, edited),
    ("/procedures/{id:int}/forget", losing_page, forgotten),
)
