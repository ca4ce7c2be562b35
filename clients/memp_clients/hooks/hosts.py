"""The table of hosts with hooks: how each host's JSON is read and answered. docs/hooks.md names the sources.

A HookCall is the host's JSON, read; an answer is the JSON that puts a text before its model. Where a host takes no text for
an event, `speaks` is false, and what there is to say waits for its next call.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, cast

from memp.errors import InputError
from memp.text.patterns import Pattern

Payload = Mapping[str, Any]


class HookCall(NamedTuple):
    """One call of a hook. `error` is that of a tool that failed, `command` what it was to do, `source` how the session
    began ("resume", ...)."""

    host: str
    event: str
    session: str = ""
    folder: str = ""
    transcript: str = ""
    model: str = ""
    prompt: str = ""
    error: str = ""
    command: str = ""
    source: str = ""
    speaks: bool = True


class ToolUse(NamedTuple):
    """A tool's call with its result, as a hook passes it; `status` is the exit status, where one is known."""

    id: object
    name: object
    input: object
    output: str
    failed: bool
    status: int | None


class HookHost(NamedTuple):
    """One row of the table: how a host's payload is read and answered.

    `session` and `folder` are the names of its fields, the first that is there counts; `failure` gives the error of a
    tool's call, or an empty text; `answer` takes the name that the host has for the event, and the text.
    """

    session: tuple[str, ...]
    folder: tuple[str, ...]
    failure: Callable[[Payload], str]
    answer: Callable[[str, str], Mapping[str, Any]]
    silent: tuple[str, ...] = ()
    """Its events, by its own names, that take no text for the model."""
    tool_use: Callable[[Payload], ToolUse] | None = None
    """Reads a tool's call, where its sessions are recorded from what its hooks note: it hands over no transcript whose
    form is known."""


def read_call(host: str, event: str, payload: object) -> HookCall:
    """Read a host's payload.

    Raises:
        InputError: it is no object.
    """
    if not isinstance(payload, Mapping):
        raise InputError("the payload is no object")
    row, fields = HOSTS[host], cast(Payload, payload)
    return HookCall(
        host=host,
        event=event,
        session=_first(fields, row.session),
        folder=_first(fields, row.folder),
        transcript=_text(fields.get("transcript_path")),
        model=_text(fields.get("model")),
        prompt=_text(fields.get("prompt")),
        error=without_surrogates(row.failure(fields)) if event == "tool" else "",
        command=_command(fields),
        source=_text(fields.get("source")),
        speaks=_text(fields.get("hook_event_name")) not in row.silent,
    )


def answer(call: HookCall, text: str, payload: object) -> str:
    """The host's JSON for a text, on one line, in ASCII: no terminal's encoding can break it."""
    name = _text(cast(Payload, payload).get("hook_event_name")) if isinstance(payload, Mapping) else ""
    return json.dumps(HOSTS[call.host].answer(name, text))


def _command(fields: Payload) -> str:
    """The action of a tool's call, as a recorded step has it: "Bash: pytest -q"."""
    given = fields.get("tool_input")
    command = _text(cast(Payload, given).get("command")) if isinstance(given, Mapping) else ""
    return f"Bash: {command}" if command else _text(fields.get("tool_name"))


def _first(fields: Payload, names: tuple[str, ...]) -> str:
    """The first text among these fields; of a list, its first element."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, list) and value:
            value = cast(list[object], value)[0]
        if text := _text(cast(object, value)):
            return text
    return ""


def _text(value: object) -> str:
    return without_surrogates(value) if isinstance(value, str) else ""


def without_surrogates(text: str) -> str:
    """A text with its lone surrogates replaced, which neither a file nor SQLite takes."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


_TEXTS = frozenset(
    "text content output stdout stderr result message error errors error_message reason details type stack diff".split()
)
"""Fields that hold a text itself."""


def words(value: object) -> str:
    """The text of a result: itself, or the texts within it, each with the name of its field where that is not a text's own:
    without it nobody could tell what a value is, nor that it is a secret."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        fields = cast(Payload, value).items()
        value = [
            f"{key}: {field}" if isinstance(field, str) and field and key not in _TEXTS else field
            for key, field in fields
        ]
    return "\n".join(filter(None, map(words, cast(list[object], value)))) if isinstance(value, list) else ""


def _specific(event: str, text: str) -> Mapping[str, Any]:
    """The answer that Claude Code and Codex read."""
    return {"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}}


# Claude Code


def _claude_failure(fields: Payload) -> str:
    return "" if fields.get("is_interrupt") is True else words(fields.get("error"))


# Codex


def _codex_failure(fields: Payload) -> str:
    """Codex calls after every tool and passes what it printed, without its exit status: its words must show a failure."""
    output = words(fields.get("tool_response"))
    return output if _FAILED.search(output[:20_000]) or _FAILED.search(output[-20_000:]) else ""


_FAILED = Pattern(
    r"\b(?:error|exception|traceback|fail(?:ed|ure|s)?|fatal|panic(?:ked)?|denied|refused|not found|no such|cannot|abort(?:ed)?"
    r"|undefined|unresolved|segmentation|timed out)\b|Error\b|Exception\b",
    re.IGNORECASE,
)


# Cursor


def _cursor_failure(fields: Payload) -> str:
    if "error_message" in fields:
        refused = fields.get("is_interrupt") is True or fields.get("failure_type") == "permission_denied"
        return "" if refused else words(fields.get("error_message"))
    result = _cursor_result(fields)
    return words(result) if _cursor_status(result) else ""


def _cursor_tool_use(fields: Payload) -> ToolUse:
    """Read postToolUse and postToolUseFailure."""
    result, failed = _cursor_result(fields), "error_message" in fields
    return ToolUse(
        id=fields.get("tool_use_id"),
        name=fields.get("tool_name"),
        input=fields.get("tool_input"),
        output=words(fields.get("error_message") if failed else result),
        failed=failed,
        status=_cursor_status(result),
    )


def _cursor_result(fields: Payload) -> object:
    """A tool's result: an object with its exit status, where Cursor wrote it as JSON; else text."""
    output: object = fields.get("tool_output")
    if isinstance(output, str):
        with suppress(ValueError, RecursionError):
            return json.loads(output)
    return output


def _cursor_status(result: object) -> int | None:
    """The exit status in a tool's result, if it has one."""
    status = cast(Payload, result).get("exitCode") if isinstance(result, Mapping) else None
    return status if isinstance(status, int) else None


def _cursor_answer(event: str, text: str) -> Mapping[str, Any]:
    return {"additional_context": text}


# opencode


def _own_failure(fields: Payload) -> str:
    return words(fields.get("error"))


def _own_answer(event: str, text: str) -> Mapping[str, Any]:
    return {"text": text}


HOSTS: Mapping[str, HookHost] = {
    "claude-code": HookHost(("session_id",), ("cwd",), _claude_failure, _specific),
    "codex": HookHost(("session_id",), ("cwd",), _codex_failure, _specific),
    "cursor": HookHost(
        ("conversation_id", "session_id"),
        ("workspace_roots", "cwd"),
        _cursor_failure,
        _cursor_answer,
        silent=("beforeSubmitPrompt", "postToolUseFailure"),
        tool_use=_cursor_tool_use,
    ),
    # Our own plugin asks here, so the form is ours.
    "opencode": HookHost(("session_id",), ("cwd",), _own_failure, _own_answer),
}
"""Every host that has hooks; a new one is a row."""
