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
"""Parameters that a generalisation adds."""

LEAST_SAME = 0.5
"""The share of words that must be the same in both."""

LEAST_COMMON = 1 / 3
"""The share of their goals' words that a run and the procedure it corroborates have in common (Jaccard index)."""

_NAME = re.compile(r"[a-z][a-z_]{2,20}")
_WEAK = frozenset("the a an of in on to for with and or by from at as into is be named called".split())

Pair = tuple[str, str]
"""A word of one script and the word of the other that stands in its place."""

Aligned = Sequence[Pair]
"""Two texts of as many pieces, piece by piece."""


class FamilyStore(Procedures, Trajectories, Writing, Protocol):
    """The parts of a store that are used here."""


def consolidate(store: FamilyStore, procedure_id: int, siblings: Sequence[int]) -> int | None:
    """Store a candidate that generalises a new procedure and the first of its `siblings` with which it can be
    anti-unified; its id, None where there is none.

    Raises:
        StoreError: the store cannot be read or written.
    """
    new = find_procedure(store, procedure_id)
    for other in store.procedures(siblings):
        script = (
            generalise(new.script, other.script) if (other.scope, other.hearsay) == (new.scope, new.hearsay) else None
        )
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
        draft = draft.model_copy(update={"builder": new.builder})  # The words are theirs: no rule displaces them.
        put = store.put(
            new.scope, draft, run_id, script.signature(), keys_of(draft, task), twin=script.__eq__, origin=new.origin,
            held=new.hearsay,
        )  # fmt: skip
    return None if put is None else put.id


def generalise(one: Script, other: Script) -> Script | None:
    """Anti-unify two scripts: the script that both are cases of; None where they differ too much.

    The steps must be as many and as long, and a word must always stand against the same one. The words that differ must
    stand in the goals: others a recall could not fill in.
    """
    texts = _align(one, other)
    if texts is None:
        return None
    pairs = _differing(texts)
    if not _is_general(pairs, texts):
        return None
    names = _names(pairs, texts[0], {parameter.name for parameter in one.parameters})
    goal, *steps = ("".join(f"{{{names[a, b]}}}" if a != b else a for a, b in text) for text in texts)
    return one.model_copy(
        update={
            "goal": goal,
            "steps": tuple(steps),
            "parameters": (*one.parameters, *(Parameter(name=name) for name in names.values())),
            "when_to_use": "",
            "not_when": one.not_when if one.not_when == other.not_when else "",
            "preconditions": tuple(text for text in one.preconditions if text in other.preconditions),
            "verification": one.verification if one.verification == other.verification else "",
            "pitfalls": (),
        }
    )


def _align(one: Script, other: Script) -> list[Aligned] | None:
    """The goals and the steps of two scripts, piece by piece; None where their shapes differ."""
    if len(one.steps) != len(other.steps):
        return None
    texts: list[Aligned] = []
    for ours, theirs in zip((one.goal, *one.steps), (other.goal, *other.steps), strict=True):
        left, right = templates.pieces(ours), templates.pieces(theirs)
        if len(left) != len(right):
            return None
        texts.append(list(zip(left, right, strict=True)))
    return texts


def _differing(texts: Sequence[Aligned]) -> list[Pair]:
    """The pairs of different pieces, each once, in order."""
    return list(dict.fromkeys((a, b) for text in texts for a, b in text if a != b))


def _is_general(pairs: Sequence[Pair], texts: Sequence[Aligned]) -> bool:
    """Whether two scripts are one but for these pairs: few, of words of the goals, and each word in one of them only."""
    if not 0 < len(pairs) <= MOST_PARAMETERS or set(pairs) != set(_differing(texts[:1])):
        return False
    if any(len(set(side)) < len(pairs) for side in zip(*pairs, strict=True)):
        return False
    if any("{" in word for pair in pairs for word in pair):
        return False
    words = [(a, b) for text in texts for a, b in text if a[0].isalnum()]
    return bool(words) and sum(a == b for a, b in words) / len(words) >= LEAST_SAME


def _names(pairs: Sequence[Pair], goal: Aligned, taken: set[str]) -> dict[Pair, str]:
    """A name for each pair that no parameter has yet."""
    names: dict[Pair, str] = {}
    for pair in pairs:
        name = _name(pair, goal)
        numbered = (name, *(f"{name}_{i}" for i in range(2, 99)))
        names[pair] = next(n for n in numbered if n not in taken and n not in names.values())
    return names


def _name(pair: Pair, goal: Aligned) -> str:
    """A parameter's name: the word before it in the goal, or the one after it, where that tells something."""
    at = goal.index(pair)
    # Between two words stands a space.
    near = [goal[i][0].casefold() for i in (at + 2, at - 2) if 0 <= i < len(goal) and goal[i][0] == goal[i][1]]
    return next((word for word in near if _NAME.fullmatch(word) and word not in _WEAK), "value")


def corroborates(draft: Draft, script: Script) -> bool:
    """Whether a run with the same chain of steps is one more of a procedure, and not another task done in like words.

    A caller's own script must have the same goal, or it would be lost. Otherwise the goals must share a third of their
    words: "clean some {object} and put it in {place}" is "put a clean {object} in {place}".
    """
    ours, theirs = set(terms(draft.script.goal)), set(terms(script.goal))
    if draft.builder == "caller":
        return ours == theirs
    return len(ours & theirs) >= LEAST_COMMON * len(ours | theirs)
