"""The tables of an experiment, as values and as text."""

from collections.abc import Sequence
from typing import NamedTuple

from memp.evaluate.run import Episode
from memp.evaluate.stats import Comparison, Interval, compare, over_seeds

NONE = "none"
PAPER = "facts"
"""The paper's own best arm: proceduralization, retrieved by AveFact."""


class Row(NamedTuple):
    """One arm: success, steps, tokens and invalid steps of an episode, and its success against two other arms."""

    arm: str
    episodes: int
    success: Interval
    steps: Interval
    tokens: Interval
    lookups: float
    invalid: float
    against_none: Comparison | None
    against_paper: Comparison | None
    by_kind: dict[str, tuple[float, float, int]]
    """Task type to (success, steps, episodes)."""


def won(episode: Episode) -> float:
    return float(episode.won)


def rows(episodes: Sequence[Episode], arms: Sequence[str]) -> list[Row]:
    """A row for each arm that has episodes."""
    by_arm: dict[str, list[Episode]] = {}
    for episode in episodes:
        by_arm.setdefault(episode.arm, []).append(episode)
    found: list[Row] = []
    for arm in arms:
        own = by_arm.get(arm, [])
        if own:
            found.append(_row(arm, own, by_arm.get(NONE, []), by_arm.get(PAPER, [])))
    return found


def _row(arm: str, own: Sequence[Episode], none: Sequence[Episode], paper: Sequence[Episode]) -> Row:
    kinds: dict[str, list[Episode]] = {}
    for episode in own:
        kinds.setdefault(episode.kind, []).append(episode)
    return Row(
        arm=arm,
        episodes=len(own),
        success=over_seeds(own, won),
        steps=over_seeds(own, lambda episode: episode.steps),
        tokens=over_seeds(own, lambda episode: episode.tokens),
        lookups=sum(episode.lookups for episode in own) / len(own),
        invalid=sum(episode.invalid for episode in own) / len(own),
        against_none=None if arm == NONE else compare(own, none, won),
        against_paper=None if arm == PAPER else compare(own, paper, won),
        by_kind={
            kind: (sum(e.won for e in of) / len(of), sum(e.steps for e in of) / len(of), len(of))
            for kind, of in sorted(kinds.items())
        },
    )


HEADER = ("arm", "success %", "steps", "tokens", "lookups", "invalid", "vs none (points)", f"vs {PAPER} (points)")


def cells(row: Row) -> tuple[str, ...]:
    """A row as text, in the order of HEADER."""
    return (
        row.arm,
        _percent(row.success),
        _spread(row.steps, 2),
        _spread(row.tokens, 0),
        f"{row.lookups:.2f}",
        f"{row.invalid:.2f}",
        _against(row.against_none),
        _against(row.against_paper),
    )


def _percent(value: Interval) -> str:
    return _spread(Interval(*(100 * part for part in value)), 1)


def _spread(value: Interval, digits: int) -> str:
    half = (value.high - value.low) / 2
    return f"{value.mean:.{digits}f} ±{half:.{max(1, digits)}f}" if half < float("inf") else f"{value.mean:.{digits}f}"


def _against(found: Comparison | None) -> str:
    if found is None:
        return ""
    mean, low, high = (100 * part for part in found.difference)
    return f"{mean:+.1f} [{low:+.1f}, {high:+.1f}] p={found.p:.4f}"


def kind_cells(row: Row, kinds: Sequence[str]) -> tuple[str, ...]:
    """A row's success and steps by task type."""
    found = [row.by_kind.get(kind) for kind in kinds]
    return (row.arm, *(f"{100 * of[0]:.1f} / {of[1]:.1f}" if of else "" for of in found))
