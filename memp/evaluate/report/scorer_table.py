"""Tables of next-action accuracy, as values and as text. A game counts once, however many decisions it has."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from memp.evaluate.experiments.arms import NONE
from memp.evaluate.experiments.decisions import ARMS, WRONG, Decision
from memp.evaluate.report.stats import Comparison, by_task, compare
from memp.evaluate.report.tables import against

MARGIN_DIGITS = 2


class Row(NamedTuple):
    """One arm: means over games of the mean over a game's decisions, and its right answers against two other arms."""

    arm: str
    games: int
    decisions: int
    right: float
    exact: float
    reciprocal_rank: float
    margin: float
    tokens: float
    against_none: Comparison | None
    against_wrong: Comparison | None
    by_verb: Mapping[str, tuple[int, int]]
    """Kind of step to (right answers, decisions)."""


def right(decision: Decision) -> float:
    """1 for a right decision, else 0."""
    return float(decision.won)


def rows(decisions: Sequence[Decision]) -> list[Row]:
    """A row for each arm that was asked."""
    by_arm = {arm: [decision for decision in decisions if decision.arm == arm] for arm in ARMS}
    return [_row(arm, own, by_arm) for arm, own in by_arm.items() if own]


def _row(arm: str, own: Sequence[Decision], by_arm: Mapping[str, Sequence[Decision]]) -> Row:
    verbs: dict[str, list[bool]] = {}
    for decision in own:
        verbs.setdefault(decision.verb, []).append(decision.won)
    return Row(
        arm=arm,
        games=len({decision.task for decision in own}),
        decisions=len(own),
        right=_mean(by_task(own, right)),
        exact=_mean(by_task(own, lambda decision: float(decision.exact))),
        reciprocal_rank=_mean(by_task(own, lambda decision: 1 / decision.rank)),
        margin=_mean(by_task(own, lambda decision: decision.margin)),
        tokens=_mean(by_task(own, lambda decision: decision.tokens)),
        against_none=None if arm == NONE else compare(own, by_arm[NONE], right),
        against_wrong=None if arm in (NONE, WRONG) else compare(own, by_arm[WRONG], right),
        by_verb={verb: (sum(answers), len(answers)) for verb, answers in sorted(verbs.items())},
    )


def _mean(values: Mapping[str, float]) -> float:
    return math.fsum(values.values()) / len(values)


HEADER = (
    "arm", "decisions", "right %", "exact %", "mean 1/rank", "margin (nats)", "tokens", "vs none (points)",
    "vs wrong-task (points)",
)  # fmt: skip
STEP_HEADER = ("arm",)


def cells(row: Row) -> tuple[str, ...]:
    """A row as text, in the order of HEADER."""
    return (
        row.arm,
        f"{row.decisions} in {row.games} games",
        f"{100 * row.right:.1f}",
        f"{100 * row.exact:.1f}",
        f"{row.reciprocal_rank:.3f}",
        f"{row.margin:+.{MARGIN_DIGITS}f}",
        f"{row.tokens:.0f}",
        against(row.against_none),
        against(row.against_wrong),
    )


def verbs(decisions: Sequence[Decision]) -> list[str]:
    """The kinds of step that were asked, sorted."""
    return sorted({decision.verb for decision in decisions})


def step_cells(row: Row, kinds: Sequence[str]) -> tuple[str, ...]:
    """A row's right answers by kind of step."""
    counts = [row.by_verb.get(kind) for kind in kinds]
    return (row.arm, *(f"{100 * of[0] / of[1]:.0f} ({of[0]}/{of[1]})" if of else "" for of in counts))
