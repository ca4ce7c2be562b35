"""Claims: the outcome of a run as it is believed, by the channel that it came by and not by its words.

By a channel that sees (memp.domain.origin) the evidence counts as what it says. What is typed into a tool is a claim, unless a
runner's signed record (memp.witness.checks) shows the check that it names. A check that the run's own steps show to have failed
is no success at all, by a channel that a person vouches for as well.
"""

from collections.abc import Callable, Sequence

from memp.build.assessment import Judged
from memp.domain.effects import effects_of_run
from memp.domain.origin import Origin
from memp.domain.results import Assessment
from memp.domain.trajectory import Evidence, Trajectory
from memp.domain.trust import OUTSIDE
from memp.errors import ChecksError
from memp.witness.commands import failed_in, named_in

Shown = Callable[[Sequence[str]], bool]
"""Whether a signed record shows that one of these commands ended well; the one that is named first goes before the others."""


def believed(judged: Judged, origin: Origin, threshold: float, shown: Shown) -> Judged:
    """The run with its outcome as it is believed, and what to tell its caller where that is not what was said.

    `threshold` is the least reward of a success; `shown` looks for a signed record of a command. A record goes before what the
    steps show, but for a run of the same check that failed when nothing was left to be done: that one came later.
    """
    run = judged.run
    said, notes = run.evidence, [*judged.notes]
    commands = named_in(said.detail) if said.kind == "check" and run.succeeded(threshold) else ()
    # The word of an agent that a person vouches for goes as far as a signed record.
    if origin.channel == "trusted" and judged.assessment is None:
        failed = failed_in(commands, run.steps)
        return _refuted(judged, failed.why) if failed and failed.last else judged
    if origin.sees or judged.assessment is not None or said.kind not in OUTSIDE | {"judge", "rules"}:
        return judged
    if commands:
        failed = failed_in(commands, run.steps)
        try:
            if not (failed and failed.last) and shown(commands):
                return judged
        except ChecksError as error:
            notes.append(f"This check counts as a claim. {error}")
        if failed:
            return _refuted(judged._replace(notes=notes), failed.why)
    claim = Evidence(kind="claim", detail=f"{said.kind}: {said.detail}")
    return Judged(run.model_copy(update={"evidence": claim}), None, notes)


def is_hearsay(origin: Origin, run: Trajectory) -> bool:
    """Whether nobody has seen how a run ended but who tells it, or it did what a person has to approve first; and no person
    answers for its origin."""
    return not origin.is_trusted and (run.evidence.kind not in OUTSIDE or bool(effects_of_run(run.steps)))


def _refuted(judged: Judged, why: str) -> Judged:
    """The run as the failure that its own steps show."""
    assessment = Assessment(success=False, sure=0.85, why=why, by="rules")
    run = judged.run.model_copy(update={"reward": assessment.reward, "evidence": assessment.evidence()})
    return judged._replace(run=run, assessment=assessment, notes=[*judged.notes, f"{why}: not a success"])
