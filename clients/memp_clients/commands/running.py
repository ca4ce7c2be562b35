"""`memp serve`, `hook`, `distill`, `demo`, `eval`, `doctor`, `setup` and `reembed`: run programs, set up the machine."""

from typing import Annotated, Literal

import typer

from memp.light.settings import EVENTS
from memp_clients.hooks.hosts import HOSTS


def _one_of(names: tuple[str, ...]) -> str:
    """Names as a sentence: a, b or c."""
    return f"{', '.join(names[:-1])} or {names[-1]}."


def hook(
    ctx: typer.Context,
    host: Annotated[str, typer.Argument(metavar="HOST", help=_one_of(tuple(HOSTS)))],
    event: Annotated[str, typer.Argument(metavar="EVENT", help=_one_of(EVENTS))],
) -> None:
    """Answer a hook of a client (docs/hooks.md): its JSON comes on stdin. Clients call this."""
    from memp_clients.hooks.run import main

    raise typer.Exit(main([host, event], {name: str(value) for name, value in ctx.obj.given.items()}))


def distill(
    ctx: typer.Context,
    by: Annotated[
        Literal["api", "claude", "codex", "gemini"] | None,
        typer.Option(help="The Messages API, or a program that you are logged in to; by default the first at hand."),
    ] = None,
    llm: Annotated[str, typer.Option(metavar="NAME", help="The model to ask for, by its name there.")] = "",
    limit: Annotated[int, typer.Option(min=1, metavar="RUNS", help="At most so many runs are sent.")] = 50,
    budget: Annotated[
        int, typer.Option(min=1, metavar="TOKENS", help="At most about so many tokens, answers included.")
    ] = 200_000,
    timeout: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="The longest that one answer may take.")
    ] = 300,
    again: Annotated[bool, typer.Option("--again", help="Also those that a model tried in vain.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent; nothing is.")] = False,
) -> None:
    """Let a language model write the scripts that a rule wrote so far: one request for the runs of each procedure."""
    from memp.config import writing_model
    from memp_clients.commands.distill import Bounds, run_distill, show_due

    settings, terminal, bounds = ctx.obj.settings(), ctx.obj.terminal(), Bounds(limit, budget)
    if dry_run:
        show_due(settings, terminal, bounds, again=again)
        return
    raise typer.Exit(run_distill(settings, terminal, writing_model(settings, by, llm, timeout), bounds, again=again))


def demo(ctx: typer.Context) -> None:
    """See an agent learn: the real server, with a memory of its own that is thrown away."""
    from memp_clients.commands.demo import run_demo

    run_demo(ctx.obj.settings(), ctx.obj.terminal())


def evaluate(ctx: typer.Context) -> None:
    """Measure what the memory is worth, like `memp eval traces`; `memp eval --help` lists what there is."""
    from memp.evaluate.__main__ import main

    raise typer.Exit(main(ctx.args))


def doctor(
    ctx: typer.Context,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Mend the memory file; what is damaged is kept beside it, what is lost is named."
        ),
    ] = False,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Check every row, index and vector, and the model's weights: it may take minutes."),
    ] = False,
    online: Annotated[bool, typer.Option("--online", help="Ask the language model a short question too.")] = False,
) -> None:
    """Check that everything memp needs is there, and say what to do where it is not."""
    from memp_clients.commands.doctor import run_doctor

    raise typer.Exit(run_doctor(ctx.obj.settings, ctx.obj.terminal(), repair=repair, online=online, deep=deep))


def setup(ctx: typer.Context) -> None:
    """Compile the embedding model once, so that every later start is quick."""
    from memp_clients.commands.embedding import run_setup

    run_setup(ctx.obj.settings(), ctx.obj.terminal())


def reembed(
    ctx: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Even if all vectors are of this model already.")] = False,
) -> None:
    """Make the memory's vectors anew, after another embedding model was chosen."""
    from memp_clients.commands.embedding import run_reembed

    run_reembed(ctx.obj.settings(), ctx.obj.terminal(), force=force)
