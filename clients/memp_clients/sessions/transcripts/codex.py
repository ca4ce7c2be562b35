"""Codex's logs: $CODEX_HOME/sessions/YYYY/MM/DD/rollout-*.jsonl, in two versions.

Now {timestamp, type: session_meta | turn_context | response_item | event_msg | compacted, payload}; until the middle of
2025 the first line was {id, timestamp, instructions, git} and the others bare response items. A response item is a
message, reasoning, function_call, custom_tool_call, local_shell_call or the output of one: the items of OpenAI's
Responses API, so lists of those are read here too.
"""

import json
import re
from collections.abc import Iterable, Iterator

from memp.errors import InputError
from memp_clients.json_values import JsonObject, items, mapping, moment, number, spent, text
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import (
    About,
    Answered,
    Asked,
    Called,
    Event,
    Said,
    Spent,
    Stopped,
    TakenBack,
    When,
)
from memp_clients.sessions.tasks.polls import handle_in

_LINES = ("session_meta", "turn_context", "response_item", "event_msg", "compacted", "world_state")
_ITEMS = (
    "reasoning", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output",
    "local_shell_call", "local_shell_call_output", "web_search_call",
)  # fmt: skip
_HEADER = re.compile(
    r"\A(?:(?:Chunk ID|Wall time|Process (?:exited|running)|Script (?:completed|running|failed)|Original token count"
    r"|Exit code|Total output lines)[^\n]*\n)+"
    r"(?:Output:\n)?"
)


UNIQUE = 20
"""Characters from which a call's id is no mere counter."""


def sniff(record: JsonObject) -> bool:
    if record.get("type") in _LINES:
        return isinstance(record.get("payload"), dict)
    if record.get("type") in _ITEMS:
        return True
    if record.get("type") == "message":
        first = mapping(next(iter(items(record.get("content"))), None))
        return first.get("type") in ("input_text", "output_text")
    return record.get("record_type") == "state" or {"id", "timestamp", "instructions"} <= set(record)


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    written: set[int] = set()
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        kind = record.get("type")
        payload = mapping(record.get("payload"))
        if _is_written(payload or record, text(record.get("timestamp")), written):
            continue
        yield When(moment(record.get("timestamp")))
        try:
            if kind in ("session_meta", None) and ("id" in payload or "id" in record):
                meta = payload or record
                yield About(text(meta.get("id")) or None, "codex", None, text(meta.get("cwd")) or None)
            elif kind == "turn_context":
                yield About(None, "codex", text(payload.get("model")) or None, text(payload.get("cwd")) or None)
            elif kind == "event_msg":
                yield from _event(payload)
            elif kind == "response_item":
                yield from _item(payload, place)
            else:
                yield from _item(record, place)
        except InputError as error:
            yield Fault(place, str(error))


def _is_written(response: JsonObject, at: str, written: set[int]) -> bool:
    """Whether a record was in the log before: a session that was resumed may begin with a copy. A call is known by its id,
    if that is long (a local model counts its calls anew each time), a message by its time and words."""
    call = text(response.get("call_id"))
    if len(call) >= UNIQUE:
        key = hash((str(response.get("type")), call))
    elif at and response.get("type") == "message":
        key = hash((at, str(response.get("role")), str(response.get("content"))))
    else:
        return False
    known = key in written
    written.add(key)
    return known


def _event(payload: JsonObject) -> Iterator[Event]:
    """Of the events only what no response item says."""
    if payload.get("type") == "turn_aborted" and payload.get("reason") == "interrupted":
        yield Stopped()
    elif payload.get("type") == "thread_rolled_back":
        turns = number(payload.get("num_turns")) or 0
        if turns > 0:
            yield TakenBack(turns=turns)
    elif payload.get("type") == "token_count":
        usage = mapping(mapping(payload.get("info")).get("last_token_usage"))
        paid = spent(usage.get("input_tokens"), usage.get("output_tokens")) - spent(usage.get("cached_input_tokens"))
        yield Spent(max(0, paid))


def _item(response: JsonObject, place: str) -> Iterator[Event]:
    kind, call = response.get("type"), text(response.get("call_id")) or text(response.get("id"))
    if kind == "message" or (kind is None and "role" in response):
        message_text = "\n".join(text(mapping(part).get("text")) for part in _parts(response.get("content")))
        if response.get("role") == "user":
            yield Asked(message_text, place)
        elif response.get("role") == "assistant":
            yield Said(message_text)
    elif kind == "reasoning":
        yield Said(
            "\n".join(text(mapping(part).get("text")) for part in _parts(response.get("summary"))).replace("**", "")
        )
    elif kind in ("function_call", "custom_tool_call"):
        yield Called(call, text(response.get("name")), response.get("arguments", response.get("input")))
    elif kind == "local_shell_call":
        yield Called(call, "shell", mapping(response.get("action")))
    elif kind == "web_search_call":
        yield Called(call, "WebSearch", mapping(response.get("action")))
    elif kind in ("function_call_output", "custom_tool_call_output", "local_shell_call_output"):
        yield _output(call, response.get("output"))


def _parts(content: object) -> list[object]:
    return [{"text": content}] if isinstance(content, str) else items(content)


def _output(call: str, output: object) -> Answered:
    """An output is text, {content, success}, a list of parts, or JSON {output, metadata: {exit_code}} as text."""
    fields = mapping(output)
    failed = fields.get("success") is False
    if fields:
        output = fields.get("content", fields.get("content_items"))
    printed = (
        output if isinstance(output, str) else "\n".join(text(mapping(part).get("text")) for part in items(output))
    )
    packed = _packed(printed)
    if packed:
        status = number(mapping(packed.get("metadata")).get("exit_code"))
        return Answered(call, text(packed.get("output")), failed or bool(status), status)
    header = _HEADER.match(printed)
    if header is None:
        return Answered(call, printed, failed)
    match = re.search(r"(?:Exit code:|exited with code) (-?\d+)", header[0])
    status = int(match[1]) if match else None
    return Answered(call, printed[header.end() :], failed or bool(status), status, handle_in(header[0]))


def _packed(printed: str) -> JsonObject:
    if not printed.startswith('{"output"'):
        return {}
    try:
        return mapping(json.loads(printed))
    except (ValueError, RecursionError):
        return {}
