"""`memp check` and `memp origins`: what was seen, and where runs came from."""

import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType

from memp_clients.commands.options import opened

if TYPE_CHECKING:
    from memp.domain.origin import KnownOrigin

NOT_STARTED = 127
"""The exit status of a command that could not be started, as a shell has it."""


def check(
    ctx: typer.Context,
    command: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="The check, after --: -- pytest -q.")
    ] = None,
) -> None:
    """Run a check of yours, and keep a signed record of how it ended: an agent's report that names it then counts as seen.

    With --json the one document is on stdout, and what the check itself prints on stderr.
    """
    from memp.light import private
    from memp.text.redact import sanitise
    from memp.witness.checks import Check, SignedChecks
    from memp.witness.commands import MAX_COMMAND

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    if not command:
        raise typer.BadParameter("pass the check after --: memp check -- pytest -q.")
    line = sanitise(shlex.join(command))[0]
    if len(line) > MAX_COMMAND:
        raise typer.BadParameter(f"a check of over {MAX_COMMAND:,} characters is not kept: put it into a script.")
    try:
        done = subprocess.run(command, check=False, stdout=sys.stderr if terminal.as_json else None)
        status = _as_in_a_shell(done.returncode)
    except OSError as error:
        fault = f"{sanitise(command[0])[0]} could not be started: {error.strerror}."
        terminal.told({"command": line, "status": NOT_STARTED, "error": fault}, fault)
        raise typer.Exit(NOT_STARTED) from None
    private.make_folder(settings.db.parent)
    project = ctx.obj.place().identity
    kept = Check(command=line, status=status, at=time.time(), project=project)
    SignedChecks(settings.db).add(kept)
    counts = f"runs of {project}" if project else "runs of no project"
    terminal.told(
        {"command": line, "status": status, "project": project, "evidence": kept.evidence},
        f'Kept for an hour, for {counts}: "{line}" ended with exit {status}. Evidence that names it: "{kept.evidence}"',
    )
    raise typer.Exit(status)


def _as_in_a_shell(returncode: int) -> int:
    """The exit status of a command; of one that a signal ended, as a shell has it: 137 of SIGKILL."""
    return returncode if returncode >= 0 else 128 - returncode


def origins(ctx: typer.Context) -> None:
    """Where runs came from: the channel, the client, the session or file, how many runs count, and since when."""
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=False) as memory:
        known = memory.store.origins(memory.options.seen)
    terminal.show({"origins": [_document(one) for one in known]}, lambda: _view(known, settings.db))


def _document(one: "KnownOrigin") -> dict[str, Any]:
    return {"id": one.label, **one.origin.model_dump(), "runs": one.runs, "since": one.since}


def _view(known: "list[KnownOrigin]", db: Path) -> RenderableType:
    from memp_clients.screen.views import line, table

    if not known:
        return line(f"No run of {db} has a known origin.")
    rows = table("id", "channel", "client", "session or file", "import", "runs", "since")
    for one in known:
        origin = one.origin
        cells = (one.label, origin.channel, origin.client, origin.name, origin.batch[:16], one.runs, one.since[:10])
        rows.add_row(*(line(cell) for cell in cells))
    return Group(rows, line("`memp revoke o3` withdraws all that came from one.", "dim"))
