"""`memp open`. It stands here since the page shows what the other commands do: they know nothing of it."""

from typing import Annotated

import typer


def open_(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 is one that is free.")] = 0,
    served: Annotated[
        str | None, typer.Option(metavar="[HOST:]PORT", help="Open the page of a `memp serve --http` that runs there.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Show it in the browser; its link is printed in any case.")] = True,
) -> None:
    """Look at the memory in the browser: what was learned, from what, and whether it helps; decide, edit, undo."""
    from memp_clients.page.serving import open_page, open_served

    if served is not None:
        open_served(served, browser=browser)
        return
    open_page(ctx.obj.given, port, browser=browser)


def serve(
    ctx: typer.Context,
    http: Annotated[
        str | None,
        typer.Option(metavar="[HOST:]PORT", help="Serve over HTTP instead, to clients on this machine; 0 is any port."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A name by which clients reach this machine; repeat it. Nothing is encrypted."
        ),
    ] = None,
) -> None:
    """Serve agents over MCP on stdin and stdout, or over HTTP."""
    # Without options of its own, cli.main goes there without Typer.
    from memp_clients.page.serving import ServedPage
    from memp_clients.serving import serve as run_server

    if allow_host and http is None:
        raise typer.BadParameter("--allow-host goes with --http.")
    # An empty option is not set, as in the environment; an empty project says that there is none.
    given = {name: value for name, value in ctx.obj.given.items() if value != "" or name == "project"}
    run_server(given, http, allow_host or (), ServedPage)
