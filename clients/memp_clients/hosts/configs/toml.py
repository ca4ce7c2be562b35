"""Edit TOML, as Codex writes it: one table put in or taken out, all other bytes kept.

A table of its own is added at the end and taken out by its lines. Where the servers are written in another way (an inline
table, dotted keys), tomlkit edits them.
"""

import re
import tomllib
from collections.abc import Mapping
from typing import Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError

from memp_clients.hosts.configs.fault import FaultError, line_break, must_be_object

_HEADER = re.compile(r"\s*\[")


def read(text: str) -> dict[str, Any]:
    """The value.

    Raises:
        FaultError: it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FaultError(f"it is not valid TOML: {_lower(str(error))}") from None


def put(text: str, path: tuple[str, ...], value: Mapping[str, Any]) -> str:
    """The text with `value` at `path`, which has two parts.

    Raises:
        FaultError: it is not TOML, or the first part of the path is no table.
    """
    owner_key, key = path
    owner = read(text).get(owner_key, {})
    if not isinstance(owner, dict):
        raise must_be_object((owner_key,), "a table")
    text = drop(text, path)
    added = _added(text, path, value)
    if _is_toml(added):
        return added
    # Servers in an inline table cannot be continued by a header.
    document = _document(text)
    servers = cast(Any, document)[owner_key]
    servers[key] = _inline(value)
    return tomlkit.dumps(document)


def drop(text: str, path: tuple[str, ...]) -> str:
    """The text without what stands at `path`, which has two parts.

    Raises:
        FaultError: it is not TOML.
    """
    owner_key, key = path
    expected = read(text)
    owner = expected.get(owner_key)
    if not isinstance(owner, dict) or key not in owner:
        return text
    cut = _without_lines(text, path)
    del owner[key]
    if _is_toml(cut) and _same(read(cut), expected, owner_key):
        return cut
    document = _document(text)
    del cast(Any, document)[owner_key][key]
    return tomlkit.dumps(document)


def _added(text: str, path: tuple[str, ...], value: Mapping[str, Any]) -> str:
    end = line_break(text)
    gap = "" if not text.strip() else end if text.endswith("\n") else end * 2
    lines = [f"[{'.'.join(path)}]", *(f"{name} = {_inline(inner).as_string()}" for name, inner in value.items())]
    return text + gap + end.join(lines) + end


def _without_lines(text: str, path: tuple[str, ...]) -> str:
    """The text without the lines of that table and its subtables; comments after their last value stay."""
    name = r"\s*\.\s*".join(f"""["']?{re.escape(part)}["']?""" for part in path)
    ours = re.compile(rf"\s*\[\s*{name}\s*[\].]")
    kept: list[str] = []
    table: list[str] | None = None
    before = ""
    for line in [*text.splitlines(keepends=True), "["]:
        # In a string or an array of several lines a line may look like a header: what is before it is no whole TOML then.
        header = bool(_HEADER.match(line)) and (table is not None or bool(ours.match(line))) and _is_toml(before)
        if table is not None and header:
            kept += _after_values(table)
            table = None
        if header and ours.match(line):
            table = []
            # The blank line above is the one that `put` wrote.
            if kept and not kept[-1].strip():
                kept.pop()
        (kept if table is None else table).append(line)
        before += line
    return "".join(kept[:-1])


def _after_values(lines: list[str]) -> list[str]:
    """The blank lines and comments at the end of a table: they belong to what follows."""
    count = len(lines)
    while count > 1 and (not lines[count - 1].strip() or lines[count - 1].lstrip().startswith("#")):
        count -= 1
    return lines[count:]


def _same(document: dict[str, Any], expected: dict[str, Any], owner_key: str) -> bool:
    """Whether two documents are equal; a table of servers without any may be missing."""
    return {owner_key: {}, **document} == {owner_key: {}, **expected}


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _inline(value: Any) -> Any:
    """A value on one line."""
    if not isinstance(value, Mapping):
        return cast(Any, tomlkit).item(value)
    table = tomlkit.inline_table()
    for name, inner in cast(Mapping[str, Any], value).items():
        table.append(name, _inline(inner))
    return table


def _document(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise FaultError(f"it is not TOML that can be edited: {_lower(str(error))}") from None


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
