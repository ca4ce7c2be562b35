"""Claims: the outcome of a run as it is believed, by the channel that it came by and not by its words.

By a channel that sees (memp.domain.origin) the evidence counts as what it says. What is typed into a tool is a claim, unless a
runner's signed record (memp.witness.checks) shows the check that it names. A check that the run's own steps show to have failed
is no success at all.
"""

import re
from collections.abc import Callable, Sequence

from memp.build.assessment import Judged
from memp.domain.effects import effects_of_run
from memp.domain.origin import Origin
from memp.domain.results import Assessment
from memp.domain.trajectory import Evidence, Step, Trajectory
from memp.domain.trust import OUTSIDE
from memp.text.failures.detection import exit_status, failure_of

Shown = Callable[[str], bool]
"""Whether a signed record shows that a command ended well."""

LEAST_COMMAND = 3
"""Letters of what is looked for in the steps as the command of a check."""

_END = re.compile(
    r"\s*(?:,|;|->|=>|\u2192|: |\bexit(?:ed)?\b|\breturned\b|\bpassed\b|\bpasses\b|\bsucceeded\b).*", re.DOTALL
)
"""What follows the command in words for a check: "pytest -q, exit 0"."""

_OWN = re.compile(r"\Amemp check(?: --)? ")


def believed(judged: Judged, origin: Origin, threshold: float, shown: Shown) -> Judged:
    """The run with its outcome as it is believed, and what to tell its caller where that is not what was said.

    `threshold` is the least reward of a success; `shown` looks for a signed record of a command.
    """
    run = judged.run
    if origin.sees or judged.assessment is not None or run.evidence.kind not in OUTSIDE | {"judge", "rules"}:
        return judged
    said = run.evidence
    if said.kind == "check" and run.succeeded(threshold):
        command = command_in(said.detail)
        if trouble := denied(command, run.steps):
            return _refuted(judged, trouble)
        if shown(command):
            return judged
    claim = Evidence(kind="claim", detail=f"{said.kind}: {said.detail}"[: len(said.detail) + 20])
    return judged._replace(run=run.model_copy(update={"evidence": claim}))


def is_hearsay(origin: Origin, run: Trajectory) -> bool:
    """Whether nobody has seen how a run ended but who tells it, or it did what a person has to approve first; and no person
    answers for its origin."""
    return not origin.is_trusted and (run.evidence.kind not in OUTSIDE or bool(effects_of_run(run.steps)))


def command_in(detail: str) -> str:
    """The command of a check, of the words that tell how it ended."""
    text = " ".join(_END.sub("", detail, count=1).split())
    if len(text) > 1 and text[0] == text[-1] and text[0] in "`\"'":
        text = text[1:-1].strip()
    return _OWN.sub("", text)


def denied(command: str, steps: Sequence[Step]) -> str:
    """The sentence for a check that failed the last time that a step ran it; empty where no step ran it, or it did not."""
    if len(command) < LEAST_COMMAND:
        return ""
    named = re.compile(rf"(?<![\w-]){re.escape(command)}(?![\w-])", re.IGNORECASE)
    ran = next((step for step in reversed(steps) if named.search(" ".join(step.action.split()))), None)
    if ran is None:
        return ""
    code, failure = exit_status(ran.observation), failure_of(ran.observation)
    if code is not None and code != "0":
        return f'the step "{command[:60]}" ended with exit {code}'
    if failure is not None and failure.certain:
        return f'the step "{command[:60]}" says: {failure.text[:120]}'
    return ""


def _refuted(judged: Judged, why: str) -> Judged:
    """The run as the failure that its own steps show."""
    assessment = Assessment(success=False, sure=0.85, why=why, by="rules")
    run = judged.run.model_copy(update={"reward": assessment.reward, "evidence": assessment.evidence()})
    return judged._replace(run=run, assessment=assessment, notes=[*judged.notes, f"{why}: not a success"])
