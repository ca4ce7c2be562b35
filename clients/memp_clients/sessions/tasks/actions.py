"""Normalise tool calls to short actions: `Bash: pytest -q`, `Edit: src/app.py`, `WebSearch: sqlite wal`.

Shells, editors and readers have a name each in every host; here they are Bash, Edit and Read, so that a procedure that
one host's agent learnt reads the same in another's.
"""

import json
import re
import shlex
from collections.abc import Mapping
from typing import NamedTuple, cast

from memp.text.homes import from_folder, is_windows
from memp_clients.json_values import JsonObject, items, mapping, text
from memp_clients.sessions.tasks.checks.masks import Masking, masking_in, masking_of


class Action(NamedTuple):
    """An action's text; `command` is what a shell ran, if it was one; `edits` says whether files were changed, and `masks` what
    that did to checks."""

    text: str
    command: str = ""
    edits: bool = False
    masks: Masking = ""


def action_of(name: str, arguments: object, folder: str = "") -> Action | None:
    """A tool call as an action; None where it only keeps the agent's own notes (todo lists, plans, thoughts).

    Args:
        arguments: an object, or text that may hold one as JSON.
        folder: the working folder; paths within it are shown from there.
    """
    if _NOTES.fullmatch(name):
        return None
    arguments = loaded(arguments)
    fields = mapping(arguments)
    patch = text(arguments) or next((text(fields.get(key)) for key in ("patch", "patchText", "input")), "")
    if "*** Begin Patch" in patch:
        return _patched(patch, folder)
    path = next((text(fields[key]) for key in _PATHS if text(fields.get(key))), "")
    path = path if _READERS.fullmatch(name) or _EDITORS.search(name.lower()) or _SEARCHERS.fullmatch(name) else ""
    command = "" if path else _command(name, fields)
    if command:
        return _shell(command, folder)
    if path:
        return _file(name, path, fields, folder)
    if _SEARCHERS.fullmatch(name):
        subject = next((value for key in _SUBJECTS if (value := fields.get(key)) not in (None, "", [], {})), None)
        return Action(name if subject is None else f"{name}: {_shown(subject)}")
    return Action(_call(name, arguments))


def is_recording(name: str) -> bool:
    """Whether a tool is, or may be, one of ours that record a run: some hosts name no server."""
    return _RECORDING.fullmatch(name) is not None


def is_ours(name: str) -> bool:
    """Whether a tool is of the server that `memp connect` or the plugin enters, as hosts name it."""
    return _OURS.fullmatch(name) is not None


def _shell(command: str, folder: str) -> Action:
    if folder:
        # What goes to the working folder first says where the agent was anyway.
        command = re.sub(r"^(?:cd|pushd)\s+(?:/d\s+)?([\"']?)\.\1\s*(?:&&|;)\s*", "", from_folder(command, folder))
    if "*** Begin Patch" in command:
        return _patched(command, folder)
    edits = _EDITING.search(command) is not None
    return Action(f"Bash: {command.strip()}", command.strip(), edits, masking_in(command) if edits else "")


def _patched(patch: str, folder: str) -> Action:
    paths = _paths_in(patch, folder)
    return Action(f"Edit: {paths}", edits=True, masks=masking_of({}, patch, paths))


def _file(name: str, path: str, fields: JsonObject, folder: str) -> Action:
    command = text(fields.get("command"))  # Of an editor with several: view, create, str_replace, ...
    edits = command != "view" if command else _EDITORS.search(name.lower()) is not None
    masks: Masking = masking_of(fields, "", _within(path, folder)) if edits else ""
    label = "Edit" if edits else "Read" if command == "view" or _READERS.fullmatch(name) else name
    pattern = text(fields.get("pattern")) or text(fields.get("query"))
    return Action(
        f"{label}: {f'{_shown(pattern)} in ' if pattern else ''}{_within(path, folder)}", edits=edits, masks=masks
    )


def _command(name: str, fields: JsonObject) -> str:
    """The command line that a shell was given."""
    for key in ("command", "cmd", "commands", "bash_command", "code", "script"):
        value = fields.get(key)
        if isinstance(value, str) and value.strip():
            return value if key != "code" or not _PYTHON.search(name) else f"python -c {shlex.quote(value)}"
        if isinstance(value, list) and all(isinstance(part, str) for part in items(cast(object, value))):
            parts = cast(list[str], value)
            # ["bash", "-lc", "pytest -q"]
            if len(parts) == 3 and parts[1].startswith("-") and parts[1].endswith("c"):
                return parts[2]
            return shlex.join(parts)
    return ""


def _paths_in(patch: str, folder: str) -> str:
    paths = dict.fromkeys(_within(path.strip(), folder) for path in _PATCHED.findall(patch))
    return ", ".join(list(paths)[:8]) or "a patch"


def _within(path: str, folder: str) -> str:
    """A path from the working folder on; one of Windows with the separators that all systems know."""
    shown = from_folder(path, folder)
    return shown.replace("\\", "/") if is_windows(path) or is_windows(folder) else shown


def loaded(arguments: object) -> object:
    """The arguments of a call, parsed where they are JSON as text."""
    if isinstance(arguments, str) and arguments.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(arguments)
        except (ValueError, RecursionError):
            return arguments
    return arguments


def _call(name: str, arguments: object) -> str:
    """A call as it is written in code: book(city="Rome", nights=2). Arguments that are no object are shown as they are."""
    if isinstance(arguments, Mapping):
        pairs = cast(JsonObject, arguments).items()
        return f"{name}({', '.join(f'{key}={json.dumps(value, ensure_ascii=False)}' for key, value in pairs)})"
    return f"{name}({'' if arguments is None else arguments if isinstance(arguments, str) else json.dumps(arguments)})"


def _shown(value: object) -> str:
    line = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(line.split())


_NOTES = re.compile(
    r"(?:functions\.)?(?:todo_?(?:write|read)|write_?todos?|update_?plan|exit_?plan_?mode|enter_?plan_?mode|think|update_topic"
    r"|sequential_?thinking|task_?(?:create|update|list|get)|save_memory"
    # Our own tools, under whatever prefix a host gives them: how a task is looked up is no part of how it is done.
    r"|(?:\S*[_.:/-])?(?:recall_procedure|record_trajectory|reflect_on_failure))",
    re.IGNORECASE,
)
_RECORDING = re.compile(r"(?:(?:\S*[_.:/-])?memp[_.:/-]+)?(?:record_trajectory|reflect_on_failure)")
_OURS = re.compile(
    r"(?:functions\.)?(?:mcp__(?:plugin_memp_)?memp__|mcp_memp_|memp(?:__|[_.:/-]))(?:record_trajectory|reflect_on_failure)"
)
_PATHS = ("file_path", "filePath", "absolute_path", "notebook_path", "path", "file", "filename", "target_file")
_SUBJECTS = (
    "query",
    "pattern",
    "url",
    "urls",
    "name",
    "skill",
    "description",
    "prompt",
    "question",
    "questions",
    "chars",
)
_EDITORS = re.compile(r"edit|write|patch|replace|create|insert|delete|rename|append")
_READERS = re.compile(r"read|read_?file|view|open|cat|read_many_files|read_text_file", re.IGNORECASE)
_SEARCHERS = re.compile(
    r"web_?search|web_?fetch|google_web_search|grep|glob|search_file_content|find|ls|list|list_?dir(?:ectory)?|task|agent"
    r"|skill|invoke_skill|codebase_search|view_image",
    re.IGNORECASE,
)
_PYTHON = re.compile(r"python|jupyter", re.IGNORECASE)
_EDITING = re.compile(
    r"\bsed\s{1,3}-\S{0,20}i|\bperl\s{1,3}-\S{0,20}i|\bapply_patch\b|\bgit apply\b|\bpatch\s{1,3}-p"
    r"|>\s{0,3}[^\s<>]{1,300}\s{1,3}<<|<<-?\s{0,2}[^\s<>]{1,60}\s{1,3}>"
    # Changes that are thrown away or brought back are changes.
    r"|\bgit\s{1,3}(?:reset\s{1,3}--hard|restore|revert|stash(?!\s{1,3}(?:list|show))|checkout\s{1,3}(?:--|\."
    r"|\S{1,200}\s{1,3}--)(?=\s))"
    # Scripts that write files.
    r"|\b(?:python|node|ruby|perl|deno|bun)[\d.]{0,5}\s[^|]*(?:\bwrite_text\(|\bwriteFile"
    r"|\bopen\([^)\n]{0,200},\s?[\"'][wa]|\bos\.(?:rename|remove)\()"
)
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$", re.MULTILINE)
