"""Error rates of the archiving rules, by simulation: how often each archives procedures of a known success rate."""

import random
from collections.abc import Callable, Sequence
from functools import partial

from memp.domain.trust import Standing, Use
from memp.update.lifecycle import ERASURES, Erasure

Rule = Callable[[Sequence[bool]], bool]
"""Whether a procedure with these outcomes, newest first, is archived; asked after each failure, as the memory asks."""

TRIALS = 4_000


def product_rule(name: Erasure, base: float) -> Rule:
    """A rule of the product, where agents without a procedure reach a known base rate."""
    return partial(_erased, name, base)


def _erased(name: Erasure, base: float, outcomes: Sequence[bool]) -> bool:
    uses = tuple(Use(success, 1.0, "", 1) for success in outcomes)
    return ERASURES[name](Standing("candidate", 1, uses=uses), base)


def archived_share(rule: Rule, rate: float, uses: int = 30, noise: float = 0.0, trials: int = TRIALS) -> float:
    """The share of procedures of true success `rate` that are archived at any time in `uses` uses.

    `noise` is the share of the outcomes that are reported wrongly.
    """
    reported = rate * (1 - noise) + (1 - rate) * noise
    draw = random.Random(11)
    gone = 0
    for _ in range(trials):
        outcomes: list[bool] = []
        for _ in range(uses):
            outcomes.insert(0, draw.random() < reported)
            if not outcomes[0] and rule(outcomes):
                gone += 1
                break
    return gone / trials
