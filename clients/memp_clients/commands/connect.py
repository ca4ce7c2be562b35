"""`memp connect` and `memp disconnect`: their options, and what they show."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from memp.errors import HostError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from memp_clients.hosts.connect import Connection
    from memp_clients.hosts.edits import Change
    from memp_clients.hosts.host import Host, Place, Scope
    from memp_clients.screen.terminal import Terminal

Name = Annotated[str | None, typer.Argument(metavar="HOST", help="The host, as --list names it.")]
InScope = Annotated[
    Literal["user", "project"], typer.Option("--scope", help="For all your work, or in the current folder only.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the changes as a diff and make none.")]
NoInstructions = Annotated[
    bool, typer.Option("--no-instructions", help="Leave the files of instructions (AGENTS.md, CLAUDE.md, ...) alone.")
]
Hooks = Annotated[
    bool,
    typer.Option("--hooks", help="Also hooks, so that the memory speaks up and records by itself (docs/hooks.md)."),
]
Http = Annotated[
    str | None,
    typer.Option(
        metavar="[HOST:]PORT", help="Write the address and the token of `memp serve --http` in place of a command."
    ),
]
Trusted = Annotated[
    bool | None,
    typer.Option(
        "--trusted/--no-trusted", help="You vouch for it: what it says of an outcome counts as it says (docs/trust.md)."
    ),
]
List = Annotated[bool, typer.Option("--list", help="List the hosts, and which are connected.")]


def connect(
    ctx: typer.Context,
    host: Name = None,
    scope: InScope = "user",
    listed: List = False,
    dry_run: DryRun = False,
    no_instructions: NoInstructions = False,
    hooks: Hooks = False,
    http: Http = None,
    trusted: Trusted = None,
) -> None:
    """Let an MCP host (Claude Code, Codex, Cursor, ...) start memp, and tell its agent when to call it."""
    from memp_clients.hosts import connect as hosts
    from memp_clients.hosts.catalog import find
    from memp_clients.hosts.remote import remote

    place = hosts.here()
    if listed:
        _list(place, ctx.obj.terminal())
        return
    row = find(_named(host))
    if http is not None and trusted is not None:
        raise HostError(
            "--trusted cannot be written with --http: the server decides for all hosts that reach it. "
            "Start it with MEMP_TRUSTED=true to vouch for them all, or connect this host without --http."
        )
    vouched = {} if trusted is None else {"trusted": str(trusted).lower()}
    start = hosts.launch(place, {**ctx.obj.given, **vouched})
    at = remote(row, scope, http, dry_run=dry_run) if http is not None else None
    changes = hosts.connecting(row, scope, place, start, instruct=not no_instructions, hook=hooks, remote=at)
    then = f"{row.then} {row.hooks.then}" if hooks and row.hooks and row.hooks.then else row.then
    terminal = ctx.obj.terminal()
    _make(row, changes, place, terminal, dry_run=dry_run, then=then)
    if at is not None:
        _say_serve(changes[0].path, str(http), terminal)
    elif not terminal.as_json:
        _say_settings(ctx, row, scope, place, terminal, dry_run=dry_run)


def _say_serve(path: "Path", address: str, terminal: "Terminal") -> None:
    """Say what a host that reaches a server needs: that it runs, and that nobody else reads the token."""
    from memp.light import private

    terminal.hint(f"Keep `memp serve --http {address}` running: this host starts none.")
    if private.is_loose(path):
        terminal.hint(
            f"{path} can be read by other users of this machine, or changed, and so the token in it: chmod 600 mends it."
        )


def _say_settings(
    ctx: typer.Context, host: "Host", scope: "Scope", place: "Place", terminal: "Terminal", *, dry_run: bool
) -> None:  # fmt: skip
    """Say which settings of this shell the server gets, which it does not get, and where it uses another memory."""
    from memp_clients.hosts.connect import look
    from memp_clients.hosts.shell import differences, entry_settings, shell_settings

    here = shell_settings(place.environment, ctx.obj.given)
    if here.values:
        terminal.hint(f"Settings of this shell that go into the entry: {', '.join(here.values)}.")
    entry = look(host, scope, place).entry or {}
    missing = [name for name in here.secret if name not in entry_settings(entry)]
    if missing:
        terminal.hint(
            f"{', '.join(missing)} is set here and does not go into the file, as it is a secret: the server runs without it "
            "unless you put it into the `env` of the entry."
        )
    settings = ctx.obj.settings()
    for difference in () if dry_run else differences(entry, settings.db, settings.project):
        terminal.hint(f"The server {difference}, as its entry said before: change it there, or set it here.")


def disconnect(
    ctx: typer.Context,
    host: Name = None,
    scope: InScope = "user",
    dry_run: DryRun = False,
    no_instructions: NoInstructions = False,
) -> None:
    """Take memp out of a host again. The memory itself stays."""
    from memp_clients.hosts import connect as hosts
    from memp_clients.hosts.catalog import find

    place = hosts.here()
    row = find(_named(host))
    changes = hosts.disconnecting(row, scope, place, instruct=not no_instructions)
    terminal = ctx.obj.terminal()
    _make(row, changes, place, terminal, dry_run=dry_run, then="")
    other: Scope = "project" if scope == "user" else "user"
    if hosts.look(row, other, place).state == "connected":
        terminal.hint(f"{row.title} is still connected with --scope {other}.")


def _named(host: str | None) -> str:
    if host is None:
        raise typer.BadParameter("name a HOST; `memp connect --list` lists them.")
    return host


def _make(
    host: "Host", changes: "Sequence[Change]", place: "Place", terminal: "Terminal", *, dry_run: bool, then: str
) -> None:
    """Make the changes, or with `dry_run` only show them."""
    from memp_clients.hosts import connect as hosts
    from memp_clients.hosts import edits

    copies = [] if dry_run else edits.apply(changes, hosts.backups(place))
    due = [change for change in changes if change.does != "nothing"]
    document: dict[str, Any] = {
        "host": host.name,
        "done": not dry_run,
        "files": [{"path": str(change.path), "change": change.does, "diff": change.diff()} for change in changes],
        "copies": [str(copy) for copy in copies],
        "then": then,
    }
    if terminal.as_json:
        terminal.show(document, str)
        return
    if dry_run:
        lines = [change.diff().rstrip("\n") for change in due]
    else:
        done = {"create": "Made", "change": "Changed", "delete": "Deleted"}
        lines = [f"{done[change.does]} {change.path}" for change in due]
        lines += [f"A copy of what was there is {copy}" for copy in copies]
    if not due:
        lines.append(f"{host.title}: nothing to change.")
    elif then and not dry_run:
        lines.append(then)
    # As it is: a path or a diff that is folded at the terminal's width cannot be copied.
    terminal.out.print("\n".join(lines), soft_wrap=True)


def _list(place: "Place", terminal: "Terminal") -> None:
    """Show every host, and how it is connected for all work and in this folder."""
    rows = host_rows(place)
    terminal.show({"hosts": [_host_document(*row) for row in rows]}, lambda: _hosts_table(rows))
    for _, user, project in rows:
        for one in (user, project):
            if one.reason:
                terminal.hint(one.reason)


def host_rows(place: "Place") -> "list[tuple[Host, Connection, Connection]]":
    """Every host, with how it is connected for all work and in this folder."""
    from memp_clients.hosts.catalog import HOSTS
    from memp_clients.hosts.connect import look

    return [(host, look(host, "user", place), look(host, "project", place)) for host in HOSTS]


def _host_document(host: "Host", *connections: "Connection") -> dict[str, Any]:
    """A host, as --json shows it."""
    scopes = {
        one.scope: {"state": one.state, "path": one.path and str(one.path), "reason": one.reason, "hooks": one.hooked}
        for one in connections
    }
    return {"host": host.name, "title": host.title, "documentation": host.source, **scopes}


def told_state(connection: "Connection") -> str:
    """How a host is connected, in words; empty where it is not."""
    state = "" if connection.state == "none" else connection.state
    return ", ".join(filter(None, [state, "hooks" if connection.hooked else ""]))


def _hosts_table(rows: "Sequence[tuple[Host, Connection, Connection]]") -> "RenderableType":
    """The hosts, as a person is shown them."""
    from memp_clients.screen.views import line, table

    shown = table("host", "", "user", "project (this folder)")
    for host, *connections in rows:
        states = [told_state(one) or "-" for one in connections]
        cells = (line(state, "green" if state.startswith("connected") else "") for state in states)
        shown.add_row(host.name, host.title, *cells)
    return shown
