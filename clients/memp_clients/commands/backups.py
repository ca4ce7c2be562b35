"""`memp backup` and `memp restore`: a copy of the memory while it is in use, and a copy in its place."""

import secrets
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
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
    from memp.config import require_memory
    from memp.errors import InputError
    from memp.light import private
    from memp.store.sqlite.backup import back_up_checked
    from memp.store.sqlite.kept import folder_of
    from memp_clients.screen.views import line

    require_memory(settings)
    if file is None:
        private.make_own_folder(folder_of(settings.db))
    target = (file or folder_of(settings.db) / f"{datetime.now():%Y-%m-%dT%H%M%S}.sqlite3").expanduser()
    if target.exists() and (not force or target.samefile(settings.db)):
        raise InputError(f"{target} is there already: name another file, or pass --force.")
    with terminal.stages("Copying and checking"):
        back_up_checked(settings.db, target)
    size = target.stat().st_size
    document = {"file": str(target), "bytes": size, "checked": True}
    text = f"{target} ({size / 1e6:.1f} MB) is a checked copy. `memp restore {target}` puts it back."
    terminal.show(document, lambda: line(text))


def show_backups(settings: "Settings", terminal: "Terminal") -> None:
    """`memp restore` without a file: the backups that there are."""
    from memp.store.sqlite.kept import folder_of
    from memp_clients.screen.views import line, pairs

    files = sorted(folder_of(settings.db).glob("*.sqlite3"), reverse=True)
    document: dict[str, Any] = {"backups": [{"file": str(file), "bytes": file.stat().st_size} for file in files]}
    rows = [(str(file), f"{file.stat().st_size / 1e6:.1f} MB") for file in files]
    terminal.show(document, lambda: pairs(rows) if rows else line("There is no backup yet: `memp backup` makes one."))


def run_restore(settings: "Settings", terminal: "Terminal", file: Path) -> None:
    """`memp restore`.

    Raises:
        StoreError: the copy has faults, or the memory is in use; nothing was changed.
    """
    from memp.errors import InputError
    from memp.store.sqlite.backup import put_in_place, refuse_in_use
    from memp.store.sqlite.opening import BESIDE
    from memp_clients.screen.views import line, many

    source = file.expanduser()
    if not source.is_file() or (settings.db.exists() and source.samefile(settings.db)):
        raise InputError(f"{source} is no copy of the memory {settings.db}: name a file that `memp backup` made.")
    refuse_in_use(settings.db)
    made = settings.db.with_name(f".{settings.db.name}.{secrets.token_hex(4)}.new")
    try:
        with terminal.stages("Checking the copy"):
            counts = _prepared(source, made)
        aside = put_in_place(made, settings.db)
    finally:
        for end in ("", *BESIDE):
            Path(f"{made}{end}").unlink(missing_ok=True)
    document = {"file": str(source), "memory": str(settings.db), "aside": aside and str(aside), **counts}
    kept = f" The file that was there is {aside}." if aside else ""
    holds = f"{many(counts['procedures'], 'procedure')}, {many(counts['trajectories'], 'run')}"
    text = f"{settings.db} is the copy now: {holds}.{kept}"
    terminal.show(document, lambda: line(text))


def _prepared(source: Path, made: Path) -> dict[str, int]:
    """Make of a copy a memory of this version, checked; how much is in it.

    Raises:
        StoreError: it has faults, or is no memory.
    """
    from memp.errors import StoreError
    from memp.light import private
    from memp.store.sqlite import lineage
    from memp.store.sqlite.backup import back_up, check_copy, copy_bytes
    from memp.store.sqlite.store import SQLiteStore

    private.make_folder(made.parent)
    if Path(f"{source}-wal").exists():
        back_up(source, made)
    else:  # Nobody has it open: nothing is left beside it.
        copy_bytes(source, made)
    if faults := check_copy(made):
        raise StoreError(f"{source} is damaged ({faults[0]}): name another copy; nothing was changed.")
    with closing(SQLiteStore(made)) as store:  # An older one is brought up to date.
        stats = store.stats()
    lineage.begin_anew(made)
    return {"procedures": stats.procedures, "trajectories": stats.trajectories}
