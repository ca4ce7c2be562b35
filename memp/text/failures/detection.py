"""Failures: whether an observation says that its step failed, and the line that says how.

By rule: exit statuses, tracebacks and the usual words of errors. A count of no errors ("0 failed") is no failure.
"""

import json
import re
from dataclasses import dataclass

MAX_JSON = 20_000
"""Characters of a JSON answer that is read by its fields."""

_OUTCOME = re.compile(
    r"error|fail|message|status|detail|reason|result|outcome|exit|code|stderr|success|ok\b", re.IGNORECASE
)
"""Names of fields that say how a call went."""

SHORT_OBSERVATION = 300
"""Characters up to which an observation is taken for a message about its step, not for what the step showed."""

MAX_LINE = 200
"""Characters that are kept of the line that says how a step failed."""

_EXITED = r"exit(?:ed)?(?: with)?(?: code| status)?"
_EXIT = re.compile(rf"\b{_EXITED}[ :=]{{1,3}}(-?\d+)", re.IGNORECASE)
_EXIT_0 = re.compile(rf"\b{_EXITED}[ :=]{{1,3}}0\b", re.IGNORECASE)
_OK = re.compile(
    r"\b(?:0|no|zero|without(?: any)?) (?:tests? )?(?:failed|failures?|failing|errors?|problems?|issues?|conflicts?)\b"
    r"|\b(?:errors?|failed|failures?)\s?[:=]\s?0\b|\berror-free\b"
    rf"|\b{_EXITED}[ :=]{{1,3}}0\b",
    re.IGNORECASE,
)
_CERTAIN = re.compile(
    r"Traceback \(most recent call last\)|command not found|No such file or directory|Permission denied"
    r"|is not recognized as an|npm (?:ERR!|error)|make: \*\*\*|Segmentation fault|BUILD FAILED"
    r"|^(?:[\w./-]{1,40}: |\S{1,120}:\d{1,6}(?::\d{1,6})?: )?(?:fatal(?: error)?|error)(?:\[\w{1,10}\])?:"
    r"|^(?:E {1,7})?[\w.]{0,60}(?:Error|Exception)(?::|$)"
    r"|^FAILED\b|(?<!fixed )\b[1-9]\d{0,5} (?:tests? )?(?:failed|failures?|failing|errors?)\b"
    rf"|\b(?:{_EXITED}|return ?code)[ :=]{{1,3}}-?[1-9]"
    r"|\bHTTP/[\d.]{1,3} [45]\d\d\b|\bstatus(?: code)?[ :=]{1,3}[45]\d\d\b",
    re.IGNORECASE | re.MULTILINE,
)
"""Signs of a failure in a text of any length."""

_PROBABLE = re.compile(
    r"\A\W{0,3}(?:error|failed|failure|invalid|incorrect|wrong|rejected|refused|denied|unable|cannot|can't|could not"
    r"|couldn't|unknown|sorry|no such|not allowed"
    r"|no results|no matches|you (?:can't|cannot|can not|couldn't))\b"
    r"|nothing happen|not found|failed to\b|does(?: not|n't) exist|permission denied|access denied|not allowed"
    r"|is invalid|not possible|not recognized|no effect|don't understand|timed out|already exists",
    re.IGNORECASE,
)
"""Signs of a failure in a short message; a long text may hold them and be none."""

_NAMED_ERROR = re.compile(
    r"^(?:E {1,7})?[\w.]{0,60}(?:Error|Exception)\b[^\n]{0,200}|^FAILED[^\n]{0,200}", re.MULTILINE
)
_STATUS = re.compile(
    rf"\W*(?:(?:process|command) )?(?:{_EXITED}|return ?code)[ :=]{{1,3}}-?\d{{1,5}}\W*",
    re.IGNORECASE,
)
"""A line that says that a command failed, and not how: "Exit code 1"."""

_TELLING = re.compile(
    r"\b(?:errors?|fatal|panic(?:ked)?|fail(?:ed|ure)|undefined|unresolved|denied|refused|timed out|not found"
    r"|cannot|can't|could not|couldn't|no such|unable to|unknown|invalid|unrecognized|missing)\b"
    r"|^\S{1,120}:\d{1,6}:\d{1,6}: ",
    re.IGNORECASE,
)
"""Lines that read like an error's message."""

_SUMMARY = re.compile(
    r"aborting due to|could not compile|complete log of this run|^\W*(?:found )?\d{1,6} (?:errors?|failed)\b"
    r"|^for more information",
    re.IGNORECASE,
)
"""Lines that count errors or point to more of them; they follow the message."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How a step failed: the line that says it, and whether that line leaves no doubt."""

    text: str
    certain: bool


def exit_status(text: str) -> str | None:
    """The first exit status in a text, as its digits ("0", "-9"); None where it has none."""
    match = _EXIT.search(text)
    return match[1] if match else None


def failure_of(observation: str, looks: bool = False) -> Failure | None:
    """The failure that an observation reports; None where its step went well.

    What a step that `looks` shows may speak of errors without being one, so only a single short line counts there.
    """
    text = _said(observation.strip())
    if not text or (looks and ("\n" in text or len(text) > SHORT_OBSERVATION)):
        return None
    exited_well = _EXIT_0.search(text) is not None
    text = _OK.sub(" ", text)
    match = None if exited_well else _CERTAIN.search(text)
    if match is not None:
        named = _NAMED_ERROR.findall(text) if not looks else []
        return Failure(named[-1].strip() if named else _message(text, _line(text, match.start())), certain=True)
    if len(text) <= SHORT_OBSERVATION and not exited_well and (probable := _PROBABLE.search(text)):
        return Failure(_line(text, probable.start()), certain="nothing happen" in probable[0].lower())
    return None


def _said(text: str) -> str:
    """The part of an answer that says how its call went: of a JSON object the fields that do, one a line; else all of it. What
    somebody wrote in another field is no failure."""
    if text[:1] != "{" or len(text) > MAX_JSON:
        return text
    try:
        answer = json.loads(text)
    except ValueError:
        return text
    return "\n".join(f"{key}: {value}" for key, value in answer.items() if value and _OUTCOME.search(key))


def _message(text: str, line: str) -> str:
    """The line that says how a step failed: `line`, or, where that is only an exit status, the last like a message."""
    if not _STATUS.fullmatch(line):
        return line
    lines = (other.strip()[:MAX_LINE] for other in reversed(text.splitlines()))
    messages = (other for other in lines if _TELLING.search(other) and not _STATUS.fullmatch(other))
    return next((message for message in messages if not _SUMMARY.search(message)), line)


def _line(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return text[start : end if end >= 0 else len(text)].strip()[:MAX_LINE]
