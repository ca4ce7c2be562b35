"""The terminal's `export`: one command for each form in which what was learned leaves the memory."""

from pathlib import Path
from typing import Annotated

import typer

from memp.procedure import Tier

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
    from memp_clients.skill_export import run_export

    least = "candidate" if everything else tier
    run_export(ctx.obj.settings(), ctx.obj.terminal(), folder.expanduser(), least, dry_run=dry_run)
