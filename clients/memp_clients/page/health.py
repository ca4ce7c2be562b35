"""Whether all is well: what `memp doctor` checks, sizes, backups, projects; backups are made here."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from starlette.responses import Response

from memp.domain.projects import KnownProject
from memp.errors import InputError
from memp.light.project import titles
from memp.store.sqlite.copies import copies, folder_of
from memp_clients.commands import doctor
from memp_clients.commands.backups import backup_sentence, make_backup
from memp_clients.commands.checkup.check import Check
from memp_clients.commands.checkup.hosts import check_hosts
from memp_clients.commands.checkup.memory_file import Depth, check_projects, check_rights, check_unwritten
from memp_clients.page.asking import Ask

MOST_BACKUPS = 10
MOST_PROJECTS = 50


class Backup(NamedTuple):
    """A backup: its file, its size, and when it was made."""

    name: str
    bytes: int
    at: datetime


def looked_at(ask: Ask) -> Response:
    """The page. What takes seconds (the model, every row) is looked at where that is asked for."""
    store, depth = ask.memory.store, ask.chosen("look", "all", "deep")
    checks = [*_at_once(ask)] if not depth else [*_whole(ask, deep=depth == "deep")]
    order = {"fail": 0, "warn": 1, "ok": 2}
    stats = store.stats()
    every = (
        store.known_projects() if ask.scopes is None else []
    )  # Where one is set, the others are none of its business.
    known = [one for one in every if not one.same_as and (one.runs or one.procedures)]
    made = [_backup(file) for file in copies(ask.settings.db)[:MOST_BACKUPS]]
    return ask.page(
        "health.html", checks=sorted(checks, key=lambda one: order[one.state]), depth=depth, stats=stats,
        schema=store.schema_version, backups=[one for one in made if one], folder=str(folder_of(ask.settings.db)),
        projects=_named(known[:MOST_PROJECTS]), more=max(0, len(known) - MOST_PROJECTS),
        in_force=[(name, value) for name, value in doctor.shown_settings(ask.settings).items() if value],
    )  # fmt: skip


def _at_once(ask: Ask) -> Iterator[Check]:
    """What is checked in no time."""
    settings, store = ask.settings, ask.memory.store
    yield from (doctor.check_python(), doctor.check_package(), doctor.check_sqlite(), doctor.check_variables())
    yield from (check_rights(settings.db), check_unwritten(store, settings), check_projects(store))
    yield from check_hosts(settings)
    yield from (doctor.check_hooks(settings), doctor.check_waiting(settings))


def _whole(ask: Ask, *, deep: bool) -> list[Check]:
    """All that `memp doctor` checks, or `memp doctor --deep`."""
    own = [doctor.check_python(), doctor.check_package(), doctor.check_sqlite()]
    return [*own, *doctor.look(ask.settings, Depth(deep=deep), online=False)]


def _backup(file: Any) -> Backup | None:
    try:
        known = file.stat()
    except OSError:  # It was deleted meanwhile.
        return None
    return Backup(file.name, known.st_size, datetime.fromtimestamp(known.st_mtime).astimezone())


def _named(known: list[KnownProject]) -> list[tuple[str, KnownProject]]:
    """Projects by the names that people know them by."""
    short = titles((one.identity for one in known if one.identity), {one.identity: one.title for one in known})
    return [(short.get(one.identity, ""), one) for one in known]


def acted(ask: Ask) -> Response:
    """Make a backup.

    Raises:
        InputError: there is no such act.
        StoreError: the memory cannot be copied, or has faults.
    """
    if not ask.chosen("act", "backup"):
        raise InputError("There is no such act.")
    return ask.done("/health", backup_sentence(make_backup(ask.settings)))


PAGES = (("/health", looked_at, acted),)
