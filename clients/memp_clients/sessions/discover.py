"""`memp import --discover`: import the sessions that the clients on this machine have kept.

Without --yes nothing is stored: the import is rehearsed on a copy of the memory, so that what is new is known and not
guessed.
"""

import os
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Group, RenderableType

from memp.config import Settings
from memp.errors import InputError, StoreError
from memp.store.sqlite.backup import back_up
from memp.text.quoting import quoted
from memp_clients.screen import views
from memp_clients.screen.terminal import Terminal
from memp_clients.sessions.clients import ClientSessions, Search, SessionLog, search
from memp_clients.sessions.files import Fault
from memp_clients.sessions.importer import import_all
from memp_clients.sessions.summary import Summary, summary_view


@dataclass
class _Counter:
    """Counts what became of each client's sessions, as they are imported one after the other."""

    logs: Sequence[SessionLog]
    clients: Mapping[str, ClientSessions]
    before: tuple[int, int] = (0, 0)

    def finished(self, number: int, summary: Summary) -> None:
        """Count a session that is done, by what the summary grew."""
        client = self.clients[self.logs[number].client]
        stored, known = summary.stored - self.before[0], summary.known - self.before[1]
        self.before = (summary.stored, summary.known)
        client.tasks += stored
        client.known += known
        client.new += stored > 0


def parse_since(value: str | None, now: datetime) -> datetime | None:
    """Parse a day or time in ISO form (local, where it names no zone), or a span before now: 12h, 30d, 2w.

    Raises:
        InputError: it is neither.
    """
    if value is None:
        return None
    span = re.fullmatch(r"(\d{1,4})([hdw])", value.strip())
    if span:
        hours = {"h": 1, "d": 24, "w": 168}[span[2]]
        return now - timedelta(hours=int(span[1]) * hours)
    try:
        return datetime.fromisoformat(value.strip()).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(
            f'--since is "{quoted(value)}": pass a day like 2026-01-31, or a span like 30d, 2w or 12h.'
        ) from None


def run_discover(settings: Settings, terminal: Terminal, outcome: str | None, *, since: str | None, yes: bool) -> int:
    """`memp import --discover`; its exit status: 1 where no session was found.

    Raises:
        InputError: `since` cannot be read.
        ConfigError, StoreError, LLMError: as `importer.import_all`.
    """
    with terminal.stages("Looking for sessions"):
        result = search(os.environ, parse_since(since, datetime.now(UTC)))
    counter = _Counter(result.logs, result.clients)
    sources, sizes = [log.source for log in result.logs], [log.size for log in result.logs]
    if yes:
        summary = import_all(settings, terminal, sources, sizes, outcome, counter.finished)
    else:
        with rehearsal(settings) as copy:
            summary = import_all(copy, terminal, sources, sizes, outcome, counter.finished, embed=False)
    for fault in result.faults:
        summary.skip(fault.place, Fault("", fault.reason))
    document = {
        "imported": yes,
        "clients": [asdict(client) for client in result.clients.values()],
        **summary.document(),
    }
    terminal.show(document, lambda: _view(result, summary, yes))
    return 0 if result.logs else 1


@contextmanager
def rehearsal(settings: Settings) -> Generator[Settings]:
    """The same settings with a copy of the memory that is thrown away; rules write its scripts, since Claude costs.

    Raises:
        StoreError: the memory cannot be copied.
    """
    with TemporaryDirectory(prefix="memp-rehearsal-") as folder:
        copy = Path(folder, "memory.sqlite3")
        if settings.db.is_file():
            try:
                back_up(settings.db, copy)
            except StoreError as error:
                raise StoreError(f"{settings.db} cannot be copied for a rehearsal: {error}.") from None
        yield settings.model_copy(update={"db": copy, "read_only": False, "builder": "extractive"})


def _view(result: Search, summary: Summary, yes: bool) -> RenderableType:
    table = views.table(
        "client", "sessions", "new", "size", "from", "to", "tasks added" if yes else "new tasks", "known"
    )
    for client in result.clients.values():
        row: list[Any] = [client.client, f"{client.sessions:,}", f"{client.new:,}", f"{client.bytes / 1e6:,.1f} MB"]
        row += [client.first, client.last, f"{client.tasks:,}", f"{client.known:,}"]
        table.add_row(*map(views.line, row))
    if not result.logs:
        return Group(table, views.line("No sessions were found: name files with `memp import FILE`.", "yellow"))
    parts: list[RenderableType] = [table, summary_view(summary)]
    if not yes:
        parts.append(views.line("Nothing was stored. To import them: memp import --discover --yes", "bold"))
    return Group(*parts)
