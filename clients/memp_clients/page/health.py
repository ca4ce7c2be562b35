"""Whether all is well: what `memp doctor` finds, sizes and backups, hosts, projects; import and export."""

import hashlib
import re
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from memp.config import Settings, open_memory
from memp.domain.origin import KnownOrigin
from memp.domain.procedure import Tier
from memp.domain.projects import KnownProject
from memp.errors import EmbedderError, HostError, InputError
from memp.exchange.memory_file import NO_ROOM, Selection, write_memory
from memp.light.project import titles
from memp.store.sqlite.copies import newest
from memp.text.homes import without_homes
from memp_clients.commands import backups, connect, doctor
from memp_clients.commands.checkup.check import Check
from memp_clients.commands.checkup.memory_file import Depth
from memp_clients.commands.projects import project_row
from memp_clients.exports.memory_files import by_reason, is_memory, taken_row
from memp_clients.exports.persons import without_persons
from memp_clients.hosts import connect as hosts
from memp_clients.page.asking import Ask, Link, Upload
from memp_clients.screen.models import NotNeeded
from memp_clients.screen.views import many
from memp_clients.sessions import importer
from memp_clients.sessions.rehearse import rehearsed
from memp_clients.sessions.summary import Summary

MOST_SHOWN = 50
"""Runs of a file that are shown before it is taken in, projects of a memory, and reasons why something is skipped."""

NO_OUTCOME = "no outcome: choose the outcome of its runs with the file, if it is known"
MOST_LINKS = 5
CHUNK = 1 << 16

TIERS: dict[str, tuple[Tier, ...]] = {"trusted": ("validated", "pinned"), "pinned": ("pinned",)}

_WORST_FIRST = ("fail", "warn", "ok")
_UNUSUAL = re.compile(r"[^\w.() -]")


def shown(ask: Ask) -> Response:
    """The page. Without `full` or `deep` nothing is checked that takes long."""
    store, settings = ask.memory.store, ask.settings
    deep = bool(ask.chosen("deep", "1"))
    full = deep or bool(ask.chosen("full", "1"))
    stats, known = store.stats(), store.known_projects(labels=full)
    checks = _looked(settings, deep=deep) if full else doctor.glance(ask.memory, settings, stats)
    last = newest(settings.db)
    return ask.page(
        "health.html", checks=sorted(checks, key=lambda check: _WORST_FIRST.index(check.state)), full=full, deep=deep,
        wrong=sum(check.state != "ok" for check in checks), left_out=doctor.NOT_GLANCED, stats=stats,
        in_force=doctor.shown_settings(settings), backups=backups.backups(settings), newest=last and str(last),
        newest_at=last and datetime.fromtimestamp(last.stat().st_mtime, UTC), projects=_projects(known),
        most=MOST_SHOWN, **_hosts(),
    )  # fmt: skip


def _looked(settings: Settings, *, deep: bool) -> list[Check]:
    """What `memp doctor` finds, with `deep` what `memp doctor --deep` does."""
    first = [doctor.check_python(), doctor.check_package(), doctor.check_sqlite()]
    return [*first, *doctor.look(settings, Depth(deep=deep), online=False)]


def _hosts() -> dict[str, Any]:
    """The hosts of this machine as `memp connect --list` has them, those that are connected first."""
    try:
        rows = connect.host_rows(hosts.here())
    except HostError as error:
        return {"hosts": [], "others": [], "unread": [str(error)]}
    told = [(host, connect.told_state(user), connect.told_state(project)) for host, user, project in rows]
    used = [row for row in told if any(state.startswith("connected") for state in row[1:])]
    unread = [one.reason for _, *both in rows for one in both if one.reason]
    return {
        "hosts": used,
        "others": [host.title for host, *_ in told if all(host != h for h, *_ in used)],
        "unread": unread,
    }


def _projects(known: Sequence[KnownProject]) -> list[dict[str, Any]]:
    """The projects as `memp projects` has them."""
    own = [one for one in known if not one.same_as and (one.identity or one.runs or one.procedures)]
    short = titles((one.identity for one in own if one.identity), {one.identity: one.title for one in own})
    return [
        {"runs": 0, "procedures": 0, "last": "", "labels": {}, **project_row(one), "name": short.get(one.identity, "none")}
        for one in own
    ]  # fmt: skip


def backed_up(ask: Ask) -> Response:
    """Make a backup, to where `memp backup` makes it."""
    return ask.done("/health", backups.backed_up(backups.back_up(ask.settings)))


def looked_into(ask: Ask) -> Response:
    """What an import of a file would bring. Nothing is stored; the file is kept until it is taken in, for a while.

    Raises:
        InputError: no file was sent, or it is not what it must be.
    """
    sent = ask.upload("file")
    if sent is None or not sent.filename:
        raise InputError("Choose a file: sessions or runs (JSON, JSONL), an exported memory, or notes (.md).")
    upload = Upload(_name(sent.filename), sent.file.read(), ask.chosen("outcome", "success", "failure"))
    with _as_file(upload) as source:
        memory = is_memory(source)
        if memory and upload.outcome:
            raise InputError("This file is a memory and holds no runs: leave the outcome to the file.")
        found = taken_row(ask.memory, source, dry=True) if memory else _rehearsed(source, upload.outcome)
    anything = sum(found[name] for name in (("created", "merged", "noted") if memory else ("success", "failure")))
    refused = ask.settings.write == "off" and not memory
    return ask.page(
        "health_import.html", found=found, memory=memory, name=upload.name, size=len(upload.content), most=MOST_SHOWN,
        skipped=_skipped(found, memory=memory), refused=refused, anything=anything,
        key=ask.desk.keep(ask.visitor, upload) if anything and not refused and not ask.memory.store.read_only else "",
    )  # fmt: skip


def _rehearsed(source: str, outcome: str) -> dict[str, Any]:
    """`memp import --dry-run`, in the words of the page."""
    found = rehearsed(source, outcome or None)
    rows = [{**row, "why": NO_OUTCOME if row["why"] == importer.NO_OUTCOME else row["why"]} for row in found["tasks"]]
    return {**found, "tasks": rows}


def _skipped(found: dict[str, Any], *, memory: bool) -> list[tuple[str, int, str]]:
    """Why parts of a file would not be taken in: each reason, how often, and where first."""
    rows = found.get("skipped", ()) if memory else [
        {"place": row["place"], "reason": row["why"].removeprefix("skipped: ")} for row in found["tasks"] if not row["outcome"]
    ]  # fmt: skip
    return [(reason, len(places), places[0]) for reason, places in by_reason(rows).items()]


def taken_in(ask: Ask) -> Response:
    """Take a file in that was looked into.

    Raises:
        InputError: it is not at hand any more.
        StoreError: the memory cannot be written; the same file again does the rest.
    """
    upload = ask.desk.kept(ask.visitor, ask.text("upload", 100))
    with _as_file(upload) as source:
        sentence, links = _memory(ask, source) if is_memory(source) else _runs(ask, upload, source)
    ask.desk.drop(ask.text("upload", 100))
    return ask.done("/health", f"{sentence} {_embedded(ask)}".rstrip(), links=links)


def _memory(ask: Ask, source: str) -> tuple[str, list[Link]]:
    row = taken_row(ask.memory, source)
    told = [
        f"{many(row['created'], 'procedure')} came in as {'a candidate' if row['created'] == 1 else 'candidates'}",
        *([f"{row['merged']:,} went into candidates with the same steps"] if row["merged"] else []),
        *([f"{row['noted']:,} were noted beside trusted or archived ones"] if row["noted"] else []),
        *([f"{row['known']:,} were known"] if row["known"] else []),
        *([f"with {many(row['runs'], 'run')}"] if row["runs"] else []),
    ]
    came = urlencode({"client": f"import {row['sha256'][:12]}", "status": "any"})
    sentence = f"{row['file']}: {', '.join(told)}. To take it back, archive or forget what came:"
    return sentence, [Link(f"/procedures?{came}", "look at it")] if row["created"] else []


def _runs(ask: Ask, upload: Upload, source: str) -> tuple[str, list[Link]]:
    # As at the terminal: scripts by rule, which cost nothing, and a person's word, which does not wait for one.
    own = {"builder": "extractive", "write": "auto" if ask.settings.write == "ask" else ask.settings.write}
    memory, summary = open_memory(ask.settings.model_copy(update=own), embedder=NotNeeded()), Summary()
    before = _origins(ask)
    try:
        with memory.embedding_later():
            digest = hashlib.sha256(upload.content).hexdigest()[:8]
            named = f"uploaded {upload.name} ({digest})"
            importer.import_files(memory, [source], summary, upload.outcome or None, named=named)
    finally:
        memory.close()
    brought = [one for one in _origins(ask).values() if one.id not in before or one.runs > before[one.id].runs]
    told = [
        f"{many(summary.stored, 'run')} stored", f"{many(summary.added, 'procedure')} added",
        *([f"{summary.merged:,} merged into one with the same steps"] if summary.merged else []),
        *([f"{summary.known:,} known already"] if summary.known else []),
        *([f"{summary.skipped:,} skipped"] if summary.skipped else []),
    ]  # fmt: skip
    links = [Link(f"/runs/origin/{one.id}/revoke", f"revoke {one.label}") for one in brought[:MOST_LINKS]]
    more = f" ({len(brought):,} origins: `memp origins` lists them)" if len(brought) > MOST_LINKS else ""
    undo = f" To take it back{more}:" if brought else ""
    return f"{upload.name}: {', '.join(told)}.{undo}", links


def _origins(ask: Ask) -> dict[int, KnownOrigin]:
    return {one.id: one for one in ask.memory.store.origins(ask.scopes)}


def _embedded(ask: Ask) -> str:
    """Make the vectors of what is new; why they are not made, as a sentence."""
    try:
        ask.memory.embed_pending()
    except EmbedderError as error:
        return f"Not embedded yet, so it is found by its words only: {error}"
    why = ask.memory.by_words_since
    return f"Not embedded yet, so it is found by its words only: {why}." if why else ""


def _name(sent: str) -> str:
    """A name for a file that was sent: it may have named any path."""
    name = _UNUSUAL.sub("_", re.split(r"[/\\]", sent)[-1])
    return name[-100:].lstrip(". ") or "upload"


@contextmanager
def _as_file(upload: Upload) -> Generator[str]:
    """A file that was sent, in a folder of its own that only this user can read."""
    with ExitStack() as stack:
        try:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="memp-")), upload.name)
            path.write_bytes(upload.content)
        except OSError as error:
            raise InputError(f"{NO_ROOM} ({error.strerror}).") from None
        yield str(path)


def exported(ask: Ask) -> Response:
    """What `memp export memory` writes, as a download.

    Raises:
        InputError: there is no room for it.
    """
    kept = without_homes if ask.chosen("personal", "keep") else without_persons()
    project = ask.settings.project or ask.text("project", 200) or None
    tiers = TIERS.get(ask.text("tier", 20), ())
    selection = Selection(project, tiers, None, bool(ask.chosen("runs", "1")), kept)
    try:
        with ExitStack() as stack:
            file = stack.enter_context(tempfile.TemporaryFile())
            write_memory(ask.memory.store, file, selection)
            size = file.tell()
            file.seek(0)
            stack.pop_all()  # Whoever sends it closes it.
    except OSError as error:
        raise InputError(f"{NO_ROOM} ({error.strerror}); nothing was exported.") from None
    name = f"memory-{datetime.now():%Y-%m-%d}.jsonl"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-length": str(size)}
    return StreamingResponse(_parts(file), media_type="application/jsonl", headers=headers)


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(CHUNK):
            yield part


PAGES = (
    ("/health", shown, None),
    ("/health/backup", None, backed_up),
    ("/health/import", None, looked_into),
    ("/health/import/write", None, taken_in),
    ("/health/export", exported, None),
)
