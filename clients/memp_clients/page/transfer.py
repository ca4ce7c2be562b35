"""What was learned, into the memory and out of it: a file is looked at before it is taken in, and an export is downloaded."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import IO, Any, cast, get_args

from starlette.responses import Response, StreamingResponse

from memp.config import open_memory
from memp.domain.procedure import Tier
from memp.errors import InputError, StoreReadOnlyError
from memp.exchange.memory_file import Selection, write_memory
from memp.text.homes import without_homes
from memp_clients.exports import memory_files
from memp_clients.exports.persons import without_persons
from memp_clients.page.asking import Ask, Held
from memp_clients.screen.models import NotNeeded
from memp_clients.sessions.importer import import_files
from memp_clients.sessions.rehearse import rehearsed
from memp_clients.sessions.summary import Summary

MOST_TASKS = 100
"""Tasks of a file that are shown before it is taken in."""

IN_MEMORY = 8 << 20
"""Bytes of an export that wait in memory, not on the disk."""

CHUNK = 1 << 18


def form(ask: Ask) -> Response:
    """Where a file is chosen."""
    return ask.page("import.html", held=None, found=None, taken=None)


def taken_in(ask: Ask) -> Response:
    """Look at a file, or take in the one that was looked at.

    Raises:
        InputError: there is no file, or it is not what it must be; nothing of it was stored.
        StoreError: the memory cannot be written; the same import again does the rest.
    """
    outcome, task = ask.chosen("outcome", "success", "failure") or None, ask.text("task")
    if (number := ask.text("held", 40)) == "":
        upload = ask.upload("file")
        if upload is None or not upload.filename:
            raise InputError("Choose a file first.")
        held = ask.desk.hold(ask.visitor, _name_of(upload.filename), upload.file)
        found = _looked_at(ask, held, outcome, task)
        return ask.page("import.html", held=held, found=found, taken=None, outcome=outcome or "", task=task)
    held = ask.desk.held(ask.visitor, number)
    if ask.memory.store.read_only:
        raise StoreReadOnlyError("The memory is read-only: nothing was stored.")
    taken = _stored(ask, held, outcome, task)
    ask.desk.let_go(ask.visitor)
    return ask.page("import.html", held=None, found=None, taken={"name": held.name, **taken})


def _name_of(name: str) -> str:
    """The name of a file as its browser has it, without a path, which some send along."""
    return name.replace("\\", "/").rpartition("/")[2][:200] or "a file"


def _looked_at(ask: Ask, held: Held, outcome: str | None, task: str) -> dict[str, Any]:
    """What taking a file in would bring."""
    source = str(held.path)
    if memory_files.is_memory(source):
        return {"memory": {**memory_files.rehearsed(ask.memory, source), "file": held.name}}
    document = rehearsed([source], outcome, task)
    return {**document, "tasks": document["tasks"][:MOST_TASKS], "more": max(0, len(document["tasks"]) - MOST_TASKS)}


def _stored(ask: Ask, held: Held, outcome: str | None, task: str) -> dict[str, Any]:
    source, summary = str(held.path), Summary()
    document: dict[str, Any] = {}
    with ask.memory.embedding_later():
        if memory_files.is_memory(source):
            document["memory"] = {**memory_files.take_in(ask.memory, source), "file": held.name}
        else:
            # By rule, as `memp import`: a model would be asked for each run, and cost.
            by_rule = ask.settings.model_copy(update={"builder": "extractive"})
            with closing(open_memory(by_rule, embedder=NotNeeded())) as memory:
                import_files(memory, [source], summary, outcome, task=task, name=f"uploaded: {held.name}")
            document["summary"] = summary.document()
        ask.memory.embed_pending()
    return document


def export(ask: Ask) -> Response:
    """What was learned as a file that `memp import` takes in.

    Raises:
        InputError: there is no room for it.
    """
    tier = ask.chosen("tier", *get_args(Tier))
    shown = without_homes if ask.text("personal") else without_persons()
    tiers = cast("list[Tier]", [tier] if tier else [])
    selection = Selection(ask.settings.project or None, tiers, None, bool(ask.text("runs")), shown)
    # Closed once it was read to its end, or the browser went away.
    spool = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    try:
        write_memory(ask.memory.store, cast("IO[bytes]", spool), selection)
    except BaseException:
        spool.close()
        raise
    name = f"memp-{datetime.now(UTC):%Y-%m-%d}.jsonl"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-length": str(spool.tell())}
    spool.seek(0)
    return StreamingResponse(_chunks(cast("IO[bytes]", spool)), media_type="application/jsonl", headers=headers)


def _chunks(spool: IO[bytes]) -> Iterator[bytes]:
    with spool:
        while chunk := spool.read(CHUNK):
            yield chunk


PAGES = (("/import", form, taken_in), ("/export", export))
