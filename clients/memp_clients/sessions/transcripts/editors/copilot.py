"""Copilot CLI's sessions: ~/.copilot/session-state/<id>/events.jsonl (older: <id>.jsonl), an event a line.

{type, data, id, parentId, timestamp, agentId?}: session.start {sessionId, context: {cwd}, selectedModel?}, user.message {content,
source?}, assistant.message {content, reasoningText?, model?, outputTokens?}, tool.execution_start {toolCallId, toolName,
arguments}, tool.execution_complete {toolCallId, success, result?: {content}, error?}, abort {reason},
session.snapshot_rewind {upToEventId}, session.model_change {newModel}. Events of subagents name the call that began them
(parentToolCallId) or the agent (agentId), and are left out.
"""

from collections.abc import Iterable, Iterator

from memp_clients.json_values import JsonObject, mapping, moment, spent, text
from memp_clients.sessions.files import Fault, Placed
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

_ROOMS = ("session.", "user.", "assistant.", "tool.", "hook.", "subagent.", "system.", "skill.", "permission.", "abort")
_NOTES = ("report_intent", "ask_user", "update_todo", "sql", "task_complete")
_STOPS = ("user_initiated", "user_abort", "user initiated", "remote_command")


def sniff(record: JsonObject) -> bool:
    kind = text(record.get("type"))
    return kind.startswith(_ROOMS) and isinstance(record.get("data"), dict) and {"id", "timestamp"} <= set(record)


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    prompts: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        kind, fields = text(record.get("type")), mapping(record.get("data"))
        name = text(record.get("id"))
        if name in numbers and name:
            continue  # Written twice.
        numbers[name] = len(numbers)
        if fields.get("parentToolCallId") or record.get("agentId"):
            continue
        yield When(moment(record.get("timestamp")))
        if kind in ("session.start", "session.resume"):
            yield _about(fields)
        elif kind == "session.model_change":
            yield About(None, "copilot-cli", text(fields.get("newModel")) or None)
        elif kind == "session.snapshot_rewind":
            yield from _taken_back(text(fields.get("upToEventId")), prompts, numbers)
        elif kind == "user.message":
            if _is_a_persons(fields):
                prompts[name] = place
                yield Asked(text(fields.get("content")), place)
        else:
            yield from _did(kind, fields)


def _about(fields: JsonObject) -> About:
    context = mapping(fields.get("context"))
    model = text(fields.get("selectedModel"))
    return About(text(fields.get("sessionId")) or None, "copilot-cli", model or None, text(context.get("cwd")) or None)


def _is_a_persons(fields: JsonObject) -> bool:
    """Whether a message is typed: skills, schedules and the autopilot write under the user's name too."""
    source = text(fields.get("source"))
    return fields.get("isAutopilotContinuation") is not True and source in ("", "user")


def _taken_back(back: str, prompts: dict[str, str], numbers: dict[str, int]) -> Iterator[Event]:
    """Take back the messages from an event on."""
    first = numbers.get(back)
    if first is None:
        return
    later = [name for name in prompts if numbers[name] >= first]
    if later:
        yield TakenBack(prompts[later[0]])
    for name in later:
        del prompts[name]


def _did(kind: str, fields: JsonObject) -> Iterator[Event]:
    call = text(fields.get("toolCallId"))
    if kind == "assistant.message":
        model = text(fields.get("model"))
        if model:
            yield About(model=model)
        yield Said(text(fields.get("reasoningText")))
        yield Said(text(fields.get("content")))
        yield Spent(spent(fields.get("outputTokens")))
    elif kind == "tool.execution_start" and text(fields.get("toolName")) not in _NOTES:
        yield Called(call, _tool(fields), fields.get("arguments"))
    elif kind == "tool.execution_complete":
        result, error = mapping(fields.get("result")), mapping(fields.get("error"))
        output = text(result.get("content")) or text(error.get("message"))
        failed = fields.get("success") is False
        refused = failed and text(error.get("code")) in ("rejected", "denied")
        yield Answered(call, output, failed and not refused, status_in(output), refused=refused)
    elif kind == "abort" and text(fields.get("reason")) in _STOPS:
        yield Stopped()


def _tool(fields: JsonObject) -> str:
    server = text(fields.get("mcpServerName"))
    name = text(fields.get("toolName"))
    return f"mcp__{server}__{text(fields.get('mcpToolName')) or name}" if server else name
