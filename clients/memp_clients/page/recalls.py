"""The log of recalls, one of them as it was answered, and what a recall would bring."""

import hashlib
import json
from typing import Any

from starlette.responses import Response

from memp.domain.trajectory import Provenance
from memp.errors import InputError
from memp.inputs.references import recall_id
from memp.memory import ProceduralMemory
from memp.store.find import find_recall
from memp.store.records import AnswerRow
from memp.update.review import forget_recall, judge_wrong, take_judgement_back
from memp_clients.commands.inspection import recalls as log
from memp_clients.commands.inspection import trying
from memp_clients.commands.inspection.why import change_line
from memp_clients.page.asking import PAGE, Ask, ChangedMeanwhileError, Undo

MOST_ASKED = 20_000
"""Characters of what a recall is tried with."""

MOST_LINES = 20
"""Lines of each procedure's log that are looked through for what was done to a recall meanwhile."""


def listed(ask: Ask) -> Response:
    """A page of the log."""
    rows = log.recalls(ask.memory, ask.offset, PAGE)
    return ask.page(
        "recalls.html",
        rows=rows,
        pager=ask.pager(len(rows)),
        who=log.who,
        brought=log.brought,
        not_kept=log.NOT_KEPT,
        **_tried(ask),
    )


def shown(ask: Ask) -> Response:
    """One recall as it was answered."""
    document = log.recall_document(ask.memory, recall_id(ask.named["id"]))
    return ask.page(
        "recall.html", one=document, answer=_pretty(document.get("answer")), who=log.who(document),
        brought=log.brought(document), state=_state(document["judged"]),
    )  # fmt: skip


def judged(ask: Ask) -> Response:
    """Judge an answer, or take a judgement back, as the form says that was made of the recall as it was.

    Raises:
        ChangedMeanwhileError: it was judged, or a judgement taken back, since the form was made.
    """
    store, row = ask.memory.store, find_recall(ask.memory.store, recall_id(ask.named["id"]), ask.scopes)
    if ask.text("judged") != _state(row.judged):
        raise ChangedMeanwhileError(f"Recall {row.id} was judged by somebody else meanwhile.", _since(ask.memory, row))
    back = f"/recalls/{row.id}"
    if row.judged:
        return ask.done(back, take_judgement_back(store, row.id, ask.scopes))

    def undo(memory: ProceduralMemory) -> str:
        return take_judgement_back(memory.store, row.id, memory.options.seen)

    return ask.done(back, judge_wrong(store, row.id, ask.text("reason"), ask.scopes), Undo(back, undo))


def forgotten(ask: Ask) -> Response:
    """Delete the words of a recall for good: its page is what goes."""
    number = recall_id(ask.named["id"])
    return ask.done(f"/recalls/{number}", forget_recall(ask.memory.store, number, ask.scopes))


def tried(ask: Ask) -> Response:
    """What a recall would bring, and why; nothing is logged.

    Raises:
        InputError: no task was passed.
    """
    task = ask.text("task", MOST_ASKED)
    if not task:
        raise InputError("Pass a task to see what a recall of it would bring.")
    settings = ask.settings
    reply, ranked, floor = trying.tried(
        ask.memory, task, limit=settings.limit, form=settings.detail, budget=settings.budget, provenance=_provenance(ask),
        context=ask.text("context", MOST_ASKED), error=ask.text("error", MOST_ASKED),
    )  # fmt: skip
    most = trying.MOST_CANDIDATES
    return ask.page(
        "recall_tried.html", reply=_pretty(reply.lean()), ranked=ranked[:most], more=len(ranked[most:]), floor=floor,
        limit=settings.limit, holdout=settings.holdout, **_tried(ask),
    )  # fmt: skip


def untried(ask: Ask) -> Response:
    """The form by which to see what a recall would bring."""
    return ask.page("recall_tried.html", reply="", **_tried(ask))


def _tried(ask: Ask) -> dict[str, Any]:
    """The fields of the form, as they were filled in."""
    fields = {name: ask.text(name, MOST_ASKED) for name in ("task", "context", "error", "project")}
    known = ask.memory.store.project_titles().items()
    here = ask.memory.options.scopes if ask.memory.options.project else None
    return {"tried": fields, "projects": [(i, title or i) for i, title in known if here is None or i in here]}


def _provenance(ask: Ask) -> Provenance:
    """Who would ask: the agent of the settings, in the project that was chosen."""
    own = ask.memory.options.provenance
    project = ask.text("project")
    return own.model_copy(update={"project": project}) if project and not ask.memory.options.project else own


def _since(memory: ProceduralMemory, row: AnswerRow) -> list[str]:
    """What was done to a recall's judgement, by the log of what it showed."""
    lines = [
        c for i in row.shown for c in memory.store.changes(i, MOST_LINES) if c.detail.startswith(f"recall {row.id}: ")
    ]
    return list(dict.fromkeys(change_line(c.model_dump(mode="json", exclude_none=True)) for c in lines))


def _state(judged: str) -> str:
    """What a form carries of the judgement that it was made from: a text may come back with other line ends."""
    return hashlib.sha256(judged.encode()).hexdigest() if judged else ""


def _pretty(answer: Any) -> str:
    """A reply as JSON, for a person."""
    return json.dumps(answer, indent=2, ensure_ascii=False) if answer else ""


PAGES = (
    ("/recalls", listed, None),
    ("/recalls/try", untried, tried),
    ("/recalls/{id}", shown, judged),
    ("/recalls/{id}/forget", None, forgotten),
)
