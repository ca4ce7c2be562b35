"""A run as it went, step by step: what failed, what made that good, and what its outcome counts for."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from memp.build.reading.pruning import recoveries
from memp.build.reading.run import read_run
from memp.domain.procedure import KnownPitfall
from memp.domain.trajectory import Step, Trajectory
from memp.retrieve.elsewhere import Elsewhere
from memp.store import Procedures, Projects, Trajectories
from memp.store.records import MOST_COUNTED, Testimony


class Moment(NamedTuple):
    """A step with its number: the line that says how it failed (empty where it did not), the step that made that good, and the
    failed steps that it made good itself; 0 and none where there are none."""

    number: int
    step: Step
    failure: str = ""
    made_good_by: int = 0
    makes_good: Sequence[int] = ()


class MetStore(Procedures, Trajectories, Projects, Protocol):
    """The parts of a store by which the pitfalls of a run are found."""


def moments(run: Trajectory) -> list[Moment]:
    """The steps of a run, with what Build reads of them."""
    read = read_run(run.task, run.steps)
    good = {failed + 1: later + 1 for failed, later in recoveries(read).items()}
    return [
        Moment(
            number, act.step, act.failure.text if act.failure else "", good.get(number, 0),
            [failed for failed, later in good.items() if later == number],
        )
        for number, act in enumerate(read.acts, 1)
    ]  # fmt: skip


def pitfalls_of_run(store: MetStore, run_id: int, project: str) -> list[KnownPitfall]:
    """The pitfalls that a run met, as far as this project is told of them."""
    ids = store.pitfalls_met(run_id)
    return Elsewhere(store, project).met_here(store.pitfalls(ids=ids)) if ids else []


def witness_line(told: Testimony) -> str:
    """Who says how a run ended, and what that counts for, in sentences."""
    if told.weight == 0:
        return "It counts for nothing."
    who = "Somebody else than its agent saw how it ended" if told.seen else "Its agent alone says how it ended"
    count = f"{told.same:,}" if told.same <= MOST_COUNTED else f"over {MOST_COUNTED:,}"
    runs = f"{count} other run{'s' * (told.same != 1)}"
    same = f" It is one witness with {runs} of the same session or import: together they count as one."
    return f"{who}: it counts {told.weight:.2g} of 1.{same if told.same else ''}"
