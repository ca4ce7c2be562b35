"""The extractive builder: a script from one trajectory, without an LLM.

Memp, section 3.2, builds a script m = B(tau, r) by letting an LLM abstract a trajectory. Here it is done by rule, so
that a memory works with no model at hand and the same run always gives the same script: memp.build.pruning finds the steps
that the success needed, and memp.build.parameters turns the things of the task into {placeholders}. Two runs of one kind of task
should give the same steps, so that they corroborate one procedure instead of making two.

Everything in a trajectory is data: nothing of it is run.
"""

from collections.abc import Sequence

from memp.build.parameters import Names, name_things
from memp.build.pruning import Act, Run, needed_of, read_run, recoveries
from memp.domain.procedure import MAX_STEPS, Draft, Pitfall, Script
from memp.domain.trajectory import SUCCESS_REWARD, Trajectory
from memp.errors import InputError
from memp.text import templates
from memp.text.entities import facts_of
from memp.text.templates import literal

_MAX_TEXT = 400
_MAX_LINE = 200
_MAX_PITFALLS = 3


def extract(trajectory: Trajectory, threshold: float = SUCCESS_REWARD) -> Draft:
    """The script of a successful trajectory, its parameters, and what they stood for in this run.

    Raises:
        InputError: the trajectory has no steps, or did not succeed: a failure never becomes steps to follow.
    """
    if not trajectory.succeeded(threshold):
        raise InputError(
            f"The trajectory has a reward of {trajectory.reward:g}, below {threshold:g}: only a success becomes steps "
            "to follow; keep a failure as a pitfall."
        )
    if not trajectory.steps:
        raise InputError("The trajectory has no steps: there is nothing to make a script of.")
    run = read_run(trajectory.task, trajectory.steps)
    kept = needed_of(run)
    names = name_things(trajectory.task, run, kept)
    template = names.template(trajectory.task)
    steps = _capped([_step_text(run, i, names) for i in kept])
    verification = _verification(run.acts[-1].step.observation, names)
    pitfalls = _recovered(run, kept, names)
    names.keep_only(_used([template, verification, *steps, *(p.trigger + p.instead for p in pitfalls)], names))
    script = Script(
        goal=_goal(template),
        when_to_use=f"The task reads like: {_clip(_first_line(template), _MAX_LINE)}",
        preconditions=names.preconditions(),
        parameters=names.parameters(),
        steps=steps,
        verification=verification,
        pitfalls=pitfalls,
    )
    return Draft(
        script=script,
        facts=facts_of(trajectory.task),
        bindings=names.bindings(),
        template=template,
        builder="extractive",
    )


def pitfall_of(trajectory: Trajectory, error: str | None = None) -> Pitfall:
    """What went wrong in a failed trajectory: the telling error, what it led to, and what later worked, if anything.

    `error` is the caller's own account of it; without one the last failure that nothing made good is told.
    """
    run = read_run(trajectory.task, trajectory.steps)
    made_good = recoveries(run)
    names = Names(run.counted)
    failed = [i for i, act in enumerate(run.acts) if act.failure is not None]
    open_ends = [i for i in failed if i not in made_good]
    at = (open_ends or failed or [len(run.acts) - 1])[-1]
    task = _clip(_first_line(trajectory.task), _MAX_LINE)
    consequence = f'The task failed (reward {trajectory.reward:g}): "{literal(task)}"'
    if error and error.strip():
        return Pitfall(trigger=literal(_clip(_first_line(error), _MAX_LINE)), consequence=consequence)
    if at < 0:
        return Pitfall(trigger="The run ended without a step.", consequence=consequence)
    instead = _instead(run, at, made_good[at], names) if at in made_good else ""
    return Pitfall(trigger=_trigger(run.acts[at], at, names), consequence=consequence, instead=instead)


# --- The parts of a script


def _step_text(run: Run, i: int, names: Names) -> str:
    """The action in general terms; what to look for in its observation only where a later step needs that."""
    if i in names.answers:
        return names.answers[i]
    text = run.acts[i].step.action.strip()
    for number, label in names.labels.get(i, {}).items():
        text = text.replace(number, label)
    text = _clip(names.generalise(text, i), _MAX_TEXT)
    shown = names.shown_by.get(i)
    return f"{text} (look for {', '.join(f'{{{name}}}' for name in shown)})" if shown else text


def _capped(steps: Sequence[str]) -> tuple[str, ...]:
    if len(steps) <= MAX_STEPS:
        return tuple(steps)
    first, last = MAX_STEPS - 11, 10
    gap = len(steps) - first - last
    return (*steps[:first], f"[{gap} steps are left out here; the trajectory has them]", *steps[-last:])


def _used(texts: Sequence[str], names: Names) -> set[str]:
    """The parameters that texts speak of, and those that their descriptions speak of."""
    used = {name for text in texts for name in templates.names(text)}
    return used | {name for known in used for name in templates.names(names.meanings.get(known, ""))}


def _goal(template: str) -> str:
    line = _clip(_first_line(template), _MAX_LINE)
    return line[:1].upper() + line[1:]


def _verification(observation: str, names: Names) -> str:
    """What the last step showed: its only line where that is short, else its last one."""
    lines = [line.strip() for line in observation.splitlines() if line.strip()]
    if not lines:
        return ""
    return f'After the last step you should see: "{_clip(names.generalise(lines[-1]), _MAX_LINE)}"'


def _recovered(run: Run, kept: Sequence[int], names: Names) -> tuple[Pitfall, ...]:
    """What failed at first and then worked: the failed attempt is no step, but worth knowing."""
    found: dict[str, Pitfall] = {}
    needed = set(kept)
    for i, j in sorted(recoveries(run).items()):
        if len(found) == _MAX_PITFALLS:
            break
        trigger = _trigger(run.acts[i], i, names)
        if trigger not in found and j in needed:
            found[trigger] = Pitfall(trigger=trigger, instead=_instead(run, i, j, names))
    return tuple(found.values())


def _trigger(act: Act, i: int, names: Names) -> str:
    told = act.failure.text if act.failure else _first_line(act.step.observation)
    action = _clip(names.generalise(_first_line(act.step.action), i), 120)
    return f"{action}: {_clip(names.generalise(told), _MAX_LINE)}" if told else action


def _instead(run: Run, i: int, j: int, names: Names) -> str:
    """What worked: another action, or the same one after something else was done."""
    worked = _clip(names.generalise(_first_line(run.acts[j].step.action), j), _MAX_LINE)
    if run.acts[i].step.action != run.acts[j].step.action:
        return worked
    between = [k for k in range(i + 1, j) if run.acts[k].failure is None and run.acts[k].kind not in ("look", "move")]
    if not between:
        return f"Try again: {worked}"
    return f"{_clip(names.generalise(_first_line(run.acts[between[-1]].step.action), between[-1]), 120)}, then {worked}"


def _clip(text: str, limit: int) -> str:
    """`text`, cut after `limit` characters but never inside a {placeholder}; a cut is marked."""
    if len(text) <= limit:
        return text
    return f"{templates.without_cut(text[: limit - 6]).rstrip()} [...]"


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
