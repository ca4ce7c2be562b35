"""What `codex exec --json` prints: events of a thread, a line each, without the prompt.

{type: thread.started, thread_id} | {type: turn.started | turn.completed | turn.failed, usage? | error?} | {type: item.started
| item.updated | item.completed, item: {id, type: command_execution | file_change | mcp_tool_call | web_search |
agent_message | reasoning | ..., status}} | {type: error, message}. Items are counted anew in each thread.
"""

import re
import shlex
from collections.abc import Iterable, Iterator

from memp.errors import InputError
from memp_clients.json_values import JsonObject, items, mapping, number, spent, text, words
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Ended, Event, Said, Spent, Verdict

_THREAD = ("thread.started", "turn.started", "turn.completed", "turn.failed")
_ITEM = ("item.started", "item.updated", "item.completed")
_SHELL = re.compile(r"\S*\b(?:bash|zsh|sh)\s+-l?c\s")

MAX_DETAIL = 160
"""Characters of an error that stand in the evidence."""


def sniff(record: JsonObject) -> bool:
    kind = record.get("type")
    if kind in _ITEM:
        item = mapping(record.get("item"))
        return "type" in item or "item_type" in item
    return kind in _THREAD and not ({"sessionId", "session_id", "payload"} & set(record))


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    asked, threads = False, 0
    called: set[str] = set()
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        kind = record.get("type")
        if kind == "thread.started" or not asked:
            asked, threads = True, threads + 1
            called.clear()
            yield About(text(record.get("thread_id")) or f"thread {threads}", "codex")
            yield Asked("", place, whole=True)
        try:
            if kind in _ITEM:
                yield from _item(mapping(record.get("item")), called, ended=kind == "item.completed")
            elif kind == "turn.completed":
                usage = mapping(record.get("usage"))
                paid = spent(usage.get("input_tokens"), usage.get("output_tokens"))
                yield Spent(max(0, paid - spent(usage.get("cached_input_tokens"))))
            elif kind == "turn.failed":
                said = " ".join(text(mapping(record.get("error")).get("message")).split())
                yield Ended(Verdict("failure", f"environment: the turn failed: {said}"[:MAX_DETAIL]))
        except InputError as error:
            yield Fault(place, str(error))


def _item(item: JsonObject, called: set[str], *, ended: bool) -> Iterator[Event]:
    name, kind = text(item.get("id")), text(item.get("type")) or text(item.get("item_type"))
    if kind in ("agent_message", "assistant_message", "reasoning") and ended:
        yield Said(text(item.get("text")).replace("**", ""))
        return
    call = _call(item, kind, name)
    if call is None:
        return
    if name not in called:
        called.add(name)
        yield call
    if ended:
        yield _answer(item, kind, name)


def _call(item: JsonObject, kind: str, name: str) -> Called | None:
    if kind == "command_execution":
        return Called(name, "shell", {"command": _command(text(item.get("command")))})
    if kind == "file_change":
        changes = [mapping(change) for change in items(item.get("changes"))]
        paths = [f"*** Update File: {text(change.get('path'))}" for change in changes]
        return Called(name, "apply_patch", {"patch": "\n".join(["*** Begin Patch", *paths])})
    if kind == "mcp_tool_call":
        tool = f"mcp__{text(item.get('server'))}__{text(item.get('tool'))}"
        return Called(name, tool, item.get("arguments"))
    if kind == "web_search":
        return Called(name, "WebSearch", {"query": item.get("query")})
    if kind == "collab_tool_call":
        return Called(name, text(item.get("tool")) or "agent", {"prompt": item.get("prompt")})
    return None


def _answer(item: JsonObject, kind: str, name: str) -> Answered:
    state = text(item.get("status"))
    failed, refused = state == "failed", state == "declined"
    if kind == "command_execution":
        status = number(item.get("exit_code"))
        status = None if status is None or status < 0 else status
        return Answered(name, text(item.get("aggregated_output")), bool(status), status, refused=refused)
    result = mapping(item.get("result"))
    said = text(mapping(item.get("error")).get("message")) or words(result.get("content"))
    return Answered(name, said, failed, refused=refused)


def _command(line: str) -> str:
    """The command that a shell was started for: of bash -lc 'pytest -q' the last word."""
    if _SHELL.match(line):
        try:
            parts = shlex.split(line)
        except ValueError:
            return line
        if len(parts) == 3:
            return parts[2]
    return line
