"""Outputs of headless command lines: the model's words, their tokens, and what went wrong, out of what a program printed."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

Fields = Mapping[str, Any]

_UNAUTHORISED = re.compile(
    r"not logged in|please run /login|\blog ?in\b|unauthori[sz]ed|\b401\b|invalid api key|auth method|authenticat",
    re.IGNORECASE,
)


GEMINI_UNAUTHORISED = 41
"""The exit status, and the code of an error, by which Gemini CLI says that nobody is logged in."""


class Said(NamedTuple):
    """A program's answer: the model's words, or the error, and whether that is that nobody is logged in."""

    text: str = ""
    error: str = ""
    unauthorised: bool = False
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0


def claude_said(out: str, err: str) -> Said:
    """One object: {"type": "result", "is_error", "result", "usage", "modelUsage"}."""
    fields = _object(out)
    if fields is None:
        return _failed(_told(out, err))
    text, usage = _text(fields.get("result")), _fields(fields.get("usage"))
    if fields.get("is_error") or fields.get("type") != "result":
        return _failed(text or _text(fields.get("subtype")) or "no result")
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return Said(
        text,
        model=next(iter(_fields(fields.get("modelUsage"))), ""),
        input_tokens=sum(_count(usage.get(name)) for name in names),
        output_tokens=_count(usage.get("output_tokens")),
    )


def codex_said(out: str, err: str) -> Said:
    """Events, a line each: "item.completed" with an "agent_message", "turn.completed" with its usage, "turn.failed", "error"."""
    text = error = ""
    usage: Fields = {}
    ended = False
    for event in _lines(out):
        kind, item = event.get("type"), _fields(event.get("item"))
        if kind == "item.completed" and item.get("type") == "agent_message":
            text = _text(item.get("text"))
        elif kind == "turn.completed":
            ended, usage = True, _fields(event.get("usage"))
        elif kind == "turn.failed":
            error = _text(_fields(event.get("error")).get("message")) or error
        elif kind == "error":
            error = _text(event.get("message"))
    if not ended:
        return _failed(error or _told(out, err))
    return Said(
        text, input_tokens=_count(usage.get("input_tokens")), output_tokens=_count(usage.get("output_tokens"))
    )  # fmt: skip


def gemini_said(out: str, err: str) -> Said:
    """One object on stdout, {"response", "stats"}; an error, {"error": {"message", "code"}}, stands on stderr."""
    for text in (out, err):
        fields = _object(text)
        if fields is None:
            continue
        if "error" in fields:
            error = _fields(fields["error"])
            said = _failed(_text(error.get("message")) or "it failed")
            return said._replace(unauthorised=said.unauthorised or error.get("code") == GEMINI_UNAUTHORISED)
        models = _fields(_fields(fields.get("stats")).get("models"))
        tokens = [_fields(_fields(model).get("tokens")) for model in models.values()]
        return Said(
            _text(fields.get("response")),
            model=next(reversed(list(models)), ""),
            input_tokens=sum(_count(one.get("prompt")) for one in tokens),
            output_tokens=sum(_count(one.get("candidates")) + _count(one.get("thoughts")) for one in tokens),
        )
    return _failed(_told(out, err))


def _failed(error: str) -> Said:
    return Said(error=error, unauthorised=_UNAUTHORISED.search(error) is not None)


def _told(out: str, err: str) -> str:
    """The last line that a program printed."""
    lines = [line for line in (*out.splitlines(), *err.splitlines()) if line.strip()]
    return lines[-1] if lines else ""


def _object(text: str) -> Fields | None:
    """The JSON object of a text, which notices may stand before."""
    at = text.find("{")
    try:
        value: object = json.loads(text[at:]) if at >= 0 else None
    except (ValueError, RecursionError):
        return None
    return cast(Fields, value) if isinstance(value, dict) else None


def _lines(text: str) -> Iterator[Fields]:
    for line in text.splitlines():
        try:
            value: object = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield cast(Fields, value)


def _fields(value: object) -> Fields:
    return cast(Fields, value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
