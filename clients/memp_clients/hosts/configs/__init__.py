"""Find, put in and take out one server's entry in a host's configuration file, keeping all else of the file.

Each format is a file with three functions over text: read, put, drop. What they made is read again before it is used: a
text that holds anything else than it should is never written.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from memp_clients.hosts.configs import jsonc, toml, yaml
from memp_clients.hosts.configs.fault import FaultError, must_be_object

__all__ = ["FORMATS", "ConfigFormat", "FaultError", "KeyPath", "entry_in", "with_entry", "without_entry"]

ConfigFormat = Literal["json", "json-comments", "jsonc", "toml", "yaml"]
"""json: strict; json-comments: with comments; jsonc: with trailing commas as well."""

KeyPath = tuple[str, str]
"""The key that holds the servers, and the name of one."""

BOM = "\ufeff"


ADDRESSES = frozenset({"url", "uri", "httpUrl", "serverUrl"})
OTHERWISE = ADDRESSES | {"type", "headers", "http_headers", "transport", "source"}
"""Keys, in one host or another, of a server that is reached in another way than by a command."""

STARTED = frozenset({"command", "cmd", "args", "env", "environment", "envs", "cwd"})
"""Keys of one that is."""


@dataclass(frozen=True)
class Grammar:
    """The three functions of one format."""

    read: Callable[[str], Any]
    put: Callable[[str, tuple[str, ...], Mapping[str, Any]], str]
    drop: Callable[[str, tuple[str, ...]], str]


FORMATS: dict[ConfigFormat, Grammar] = {
    "json": Grammar(jsonc.read_strict, jsonc.put, jsonc.drop),
    "json-comments": Grammar(jsonc.read_without_commas, jsonc.put, jsonc.drop),
    "jsonc": Grammar(jsonc.read, jsonc.put, jsonc.drop),
    "toml": Grammar(toml.read, toml.put, toml.drop),
    "yaml": Grammar(yaml.read, yaml.put, yaml.drop),
}


def entry_in(source: bytes | None, form: ConfigFormat, path: KeyPath) -> dict[str, Any] | None:
    """The entry at `path`; None if there is none, or no file.

    Raises:
        FaultError: the file is broken, or what stands there is no object.
    """
    entry = _servers(FORMATS[form].read(_text(source)[1]), path[0]).get(path[1])
    if entry is not None and not isinstance(entry, dict):
        raise must_be_object(path, "an object")
    return cast(dict[str, Any] | None, entry)


def with_entry(source: bytes | None, form: ConfigFormat, path: KeyPath, entry: Mapping[str, Any]) -> bytes:
    """The file with `entry` at `path`. What the entry there has beyond the new one stays, and so in its `env`; but not what
    says how else a server is reached.

    Raises:
        FaultError: the file is broken, or what stands on the way is no object.
    """
    known = entry_in(source, form, path) or {}
    stale = OTHERWISE | STARTED if ADDRESSES & entry.keys() else OTHERWISE
    merged = {**{name: value for name, value in known.items() if name not in stale}, **entry}
    for name, value in entry.items():
        if isinstance(value, Mapping) and isinstance(known.get(name), dict):
            merged[name] = {**known[name], **cast(Mapping[str, Any], value)}
    if not _is_unicode(merged):
        raise FaultError("it cannot take a path or a text that is not UTF-8")
    if source is not None and known == merged:
        return source
    return _changed(source, form, lambda text: FORMATS[form].put(text, path, merged), path, merged)


def without_entry(source: bytes, form: ConfigFormat, path: KeyPath) -> bytes:
    """The file without what stands at `path`.

    Raises:
        FaultError: the file is broken.
    """
    if entry_in(source, form, path) is None:
        return source
    return _changed(source, form, lambda text: FORMATS[form].drop(text, path), path, None)


def _changed(
    source: bytes | None,
    form: ConfigFormat,
    change: Callable[[str], str],
    path: KeyPath,
    entry: Mapping[str, Any] | None,
) -> bytes:
    mark, text = _text(source)
    read = FORMATS[form].read
    new = change(text)
    expected = _document(read(text))
    servers = {name: value for name, value in _servers(expected, path[0]).items() if name != path[1]}
    if entry is not None:
        servers[path[1]] = entry
    try:
        right = {path[0]: {}, **_document(read(new))} == {**expected, path[0]: servers}
    except FaultError:
        right = False
    if not right:
        raise FaultError("it is written in a way that this command cannot change safely: edit it by hand")
    return (mark + new).encode()


def _servers(document: Any, key: str) -> dict[str, Any]:
    """The servers of a document; none where it or they are missing."""
    servers: Any = _document(document).get(key)
    if servers is None:
        return {}
    if not isinstance(servers, dict):
        raise must_be_object((key,), "an object")
    return cast(dict[str, Any], servers)


def _is_unicode(value: Any) -> bool:
    """Whether no text in a value holds half a character, as a file name that is not UTF-8 does."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _document(value: Any) -> dict[str, Any]:
    """The whole of a file, which is an object or nothing."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise must_be_object((), "an object")
    return cast(dict[str, Any], value)


def _text(source: bytes | None) -> tuple[str, str]:
    """The byte order mark, if there is one, and the text."""
    try:
        text = (source or b"").decode("utf-8")
    except UnicodeDecodeError:
        raise FaultError("it is not UTF-8: save it in that encoding") from None
    if "\x00" in text:
        raise FaultError("it holds zero bytes: it is no text, or not UTF-8")
    return (BOM, text[1:]) if text.startswith(BOM) else ("", text)
