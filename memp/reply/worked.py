"""Track record in words: what decides whether to follow a procedure, and nothing that every reply would say."""

import re

from memp.domain.procedure import Procedure
from memp.domain.results import TrackRecord
from memp.text import templates
from memp.text.clips import clip_middle
from memp.text.steps import parse_step

MAX_STEP = 80
"""Characters of the step that runs were lost at."""

_WHERE = re.compile(r"where (.+) is\b")


def worked(procedure: Procedure, track: TrackRecord) -> str:
    """How the runs of a procedure ended: "in 300 of 306 runs, median 8 steps; most others were lost on finding {object}"."""
    on_trial = procedure.trial == procedure.revision
    if not track.runs:
        return _untried(track, on_trial=on_trial)
    parts = [f"in {track.successes} of {track.runs} runs" if track.runs > 1 else f"in {track.successes or 'no'} run"]
    if track.successes and not track.checked:
        parts.append("by its agent's word only" if track.runs == 1 else "by their agents' word only")
    elif track.checked < track.successes:
        parts.append(f"{track.checked} checked")
    if track.runs > 1 and track.steps:
        parts.append(f"median {track.steps} steps")
    text = f"{'on trial: ' if on_trial else ''}{', '.join(parts)}"
    if not track.lost_at:
        return text
    return f"{text}; most others were lost on {_lost_on(procedure, track.lost_at)}"


def _untried(track: TrackRecord, *, on_trial: bool) -> str:
    if on_trial:
        return "untried revision, written after a failure"
    return f"untried here; in {track.claimed} runs elsewhere, its file says" if track.claimed else "untried"


def _lost_on(procedure: Procedure, step: str) -> str:
    """The step that runs were lost on; where it goes to something whose place is not known, finding that."""
    action = parse_step(step).action
    for parameter in procedure.script.parameters:
        where = _WHERE.match(parameter.description)
        if where and parameter.name in templates.names(action):
            return f"finding {where[1]}"
    return f"'{clip_middle(action, MAX_STEP)}'"
