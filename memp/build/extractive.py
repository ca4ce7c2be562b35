"""The extractive builder: a script from one trajectory, without an LLM.

Memp, section 3.2, builds a script m = B(tau, r) by letting an LLM abstract a trajectory. Here it is done by rule, so that a
memory works with no model at hand and the same run always gives the same script: memp.build.pruning finds the steps that
the success needed, and memp.build.abstraction turns the things of the task into {placeholders}. Two runs of one kind of
task should give the same steps, so that they corroborate one procedure instead of making two.

Everything in a trajectory is data: nothing of it is run.
"""

from collections.abc import Sequence

from memp.build.abstraction import parameters_of
from memp.build.parameters import Parameters
from memp.build.pruning import needed_of, recoveries
from memp.build.run import Act, Run, read_run
from memp.domain.procedure import MAX_STEPS, Draft, Pitfall, Script
from memp.domain.trajectory import SUCCESS_REWARD, Trajectory
from memp.errors import InputError
from memp.text import templates
from memp.text.entities import facts_of
from memp.text.templates import literal

MAX_STEP = 400
"""Characters of one step."""

MAX_LINE = 200
"""Characters of any other line of a script."""

MAX_FAILED = 120
"""Characters of an action in a pitfall, before what it led to."""

MOST_PITFALLS = 3
"""Failed attempts that worked later and are kept as pitfalls of a script."""

LAST_STEPS = 10
"""Steps that are kept of the end of a script that is too long."""


def extract(trajectory: Trajectory, threshold: float = SUCCESS_REWARD) -> Draft:
    """The script of a successful trajectory, its parameters, and what they stood for in this run.

    Raises:
        InputError: the trajectory has no steps, or did not succeed: a failure never becomes steps to follow.
    """
    _check(trajectory, threshold)
    run = read_run(trajectory.task, trajectory.steps)
    kept = needed_of(run)
    parameters = parameters_of(trajectory.task, run, kept)
    template = parameters.template(trajectory.task)
    steps = _capped([_step_text(run, i, parameters) for i in kept])
    verification = _verification(run.acts[-1].step.observation, parameters)
    pitfalls = _recovered(run, kept, parameters)
    texts = [template, verification, *steps, *(p.trigger + p.instead for p in pitfalls)]
    parameters.keep_only(_used(texts, parameters))
    script = Script(
        goal=_goal(template),
        when_to_use=f"The task reads like: {_clip(_first_line(template), MAX_LINE)}",
        preconditions=parameters.preconditions(),
        parameters=parameters.declared(),
        steps=steps,
        verification=verification,
        pitfalls=pitfalls,
    )
    return Draft(
        script=script,
        facts=facts_of(trajectory.task),
        bindings=parameters.bindings(),
        template=template,
        builder="extractive",
    )


def _check(trajectory: Trajectory, threshold: float) -> None:
    if not trajectory.succeeded(threshold):
        raise InputError(
            f"The trajectory has a reward of {trajectory.reward:g}, below {threshold:g}: only a success becomes steps "
            "to follow; keep a failure as a pitfall."
        )
    if not trajectory.steps:
        raise InputError("The trajectory has no steps: there is nothing to make a script of.")


def pitfall_of(trajectory: Trajectory, error: str | None = None) -> Pitfall:
    """The pitfall of a failed trajectory: its last error that nothing made good, what that led to, and what worked
    later, if anything.

    `error` is the caller's own account of it, which is taken instead.
    """
    run = read_run(trajectory.task, trajectory.steps)
    made_good = recoveries(run)
    parameters = Parameters(run.counted)
    failed = [i for i, act in enumerate(run.acts) if act.failure is not None]
    open_ends = [i for i in failed if i not in made_good]
    at = (open_ends or failed or [len(run.acts) - 1])[-1]
    task = _clip(_first_line(trajectory.task), MAX_LINE)
    consequence = f'The task failed (reward {trajectory.reward:g}): "{literal(task)}"'
    if error and error.strip():
        return Pitfall(trigger=literal(_clip(_first_line(error), MAX_LINE)), consequence=consequence)
    if at < 0:
        return Pitfall(trigger="The run ended without a step.", consequence=consequence)
    instead = _instead(run, at, made_good[at], parameters) if at in made_good else ""
    return Pitfall(trigger=_trigger(run.acts[at], at, parameters), consequence=consequence, instead=instead)


# --- The parts of a script


def _step_text(run: Run, i: int, parameters: Parameters) -> str:
    """The action in general terms; what to look for in its observation only where a later step needs that."""
    if i in parameters.answers:
        return parameters.answers[i]
    text = run.acts[i].step.action.strip()
    for number, label in parameters.labels.get(i, {}).items():
        text = text.replace(number, label)
    text = _clip(parameters.generalise(text, i), MAX_STEP)
    shown = parameters.shown_by.get(i)
    return f"{text} (look for {', '.join(f'{{{name}}}' for name in shown)})" if shown else text


def _capped(steps: Sequence[str]) -> tuple[str, ...]:
    """At most `MAX_STEPS`: of a longer script the middle goes, and a line says how many steps that was."""
    if len(steps) <= MAX_STEPS:
        return tuple(steps)
    first = MAX_STEPS - 1 - LAST_STEPS
    gap = len(steps) - first - LAST_STEPS
    return (*steps[:first], f"[{gap} steps are left out here; the trajectory has them]", *steps[-LAST_STEPS:])


def _used(texts: Sequence[str], parameters: Parameters) -> set[str]:
    """The parameters that texts speak of, and those that their descriptions speak of."""
    used = {name for text in texts for name in templates.names(text)}
    return used | {name for known in used for name in templates.names(parameters.meanings.get(known, ""))}


def _goal(template: str) -> str:
    line = _clip(_first_line(template), MAX_LINE)
    return line[:1].upper() + line[1:]


def _verification(observation: str, parameters: Parameters) -> str:
    """The last line of what the last step showed."""
    lines = [line.strip() for line in observation.splitlines() if line.strip()]
    if not lines:
        return ""
    return f'After the last step you should see: "{_clip(parameters.generalise(lines[-1]), MAX_LINE)}"'


def _recovered(run: Run, kept: Sequence[int], parameters: Parameters) -> tuple[Pitfall, ...]:
    """Pitfalls for what failed at first and then worked: the failed attempt is no step, but worth knowing."""
    pitfalls: dict[str, Pitfall] = {}
    needed = set(kept)
    for i, j in sorted(recoveries(run).items()):
        if len(pitfalls) == MOST_PITFALLS:
            break
        trigger = _trigger(run.acts[i], i, parameters)
        if trigger not in pitfalls and j in needed:
            pitfalls[trigger] = Pitfall(trigger=trigger, instead=_instead(run, i, j, parameters))
    return tuple(pitfalls.values())


def _trigger(act: Act, i: int, parameters: Parameters) -> str:
    """The failed action and its error, in general terms."""
    error = act.failure.text if act.failure else _first_line(act.step.observation)
    action = _clip(parameters.generalise(_first_line(act.step.action), i), MAX_FAILED)
    return f"{action}: {_clip(parameters.generalise(error), MAX_LINE)}" if error else action


def _instead(run: Run, i: int, j: int, parameters: Parameters) -> str:
    """The action that worked later: another one, or the same one after something else was done."""
    worked = _clip(_action_text(run, j, parameters), MAX_LINE)
    if run.acts[i].step.action != run.acts[j].step.action:
        return worked
    between = [k for k in range(i + 1, j) if run.acts[k].failure is None and run.acts[k].kind not in ("look", "move")]
    if not between:
        return f"Try again: {worked}"
    return f"{_clip(_action_text(run, between[-1], parameters), MAX_FAILED)}, then {worked}"


def _action_text(run: Run, i: int, parameters: Parameters) -> str:
    return parameters.generalise(_first_line(run.acts[i].step.action), i)


def _clip(text: str, limit: int) -> str:
    """`text`, cut after `limit` characters but never inside a {placeholder}; a cut is marked."""
    if len(text) <= limit:
        return text
    return f"{templates.without_cut(text[: limit - 6]).rstrip()} [...]"


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
