"""The terminal's `export`: what it is told. Each thing that can be exported is a command of the group."""

from typing import Annotated, get_args

import typer

from memp.procedure import Tier

app = typer.Typer(help="Take what was learned elsewhere: a whole memory into one file.")


@app.command(epilog="With --project only what belongs to that project goes out. --json, --db as for every command.")
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
    from memp_clients.memories import run_export

    unknown = sorted(set(tiers or ()) - set(get_args(Tier)))
    if unknown:
        raise typer.BadParameter(f"--tier is '{unknown[0]}': pass {', '.join(get_args(Tier))}.")
    run_export(
        ctx.obj.settings(), ctx.obj.terminal(), file, ids=ids, tiers=tiers or (), trajectories=trajectories, force=force
    )
