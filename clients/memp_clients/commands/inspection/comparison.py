"""Compare runs with a procedure and runs near its tasks without it (uplift): success, steps and tokens."""

from collections.abc import Sequence
from typing import Protocol

from rich.console import Group, RenderableType

from memp.domain import trust
from memp.domain.procedure import Procedure
from memp.domain.results import Options
from memp.domain.trajectory import Trajectory
from memp.retrieve.uplift import Uplift, compared
from memp.store import Evidence, KeyVectors, Search, Trajectories
from memp.store.records import MAX_KEY, Outcome
from memp_clients.screen.views import difference, line

MOST_NEAR = 60
"""Runs near each task of a procedure that are looked at."""


class RunsStore(Evidence, Trajectories, KeyVectors, Search, Protocol):
    """The parts of a store in which runs with and without a procedure are looked up."""


def compare_runs(store: RunsStore, options: Options, procedure: Procedure) -> list[Uplift]:
    """Compare success, steps and tokens of the runs that used a procedure with runs near its tasks that did not.

    The run it was built from is left out: that it succeeded is why the procedure is there.
    """
    used = store.uses(procedure.id)
    tasks = list(store.trajectory_tasks([*procedure.trajectories, *(use.trajectory for use in used)]).values())
    near = {
        hit.owner
        for vector in store.known_vectors([task[:MAX_KEY] for task in tasks]).values()
        for hit in store.nearest("run", vector, (procedure.scope, *options.scopes), MOST_NEAR)
        if hit.similarity is not None and hit.similarity >= trust.NEAR
    }
    without = near - {use.trajectory for use in used} - set(procedure.trajectories[:1])
    ours = [Outcome(held=False, success=u.success, steps=u.steps, tokens=u.tokens) for u in used]
    theirs = [_as_outcome(store.trajectory(run), options) for run in sorted(without)]
    tokens = [[float(o.tokens) for o in arm if o.tokens is not None] for arm in (ours, theirs)]
    return [
        compared("success", [float(o.success) for o in ours], [float(o.success) for o in theirs]),
        compared("steps", [float(o.steps) for o in ours], [float(o.steps) for o in theirs]),
        compared("tokens", *tokens),
    ]


def _as_outcome(run: Trajectory, options: Options) -> Outcome:
    success = run.succeeded(options.success_reward)
    return Outcome(held=True, success=success, steps=len(run.steps), tokens=run.tokens)


def comparison_view(uplifts: Sequence[Uplift]) -> RenderableType:
    """The comparison of runs with and without a procedure, as a person is shown it."""
    return Group(
        difference(uplifts, "with it", "without it"),
        line("No draw decided which runs used it: a difference may have other causes.", "dim"),
    )
