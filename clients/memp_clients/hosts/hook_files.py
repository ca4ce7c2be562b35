"""Our hooks in a host's file of hooks: put in, and taken out, with all else of the file kept.

A hook of ours is known by its command. A file of JSON holds an array for each event, in which others have theirs; opencode
loads whole files, and one is ours.
"""

import codecs
import json
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple, cast

from memp.errors import HostError
from memp_clients.hosts import edits
from memp_clients.hosts.catalog import Host, Launch, Place, Scope
from memp_clients.hosts.configs import FaultError, jsonc
from memp_clients.hosts.configs.fault import sound
from memp_clients.hosts.edits import Change
from memp_clients.sessions.entry import items, mapping
from memp_clients.sessions.entry import text as text_of

_OURS = re.compile(r"hook (?:claude-code|codex|cursor) (?:start|prompt|tool|end)\b")
_COMMAND = "const COMMAND = [] //"
MARK = b"// memp: "
"""How the file begins that is ours."""


class Wired(NamedTuple):
    """One event of a host, by its name, and what we answer it with; `seconds` is how long the host waits."""

    event: str
    ours: str
    seconds: int


EVENTS: Mapping[str, Sequence[Wired]] = {
    "claude-code": (
        Wired("SessionStart", "start", 10),
        Wired("UserPromptSubmit", "prompt", 20),
        Wired("PostToolUseFailure", "tool", 10),
        Wired("SessionEnd", "end", 10),
    ),
    "codex": (
        Wired("SessionStart", "start", 10),
        Wired("UserPromptSubmit", "prompt", 20),
        Wired("PostToolUse", "tool", 10),
        Wired("SessionEnd", "end", 3),
    ),
    "cursor": (
        Wired("sessionStart", "start", 10),
        Wired("beforeSubmitPrompt", "prompt", 20),
        Wired("postToolUse", "tool", 10),
        Wired("postToolUseFailure", "tool", 10),
        Wired("sessionEnd", "end", 10),
    ),
}
"""What is wired in the hosts whose hooks stand in a JSON file."""

THEN = {
    "codex": "Codex runs new hooks once you have looked at them: type /hooks in a session and trust them.",
}
"""What a person does next."""


def hooking(host: Host, scope: Scope, place: Place, start: Launch) -> Change:
    """The change that puts our hooks in.

    Raises:
        HostError: the host has no hooks, or its file cannot be read or changed.
    """
    path = host.hook_file(scope, place)
    if path is None:
        raise HostError(f"{host.title} has no hooks that memp knows: leave --hooks out.")
    before = edits.read(path)
    command = _memp(start)
    after = sound(path, lambda: _with(host, before, command, place))
    return Change(path, before, after, "update" if _has(host, before) else "connect")


def unhooking(host: Host, scope: Scope, place: Place, backups: Path) -> Change | None:
    """The change that takes them out; None where there are none. A file that nobody touched since becomes what it was.

    Raises:
        HostError: the file cannot be read or changed.
    """
    path = host.hook_file(scope, place)
    before = None if path is None else edits.read(path)
    if path is None or before is None or not sound(path, lambda: _has(host, before)):
        return None
    if host.name not in EVENTS:
        return Change(path, before, None, "disconnect")
    text = _text(before)
    first = edits.original(path, backups)
    commands = _commands(host, text)
    if first is None or not _has(host, first):
        try:
            again = _put(host, _text(first), commands)
        except FaultError:
            again = ""
        if again == text:
            return Change(path, before, first, "disconnect")
    after = sound(path, lambda: _checked(_taken_out(host, text), _document(text), host, {}))
    return Change(path, before, _mark(before) + after.encode(), "disconnect")


def is_hooked(host: Host, scope: Scope, place: Place) -> bool:
    """Whether our hooks stand in the host's file.

    Raises:
        HostError: the file cannot be read.
    """
    path = host.hook_file(scope, place)
    return path is not None and sound(path, lambda: _has(host, edits.read(path)))


def _memp(start: Launch) -> list[str]:
    """The command that starts memp, with the settings that were given, up to where `hook` follows."""
    given = [f"--{name.removeprefix('MEMP_').lower()}={value}" for name, value in (start.environment or {}).items()]
    return [start.command, *start.arguments[:-1], *given]


def _with(host: Host, before: bytes | None, command: Sequence[str], place: Place) -> bytes:
    if host.name not in EVENTS:
        if before is not None and not before.startswith(MARK):
            raise FaultError("it is no file of ours: move it away")
        template = resources.files("memp_clients.hooks").joinpath("opencode.js").read_text(encoding="utf-8")
        return template.replace(_COMMAND, f"const COMMAND = {json.dumps(command)} //", 1).encode()
    line = subprocess.list2cmdline(command) if place.system == "windows" else shlex.join(command)
    commands = {wired.event: f"{line} hook {host.name} {wired.ours}" for wired in EVENTS[host.name]}
    text = _text(before)
    return _mark(before) + _checked(_put(host, text, commands), _document(text), host, commands).encode()


def _put(host: Host, text: str, commands: Mapping[str, str]) -> str:
    """The text with one hook of ours for each event: where one stands already in these words, nothing changes."""
    if host.name == "cursor" and "version" not in _document(text):
        text = jsonc.put(text, ("version",), 1)
    for wired in EVENTS[host.name]:
        wanted = _entry(host, wired, commands[wired.event])
        found = _hooks(_document(text), wired.event)
        if [entry for entry in found if _is_ours(entry)] != [wanted]:
            text = jsonc.append(_without(text, wired.event), ("hooks", wired.event), wanted)
    return text


def _taken_out(host: Host, text: str) -> str:
    for wired in EVENTS[host.name]:
        held = bool(_hooks(_document(text), wired.event))
        text = _without(text, wired.event)
        if held and not _hooks(_document(text), wired.event):
            text = jsonc.drop(text, ("hooks", wired.event))
    return text if _document(text).get("hooks") else jsonc.drop(text, ("hooks",))


def _without(text: str, event: str) -> str:
    found = _hooks(_document(text), event)
    for place in reversed(range(len(found))):
        if _is_ours(found[place]):
            text = jsonc.remove(text, ("hooks", event), place)
    return text


def _entry(host: Host, wired: Wired, command: str) -> dict[str, Any]:
    if host.name == "cursor":
        return {"command": command, "timeout": wired.seconds}
    return {"hooks": [{"type": "command", "command": command, "timeout": wired.seconds}]}


def _checked(text: str, before: Mapping[str, Any], host: Host, commands: Mapping[str, str]) -> str:
    """The new text, read again: the hooks of others and all other keys are what they were, and of ours those wanted."""
    after, ours = _document(text), _commands(host, text)
    others = [_others(document) for document in (before, after)]
    version = {"version": 1} if host.name == "cursor" and commands else {}
    if {**version, **others[0]} != others[1] or ours != commands:
        raise FaultError("it is written in a way that this command cannot change safely: edit it by hand")
    return text


def _others(document: Mapping[str, Any]) -> dict[str, Any]:
    """All but our hooks, and but what is left empty without them."""
    left: dict[str, Any] = {}
    for event, entries in mapping(document.get("hooks")).items():
        kept = [entry for entry in items(entries) if not _is_ours(entry)]
        if kept or not isinstance(entries, list):
            left[event] = kept or entries
    return {**{key: value for key, value in document.items() if key != "hooks"}, **({"hooks": left} if left else {})}


def _commands(host: Host, text: str) -> dict[str, str]:
    """Our commands by the host's events."""
    document = _document(text)
    found = {wired.event: [e for e in _hooks(document, wired.event) if _is_ours(e)] for wired in EVENTS[host.name]}
    return {event: _command(entries[0]) for event, entries in found.items() if entries}


def _has(host: Host, source: bytes | None) -> bool:
    if source is None:
        return False
    if host.name not in EVENTS:
        return source.startswith(MARK)
    return bool(_commands(host, _text(source)))


def _hooks(document: Mapping[str, Any], event: str) -> list[object]:
    if not isinstance(document.get("hooks", {}), Mapping):
        raise FaultError("its 'hooks' is not an object")
    entries = mapping(document.get("hooks")).get(event, [])
    if not isinstance(entries, list):
        raise FaultError(f"its 'hooks.{event}' is not an array")
    return items(cast(object, entries))


def _is_ours(entry: object) -> bool:
    return _OURS.search(_command(entry)) is not None


def _command(entry: object) -> str:
    """The command of an entry; where it groups several hooks, that of the first."""
    fields = mapping(entry)
    inner = items(fields.get("hooks"))
    return _command(inner[0]) if inner else text_of(fields.get("command"))


def _document(text: str) -> Mapping[str, Any]:
    value = jsonc.read(text)
    if value is not None and not isinstance(value, dict):
        raise FaultError("it does not hold an object")
    return cast(dict[str, Any], value or {})


def _text(source: bytes | None) -> str:
    """A file's text, without the byte order mark."""
    try:
        return (source or b"").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FaultError("it is not UTF-8: save it in that encoding") from None


def _mark(source: bytes | None) -> bytes:
    return codecs.BOM_UTF8 if source is not None and source.startswith(codecs.BOM_UTF8) else b""
