"""The grammar of tool calls: `name(argument="value", other=2.0)`, with values as in JSON.

This is all that the scripted agents know of a world whose actions are written so. A tool is listed by its signature,
`name(argument, optional=12)`.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

MAX_CALL = 20_000
"""Characters of a call; a longer text is none."""

_NAME = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*\(\s*")
_ARGUMENT = re.compile(r"([A-Za-z_]\w*)\s*=\s*")
_SINGLE = re.compile(r"'((?:[^'\\]|\\.)*)'")
_WORD = re.compile(r"(?:True|False|None)\b")
_NEXT = re.compile(r"\s*(?:,\s*|(?=\)))")
_END = re.compile(r"\)\s*")
_WORDS = {"True": True, "False": False, "None": None}
_JSON = json.JSONDecoder()


class ToolCall(NamedTuple):
    """A call taken apart."""

    name: str
    arguments: Mapping[str, Any]


class Signature(NamedTuple):
    """A tool as it is listed: its name, the arguments that it needs, and those that it may have."""

    name: str
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


def parse_call(text: str) -> ToolCall | None:
    """Parse a call; None where the text is none."""
    head = _NAME.match(text) if len(text) <= MAX_CALL else None
    if head is None:
        return None
    arguments: dict[str, Any] = {}
    at = head.end()
    while (name := _ARGUMENT.match(text, at)) is not None:
        try:
            arguments[name[1]], at = _value(text, name.end())
        except (ValueError, RecursionError):
            return None
        after = _NEXT.match(text, at)
        if after is None:
            return None
        at = after.end()
    return ToolCall(head[1], arguments) if _END.fullmatch(text, at) else None


def _value(text: str, at: int) -> tuple[Any, int]:
    """The value that starts at a position, and where it ends.

    Raises:
        ValueError: there is no value.
    """
    if single := _SINGLE.match(text, at):
        return single[1].replace("\\'", "'"), single.end()
    if word := _WORD.match(text, at):
        return _WORDS[word[0]], word.end()
    return _JSON.raw_decode(text, at)


def write_call(name: str, arguments: Mapping[str, Any] | None = None) -> str:
    """A call as text; `parse_call` gives it back."""
    written = (f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in (arguments or {}).items())
    return f"{name}({', '.join(written)})"


def parse_signature(text: str) -> Signature | None:
    """Parse a tool's signature; None where the text is none."""
    name, bracket, rest = text.partition("(")
    if not bracket or not rest.endswith(")"):
        return None
    listed = [part.strip() for part in rest[:-1].split(",") if part.strip()]
    return Signature(
        name,
        tuple(part for part in listed if "=" not in part),
        tuple(part.partition("=")[0] for part in listed if "=" in part),
    )


def write_signature(signature: Signature) -> str:
    """A signature as text; `parse_signature` gives it back."""
    return f"{signature.name}({', '.join([*signature.needed, *(f'{name}=...' for name in signature.optional)])})"
