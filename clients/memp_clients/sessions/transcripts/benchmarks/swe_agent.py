"""SWE-agent's .traj and mini-swe-agent's .traj.json: one document is one task.

SWE-agent: {trajectory: [{thought, action, observation, ...}], history: [{role, content}], info: {exit_status, ...}}.
mini-swe-agent: {messages: [{role, content, ...}], info, trajectory_format}; its actions stand in a block of bash, or
are tool calls, and its observations say <returncode>.
"""

import re
from collections.abc import Iterable, Iterator

from memp.errors import InputError
from memp_clients.json_values import JsonObject, items, mapping, spent, text, words
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Ended, Event, Said, Spent
from memp_clients.sessions.tasks.outcome import Verdict, status_in

_BLOCK = re.compile(r"```(?:bash|mswea_bash_command|sh)?\s*\n(.*?)\n?```", re.DOTALL)
_STATEMENT = re.compile(
    r"<(?P<tag>pr_description|issue|task|uploaded_files_issue)>\s*(.*?)\s*</(?P=tag)>|ISSUE:\s*\n(.*?)\n(?:INSTRUCTIONS:|\Z)",
    re.DOTALL,
)
_EDITORS = ("edit", "create", "insert", "append", "str_replace_editor", "undo_edit")

MAX_STATEMENT = 20_000
"""Characters of the first message in which the statement is looked for."""

GAVE_UP = (
    "exit_cost",
    "exit_context",
    "exit_format",
    "exit_error",
    "exit_command_timeout",
    "LimitsExceeded",
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
    for step in map(mapping, items(record.get("trajectory"))):
        action, output = text(step.get("action")).strip(), text(step.get("observation"))
        if not action or action == "submit":
            continue
        yield Said(text(step.get("thought")))
        yield from _ran(action, output)


def _ran(action: str, output: str) -> Iterator[Event]:
    """A command: of SWE-agent's own editing tools with the file as its second or third word, or of the shell."""
    parts = action.split()
    if parts[0] in _EDITORS:
        what = parts[1] if parts[0] == "str_replace_editor" and len(parts) > 2 else parts[0]
        path = next((part for part in parts[1:] if "/" in part or "." in part), parts[-1])
        yield Called("", "str_replace_editor", {"command": what, "path": path})
    else:
        yield Called("", "bash", {"command": action})
    yield Answered("", output, False, status_in(output))


def _mini(record: JsonObject, place: str) -> Iterator[Event]:
    asked = False
    for message in map(mapping, items(record.get("messages"))):
        role, content = message.get("role"), words(message.get("content"))
        if role == "user" and not asked:
            asked = True
            yield Asked(_statement(content), place, whole=True)
        elif role == "assistant":
            yield from _acted(message, content)
        elif role in ("user", "tool"):
            yield Answered(text(message.get("tool_call_id")), content, False, status_in(content))


def _acted(message: JsonObject, content: str) -> Iterator[Event]:
    calls = [mapping(call) for call in items(message.get("tool_calls"))]
    block = _BLOCK.search(content)
    yield Said(content if block is None else content[: block.start()].removeprefix("THOUGHT:").strip())
    for call in calls:
        function = mapping(call.get("function"))
        yield Called(text(call.get("id")), text(function.get("name")), function.get("arguments"))
    if block is not None and not calls:
        yield Called("", "bash", {"command": block[1]})


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
    return message if match is None else match[2] or match[3]


def _verdict(record: JsonObject, info: JsonObject) -> Verdict | None:
    for fields in (record, info, mapping(record.get("report"))):
        if isinstance(fields.get("resolved"), bool):
            return Verdict(
                "success" if fields["resolved"] else "failure", f"environment: resolved: {fields['resolved']}"
            )
    status = text(info.get("exit_status"))
    gave_up = any(word in status for word in GAVE_UP)
    return Verdict("failure", f"environment: exit_status {status}") if gave_up else None
