"""Lessons of a run as pitfalls: what failed at first and then worked, and how a failed run went wrong."""

from collections.abc import Callable, Set

from memp.build.reading.pruning import recoveries
from memp.build.reading.run import Act, Run, read_run
from memp.domain.procedure import Pitfall
from memp.domain.trajectory import Evidence, Trajectory
from memp.text.clips import clip, first_line
from memp.text.entities import NUMBERED
from memp.text.failures.detection import failure_of

MAX_LINE = 200
"""Characters of a line of a pitfall."""

MAX_FAILED = 120
"""Characters of an action in a pitfall, before what it led to."""

MOST_PITFALLS = 5
"""Failed attempts that worked later and are kept as pitfalls of a script."""

Generalise = Callable[[str], str]
"""A text of the run in general terms."""


def recovered(run: Run, generalise: Generalise, passed: Set[int] = frozenset()) -> tuple[Pitfall, ...]:
    """Pitfalls for what failed at first and then worked: the failed attempt is no step, but worth knowing. The steps in `passed`
    are none: a loop goes through them until it succeeds."""
    pitfalls: dict[str, Pitfall] = {}
    for i, j in sorted(recoveries(run).items()):
        if len(pitfalls) == MOST_PITFALLS:
            break
        if i in passed:
            continue
        trigger = _trigger(run.acts[i], generalise)
        if trigger not in pitfalls:
            pitfalls[trigger] = Pitfall(trigger=trigger, instead=_instead(run, i, j, generalise))
    return tuple(pitfalls.values())


def pitfall_of(trajectory: Trajectory) -> Pitfall | None:
    """The pitfall of a failed trajectory: its last error that nothing made good, what that led to, and what worked later, if
    anything; where no step shows an error, what its evidence says went wrong. None where nothing tells: the last step of a
    run that failed need not be what failed.
    """
    run = read_run(trajectory.task, trajectory.steps)
    made_good = recoveries(run)
    failed = [i for i, act in enumerate(run.acts) if act.failure is not None]
    open_ends = [i for i in failed if i not in made_good]

    def general(text: str) -> str:
        return NUMBERED.sub(lambda m: m[1] if m[1].lower() in run.counted else m[0], text)

    task = clip(first_line(trajectory.task), MAX_LINE)
    consequence = f'The task failed (reward {trajectory.reward:g}): "{task}"'
    if not failed:
        account = _account(trajectory.evidence)
        return Pitfall(trigger=account, consequence=consequence) if account else None
    at = (open_ends or failed)[-1]
    instead = _instead(run, at, made_good[at], general) if at in made_good else ""
    return Pitfall(trigger=_trigger(run.acts[at], general), consequence=consequence, instead=instead)


def _account(evidence: Evidence) -> str:
    """What evidence of a failed run says went wrong: the words of who watched it, or an error that it names."""
    tells = evidence.kind in ("user", "judge") or failure_of(evidence.detail) is not None
    return clip(first_line(evidence.detail), MAX_LINE) if tells else ""


def _trigger(act: Act, generalise: Generalise) -> str:
    """The failed action and its error, in general terms."""
    error = act.failure.text if act.failure else first_line(act.step.observation)
    action = clip(generalise(first_line(act.step.action)), MAX_FAILED)
    return f"{action}: {clip(generalise(error), MAX_LINE)}" if error else action


MOST_BETWEEN = 3
"""Acts between an error and the attempt that worked that are told; of more the first and the last."""


def _instead(run: Run, i: int, j: int, generalise: Generalise) -> str:
    """The action that worked later: another one, or the same one after something else was done.

    Where it was tried again meanwhile and failed otherwise, what was done up to then overcame the first error.
    """
    worked = clip(generalise(first_line(run.acts[j].step.action)), MAX_LINE)
    if run.acts[i].step.action != run.acts[j].step.action:
        return worked
    end = next((k for k in range(i + 1, j) if _fails_otherwise(run.acts[i], run.acts[k])), j)
    between = [k for k in range(i + 1, end) if run.acts[k].failure is None and run.acts[k].kind not in ("look", "move")]
    if not between:
        return f"Try again: {worked}"
    # Which of them overcame it nobody can tell, but the first was mostly the answer to the error, and the last made it work.
    done = [clip(generalise(first_line(run.acts[k].step.action)), MAX_FAILED) for k in between]
    shown = done if len(done) <= MOST_BETWEEN else [done[0], "...", done[-1]]
    return f"{'; '.join(dict.fromkeys(shown))}, then {worked}"


def _fails_otherwise(failed: Act, later: Act) -> bool:
    """Whether an act is the failed one done again, which met another error."""
    return (
        later.step.action == failed.step.action
        and later.failure is not None
        and (failed.failure is None or later.failure.text != failed.failure.text)
    )
