"""Arms of an experiment: a memory, how it is asked, who plays with it, and what goes wrong meanwhile.

Two arms that are compared differ in one of these, so a difference between them is due to it.
"""

from collections.abc import Mapping
from typing import Literal

from memp.domain.procedure import Form
from memp.domain.trajectory import Value
from memp.evaluate.agents.scripted import Habits
from memp.reply import DEFAULT_BUDGET
from memp.retrieve.strategies import STRATEGIES, Strategy

NONE = "none"
"""The arm without a memory, in every experiment."""

PAPER = "facts"
"""The paper's own best arm: proceduralization, retrieved by AveFact."""

VERBATIM = 20_000
"""A budget in tokens within which any trajectory of ALFWorld fits uncut."""

Contents = Literal["train", "other", "expert", "weak", "mishaps"]
"""The runs of a memory: the train split, other domains, some expert runs, as many runs that a weak agent won by
itself, or the train split and runs in which something went wrong (memp.evaluate.experiments.memories.CONTENTS)."""

Fault = Literal["fails", "locked", "moved"]
"""A fault that is put into a game (memp.evaluate.experiments.faults.FAULTS)."""


class Arm(Value):
    """One arm of an experiment.

    Without `contents` there is no memory. `k` is the number of procedures in a recall, `budget` its size in tokens.
    Without `pitfalls` its answers leave out earlier failures; without `again` the player does not look up a second time
    when stuck; with `retry` it repeats a failed step by itself. `noise` is the share of its steps that are random
    instead; `limit` is the most steps of an episode, by default the experiment's.

    With `tools` a language model has the memory's own tools and writes to it: each seed has a memory of its own, which
    starts with the contents, or empty.
    """

    name: str
    contents: Contents | None = "train"
    form: Form = "proceduralization"
    retrieve: Strategy = "hybrid"
    budget: int = DEFAULT_BUDGET
    k: int = 1
    pitfalls: bool = True
    again: bool = True
    retry: bool = False
    noise: float = 0.0
    limit: int | None = None
    fault: Fault | None = None
    tools: bool = False

    @property
    def habits(self) -> Habits:
        """The habits of the scripted agent that plays the arm."""
        return Habits(self.again, self.retry, self.noise)

    def recall_seed(self, seed: int) -> int:
        """The seed of the arm's recalls; the same for all where nothing is drawn, so that a memory is opened once."""
        return seed if STRATEGIES[self.retrieve].drawn else 0


def _by_name(*arms: Arm) -> Mapping[str, Arm]:
    return {arm.name: arm for arm in arms}


ARMS: Mapping[str, Arm] = _by_name(
    Arm(name=NONE, contents=None),
    Arm(name="random", retrieve="random"),
    Arm(name="irrelevant", contents="other"),
    Arm(name="script", form="script"),
    Arm(name="trajectory", form="trajectory", budget=VERBATIM),
    Arm(name="trajectory-600", form="trajectory"),
    Arm(name="proceduralization"),
    Arm(name="query", retrieve="query"),
    Arm(name=PAPER, retrieve="facts"),
)

TOOL_ARMS: Mapping[str, Arm] = _by_name(
    Arm(name="tools", contents=None, tools=True),
    Arm(name="tools-train", contents="train", tools=True),
)
"""Arms in which a language model has the memory's own tools. It starts empty, or with the memory of the train split."""

BUILD = (NONE, "random", "irrelevant", "script", "trajectory", "trajectory-600", "proceduralization", PAPER)
"""The paper's table 1, with the controls that it lacks."""

RETRIEVE = (NONE, "random", "query", PAPER, "proceduralization")
"""The paper's table 2; the last is hybrid, the default."""
