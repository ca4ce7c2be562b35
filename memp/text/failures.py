"""Failures: whether an observation says that its step failed, and the line that says how.

By rule: exit statuses, tracebacks and the usual words of errors. What counts errors without any ("0 failed") is none.
"""

import re
from dataclasses import dataclass

_OK = re.compile(
    r"\b(?:0|no|zero|without(?: any)?) (?:tests? )?(?:failed|failures?|failing|errors?|problems?|issues?|conflicts?)\b"
    r"|\b(?:errors?|failed|failures?)\s?[:=]\s?0\b|\berror-free\b"
    r"|\bexit(?:ed)?(?: with)?(?: code| status)?[ :=]{1,3}0\b",
    re.IGNORECASE,
)
_EXIT_0 = re.compile(r"\bexit(?:ed)?(?: with)?(?: code| status)?[ :=]{1,3}0\b", re.IGNORECASE)
_STRONG = re.compile(
    r"Traceback \(most recent call last\)|command not found|No such file or directory|Permission denied"
    r"|is not recognized as an|npm ERR!|make: \*\*\*|Segmentation fault|BUILD FAILED"
    r"|^(?:[\w./-]{1,40}: )?(?:fatal|error)(?:\[\w{1,10}\])?:|^(?:E {1,7})?[\w.]{0,60}(?:Error|Exception)(?::|$)"
    r"|^FAILED\b|(?<!fixed )\b[1-9]\d{0,5} (?:tests? )?(?:failed|failures?|failing|errors?)\b"
    r"|\b(?:exit(?:ed)?(?: with)?(?: code| status)?|return ?code)[ :=]{1,3}-?[1-9]"
    r"|\bHTTP/[\d.]{1,3} [45]\d\d\b|\bstatus(?: code)?[ :=]{1,3}[45]\d\d\b",
    re.IGNORECASE | re.MULTILINE,
)
_NAMED_ERROR = re.compile(
    r"^(?:E {1,7})?[\w.]{0,60}(?:Error|Exception)\b[^\n]{0,200}|^FAILED[^\n]{0,200}", re.MULTILINE
)
_WEAK = re.compile(
    r"\A\W{0,3}(?:error|failed|failure|invalid|unable|cannot|can't|could not|couldn't|unknown|sorry|no such|not allowed"
    r"|no results|no matches|you (?:can't|cannot|can not|couldn't))\b"
    r"|nothing happen|not found|failed to\b|does(?: not|n't) exist|permission denied|access denied|not allowed"
    r"|is invalid|not possible|not recognized|no effect|don't understand|timed out|already exists",
    re.IGNORECASE,
)
SHORT_OBSERVATION = 300
"""Characters up to which an observation is taken for a message about its step, not for what the step showed."""
_STATUS = re.compile(
    r"\W*(?:(?:process|command) )?(?:exit(?:ed)?(?: with)?(?: code| status)?|return ?code)[ :=]{1,3}-?\d{1,5}\W*",
    re.IGNORECASE,
)
"""A line that says that a command failed, and not how: "Exit code 1"."""
_TELLING = re.compile(
    r"\b(?:errors?|fatal|panic(?:ked)?|fail(?:ed|ure)|undefined|unresolved|denied|refused|timed out|not found"
    r"|cannot|can't|could not|couldn't|no such|unable to|unknown|invalid|unrecognized|missing)\b"
    r"|^\S{1,120}:\d{1,6}:\d{1,6}: ",
    re.IGNORECASE,
)
_SUMMARY = re.compile(
    r"aborting due to|could not compile|complete log of this run|^\W*(?:found )?\d{1,6} (?:errors?|failed)\b"
    r"|^for more information",
    re.IGNORECASE,
)
"""Lines that count errors or point to more of them, which follow the one that tells."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How a step failed: the line that tells it, and whether that line leaves no doubt."""

    text: str
    certain: bool


def failure_of(observation: str, looks: bool = False) -> Failure | None:
    """Whether an observation tells that its step failed or did nothing.

    What a step that `looks` shows may speak of errors without being one, so only a single line counts there.
    """
    text = observation.strip()
    if not text or (looks and ("\n" in text or len(text) > SHORT_OBSERVATION)):
        return None
    exited_well = _EXIT_0.search(text) is not None
    text = _OK.sub(" ", text)
    match = None if exited_well else _STRONG.search(text)
    if match is not None:
        named = _NAMED_ERROR.findall(text) if not looks else []
        return Failure(named[-1].strip() if named else _telling(text, _line(text, match.start())), certain=True)
    if len(text) <= SHORT_OBSERVATION and not exited_well and (weak := _WEAK.search(text)):
        return Failure(_line(text, weak.start()), certain="nothing happen" in weak[0].lower())
    return None


def _telling(text: str, found: str) -> str:
    """The line that tells how a step failed: the one found, or, where that is but an exit status, the last like an error."""
    if not _STATUS.fullmatch(found):
        return found
    lines = (line.strip()[:200] for line in reversed(text.splitlines()))
    told = (line for line in lines if _TELLING.search(line) and not _STATUS.fullmatch(line))
    return next((line for line in told if not _SUMMARY.search(line)), found)


def _line(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return text[start : end if end >= 0 else len(text)].strip()[:200]
