"""The table of clients whose sessions are found on this machine, and the search for them. A new client is a row.

Symbolic links are not followed, so that nothing outside a client's own folder is read.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from memp.errors import InputError
from memp_clients.sessions.files import Fault
from memp_clients.sessions.regular import is_regular
from memp_clients.sessions.transcripts import opencode

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LINK = "a symbolic link, which is not followed"
MAX_MOMENT = 10**14
"""Milliseconds after it; a later change is a mistake in the database, and no day that could be shown."""


class Database(NamedTuple):
    """A file of a client's that holds all its sessions: its name, and what lists them by id, change (ms) and bytes."""

    file: str
    sessions: Callable[[Path], list[tuple[str, int, int]]]


Environment = Mapping[str, str]


def _nowhere(environment: Environment) -> Sequence[Path]:
    return ()


@dataclass(frozen=True)
class Client:
    """One row of the table: where a client keeps its sessions, as folders below its own, each with the form
    of their files' paths, or several between bars.

    `more` are further folders of the same inner form, `files` histories that stand by themselves. Where its `database` exists
    it took over what the files held, so then those are not read.
    """

    home: Callable[[Environment], Path]
    sessions: Mapping[str, str]
    database: Database | None = None
    more: Callable[[Environment], Sequence[Path]] = _nowhere
    files: Callable[[Environment], Sequence[Path]] = _nowhere

    def stored_session(self, session: str, environment: Environment) -> str | None:
        """The source of one session in the database, as `reader.read` takes it; None where sessions are files."""
        return f"{self.home(environment) / self.database.file}#{session}" if self.database else None


def _home(environment: Environment) -> Path:
    return Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())


def _named(environment: Environment, variable: str, otherwise: str) -> Path:
    """The folder that a variable names, else one below the person's own."""
    return Path(environment[variable]).expanduser() if environment.get(variable) else _home(environment) / otherwise


def _first_named(environment: Environment, variables: Sequence[str], otherwise: str) -> Path:
    """The folder that the first of several variables names, else one below the person's own."""
    return _named(environment, next((one for one in variables if environment.get(one)), ""), otherwise)


def _cline(environment: Environment) -> Path:
    """Cline's data: CLINE_DATA_DIR, else data/ of CLINE_DIR."""
    if environment.get("CLINE_DATA_DIR"):
        return _named(environment, "CLINE_DATA_DIR", "")
    return _named(environment, "CLINE_DIR", ".cline") / "data"


def _of_extension(name: str) -> Callable[[Environment], Sequence[Path]]:
    """The storage of an extension in VS Code and the editors made from it, on each system and on a remote one."""

    def folders(environment: Environment) -> Sequence[Path]:
        home = _home(environment)
        bases = [home / "Library/Application Support", _named(environment, "XDG_CONFIG_HOME", ".config")]
        bases += [Path(environment["APPDATA"])] if environment.get("APPDATA") else []
        users = [base / editor / "User" for base in bases for editor in EDITORS]
        users += [home / remote / "data/User" for remote in REMOTES]
        return [user / "globalStorage" / name for user in users]

    return folders


def _aider(environment: Environment) -> Sequence[Path]:
    """The history that AIDER_CHAT_HISTORY_FILE names, else that of the working folder, of those above it up to the root of
    its repository, and of the home."""
    if environment.get("AIDER_CHAT_HISTORY_FILE"):
        return [Path(environment["AIDER_CHAT_HISTORY_FILE"]).expanduser()]
    try:
        here = Path.cwd()
    except OSError:  # The folder is gone.
        return [_home(environment) / AIDER_HISTORY]
    above = [here, *here.parents]
    root = next((at for at, folder in enumerate(above) if (folder / ".git").exists()), 0)
    return list(dict.fromkeys(folder / AIDER_HISTORY for folder in [*above[: root + 1], _home(environment)]))


AIDER_HISTORY = ".aider.chat.history.md"
EDITORS = ("Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf")
REMOTES = (".vscode-server", ".vscode-remote", ".cursor-server")

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
    # docs.cline.bot/enterprise-solutions/monitoring/prompt-storage.md; before that the extension's own storage:
    # cline-conversation-recovery-guide.md of github.com/cline/cline, where a task's folder is named likewise.
    "cline": Client(_cline, {"tasks": "*/api_conversation_history.json"}, more=_of_extension("saoudrizwan.claude-dev")),
    # A fork of Cline's with its storage, by an id of its own: docs.rs/lore-cli, capture::watchers::roo_code.
    "roo-code": Client(
        lambda e: _of_extension("rooveterinaryinc.roo-cline")(e)[0],
        {"tasks": "*/api_conversation_history.json"},
        more=lambda e: _of_extension("rooveterinaryinc.roo-cline")(e)[1:],
    ),
    # docs.specstory.com/integrations/qwen-code: QWEN_RUNTIME_DIR goes before QWEN_HOME.
    "qwen-code": Client(
        lambda e: _first_named(e, ("QWEN_RUNTIME_DIR", "QWEN_HOME"), ".qwen"), {"projects": "*/chats/*.jsonl"}
    ),
    # docs.github.com/en/copilot/reference/copilot-cli-reference/cli-config-dir-reference
    "copilot-cli": Client(lambda e: _named(e, "COPILOT_HOME", ".copilot"), {"session-state": "*/events.jsonl"}),
    # Not documented: github.com/getagentseal/codeburn/issues/55 (.txt), github.com/microsoft/AI-Engineering-Coach/pull/224.
    "cursor": Client(
        lambda e: _home(e) / ".cursor", {"projects": "*/agent-transcripts/*.jsonl|*/agent-transcripts/*.txt"}
    ),
    # aider.chat/docs/config/options.html: one history in each repository, and no list of these anywhere.
    "aider": Client(lambda e: _home(e), {}, files=_aider),
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


def search(environment: Environment, since: datetime | None = None) -> Search:
    """Find the sessions of every client, changed at `since` or later; the oldest first."""
    result = Search()
    for name, client in CLIENTS.items():
        homes = [home for home in (client.home(environment), *client.more(environment)) if home.is_dir()]
        files = [path for path in client.files(environment) if path.exists() or path.is_symlink()]
        if not ((homes and client.sessions) or files):
            continue
        row = result.clients[name] = ClientSessions(name, str(homes[0] if client.sessions else files[0].parent))
        for log in _logs(name, client, homes, files, result):
            if since is None or log.changed >= since:
                row.add(log)
                result.logs.append(log)
    result.logs.sort(key=lambda log: (log.changed, log.source))
    return result


def _logs(
    name: str, client: Client, homes: Sequence[Path], files: Sequence[Path], result: Search
) -> Iterator[SessionLog]:
    """The logs of one client. Two of its folders may be one, by a link or another letter case: a file counts once."""
    seen = set[tuple[int, int]]()
    for home in homes:
        logs = _of_database(name, home, client.database, result) if client.database else None
        if logs is not None:
            yield from logs
            continue
        paths = (path for below, pattern in client.sessions.items() for path in _walk(home / below, pattern, result))
        yield from _of_files(name, paths, seen, result)
    yield from _of_files(name, (path for path in files if _is_readable(path, result)), seen, result)


def _of_files(name: str, paths: Iterable[Path], seen: set[tuple[int, int]], result: Search) -> Iterator[SessionLog]:
    for path in paths:
        try:
            stat = path.stat()
        except OSError as error:
            result.fault(path, f"it cannot be read: {error.strerror}")
            continue
        key = (stat.st_dev, stat.st_ino)
        if not stat.st_ino or key not in seen:
            seen.add(key)
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
                result.fault(path, LINK)
            elif name in files and _matches(path.relative_to(top), pattern) and _is_readable(path, result):
                yield path


def _matches(path: Path, pattern: str) -> bool:
    return any(fnmatch(path.as_posix(), one) for one in pattern.split("|"))


def _is_readable(path: Path, result: Search) -> bool:
    """Whether a file may be read; noted where it may not."""
    if path.is_symlink():
        result.fault(path, LINK)
        return False
    if not is_regular(path):
        result.fault(path, "a pipe, device or socket, and no regular file")
        return False
    if not os.access(path, os.R_OK):
        result.fault(path, "it cannot be read: no permission")
        return False
    return True


def _of_database(name: str, home: Path, database: Database, result: Search) -> list[SessionLog] | None:
    """The sessions in a client's database; None where it has none, as older versions of it."""
    path = home / database.file
    if path.is_symlink():
        result.fault(path, LINK)
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
