"""opencode's logs: its database opencode.db, the older storage/ of a JSON file for each message and part, `opencode export`.

All three become the same stream: {info: session}, then for each message {info: message, parts: [part, ...]}. A part is
text, reasoning, or a tool with {tool, callID, state: {status, input, output | error, metadata}}.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from memp.errors import InputError
from memp_clients.json_values import JsonObject, items, mapping, moment, number, spent, text
from memp_clients.sessions.files import Fault, Placed, path_of
from memp_clients.sessions.parsing import MAX_LINE, TOO_LONG, parsed
from memp_clients.sessions.regular import open_regular
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Event, Said, Spent, Stopped, When

SQLITE = b"SQLite format 3\0"


def sniff(record: JsonObject) -> bool:
    info = mapping(record.get("info"))
    if text(info.get("id")).startswith("ses_"):
        return True
    return "sessionID" in info and "parts" in record


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    reverted = ""
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        info = mapping(record.get("info"))
        if "parts" not in record:
            reverted = text(mapping(info.get("revert")).get("messageID"))
            yield About(text(info.get("id")) or None, "opencode", None, text(info.get("directory")) or None)
        messages = items(record.get("messages")) if "messages" in record else [record] if "parts" in record else []
        for at, message in enumerate(map(mapping, messages), 1):
            if reverted and text(mapping(message.get("info")).get("id")) >= reverted:
                continue  # The user went back (/undo); ids ascend with time.
            yield from _message(
                message, ", ".join(filter(None, [place, f"message {at}" if "messages" in record else ""]))
            )


def _message(message: JsonObject, place: str) -> Iterator[Event]:
    info = mapping(message.get("info"))
    folder = text(mapping(info.get("path")).get("cwd"))
    yield About(text(info.get("sessionID")) or None, "opencode", text(info.get("modelID")) or None, folder or None)
    time = mapping(info.get("time"))
    yield When(moment(time.get("completed", time.get("created"))))
    parts = [mapping(part) for part in items(message.get("parts"))]
    if info.get("role") == "user":
        texts = [text(part.get("text")) for part in parts if part.get("type") == "text" and not part.get("synthetic")]
        yield Asked("\n".join(texts), place)
        return
    for part in parts:
        if part.get("type") in ("text", "reasoning"):
            yield Said(text(part.get("text")))
        elif part.get("type") == "tool":
            yield from _tool(part)
    tokens = mapping(info.get("tokens"))
    written = mapping(tokens.get("cache")).get("write")
    yield Spent(spent(tokens.get("input"), tokens.get("output"), tokens.get("reasoning"), written))
    if mapping(info.get("error")).get("name") == "MessageAbortedError":
        yield Stopped()


def _tool(part: JsonObject) -> Iterator[Event]:
    name, state = text(part.get("callID")), mapping(part.get("state"))
    yield Called(name, text(part.get("tool")), state.get("input"))
    output = text(state.get("output")) or text(state.get("error"))
    status = number(mapping(state.get("metadata")).get("exit"))
    yield Answered(name, output, state.get("status") == "error", status)


def stored_values(source: str) -> Iterator[Placed] | None:
    """The records of a source that is no file of JSON: a database, FILE#SESSION for one session in it, or a session of the
    older storage. None for any other source."""
    if _is_database(path_of(source)):
        return _database_values(source)
    return _storage_values(Path(source)) if _is_stored_session(Path(source)) else None


def _is_database(path: Path) -> bool:
    if not path.is_file() or not os.access(path, os.R_OK):
        return False
    try:
        with open_regular(path) as file:
            return file.read(len(SQLITE)) == SQLITE
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


def _is_stored_session(path: Path) -> bool:
    """Whether it is a session of the older storage: storage/session/<project>/<session>.json."""
    return path.name.startswith("ses_") and path.suffix == ".json" and path.parent.parent.name == "session"


def sessions(path: Path) -> list[tuple[str, int, int]]:
    """List the sessions of a database, the oldest first: id, when it was changed (ms since 1970), and its bytes.

    Raises:
        InputError: it cannot be read, or is no database of opencode's.
    """
    try:
        with closing(_open(path)) as database:
            return database.execute(
                "select s.id, cast(s.time_updated as integer),"
                " (select coalesce(sum(length(data)), 0) from part where session_id = s.id)"
                " from session s order by s.time_created, s.id"
            ).fetchall()
    except sqlite3.Error as error:
        raise InputError(f"{path.name} cannot be read as a database of opencode's: {error}.") from None


def _database_values(source: str) -> Iterator[Placed]:
    """The sessions of a database as the stream that `events` reads; with FILE#SESSION only that one."""
    _, marked, only = source.partition("#ses_")
    try:
        with closing(_open(path_of(source))) as database:
            columns = [row[1] for row in database.execute("pragma table_info(session)")]
            revert = "revert" if "revert" in columns else "null"
            rows = database.execute(f"select id, directory, {revert} from session order by time_created, id").fetchall()
            for session, directory, reverted in rows:
                if not marked or session == f"ses_{only}":
                    yield session, {"info": {"id": session, "directory": directory, "revert": _revert(reverted)}}
                    yield from _messages(database, session)
    except sqlite3.Error as error:
        yield "", Fault("", f"it cannot be read as a database of opencode's: {error}")


def _revert(column: object) -> object:
    """Where the user went back to, of a session's column; the older messages are all history where it cannot be read."""
    try:
        return json.loads(column) if isinstance(column, str) else None
    except (ValueError, RecursionError):
        return None


def _messages(database: sqlite3.Connection, session: str) -> Iterator[Placed]:
    query = "select id, data from message where session_id = ? order by time_created, id"
    for name, data in database.execute(query, [session]).fetchall():
        parts = database.execute("select data from part where message_id = ? order by id", [name]).fetchall()
        try:
            info = {"id": name, **mapping(json.loads(data)), "sessionID": session}
            yield name, {"info": info, "parts": [json.loads(part) for (part,) in parts]}
        except (ValueError, TypeError, RecursionError):
            yield name, Fault(name, "not JSON")


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)


def _storage_values(path: Path) -> Iterator[Placed]:
    """A session of the older storage as the stream that `events` reads."""
    session = _read(path)
    if isinstance(session, Fault):
        yield "", session
        return
    storage = path.parents[2]
    yield "", {"info": session}
    for message in _files(storage / "message" / path.stem):
        info = _read(message)
        if isinstance(info, Fault):
            yield message.stem, info
            continue
        parts = [_read(part) for part in _files(storage / "part" / message.stem)]
        yield from ((message.stem, part) for part in parts if isinstance(part, Fault))
        yield message.stem, {"info": info, "parts": [part for part in parts if not isinstance(part, Fault)]}


def _files(folder: Path) -> list[Path]:
    return [] if folder.is_symlink() else sorted(folder.glob("*.json"))


def _read(path: Path) -> JsonObject | Fault:
    if path.is_symlink():
        return Fault(path.name, "a symbolic link, which is not followed")
    try:
        with open_regular(path, follow=False) as file:
            data = file.read(MAX_LINE + 1)
    except OSError as error:
        return Fault(path.name, f"it cannot be read: {error.strerror}")
    value = parsed(data) if len(data) <= MAX_LINE else TOO_LONG
    return Fault(path.name, value) if isinstance(value, str) else mapping(value)
