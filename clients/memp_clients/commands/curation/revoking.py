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
from memp.update.revoking import Revocation, Revoked, consequences, revoke
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
    planned = consequences(memory.store, [run_id])
    if dry_run:
        terminal.show({"done": [], **_of_run(planned, task)}, lambda: _preview(planned, task))
        return
    if not yes:
        _ask(terminal, _preview(planned, task))
    revoked = revoke(memory.store, run_id, memory.options.scopes, reason)
    memory.embed_pending()
    document = {"done": list(revoked.done), **_of_run(revoked.revocation, task)}
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


def _why_kept(revocation: Revocation) -> dict[str, dict[str, str]]:
    return {"why_kept": {f"p{i}": why for i, why in revocation.why_kept.items()}}


def _of_run(revocation: Revocation, task: str) -> dict[str, Any]:
    return {"run": f"t{revocation.runs[0]}", "task": task, **_ids(revocation), **_why_kept(revocation)}


def _of_origin(origin: int, revoked: Revoked) -> dict[str, Any]:
    runs = [f"t{run}" for run in revoked.revocation.runs]
    tiers = {f"p{i}": tier for i, tier in revoked.tiers.items()}
    return {
        "origin": f"o{origin}", "runs": runs, **_ids(revoked.revocation), **_why_kept(revoked.revocation), "tiers": tiers,
    }  # fmt: skip


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


def _preview(revocation: Revocation, task: str) -> RenderableType:
    goals = {
        kind: [f"p{p.id}  {p.script.goal[:200]}" for p in getattr(revocation, kind)] for kind in ("archived", "derived")
    }
    kept = [f"p{p.id}  {p.script.goal[:200]} ({revocation.why_kept[p.id]})" for p in revocation.kept]
    return Group(
        line(f"t{revocation.runs[0]}  {task[:200]}", "bold"),
        *listing("Archived, as nothing else speaks for them:", goals["archived"]),
        *listing("Derived again from their other runs:", goals["derived"]),
        *listing("Kept as they read, with less evidence:", kept),
        *listing("Revisions that go, as they were made because of this run:", _ids(revocation)["dropped"]),
    )
