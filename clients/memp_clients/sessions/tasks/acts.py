"""Verdicts by what the last acts of a task did, where no test tells: version control, and a last call that failed."""

import re
from collections.abc import Sequence

from memp.text.actions.kinds import kind_of
from memp.text.actions.shell import commands_in
from memp.text.actions.wrappers import without_wrapper
from memp_clients.sessions.tasks.checks.commands import check_in
from memp_clients.sessions.tasks.checks.results import MAX_DETAIL, Done, short
from memp_clients.sessions.tasks.events import Verdict
from memp_clients.sessions.tasks.requested import asks_to_refuse, asks_to_weaken


def versioned(steps: Sequence[Done], task: str) -> Verdict | None:
    """The verdict of version control, where a short request asks for nothing else: its exit status is the outcome itself."""
    if len(task) > MAX_DETAIL or not _VERSIONING.search(task):
        return None
    for step in reversed(steps):
        match = next(
            (match for part in commands_in(step.command) if (match := _VERSIONS.match(without_wrapper(part)))), None
        )
        if match is not None and step.status is not None:
            if _NO_HOOKS.search(step.command) and not step.status and not asks_to_weaken(task):
                return None  # What checks the commit was left out.
            done = "failure" if step.status else "success"
            return Verdict(done, f"check: {short(match[0])}, exit {step.status}")
        if step.edits:
            return None
    return None


def last_call(steps: Sequence[Done], task: str, *, admits: bool) -> Verdict | None:
    """The verdict of the last call that was to change something, where it failed. Where looks came after it, they may have
    shown that all is well: it counts if nothing else went well either, or the agent says so."""
    acts = [step for step in steps if kind_of(step.action) != "look"]
    last = acts[-1] if acts else None
    if last is None or not _failed(last) or last.refused or last.status in _NOT_THE_TASKS:
        return None
    if last.command and asks_to_refuse(task):
        return None  # It may have failed as it was to.
    if last.command and check_in(last.command) is not None:
        return None  # It was read as a check.
    in_vain = len(acts) > 1 and all(map(_failed, acts))
    parts = commands_in(last.command)
    if not in_vain and last.command and (not parts or _INCIDENTAL.match(parts[-1])):
        return None
    if last is not steps[-1] and not in_vain and not admits:
        return None
    if last.command and last.status is not None:
        return Verdict("failure", f"check: {short(last.command)}, exit {last.status}")
    return Verdict("failure", f"environment: the last call failed: {short(last.action)}")


def _failed(step: Done) -> bool:
    return step.failed or bool(step.status)


_NOT_THE_TASKS = frozenset({126, 127, 130, 137, 143})
"""Exit statuses of a tool that is missing or was killed."""

_VERSIONING = re.compile(
    r"\b(?:commit|push|rebase|cherry.?pick|tag|pull request|pr|mr)\b|коммит|запушь|提交|推送|コミット|プッシュ|커밋|푸시",
    re.IGNORECASE,
)
_VERSIONS = re.compile(
    r"git\s+(?:-\S+\s+)*(?:commit|push|rebase|cherry-pick|tag|merge)\b|gh\s+pr\s+(?:create|merge)\b|glab\s+mr\s+create\b"
)
_NO_HOOKS = re.compile(r"\s--no-verify\b|\b(?:HUSKY|LEFTHOOK)=0\b|\bSKIP=\S|\scommit\s(?:.*\s)?-\w*n\w*\s")
_INCIDENTAL = re.compile(
    r"(?:sudo\s+)?(?:rm|kill|pkill|killall|curl|wget|ping|sleep|open|xdg-open|test|\[|docker\s+(?:rm|stop|kill)"
    r"|git\s+(?:diff|stash|branch)|lsof|ss|nc)\b"
    r"|\[|:",
)
"""Commands whose failure at the end says nothing of the task: they tidy up, or look."""
