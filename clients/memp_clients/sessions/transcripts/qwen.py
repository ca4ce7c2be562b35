"""Qwen Code's logs: ~/.qwen/projects/<folder>/chats/<session>.jsonl: the envelope of Claude Code's with Gemini's content.

A record is {uuid, parentUuid, sessionId, timestamp, cwd, version, type: user | assistant | tool_result | system, message:
{role, parts}, model?, usageMetadata?}. A prompt that hangs at an older record takes the later ones back, as in Claude Code's.
"""

from collections.abc import Iterable, Iterator

from memp_clients.json_values import JsonObject, mapping, moment, spent, text
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import About, Event, Spent, TakenBack, When
from memp_clients.sessions.transcripts.claude_code import Tree
from memp_clients.sessions.transcripts.gemini import content_events

_TYPES = ("user", "assistant", "tool_result", "system")


def sniff(record: JsonObject) -> bool:
    if record.get("type") not in _TYPES or "sessionId" not in record:
        return False
    return isinstance(mapping(record.get("message")).get("parts"), list) or "systemPayload" in record


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    tree = Tree()
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        if tree.has(record):
            continue
        kind, message = record.get("type"), mapping(record.get("message"))
        if kind not in _TYPES or kind == "system":
            tree.add(record)
            continue
        session, folder = text(record.get("sessionId")), text(record.get("cwd"))
        yield About(session or None, "qwen-code", text(record.get("model")) or None, folder or None)
        yield When(moment(record.get("timestamp")))
        if kind == "user":
            taken = tree.prompt(record, place)
            if taken:
                yield TakenBack(taken)
        else:
            tree.add(record)
        yield from content_events(message, place)
        usage = mapping(record.get("usageMetadata"))
        paid = spent(usage.get("totalTokenCount")) - spent(usage.get("cachedContentTokenCount"))
        if paid > 0:
            yield Spent(paid)
