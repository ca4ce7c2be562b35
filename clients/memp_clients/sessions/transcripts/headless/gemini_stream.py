"""What `gemini -o stream-json` prints: {type: init | message | tool_use | tool_result | error | result, timestamp, ...}.

{type: init, session_id, model} | {type: message, role: user | assistant, content, delta?} | {type: tool_use, tool_name,
tool_id, parameters} | {type: tool_result, tool_id, status, output?, error?} | {type: result, status, error?, stats?}.
"""

from collections.abc import Iterable, Iterator

from memp_clients.json_values import JsonObject, mapping, moment, spent, text
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.checks.results import status_in
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Ended, Event, Said, Spent, Verdict, When

MAX_DETAIL = 160
"""Characters of an error that stand in the evidence."""


def sniff(record: JsonObject) -> bool:
    kind = record.get("type")
    if kind == "init":
        return "session_id" in record and "model" in record
    if kind == "message":
        return (
            record.get("role") in ("user", "assistant")
            and isinstance(record.get("content"), str)
            and "id" not in record
        )
    if kind == "tool_use":
        return "tool_name" in record and "tool_id" in record
    if kind == "tool_result":
        return "tool_id" in record and "status" in record
    return kind == "result" and "stats" in record and "status" in record and "session_id" not in record


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    asked, sessions, said = False, 0, list[str]()
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        kind = record.get("type")
        yield When(moment(record.get("timestamp")))
        if kind == "message" and record.get("role") == "assistant":
            said.append(text(record.get("content")))  # A piece of a message, as it came.
            continue
        if said:
            yield Said("".join(said))
            said = []
        if kind == "init":
            asked, sessions = False, sessions + 1
            name = text(record.get("session_id")) or f"session {sessions}"
            yield About(name, "gemini-cli", text(record.get("model")) or None)
        elif kind == "message" and record.get("role") == "user":
            asked = True
            yield About(None, "gemini-cli")
            yield Asked(text(record.get("content")), place)
        elif kind == "tool_use":
            if not asked:
                asked = True
                yield Asked("", place, whole=True)
            yield Called(text(record.get("tool_id")), text(record.get("tool_name")), record.get("parameters"))
        elif kind == "tool_result":
            yield _answer(record)
        elif kind == "result":
            yield from _ended(record)


def _answer(record: JsonObject) -> Answered:
    output = text(record.get("output")) or text(mapping(record.get("error")).get("message"))
    return Answered(text(record.get("tool_id")), output, record.get("status") == "error", status_in(output))


def _ended(record: JsonObject) -> Iterator[Event]:
    stats = mapping(record.get("stats"))
    yield Spent(max(0, spent(stats.get("total_tokens")) - spent(stats.get("cached"))))
    if record.get("status") == "error":
        error = mapping(record.get("error"))
        said = ": ".join(filter(None, [text(error.get("type")), text(error.get("message"))]))
        yield Ended(Verdict("failure", f"environment: result error {' '.join(said.split())}".strip()[:MAX_DETAIL]))
