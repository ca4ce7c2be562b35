"""`memp revoke`: show what follows from withdrawing a run, and do it."""

import sys
from typing import Any

import typer
from rich.console import Group, RenderableType

from memp.errors import InputError
from memp.inputs.references import trajectory_id
from memp.memory import ProceduralMemory
from memp.store.find import find_run
from memp.text.redact import sanitise
from memp.update.revoking import Revocation, consequences, revoke
from memp.update.revoking_origins import Withdrawn, preview_origin, revoke_origin
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line, listing


def run_revoke(
    memory: ProceduralMemory, name: str, terminal: Terminal, *, yes: bool, dry_run: bool, reason: str
) -> None:
    """Withdraw a run, after asking.

    Raises:
        InputError: the name is no run's, or there is nobody to ask.
        NotFoundError: there is no such run.
    """
    run_id = trajectory_id(name)
    find_run(memory.store, run_id, memory.options.seen)
    revocation = consequences(memory.store, run_id)
    if dry_run:
        terminal.show({"done": [], **_document(revocation)}, lambda: _preview(revocation))
        return
    if not yes:
        terminal.err.print(_preview(revocation))
        if not sys.stdin.isatty():
            raise InputError("Nothing was revoked: pass --yes to do this, or --dry-run to look only.")
        typer.confirm("Revoke it?", abort=True, err=True)
    revocation, done = revoke(memory.store, run_id, memory.options.scopes, sanitise(reason)[0])
    memory.embed_pending()
    terminal.show(
        {"done": done, **_document(revocation)}, lambda: Group(*(line(sentence, "green") for sentence in done))
    )


def run_revoke_origin(
    memory: ProceduralMemory, origin_id: int, terminal: Terminal, *, yes: bool, dry_run: bool, reason: str
) -> None:
    """Withdraw all that came from an origin, after asking.

    Raises:
        InputError: there is nobody to ask.
        NotFoundError: there is no such origin.
    """
    scopes = memory.options.scopes
    planned = preview_origin(memory.store, origin_id, scopes)
    if dry_run:
        terminal.show(_of_origin(origin_id, planned, done=False), lambda: _planned(origin_id, planned))
        return
    if not yes:
        terminal.err.print(_planned(origin_id, planned))
        if not sys.stdin.isatty():
            raise InputError("Nothing was revoked: pass --yes to do this, or --dry-run to look only.")
        typer.confirm("Revoke it?", abort=True, err=True)
    withdrawn = revoke_origin(memory.store, origin_id, scopes, reason)
    memory.embed_pending()
    terminal.show(
        _of_origin(origin_id, withdrawn, done=True), lambda: Group(*(line(text, "green") for text in withdrawn.done))
    )


def _of_origin(origin_id: int, withdrawn: Withdrawn, *, done: bool) -> dict[str, Any]:
    runs = [f"t{run}" for run in withdrawn.runs]
    return {"origin": f"o{origin_id}", "runs": runs, "done": list(withdrawn.done) if done else [],
            "would": [] if done else list(withdrawn.done)}  # fmt: skip


def _planned(origin_id: int, planned: Withdrawn) -> RenderableType:
    count = len(planned.runs)
    return Group(
        line(f"o{origin_id}  {count} run{'s' * (count != 1)}", "bold"), *listing("This would follow:", planned.done)
    )


def _document(revocation: Revocation) -> dict[str, Any]:
    names = {kind: [f"p{p.id}" for p in getattr(revocation, kind)] for kind in ("archived", "derived", "kept")}
    dropped = [f"p{i}r{number}" for i, numbers in revocation.dropped.items() for number in numbers]
    return {"run": f"t{revocation.run}", "task": revocation.task, **names, "dropped": dropped}


def _preview(revocation: Revocation) -> RenderableType:
    goals = {
        kind: [f"p{p.id}  {p.script.goal[:200]}" for p in getattr(revocation, kind)]
        for kind in ("archived", "derived", "kept")
    }
    dropped = [f"p{i}r{number}" for i, numbers in revocation.dropped.items() for number in numbers]
    return Group(
        line(f"t{revocation.run}  {revocation.task[:200]}", "bold"),
        *listing("Archived, as nothing else speaks for them:", goals["archived"]),
        *listing("Derived again from their other runs:", goals["derived"]),
        *listing("Kept as they read, with less evidence:", goals["kept"]),
        *listing("Revisions that go, as they were made because of this run:", dropped),
    )
