"""`memp hook HOST EVENT`: read the host's JSON on stdin, write its answer on stdout.

A hook never stands in its host's way: whatever happens, the exit status is 0, and stdout holds an answer that the host's
protocol defines or nothing. Why a hook could not do its work stands in the log, which `memp doctor` reads.
"""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import cast

from memp.errors import InputError, MempError
from memp.light.settings import EVENTS, HookSettings, default_db, read_hook_settings
from memp_clients.hooks.hosts import HOSTS, HookCall, Payload, answer, read_call
from memp_clients.hooks.offers import OFFERS
from memp_clients.hooks.state import HookSession, Later, log, make_private

MAX_PAYLOAD = 32 * 1024 * 1024
WAITING = "say-"
"""Under names that begin so a session keeps texts that wait for a call which takes one."""


def main(arguments: Sequence[str], given: Mapping[str, str]) -> int:
    """Answer one call; `given` are --db, --project and --model, which go before the environment. The status is 0."""
    host, event = (*arguments, "", "")[:2]
    db = ""
    try:
        settings = read_hook_settings(**given)
        db = settings.db
        _check(arguments)
        if event in settings.events or _is_noted(host, settings):
            sys.stdout.write(_answered(host, event, settings))
            sys.stdout.flush()
            _record_left(settings)
    except (MempError, OSError) as error:
        _fail(db, host, event, str(error))
    except Exception:  # noqa: BLE001 - a fault of ours must not become one of the host's; it is logged whole.
        import traceback

        _fail(db, host, event, traceback.format_exc(limit=-4))
    return 0


def _check(arguments: Sequence[str]) -> None:
    """Check the command line, which a host may have from another version of memp.

    Raises:
        InputError: it names another host or event than there are.
    """
    host, event = (*arguments, "", "")[:2]
    if len(arguments) == 2 and host in HOSTS and event in EVENTS:
        return
    wrong = "" if len(arguments) != 2 else f'"{(event if host in HOSTS else host)[:60]}" is neither: '
    raise InputError(f"{wrong}memp hook takes a host ({', '.join(HOSTS)}) and an event ({', '.join(EVENTS)})")


def _answered(host: str, event: str, settings: HookSettings) -> str:
    payload = _payload()
    call = read_call(host, event, payload)
    if not call.session:
        raise InputError("the payload names no session")
    session = HookSession(settings.db, host, call.session)
    if _is_noted(host, settings):
        from memp_clients.hooks.notes import note

        note(call, cast(Payload, payload), session)
    if event not in settings.events:
        return ""
    if event == "end":
        _record_later(call, settings, session)
        return ""
    text = OFFERS[event](call, settings, session)
    if not call.speaks:
        if text:
            session.claim(f"{WAITING}{time.time_ns()}", text)
        return ""
    waiting = session.take(WAITING) if HOSTS[host].silent else []
    texts = [*waiting, *filter(None, [text])]
    return answer(call, "\n".join(texts), payload) if texts else ""


def _is_noted(host: str, settings: HookSettings) -> bool:
    """Whether the session is recorded from notes, so that each prompt and tool's call is noted."""
    return HOSTS[host].tool_use is not None and "end" in settings.events


def _payload() -> object:
    data = sys.stdin.buffer.read(MAX_PAYLOAD + 1)
    if len(data) > MAX_PAYLOAD:
        raise InputError(f"the payload is over {MAX_PAYLOAD >> 20} MB")
    try:
        return json.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"the payload is not JSON: {error}") from None


def _record_later(call: HookCall, settings: HookSettings, session: HookSession) -> None:
    """Start recording the session in a process that outlives the host. A note of it stays until that is done."""
    make_private(session.folder)
    job = {
        "host": call.host, "session": call.session, "transcript": call.transcript, "folder": session.folder,
        "settings": {**settings.given, "db": settings.db}, "cwd": call.folder,
    }  # fmt: skip
    Later(settings.db).put(os.path.basename(session.folder), json.dumps(job))
    _start_recorder(json.dumps(job), session.folder)


def _record_left(settings: HookSettings) -> None:
    """Start a recorder for sessions whose own was killed, or gave up since the memory could not be written."""
    later, now = Later(settings.db), time.time()
    if "end" in settings.events and os.path.isdir(later.folder) and later.due(now) and later.claim(now):
        _start_recorder(json.dumps({"left": settings.db}), later.folder)


def _start_recorder(job: str, folder: str) -> None:
    import subprocess  # Only the end of a session starts one.

    # It has nothing of the host's: neither its pipes, which the host waits for, nor its group, which it kills.
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    subprocess.Popen(
        [sys.executable, "-m", "memp_clients.hooks.recording", job],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, close_fds=True, creationflags=flags, cwd=folder,
    )  # fmt: skip


def _fail(db: str, host: str, event: str, reason: str) -> None:
    """Log a failure, and say it on stderr, which hosts show in their debug output at most."""
    log(db or default_db(), host or "?", event or "?", reason)
    sys.stderr.write(f"memp hook: {reason}\n")
