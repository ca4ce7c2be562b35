"""Local socket of a server: what a hook asks of the memory that is open here, since opening it anew costs half a second.

It begins once the memory is open, on threads of its own, and is removed when the server ends; neither waits for it. The
socket (memp.light.local_socket) is its owner's alone: its folder lets nobody else in, and each end looks whose process the other
is. What is asked is a recall with limits on its size; nothing can be written, and nothing that comes is executed.
"""

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from memp.errors import ConfigError, EmbedderError, MempError, ServerError
from memp.light.local_socket import (
    ASKED_ABOUT,
    GREETING,
    GREETING_PATIENCE,
    MAX_REPLY,
    MAX_REQUEST,
    address,
    connected,
    file_identity,
    is_own,
    is_private,
    paths,
    process_of,
    read_line,
)
from memp.light.project import Place
from memp_server.terminal import TerminalQuestion, refusal, replied

if TYPE_CHECKING:
    from memp.config import Settings
    from memp.memory import ProceduralMemory

log = logging.getLogger("memp.server")

MOST_AT_ONCE = 8
"""Clients that are served at once; others are turned away, and do without."""

CLIENT_PATIENCE = 1.0
"""Seconds in which a client has to ask, and in which to take its answer."""

PAUSE = 0.5
"""Seconds until clients are taken again after that failed."""


class Question(BaseModel):
    """One question of a hook: a task, who asks, where, and by which settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory: tuple[int, int]
    settings: Mapping[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=1_000)]]
    task: Annotated[str, Field(max_length=8_000)]
    place: Place
    client: Annotated[str, Field(max_length=200)]
    model: Annotated[str, Field(max_length=200)]
    budget: Annotated[int, Field(ge=1, le=2_000)]


class Served(NamedTuple):
    """What clients ask about: the open memory, its settings, and the file that it was opened from."""

    memory: "ProceduralMemory"
    settings: "Settings"
    file: tuple[int, ...]


class LocalSocket:
    """The socket of this process: `open` it for a memory, `close` it at the end. Both return at once."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # A signal may come while it is closed already.
        self._ended = False
        self._path: Path | None = None
        self._listener: socket.socket | None = None
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

    def open(self, memory: "ProceduralMemory", settings: "Settings") -> None:
        """Listen for clients of this memory, where the system has such sockets; a failure is logged, and clients do without."""
        if hasattr(socket, "AF_UNIX"):
            arguments = (memory, settings)
            threading.Thread(target=self._listen, args=arguments, name="memp-socket", daemon=True).start()

    def close(self) -> None:
        """Remove the socket. A client that is being answered still gets its answer, unless the process ends first."""
        with self._lock:
            self._ended = True
            if self._path is not None and self._listener is not None:
                with suppress(OSError):
                    self._path.unlink()
                with suppress(OSError):
                    self._listener.shutdown(socket.SHUT_RDWR)  # Wakes who waits for a client.

    def _listen(self, memory: "ProceduralMemory", settings: "Settings") -> None:
        try:
            served = Served(memory, settings, tuple(file_identity(settings.db)))
            with self._bound(settings.db) as listener:
                while not self._ended:
                    if connection := self._accepted(listener):
                        self._receive(connection, served)
        except OSError as error:
            if not self._ended:
                log.warning("Hooks go by words alone, as this server has no socket for them: %s", error)

    def _accepted(self, listener: socket.socket) -> socket.socket | None:
        """The next client; None, after a pause, where there can be none: of too many open files some are closed later."""
        try:
            return listener.accept()[0]
        except OSError as error:
            if not self._ended:
                log.debug("No client can connect to the local socket for now: %s", error)
                time.sleep(PAUSE)
            return None

    def _receive(self, connection: socket.socket, served: "Served") -> None:
        """Have a client served by a thread of its own: one that says nothing holds up no other."""
        if not self._places.acquire(blocking=False):
            connection.close()
            return
        arguments = (connection, served)
        threading.Thread(target=self._serve, args=arguments, name="memp-client", daemon=True).start()

    def _bound(self, db: Path) -> socket.socket:
        """A socket that listens. It is made under another name first: under its own nobody finds one that does not listen
        yet, so one that refuses is stale.

        Raises:
            OSError: there can be none.
        """
        folder = _folder(db)
        name = f"{os.getpid()}-{os.urandom(4).hex()}"
        path, new = folder / f"{name}.sock", folder / f"{name}.new"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with address(new) as bound:
                listener.bind(bound)
            new.chmod(0o600)
            listener.listen(MOST_AT_ONCE)
            with self._lock:
                if not self._ended:
                    new.replace(path)
                    self._path, self._listener = path, listener
            new.unlink(missing_ok=True)
        except OSError:
            listener.close()
            raise
        return listener

    def _serve(self, connection: socket.socket, served: "Served") -> None:
        """Answer one client."""
        try:
            with connection:
                connection.settimeout(CLIENT_PATIENCE)
                if is_own(connection):
                    connection.sendall(GREETING)
                    asked = read_line(connection, MAX_REQUEST, time.monotonic() + CLIENT_PATIENCE)
                    connection.settimeout(CLIENT_PATIENCE)
                    connection.sendall(_line(answer(asked, served)))
        except (OSError, ServerError) as error:
            log.debug("A client of the local socket went without its answer: %s", error)
        finally:
            self._places.release()


def _folder(db: Path) -> Path:
    """The folder of the sockets of this memory's servers, without those whose server is gone.

    Raises:
        OSError: it cannot be made, or others may enter it.
    """
    folder = paths(db).folder
    folder.mkdir(mode=0o700, exist_ok=True)
    if not is_private(os.lstat(folder)):
        raise PermissionError(f"others may enter {folder} (chmod 700 mends it)")
    for path in (*folder.glob("*.sock"), *folder.glob("*.new")):
        if _is_stale(path):
            path.unlink(missing_ok=True)
    return folder


def _is_stale(path: Path) -> bool:
    """Whether the server of a socket is gone. A stopped one does not refuse, it waits; one with too many clients is there."""
    try:
        with connected(path, GREETING_PATIENCE):
            return False
    except ConnectionRefusedError:
        return not _runs(process_of(path))
    except (OSError, ServerError):
        return False


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # Another user's.
        return True
    return process > 0


def _line(content: Mapping[str, Any]) -> bytes:
    line = json.dumps(content).encode() + b"\n"
    return line if len(line) <= MAX_REPLY else json.dumps({"refused": "the answer is too long"}).encode() + b"\n"


def answer(line: bytes, served: Served) -> Mapping[str, Any]:
    """The answer to a client's line: the reply of a recall, or why there is none."""
    try:
        question = TypeAdapter[Question | TerminalQuestion](Question | TerminalQuestion).validate_json(line)
    except ValidationError:
        return {"refused": "it does not know this question, as of another version of memp"}
    try:
        if question.memory != served.file:
            return {"refused": "it has another memory file open"}
        if isinstance(question, TerminalQuestion):
            why_not = refusal(question, served.memory, served.settings)
            return {"refused": why_not} if why_not else {"reply": replied(question, served.memory)}
        return _to_hook(question, served)
    except MempError as error:
        return {"refused": str(error)}


def _to_hook(question: Question, served: Served) -> Mapping[str, Any]:
    """The answer to a hook.

    Raises:
        MempError: there is none.
    """
    # Imported here, behind the handshake.
    from memp.reply import Telling, recall_reply

    if difference := _difference(question, served):
        return {"refused": difference}
    memory = served.memory
    who = {"client": question.client, "project": memory.project_of(question.place) or None}
    own = memory.options.provenance
    asker = own.model_copy(update={**who, "model": own.model or question.model or None})
    budget = min(question.budget, served.settings.budget)
    told = Telling("hook", lambda recalled: recall_reply(recalled, "script", budget))
    memory.recall(question.task, limit=1, provenance=asker, elsewhere=False, tell=told)
    return {"reply": told.reply.lean()}


def _difference(question: Question, served: Served) -> str:
    """How a client's memory or settings are others than those of this server; empty where they are the same."""
    from memp.config import read_settings
    from memp.embed.weights import DEFAULT_MODEL, canonical

    if not question.settings.keys() <= set(ASKED_ABOUT):
        return "it does not know a setting of the hook's"
    try:
        settings = served.settings
        asked = read_settings(**{"model": DEFAULT_MODEL, **question.settings})
        if canonical(asked.model) != canonical(settings.model):
            return f"it embeds with {settings.model}, and the hook has {asked.model}"
    except (ConfigError, EmbedderError) as error:
        return str(error)
    other = [
        name for name in {"project", *question.settings} - {"model"} if getattr(asked, name) != getattr(settings, name)
    ]
    return f"it has another MEMP_{min(other).upper()} than the hook" if other else ""
