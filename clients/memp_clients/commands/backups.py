"""`memp backup` and `memp restore`: a copy of the memory while it is in use, and a copy in its place."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memp.config import Settings
    from memp_clients.screen.terminal import Terminal


def backup(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="Where to; by default beside the memory, by day and time.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Copy the memory, also while it is in use, and check the copy to the last row."""
    run_backup(ctx.obj.settings(), ctx.obj.terminal(), file, force=force)


def restore(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="A backup, or any copy of a memory; without it those there are.")
    ] = None,
) -> None:
    """Let a checked copy take the memory's place; the file that is there is kept beside it."""
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    if file is None:
        show_backups(settings, terminal)
    else:
        run_restore(settings, terminal, file)


def run_backup(settings: "Settings", terminal: "Terminal", file: Path | None, *, force: bool) -> None:
    """`memp backup`.

    Raises:
        StoreError: the memory cannot be copied, or has faults.
        InputError: the file is there already.
    """
    from memp_clients.screen.views import line

    with terminal.stages("Copying and checking"):
        document = back_up(settings, file, force=force)
    terminal.show(document, lambda: line(backed_up(document)))


def back_up(settings: "Settings", file: Path | None = None, *, force: bool = False) -> dict[str, Any]:
    """Copy the memory, by default to a file beside it that is named by day and time, and check the copy.

    Raises:
        StoreError: the memory cannot be copied, or has faults.
        InputError: the file is there already.
    """
    from memp.config import require_memory
    from memp.errors import InputError
    from memp.store.sqlite.backup import back_up_checked
    from memp.store.sqlite.copies import folder_of
    from memp.store.sqlite.making import locked

    require_memory(settings)
    target = (file or folder_of(settings.db) / f"{datetime.now():%Y-%m-%dT%H%M%S-%f}.sqlite3").expanduser()
    if target.exists() and (not force or target.samefile(settings.db)):
        raise InputError(f"{target} is there already: name another file, or pass --force.")
    with locked(settings.db):
        back_up_checked(settings.db, target)
    return {"file": str(target), "bytes": target.stat().st_size, "checked": True}


def backed_up(document: "Mapping[str, Any]") -> str:
    """What `back_up` did, as a sentence."""
    target, size = document["file"], document["bytes"]
    return f"{target} ({size / 1e6:.1f} MB) is a checked copy. `memp restore {target}` puts it back."


def backups(settings: "Settings") -> list[dict[str, Any]]:
    """The backups that there are, the newest name first."""
    from memp.store.sqlite.copies import folder_of

    files = sorted(folder_of(settings.db).glob("*.sqlite3"), reverse=True)
    return [{"file": str(file), "bytes": file.stat().st_size} for file in files]


def show_backups(settings: "Settings", terminal: "Terminal") -> None:
    """`memp restore` without a file: the backups that there are."""
    from memp_clients.screen.views import line, pairs

    found = backups(settings)
    rows = [(one["file"], f"{one['bytes'] / 1e6:.1f} MB") for one in found]
    terminal.show(
        {"backups": found}, lambda: pairs(rows) if rows else line("There is no backup yet: `memp backup` makes one.")
    )


def run_restore(settings: "Settings", terminal: "Terminal", file: Path) -> None:
    """`memp restore`.

    Raises:
        StoreError: the copy has faults, or the memory is in use; nothing was changed.
        InputError: it is no file, or the memory itself.
    """
    from memp.errors import InputError
    from memp.store.sqlite.backup import restore as restored
    from memp_clients.screen.views import line, many

    source = file.expanduser()
    if not source.exists():
        raise InputError(f"There is no file {source}: `memp restore` lists the backups.")
    if not source.is_file() or (settings.db.exists() and source.samefile(settings.db)):
        raise InputError(f"{source} is no copy of the memory {settings.db}: name a file that `memp backup` made.")
    with terminal.stages("Checking the copy"):
        stats, aside = restored(source, settings.db)
    counts = {"procedures": stats.procedures, "trajectories": stats.trajectories}
    document = {"file": str(source), "memory": str(settings.db), "aside": aside and str(aside), **counts}
    kept = f" The file that was there is {aside}." if aside else ""
    holds = f"{many(counts['procedures'], 'procedure')}, {many(counts['trajectories'], 'run')}"
    text = f"{settings.db} is the copy now: {holds}.{kept}"
    terminal.show(document, lambda: line(text))
