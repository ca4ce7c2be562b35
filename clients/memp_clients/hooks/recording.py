"""Record a session that is over: its tasks, with the outcomes that its transcript shows.

It runs in a process of its own, which the hook started and nobody waits for, so it waits long for a memory that another
process writes; where that is in vain, the note of the session stays for the next hook. A session may end more than once, as
a person goes on with it: a task that is recorded already is skipped, unless it has come to another outcome since.
"""

import hashlib
import json
import os
import re
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from memp.config import open_memory, read_settings
from memp.domain.origin import Origin
from memp.embed.load import HASHING, compiled_if_ready
from memp.errors import InputError, MempError, NotFoundError, StoreError
from memp.inputs.references import parse_id
from memp.light import private
from memp.memory import ProceduralMemory
from memp_clients.hooks import notes
from memp_clients.hooks.hosts import HOSTS
from memp_clients.hooks.state import Later, clear, log
from memp_clients.json_values import items, mapping, number, text
from memp_clients.screen.models import NotNeeded, loading
from memp_clients.sessions.clients import CLIENTS
from memp_clients.sessions.entry import Entry, Recording
from memp_clients.sessions.files import Fault
from memp_clients.sessions.importer import Deferred, provenance_of, record
from memp_clients.sessions.reader import read
from memp_clients.sessions.tasks.split import split

LEDGER = "recorded.json"
LOCK_SECONDS = 900.0
PATIENCE = 300.0
"""Seconds to wait for another process that writes the memory; nobody waits for this one."""

MOST_TRIES = 5
"""Tries to record a session, each by another process; then it is left to `memp import --discover`."""

NICE = 10


class Job(NamedTuple):
    """The argument of this process: the host, its session and transcript, the session's folder of ours, the settings that go
    before the environment (of them `db` is always there), and the folder that the session ended in."""

    host: str
    session: str
    transcript: str
    folder: Path
    settings: Mapping[str, str]
    cwd: str = ""

    @property
    def db(self) -> Path:
        """The memory file."""
        return Path(self.settings["db"])


def read_job(argument: str) -> Job:
    """Parse the JSON with which the hook starts this process."""
    fields = mapping(json.loads(argument))
    settings = {name: text(value) for name, value in mapping(fields.get("settings")).items()}
    return Job(
        text(fields.get("host")), text(fields.get("session")), text(fields.get("transcript")),
        Path(text(fields.get("folder"))), settings, text(fields.get("cwd")),
    )  # fmt: skip


class Kept(NamedTuple):
    """Counts of the tasks that were recorded and skipped."""

    recorded: int
    skipped: int


def keep(job: Job) -> Kept:
    """Record the tasks of the session.

    Raises:
        MempError: the transcript or the memory cannot be used.
        OSError: the session's folder cannot be used, or another process has been at it for `LOCK_SECONDS`.
    """
    settings = read_settings(**{**job.settings, "builder": "extractive"})
    settings = settings.model_copy(update={"busy_timeout": max(settings.busy_timeout, PATIENCE)})
    if settings.read_only or settings.write == "off":
        return Kept(0, 0)
    entries = _entries(job)
    with FileLock(job.folder / "lock", timeout=LOCK_SECONDS, mode=private.FILE):
        ledger = _Ledger(job.folder / LEDGER)
        due = [(key, entry) for key, entry in _tasks(entries) if ledger.is_new(key, entry)]
        if not due:
            return Kept(0, 0)
        # What no model is at hand for is embedded by the next `memp serve`: nothing is compiled in a session's wake.
        ready = settings.model == HASHING or compiled_if_ready(settings.model, settings.cache) is not None
        embedder = Deferred(loading(settings)) if ready else None
        memory = open_memory(settings, embedder=embedder or NotNeeded())
        try:
            return _kept(memory, due, ledger, job, embedder)
        finally:
            memory.close()


def _kept(
    memory: ProceduralMemory, due: list[tuple[str, Entry]], ledger: "_Ledger", job: Job, embedder: Deferred | None
) -> Kept:
    offered = {path.name: path.read_text(encoding="utf-8") for path in job.folder.glob("p*")}
    done = 0
    for key, entry in due:
        used = [label for label in _named(entry, dict.fromkeys(offered.values())) if _exists(memory, label)]
        try:
            _record_task(memory, replace(entry, used=used, folder=entry.folder or job.cwd), job)
        except (InputError, NotFoundError) as error:
            log(job.db, job.host, "end", f"{entry.place} was not recorded: {error}")
            continue
        ledger.add(key, entry)
        done += 1
    if embedder is not None and done:
        embedder.open()
        embedder.wait()
        memory.embed_pending()
    return Kept(done, len(due) - done)


def _record_task(memory: ProceduralMemory, entry: Entry, job: Job) -> None:
    """Record a task; of one that its agent recorded itself, how it ended as the session shows it. Where the session shows another
    task, other steps or another end than the agent claimed, it is recorded as what it shows."""
    origin = Origin(channel="hook", client=job.host, name=job.session)
    confirmed = [_confirmed(memory, entry, recording, job, origin) for recording in entry.recordings]
    if not any(confirmed):
        record(memory, entry, client=job.host, origin=origin)


def _confirmed(memory: ProceduralMemory, entry: Entry, recording: Recording, job: Job, origin: Origin) -> bool:
    """Whether the session shows what its agent recorded; of a run of another memory or project it shows nothing."""
    try:
        return memory.confirm(
            recording.run, recording.task, text(entry.task), entry.steps, entry.outcome, evidence=entry.evidence,
            provenance=provenance_of(memory, entry, job.host), origin=origin,
        )  # fmt: skip
    except NotFoundError as error:
        log(job.db, job.host, "end", f"{entry.place}: {error}")
        return False


def _entries(job: Job) -> Iterator[Entry | Fault]:
    """The tasks of the session's log, or of what hooks noted of it."""
    if HOSTS[job.host].tool_use is None:
        return read(_source(job))
    path = job.folder / notes.FILE
    return split(notes.events(path, job.session, job.host)) if path.is_file() else iter(())


def _source(job: Job) -> str:
    """The source of the session's log, as `read` takes it."""
    stored = CLIENTS[job.host].stored_session(job.session, os.environ)
    if stored is not None:
        return stored
    if not job.transcript:
        raise InputError("the host names no transcript: nothing could be recorded")
    if not Path(job.transcript).is_file():
        raise InputError(f"there is no transcript {job.transcript}")
    return job.transcript


def _tasks(entries: Iterable[Entry | Fault]) -> Iterator[tuple[str, Entry]]:
    """The tasks of a session that ended well or badly, each with its key; of those that its agent recorded itself the ones whose
    run is known."""
    times: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry, Fault):
            continue
        task = hashlib.sha256(str(entry.task).encode(errors="replace")).hexdigest()[:20]
        times[task] = times.get(task, 0) + 1
        if entry.outcome is not None and (not entry.recorded or entry.recordings):
            yield f"{task}-{times[task]}", entry


class _Ledger:
    """The tasks of a session that are recorded, each with its outcome; a file that cannot be read is begun anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = {}
        if path.is_file():
            try:
                outcomes: object = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                return
            self._known = {key: text(value) for key, value in mapping(outcomes).items()}

    def is_new(self, key: str, entry: Entry) -> bool:
        """Whether the task is not recorded, or came to another outcome since."""
        return self._known.get(key) != str(entry.outcome)

    def add(self, key: str, entry: Entry) -> None:
        """Note that the task is recorded, in one step on disk."""
        self._known[key] = str(entry.outcome)
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self._known), encoding="utf-8")
        new.replace(self._path)


def _named(entry: Entry, labels: Iterable[str]) -> list[str]:
    """The procedures offered in the session that the agent named while it worked on this task. Nothing else shows that it
    followed one."""
    thoughts = "\n".join(text(mapping(step).get("thought")) for step in items(entry.steps))
    return [label for label in labels if re.search(rf"\b{re.escape(label)}\b", thoughts)]


def _exists(memory: ProceduralMemory, label: str) -> bool:
    parsed = parse_id(label)
    if parsed is None or parsed.kind != "p":
        return False
    return bool(memory.store.procedures([parsed.number], active=False))


def main(arguments: list[str]) -> int:
    """Record one session, or those whose notes were left; what goes wrong is logged."""
    left = mapping(json.loads(arguments[0])).get("left")
    return _record_left(Path(text(left))) if left else _record(arguments[0])


def _record_left(db: Path) -> int:
    """Record the sessions whose notes were left; nothing while another process is at them."""
    later = Later(db)
    try:
        with FileLock(Path(later.folder) / "lock", timeout=0, mode=private.FILE):
            return max([_record(Path(path).read_text(encoding="utf-8")) for path in later.due(time.time())], default=0)
    except Timeout:
        return 0
    except OSError as error:
        log(db, "?", "end", str(error))
        return 1


def _record(argument: str) -> int:
    """Record one session. Its note goes when that is done, and stays where the memory could not be written."""
    job = read_job(argument)
    later, name = Later(job.db), job.folder.name
    try:
        keep(job)
        clear(job.db)
    except (StoreError, OSError) as error:
        again = _leave(later, name, argument)
        log(job.db, job.host, "end", f"{error} {again}")
        return 1
    except MempError as error:
        later.done(name)
        log(job.db, job.host, "end", str(error))
        return 1
    except Exception:  # noqa: BLE001 - nobody sees this process; what it dies of is logged whole.
        later.done(name)
        log(job.db, job.host, "end", traceback.format_exc(limit=-4))
        return 1
    later.done(name)
    return 0


def _leave(later: Later, name: str, argument: str) -> str:
    """Leave the note of a session for the next hook, unless it was tried often; a sentence that says so."""
    fields = mapping(json.loads(argument))
    tries = (number(fields.get("tries")) or 0) + 1
    try:
        if tries < MOST_TRIES:
            later.put(name, json.dumps({**fields, "tries": tries, "given_up": True}))
            return "The next hook tries again."
        later.done(name)
    except OSError as error:
        return f"No note could be left ({error.strerror})."
    return f"It was tried {tries} times: `memp import --discover` takes the session in."


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(NICE)
    sys.exit(main(sys.argv[1:]))
