"""SWE-agent's .traj and mini-swe-agent's .traj.json: one document is one task.

SWE-agent: {trajectory: [{thought, action, observation, state, ...}], history: [{role, content}], info: {exit_status, ...}}.
Its older editor works on the file that is open, which `state` names: "edit 12:14" with the new lines below.
mini-swe-agent: {messages: [{role, content, extra?}], info, trajectory_format}. Its actions stand in a block of bash, are tool
calls or (from version 2 on) in extra.actions; its observations say <returncode>, and extra.returncode.
"""

import re
from collections.abc import Iterable, Iterator

from memp.errors import InputError
from memp_clients.json_values import JsonObject, items, mapping, number, spent, text, words
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.actions import loaded
from memp_clients.sessions.tasks.checks.results import status_in
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Ended, Event, Said, Spent, Verdict

_BLOCK = re.compile(r"```(?:bash|mswea_bash_command|sh)?\s*\n(.*?)\n?```", re.DOTALL)
_STATEMENT = re.compile(
    r"<(?P<tag>pr_description|issue|task|uploaded_files_issue)>\s*(.*?)\s*</(?P=tag)>|ISSUE:\s*\n(.*?)\n(?:INSTRUCTIONS:|\Z)"
    r"|Please solve this issue:\s*(.*?)\n\nYou can execute bash commands",
    re.DOTALL,
)
_EDITORS = ("edit", "create", "insert", "append", "str_replace_editor", "undo_edit")
_OF_OPEN_FILE = re.compile(r"(?:edit|insert|append)\s")
_SUBMITS = re.compile(r"echo\s+[\"']?(?:COMPLETE_TASK_AND_SUBMIT|MINI_SWE_AGENT|MICRO_SWE_AGENT)_FINAL_OUTPUT")

MAX_STATEMENT = 20_000
"""Characters of the first message in which the statement is looked for."""

GAVE_UP = (
    "exit_cost",
    "exit_context",
    "exit_format",
    "exit_error",
    "exit_command_timeout",
    "LimitsExceeded",
    "TimeExceeded",
    "RepeatedFormatError",
    "CostLimit",
)
"""Exit statuses that are failures. "submitted" says nothing: whether the patch is right, nobody had looked yet."""


def sniff(record: JsonObject) -> bool:
    if text(record.get("trajectory_format")).startswith("mini-swe-agent"):
        return True
    steps = items(record.get("trajectory"))
    if isinstance(record.get("trajectory"), list) and "info" in record:
        return all({"action", "observation"} <= set(mapping(step)) for step in steps[:3])
    return "messages" in record and "exit_status" in mapping(record.get("info"))


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        info, name = mapping(record.get("info")), text(record.get("instance_id")) or text(record.get("environment"))
        try:
            happened = [*(_mini(record, place) if "messages" in record else _steps(record, place))]
        except InputError as error:
            yield Fault(place, str(error))
            continue
        model = text(mapping(mapping(mapping(info.get("config")).get("model"))).get("model_name"))
        yield About(session=name or place or "run", client="swe-agent", model=model or None)
        yield from happened
        usage = mapping(info.get("model_stats"))
        yield Spent(spent(usage.get("tokens_sent"), usage.get("tokens_received")))
        verdict = _verdict(record, info)
        if verdict:
            yield Ended(verdict)


def _steps(record: JsonObject, place: str) -> Iterator[Event]:
    yield Asked(_task(record), place, whole=True)
    opened = ""
    for step in map(mapping, items(record.get("trajectory"))):
        # An editing command works on the file that was open before it; `state` is the one after it.
        before, opened = opened, _opened(step.get("state")) or opened
        action, output = text(step.get("action")).strip(), text(step.get("observation"))
        if not action or action == "submit":
            continue
        yield Said(text(step.get("thought")))
        yield from _ran(action, output, before or opened)


def _opened(state: object) -> str:
    """The file that is open, as an object or JSON in text says it."""
    opened = text(mapping(loaded(state)).get("open_file"))
    return "" if opened in ("n/a", "None") else opened


def _ran(action: str, output: str, opened: str) -> Iterator[Event]:
    """A command: of SWE-agent's own editing tools with the file as its second or third word, or of the shell."""
    parts = action.split(maxsplit=20)
    if opened and _OF_OPEN_FILE.match(action):
        yield Called("", "edit", {"path": opened})
    elif parts[0] == "open" and len(parts) > 1:
        yield Called("", "open", {"path": parts[1].strip("\"'")})
    elif parts[0] in _EDITORS:
        what = parts[1] if parts[0] == "str_replace_editor" and len(parts) > 2 else parts[0]
        path = next((part for part in parts[1:] if "/" in part or "." in part), parts[-1])
        yield Called("", "str_replace_editor", {"command": what, "path": path})
    else:
        yield Called("", "bash", {"command": action})
    yield Answered("", output, False, status_in(output))


def _mini(record: JsonObject, place: str) -> Iterator[Event]:
    asked = False
    for message in map(mapping, items(record.get("messages"))):
        role, content = message.get("role"), words(message.get("content")) or text(message.get("output"))
        if role == "user" and not asked:
            asked = True
            yield Asked(_statement(content), place, whole=True)
        elif role == "assistant" or message.get("object") == "response":
            yield from _acted(message, content)
        elif role in ("user", "tool") or message.get("type") == "function_call_output":
            call = text(message.get("tool_call_id")) or text(message.get("call_id"))
            status = number(mapping(message.get("extra")).get("returncode"))
            yield Answered(call, content, False, status_in(content) if status is None or status < 0 else status)


def _acted(message: JsonObject, content: str) -> Iterator[Event]:
    actions = [mapping(action) for action in items(mapping(message.get("extra")).get("actions"))]
    if actions:
        yield Said(_said(message, content))
        for action in actions:
            if not _SUBMITS.match(text(action.get("command"))):
                yield Called(text(action.get("tool_call_id")), "bash", {"command": action.get("command")})
        return
    calls = [mapping(call) for call in items(message.get("tool_calls"))]
    block = _BLOCK.search(content)
    yield Said(content if block is None else content[: block.start()].removeprefix("THOUGHT:").strip())
    for call in calls:
        function = mapping(call.get("function"))
        yield Called(text(call.get("id")), text(function.get("name")), function.get("arguments"))
    if block is not None and not calls and not _SUBMITS.match(block[1]):
        yield Called("", "bash", {"command": block[1]})


def _said(message: JsonObject, content: str) -> str:
    """The words of a message, of the Responses API in its items."""
    parts = [
        mapping(part) for item in map(mapping, items(message.get("output"))) for part in items(item.get("content"))
    ]
    said = content or "\n".join(text(part.get("text")) for part in parts)
    block = _BLOCK.search(said)
    return (said if block is None else said[: block.start()]).removeprefix("THOUGHT:").strip()


def _task(record: JsonObject) -> str:
    """The problem statement: in the first user message that is no demonstration."""
    steps = items(record.get("trajectory"))
    history = items(record.get("history")) or items(mapping(steps[0] if steps else None).get("query"))
    for message in map(mapping, history):
        if message.get("role") == "user" and not message.get("is_demo"):
            return _statement(words(message.get("content")))
    return text(record.get("problem_statement"))


def _statement(message: str) -> str:
    match = _STATEMENT.search(message[:MAX_STATEMENT])
    return message if match is None else match[2] or match[3] or match[4]


def _verdict(record: JsonObject, info: JsonObject) -> Verdict | None:
    for fields in (record, info, mapping(record.get("report"))):
        if isinstance(fields.get("resolved"), bool):
            return Verdict(
                "success" if fields["resolved"] else "failure", f"environment: resolved: {fields['resolved']}"
            )
    status = text(info.get("exit_status"))
    gave_up = any(word in status for word in GAVE_UP)
    return Verdict("failure", f"environment: exit_status {status}") if gave_up else None
