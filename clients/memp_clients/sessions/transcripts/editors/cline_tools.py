"""Tools of Cline and Roo Code: calls written as XML, what results are headed with, and the names that other clients use."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from memp_clients.json_values import JsonObject, text

MAX_HEADER = 20_000
"""Characters in which the end of a result's heading is looked for: a command stands in it as a whole."""


class Call(NamedTuple):
    """A tool call; `id` is empty where it is written as XML."""

    id: str
    name: str
    arguments: JsonObject


def is_tool(name: str) -> bool:
    """Whether it is the name of one of their tools."""
    return name in _TOOLS


def calls_in(message: str) -> tuple[str, list[Call]]:
    """The words of a message, and the calls that are written in it as XML; one that is cut off goes to the end."""
    words: list[str] = []
    calls: list[Call] = []
    at = 0
    while match := _OPENED.search(message, at):
        name = match[1]
        words.append(message[at : match.start()])
        end = message.find(f"</{name}>", match.end())
        stop = len(message) if end < 0 else end
        calls.append(Call("", name, dict(_parameters(message[match.end() : stop]))))
        at = stop if end < 0 else end + len(name) + 3
    words.append(message[at:])
    return _THINKING.sub(" ", "".join(words)).strip(), calls


def _parameters(inner: str) -> Iterator[tuple[str, str]]:
    at = 0
    while match := _PARAMETER.search(inner, at):
        name = match[1]
        # The content of a file may hold any tag: its own ends last.
        find = inner.rfind if name in ("content", "diff") else inner.find
        end = find(f"</{name}>", match.end())
        stop = len(inner) if end < 0 else end
        yield name, inner[match.end() : stop].strip("\n") if name in ("content", "diff") else _plain(inner, match, stop)
        at = stop if end < 0 else end + len(name) + 3


def _plain(inner: str, match: re.Match[str], stop: int) -> str:
    return inner[match.end() : stop].strip()


def heading_of(result: str) -> tuple[str, str, str] | None:
    """A result as (tool, what it was called with, the rest); None where no tool's heading stands before it."""
    match = _HEADING.match(result[:MAX_HEADER])
    return None if match is None else (match[1], match[2].strip(), result[match.end() :])


def answers(call: Call, name: str, subject: str) -> bool:
    """Whether a result headed with these is the result of a call."""
    if call.name != name:
        return False
    values = [value for value in call.arguments.values() if isinstance(value, str) and value]
    return not subject or any(f"'{value}'" in subject for value in [*values, *_paths(call.arguments)])


def shown(call: Call) -> tuple[str, object]:
    """A call by the name and with the arguments that `action_of` knows."""
    fields = {name: value for name, value in call.arguments.items() if name not in _ASIDE}
    paths = _paths(call.arguments)
    if paths and "path" not in fields:
        fields = {"path": ", ".join(dict.fromkeys(paths))}
    if call.name == "use_mcp_tool":
        return f"mcp__{text(fields.get('server_name'))}__{text(fields.get('tool_name'))}", fields.get("arguments")
    if call.name == "search_files":
        return "grep", {"pattern": fields.get("regex"), "path": fields.get("path")}
    if call.name in ("new_task", "use_subagents"):
        return "task", {"description": fields.get("message", fields.get("context"))}
    return _NAMES.get(call.name, call.name), fields


def _paths(arguments: JsonObject) -> list[str]:
    """The paths of a call that reads several files: <file><path>...</path></file>, or a list of {path}."""
    several = arguments.get("args", arguments.get("files"))
    if isinstance(several, list):
        several = json.dumps(several)
        return [json.loads(f'"{path}"') for path in _LISTED.findall(several)]
    return [path.strip() for path in _NESTED.findall(several)] if isinstance(several, str) else []


NO_STEPS = frozenset(
    {
        "attempt_completion", "plan_mode_respond", "plan_mode_response", "act_mode_respond", "switch_mode", "condense",
        "summarize_task", "update_todo_list", "load_mcp_documentation", "fetch_instructions", "new_rule", "report_bug",
    }
)  # fmt: skip
"""Calls by which an agent talks or keeps its own notes."""

_TOOLS = NO_STEPS | {
    "execute_command", "read_command_output", "read_file", "write_to_file", "replace_in_file", "apply_diff", "apply_patch",
    "insert_content", "search_and_replace", "search_replace", "edit_file", "edit", "search_files", "list_files",
    "list_code_definition_names", "codebase_search", "browser_action", "use_mcp_tool", "access_mcp_resource",
    "ask_followup_question", "new_task", "use_subagents", "web_fetch", "web_search", "generate_image", "skill", "use_skill",
    "run_slash_command", "generate_explanation", "delete_file",
}  # fmt: skip

_NAMES: Mapping[str, str] = {"apply_diff": "edit", "list_files": "ls", "use_skill": "skill"}

_ASIDE = ("requires_approval", "task_progress", "timeout", "cwd")
"""Parameters that say nothing of what is done."""

_OPENED = re.compile(rf"<({'|'.join(sorted(_TOOLS, key=len, reverse=True))})>")
_PARAMETER = re.compile(r"<([a-z_]{2,40})>")
_HEADING = re.compile(
    r"\s*\[([a-z]\w{2,60})(?:\s+for\b|\s+to\b|\s+in\b|:)?((?:(?!\] Result:).)*)\] Result:[ \t]*\n?", re.DOTALL
)
_THINKING = re.compile(r"</?thinking>")
_NESTED = re.compile(r"<path>(.*?)</path>", re.DOTALL)
_LISTED = re.compile(r'"path": "((?:[^"\\]|\\.)*)"')
