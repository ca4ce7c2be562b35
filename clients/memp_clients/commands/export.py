"""The terminal's `export`: one command for each form in which what was learned leaves the memory."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from memp.domain.procedure import Tier

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
) -> None:
    """Write procedures as Agent Skills, a folder with a SKILL.md each; run again, it brings them up to date."""
    from memp_clients.exports.skills import run_export

    least = "candidate" if everything else tier
    run_export(ctx.obj.settings(), ctx.obj.terminal(), folder.expanduser(), least, dry_run=dry_run)


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
) -> None:
    """Write the procedures into a file that `memp import` takes in on another machine, or for another agent."""
    from memp_clients.exports.memory_files import run_export

    unknown = sorted(set(tiers or ()) - set(get_args(Tier)))
    if unknown:
        raise typer.BadParameter(f"--tier is '{unknown[0]}': pass {', '.join(get_args(Tier))}.")
    run_export(
        ctx.obj.settings(), ctx.obj.terminal(), file, ids=ids, tiers=tiers or (), trajectories=trajectories, force=force
    )
