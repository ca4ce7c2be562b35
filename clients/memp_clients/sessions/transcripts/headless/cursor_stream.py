"""What `cursor-agent -p --output-format stream-json` prints: like Claude Code's, but for the tool calls.

{type: system, subtype: init, cwd, session_id, model} | {type: user | assistant, message, session_id} | {type: tool_call, subtype:
started | completed, call_id, tool_call: {shellToolCall: {args, result?: {success | failure | error | rejected: {...}}}}} | {type:
result, subtype, is_error, result}. The user's line holds the prompt.
"""

from collections.abc import Iterable, Iterator

from memp.errors import InputError
from memp_clients.json_values import JsonObject, mapping, moment, number, text, words
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Ended, Event, Said, Verdict, When

_SUFFIX = "ToolCall"
_OUTPUTS = ("stdout", "output", "interleavedOutput", "stderr", "content", "message", "errorMessage", "error", "reason")

MAX_DETAIL = 160
"""Characters of an error that stand in the evidence."""


def sniff(record: JsonObject) -> bool:
    kind = record.get("type")
    if kind == "tool_call":
        return isinstance(record.get("tool_call"), dict) and record.get("subtype") in ("started", "completed")
    if "session_id" not in record or {"parent_tool_use_id", "tools", "num_turns", "sessionId"} & set(record):
        return False
    if kind == "system":
        return record.get("subtype") == "init" and "model" in record
    if kind == "result":
        return "is_error" in record
    message = mapping(record.get("message"))
    return (
        kind in ("user", "assistant") and set(message) == {"role", "content"} and isinstance(message["content"], list)
    )


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    asked, called = False, dict[str, str]()
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        kind = record.get("type")
        if kind == "system":
            asked = False
            folder = text(record.get("cwd")) or None
            yield About(text(record.get("session_id")) or None, "cursor", text(record.get("model")) or None, folder)
        yield When(moment(record.get("timestamp_ms")))
        try:
            if kind == "user":
                asked = True
                yield About(text(record.get("session_id")) or None, "cursor")
                yield Asked(words(mapping(record.get("message")).get("content")), place)
            elif kind == "assistant":
                yield Said(words(mapping(record.get("message")).get("content")))
            elif kind == "tool_call":
                if not asked:
                    asked = True
                    yield Asked("", place, whole=True)
                yield from _call(record, called)
            elif kind == "result" and record.get("is_error") is True:
                said = " ".join(text(record.get("result")).split())
                yield Ended(Verdict("failure", f"environment: result error: {said}"[:MAX_DETAIL]))
        except InputError as error:
            yield Fault(place, str(error))


def _call(record: JsonObject, called: dict[str, str]) -> Iterator[Event]:
    """A call as it begins or ends; one whose beginning is cut off begins with its end."""
    wrapper, name = mapping(record.get("tool_call")), text(record.get("call_id"))
    key = next((key for key, value in wrapper.items() if isinstance(value, dict)), "")
    call = mapping(wrapper.get(key))
    if not name or name not in called:
        tool = key.removesuffix(_SUFFIX) or "tool"
        function = mapping(wrapper.get("function"))
        called[name] = tool
        yield Called(name, text(function.get("name")) or tool, function.get("arguments", call.get("args")))
    if record.get("subtype") == "completed":
        yield _answer(mapping(call.get("result")), name)


def _answer(result: JsonObject, name: str) -> Answered:
    state = next((state for state in ("success", "failure", "error", "rejected") if state in result), "")
    fields = mapping(result.get(state))
    parts = list(dict.fromkeys(filter(None, (text(fields.get(key)) for key in _OUTPUTS))))
    status = number(fields.get("exitCode"))
    failed = state in ("failure", "error") or bool(status)
    return Answered(name, "\n".join(parts), failed, status, refused=state == "rejected")
