"""The table of clients whose sessions are found on this machine, and the search for them. A new client is a row.

Symbolic links are not followed, so that nothing outside a client's own folder is read.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from memp.errors import InputError
from memp_clients.sessions.files import Fault
from memp_clients.sessions.transcripts import opencode

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_MOMENT = 10**14
"""Milliseconds after it; a later change is a mistake in the database, and no day that could be shown."""


class Database(NamedTuple):
    """A file of a client's that holds all its sessions: its name, and what lists them by id, change (ms) and bytes."""

    file: str
    sessions: Callable[[Path], list[tuple[str, int, int]]]


@dataclass(frozen=True)
class Client:
    """One row of the table: where a client keeps its sessions, as folders below its own, each with the form
    of their files' paths.

    Where its `database` exists it took over what the files held, so then those are not read.
    """

    home: Callable[[Mapping[str, str]], Path]
    sessions: Mapping[str, str]
    database: Database | None = None

    def stored_session(self, session: str, environment: Mapping[str, str]) -> str | None:
        """The source of one session in the database, as `reader.read` takes it; None where sessions are files."""
        return f"{self.home(environment) / self.database.file}#{session}" if self.database else None


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())


def _named(environment: Mapping[str, str], variable: str, otherwise: str) -> Path:
    """The folder that a variable names, else one below the person's own."""
    return Path(environment[variable]).expanduser() if environment.get(variable) else _home(environment) / otherwise


CLIENTS: Mapping[str, Client] = {
    "claude-code": Client(lambda e: _named(e, "CLAUDE_CONFIG_DIR", ".claude"), {"projects": "*.jsonl"}),
    "codex": Client(
        lambda e: _named(e, "CODEX_HOME", ".codex"),
        {"sessions": "*rollout-*.jsonl", "archived_sessions": "*rollout-*.jsonl"},
    ),
    "gemini-cli": Client(lambda e: _named(e, "GEMINI_CLI_HOME", "") / ".gemini", {"tmp": "*chats/*.json*"}),
    "opencode": Client(
        lambda e: _named(e, "XDG_DATA_HOME", ".local/share") / "opencode",
        {"storage/session": "*ses_*.json"},
        Database("opencode.db", opencode.sessions),
    ),
}


@dataclass(frozen=True)
class SessionLog:
    """The log of one session; `source` is what `reader.read` takes."""

    client: str
    source: str
    size: int
    changed: datetime


@dataclass
class ClientSessions:
    """Counts of one client's sessions, their bytes and tasks, and the days of its first and last session."""

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
    """Tasks that the memory has."""

    def add(self, log: SessionLog) -> None:
        """Count a session."""
        day = log.changed.date().isoformat()
        self.sessions += 1
        self.bytes += log.size
        self.first = min(filter(None, [self.first, day]))
        self.last = max(self.last, day)


@dataclass
class Search:
    """The logs that were found, counted by client, and what could not be looked at."""

    logs: list[SessionLog] = field(default_factory=list[SessionLog])
    clients: dict[str, ClientSessions] = field(default_factory=dict[str, ClientSessions])
    faults: list[Fault] = field(default_factory=list[Fault])

    def fault(self, path: object, reason: str) -> None:
        """Note what could not be looked at."""
        self.faults.append(Fault(str(path), reason))


def search(environment: Mapping[str, str], since: datetime | None = None) -> Search:
    """Find the sessions of every client, changed at `since` or later; the oldest first."""
    result = Search()
    for name, client in CLIENTS.items():
        home = client.home(environment)
        if not home.is_dir():
            continue
        row = result.clients[name] = ClientSessions(name, str(home))
        logs = _of_database(name, home, client.database, result) if client.database else None
        for log in _of_files(name, client, home, result) if logs is None else logs:
            if since is None or log.changed >= since:
                row.add(log)
                result.logs.append(log)
    result.logs.sort(key=lambda log: (log.changed, log.source))
    return result


def _of_files(name: str, client: Client, home: Path, result: Search) -> Iterator[SessionLog]:
    for below, pattern in client.sessions.items():
        for path in _walk(home / below, pattern, result):
            try:
                stat = path.stat()
            except OSError as error:
                result.fault(path, f"it cannot be read: {error.strerror}")
                continue
            yield SessionLog(name, str(path), stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


def _walk(top: Path, pattern: str, result: Search) -> Iterator[Path]:
    """The files below a folder whose path matches; links are named, not followed."""

    def unreadable(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            result.fault(error.filename, f"it cannot be read: {error.strerror}")

    for folder, folders, files in os.walk(top, onerror=unreadable):
        folders.sort()
        for name in [*folders, *sorted(files)]:
            path = Path(folder, name)
            if path.is_symlink():
                result.fault(path, "a symbolic link, which is not followed")
            elif name in files and fnmatch(path.relative_to(top).as_posix(), pattern):
                if os.access(path, os.R_OK):
                    yield path
                else:
                    result.fault(path, "it cannot be read: no permission")


def _of_database(name: str, home: Path, database: Database, result: Search) -> list[SessionLog] | None:
    """The sessions in a client's database; None where it has none, as older versions of it."""
    path = home / database.file
    if path.is_symlink():
        result.fault(path, "a symbolic link, which is not followed")
        return []
    if not path.is_file():
        return None
    try:
        rows = database.sessions(path)
    except InputError as error:
        result.fault(path, str(error).rstrip("."))
        return []
    return [
        SessionLog(
            name, f"{path}#{session}", size, EPOCH + timedelta(milliseconds=min(max(changed or 0, 0), MAX_MOMENT))
        )
        for session, changed, size in rows
    ]
