"""Reduction of a run to a member of a family: the steps that are aligned with those of other runs.

Failed attempts, detours and idle looking go (memp.build.reading.pruning), waits and loops are folded (memp.build.reading.waits
and counters), and each step gets its operation and its atoms.
"""

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

from memp.build.reading.action import Action
from memp.build.reading.counters import loops_of
from memp.build.reading.elements import labelled
from memp.build.reading.members import Member
from memp.build.reading.pruning import needed_of, recoveries
from memp.build.reading.run import Act, read_run
from memp.build.reading.waits import Wait, waits_of
from memp.domain.trajectory import Trajectory
from memp.text.actions.operations import operation_of
from memp.text.atoms import atoms_of


def new_member(run: Trajectory) -> Member:
    """`member_of` the run that is recorded just now: several ask for it, and it is read once."""
    return _last_read(cast(Hashable, run))


@lru_cache(maxsize=1)
def _last_read(run: Hashable) -> Member:
    return member_of(cast(Trajectory, run))


def member_of(run: Trajectory) -> Member:
    """A run, read and reduced."""
    read = read_run(run.task, run.steps)
    needed = needed_of(read)
    kept = set(needed)
    texts = labelled(run.steps)
    waits = {wait.end - 1: wait for wait in waits_of(run.steps, run.task)}
    folded = {i for wait in waits.values() for i in range(wait.start, wait.end)}
    loops = loops_of(read, run.task, texts, frozenset(kept))
    loops = [loop for loop in loops if folded.isdisjoint(range(loop.wait.start, loop.wait.end))]
    for loop in loops:
        waits[loop.wait.end - 1] = loop.wait
        folded.update(range(loop.wait.start, loop.wait.end))
        texts[loop.wait.end - loop.wait.cycle : loop.wait.end] = loop.texts
    actions: list[Action] = []
    for i, act in enumerate(read.acts):
        if i in waits:
            actions += _waited(read.acts, texts, waits[i])
        elif i not in folded and (i in kept or (act.kind == "look" and act.failure is None)):
            actions.append(_action(i, act, texts[i], needed=i in kept))
    tries = [
        (replace(_action(i, read.acts[i], texts[i]), failed=True), _action(j, read.acts[j], texts[j]))
        for i, j in recoveries(read).items()
        if i not in kept and i not in folded and j in kept
    ]
    pairs = (pair for pair in tries if _is_part(*pair) or _is_mended(*pair, actions))
    return Member(run.task, read, tuple(actions), tuple(loops), tuple(pairs), needed)


MOST_BETWEEN = 3
"""Acts between a failed step and the same one with success, for them to be what mended it: more are the work itself."""


def _is_mended(one: Action, again: Action, actions: Sequence[Action]) -> bool:
    """Whether a step is the same as one that failed, and few acts lie between the two. That a check failed, and what was written
    for it to succeed, is the work."""
    between = [a for a in actions if one.place < a.place < again.place and a.needed and a.kind in ("act", "effect")]
    is_work = _TALLY.search(one.observation) is not None or any("\n" in action.text for action in between)
    return one.text == again.text and 0 < len(between) <= MOST_BETWEEN and not is_work


_TALLY = re.compile(
    r"\b\d{1,6} (?:tests? )?(?:passed|passing|failed|failing|failures?)\b|^(?:FAIL(?:ED)?|not ok)\b", re.M
)
"""Tallies, with which checks end."""


def _is_part(one: Action, whole: Action) -> bool:
    """Whether a step is another one of the same operation with something left out, also another command before it."""
    left = iter(whole.atoms)
    same = one.operation == whole.operation or one.operation in whole.operation.split(" && ")
    return same and len(one.atoms) < len(whole.atoms) and all(a in left for a in one.atoms)


def _waited(acts: tuple[Act, ...], texts: Sequence[str], wait: Wait) -> Iterable[Action]:
    """The last round of a wait; its count and stop sign stand with its last step."""
    for i in range(wait.end - wait.cycle, wait.end):
        last = i == wait.end - 1
        yield _action(i, acts[i], texts[i], times=wait.times if last else 0, until=wait.until if last else "")


def _action(i: int, act: Act, text: str, *, needed: bool = True, times: int = 0, until: str = "") -> Action:
    text = text.strip()
    atoms, operation = atoms_of(text, plain=act.plain), operation_of(text)
    return Action(
        i,
        text,
        operation,
        atoms,
        act.step.observation,
        act.kind,
        act.plain,
        needed,
        act.step.thought or "",
        times,
        until,
    )
