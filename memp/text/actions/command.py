"""The command of an action: without the wrapper of a shell's prompt or a tool call in JSON; its verb and its head."""

import re
from functools import lru_cache

MAX_HEAD = 300
"""Characters of an action that are read for what it acts on; after them comes what is written into a file."""

_VERB = re.compile(r"[A-Za-z_][\w.-]*")
_CALL = re.compile(r"[A-Za-z_][\w.]*\s*[(\[]|[A-Za-z_][\w.]*\s*\{\s*[\"'}]")
_SHELLS = re.compile(
    r"^(?:[$>%]\s+|(?:action|bash|shell|sh|terminal|execute_bash|run_command|run|exec|execute|sudo)\b\s*[:(\[]?\s*"
    r"(?:(?:command|cmd)\s*=\s*)?[\"']?)",
    re.IGNORECASE,
)
_JSON_COMMAND = re.compile(r'"(?:command|cmd|script)"\s*:\s*"([^"]{1,400})')
_JSON_TOOL = re.compile(r'"(?:tool|name|action|function|tool_name)"\s*:\s*"([\w.-]{1,60})"')


@lru_cache(maxsize=512)
def command_of(action: str) -> str:
    """An action without the wrapper around it: `ls` of "bash: ls", "$ ls" and {"tool": "bash", "command": "ls"}."""
    text = action.strip()[:600]
    if text.startswith("{"):
        inner = _JSON_COMMAND.search(text)
        tool = _JSON_TOOL.search(text)
        text = inner[1] if inner else f"{tool[1]}(" if tool else text
    for _ in range(2):
        match = _SHELLS.match(text)
        if match is None or match.end() == len(text):
            break
        text = text[match.end() :]
    return text


def head_of(action: str) -> str:
    """The beginning of an action without its wrapper: its verb and what it acts on. Of a tool call in JSON with its arguments."""
    command = command_of(action)
    if command.endswith("(") and action.lstrip().startswith("{"):
        command += _JSON_TOOL.sub("", action, count=1)
    return command[:MAX_HEAD]


@lru_cache(maxsize=512)
def is_plain(action: str) -> bool:
    """Whether an action is in words ("put mug 1 in/on desk 1"), not a command line, a call or code."""
    return (
        len(action) < MAX_HEAD
        and all(
            word.replace("'", "").replace("-", "").strip(",.").isalnum() or word == "in/on" for word in action.split()
        )
        and not action.startswith("-")
        and " -" not in action
    )


@lru_cache(maxsize=512)
def verb_of(action: str) -> str:
    """The verb of an action in lower case: "take" of "take mug 1", "search" of "search[red shoes]"."""
    match = _VERB.search(command_of(action))
    return match[0].lower().rstrip(".") if match else ""


def is_call(command: str) -> bool:
    """Whether a command is a function call, as "get_order(id=7)" and "search[red shoes]"."""
    return _CALL.match(command) is not None
