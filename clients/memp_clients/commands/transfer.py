"""`memp import` and `memp export`: what was learned, into the memory and out of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from memp.domain.procedure import Tier

OutcomeChoice = Literal["success", "failure"]
KeepPersonal = Annotated[
    bool,
    typer.Option("--keep-personal", help="Keep e-mail addresses, people's names in paths and public IP addresses."),
]


def import_(
    ctx: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(help="JSON or JSONL, also packed; exported memories; a client's notes (.md); - is stdin."),
    ] = None,
    discover: Annotated[
        bool, typer.Option("--discover", help="Find the sessions of the clients installed here.")
    ] = False,
    since: Annotated[str | None, typer.Option(help="With --discover: from a day on (2026-01-31), or 30d, 2w.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --discover: import them, not only say what there is.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what FILES hold and what would become of it; stores nothing.")
    ] = False,
    outcome: Annotated[OutcomeChoice | None, typer.Option(help="Of all records, whatever they show.")] = None,
    task: Annotated[
        str, typer.Option(help="What was asked, of runs whose log does not hold it: what `claude -p` prints.")
    ] = "",
    builder: Annotated[
        Literal["extractive", "claude"], typer.Option(help="Who writes the scripts; claude costs.")
    ] = "extractive",
) -> None:
    """Take in trajectories, sessions of agents, and memories that were exported; run again, it adds only what is new."""
    from memp_clients.exports import memory_files
    from memp_clients.sessions.discover import run_discover
    from memp_clients.sessions.files import check
    from memp_clients.sessions.importer import run_import

    _check_choices(files or (), task, since, discover=discover, yes=yes, dry_run=dry_run)
    settings, terminal = ctx.obj.settings(builder=builder), ctx.obj.terminal()
    if files and files[0] == "memory" and len(files) > 1 and not Path("memory").exists():
        files = files[1:]  # As in `memp export memory FILE`.
    check(files or ())
    exported = [name for name in files or () if memory_files.is_memory(name)]
    if exported and (len(exported) < len(files or ()) or outcome is not None or task):
        raise typer.BadParameter(
            f"{exported[0]} is a memory and no session: import it by itself, without --outcome and --task."
        )
    if dry_run and exported:
        raise typer.Exit(memory_files.run_dry(settings, terminal, exported))
    if dry_run and files:
        from memp_clients.sessions.rehearse import run_dry

        raise typer.Exit(run_dry(terminal, files, outcome, task))
    if exported:
        raise typer.Exit(memory_files.run_import(settings, terminal, exported))
    if files:
        raise typer.Exit(run_import(settings, terminal, files, outcome, task))
    raise typer.Exit(run_discover(settings, terminal, outcome, since=since, yes=yes))


def _check_choices(
    files: Sequence[str], task: str, since: str | None, *, discover: bool, yes: bool, dry_run: bool
) -> None:
    """Refuse options that do not go together.

    Raises:
        typer.BadParameter: two do not; it says which.
    """
    if discover is bool(files):
        raise typer.BadParameter("pass FILES (- is stdin), or --discover to find sessions by itself.")
    if dry_run and discover:
        raise typer.BadParameter("--discover stores nothing without --yes: leave --dry-run out.")
    if task and discover:
        raise typer.BadParameter("--task goes with FILES: sessions that are discovered hold what was asked.")
    if (since or yes) and not discover:
        raise typer.BadParameter("--since and --yes go with --discover.")


export = typer.Typer(help="Take what was learned elsewhere.")


@export.command("skills")
def skills(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where the skills go, like ~/.claude/skills.", readable=False)
    ],
    everything: Annotated[bool, typer.Option("--all", help="Candidates too, which nothing has confirmed.")] = False,
    tier: Annotated[Tier, typer.Option(help="The least that a procedure must be.")] = "validated",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    personal: KeepPersonal = False,
) -> None:
    """Write procedures as Agent Skills, a folder with a SKILL.md each; run again, it brings them up to date."""
    from memp_clients.exports.skills import run_export

    least = "candidate" if everything else tier
    run_export(ctx.obj.settings(), ctx.obj.terminal(), folder.expanduser(), least, dry_run=dry_run, personal=personal)


@export.command(epilog="With --project only what belongs to that project goes out. --json, --db as for every command.")
def memory(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="The file to write, like memory.jsonl; - is stdout.")],
    ids: Annotated[list[str] | None, typer.Option("--id", help="Only this procedure, like p12; repeat it.")] = None,
    tiers: Annotated[list[str] | None, typer.Option("--tier", help=f"Only {', '.join(get_args(Tier))}.")] = None,
    trajectories: Annotated[
        bool, typer.Option("--with-trajectories", help="The runs that procedures came from, too.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    personal: KeepPersonal = False,
) -> None:
    """Write the procedures into a file that `memp import` takes in on another machine, or for another agent."""
    from memp_clients.exports.memory_files import run_export

    unknown = sorted(set(tiers or ()) - set(get_args(Tier)))
    if unknown:
        raise typer.BadParameter(f"--tier is '{unknown[0]}': pass {', '.join(get_args(Tier))}.")
    run_export(
        ctx.obj.settings(), ctx.obj.terminal(), file, ids=ids, tiers=tiers or (), trajectories=trajectories, force=force,
        personal=personal,
    )  # fmt: skip
