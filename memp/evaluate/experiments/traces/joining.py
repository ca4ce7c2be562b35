"""Joining measured: which labelled runs end as one procedure when they are recorded one after the other.

The runs are recorded into real memories, as a caller does. Siblings alone, in every order; and all runs into one memory,
where a run of another family may be near.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from memp.build.families import family_of, join
from memp.build.reading.members import Member
from memp.build.reading.reduction import member_of
from memp.evaluate.experiments.traces.labels import LabelledFamily, LabelledRun
from memp.evaluate.experiments.traces.measures import Count
from memp.memory import ProceduralMemory

Joins = Mapping[str, Count]
"""Family to so many of so many."""


class Open(Protocol):
    """Opens a memory on a file, new or not, with further settings by name."""

    def __call__(self, path: Path, **settings: object) -> ProceduralMemory: ...


def siblings_joined(family: LabelledFamily, open_memory: Open) -> Count:
    """How many second and third runs end in the procedure of the others, over all orders of a family that is one procedure."""
    orders = list(permutations(family.runs))
    sizes = [max(map(len, _recorded(order, open_memory)), default=1) for order in orders]
    return sum(size - 1 for size in sizes), len(orders) * (len(family.runs) - 1)


def joined_others(families: Sequence[LabelledFamily], open_memory: Open) -> Joins:
    """How many runs of each family ended in the procedure of another, when all are recorded into one memory: first a run of
    every family, then their first siblings, then the second. The runs of a family that is no one procedure are others to
    each other."""
    rounds = zip(*(family.runs for family in families), strict=True)
    owner = {run.id: _owner(family, run) for family in families for run in family.runs}
    strangers: Counter[str] = Counter()
    for procedure in _recorded([run for runs in rounds for run in runs], open_memory):
        host = Counter(owner[id] for id in procedure).most_common(1)[0][0]
        strangers.update(id for id in procedure if owner[id] != host)
    return {
        family.family: (sum(strangers[run.id] for run in family.runs), len(family.runs)) for family in families
    }  # fmt: skip


def _owner(family: LabelledFamily, run: LabelledRun) -> str:
    return family.family if family.same_procedure else run.id


def would_take(families: Sequence[LabelledFamily]) -> Joins:
    """How many runs of others each family would take if it were the only one near: what retrieval would otherwise spare it."""
    members = {family.family: [member_of(run.trajectory) for run in family.runs] for family in families}
    return {family.family: _taken(family.family, members) for family in families}


def _taken(name: str, members: Mapping[str, Sequence[Member]]) -> Count:
    own = family_of(members[name])
    others = [member for other, of_other in members.items() if other != name for member in of_other]
    return sum(join(own, member) is not None for member in others), len(others)


def _recorded(runs: Sequence[LabelledRun], open_memory: Open) -> list[list[str]]:
    """The ids of the runs of each procedure, after all were recorded."""
    with TemporaryDirectory() as folder, closing(open_memory(Path(folder) / "memory.sqlite3")) as memory:
        return list(_procedures(runs, memory))


def _procedures(runs: Sequence[LabelledRun], memory: ProceduralMemory) -> Iterator[list[str]]:
    names: dict[int, str] = {}
    built: dict[int, None] = {}
    for run in runs:
        done = memory.record(run.task, run.steps, "success")
        names[done.trajectory] = run.id
        built |= dict.fromkeys(i for i in (done.built, done.general) if i is not None)
    claimed: set[int] = set()
    # A procedure that others were generalised to has their runs: the largest counts.
    for procedure in sorted(map(memory.procedure, built), key=lambda one: (-len(one.trajectories), one.id)):
        own = [i for i in procedure.trajectories if i in names and i not in claimed]
        claimed.update(own)
        if own:
            yield [names[i] for i in own]
