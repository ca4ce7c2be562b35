"""The operation of an action: what is done, without what it is done to. Steps of two runs are aligned where it is the same.

The name of a call or tool, a program with its subcommand ("git tag"), or the first word of an action in plain words.
"""

import re
from functools import lru_cache

from memp.text.actions.command import command_of, is_plain, verb_of
from memp.text.actions.shell import ASSIGNMENT, TOOLS, commands_in, run_elsewhere
from memp.text.vocabulary import words_of

_CALL = re.compile(r"([A-Za-z_][\w.-]*)\s*[(\[]")
_CALLED = re.compile(r"[A-Za-z_][\w.]*(?=[(\[])")
_JSON_NAME = re.compile(r'"(?:tool|tool_name|name|function|action|method|command)"\s*:\s*"([^"\s]{1,80})"')
_SUBCOMMAND = re.compile(r"[a-z][a-z-]{1,30}\Z")
_SCRIPT = re.compile(r"[\w./-]+\.\w{1,4}\Z")
WRAPPERS = words_of("env sudo time nohup xargs command exec nice stdbuf npx uvx bunx")
"""Programs that only run another one."""
_RUNNERS = words_of("python python2 python3 node ruby perl php bash sh zsh uv poetry pipenv bundle cargo java deno bun")
_PROGRAMS = TOOLS - {"go"}
"""Programs that are no words of English."""

MOST_PARTS = 4
"""Commands of one line that are read."""


@lru_cache(maxsize=4_096)
def operation_of(action: str) -> str:
    """The operation of an action, in lower case; empty where it names none."""
    text = command_of(action).strip()
    if text.startswith("{"):
        name = _JSON_NAME.search(action)
        return name[1].lower() if name else "{"
    if call := _CALL.match(text):
        return call[1].lower()
    if is_plain(text) and verb_of(text) not in _PROGRAMS:
        return text.split()[0].lower() if text else ""
    if "<<" in text:
        text = text.split("\n", 1)[0]  # What is written to a file is no command.
    parts = commands_in(text)[:MOST_PARTS]
    return " && ".join(filter(None, map(_program, parts)))


@lru_cache(maxsize=512)
def exact_operation_of(action: str) -> str:
    """The operation of an action; of a program that is not known with its second word, which may say what it does."""
    operation = operation_of(action)
    words = command_of(action).casefold().split()
    return " ".join(words[:2]) if words[:1] == [operation] else operation


def _program(command: str) -> str:
    """A program with its subcommand or script: "git tag", "python manage.py migrate"."""
    words = command.split()
    while words and (ASSIGNMENT.fullmatch(words[0]) or words[0] in WRAPPERS):
        words = words[1:]
    if not words:
        return ""
    if within := run_elsewhere(words):
        return f"{words[0].lower()} {_program(' '.join(within))}"
    called = _CALLED.match(words[0])
    name = [(called[0] if called else words[0]).lower()]
    rest = [] if name == ["ssh"] else words[1:]
    if name[0] in _RUNNERS:
        rest = [word for word in rest if word != "run"]
        if rest[:1] == ["-m"]:
            rest = rest[1:]
        if rest and not rest[0].startswith("-"):
            name.append(rest[0])
            rest = rest[1:]
    if name[-1] in TOOLS:
        rest = _without_options(rest)
    if rest and _SUBCOMMAND.fullmatch(rest[0]) and (len(name) == 1 or _SCRIPT.fullmatch(name[-1])):
        name.append(rest[0])
    return " ".join(name)


def _without_options(words: list[str]) -> list[str]:
    """The words after the options of a program itself, as in "kubectl -n shop get": one letter has a value, more have none."""
    while words and words[0].startswith("-"):
        has_value = len(words[0]) == len("-n")
        words = words[1 + has_value :]
    return words
