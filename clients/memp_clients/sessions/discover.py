"""`memp import --discover`: the sessions that the clients on this machine have kept.

Without --yes nothing is stored: the import is rehearsed on a copy of the memory, so that what is new is known and not
guessed. Symbolic links are not followed, so that nothing outside a client's own folder is read.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Group, RenderableType

from memp.config import Settings
from memp.errors import InputError, StoreError
from memp_clients.screen import views
from memp_clients.screen.terminal import Terminal
from memp_clients.sessions.files import Fault
from memp_clients.sessions.importer import Summary, take_in
from memp_clients.sessions.transcripts import opencode


@dataclass(frozen=True)
class Client:
    """Where a client keeps its sessions: folders below its own, each with the form of their files' paths."""

    name: str
    home: Callable[[Mapping[str, str]], Path]
    sessions: Mapping[str, str]


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())


def _named(environment: Mapping[str, str], variable: str, otherwise: str) -> Path:
    """The folder that a variable names, else one below the person's own."""
    return Path(environment[variable]).expanduser() if environment.get(variable) else _home(environment) / otherwise


OPENCODE = "opencode"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_MOMENT = 10**14
"""Milliseconds after it; a later change is a mistake in the database, and no day that could be shown."""

CLIENTS = (
    Client("claude-code", lambda e: _named(e, "CLAUDE_CONFIG_DIR", ".claude"), {"projects": "*.jsonl"}),
    Client(
        "codex",
        lambda e: _named(e, "CODEX_HOME", ".codex"),
        {"sessions": "*rollout-*.jsonl", "archived_sessions": "*rollout-*.jsonl"},
    ),
    Client("gemini-cli", lambda e: _named(e, "GEMINI_CLI_HOME", "") / ".gemini", {"tmp": "*chats/*.json*"}),
    Client(
        OPENCODE, lambda e: _named(e, "XDG_DATA_HOME", ".local/share") / "opencode", {"storage/session": "*ses_*.json"}
    ),
)


@dataclass(frozen=True)
class Session:
    """A session that was found; `source` is what `importing` reads."""

    client: str
    source: str
    size: int
    changed: datetime


@dataclass
class Found:
    """What one client has: counts of sessions, bytes and tasks, and the days of its first and last session."""

    client: str
    folder: str
    sessions: int = 0
    new: int = 0
    """Sessions with a task that the memory does not have."""
    bytes: int = 0
    first: str = ""
    last: str = ""
    tasks: int = 0
    """Tasks that were added, or would be."""
    known: int = 0

    def add(self, session: Session) -> None:
        day = session.changed.date().isoformat()
        self.sessions += 1
        self.bytes += session.size
        self.first = min(filter(None, [self.first, day]))
        self.last = max(self.last, day)


@dataclass
class _Tally:
    """Per client, what became of its sessions, told after each of them."""

    sessions: Sequence[Session]
    clients: Mapping[str, Found]
    before: tuple[int, int] = (0, 0)

    def finished(self, number: int, summary: Summary) -> None:
        client = self.clients[self.sessions[number].client]
        stored, known = summary.stored - self.before[0], summary.known - self.before[1]
        self.before = (summary.stored, summary.known)
        client.tasks += stored
        client.known += known
        client.new += stored > 0


@dataclass
class Search:
    """What was found, and what could not be looked at."""

    sessions: list[Session] = field(default_factory=list[Session])
    clients: dict[str, Found] = field(default_factory=dict[str, Found])
    faults: list[Fault] = field(default_factory=list[Fault])


def search(environment: Mapping[str, str], since: datetime | None = None) -> Search:
    """The sessions of every client, changed at `since` or later; the oldest first."""
    found = Search()
    for client in CLIENTS:
        home = client.home(environment)
        if not home.is_dir():
            continue
        row = found.clients[client.name] = Found(client.name, str(home))
        sessions = _of_database(home, found) if client.name == OPENCODE else None
        for session in _of_files(client, home, found) if sessions is None else sessions:
            if since is None or session.changed >= since:
                row.add(session)
                found.sessions.append(session)
    found.sessions.sort(key=lambda session: (session.changed, session.source))
    return found


def _of_files(client: Client, home: Path, found: Search) -> Iterator[Session]:
    for below, pattern in client.sessions.items():
        for path in _walk(home / below, pattern, found):
            try:
                stat = path.stat()
            except OSError as error:
                found.faults.append(Fault(str(path), f"it cannot be read: {error.strerror}"))
                continue
            yield Session(client.name, str(path), stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


def _walk(top: Path, pattern: str, found: Search) -> Iterator[Path]:
    """The files below a folder whose path matches; links are named, not followed."""

    def unreadable(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            found.faults.append(Fault(str(error.filename), f"it cannot be read: {error.strerror}"))

    for folder, folders, files in os.walk(top, onerror=unreadable):
        folders.sort()
        for name in [*folders, *sorted(files)]:
            path = Path(folder, name)
            if path.is_symlink():
                found.faults.append(Fault(str(path), "a symbolic link, which is not followed"))
            elif name in files and fnmatch(path.relative_to(top).as_posix(), pattern):
                if os.access(path, os.R_OK):
                    yield path
                else:
                    found.faults.append(Fault(str(path), "it cannot be read: no permission"))


def _of_database(home: Path, found: Search) -> list[Session] | None:
    """The sessions in opencode's database; None where it has none, as in older versions. A database took over what the
    files held, so then those are not read."""
    path = home / "opencode.db"
    if path.is_symlink():
        found.faults.append(Fault(str(path), "a symbolic link, which is not followed"))
        return []
    if not path.is_file():
        return None
    try:
        rows = opencode.sessions(path)
    except InputError as error:
        found.faults.append(Fault(str(path), str(error).rstrip(".")))
        return []
    return [
        Session(OPENCODE, f"{path}#{name}", size, EPOCH + timedelta(milliseconds=min(max(changed or 0, 0), MAX_MOMENT)))
        for name, changed, size in rows
    ]


def parse_since(value: str | None, now: datetime) -> datetime | None:
    """A day or time in ISO form (local, where it names no zone), or a span before now: 12h, 30d, 2w.

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
            f'--since is "{value[:40]}": pass a day like 2026-01-31, or a span like 30d, 2w or 12h.'
        ) from None


def run_discover(settings: Settings, terminal: Terminal, outcome: str | None, *, since: str | None, yes: bool) -> int:
    """`memp import --discover`; its exit status: 1 where no session was found.

    Raises:
        InputError: `since` cannot be read.
        ConfigError, StoreError, LLMError: as `importing.take_in`.
    """
    with terminal.stages("Looking for sessions"):
        found = search(os.environ, parse_since(since, datetime.now(UTC)))
    tally = _Tally(found.sessions, found.clients)
    sources, sizes = [session.source for session in found.sessions], [session.size for session in found.sessions]
    if yes:
        summary = take_in(settings, terminal, sources, sizes, outcome, tally.finished)
    else:
        with rehearsal(settings) as copy:
            summary = take_in(copy, terminal, sources, sizes, outcome, tally.finished, embed=False)
    for fault in found.faults:
        summary.skip(fault.place, Fault("", fault.reason))
    document = {
        "imported": yes,
        "clients": [asdict(client) for client in found.clients.values()],
        **summary.document(),
    }
    terminal.show(document, lambda: _view(found, summary, yes))
    return 0 if found.sessions else 1


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
                _copied(settings.db, copy)
            except sqlite3.Error as error:
                raise StoreError(f"{settings.db} cannot be copied for a rehearsal: {error}.") from None
        yield settings.model_copy(update={"db": copy, "read_only": False, "builder": "extractive"})


def _copied(memory: Path, copy: Path) -> None:
    with (
        closing(sqlite3.connect(f"{memory.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)


def _view(found: Search, summary: Summary, yes: bool) -> RenderableType:
    table = views.table(
        "client", "sessions", "new", "size", "from", "to", "tasks added" if yes else "new tasks", "known"
    )
    for client in found.clients.values():
        row: list[Any] = [client.client, f"{client.sessions:,}", f"{client.new:,}", f"{client.bytes / 1e6:,.1f} MB"]
        row += [client.first, client.last, f"{client.tasks:,}", f"{client.known:,}"]
        table.add_row(*map(views.line, row))
    if not found.sessions:
        return Group(table, views.line("No sessions were found: name files with `memp import FILE`.", "yellow"))
    parts: list[RenderableType] = [table, views.imported(summary)]
    if not yes:
        parts.append(views.line("Nothing was stored. To import them: memp import --discover --yes", "bold"))
    return Group(*parts)
