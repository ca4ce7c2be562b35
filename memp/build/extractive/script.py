"""The extractive builder: a script from the runs of a family, without an LLM.

Memp, section 3.2, builds a script m = B(tau, r) by letting an LLM abstract a trajectory. Here it is done by rule, so that a
memory works with no model at hand and the same runs always give the same script. Faithful with one run: what may have
changed something stays, and only what its task names may vary. General with several (memp.build.induction): their steps are
aligned, what differs is a parameter, and a step that only some runs took has the conditions that tell them apart.

Everything in a trajectory is data: nothing of it is run.
"""

from collections.abc import Sequence
from typing import NamedTuple

from memp.build.extractive.bindings import draft_of, renamed
from memp.build.extractive.goal import goal_of
from memp.build.extractive.rendering import capped
from memp.build.extractive.sections import parameters_of, pitfalls_of, preconditions_of, verification_of
from memp.build.extractive.steps import steps_of
from memp.build.induction.alignment import Column, align, as_aligned
from memp.build.induction.completeness import complete
from memp.build.induction.generalised import Generalised
from memp.build.induction.parameters import generalise
from memp.build.induction.single import generalise_one
from memp.build.reading.members import Member
from memp.build.reading.reduction import member_of, new_member
from memp.build.reading.repetition import common_checks
from memp.domain.procedure import Draft, Script
from memp.domain.trajectory import SUCCESS_REWARD, Trajectory
from memp.errors import InputError
from memp.text import templates


class Built(NamedTuple):
    """A family's script, and for each of its runs, in order, the draft that it gives: its bindings and its template."""

    script: Script
    drafts: tuple[Draft, ...]


def extract(trajectory: Trajectory, threshold: float = SUCCESS_REWARD) -> Draft:
    """The script of one successful trajectory, its parameters, and what they stood for in this run.

    Raises:
        InputError: the trajectory has no steps, or did not succeed: a failure never becomes steps to follow.
    """
    return extract_family([trajectory], threshold).drafts[0]


def extract_family(runs: Sequence[Trajectory], threshold: float = SUCCESS_REWARD) -> Built:
    """The script of successful runs of like tasks.

    Raises:
        InputError: as `extract`.
    """
    for run in runs:
        _check(run, threshold)
    return build([new_member(run) if len(runs) == 1 else member_of(run) for run in runs])


def build(members: Sequence[Member]) -> Built:
    """The script of runs that are read already."""
    if len(members) == 1:
        return build_general(generalise_one(members[0]))
    aligned = as_aligned(members, common_checks(members))
    columns = align(aligned)
    return build_family(columns, generalise(aligned, columns))


def build_family(columns: Sequence[Column], general: Generalised) -> Built:
    """The script of runs with these columns, which are `general` in general terms: made of those runs that are complete
    (memp.build.induction.completeness). The drafts are those of all."""
    whole = complete(general)
    if len(whole) == len(general.members):
        return build_general(general)
    script = build_general(_of_these(general.members, columns, whole)).script
    called = renamed(script, general)
    return Built(script, tuple(draft_of(script, general, m, called) for m in range(len(general.members))))


def _of_these(members: Sequence[Member], columns: Sequence[Column], whole: Sequence[int]) -> Generalised:
    """These runs of a family in general terms, as they are aligned with all."""
    if len(whole) == 1:
        return generalise_one(members[whole[0]])
    kept = ({n: column[m] for n, m in enumerate(whole) if m in column} for column in columns)
    return generalise([members[m] for m in whole], [column for column in kept if column])


def build_general(general: Generalised) -> Built:
    """The script of runs that are in general terms already."""
    members = general.members
    steps = general.once(steps_of)
    every = [general.substitute(member.task, m, of_task=True) for m, member in enumerate(members)]
    goal, verification, pitfalls = goal_of(general, every), verification_of(general), pitfalls_of(general)
    texts = [*map(str, steps), goal, verification, *(f"{p.trigger} {p.instead}" for p in pitfalls)]
    names = list(dict.fromkeys(name for text in texts for name in templates.names(text)))
    script = Script(
        goal=goal,
        preconditions=preconditions_of(general) if len(members) == 1 else (),
        parameters=parameters_of(general, names),
        steps=capped(steps),
        verification=verification,
        pitfalls=pitfalls,
    )
    names_as_declared = {parameter.name: parameter.name for parameter in script.parameters}
    return Built(script, tuple(draft_of(script, general, m, names_as_declared) for m in range(len(members))))


def _check(trajectory: Trajectory, threshold: float) -> None:
    if not trajectory.succeeded(threshold):
        raise InputError(
            f"The trajectory has a reward of {trajectory.reward:g}, below {threshold:g}: only a success becomes steps "
            "to follow; keep a failure as a pitfall."
        )
    if not trajectory.steps:
        raise InputError("The trajectory has no steps: there is nothing to make a script of.")
