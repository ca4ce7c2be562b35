"""Claims: the outcome of a run as it is believed, by the channel that it came by and not by its words.

By a channel that sees (memp.domain.origin) the evidence counts as what it says. What is typed into a tool is a claim, unless a
runner's signed record (memp.witness.checks) shows the check that it names. A check that the run's own steps show to have failed
is no success at all, by a channel that a person vouches for as well.
"""

import re
from collections.abc import Callable, Sequence

from memp.build.assessment import Judged
from memp.domain.effects import effects_of_run
from memp.domain.origin import Origin
from memp.domain.results import Assessment
from memp.domain.trajectory import Evidence, Trajectory
from memp.domain.trust import OUTSIDE
from memp.errors import ChecksError
from memp.witness.checks import UNTOLD
from memp.witness.commands import ended_in, named_in

_CODE = re.compile(r"\(memp [0-9a-f]{8}\)")
"""The code of a signed check, as evidence names it."""

Recorded = Callable[[Sequence[str], str], int | None]
"""The exit status by the newest signed record of the first of these commands that has one, for words that tell its code;
None where none has."""

SIGNED = "Your evidence counts: a signed `memp check` shows it"
CLAIM = "Your evidence counts as a claim: {}"
UNKNOWN_CODE = "for a signed `memp check`, pass the evidence that it printed, with its code"
SPENT = (
    "this `memp check` counted for another run, is over an hour old, was in another project, or never was: run it again"
)
UNSEEN = "no signed `memp check` shows it, nor a hook so far"


def believed(judged: Judged, origin: Origin, threshold: float, recorded: Recorded) -> Judged:
    """The run with its outcome as it is believed, and what to tell its caller: what its evidence counts as, or why not.

    `threshold` is the least reward of a success; `recorded` looks for a signed record of a command. A record goes before what the
    steps show, but for a run of the same check when nothing was left to be done: that one came later.
    """
    run, said = judged.run, judged.run.evidence
    vouched = origin.channel == "trusted"
    if judged.assessment is not None or (origin.sees and not vouched) or said.kind not in OUTSIDE | {"judge", "rules"}:
        return judged
    notes, why = [*judged.notes], UNSEEN if origin.channel == "tool" else ""
    commands = named_in(said.detail) if said.kind == "check" and run.succeeded(threshold) else ()
    if commands:
        ended = ended_in(commands, run.steps)
        if ended and ended.failure and ended.last:
            return _refuted(judged, ended.failure)
        try:
            status = recorded(commands, said.detail)
        except ChecksError as error:
            status, why = None, ""
            notes.append(f"This check counts as a claim. {error}")
        if status == 0:
            return judged if vouched else judged._replace(notes=[*notes, SIGNED])
        if status == UNTOLD:
            status, why = None, UNKNOWN_CODE
        elif status is None and why == UNSEEN and _CODE.search(said.detail):
            why = SPENT
        failed = f"the newest signed `memp check` of this ended with exit {status}" if status else ""
        if failed and not (ended and ended.last):
            return _refuted(judged, failed)
        why = failed or why
        # The word of an agent that a person vouches for goes as far as a record.
        if ended and ended.failure and not vouched:
            return _refuted(judged, ended.failure)
    if vouched:
        return judged
    if why:
        notes.append(CLAIM.format(why))
    claim = Evidence(kind="claim", detail=f"{said.kind}: {said.detail}")
    return Judged(run.model_copy(update={"evidence": claim}), None, notes)


def is_hearsay(origin: Origin, run: Trajectory) -> bool:
    """Whether nobody has seen how a run ended but who tells it, or it did what a person has to approve first; and no person
    answers for its origin."""
    return not origin.is_trusted and (run.evidence.kind not in OUTSIDE or bool(effects_of_run(run.steps)))


def _refuted(judged: Judged, why: str) -> Judged:
    """The run as the failure that its own steps, or a signed record, show."""
    assessment = Assessment(success=False, sure=0.85, why=why, by="rules")
    run = judged.run.model_copy(update={"reward": assessment.reward, "evidence": assessment.evidence()})
    return judged._replace(run=run, assessment=assessment, notes=[*judged.notes, f"{why}: not a success"])
