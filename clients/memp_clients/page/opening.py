"""`memp open`. It stands here since the page shows what the other commands do: they know nothing of it."""

from typing import Annotated

import typer


def open_(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 is one that is free.")] = 0,
    browser: Annotated[bool, typer.Option(help="Show it in the browser; its link is printed in any case.")] = True,
) -> None:
    """Look at the memory in the browser: what was learned, from what, and whether it helps; decide, edit, undo."""
    from memp_clients.page.serving import open_page

    open_page(ctx.obj.given, port, browser=browser)
