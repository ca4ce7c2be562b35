"""Write and remove our hooks in a host's file of hooks, keeping all else of the file.

A hook of ours is known by its command. A file of JSON holds an array for each event, in which others have theirs; a host
that loads whole files has one of ours.
"""

import codecs
import json
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, cast

from memp.errors import HostError
from memp_clients.hosts import edits
from memp_clients.hosts.catalog import HOSTS
from memp_clients.hosts.configs import FaultError, jsonc
from memp_clients.hosts.configs.fault import sound
from memp_clients.hosts.edits import Change
from memp_clients.hosts.host import Host, JsonHooks, Launch, Place, PluginFile, Scope
from memp_clients.json_values import items, mapping
from memp_clients.json_values import text as text_of

_WIRED = "|".join(host.name for host in HOSTS if isinstance(host.hooks, JsonHooks))
_OURS = re.compile(rf"hook (?:{_WIRED}) (?:start|prompt|tool|end)\b")
_OPTIONS = {"MEMP_DB": "--db", "MEMP_PROJECT": "--project", "MEMP_MODEL": "--model"}
_COMMAND = "const COMMAND = [] //"
MARK = b"// memp: "
"""The first bytes of a file of ours."""


def hooking(host: Host, scope: Scope, place: Place, start: Launch) -> Change:
    """The change that puts our hooks in.

    Raises:
        HostError: the host has no hooks, or its file cannot be read or changed.
    """
    path = host.hook_file(scope, place)
    if path is None or host.hooks is None:
        raise HostError(f"{host.title} has no hooks that memp knows: leave --hooks out.")
    hooks, before, command = host.hooks, edits.read(path), _memp(start)
    if isinstance(hooks, PluginFile):
        after = sound(path, lambda: _plugin(hooks, before, command))
    else:
        line = subprocess.list2cmdline(command) if place.system == "windows" else shlex.join(command)
        commands = {wired.event: f"{line} hook {host.name} {wired.ours}" for wired in hooks.events}
        after = sound(path, lambda: _with(hooks, before, commands))
    return Change(path, before, after, "update" if _has(hooks, before) else "connect", own=scope == "user")


def unhooking(host: Host, scope: Scope, place: Place, backups: Path) -> Change | None:
    """The change that takes them out; None where there are none. A file that nobody touched since becomes what it was.

    Raises:
        HostError: the file cannot be read or changed.
    """
    path = host.hook_file(scope, place)
    before = None if path is None else edits.read(path)
    hooks = host.hooks
    if path is None or hooks is None or before is None or not sound(path, lambda: _has(hooks, before)):
        return None
    if isinstance(hooks, PluginFile):
        return Change(path, before, None, "disconnect")
    text = _text(before)
    first = edits.original(path, backups)
    commands = _commands(hooks, text)
    if first is None or not _has(hooks, first):
        try:
            again = _put(hooks, _text(first), commands)
        except FaultError:
            again = ""
        if again == text:
            return Change(path, before, first, "disconnect")
    after = sound(path, lambda: _checked(_taken_out(hooks, text), _document(text), hooks, {}))
    return Change(path, before, _mark(before) + after.encode(), "disconnect")


def is_hooked(host: Host, scope: Scope, place: Place) -> bool:
    """Whether our hooks stand in the host's file.

    Raises:
        HostError: the file cannot be read.
    """
    path, hooks = host.hook_file(scope, place), host.hooks
    return path is not None and hooks is not None and sound(path, lambda: _has(hooks, edits.read(path)))


def _memp(start: Launch) -> list[str]:
    """The command that starts memp, up to where `hook` follows, with those settings that are options of every command."""
    given = [f"{_OPTIONS[name]}={value}" for name, value in (start.environment or {}).items() if name in _OPTIONS]
    return [start.command, *start.arguments[:-1], *given]


def _plugin(file: PluginFile, before: bytes | None, command: Sequence[str]) -> bytes:
    """A file of ours, made of the template."""
    if before is not None and not before.startswith(MARK):
        raise FaultError("it is no file of ours: move it away")
    template = resources.files("memp_clients.hooks").joinpath(file.template).read_text(encoding="utf-8")
    return template.replace(_COMMAND, f"const COMMAND = {json.dumps(command)} //", 1).encode()


def _with(hooks: JsonHooks, before: bytes | None, commands: Mapping[str, str]) -> bytes:
    """A file of JSON with our hooks, byte order mark and all."""
    text = _text(before)
    return _mark(before) + _checked(_put(hooks, text, commands), _document(text), hooks, commands).encode()


def _put(hooks: JsonHooks, text: str, commands: Mapping[str, str]) -> str:
    """The text with one hook of ours for each event: where one stands already in these words, nothing changes."""
    for key, value in hooks.head.items():
        if key not in _document(text):
            text = jsonc.put(text, (key,), value)
    for wired in hooks.events:
        wanted = hooks.entry(commands[wired.event], wired.seconds)
        entries = _entries(_document(text), wired.event)
        if [entry for entry in entries if _is_ours(entry)] != [wanted]:
            text = jsonc.append(_without(text, wired.event), ("hooks", wired.event), wanted)
    return text


def _taken_out(hooks: JsonHooks, text: str) -> str:
    """The text without our hooks, and without what is left empty by that."""
    for wired in hooks.events:
        held = bool(_entries(_document(text), wired.event))
        text = _without(text, wired.event)
        if held and not _entries(_document(text), wired.event):
            text = jsonc.drop(text, ("hooks", wired.event))
    return text if _document(text).get("hooks") else jsonc.drop(text, ("hooks",))


def _without(text: str, event: str) -> str:
    """The text without our hooks on one event."""
    entries = _entries(_document(text), event)
    for place in reversed(range(len(entries))):
        if _is_ours(entries[place]):
            text = jsonc.remove(text, ("hooks", event), place)
    return text


def _checked(text: str, before: Mapping[str, Any], hooks: JsonHooks, commands: Mapping[str, str]) -> str:
    """The new text, read again: the hooks of others and all other keys are what they were, and of ours those wanted."""
    after, ours = _document(text), _commands(hooks, text)
    others = [_others(document) for document in (before, after)]
    head = hooks.head if commands else dict[str, Any]()
    if {**head, **others[0]} != others[1] or ours != commands:
        raise FaultError("it is written in a way that this command cannot change safely: edit it by hand")
    return text


def _others(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document without our hooks, and without what is left empty by that."""
    left: dict[str, Any] = {}
    for event, entries in mapping(document.get("hooks")).items():
        kept = [entry for entry in items(entries) if not _is_ours(entry)]
        if kept or not isinstance(entries, list):
            left[event] = kept or entries
    return {**{key: value for key, value in document.items() if key != "hooks"}, **({"hooks": left} if left else {})}


def _commands(hooks: JsonHooks, text: str) -> dict[str, str]:
    """Our commands by the host's events."""
    document = _document(text)
    ours = {wired.event: [e for e in _entries(document, wired.event) if _is_ours(e)] for wired in hooks.events}
    return {event: _command(entries[0]) for event, entries in ours.items() if entries}


def _has(hooks: JsonHooks | PluginFile, source: bytes | None) -> bool:
    if source is None:
        return False
    if isinstance(hooks, PluginFile):
        return source.startswith(MARK)
    return bool(_commands(hooks, _text(source)))


def _entries(document: Mapping[str, Any], event: str) -> list[object]:
    """The hooks on one event, ours and others'."""
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
    # Claude Code, Codex and Cursor read their hooks as strict JSON.
    value = jsonc.read_strict(text)
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
    """The byte order mark, if the file has one."""
    return codecs.BOM_UTF8 if source is not None and source.startswith(codecs.BOM_UTF8) else b""
