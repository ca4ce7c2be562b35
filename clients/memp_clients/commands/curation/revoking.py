"""`memp revoke`: show what follows from withdrawing a run, or all that came from an origin, and do it."""

import sys
from typing import Any

import typer
from rich.console import Group, RenderableType

from memp.errors import InputError
from memp.inputs.references import origin_id, parse_id
from memp.memory import ProceduralMemory
from memp.store.find import find_run
from memp.text.quoting import quoted
from memp.update.revoking import Revocation, Revoked, preview, revoke
from memp.update.revoking_origins import preview_origin, revoke_origin
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line, listing, many

MOST_LINES = 10
"""Lines on single procedures that a person is shown; --json has all."""


def run_revoke(
    memory: ProceduralMemory, name: str, terminal: Terminal, *, yes: bool, dry_run: bool, reason: str
) -> None:
    """Withdraw a run or all of an origin, after asking.

    Raises:
        InputError: the name is no run's and no origin's, or there is nobody to ask.
        NotFoundError: the projects that are seen have no such run or origin.
    """
    origin = origin_id(name)
    if origin is not None:
        _revoke_origin(memory, origin, terminal, yes=yes, dry_run=dry_run, reason=reason)
        return
    parsed = parse_id(name)
    if parsed is None or parsed.kind == "p" or parsed.revision is not None:
        raise InputError(
            f'"{quoted(name)}" is no run and no origin: pass the id of one, like t12 or o3. `memp origins` lists origins, '
            "`memp why p12` says which runs a procedure came from."
        )
    _revoke_run(memory, parsed.number, terminal, yes=yes, dry_run=dry_run, reason=reason)


def _revoke_run(
    memory: ProceduralMemory, run_id: int, terminal: Terminal, *, yes: bool, dry_run: bool, reason: str
) -> None:
    task = find_run(memory.store, run_id, memory.options.seen).task
    if dry_run or not yes:
        planned = preview(memory.store, run_id, memory.options.scopes)
        if dry_run:
            document = {"done": [], "would": list(planned.done), **_of_run(planned, task)}
            terminal.show(document, lambda: _preview(planned, task))
            return
        _ask(terminal, _preview(planned, task))
    revoked = revoke(memory.store, run_id, memory.options.scopes, reason)
    memory.embed_pending()
    document = {"done": list(revoked.done), "would": [], **_of_run(revoked, task)}
    terminal.show(document, lambda: Group(*(line(sentence, "green") for sentence in revoked.done)))


def _revoke_origin(
    memory: ProceduralMemory, origin: int, terminal: Terminal, *, yes: bool, dry_run: bool, reason: str
) -> None:
    if dry_run or not yes:
        planned = preview_origin(memory.store, origin, memory.options)
        if dry_run:
            document = {**_of_origin(origin, planned), "done": [], "would": list(planned.done)}
            terminal.show(document, lambda: _counted(planned, "Nothing was changed. This would follow:"))
            return
        _ask(terminal, _counted(planned, "This would follow:"))
    revoked = revoke_origin(memory.store, origin, memory.options, reason)
    memory.embed_pending()
    document = {**_of_origin(origin, revoked), "done": list(revoked.done), "would": []}
    terminal.show(document, lambda: _counted(revoked, "Done:"))


def _ask(terminal: Terminal, shown: RenderableType) -> None:
    """Show what would follow, and go on at a person's word.

    Raises:
        InputError: there is nobody to ask.
    """
    terminal.err.print(shown)
    if not sys.stdin.isatty():
        raise InputError("Nothing was revoked: pass --yes to do this, or --dry-run to look only.")
    typer.confirm("Revoke it?", abort=True, err=True)


def _ids(revocation: Revocation) -> dict[str, list[str]]:
    """The ids of procedures and revisions, by what becomes of them."""
    ids = {kind: [f"p{p.id}" for p in getattr(revocation, kind)] for kind in ("archived", "derived", "kept")}
    return {**ids, "dropped": [f"p{i}r{number}" for i, numbers in revocation.dropped.items() for number in numbers]}


def _outcome(revoked: Revoked) -> dict[str, Any]:
    """What becomes of procedures, and why; and the tiers that they have instead of another."""
    why_kept = {f"p{i}": why for i, why in revoked.revocation.why_kept.items()}
    return {**_ids(revoked.revocation), "why_kept": why_kept, "tiers": {f"p{i}": t for i, t in revoked.tiers.items()}}


def _of_run(revoked: Revoked, task: str) -> dict[str, Any]:
    revocation = revoked.revocation
    return {"run": f"t{revocation.runs[0]}", "task": task, **_outcome(revoked)}


def _of_origin(origin: int, revoked: Revoked) -> dict[str, Any]:
    return {"origin": f"o{origin}", "runs": [f"t{run}" for run in revoked.revocation.runs], **_outcome(revoked)}


def _counted(revoked: Revoked, heading: str) -> RenderableType:
    """What an origin's end comes to, in numbers, with the first of the lines that these sum up."""
    first, *rest = revoked.done
    ids = _ids(revoked.revocation)
    counts = [
        f"{many(len(ids['archived']), 'procedure')} archived, {len(ids['derived'])} derived again from other runs, "
        f"{len(ids['kept'])} kept with less evidence",
        f"{many(len(ids['dropped']), 'revision')} dropped, {many(len(revoked.tiers), 'tier')} changed",
    ]
    more = [f"and {len(rest) - MOST_LINES:,} more: --json lists all"] if len(rest) > MOST_LINES else []
    return Group(line(first, "bold"), *listing(heading, counts), *listing("", [*rest[:MOST_LINES], *more]))


def _preview(revoked: Revoked, task: str) -> RenderableType:
    """What would follow from revoking a run, as it is said when it is done, and what the procedures are for."""
    revocation = revoked.revocation
    concerned = [*revocation.archived, *revocation.derived, *revocation.kept]
    return Group(
        line(f"t{revocation.runs[0]}  {task[:200]}", "bold"),
        *listing("This would follow:", list(revoked.done)),
        *listing("Of these procedures:", [f"p{p.id}  {p.script.goal[:200]}" for p in concerned]),
    )
