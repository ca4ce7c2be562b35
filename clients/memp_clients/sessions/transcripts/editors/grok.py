"""Grok Build's sessions: ~/.grok/sessions/<folder>/<id>/chat_history.jsonl, a message a line.

{type: system | user | assistant | reasoning | tool_result, content, ...}: assistant has tool_calls [{id, name, arguments}],
tool_result has tool_call_id, reasoning has summary. A user's line with synthetic_reason is the client's. There are no times.
"""

from collections.abc import Iterable, Iterator

from memp.errors import InputError
from memp_clients.json_values import JsonObject, items, mapping, text, words
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.checks.results import status_in
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Event, Said

_TYPES = ("system", "user", "assistant", "reasoning", "tool_result")
_OTHERS = ("message", "payload", "sessionId", "session_id", "uuid", "timestamp", "role", "tool_id")


def sniff(record: JsonObject) -> bool:
    if record.get("type") not in _TYPES or any(name in record for name in _OTHERS):
        return False
    if record.get("type") == "reasoning":
        return isinstance(record.get("summary"), list)  # Codex's look the same, and are tried before.
    if record.get("type") == "tool_result":
        return "tool_call_id" in record
    return isinstance(record.get("content"), str | list)


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    yield About(None, "grok")
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        try:
            yield from _record(record, place)
        except InputError as error:
            yield Fault(place, str(error))


def _record(record: JsonObject, place: str) -> Iterator[Event]:
    kind = record.get("type")
    if kind == "user" and not record.get("synthetic_reason"):
        yield Asked(words(record.get("content")), place)
    elif kind == "reasoning":
        yield Said("\n".join(text(mapping(part).get("text")) for part in items(record.get("summary"))))
    elif kind == "assistant":
        yield Said(words(record.get("content")))
        for call in map(mapping, items(record.get("tool_calls"))):
            named = mapping(call.get("function")) or call
            yield Called(text(call.get("id")), text(named.get("name")), named.get("arguments"))
    elif kind == "tool_result":
        output = words(record.get("content"))
        yield Answered(text(record.get("tool_call_id")), output, record.get("is_error") is True, status_in(output))
