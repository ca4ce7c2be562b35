"""Checks of the memory file: that it is there and sound, what in it waits, and its repair."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from memp.config import Settings, language_model, open_store
from memp.domain.projects import KnownProject
from memp.embed import Embedder, Identity
from memp.embed.background import Ready
from memp.errors import (
    ConfigError,
    EmbedderError,
    EmptiedError,
    InputError,
    LLMError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreReadOnlyError,
    StrangeJournalError,
)  # fmt: skip
from memp.light import private
from memp.memory import ProceduralMemory
from memp.store import Distillation, Store
from memp.store.records import Stats
from memp.store.sqlite.copies import gone
from memp.store.sqlite.labels import read_label, relabel
from memp.store.sqlite.opening import BESIDE, require_file
from memp.store.sqlite.readable import can_be_read
from memp_clients.commands.checkup.check import Check
from memp_clients.commands.checkup.mending import mend
from memp_clients.screen.models import NotNeeded
from memp_clients.screen.views import many

VECTORS = "vectors"
"""The check that there is only where some keys have no vector."""


class Depth(NamedTuple):
    """How much is looked at, and whether it is mended; `told` is called with what is being done."""

    repair: bool = False
    deep: bool = False
    told: Callable[[str], None] = lambda _: None


def check_memory(
    settings: Settings, embedder: Embedder | None, depth: Depth
) -> Iterator[tuple[Check, Identity | None]]:  # fmt: skip
    """Whether the memory file is sound; each check with the embedder that the file was made with. A missing file is not made."""
    path = settings.db
    if lost := gone(path):
        yield Check("memory file", "warn", lost, "Restore it before the next use begins a new memory."), None
        return
    try:
        there = path.exists()
    except OSError as error:
        yield (
            Check("memory file", "fail", f"{path} cannot be opened ({error.strerror})", "Set MEMP_DB to another path."),
            None,
        )
        return
    if not there:
        yield _missing(path, read_only=settings.read_only), None
        return
    try:
        require_file(path)
        if (mislabelled := _check_label(path, repair=depth.repair)) is not None:
            yield mislabelled, None
            if mislabelled.state == "fail":
                return
        if depth.repair and (mended := mend(settings, depth.told)) is not None:
            yield mended, None
        with closing(open_store(settings)) as store:
            yield from _check_open(store, settings, embedder, depth)
    except StoreError as error:
        yield _unusable(error, path, repair=depth.repair), None


def _check_open(
    store: Store, settings: Settings, embedder: Embedder | None, depth: Depth
) -> Iterator[tuple[Check, Identity | None]]:  # fmt: skip
    unbuilt = ""
    if depth.repair:
        store.reindex()
        unbuilt = _build_unfinished(store, settings, embedder)
    if depth.deep:
        yield check_vectors(store, settings, embedder, depth), None
    if depth.deep or depth.repair:
        depth.told("Reading every row")
    faults = store.check_deep() if depth.deep or depth.repair else store.check()
    stats = store.stats()
    yield file_row(store, settings, stats, repair=depth.repair), stats.identity
    yield _integrity(faults, depth), stats.identity
    for check in unfinished_rows(stats, unbuilt):
        yield check, None
    yield check_rights(settings.db), None
    yield check_unwritten(store, settings), None
    yield check_projects(store.known_projects()), None


def file_row(store: Store, settings: Settings, stats: Stats, *, repair: bool = False) -> Check:
    """The file that is open: where it is, and how large."""
    summary = (
        f"{settings.db}, {stats.bytes / 1e6:.1f} MB, schema {store.schema_version}, {stats.procedures:,} procedures"
    )
    summary += ", read-only" if store.read_only else ", indexes built anew" if repair else ""
    return Check("memory file", "ok", summary)


def unfinished_rows(stats: Stats, unbuilt: str = "") -> Iterator[Check]:
    """What in the file is not done yet, where there is such; `unbuilt` is why a repair could not do it."""
    if stats.unfinished:
        todo = unbuilt or "Run `memp doctor --repair` or `memp tidy`; the next `memp serve` builds them too."
        summary = f"{stats.unfinished:,} stored and not built yet: memp was stopped in between"
        yield Check("runs", "warn", summary, todo)
    if stats.pending:
        todo = "Run `memp reembed`; the next `memp serve` embeds them too."
        yield Check(VECTORS, "warn", f"{stats.pending:,} of {stats.keys:,} keys have none yet", todo)


def check_rights(path: Path) -> Check:
    """Whether other users of the machine may read the memory."""
    loose = [file for file in (path, *(Path(f"{path}{end}") for end in BESIDE)) if private.is_loose(file)]
    if loose:
        names = " ".join(map(str, loose))
        return Check("rights", "warn", f"other users of this machine may read {names}", f"Run: chmod 600 {names}")
    return Check("rights", "ok", "the memory is its owner's alone")


def check_vectors(store: Store, settings: Settings, embedder: Embedder | None, depth: Depth) -> Check:
    """Whether each vector is what the model makes of its text; with a repair those that are not are made anew.

    Raises:
        StoreError: they cannot be read or written.
    """
    stored = store.identity()
    if embedder is None or stored is None or stored.digest != embedder.identity.digest:
        why = "no vectors" if stored is None else "the model that made them is not at hand"
        return Check("same vectors", "ok" if stored is None else "warn", f"not compared: {why}")
    memory = ProceduralMemory(store, Ready(embedder), None, settings.options())
    total, done = store.stats().keys, 0

    def progress(count: int) -> None:
        nonlocal done
        done += count
        depth.told(f"Embedding every text once more: {done:,} of at most {total:,}")

    try:
        wrong = memory.wrong_vectors(progress)
        if wrong and depth.repair:
            store.drop_vectors(wrong)
            memory.embed_pending()
            return Check("same vectors", "ok", f"{len(wrong):,} were not of their texts, and are made anew")
    except EmbedderError as error:
        return Check("same vectors", "warn", f"not compared: {error}")
    if wrong:
        return Check(
            "same vectors", "fail", f"{len(wrong):,} are not of their texts", "Run `memp doctor --deep --repair`."
        )
    return Check("same vectors", "ok", f"{done:,} are of their texts")


def check_unwritten(store: Distillation, settings: Settings) -> Check:
    """How many procedures a rule wrote that a language model could write."""
    count = len(store.unwritten(settings.options().scopes))
    if not count:
        return Check("written by rule", "ok", "nothing waits for a model")
    return Check(
        "written by rule", "ok", f"{many(count, 'procedure')} could be written by a model: `memp distill --dry-run`"
    )


def check_projects(known: Iterable[KnownProject]) -> Check:
    """How many runs name a folder and no project: hooks do not offer what came of them."""
    name = "projects"
    labels = {label: count for one in known if not one.identity for label, count in one.labels.items()}
    if not labels:
        return Check(name, "ok", "every run is of a project, or of none")
    summary = (
        f"{many(sum(labels.values()), 'run')} of before there were projects: hooks offer nothing of these in a project"
    )
    return Check(name, "warn", summary, f"`memp projects move none:{next(iter(labels))} PROJECT` says whose they are.")


def _build_unfinished(store: Store, settings: Settings, embedder: Embedder | None) -> str:
    """Build the runs that a process which was stopped had stored; why that cannot be done, empty where it was.

    Raises:
        StoreError: the file cannot be written.
    """
    stored = store.stats().identity
    usable = embedder is not None and (stored is None or stored.digest == embedder.identity.digest)
    source = Ready(embedder) if usable and embedder is not None else NotNeeded()
    try:
        ProceduralMemory(store, source, language_model(settings), settings.options()).build_unfinished()
    except (InputError, LLMError, EmbedderError, ConfigError) as error:
        return str(error)
    return ""


def _check_label(path: Path, *, repair: bool) -> Check | None:
    """Whether the file holds the tables that it claims to; None where it does. A repair gives it the right number.

    Raises:
        StoreError: the file cannot be relabelled.
    """
    label = read_label(path)
    if label is None or not label.wrong:
        return None
    claim = f"{path} claims to have schema {label.claimed}"
    if label.held is None:
        todo = "Restore a backup (`memp restore`); a repair cannot tell what is missing."
        return Check("schema", "fail", f"{claim}, and its tables are of none that memp has had", todo)
    if not repair:
        return Check("schema", "fail", f"{claim} and holds schema {label.held}", "Run `memp doctor --repair`.")
    relabel(path)
    return Check("schema", "ok", f"{claim} and held schema {label.held}: it says so now")


def _unusable(error: StoreError, path: Path, *, repair: bool) -> Check:
    """The check of a file that cannot be used. What would not help, or did not, is not advised."""
    name, restore = "memory file", "Restore a backup: `memp restore` lists them."
    if isinstance(error, StoreDamagedError) and (repair or not can_be_read(path)):
        return Check(name, "fail", f"nothing of {path} can be read, so a repair cannot help", restore)
    if not repair or isinstance(error, StoreBusyError | StrangeJournalError | EmptiedError):
        return Check(name, "fail", str(error), "Do as it says; nothing was changed.")
    if isinstance(error, StoreReadOnlyError):
        return Check(name, "fail", error.problem.rstrip("."), "Make it writable, then repair it again.")
    return Check(name, "fail", f"{error.problem.rstrip('.')}; the repair did not help", restore)


def _missing(path: Path, *, read_only: bool) -> Check:
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if read_only:
        return Check("memory file", "fail", f"{path} does not exist", "Unset MEMP_READ_ONLY, or set MEMP_DB.")
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return Check(
            "memory file", "fail", f"{path} cannot be made in {folder}", "Set MEMP_DB to a path you may write."
        )
    return Check("memory file", "ok", f"{path} is not there yet: the first use makes it")


def _integrity(faults: list[str], depth: Depth) -> Check:
    if not faults:
        return Check(
            "integrity", "ok", "no faults" if depth.deep or depth.repair else "no faults (--deep reads every row)"
        )
    todo = "Run `memp doctor --repair`; if that does not help, `memp restore` lists the backups."
    return Check("integrity", "fail", " ".join(faults), todo)
