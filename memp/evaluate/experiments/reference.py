"""Baseline: the paper's memory, Memp's Retrieve and Update (arXiv 2508.06433, sections 3.3 and 3.4), in memory only.

Build and the reply are the project's own, so it differs from ProceduralMemory in how runs are kept, retrieved and changed:

    kept        one item for each run, never merged: its script, its trajectory (proceduralization), one key: the task
    retrieved   argmax of the cosine of the task texts (Query), whatever the item is worth; no floor unless one is given
    changed     by one of the three policies, and, where asked for, by the deletion rule of the reference code

The method is taken at its best: the reference code's faults (a reward that reaches nobody, credit for the first item
only, an index off by one, failures that block successes) are not reproduced, but for the one that is the policy
itself: vanilla appends every run, whatever its outcome.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from memp.build.builders import MAX_KEY, from_rules
from memp.build.lessons import pitfall_of
from memp.build.reading.pruning import needed_steps
from memp.domain.procedure import Draft, KnownPitfall, Pitfall, Procedure
from memp.domain.results import Match, Recall, TrackRecord
from memp.domain.trajectory import Trajectory
from memp.embed import Embedder, Vectors
from memp.inputs.references import references
from memp.inputs.trajectory import parse_steps
from memp.reply import DEFAULT_BUDGET, RecallReply, recall_reply
from memp.text.templates import bind
from memp.update.policies import Policy

_ANY_REWARD = 0.0
"""Vanilla's Build does not look at the reward: every run becomes steps to follow."""

_EPOCH = datetime.fromtimestamp(0, UTC)
_MOST_LESSONS = 3
"""Pitfalls in an item, and kinds of task that it is not for: a revised text does not grow for ever."""

_LEAST_USES = 3
"""Uses from which the reference code's deletion rule applies."""


class _Rule(NamedTuple):
    """An update policy: whether failed runs become items too, and whether a use that fails revises the item."""

    keeps_failures: bool = False
    revises: bool = False


_POLICIES: Mapping[Policy, _Rule] = {
    "vanilla": _Rule(keeps_failures=True),
    "validation": _Rule(),
    "adjustment": _Rule(revises=True),
}


@dataclass
class _Item:
    """One run's memory.

    `located` counts, for each "where mug is", the places where its runs found it; `balance` is, for each kind of task
    (a template), its successes, the run it was made of among them, less its failures.
    """

    id: int
    draft: Draft
    run: Trajectory
    uses: int = 0
    successes: int = 0
    revision: int = 1
    pitfalls: list[Pitfall] = field(default_factory=list[Pitfall])
    located: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    balance: Counter[str] = field(default_factory=Counter[str])

    def learn(self, draft: Draft) -> None:
        for about, value in draft.findings():
            self.located.setdefault(about, Counter())[value] += 1

    def unfit(self) -> list[str]:
        """The kinds of task on which it failed more often than not."""
        return sorted(template for template, balance in self.balance.items() if balance < 0)


class ReferenceMemory:
    """Procedural memory as the paper has it. `recall` and `record` take plain texts and steps.

    vanilla      every run is appended
    validation   successful runs are appended, failed ones dropped
    adjustment   validation, and an item whose use led to a failure is revised in place

    In the paper an LLM writes the revision, from the item and the failed run. Without one, the stand-in adds to the item
    by rule: the run's pitfall with the step that worked instead; where the run found things, counted beside the item's
    own; and the kinds of task that the item is not for (`not_when`: it failed on them more often than not). Like a
    reader of the last, recall then returns nothing for such a task. The steps stay: no rule can say which of them was
    wrong, and those of a failed run are no better.

    `deletes` is the reference code's rule: 3 uses or more and under half of them successes, and the item is gone.
    """

    def __init__(
        self, embedder: Embedder, policy: Policy = "validation", *, deletes: bool = False, floor: float | None = None,
        budget: int = DEFAULT_BUDGET,
    ) -> None:  # fmt: skip
        self._embedder = embedder
        self._rule = _POLICIES[policy]
        self._deletes = deletes
        self._floor = floor
        self._budget = budget
        self._items: dict[int, _Item] = {}
        self._made = 0
        self._keys: Vectors = np.zeros((0, embedder.identity.dimension), dtype=np.float32)
        self._owners: list[int] = []

    @property
    def size(self) -> int:
        """The number of items."""
        return len(self._items)

    def recall(self, task: str, error: str | None = None) -> RecallReply:
        """The item of the most similar task, as a reply of recall_procedure. `error` changes nothing: the paper looks a
        task up by its text alone."""
        floor = -1.0 if self._floor is None else self._floor
        if not self._items:
            return recall_reply(Recall([], [], None, floor), "proceduralization", self._budget)
        cosines = self._keys @ self._embedder.encode([task[:MAX_KEY]])[0]
        # Of equal ones the newest.
        at = len(cosines) - 1 - int(np.argmax(cosines[::-1]))
        cosine = float(cosines[at])
        if cosine < floor:
            return recall_reply(Recall([], [], cosine, floor), "proceduralization", self._budget)
        item = self._items[self._owners[at]]
        if any(bind(template, task) is not None for template in item.unfit()):
            return recall_reply(Recall([], [], cosine, floor), "proceduralization", self._budget)
        match = _match(item, task, cosine)
        return recall_reply(Recall([match], [], None, floor), "proceduralization", self._budget)

    def record(self, task: str, steps: object, success: bool, used: Sequence[str] = ()) -> None:
        """Take in a finished run: credit every item in `used` with its outcome, and apply the policy.

        Raises:
            InputError: the steps cannot be read.
        """
        run = Trajectory(task=task, steps=parse_steps(steps)[0], reward=float(success))
        items = [self._items[number] for number in (ref.procedure_id for ref in references(used))
                 if number in self._items]  # fmt: skip
        for item in items:
            item.uses += 1
            item.successes += success
            if self._rule.revises:
                _revise(item, run, success)
        for item in items:
            if self._deletes and item.uses >= _LEAST_USES and 2 * item.successes < item.uses:
                self._drop(item.id)
        if success or self._rule.keeps_failures:
            self._append(run)

    def _append(self, run: Trajectory) -> None:
        self._made += 1
        item = _Item(self._made, from_rules(run, (), _ANY_REWARD), run)
        item.learn(item.draft)
        item.balance[_kind(item.draft, run)] += 1
        item.pitfalls.extend(item.draft.script.pitfalls)
        self._items[item.id] = item
        self._keys = np.vstack([self._keys, self._embedder.encode([run.task[:MAX_KEY]])])
        self._owners.append(item.id)

    def _drop(self, number: int) -> None:
        at = self._owners.index(number)
        del self._items[number], self._owners[at]
        self._keys = np.delete(self._keys, at, axis=0)


def _revise(item: _Item, run: Trajectory, success: bool) -> None:
    """Adjust an item after a use, as the stand-in for the paper's revision: a failed run's lessons go into its text."""
    draft = from_rules(run, (), _ANY_REWARD)
    known = (template for template in item.balance if bind(template, run.task) is not None)
    item.balance[next(known, _kind(draft, run))] += 1 if success else -1
    if success:
        return
    item.learn(draft)
    pitfall = pitfall_of(run)
    if pitfall and (shown := pitfall.model_copy(update={"consequence": ""})) not in item.pitfalls:
        item.pitfalls = [shown, *item.pitfalls][:_MOST_LESSONS]
    item.revision += 1


def _kind(draft: Draft, run: Trajectory) -> str:
    """The kind of task of a run: its text with {placeholders} for the values that vary."""
    return draft.template or run.task


def _match(item: _Item, task: str, cosine: float) -> Match:
    """The item as a match: its parameters bound through its own template, and where its runs found things."""
    draft, script = item.draft, item.draft.script
    bindings = (bind(draft.template, task) if draft.template else None) or {}
    shown = script.model_copy(update={"not_when": "; ".join(item.unfit()[:_MOST_LESSONS])})
    seen: dict[str, Sequence[tuple[str, int]]] = {}
    for parameter in script.parameters:
        if parameter.name not in bindings:
            counts = item.located.get(parameter.about(bindings) or "")
            value = draft.bindings.get(parameter.name)
            seen[parameter.name] = counts.most_common() if counts else [(value, 1)] if value else []
    needed = tuple(item.run.steps[i] for i in needed_steps(item.run.task, item.run.steps))
    return Match(
        procedure=Procedure(
            id=item.id, scope="", revision=item.revision, script=shown, builder=draft.builder, uses=item.uses,
            successes=item.successes, trajectories=(item.id,), created_at=_EPOCH, updated_at=_EPOCH,
        ),
        score=cosine,
        similarity=cosine,
        bindings=bindings,
        seen=seen,
        pitfalls=[KnownPitfall(id=i, procedure_id=item.id, pitfall=p, seen=1) for i, p in enumerate(item.pitfalls)],
        example=item.run.model_copy(update={"steps": needed}),
        same_task=item.run.task == task,
        track=TrackRecord(1 + item.uses, 1 + item.successes, 1 + item.successes, len(needed)),
    )  # fmt: skip
