"""Results of the checks that ran after the last change of a task, and what such a result is worth.

A check is a command that is known as one, or any other that prints a tally of tests.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from memp.text.actions.kinds import kind_of
from memp.text.actions.shell import commands_in
from memp.text.failures.detection import failure_of
from memp_clients.sessions.tasks.checks.commands import (
    Check,
    checks_in,
    did_not_run,
    status_of,
    was_cut,
)
from memp_clients.sessions.tasks.checks.lines import ends_of
from memp_clients.sessions.tasks.checks.masks import Masking
from memp_clients.sessions.tasks.checks.printed import ends_in, lines_of, printed_end, sentence_in, tally_in, worst_of
from memp_clients.sessions.tasks.checks.spoken import without_spoken
from memp_clients.sessions.tasks.sequel import rare_words

MAX_DETAIL = 160
"""Characters of a command or a message in the evidence."""

MAX_CHECKS = 50
"""Checks of one line that are read, the last ones."""

_OF_TESTS = re.compile(
    r"(?i:\btests?\b|\bspecs?\b|\bsuites?\b|\bassertions?\b|\bscenarios?\b)|\b(?:PASS|FAIL)(?:ED)?\b"
)
"""Words of runners, whose PASS and FAIL stand in capitals."""

ABOUT_TESTS = re.compile(r"\btests?\b|\bspecs?\b|тест|测试|テスト|테스트", re.IGNORECASE)


@dataclass
class Done:
    """A step as the judge sees it: `command` is what a shell ran; `status` its exit status, where that is known; `running`
    while it goes on in the background and nothing has told its end."""

    action: str
    command: str = ""
    edits: bool = False
    failed: bool = False
    status: int | None = None
    observation: str = ""
    running: bool = False
    refused: bool = False
    """The user did not let it run."""
    masks: Masking = ""
    """The effect of an edit on checks."""


class Result(NamedTuple):
    """A check that ran after the last edit. `passed` is None where its end is unknown."""

    check: Check
    passed: bool | None
    evidence: str
    at: int
    tallied: bool = False
    """Of a command that is no known check: its words do not say what it tests."""


def results_of(steps: Sequence[Done]) -> list[Result]:
    """The checks of a task, the newest first, and of one line the worst; those that checked nothing are left out."""
    return [result for at in range(len(steps) - 1, -1, -1) for result in _results(steps[at], at)]


def after_edits(results: Sequence[Result], steps: Sequence[Done]) -> list[Result]:
    """The checks that ran after the last change; documents do not count as one."""
    edited = (at for at in range(len(steps) - 1, -1, -1) if steps[at].edits)
    last = next((at for at in edited if not _DOCUMENTS.fullmatch(steps[at].action)), -1)
    return [result for result in results if result.at >= last]


def _results(step: Done, at: int) -> list[Result]:
    checks = checks_in(step.command)[-MAX_CHECKS:] if step.command else []
    if not checks:
        result = _tallied(step, at)
    elif step.running or step.refused:
        result = Result(checks[-1], None, "", at) if step.running else None
    elif len(checks) > 1 and checks[-1].kind == "test":
        return list(_of_line(step, checks, at))
    else:
        result = _read(step, checks[-1], at)
        return [one for one in (result, *_built(step, checks[:-1], at)) if one is not None]
    return [] if result is None else [result]


def _built(step: Done, checks: Sequence[Check], at: int) -> Iterator[Result]:
    """The builds of a line before its last check, where what was printed says that one failed."""
    end = printed_end(without_spoken(step.command, step.observation))
    for check in reversed(checks):
        if check.kind == "build" and not check.decides and end is not None and not end[0]:
            yield Result(check, False, f"check: {short(check.command)}, printed {end[1]}", at)


def _of_line(step: Done, checks: Sequence[Check], at: int) -> Iterator[Result]:
    """The results of several tests of one line."""
    last, printed = checks[-1], without_spoken(step.command, step.observation)
    status = status_of(last, step.status, step.observation)
    if status is None and last.decides and step.failed:
        status = 1
    if status and did_not_run(last, status, ""):
        status = None  # It had nothing to check, or was called wrongly.
    if was_cut(last, status):
        yield Result(last, None, "", at)
        return
    nothing = did_not_run(last, None, printed)
    for check, passed, words in ends_of(checks, status, printed):
        if nothing and passed is not False:
            continue
        shown = f"printed {words}" if words else "failed" if step.status is None else f"exit {step.status}"
        yield Result(check, passed, "" if passed is None else f"check: {short(check.command)}, {shown}", at)


def _read(step: Done, check: Check, at: int) -> Result | None:
    """The result of the one check of a line that counts."""
    command = short(check.command)
    status = status_of(check, step.status, step.observation)
    printed = without_spoken(step.command, step.observation)
    if did_not_run(check, status, printed):
        return None
    if was_cut(check, status):
        return Result(check, None, "", at)
    if status is not None:
        return Result(check, status == 0, f"check: {command}, exit {status}", at)
    if check.decides and step.failed:
        return Result(check, False, f"check: {command}, failed", at)
    branch = _branch(check, step.observation)
    if branch is not None:
        return Result(check, branch, f"check: {command}, {'passed' if branch else 'failed'}", at)
    end = _printed_end(check, step, printed)
    if end is None:
        return Result(check, None, "", at)
    return Result(check, end[0], f"check: {command}, printed {end[1]}", at)


def _branch(check: Check, printed: str) -> bool | None:
    """Whether a check passed by the branch that its line took after it."""
    lines = {line.strip() for line in lines_of(printed)}
    passed, failed = (bool(text) and text in lines for text in check.branches)
    return None if passed is failed else passed


def _printed_end(check: Check, step: Done, printed: str) -> tuple[bool, str] | None:
    """The end of a check by what was printed: the worst, where its line ran more than that."""
    others = check.loops or len(commands_in(step.command)) > 1
    worst = worst_of(ends_in(printed)) if others else None
    return (False, worst.words) if worst is not None and worst.passed is False else printed_end(printed)


def _tallied(step: Done, at: int) -> Result | None:
    """The result of a command that is not known as a check and prints a tally of tests; shown files may hold one too."""
    if not step.command or step.edits or step.running or step.refused or kind_of(step.action) == "look":
        return None
    commands = [command for command in commands_in(step.command) if not _SPEAKS.match(command)]
    if all(kind_of(command) == "look" for command in commands):
        return None
    lines = _own_lines(step, any(TESTS.search(_QUOTED.sub(" ", command)) for command in commands))
    worst = worst_of(ends_in(lines)) if any(map(_LOOPS.match, commands)) else None
    end = tally_in(lines) if worst is None else (worst.passed is True, worst.words)
    if end is None or not (_OF_TESTS.search(step.observation) or TESTS.search(step.command)):
        return None  # A program may count what else passed and failed.
    check = Check(short(step.command), False, "test")
    if end[0] and step.status:
        return Result(check, None, "", at, tallied=True)
    return Result(check, end[0], f"check: {check.command}, printed {end[1]}", at, tallied=True)


def _own_lines(step: Done, tests: bool) -> str:
    """An output without lines that the command itself holds, and, unless the command names tests, without sentences on all of
    them: who commits, sends or prints a text may have such a sentence in it."""
    command = step.command.casefold()
    return "\n".join(
        line
        for line in step.observation.splitlines()
        if not line.strip() or line.strip().casefold() not in command
        if (said := sentence_in(line)) is None or (tests and said[1].casefold() not in command)
    )


def tells(test: Result, steps: Sequence[Done], task: str) -> bool:
    """Whether a test that passes says something of the task: something was changed, not only tests (unless they are the
    task), and the test names nothing else than what was worked on."""
    if ABOUT_TESTS.search(task):
        return True
    edited = [step.action for step in steps if step.edits]
    changed = edited or any(kind_of(step.action) != "look" and test.check.command not in step.command for step in steps)
    if not changed or (edited and all(TESTS.search(action) for action in edited)):
        return False
    if test.tallied:
        return True
    named = rare_words(" ".join(word for word in test.check.command.split()[1:] if _PATH.fullmatch(word))) - _TEST_WORDS
    return not named or not edited or not named.isdisjoint(rare_words(task) | rare_words(" ".join(edited)))


def status_in(observation: str) -> int | None:
    """The exit status that a tool wrote into its output, at its beginning or end."""
    for part in (observation[:400], observation[-200:]):
        match = _STATUS.search(part)
        if match:
            return int(match[1])
    return None


def with_status(step: dict[str, str], done: Done) -> dict[str, str]:
    """A step whose words read like an error although it ended well, or the other way round, says its exit status."""
    if done.status is None or not done.command:
        return step
    seen, looks = step.get("observation", ""), kind_of(done.action) == "look"
    reads_failed = failure_of(seen, looks=looks) is not None
    if reads_failed is (done.status != 0) or (looks and done.status == 1):
        return step
    return {**step, "observation": f"{seen}\nExit code {done.status}".strip()}


def short(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= MAX_DETAIL else f"{line[: MAX_DETAIL - 3]}..."


_LOOPS = re.compile(r"(?:for|while|until)\s")
_SPEAKS = re.compile(
    r"(?:\w+=\S*\s+|sudo\s+|env\s+)*(?:\S*/)?(?:git|hg|svn|jj|gh|hub|glab|tea|echo|printf|cd|export|set|true|:)(?=\s|$)"
)
"""Commands that print what people wrote: version control, its hosts, the shell's own words."""

_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_STATUS = re.compile(
    r"(?:\bexit(?:ed)?(?:\s+with)?(?:[ _](?:code|status))?|\breturn ?code|<returncode)\s*[:=>]?\s*(\d{1,3})\b", re.I
)
_DOCUMENTS = re.compile(r"Edit: (?:[^,\n]+\.(?:md|rst|txt|adoc)(?:, )?)+", re.IGNORECASE)
TESTS = re.compile(r"test|spec", re.IGNORECASE)
_PATH = re.compile(r"(?!-|\./|\S*(?:bin/|manage\.py|python|\.sh\Z))\S*[/._]\S*")
"""A word of a test command that names what it tests."""

_TEST_WORDS = rare_words("tests test_ spec specs unit integration e2e")
