"""`memp recalls`, and the same on the page: what was shown to whom, and what came of it."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Group, RenderableType

from memp.errors import InputError
from memp.memory import ProceduralMemory
from memp.store.find import find_recall
from memp.store.records import AnswerRow
from memp.update import review
from memp_clients.commands.inspection.show import Page
from memp_clients.screen.views import line, pairs, table

MOST_LISTED = 50
"""Recalls of a list, the newest."""

NOT_KEPT = "What recalls are asked and answer is not kept: MEMP_KEEP_ANSWERS is 0."

WAYS = {"tool": "", "hook": "by a hook", "terminal": "memp recall"}
"""By which way a recall came, where that is no call of the tool."""


def recalls(memory: ProceduralMemory, offset: int = 0, limit: int = MOST_LISTED) -> list[dict[str, Any]]:
    """The newest recalls, as --json and the page show them."""
    titles = memory.store.project_titles()
    return [_document(row, titles) for row in memory.store.browse_answers(memory.options.seen, offset, limit)]


def recall_document(memory: ProceduralMemory, recall_id: int) -> dict[str, Any]:
    """One recall with its answer, as --json and the page show it.

    Raises:
        NotFoundError: there is none with this id.
    """
    row = find_recall(memory.store, recall_id, memory.options.seen)
    answer = {"answer": json.loads(row.answer)} if row.answer else {}
    return {**_document(row, memory.store.project_titles()), **answer}


def listed(memory: ProceduralMemory) -> Page:
    """The newest recalls."""
    rows, keep = recalls(memory), memory.options.keep_answers
    return Page({"recalls": rows, "keep_answers": keep}, lambda: _list_view(rows, keep))


def looked_at(memory: ProceduralMemory, recall_id: int) -> Page:
    """One recall.

    Raises:
        NotFoundError: there is none with this id.
    """
    document = recall_document(memory, recall_id)
    return Page(document, lambda: _view(document))


def judged(memory: ProceduralMemory, recall_id: int, reason: str) -> Page:
    """`--wrong`: keep that an answer was wrong.

    Raises:
        NotFoundError, InputError: there is no such recall, or it cannot be judged.
    """
    sentence = review.judge_wrong(memory.store, recall_id, reason, memory.options.seen)
    return Page({"id": recall_id, "done": sentence}, lambda: line(sentence, "green"))


def taken_back(memory: ProceduralMemory, recall_id: int) -> Page:
    """`--undo`: take that judgement back.

    Raises:
        NotFoundError, InputError: there is no such recall, or it is not judged.
    """
    sentence = review.take_judgement_back(memory.store, recall_id, memory.options.seen)
    return Page({"id": recall_id, "done": sentence}, lambda: line(sentence, "green"))


def forgotten(memory: ProceduralMemory, recall_id: int, *, yes: bool) -> Page:
    """`--forget`: delete the words of a recall for good, after asking.

    Raises:
        NotFoundError: there is none with this id.
        InputError: there is nobody to ask.
    """
    find_recall(memory.store, recall_id, memory.options.seen)
    if not yes and not sys.stdin.isatty():
        raise InputError(
            f"Nothing was forgotten: `memp recalls {recall_id}` shows it; pass --yes to delete its words for good."
        )
    if not yes:
        typer.confirm(f"Delete for good what recall {recall_id} was asked and answered?", abort=True, err=True)
    sentence = review.forget_recall(memory.store, recall_id, memory.options.seen)
    return Page({"id": recall_id, "done": sentence}, lambda: line(sentence, "green"))


def _document(row: AnswerRow, titles: Mapping[str, str]) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(row.asked) if row.asked else {}
    return {
        "id": row.id,
        "at": row.at,
        **_asker(row.context, titles),
        "through": asked.get("through", ""),
        "task": asked.get("task", ""),
        "context": asked.get("context", ""),
        "error": asked.get("error", ""),
        "facts": asked.get("facts", []),
        "shown": [f"p{i}" for i in row.shown],
        "held_out": row.held,
        "run": "" if row.run is None else f"t{row.run}",
        "ended": row.ended,
        "kept": bool(row.answer),
        "judged": row.judged,
    }


def _asker(context: str, titles: Mapping[str, str]) -> dict[str, str]:
    """Who asked, of the context that is logged: project, model, client and environment, joined by slashes. A project's name may
    have some too: where it is none of the known ones, it is not told from the model."""
    where, client, _ = ["", "", *context.rsplit("/", 2)][-3:]
    project = max((p for p in titles if where.startswith(f"{p}/")), key=len, default="")
    model = where.removeprefix(f"{project}/")
    return {
        "client": client,
        "model": "" if "/" in model and not project else model,
        "project": titles.get(project) or project,
    }


def who(document: Mapping[str, Any]) -> str:
    """Who asked, for a person: the client, and the way where that is not the tool."""
    return ", ".join(filter(None, [document["client"], WAYS.get(document["through"], "")])) or "not known"


def brought(document: Mapping[str, Any]) -> str:
    """What a recall brought, for a person, where it showed no procedure."""
    return "held out, to measure" if document["held_out"] else "nothing"


def _list_view(rows: Sequence[dict[str, Any]], keep: int) -> RenderableType:
    off = [] if keep else [line(NOT_KEPT, "yellow")]
    if not rows:
        return Group(line("No recalls yet: agents that are connected (`memp connect`) ask before a task."), *off)
    shown = table("recall", "task", "when", "who", "shown", "then")
    for one in rows:
        shown.add_row(
            str(one["id"]), line(one["task"][:200] or "(not kept)"), _moment(one), line(who(one)),
            ", ".join(one["shown"]) or brought(one), _then(one),
        )  # fmt: skip
    more = [line("Older ones: `memp open`.", "dim")] if len(rows) == MOST_LISTED else []
    return Group(shown, *more, *off)


def _then(one: Mapping[str, Any]) -> str:
    return ", ".join(filter(None, [f"{one['run']} {one['ended']}".strip(), "judged wrong" if one["judged"] else ""]))


def _moment(one: Mapping[str, Any]) -> str:
    return str(one["at"])[:16].replace("T", " ")


def _view(document: Mapping[str, Any]) -> RenderableType:
    rows: list[tuple[str, object]] = [
        ("when", _moment(document)), ("who", who(document)), ("project", document["project"]),
        ("context", document["context"]), ("error", document["error"]), ("facts", "; ".join(document["facts"])),
        ("shown", ", ".join(document["shown"]) or brought(document)),
        ("then", f"{document['run']} {document['ended']}".strip()), ("judged", document["judged"]),
    ]  # fmt: skip
    said = (
        json.dumps(document["answer"], indent=2, ensure_ascii=False) if document["kept"] else "The answer is not kept."
    )
    return Group(
        line(f"{document['id']}  {document['task'] or '(not kept)'}", "bold"), pairs((n, v) for n, v in rows if v),
        line("As it was answered", "bold"), line(said),
    )  # fmt: skip
