"""Commands of checks: which one words of evidence name, and how it ended where a run's steps ran it last.

A step ran a check where one of the commands of its line is that check; one that only speaks of it (`cat pytest.ini`,
`pip install pytest-xdist`) did not.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from memp.domain.trajectory import Step
from memp.text.actions.command import command_of
from memp.text.actions.kinds import kind_of
from memp.text.actions.shell import ASSIGNMENT, shell_parts
from memp.text.actions.wrappers import (
    TALKS,
    bare_command,
    line_within,
    shell_words,
    without_redirections,
    without_wrapper,
)
from memp.text.failures.detection import exit_status, failure_of
from memp.text.vocabulary import words_of

MAX_COMMAND = 2_000
"""Characters of a command that are kept and compared."""

MOST_ENDS = 12
"""Places of a line of evidence at which the command may end."""

MOST_WITHIN = 2
"""Shells within a shell whose lines are read."""

_ENDS = re.compile(
    r"[,;:](?=\s|\Z)|(?<=\w)\.(?=\s|\Z)|->|=>|\u2192|\s\("
    r"|\b(?:exit(?:ed)?|ended|returned|pass(?:ed|es)?|succeeded)\b",
    re.IGNORECASE,
)
"""What may follow the command in words for a check: "pytest -q, exit 0"."""

_OWN = re.compile(r"\Amemp check(?: --)? ")
_BESIDE = words_of("cd pushd popd export source . set unset echo printf true : exit")
"""Commands beside a check that are not why its line failed: they set where it runs, or tell how it ended."""

_PIPES = ("|", "|&")
_NOT_RUN = re.compile(r"\A(?:\S+: ){0,3}(?:line \d+: )?(?:(?:cd|pushd|source|\.): |\S+: (?:command )?not found\b)")
"""What a shell says that came to no check: there is no such folder, or no such program."""


class Ended(NamedTuple):
    """How a check ended the last time that a step ran it: the sentence for its failure, empty where it passed; and whether
    nothing was done after it."""

    failure: str
    last: bool


class _Part(NamedTuple):
    """A command of a line, by its words, and the sign before it."""

    words: tuple[str, ...]
    sign: str


def named_in(detail: str) -> list[str]:
    """What the command may be that words for a check begin with, the longest first: a comma, a colon or a word such as "exit" may
    be a part of it, or end it."""
    text = _OWN.sub("", " ".join(detail[: 2 * MAX_COMMAND].split()))
    ends = [match.start() for match in _ENDS.finditer(text)][:MOST_ENDS]
    commands = (_OWN.sub("", _unquoted(text[:end].strip(" ,;:"))) for end in [len(text), *reversed(ends)])
    return [command for command in dict.fromkeys(commands) if command and len(command) <= MAX_COMMAND]


def ended_in(commands: Sequence[str], steps: Sequence[Step]) -> Ended | None:
    """How a check ended the last time that a step ran it; None where none did, where the step does not tell, or where another
    command of the line may be what failed."""
    checks = {command: [part.words for part in parts] for command in commands if (parts := _parts(command))}
    programs = {check[0][0] for check in checks.values()}
    for at in range(len(steps) - 1, -1, -1):
        step = steps[at]
        lines = _lines(step.action) if any(program in step.action.casefold() for program in programs) else []
        ran = [(command, line) for command, check in checks.items() for line in lines if _at(check, line) >= 0]
        if not ran or _did_not_run(step.observation):
            continue
        decides = [command for command, line in ran if _decides(checks[command], line)]
        failure = _trouble((decides or [ran[0][0]])[0], step.observation)
        told = step.observation.strip() and (decides or not failure)
        return Ended(failure, last=all(_only_looks(later) for later in steps[at + 1 :])) if told else None
    return None


def _lines(action: str) -> list[list[_Part]]:
    """The commands of an action, as it stands and without the wrapper of a tool."""
    return [_parts(line[:MAX_COMMAND]) for line in dict.fromkeys((action.strip(), command_of(action)))]


def _parts(line: str, depth: int = 0) -> list[_Part]:
    """The commands of a line, with those of the lines that it gives to other shells."""
    parts, found = ["", *shell_parts(line)], list[_Part]()
    for sign, part in zip(parts[::2], parts[1::2], strict=True):
        command = bare_command(part)
        within = line_within(command) if depth < MOST_WITHIN else None
        if within is not None:
            inner = _parts(within, depth + 1)
            found += [inner[0]._replace(sign=sign), *inner[1:]] if inner else []
        elif words := _words(command):
            found.append(_Part(words, sign))
    return found


def _words(command: str) -> tuple[str, ...]:
    """The words of a command without what only says how, where and how loudly it is run."""
    own = _OWN.sub("", without_wrapper(without_redirections(command).strip()))
    program, *rest = [word for word in shell_words(without_wrapper(own)) if not TALKS.fullmatch(word)] or [""]
    words = [program.rpartition("/")[2] or program, *rest]
    return tuple(word.casefold() for word in words) if program else ()


def _at(check: Sequence[tuple[str, ...]], line: Sequence[_Part]) -> int:
    """The place in a line at which the commands of a check begin, the last such; -1 where they are none of it."""
    words, size = [part.words for part in line], len(check)
    return next((at for at in range(len(words) - size, -1, -1) if words[at : at + size] == [*check]), -1)


def _decides(check: Sequence[tuple[str, ...]], line: Sequence[_Part]) -> bool:
    """Whether a line that failed did so by the check: no other command of it can have failed, but one that reads its output."""
    at = _at(check, line)
    after = line[at + len(check) :]
    read = next((i for i, part in enumerate(after) if part.sign not in _PIPES), len(after))
    return all(_is_beside(part) for part in [*line[:at], *after[read:]])


def _is_beside(part: _Part) -> bool:
    return part.words[0] in _BESIDE or ASSIGNMENT.fullmatch(part.words[0]) is not None


def _did_not_run(observation: str) -> bool:
    """Whether a shell came to no check."""
    return exit_status(observation) in ("126", "127") or _NOT_RUN.match(observation.strip()) is not None


def _trouble(command: str, observation: str) -> str:
    """The sentence for a step that failed; empty where it did not."""
    code, failure = exit_status(observation), failure_of(observation)
    if code is not None and code != "0":
        return f'the step "{command[:60]}" ended with exit {code}'
    if failure is not None and failure.certain:
        return f'the step "{command[:60]}" says: {failure.text[:120]}'
    return ""


def _only_looks(step: Step) -> bool:
    """Whether a step cannot be why a check passes after it."""
    return kind_of(step.action) in ("look", "move", "open")


def _unquoted(text: str) -> str:
    """Words without the quotes around all of them."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "`\"'":
        return text[1:-1].strip()
    return text
