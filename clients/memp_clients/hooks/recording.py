"""What is kept of a session that is over: its tasks, with the outcomes that the transcript shows.

It runs in a process of its own, which the hook began and nobody waits for. A session may end more than once, as a person
goes on with it: a task that stands recorded is passed over, unless it has come to another outcome since.
"""

import hashlib
import json
import os
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from memp.config import open_memory, read_settings
from memp.embed.load import HASHING, compiled_if_ready
from memp.errors import InputError, MempError, NotFoundError
from memp.inputs.references import parse_id
from memp.memory import ProceduralMemory
from memp_clients.hooks import notes
from memp_clients.hooks.hosts import HOSTS
from memp_clients.hooks.session import clear, log
from memp_clients.screen.models import NotNeeded, loading
from memp_clients.sessions.discover import CLIENTS, OPENCODE
from memp_clients.sessions.entry import Record, items, mapping, text
from memp_clients.sessions.files import Fault
from memp_clients.sessions.formats import Entry, read
from memp_clients.sessions.importer import Later, record
from memp_clients.sessions.transcripts.session import split

LEDGER = "recorded.json"
LOCK_SECONDS = 900.0
NICE = 10


class Asked(NamedTuple):
    """What the hook passes on: the host, its session and transcript, the session's folder of ours, and the memory."""

    host: str
    session: str
    transcript: str
    folder: Path
    db: Path


class Kept(NamedTuple):
    """How many tasks were recorded, and how many passed over."""

    recorded: int
    passed: int


def keep(asked: Asked) -> Kept:
    """Record what the session shows.

    Raises:
        MempError: the transcript or the memory cannot be used.
        OSError: the session's folder cannot be used, or another process has been at it for `LOCK_SECONDS`.
    """
    settings = read_settings(db=asked.db, builder="extractive")
    if settings.read_only:
        return Kept(0, 0)
    found = _found(asked)
    with FileLock(asked.folder / "lock", timeout=LOCK_SECONDS):
        ledger = _Ledger(asked.folder / LEDGER)
        due = [(key, entry) for key, entry in _tasks(found) if ledger.is_new(key, entry)]
        if not due:
            return Kept(0, 0)
        # What no model is at hand for is embedded by the next `memp serve`: nothing is compiled in a session's wake.
        ready = settings.model == HASHING or compiled_if_ready(settings.model, settings.cache) is not None
        later = Later(loading(settings)) if ready else None
        memory = open_memory(settings, embedder=later or NotNeeded())
        try:
            return _kept(memory, due, ledger, asked, later)
        finally:
            memory.close()


def _kept(
    memory: ProceduralMemory, due: list[tuple[str, Entry]], ledger: "_Ledger", asked: Asked, later: Later | None
) -> Kept:
    offered = {path.name: path.read_text(encoding="utf-8") for path in asked.folder.glob("p*")}
    done = 0
    for key, entry in due:
        used = [label for label in _named(entry, offered.values()) if _is_there(memory, label)]
        try:
            record(memory, replace(entry, used=used), client=asked.host)
        except (InputError, NotFoundError) as error:
            log(asked.db, asked.host, "end", f"{entry.place} was not recorded: {error}")
            continue
        ledger.add(key, entry)
        done += 1
    if later is not None and done:
        later.open()
        later.wait()
        memory.embed_pending()
    return Kept(done, len(due) - done)


def _found(asked: Asked) -> Iterator[Entry | Fault]:
    """The tasks of the session's log, or of what hooks noted of it."""
    path = asked.folder / notes.FILE
    if not HOSTS[asked.host].noted:
        return read(_source(asked))
    return split(notes.events(path, asked.session, asked.host)) if path.is_file() else iter(())


def _source(asked: Asked) -> str:
    """Where the session's log is, as `read` takes it."""
    if asked.host == OPENCODE:
        home = next(client.home(os.environ) for client in CLIENTS if client.name == OPENCODE)
        return f"{home / 'opencode.db'}#{asked.session}"
    if not asked.transcript:
        raise InputError("the host names no transcript: nothing could be recorded")
    if not Path(asked.transcript).is_file():
        raise InputError(f"there is no transcript {asked.transcript}")
    return asked.transcript


def _tasks(found: Iterable[Entry | Fault]) -> Iterator[tuple[str, Entry]]:
    """The tasks of a session that ended well or badly and that its agent did not record itself, each with its key."""
    times: dict[str, int] = {}
    for entry in found:
        if isinstance(entry, Fault):
            continue
        task = hashlib.sha256(str(entry.task).encode(errors="replace")).hexdigest()[:20]
        times[task] = times.get(task, 0) + 1
        if entry.outcome is not None and not entry.recorded:
            yield f"{task}-{times[task]}", entry


class _Ledger:
    """The tasks of a session that stand recorded, each with its outcome; a file that cannot be read is begun anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = {}
        if path.is_file():
            try:
                found: object = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                return
            self._known = {key: text(value) for key, value in mapping(found).items()}

    def is_new(self, key: str, entry: Entry) -> bool:
        return self._known.get(key) != str(entry.outcome)

    def add(self, key: str, entry: Entry) -> None:
        self._known[key] = str(entry.outcome)
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self._known), encoding="utf-8")
        new.replace(self._path)


def _named(entry: Entry, labels: Iterable[str]) -> list[str]:
    """The procedures offered in the session that the agent named while it worked on this task: it says whether it followed
    one, and nothing else shows it."""
    said = "\n".join(text(mapping(step).get("thought")) for step in items(entry.steps))
    return [label for label in labels if re.search(rf"\b{re.escape(label)}\b", said)]


def _is_there(memory: ProceduralMemory, label: str) -> bool:
    parsed = parse_id(label)
    if parsed is None or parsed.kind != "p":
        return False
    return bool(memory.store.procedures([parsed.number], active=False))


def main(arguments: list[str]) -> int:
    """Record one session; what goes wrong stands in the log."""
    fields: Record = mapping(json.loads(arguments[0]))
    asked = Asked(
        text(fields.get("host")), text(fields.get("session")), text(fields.get("transcript")),
        Path(text(fields.get("folder"))), Path(text(fields.get("db"))),
    )  # fmt: skip
    try:
        keep(asked)
        clear(asked.db)
    except (MempError, OSError) as error:
        log(asked.db, asked.host, "end", str(error))
        return 1
    except Exception:  # noqa: BLE001 - nobody sees this process; what it dies of is logged whole.
        log(asked.db, asked.host, "end", traceback.format_exc(limit=-4))
        return 1
    return 0


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(NICE)
    sys.exit(main(sys.argv[1:]))
