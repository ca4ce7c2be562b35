"""Judge a task's outcome by rules, from what the transcript shows; the one place where that is decided.

From the strongest to the weakest:

1. the last test or build command after the last edit: its exit status, or where a pipe hides that, what it printed;
2. the user stopped the agent at the end, or the user's last word is a complaint: a failure, by "user: ..."
   (a complaint goes before 1: who looks at the result knows more than the tests do);
3. the last tool call failed;
4. the user's next message is praise: a success, by "user: ...".

Where the transcript shows none of these there is no outcome. That an agent says it is done counts for nothing: in a study of its
runs agents said so in about half of the failed ones.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

MAX_DETAIL = 160
"""Characters of a command or a message in the evidence."""


MAX_COMMAND = 20_000
"""Characters of a shell's line that are looked at."""


class Verdict(NamedTuple):
    """An outcome, with the evidence for it as "kind: detail"."""

    outcome: Literal["success", "failure"]
    evidence: str


@dataclass
class Done:
    """A step as the judge sees it: `command` is what a shell ran; `status` its exit status, where that is known."""

    action: str
    command: str = ""
    edits: bool = False
    failed: bool = False
    status: int | None = None
    observation: str = ""


def judge(steps: Sequence[Done], *, stopped: bool = False, praise: str = "", complaint: str = "") -> Verdict | None:
    """The outcome of a task, or None where the transcript shows none.

    Args:
        stopped: the user interrupted the agent, and nothing was done after it.
        praise: what the user said next, if that was praise.
        complaint: what the user said last, if that was a complaint and nothing was done after it.
    """
    if complaint:
        return Verdict("failure", f"user: {_short(complaint)}")
    checked = _checked(steps)
    if checked is not None:
        return checked
    if stopped:
        return Verdict("failure", "user: stopped the agent")
    if steps and (steps[-1].failed or steps[-1].status):
        last = steps[-1]
        if last.command and last.status is not None:
            return Verdict("failure", f"check: {_short(last.command)}, exit {last.status}")
        return Verdict("failure", f"environment: the last call failed: {_short(last.action)}")
    return Verdict("success", f"user: {_short(praise)}") if praise else None


def _checked(steps: Sequence[Done]) -> Verdict | None:
    """The verdict of the last check that ran after the last edit and says something."""
    for step in reversed(steps):
        part = check_in(step.command) if step.command else None
        verdict = None if part is None else _read(step, part)
        if verdict is not None:
            return verdict
        if step.edits:
            return None
    return None


def _read(step: Done, check: "Check") -> Verdict | None:
    if check.decides and step.status is not None:
        return Verdict("failure" if step.status else "success", f"check: {_short(check.command)}, exit {step.status}")
    if check.decides and step.failed:
        return Verdict("failure", f"check: {_short(check.command)}, failed")
    failed = _SAYS_FAILED.search(step.observation)
    match = failed or _SAYS_PASSED.search(step.observation)
    if match is None:
        return None
    return Verdict("failure" if failed else "success", f"check: {_short(check.command)}, printed {match[0].strip()}")


class Check(NamedTuple):
    """A test or build command within a shell's line; `decides` says whether the line's exit status is its own."""

    command: str
    decides: bool


def check_in(line: str) -> Check | None:
    """The last test or build command of a shell's line."""
    if len(line) > MAX_COMMAND:
        line = f"{line[: MAX_COMMAND // 2]}\n{line[-MAX_COMMAND // 2 :]}"
    parts = _SEPARATOR.split(line.strip())
    for at in range(len(parts) - 1, -1, -2):
        command = parts[at].strip()
        if _CHECK.match(command) and not _NO_CHECK.search(command):
            after = set(parts[at + 1 :: 2])
            after -= {"&&"} if "pipefail" not in line else {"&&", "|", "|&"}
            return Check(command, not after)
    return None


def status_in(observation: str) -> int | None:
    """The exit status that a tool wrote into its output, at its beginning or end."""
    for part in (observation[:400], observation[-200:]):
        match = _STATUS.search(part)
        if match:
            return int(match[1])
    return None


def _short(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= MAX_DETAIL else f"{line[: MAX_DETAIL - 3]}..."


# Groups of separators alternate with commands: "a && b | c" is a, &&, b, |, c.
_SEPARATOR = re.compile(r"(&&|\|\|?&?|;|\n)")

_WRAPPER = (
    r"(?:(?:\w+=\S*|sudo|time|env|exec|command|npx|bunx|uvx|nice(?:\s+-n\s*-?\d+)?|timeout\s+\S+|xvfb-run"
    r"|(?:uv|poetry|pdm|hatch|pipenv|rye|pixi)\s+run(?:\s+-\S+)*|bundle\s+exec|(?:pnpm|yarn|npm)\s+exec(?:\s+--)?"
    r"|\S*python[\d.]*(?:\s+-[A-Zu]\S*)*\s+-m)\s+){0,6}"
)
_CHECK = re.compile(
    _WRAPPER + r"(?:\S*/)?(?:"
    r"pytest|py\.test|tox|nox|unittest|ruff\s+check|flake8|mypy|pyright|tsc|eslint|jest|vitest|mocha|rspec|phpunit|ctest"
    r"|playwright\s+test|manage\.py\s+test|cargo\s+(?:\+\S+\s+)?(?:test|nextest|build|check|clippy)"
    r"|go\s+(?:test|build|vet)|(?:npm|pnpm|yarn|bun)\s+(?:-\S+\s+)*(?:run\s+)?(?:test|build|lint|check|typecheck)"
    r"|make(?:\s+(?:-\S+|\w+=\S*))*(?=\s*$|\s+(?:all|test|check|build|lint))|just\s+(?:test|check|build|lint)"
    r"|(?:gradle|gradlew|mvn|mvnw)\s+(?:-\S+\s+)*(?::?\S*:)?(?:test|build|check|verify|package|compile|install)"
    r"|(?:dotnet|swift|bazel|zig|deno|mix|sbt|rake|meson)\s+(?:test|build|check|lint|compile)|cmake\s+--build|ninja"
    r"|(?:bash\s+|sh\s+)?\S*(?:run_?tests?|test)\.sh"
    r")(?![\w.-])"
    # python test_a.py, python manage.py test
    r"|" + _WRAPPER + r"\S*python[\d.]*\s+(?:\S*/)?(?:test_\w+\.py|\w+_test\.py|runtests\.py|manage\.py\s+test)"
)
_NO_CHECK = re.compile(r"(?:^|\s)(?:--version|--help|-h|--collect-only|--co|--fixtures|--showlocals-only)(?:\s|$)")

_STATUS = re.compile(
    r"(?:\bexit(?:ed)?(?:\s+with)?(?:[ _](?:code|status))?|\breturn ?code|<returncode)\s*[:=>]?\s*(\d{1,3})\b", re.I
)
_SAYS_FAILED = re.compile(
    r"\b[1-9]\d* (?:failed|failing|failures?|errors?)\b|^FAIL(?:ED)?\b.{0,60}|\berror(?:\[E\d+\]| TS\d+)?: .{0,60}"
    r"|\bBUILD FAILED\b|\bmake(?:\[\d+\])?: \*\*\* .{0,60}|^Traceback \(most recent call last\)",
    re.MULTILINE,
)
_SAYS_PASSED = re.compile(
    r"\b[1-9]\d* (?:passed|passing)\b|^OK\b|^ok\s+\S+|\btest result: ok\b|\bAll checks passed\b|\bBUILD SUCCESS(?:FUL)?\b"
    r"|\b0 errors\b|^Success: no issues found\b",
    re.MULTILINE,
)
