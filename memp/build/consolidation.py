"""Consolidation: merge several successes of one family of tasks into one procedure with parameters.

Two scripts that differ in a few words only are anti-unified: those words become {placeholders} (AWM, arXiv 2409.07429).
The general procedure is a candidate of its own; those it came from stay as they are.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from memp.build.builders import from_caller, keys_of
from memp.domain.procedure import Draft, Parameter, Procedure, Script
from memp.domain.trajectory import Trajectory
from memp.store import Procedures, Trajectories, Writing
from memp.store.find import find_procedure
from memp.store.records import Put
from memp.text import templates
from memp.text.keywords import terms

MOST_PARAMETERS = 4
LEAST_SAME = 0.5
"""The share of words that must be the same in both."""

_NAME = re.compile(r"[a-z][a-z_]{2,20}")
_WEAK = frozenset("the a an of in on to for with and or by from at as into is be named called".split())


class FamilyStore(Procedures, Trajectories, Writing, Protocol):
    """What is asked of the store here."""


def consolidate(store: FamilyStore, procedure_id: int, siblings: Sequence[int]) -> int | None:
    """Store a candidate that generalises a new procedure and the first of its `siblings` with which it can be
    anti-unified; its id, None where there is none.

    Raises:
        StoreError: the store cannot be read or written.
    """
    new = find_procedure(store, procedure_id)
    for other in store.procedures(siblings):
        script = generalise(new.script, other.script) if other.scope == new.scope else None
        if script is not None:
            return _put_general(store, new, script, [*other.trajectories, *new.trajectories])
    return None


def _put_general(store: FamilyStore, new: Procedure, script: Script, runs: Sequence[int]) -> int | None:
    """The general procedure, with all of these runs as its sources."""
    put: Put | None = None
    tasks = store.trajectory_tasks(runs)
    for run_id in runs:
        task = tasks[run_id]
        draft = from_caller(script, Trajectory(task=task, steps=(), reward=1.0), ())
        draft = draft.model_copy(update={"builder": "extractive"})
        put = store.put(
            new.scope, draft, run_id, script.signature(), keys_of(draft, task), twin=script.__eq__, origin=new.origin
        )
    return None if put is None else put.id


def generalise(one: Script, other: Script) -> Script | None:
    """Anti-unify two scripts; None if they differ too much, or in words that their goals lack: those a recall could not
    fill in.

    The steps must be as many and as long, and a word must always stand against the same one.
    """
    if len(one.steps) != len(other.steps):
        return None
    pairs = [(one.goal, other.goal), *zip(one.steps, other.steps, strict=True)]
    texts = [(templates.pieces(a), templates.pieces(b)) for a, b in pairs]
    if any(len(a) != len(b) for a, b in texts):
        return None
    differ = {(a, b): "" for ours, theirs in texts for a, b in zip(ours, theirs, strict=True) if a != b}
    of_goal = {(a, b) for a, b in zip(*texts[0], strict=True) if a != b}
    words = [(a, b) for ours, theirs in texts for a, b in zip(ours, theirs, strict=True) if a[0].isalnum()]
    alike = sum(a == b for a, b in words) / len(words)
    if (
        not 0 < len(differ) <= MOST_PARAMETERS or differ.keys() != of_goal or alike < LEAST_SAME
        or len({a for a, _ in differ}) < len(differ) or len({b for _, b in differ}) < len(differ)
        or any("{" in word for pair in differ for word in pair)
    ):  # fmt: skip
        return None
    for pair in differ:
        differ[pair] = _name(pair, texts[0], set(differ.values()) | {p.name for p in one.parameters})
    goal, *steps = (
        "".join([f"{{{differ[a, b]}}}" if a != b else a for a, b in zip(*text, strict=True)]) for text in texts
    )
    named = tuple(Parameter(name=name) for name in differ.values())
    return one.model_copy(
        update={
            "goal": goal,
            "steps": tuple(steps),
            "parameters": (*one.parameters, *named),
            "when_to_use": "",
            "not_when": one.not_when if one.not_when == other.not_when else "",
            "preconditions": tuple(text for text in one.preconditions if text in other.preconditions),
            "verification": one.verification if one.verification == other.verification else "",
            "pitfalls": (),
        }
    )


def _name(pair: tuple[str, str], goals: tuple[Sequence[str], Sequence[str]], taken: set[str]) -> str:
    """A parameter's name: the word before it in the goal, or the one after it, where that tells something."""
    at = next(i for i, words in enumerate(zip(*goals, strict=True)) if words == pair)
    # Between two words stands a space.
    near = [goals[0][i].casefold() for i in (at + 2, at - 2) if 0 <= i < len(goals[0]) and goals[0][i] == goals[1][i]]
    name = next((word for word in near if _NAME.fullmatch(word) and word not in _WEAK), "value")
    return next(n for n in (name, *(f"{name}_{i}" for i in range(2, 99))) if n not in taken)


def corroborates(draft: Draft, script: Script) -> bool:
    """Whether a run with the same chain of steps is one more of a procedure, and not another task done in like words.

    A caller's own script must have the same goal, or it would be lost. Otherwise the goals must share a third of their
    words: "clean some {object} and put it in {place}" is "put a clean {object} in {place}".
    """
    ours, theirs = set(terms(draft.script.goal)), set(terms(script.goal))
    if draft.builder == "caller":
        return ours == theirs
    return 3 * len(ours & theirs) >= len(ours | theirs)
