"""Notes: the log of a session of a host that hands over no transcript whose form is known (Cursor), written by its hooks.

A note is a line of JSON: what the person asked, or a tool's call with its result. Secrets are out before it is written, and
long texts are cut to the two ends that a transcript's tasks are judged by.
"""

import json
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from memp.light import private
from memp.text.redact import redact, replaced, without_named
from memp.text.secrets.marks import ALIKE
from memp.text.secrets.printed import printed
from memp_clients.hooks.hosts import HOSTS, HookCall, Payload, ToolUse, without_surrogates
from memp_clients.hooks.state import HookSession, make_private

if TYPE_CHECKING:
    from pathlib import Path

    from memp_clients.sessions.tasks.events import Event

FILE = "notes.jsonl"
MAX_TEXT = 12_000
MAX_NOTES = 20_000_000
"""Bytes of a session; what comes after is not noted."""


def note(call: HookCall, payload: Payload, session: HookSession) -> None:
    """Note a prompt or a tool's call of a host that is recorded so.

    Raises:
        OSError: it cannot be written.
    """
    read_tool_use = HOSTS[call.host].tool_use
    if call.event == "prompt":
        record = {"asked": _safe(call.prompt), "folder": _safe(call.folder), "model": _safe(call.model)}
    elif call.event == "tool" and read_tool_use is not None:
        record = _tool_record(read_tool_use(payload))
    else:
        return
    make_private(session.folder)
    path = os.path.join(session.folder, FILE)
    if os.path.exists(path) and os.path.getsize(path) > MAX_NOTES:
        return
    handle = private.create(path, os.O_APPEND)
    with os.fdopen(handle, "wb") as file:
        # In one write: hooks of the same session may run side by side.
        file.write(json.dumps(record).encode() + b"\n")


def events(path: "Path", session: str, host: str) -> "Iterator[Event]":
    """Read the notes of a session as the events of a transcript; a line that was cut off is skipped."""
    from memp_clients.json_values import mapping, number, text
    from memp_clients.sessions.tasks.events import About, Answered, Asked, Called

    known: set[str] = set()
    with path.open("rb") as file:
        for at, line in enumerate(file, 1):
            try:
                record = mapping(json.loads(line))
            except (ValueError, RecursionError):
                continue
            if "asked" in record:
                yield About(session, host, text(record.get("model")) or None, text(record.get("folder")) or None)
                yield Asked(text(record["asked"]), f"note {at}")
                continue
            name = text(record.get("id"))
            if name and name in known:
                continue  # A call that failed may be noted twice, as used and as failed.
            known.add(name)
            yield Called(name, text(record.get("name")), record.get("input"))
            yield Answered(name, text(record.get("output")), record.get("failed") is True, number(record.get("status")))


def _tool_record(use: ToolUse) -> Mapping[str, Any]:
    return {
        "id": _safe(use.id),
        "name": _safe(use.name),
        "input": _safe_all(use.input),
        "output": _safe(_without_printed(use.input, use.output)),
        "failed": use.failed,
        "status": use.status,
    }


def _safe_all(value: object) -> object:
    """A JSON value with each of its texts made safe."""
    if isinstance(value, Mapping):
        # Before the names of its fields go.
        fields, _ = without_named(cast(Mapping[Any, Any], value), ALIKE)
        return {_safe(key): _safe_all(inner) for key, inner in fields.items()}
    if isinstance(value, list):
        return [_safe_all(inner) for inner in cast(list[object], value)]
    return _safe(value) if isinstance(value, str) else value


def _without_printed(given: object, output: str) -> str:
    """An output without the secrets that its command printed."""
    command = cast(Mapping[str, object], given).get("command") if isinstance(given, Mapping) else None
    if not isinstance(command, str):
        return output
    return replaced(output, list(printed(command, output)), "secret", ALIKE)[0]


def _safe(value: object) -> str:
    """A text without secrets, cut to its two ends. Secrets go before the cut, which could halve one."""
    if not isinstance(value, str):
        return ""
    text = without_surrogates(value)
    if len(text) > 20 * MAX_TEXT:
        text = f"{text[: 10 * MAX_TEXT]}\n{text[-10 * MAX_TEXT :]}"
    text = redact(text)[0]
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT // 2]}\n{text[-MAX_TEXT // 2 :]}"
