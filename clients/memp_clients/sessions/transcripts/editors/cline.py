"""Cline's and Roo Code's sessions: tasks/<id>/api_conversation_history.json, a list of messages of Anthropic's API.

[{role: user | assistant, content: text or [{type: text | tool_use | tool_result, ...}], ts?}]. The first message is
<task>...</task>, later ones of the user's stand in <feedback> or <user_message>; <environment_details> is the client's.
Tools are called as XML in the words (<read_file><path>a.py</path></read_file>), or natively (tool_use). A result is a
tool_result, or words headed with the call ("[read_file for 'a.py'] Result:"), in the same text or before the next.
"""

import re
from collections.abc import Iterable, Iterator

from memp.errors import InputError
from memp_clients.json_values import JsonObject, blocks, items, mapping, moment, number, text, words
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.checks.results import status_in
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Event, Said, Stopped, When
from memp_clients.sessions.transcripts.editors.cline_tools import (
    NO_STEPS,
    Call,
    answers,
    calls_in,
    heading_of,
    is_tool,
    shown,
)

WRAPPED = "api_conversation_history"

LOOKED_AT = 6
"""Messages by which a list is recognised."""


def wrapped(value: object) -> JsonObject | None:
    """A list of messages of these clients as an object that holds it; None for any other value."""
    head = [mapping(message) for message in items(value)[:LOOKED_AT]]
    if not head or any(message.get("role") not in ("user", "assistant") for message in head):
        return None
    asked = any(message.get("role") == "user" and _BEGINS.match(_text(message)) for message in head)
    client = any(
        "<environment_details>" in _text(message) or heading_of(_text(message)) or any(map(_is_call, _parts(message)))
        for message in head
    )
    return {WRAPPED: value} if asked and client else None


def sniff(record: JsonObject) -> bool:
    return WRAPPED in record


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        messages = items(mapping(value)[WRAPPED])
        details = next(
            (match for message in messages[:LOOKED_AT] if (match := _FOLDER.search(_text(mapping(message))))), None
        )
        client = "roo-code" if details is not None and details[1] == "Workspace" else "cline"
        began = number(mapping(next(iter(messages), None)).get("ts"))
        yield About(str(began or place or "session"), client, None, details[2] if details is not None else None)
        conversation = _Conversation()
        for at, message in enumerate(map(mapping, messages), 1):
            where = ", ".join(filter(None, [place, f"message {at}"]))
            try:
                yield from conversation.events(message, where)
            except InputError as error:
                yield Fault(where, str(error))


class _Conversation:
    """Reads messages; holds the calls that wait for their result."""

    def __init__(self) -> None:
        self._waiting: list[Call] = []
        self._calls = 0

    def events(self, message: JsonObject, place: str) -> Iterator[Event]:
        yield When(moment(message.get("ts")))
        if message.get("role") == "assistant":
            model = text(mapping(message.get("modelInfo")).get("modelId"))
            if model:
                yield About(model=model)
            yield from self._assistant(message)
        elif message.get("role") == "user":
            yield from self._user(message, place)

    def _assistant(self, message: JsonObject) -> Iterator[Event]:
        self._waiting = []
        for block in blocks(message.get("content")):
            if block.get("type") == "tool_use":
                arguments = block.get("input")
                call = Call(text(block.get("id")), text(block.get("name")), mapping(arguments))
                yield from self._called(call)
                continue
            said, calls = calls_in(text(block.get("text", block.get("thinking"))))
            yield Said(said)
            for call in calls:
                yield from self._called(call)

    def _called(self, call: Call) -> Iterator[Event]:
        self._calls += 1
        call = call._replace(id=call.id or f"call {self._calls}")
        self._waiting.append(call)
        if call.name in NO_STEPS:
            yield Said(text(call.arguments.get("result")) or text(call.arguments.get("response")))
        else:
            yield Called(call.id, *shown(call))

    def _user(self, message: JsonObject, place: str) -> Iterator[Event]:
        """Results first, then what the user said; words behind a heading belong to it, up to the next."""
        call: Call | None = None
        seen: list[str] = []
        asked: list[str] = []
        for block in blocks(message.get("content")):
            if block.get("type") == "tool_result":
                yield from self._ended(call, seen, asked)
                call, seen = self._of_id(text(block.get("tool_use_id"))), []
                yield from self._ended(
                    call, [_plain(words(block.get("content")))], asked, failed=block.get("is_error") is True
                )
                call = None
                continue
            part = _plain(words([block]))
            heading = heading_of(part)
            if heading is not None:
                yield from self._ended(call, seen, asked)
                call, seen = self._of(heading[0], heading[1]), [heading[2]]
            elif call is not None and not _SPOKEN.match(part):
                seen.append(part)
            elif not part.startswith(_AUTOMATIC) or _USERS.search(part):
                asked.append(part)
        yield from self._ended(call, seen, asked)
        for part in asked:
            yield from _asked(part, place)

    def _of_id(self, name: str) -> Call | None:
        return self._taken(next((call for call in self._waiting if call.id == name), None))

    def _of(self, name: str, subject: str) -> Call | None:
        """The call that a heading names: by tool and argument, else the first of that tool."""
        waiting = self._waiting
        match = next((call for call in waiting if answers(call, name, subject)), None)
        return self._taken(match or next((call for call in waiting if call.name == name), None))

    def _taken(self, call: Call | None) -> Call | None:
        if call is not None:
            self._waiting.remove(call)
        return call

    def _ended(self, call: Call | None, seen: list[str], asked: list[str], failed: bool = False) -> Iterator[Event]:
        """The result of a call; what the user said to a last word of the agent's is a message of its own."""
        if call is None:
            return
        output = "\n".join(filter(None, (part.strip() for part in seen)))
        if call.name in NO_STEPS:
            asked.append(output)
            return
        refused = _DENIED.match(output) is not None
        failed = failed or _FAILED.match(output) is not None
        running = call.id if _RUNNING.match(output) else ""
        status = None if running else status_in(output[:400])
        yield Answered(call.id, output, failed and not refused, status, running, refused)
        if refused and "feedback" not in output[:400]:
            yield Stopped()


def _asked(part: str, place: str) -> Iterator[Event]:
    """What the user said; of a message that the client wrote, only what stands in its tags."""
    task = _TASK.match(part)
    if task is not None:
        yield Asked(task[1].strip(), place, whole=True)
        return
    for match in _USERS.finditer(part):
        yield Asked(match[2].strip(), place)


def _is_call(block: JsonObject) -> bool:
    return block.get("type") == "tool_use" and is_tool(text(block.get("name")))


def _parts(message: JsonObject) -> list[JsonObject]:
    return [mapping(part) for part in items(message.get("content"))]


def _text(message: JsonObject) -> str:
    content = message.get("content")
    return content if isinstance(content, str) else "\n".join(text(part.get("text")) for part in _parts(message))


def _plain(part: str) -> str:
    """A text without what the client says of its surroundings."""
    start = part.find("<environment_details>")
    if start < 0:
        return part
    end = part.find("</environment_details>", start)
    return part[:start] + ("" if end < 0 else part[end + len("</environment_details>") :])


_TASK = re.compile(r"\s*<task>(.*?)(?:</task>|\Z)", re.DOTALL)
_BEGINS = re.compile(r"\s*<(?:task|user_message)>")
_USERS = re.compile(r"<(feedback|user_message|answer)>(.*?)</\1>", re.DOTALL)
_SPOKEN = re.compile(r"\s*(?:<(?:feedback|user_message|task)>|The user provided the following feedback)")
_AUTOMATIC = ("[ERROR]", "[TASK RESUMPTION]", "[NOTE]")
_FOLDER = re.compile(r"^# Current (Working|Workspace) Directory \(([^\n]+?)\) Files", re.MULTILINE)
_DENIED = re.compile(r"\s*(?:The user denied this operation|\{\"status\":\s?\"denied\")")
_FAILED = re.compile(
    r"\s*(?:The tool execution failed|Tool \[\w+\] was not executed|\{\"status\":\s?\"error\"|<error>)"
)
_RUNNING = re.compile(r"\s*Command is still running")
