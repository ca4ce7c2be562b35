"""Accessors for JSON values of unknown form, as logs and files of other programs hold them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from memp.errors import InputError

JsonObject = Mapping[str, object]
"""A JSON object."""


def mapping(value: object) -> JsonObject:
    """The object, or an empty one where it is none: of a foreign log any field may be missing."""
    return cast(JsonObject, value) if isinstance(value, Mapping) else {}


def items(value: object) -> list[object]:
    """The list, or an empty one where it is none."""
    return cast(list[object], value) if isinstance(value, list) else []


def text(value: object) -> str:
    """The text, or an empty one where it is none."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """A whole number, also where it is written as text; None where it is none."""
    if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(value: object) -> datetime | None:
    """A time: in ISO form, or seconds, milli-, micro- or nanoseconds since 1970, also as text. None where it is none."""
    if isinstance(value, str) and not value.isdecimal():
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return None
    since = number(value) if not isinstance(value, float) else value
    if since is None or not 0 < since < 1e19:
        return None
    unit = next((unit for unit in (1e9, 1e6, 1e3) if since / unit > 1e8), 1)
    try:
        return datetime.fromtimestamp(since / unit, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def spent(*counts: object) -> int:
    """The sum of token counts, of which some may be missing."""
    return sum(max(0, number(count) or 0) for count in counts)


def objects(value: object, name: str) -> list[JsonObject]:
    """Check that it is a list of objects.

    Raises:
        InputError: it is none; `name` is the field's.
    """
    if not isinstance(value, list) or not all(isinstance(part, Mapping) for part in cast(list[object], value)):
        raise InputError(f"'{name}' is not a list of objects")
    return cast(list[JsonObject], value)


def blocks(content: object) -> list[JsonObject]:
    """The parts of a message's content: text is one part.

    Raises:
        InputError: it is neither text nor a list of parts.
    """
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if isinstance(content, list):
        parts = items(cast(object, content))
        content = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
    return objects(cast(object, content), "content")


def words(content: object) -> str:
    """The text of a message's content; a picture is named, not shown.

    Raises:
        InputError: it is neither text nor a list of parts.
    """
    texts: list[str] = []
    for block in blocks(content):
        kind = str(block.get("type", ""))
        content_text = block.get("text", block.get("thinking"))
        texts.append(
            content_text
            if isinstance(content_text, str)
            else f"[{kind}]"
            if kind and not kind.startswith("redacted")
            else ""
        )
    return "\n".join(filter(None, texts)).strip()
