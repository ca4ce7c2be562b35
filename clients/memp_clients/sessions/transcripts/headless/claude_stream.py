"""What `claude -p --output-format stream-json` prints, and Claude Code's SDK yields: a record a line, without the prompt.

{type: system, subtype: init, cwd, session_id, model, tools} | {type: assistant | user, message, session_id,
parent_tool_use_id, uuid, tool_use_result?} | {type: result, subtype: success | error_*, is_error, result}. The prompt stands
in it only where messages are fed in as a stream and replayed. What a subagent does names the call that began it
(parent_tool_use_id) and is left out. Qwen Code prints the same records.
"""

from collections.abc import Iterable, Iterator

from memp.errors import InputError
from memp_clients.json_values import JsonObject, blocks, items, mapping, moment, text
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import About, Asked, Ended, Event, Verdict, When
from memp_clients.sessions.transcripts.claude_code import answer_events, result_events

MAX_DETAIL = 160
"""Characters of an error that stand in the evidence."""


def sniff(record: JsonObject) -> bool:
    if "session_id" not in record or "sessionId" in record:
        return False
    kind = record.get("type")
    if kind in ("assistant", "user"):
        # Versions before 1.0 do not name a parent; what tells them from Cursor's are the parts and the usage.
        message = mapping(record.get("message"))
        parts = [mapping(part).get("type") for part in items(message.get("content"))]
        own = "parent_tool_use_id" in record or "usage" in message or {"tool_use", "tool_result"} & set(map(str, parts))
        return bool(own) and isinstance(message.get("content"), list | str)
    if kind == "system":
        return isinstance(record.get("tools"), list) or record.get("subtype") != "init"
    return kind == "result" and "num_turns" in record


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    session, asked = "", False
    paid: dict[str, int] = {}
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        name = text(record.get("session_id"))
        if name and name != session:
            session, asked, paid = name, False, {}
        if record.get("parent_tool_use_id") is not None:
            continue
        kind, message = record.get("type"), mapping(record.get("message"))
        model = text(record.get("model")) or text(message.get("model"))
        yield About(name or None, "claude-code", _named(model), text(record.get("cwd")) or None)
        yield When(moment(record.get("timestamp")))
        try:
            if kind == "assistant":
                if not asked:
                    asked = True
                    yield Asked("", place, whole=True)
                yield from answer_events(message, paid)
            elif kind == "user":
                prompt = _prompt(record, message)
                if prompt:
                    asked = True
                    yield Asked(prompt, place)
                yield from _results(record, message)
            elif kind == "result":
                yield from _ended(record)
        except InputError as error:
            yield Fault(place, str(error))


def _named(model: str) -> str | None:
    return model if model and not model.startswith("<") else None


def _prompt(record: JsonObject, message: JsonObject) -> str:
    """A person's words; those that stand beside a tool's result are the host's."""
    if record.get("isSynthetic") is True:
        return ""
    parts = blocks(message.get("content"))
    if any(part.get("type") == "tool_result" for part in parts):
        return ""
    return "\n".join(text(part.get("text")) for part in parts if part.get("type") == "text").strip()


def _results(record: JsonObject, message: JsonObject) -> Iterator[Event]:
    for block in blocks(message.get("content")):
        if block.get("type") == "tool_result":
            yield from result_events(block, mapping(record.get("tool_use_result")))


def _ended(record: JsonObject) -> Iterator[Event]:
    """An error is the outcome; that it ended by itself says nothing of what it was to do."""
    subtype = text(record.get("subtype"))
    if record.get("is_error") is not True and not subtype.startswith("error"):
        return
    said = text(record.get("result")) or "; ".join(filter(None, map(text, items(record.get("errors")))))
    reason = subtype if subtype.startswith("error") else "error"
    detail = f"{reason}: {' '.join(said.split())}" if said else reason
    yield Ended(Verdict("failure", f"environment: result {detail[:MAX_DETAIL]}"))
