"""Gemini CLI's logs: ~/.gemini/tmp/<project>/chats/session-*, in two versions, and what `/chat save` writes.

Older (.json): one document {sessionId, projectHash, startTime, messages: [...]}. Newer (.jsonl): that object without
messages on the first line, then a message a line, written again with the same id when it grows, {$set: {...}} and
{$rewindTo: id}. A message is {id, type: user | gemini | info | error | warning, content, toolCalls?, thoughts?, tokens?,
model?}. `/chat save` writes a list of contents {role: user | model, parts}. logs.json holds prompts only.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

from memp_clients.json_values import JsonObject, items, mapping, moment, spent, text
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.regular import open_regular
from memp_clients.sessions.tasks.checks.results import status_in
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

_TYPES = ("user", "gemini", "info", "error", "warning")
PROMPTS_ONLY = "a prompt without what the agent did (Gemini CLI's logs.json): import the files in chats/"


def sniff(record: JsonObject) -> bool:
    if "$rewindTo" in record or "$set" in record or ("sessionId" in record and "projectHash" in record):
        return True
    if record.get("type") in _TYPES and "timestamp" in record:
        return ("id" in record and "content" in record) or ("messageId" in record and "message" in record)
    return record.get("role") in ("user", "model") and isinstance(record.get("parts"), list)


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    """The messages since the user's last one are held, as a later line may replace or take back one of them."""
    held: dict[str, tuple[str, JsonObject]] = {}
    given: dict[str, str] = {}
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        if "parts" in record:
            yield About(None, "gemini-cli")
            yield from content_events(record, place)
        elif "messageId" in record:
            yield Fault(place, PROMPTS_ONLY)
        elif "$rewindTo" in record:
            ids = list(held)
            back = text(record["$rewindTo"])
            for name in ids[ids.index(back) :] if back in held else ids:
                del held[name]
            if back in given:
                yield from _taken_back(given, back)
        else:
            if "projectHash" in record:
                folders = [text(folder) for folder in items(record.get("directories"))]
                yield About(text(record.get("sessionId")) or None, "gemini-cli", None, next(iter(folders), None))
            more = [record] if "id" in record else items(mapping(record.get("$set", record)).get("messages"))
            for at, message in enumerate(map(mapping, more), 1):
                name = text(message.get("id"))
                if name in given:
                    continue
                if message.get("type") == "user" and name not in held:
                    yield from _given(held, given)
                held[name] = (place if "id" in record else ", ".join(filter(None, [place, f"message {at}"])), message)
    yield from _given(held, given)


def folder_of(source: str) -> str | None:
    """The project's folder, by the file .project_root beside chats/ (newer versions)."""
    for folder in list(Path(source).parents)[:4]:
        root = folder / ".project_root"
        try:
            with open_regular(root, follow=False) as file:
                return file.read(4_000).decode("utf-8", "replace").strip()[:1_000]
        except (OSError, ValueError):  # It is not there, no file, or nobody may read it.
            continue
    return None


def _taken_back(given: dict[str, str], back: str) -> Iterator[Event]:
    """Take back what was given out already, from the message `back` on; only the user's messages have a place."""
    names = list(given)
    for name in names[names.index(back) :]:
        place = given.pop(name)
        if place:
            yield TakenBack(place)


def _given(held: dict[str, tuple[str, JsonObject]], given: dict[str, str]) -> Iterator[Event]:
    for place, message in held.values():
        yield from _message(message, place)
    given.update({name: place if message.get("type") == "user" else "" for name, (place, message) in held.items()})
    held.clear()


def _message(message: JsonObject, place: str) -> Iterator[Event]:
    yield When(moment(message.get("timestamp")))
    if message.get("type") == "user":
        yield from _request(_text(message.get("content")), place)
    if message.get("type") == "info" and "Request cancelled" in _text(message.get("content")):
        yield Stopped()
    if message.get("type") != "gemini":
        return
    yield About(None, "gemini-cli", text(message.get("model")) or None)
    for thought in map(mapping, items(message.get("thoughts"))):
        yield Said(": ".join(filter(None, [text(thought.get("subject")), text(thought.get("description"))])))
    yield Said(_text(message.get("content")))
    for call in map(mapping, items(message.get("toolCalls"))):
        yield from _call(call)
    tokens = mapping(message.get("tokens"))
    paid = spent(tokens.get("total")) - spent(tokens.get("cached"))
    if paid > 0:
        yield Spent(paid)


def _request(message: str, place: str) -> Iterator[Event]:
    # What the host itself does not show as the user's when it resumes a session.
    if not message.strip().startswith(("/", "?", "<session_context>", "<hook_context>")):
        yield Asked(message, place)


def _call(call: JsonObject) -> Iterator[Event]:
    name, output = text(call.get("id")), _response(call.get("result"))
    yield Called(name, text(call.get("name")), call.get("args"))
    failed = call.get("status") == "error"
    status = status_in(output)
    if status is None and call.get("status") == "success" and "Background PIDs" not in output:
        # The shell tool names an exit status only where it is not 0.
        status = 0 if call.get("name") == "run_shell_command" and not handle_in(output) else None
    yield Answered(name, output or text(call.get("resultDisplay")), failed, status)
    if call.get("status") == "cancelled":
        yield Stopped()


def content_events(content: JsonObject, place: str) -> Iterator[Event]:
    """Read a content of the API: text, functionCall and functionResponse parts."""
    for part in map(mapping, items(content.get("parts"))):
        call, response = mapping(part.get("functionCall")), mapping(part.get("functionResponse"))
        if call:
            yield Called(text(call.get("id")), text(call.get("name")), call.get("args"))
        elif response:
            output = _response([part])
            failed = "error" in mapping(response.get("response"))
            yield Answered(text(response.get("id")), output, failed, status_in(output))
        elif content.get("role") == "user":
            yield from _request(text(part.get("text")), place)
        else:
            yield Said(text(part.get("text")))


def _response(result: object) -> str:
    if isinstance(result, str):
        return result
    outputs: list[str] = []
    for part in map(mapping, items(result)):
        response = mapping(mapping(part.get("functionResponse")).get("response"))
        outputs.append(
            text(response.get("output")) or text(response.get("error")) or text(response.get("content"))
            or text(part.get("text"))
        )  # fmt: skip
    return "\n".join(filter(None, outputs))


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts: list[object] = [content] if isinstance(content, Mapping) else items(content)
    return "\n".join(
        part if isinstance(part, str) else text(cast(JsonObject, part).get("text"))
        for part in parts
        if isinstance(part, str | Mapping)
    ).strip()
