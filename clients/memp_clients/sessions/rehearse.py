"""`memp import --dry-run FILE`: the tasks of files with their outcomes and why, before anything is stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType

from memp.domain.trajectory import SUCCESS_REWARD, dumped
from memp.errors import InputError
from memp.text.redact import redact, redact_all
from memp_clients.json_values import items
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line, table
from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault, called, check
from memp_clients.sessions.formats import Given
from memp_clients.sessions.importer import NO_OUTCOME, RECORDED
from memp_clients.sessions.reader import read
from memp_clients.sessions.summary import task_unused

MAX_TASK = 200
"""Characters of a task that are shown."""


def run_dry(terminal: Terminal, files: Sequence[str], outcome: str | None, task: str = "") -> int:
    """Show what an import would read off the files; its exit status: 1 where no run has an outcome.

    Raises:
        InputError: a file cannot be opened.
    """
    check(files)
    read_files = [(source, *_rows(source, outcome, task)) for source in files]
    rows = [row for _, of_file, _ in read_files for row in of_file]
    unused = [source for source, _, used in read_files if task and not used]
    document = {**_counted(rows), "notes": [task_unused(unused)] if unused else []}
    terminal.show(document, lambda: _view(rows, document["notes"]))
    return 0 if document["success"] + document["failure"] else 1


def rehearsed(source: str, outcome: str | None) -> dict[str, Any]:
    """What an import would read off a file, as --json and the page show it."""
    return _counted(_rows(source, outcome, "")[0])


def _counted(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    counts = {name: sum(row["outcome"] == name for row in rows) for name in ("success", "failure")}
    redacted = sum(row["redacted"] for row in rows)
    return {
        "stored": False, **counts, "skipped": len(rows) - sum(counts.values()), "redacted": redacted, "tasks": rows,
    }  # fmt: skip


def _rows(source: str, outcome: str | None, task: str) -> tuple[list[Mapping[str, Any]], bool]:
    """A row for each task of a file, and whether one of them needed `task`."""
    given, rows = Given(task), list[Mapping[str, Any]]()
    try:
        for entry in read(source, outcome, task=given):
            row = _skipped(entry) if isinstance(entry, Fault) else _task(entry)
            rows.append({"file": source, "place": entry.place, **row})
    except InputError as error:
        rows.append({"file": source, "place": "", **_skipped(Fault("", str(error).rstrip(".")))})
    return rows, given.used


def _skipped(fault: Fault) -> dict[str, Any]:
    return {"task": "", "steps": 0, "outcome": None, "redacted": 0, "why": f"skipped: {fault.reason}"}


def _task(entry: Entry) -> dict[str, Any]:
    shown = {"task": _first_line(redact(str(entry.task))[0]), "steps": len(items(entry.steps)), "redacted": 0}
    if entry.recorded:
        return {**shown, "outcome": None, "why": f"skipped: {RECORDED}"}
    if entry.outcome is None:
        return {**shown, "outcome": None, "why": entry.doubt or NO_OUTCOME}
    try:
        _, redacted = redact_all([entry.task, entry.steps, entry.evidence], dumped)
    except InputError as error:
        return _skipped(Fault(entry.place, str(error).rstrip(".")))
    why = redact(entry.evidence)[0] or "said by the record"
    return {**shown, "outcome": _word(entry.outcome), "why": why, "redacted": redacted}


def _word(outcome: object) -> object:
    """An outcome as a word, where it is one or a reward."""
    if isinstance(outcome, int | float):
        return "success" if outcome >= SUCCESS_REWARD else "failure"
    return outcome


def _first_line(task: str) -> str:
    first = next((text for text in task.strip().splitlines() if text.strip()), "")
    return first if len(first) <= MAX_TASK else f"{first[: MAX_TASK - 3]}..."


def _view(rows: Sequence[Mapping[str, Any]], notes: Sequence[str]) -> RenderableType:
    several = len({row["file"] for row in rows}) > 1
    redacted = sum(row["redacted"] for row in rows)
    hidden = [line(f"Secrets that would be replaced: {redacted:,}")] if redacted else []
    view = table("place", "task", "steps", "outcome", "why")
    for row in rows:
        place = ", ".join(filter(None, [called(row["file"]) if several else "", row["place"]]))
        cells = (place, row["task"], row["steps"] or "", row["outcome"] or "none", row["why"])
        view.add_row(*map(line, cells))
    return Group(
        view,
        *hidden,
        *(line(f"Note: {note}", "yellow") for note in notes),
        line("Nothing was stored. To take in what has an outcome: the same command without --dry-run", "bold"),
    )
