"""Options that hold for every command, and the memory that they name."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from memp.config import Settings
    from memp.embed.background import Source
    from memp.light.project import Place
    from memp.memory import ProceduralMemory
    from memp_clients.screen.terminal import Terminal

EPILOG = "For every command: --json, --db PATH, --project NAME, --model NAME (see memp --help)."


@dataclass(frozen=True)
class Common:
    """The settings that were given on the command line, and whether JSON was asked for."""

    given: Mapping[str, object] = field(default_factory=dict[str, object])
    as_json: bool = False

    def settings(self, **more: object) -> "Settings":
        """The settings of the environment, with those that were given, and `more`, before them.

        Raises:
            ConfigError: one is not usable.
        """
        from memp.config import read_settings

        settings = read_settings(**{**self.given, **more})
        # What a person types is that person's word.
        return settings.model_copy(update={"write": "auto"}) if settings.write == "ask" else settings

    def place(self) -> "Place":
        """The project that a command is called in: the one that is set, else that of the working folder."""
        from memp.light.project import named, place_of_terminal

        project = self.settings().project
        return named(project) if project or "project" in self.given else place_of_terminal()

    def terminal(self) -> "Terminal":
        """The terminal to show results on."""
        from memp_clients.screen.terminal import Terminal

        return Terminal(as_json=self.as_json)


def _version(wanted: bool) -> None:
    if wanted:
        from memp.light.version import version

        typer.echo(f"memp {version()}")
        raise typer.Exit


def common(
    ctx: typer.Context,
    db: Annotated[Path | None, typer.Option(help="The memory file (MEMP_DB).")] = None,
    project: Annotated[str | None, typer.Option(help="Keeps what is learned apart (MEMP_PROJECT).")] = None,
    model: Annotated[str | None, typer.Option(help="The embedding model (MEMP_MODEL).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """The options of every command."""
    given = {"db": db and db.expanduser(), "project": project, "model": model}
    ctx.obj = Common({name: value for name, value in given.items() if value is not None}, as_json)
    # A hook speaks to its client, for whom each of its lines would be one too many; doctor has a row for it.
    if ctx.invoked_subcommand not in ("hook", "doctor") and any(
        name.upper().startswith("MEMP_") for name in os.environ
    ):
        from memp.config import unknown_settings

        for sentence in unknown_settings():
            typer.echo(f"memp: {sentence}", err=True)


@contextmanager
def opened(
    settings: "Settings",
    terminal: "Terminal",
    *,
    embedder: bool = True,
    create: bool = False,
    place: "Place | None" = None,
) -> Generator["ProceduralMemory"]:
    """Open the memory, and close it afterwards; with its embedder where that is needed, and created where it may be.
    `place` is the project at hand.

    Raises:
        StoreError: there is no memory file, or it is not usable.
    """
    from memp.config import open_memory, require_memory
    from memp.light.project import NOWHERE
    from memp.store.sqlite.copies import gone
    from memp_clients.screen import models

    if not create:
        require_memory(settings)
    source: Source = models.loaded(settings, terminal) if embedder else models.NotNeeded()
    if lost := gone(settings.db):
        terminal.hint(lost)
    memory = open_memory(settings, embedder=source, place=place or NOWHERE)
    try:
        yield memory
    finally:
        memory.close()
