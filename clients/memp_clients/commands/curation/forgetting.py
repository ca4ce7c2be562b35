"""`memp forget` and `memp tidy`: delete for good, archive what is stale, and show what goes."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Group, RenderableType

from memp.errors import InputError
from memp.store import Maintenance
from memp.update import review as curation
from memp.update.review import Loss, ReviewStore
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line, listing, many, table


def forget(
    store: ReviewStore, names: Sequence[str], terminal: Terminal, scopes: Sequence[str] | None, *, yes: bool, keep_runs: bool
) -> None:  # fmt: skip
    """Delete what these scopes have (None: all) for good, after asking.

    Raises:
        InputError: there is nobody to ask.
    """
    lost = curation.loss(store, curation.parse_selection(names), scopes, keep_runs=keep_runs)
    if not yes:
        terminal.err.print(losing_view(lost, "To be deleted for good:"))
        if not sys.stdin.isatty():
            raise InputError("Nothing was forgotten: pass --yes to delete this for good.")
        typer.confirm("Forget all of this?", abort=True, err=True)
    curation.forget(store, lost)
    terminal.show({"forgotten": losing(lost)}, lambda: losing_view(lost, "Deleted for good:"))


def scrub(store: Maintenance, terminal: Terminal) -> None:
    """Clear the file of traces of what was deleted."""
    store.scrub()
    terminal.show({"scrubbed": True}, lambda: line("No trace is left of what was deleted.", "green"))


def losing(lost: Loss) -> dict[str, Any]:
    """The loss as --json shows it."""
    return {
        "procedures": [
            {"id": f"p{p.id}", "goal": p.script.goal, "asked": p.id not in lost.implied} for p in lost.procedures
        ],
        "runs": [{"id": f"t{run}", "task": task} for run, task in lost.runs.items()],
        "pitfalls": lost.pitfalls,
        "runs_that_stay": lost.staying,
        "still_in": [f"p{procedure_id}" for procedure_id in lost.marked],
    }


def losing_view(lost: Loss, heading: str) -> RenderableType:
    """The loss as a person is shown it."""
    procedures = [
        f"p{p.id}  {p.script.goal}{' (it came from these runs alone)' if p.id in lost.implied else ''}"
        for p in lost.procedures
    ]
    runs = [f"t{run}  {task[:200]}" for run, task in lost.runs.items()]
    parts: list[RenderableType] = [line(heading, "bold")]
    parts += listing(f"{many(len(procedures), 'procedure')}, {many(lost.pitfalls, 'pitfall')}", procedures)
    parts += listing(
        many(len(runs), "run"), [*runs[:20], *([f"and {len(runs) - 20:,} more"] if len(runs) > 20 else [])]
    )
    if lost.staying:
        parts.append(
            line(
                f"{many(lost.staying, 'run')} it came from stay: other procedures need them, or --keep-runs.", "yellow"
            )
        )
    if lost.marked:
        names = ", ".join(f"p{procedure_id}" for procedure_id in lost.marked)
        parts.append(line(f"{names} came from these runs too and stays, with what it says.", "yellow"))
    return Group(*parts)


def tidied(archived: Mapping[int, str], goals: Mapping[int, str], unfinished: int, *, dry: bool) -> RenderableType:
    """View of what `memp tidy` does: how many runs it built, and the procedures that it archives, with the reason for each."""
    built = (
        "to be built: memp was stopped when it had stored them" if dry else "that were stored and no more are built now"
    )
    runs = [line(f"{unfinished} run{'s' * (unfinished != 1)} {built}.")] if unfinished else []
    if not archived:
        return Group(*runs, line("Nothing is stale, and there is room for all."))
    rows = table("id", "goal", "why")
    for procedure_id, reason in archived.items():
        rows.add_row(f"p{procedure_id}", line(goals.get(procedure_id, "")), line(reason))
    ending = "Nothing was changed." if dry else "Archived: `memp review ID --restore` brings one back."
    return Group(*runs, rows, line(ending, "dim"))
