"""Cursor's agent transcripts: ~/.cursor/projects/<folder>/agent-transcripts/, in two versions. Neither holds all results.

Newer (<id>/<id>.jsonl): {role: user | assistant, message: {content: [{type: text | tool_use, text? | name, input}]}} and
{type: turn_ended, status}; what the tools answered is not in it. Older (<id>.txt): "user:" and "assistant:" on lines of their
own, [Thinking], [Tool call] NAME with "  name: value" below, [Tool result] NAME. What a person typed stands in <user_query>.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from memp.errors import InputError
from memp_clients.json_values import JsonObject, blocks, mapping, text, words
from memp_clients.sessions.files import Fault, Placed, text_lines
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Event, Said, Stopped

WRITTEN = "cursor_transcript"
"""Field of the records that are made of an older transcript's lines."""


def sniff(record: JsonObject) -> bool:
    if WRITTEN in record:
        return True
    if record.get("type") == "turn_ended" and "status" in record:
        return True
    if record.get("role") not in ("user", "assistant") or not set(record) <= {"role", "message", "timestamp"}:
        return False
    return isinstance(mapping(record.get("message")).get("content"), list)


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    yield About(None, "cursor")
    calls = 0
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        try:
            if record.get("type") == "turn_ended":
                if record.get("status") in ("aborted", "cancelled", "canceled"):
                    yield Stopped()
                continue
            for block in blocks(mapping(record.get("message")).get("content")):
                calls += 1
                yield from _block(block, text(record.get("role")), f"call {calls}", place)
        except InputError as error:
            yield Fault(place, str(error))


def _block(block: JsonObject, role: str, name: str, place: str) -> Iterator[Event]:
    if block.get("type") == "tool_use":
        yield Called(name, text(block.get("name")), block.get("input"))
    elif block.get("type") == "tool_result":
        yield Answered("", words(block.get("content")), block.get("is_error") is True)
    elif role == "user":
        yield from _asked(words([block]), place)
    else:
        yield Said(words([block]))


def _asked(message: str, place: str) -> Iterator[Event]:
    queries = _QUERY.findall(message)
    asked = "\n".join(queries).strip() if queries else _TIME.sub("", message).strip()
    if asked:
        yield Asked(asked, place)


def stored_values(source: str) -> Iterator[Placed] | None:
    """The records of an older transcript; None where the file is none."""
    head = [line for _, line in islice(text_lines(source), 2)]
    if len(head) < 2 or head[0] != "user:" or isinstance(head[1], Fault) or not head[1].startswith("<"):
        return None
    return _records(source)


def _records(source: str) -> Iterator[Placed]:
    """A record for each message, call and result of an older transcript."""
    role, kind, start, held = "", "", 0, list[str]()
    for number, line in text_lines(source):
        if isinstance(line, Fault):
            yield line.place, line
            continue
        mark = _MARK.match(line) if role == "assistant" else None
        if line not in ("user:", "assistant:") and mark is None:
            held.append(line)
            continue
        if any(held):
            yield _record(role, kind, start, held)
        role, kind = (line[:-1], "") if mark is None else (role, mark[1])
        start, held = number, [] if mark is None or not mark[2] else [mark[2]]
    if any(held):
        yield _record(role, kind, start, held)


def _record(role: str, kind: str, start: int, lines: list[str]) -> Placed:
    block: dict[str, object] = {"type": "text", "text": "\n".join(lines)}
    if kind == "Tool call":
        block = {"type": "tool_use", "name": lines[0].strip(), "input": _arguments(lines[1:])}
    elif kind == "Tool result":
        block = {"type": "tool_result", "content": "\n".join(lines[1:])}
    return f"line {start}", {WRITTEN: kind or "message", "role": role, "message": {"content": [block]}}


def _arguments(lines: list[str]) -> dict[str, str]:
    arguments: dict[str, str] = {}
    name = ""
    for line in lines:
        match = _ARGUMENT.match(line)
        if match is not None:
            name = match[1]
            arguments[name] = match[2]
        elif name:
            arguments[name] = f"{arguments[name]}\n{line}".rstrip()
    return arguments


_QUERY = re.compile(r"<user_query>\s*(.*?)\s*(?:</user_query>|\Z)", re.DOTALL)
_TIME = re.compile(r"<(timestamp|attached_files|open_and_recently_viewed_files|system_reminder)>.*?</\1>", re.DOTALL)
_MARK = re.compile(r"\[(Thinking|Tool call|Tool result)\]\s?(.*)")
_ARGUMENT = re.compile(r"  ([A-Za-z_]\w*): ?(.*)")
