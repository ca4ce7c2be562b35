"""Unfinished runs: stored, and then memp was stopped before anything was made of them. They are built now.

What their callers passed beside the run, a script or key facts, was lost with the process; so a rule or the configured model
writes the script.
"""

from collections.abc import Callable
from typing import Protocol

from memp.build.builder import ScriptBuilder
from memp.domain.origin import PROGRAM
from memp.errors import InputError
from memp.store import Origins, Trajectories, Writing
from memp.store.records import Recorded, Unfinished
from memp.update.updater import Finished, Updater
from memp.witness.claims import is_hearsay


class LeftStore(Trajectories, Origins, Writing, Protocol):
    """The parts of a store that are used here."""


def build_unfinished(
    store: LeftStore,
    builder: ScriptBuilder,
    updater_of: Callable[[str], Updater],
    *,
    abandoned: bool,
    most: int | None = None,
) -> int:
    """Update the memory with the runs that were left unfinished, at most `most`; how many. With `abandoned`, unasked, only with
    those whose process is known to be gone: what an older file holds may be much, and a model that writes costs. Of several
    processes that are at it one takes each run. `updater_of` gives the updater of a scope.

    Raises:
        InputError: scripts must come from callers (MEMP_BUILDER=caller), and a success waits for one.
        LLMError: the model that is to write the scripts gave none.
        StoreError: the store cannot be read or written.
    """
    runs = [one for one in store.unfinished() if not abandoned or (one.noted and not one.at_work)]
    waiting: list[InputError] = []
    count = 0
    for one in runs[:most]:
        if not store.take_over(one):
            continue
        count += 1
        try:
            updater_of(one.scope).update(_finished(store, builder, one))
        except InputError as error:  # One that waits for its script must not keep the others waiting.
            waiting.append(error)
    if waiting:
        raise waiting[0]
    return count


def _finished(store: LeftStore, builder: ScriptBuilder, one: Unfinished) -> Finished:
    run = store.trajectory(one.trajectory)
    success = run.succeeded(builder.options.success_reward)
    recorded = Recorded(id=one.trajectory, new=False, credited=tuple(ref.procedure_id for ref in one.used))
    origin = store.origins_of([one.trajectory]).get(one.trajectory, PROGRAM)
    held = is_hearsay(origin, run)
    return Finished(recorded, run, one.used, success, builder.author(None) if success else None, held=held)
