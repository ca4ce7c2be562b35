"""What stands around a command in a shell's line: the shell's own words and brackets, a shell that is given the line as text, and
programs that only run another one."""

import re
import shlex

WRAPPER = (
    r"(?:(?:\w+=\S*|sudo|time|env|exec|command|npx|bunx|uvx|nice(?:\s+-n\s*-?\d+)?|timeout\s+(?:-\S+\s+)*\S+|xvfb-run(?:\s+-\S+)*"
    r"|(?:uv|poetry|pdm|hatch|pipenv|rye|pixi)\s+run(?:\s+-\S+)*|bundle\s+exec|(?:pnpm|yarn|npm)\s+exec(?:\s+--)?"
    r"|(?:docker|podman)(?:[ -]compose)?(?:\s+-f\s+\S+)*\s+(?:exec|run)(?:\s+--?[\w-]+(?:=\S+)?)*\s+[\w./:-]+"
    r"|\S*python[\d.]*(?:\s+-[A-Zu]\S*)*\s+-m)\s+){0,6}"
)
"""A pattern of what only runs a command elsewhere or otherwise; for patterns that begin with it."""

_WRAPPED = re.compile(WRAPPER)
_KEYWORDS = re.compile(r"(?:(?:do|then|else|elif|if|while|until)\s+)+")
_SHELL = re.compile(
    r"(?:\w+=\S*\s+|sudo\s+|env\s+|timeout\s+\S+\s+)*(?:"
    r"(?:\S*/)?(?:ba|z|da)?sh\s+(?:-\w+\s+)*-\w*c"
    r"|ssh\s+(?:-\S+\s+(?:[^\s-]\S*\s+)?)*?[\w.@-]+"
    r")\s+(?P<quote>[\"'])(?P<line>.*)(?P=quote)",
    re.DOTALL,
)
_REDIRECTION = re.compile(r"(?:\d|&)?>{1,2}\s{0,3}(?:&\d|\S+)|\s<\s{0,3}\S+")

TALKS = re.compile(r"-[qsvx]+|--(?:quiet|verbose|silent|no-colou?r|colou?r)")
"""Options of a program that nobody knows, by which it only says more or less."""


def bare_command(part: str) -> str:
    """A part of a shell's line without the brackets and words of the shell's own around its command (`do`, `then`)."""
    part = part.strip().lstrip("({ ").rstrip(")} \t")
    word = _KEYWORDS.match(part)
    return part if word is None else part[word.end() :]


def without_wrapper(command: str) -> str:
    """A command without what only runs it elsewhere or otherwise: `uv run`, `python -m`, `CI=1`, a container."""
    match = _WRAPPED.match(command)
    return command if match is None else command[match.end() :]


def without_redirections(command: str) -> str:
    """A command without where its input comes from and its output goes."""
    return _REDIRECTION.sub(" ", command)


def line_within(command: str) -> str | None:
    """The line that a command gives to a shell, here or elsewhere: `pytest` of `bash -lc 'pytest'`; None where it gives none."""
    match = _SHELL.fullmatch(command)
    return match["line"] if match else None


def shell_words(command: str) -> list[str]:
    """The words of a command as a shell has them, or by its blanks where a quote is left open."""
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()
