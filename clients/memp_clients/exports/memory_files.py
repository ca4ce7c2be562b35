"""`memp export memory`, and the import of such a file, or of another host's notes: exported memories at the terminal."""

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from rich.console import Group, RenderableType
from rich.progress import TextColumn

from memp.config import Settings, open_memory, require_memory
from memp.domain.portable import Manifest, is_exported
from memp.domain.procedure import Tier
from memp.errors import InputError
from memp.exchange.memory_file import Imported, Selection, export_memory, import_memory, write_memory
from memp.inputs.references import reference
from memp.light.project import named, place_of_log
from memp.memory import ProceduralMemory
from memp.text.homes import without_homes
from memp_clients.exports.host_notes import Note, are_notes, as_memory, read_notes
from memp_clients.exports.note_folders import note_folder
from memp_clients.exports.persons import without_persons
from memp_clients.screen import views
from memp_clients.screen.models import NotNeeded, loading
from memp_clients.screen.terminal import Terminal
from memp_clients.sessions.files import STDIN, Fault, called, opened, path_of
from memp_clients.sessions.importer import Deferred, embed_new
from memp_clients.sessions.packed import damage
from memp_clients.sessions.summary import Summary

HEAD = 64
"""Bytes by which an exported memory is recognised."""


def run_export(
    settings: Settings, terminal: Terminal, file: str, *, ids: Sequence[str] | None, tiers: Sequence[str],
    trajectories: bool, force: bool, personal: bool = False,
) -> None:  # fmt: skip
    """`memp export memory`.

    Raises:
        InputError: a name is no procedure's, the file is there already or cannot be written.
    """
    if file == STDIN and terminal.as_json:
        raise InputError("--json and the memory itself cannot both go to stdout: name a file.")
    chosen = None if ids is None else [reference(name).procedure_id for name in ids]
    shown = without_homes if personal else without_persons()
    selection = Selection(settings.project or None, cast("Sequence[Tier]", tiers), chosen, trajectories, shown)
    require_memory(settings)
    memory = open_memory(settings, embedder=NotNeeded())
    try:
        with terminal.progress(TextColumn("{task.completed:,} written", markup=False)) as progress:
            bar = progress.add_task("Exporting", total=None)

            def moved() -> None:
                progress.advance(bar)

            if file == STDIN:
                write_memory(memory.store, sys.stdout.buffer, selection, moved)
                sys.stdout.buffer.flush()
                return
            manifest = export_memory(memory.store, Path(file).expanduser(), selection, force=force, moved=moved)
    finally:
        memory.close()
    document = {"file": file, **manifest.model_dump(mode="json")}
    terminal.show(document, lambda: _written(file, manifest))


def _written(file: str, manifest: Manifest) -> RenderableType:
    runs = f", runs: {manifest.trajectories:,}" if manifest.trajectories else ""
    return views.line(f"Procedures: {manifest.procedures:,}{runs}, in {file}. `memp import {file}` takes them in.")


def is_memory(source: str) -> bool:
    """Whether a file, or what stands at the head of stdin, is an exported memory or another host's notes. Of what cannot be read,
    whoever reads it says why."""
    if source == STDIN:
        return is_exported(cast("Any", sys.stdin.buffer).peek(HEAD))
    if not path_of(source).is_file():
        # Nothing is read of a pipe that cannot be read twice.
        return False
    if are_notes(source):
        return True
    try:
        with opened(str(path_of(source))) as (_, stream):
            return is_exported(stream.read(HEAD))
    except (InputError, *damage()):
        return False


def run_dry(settings: Settings, terminal: Terminal, files: Sequence[str]) -> int:
    """`memp import --dry-run` of exported memories and of notes: what an import would bring; its exit status as of `run_import`.

    Raises:
        InputError: a file is not what it must be.
        StoreError: there is no memory yet, or it cannot be read.
    """
    require_memory(settings)
    memory = open_memory(settings, embedder=NotNeeded())
    try:
        rows = [taken_row(memory, name, dry=True) for name in files]
    finally:
        memory.close()
    document = {"stored": False, "memories": rows}
    hint = views.line("Nothing was stored. To take it in: the same command without --dry-run", "bold")
    terminal.show(document, lambda: Group(*_told(rows), hint))
    return _status(rows)


def run_import(settings: Settings, terminal: Terminal, files: Sequence[str]) -> int:
    """`memp import` of exported memories and of notes; its exit status: 1 where nothing of all that is kept.

    Raises:
        InputError: a file is not what it must be; nothing of it was stored.
        StoreError: the memory cannot be written; the same import again does the rest.
    """
    began = time.monotonic()
    embedder = Deferred(loading(settings))
    memory = open_memory(settings, embedder=embedder)
    summary = Summary()
    try:
        with memory.embedding_later():
            rows = [_shown_row(memory, terminal, name) for name in files]
            embedder.open()
            embed_new(memory, embedder, summary, terminal)
    finally:
        memory.close()
    document = {
        "memories": rows, "embedded": summary.embedded, "seconds": round(time.monotonic() - began, 2),
        "notes": summary.notes,
    }  # fmt: skip
    terminal.show(document, lambda: _imported(document))
    return _status(rows)


def _status(rows: Sequence[Mapping[str, Any]]) -> int:
    return int(bool(rows) and all(row.get("skipped") and not _kept(row) for row in rows))


def _kept(row: Mapping[str, Any]) -> int:
    return sum(row[name] for name in ("created", "merged", "noted", "known"))


def taken_row(
    memory: ProceduralMemory, source: str, *, dry: bool = False, moved: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Import one file, an exported memory or notes, and say what it brought; with `dry` what it would. `moved` is called with
    the length of each line in bytes.

    Raises:
        InputError: it is not what it must be; nothing of it was stored.
        StoreError: the memory cannot be written; the same import again does the rest.
    """
    if are_notes(source):
        return _take_in_notes(memory, source, dry=dry)
    with opened(source) as (_, stream):
        done = import_memory(memory.store, stream, memory.options, called(source), moved, dry=dry)
    return _row(source, done)


def _row(source: str, done: Imported) -> dict[str, Any]:
    told = {"file": called(source), "sha256": done.manifest.sha256, "memp": done.manifest.memp}
    return {**told, **done.taken.model_dump(), "redacted": done.redacted}


def _take_in_notes(memory: ProceduralMemory, source: str, *, dry: bool) -> dict[str, Any]:
    """Import one file of notes, and say what of it is no procedure, and why."""
    read = list(read_notes(source))
    notes = [note for note in read if isinstance(note, Note)]
    at = datetime.fromtimestamp(Path(source).stat().st_mtime, UTC)
    folders = {f"p{number}": note.folder or note_folder(Path(source)) for number, note in enumerate(notes, 1)}
    projects = {name: _project(memory, folder, dry=dry) for name, folder in folders.items()}
    done = import_memory(
        memory.store, as_memory(notes, at), memory.options, called(source), projects=projects, dry=dry
    )  # fmt: skip
    skipped = [{"place": fault.place, "reason": fault.reason} for fault in read if isinstance(fault, Fault)]
    return {**_row(source, done), "skipped": skipped}


def _project(memory: ProceduralMemory, folder: str, *, dry: bool) -> str:
    """The project of the notes of a working folder; the one that is set goes before it."""
    project = memory.options.project
    place = named(project) if project else place_of_log(folder)
    return memory.project_of(place) if dry else memory.settle(place)


def _shown_row(memory: ProceduralMemory, terminal: Terminal, source: str) -> dict[str, Any]:
    """`taken_row`, with a progress bar."""
    total = None if source == STDIN else path_of(source).stat().st_size
    with terminal.progress(TextColumn("{task.completed:,} bytes", markup=False)) as progress:
        bar = progress.add_task("Checking", total=total)
        return taken_row(memory, source, moved=lambda done: progress.advance(bar, done))


def _imported(document: Mapping[str, Any]) -> Group:
    """View of what each file brought."""
    parts = _told(document["memories"])
    parts.append(views.line(f"{document['embedded']:,} texts embedded, {document['seconds']:.1f} s in all.", "dim"))
    return Group(*parts, *(views.line(f"Note: {note}", "yellow") for note in document["notes"]))


def _told(found: Iterable[Mapping[str, Any]]) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for row in found:
        rows = [
            ("file", f"{row['file']} ({row['sha256'][:12]}, memp {row['memp']})"),
            ("added", f"procedures: {row['created']:,}, as candidates" if row["created"] else "no procedure"),
            ("merged", f"{row['merged']:,} into candidates with the same steps"),
            (
                "noted",
                f"{row['noted']:,} beside validated or archived ones with the same steps, which stay as they are",
            ),
            ("known", f"{row['known']:,} already"),
            ("runs", f"{row['runs']:,}"),
            ("redacted", f"secrets replaced: {row['redacted']:,}"),
        ]
        counts = {name: row[name] for name in ("merged", "noted", "known", "runs", "redacted")}
        parts.append(views.pairs(pair for pair in rows if pair[0] not in counts or counts[pair[0]]))
        for reason, places in by_reason(row.get("skipped", ())).items():
            first = f" (first: {places[0]})" if places[0] else ""
            parts.append(views.line(f"Skipped {len(places):,}: {reason}{first}", "yellow"))
    return parts


def by_reason(skipped: Sequence[Mapping[str, str]]) -> Mapping[str, list[str]]:
    """The places of what was skipped, by the reason."""
    places: dict[str, list[str]] = {}
    for one in skipped:
        places.setdefault(one["reason"], []).append(one["place"])
    return places
