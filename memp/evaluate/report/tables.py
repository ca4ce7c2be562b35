"""Tables of an experiment's arms, as values and as text."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from memp.evaluate.experiments.arms import NONE, PAPER
from memp.evaluate.experiments.results import Episode
from memp.evaluate.report.stats import Comparison, Interval, compare, over_seeds, pooled


class Trouble(NamedTuple):
    """The episodes in which the fault occurred: their share `hit`, and how they ended.

    `recovery` is the share of them that were won, `extra` their steps beyond those of the same arm, seed and task in
    which nothing went wrong; a lost episode counts with all the steps it had.
    """

    hit: float
    recovery: Interval | None
    extra: Interval | None


NONE_OWN: Mapping[str, Interval] = MappingProxyType({})
"""The measures of a world that has none of its own."""


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
    trouble: Trouble | None = None
    shares: Mapping[str, Interval] = NONE_OWN
    """The world's own measures, by name; `shares_by_kind` has them by task type."""
    shares_by_kind: Mapping[str, Mapping[str, Interval]] = MappingProxyType({})


def won(episode: Episode) -> float:
    """1 for a task that was won, else 0."""
    return float(episode.won)


def rows(episodes: Sequence[Episode], arms: Sequence[str], none: str = NONE, paper: str = PAPER) -> list[Row]:
    """A row for each arm that has episodes, compared with the arms named `none` and `paper`."""
    by_arm = _by(episodes, lambda episode: episode.arm)
    return [_row(arm, by_arm[arm], by_arm.get(none, []), by_arm.get(paper, []), none, paper)
            for arm in arms if arm in by_arm]  # fmt: skip


def trouble(own: Sequence[Episode], calm: Sequence[Episode]) -> Trouble:
    """Compare the episodes of an arm with a fault to those of the same arm in which nothing goes wrong."""
    hit = [episode for episode in own if episode.hit]
    before = {(episode.seed, episode.task): episode.steps for episode in calm}
    paired = [episode for episode in hit if (episode.seed, episode.task) in before]
    return Trouble(
        len(hit) / len(own),
        over_seeds(hit, won) if hit else None,
        over_seeds(paired, lambda e: e.steps - before[e.seed, e.task]) if paired else None,
    )


def _by(episodes: Sequence[Episode], key: Callable[[Episode], str]) -> dict[str, list[Episode]]:
    groups: dict[str, list[Episode]] = {}
    for episode in episodes:
        groups.setdefault(key(episode), []).append(episode)
    return groups


def _row(
    arm: str, own: Sequence[Episode], none: Sequence[Episode], paper: Sequence[Episode], none_name: str, paper_name: str
) -> Row:  # fmt: skip
    kinds = _by(own, lambda episode: episode.kind)
    return Row(
        arm=arm,
        episodes=len(own),
        success=over_seeds(own, won),
        steps=over_seeds(own, lambda episode: episode.steps),
        tokens=over_seeds(own, lambda episode: episode.tokens),
        lookups=sum(episode.lookups for episode in own) / len(own),
        invalid=sum(episode.invalid for episode in own) / len(own),
        against_none=None if arm == none_name else compare(own, none, won),
        against_paper=None if arm == paper_name else compare(own, paper, won),
        by_kind={
            kind: (sum(e.won for e in of) / len(of), sum(e.steps for e in of) / len(of), len(of))
            for kind, of in sorted(kinds.items())
        },
        shares=_shares(own),
        shares_by_kind={kind: _shares(of) for kind, of in kinds.items()},
    )


def _shares(episodes: Sequence[Episode]) -> Mapping[str, Interval]:
    """The world's own measures, in its order."""
    names = dict.fromkeys(share for episode in episodes for share in episode.shares)
    return {name: pooled(episodes, name) for name in names}


HEADER = ("arm", "success %", "steps", "tokens", "lookups", "invalid", "vs none (points)", f"vs {PAPER} (points)")
TROUBLE = ("went wrong %", "recovered %", "extra steps")
"""More columns, where something was to go wrong."""


def header(rows: Sequence[Row]) -> tuple[str, ...]:
    """The columns of these rows: those on faults only where there are any, and the world's own measures."""
    own = (f"{share} %" for share in measures(rows))
    return (*HEADER, *(TROUBLE if any(row.trouble for row in rows) else ()), *own)


def measures(rows: Sequence[Row]) -> list[str]:
    """The names of the world's own measures."""
    return list(dict.fromkeys(share for row in rows for share in row.shares))


def cells(row: Row, prefix: str = "") -> tuple[str, ...]:
    """A row as text, in the order of the header; the arm without the `prefix` of its group."""
    return (
        row.arm.removeprefix(prefix),
        percent(row.success),
        spread(row.steps, 2),
        spread(row.tokens, 0),
        f"{row.lookups:.2f}",
        f"{row.invalid:.2f}",
        against(row.against_none),
        against(row.against_paper),
        *(() if row.trouble is None else _troubled(row.trouble)),
        *(percent(value) for value in row.shares.values()),
    )


def _troubled(trouble: Trouble) -> tuple[str, ...]:
    return (
        f"{100 * trouble.hit:.0f}",
        "" if trouble.recovery is None else percent(trouble.recovery),
        "" if trouble.extra is None else spread(trouble.extra, 2),
    )


def percent(value: Interval) -> str:
    """A share in percent, "81.4 ±4.6"."""
    return spread(Interval(*(100 * part for part in value)), 1)


def spread(value: Interval, digits: int) -> str:
    """A mean and half its interval; the mean alone where the interval is infinite."""
    half = (value.high - value.low) / 2
    return f"{value.mean:.{digits}f} ±{half:.{max(1, digits)}f}" if half < float("inf") else f"{value.mean:.{digits}f}"


def against(comparison: Comparison | None, scale: float = 100) -> str:
    """A difference in points, "+8.2 [+3.4, +13.0] p=0.0001"; "" for None. With `scale` 1 it is in units of the measure."""
    if comparison is None:
        return ""
    mean, low, high = (scale * part for part in comparison.difference)
    return f"{mean:+.1f} [{low:+.1f}, {high:+.1f}] p={comparison.p:.4f}"


def kind_cells(row: Row, kinds: Sequence[str], prefix: str = "", share: str = "") -> tuple[str, ...]:
    """A row's success and steps by task type, and one of the world's own measures, where it is named."""
    return (row.arm.removeprefix(prefix), *(_kind_cell(row, kind, share) for kind in kinds))


def _kind_cell(row: Row, kind: str, share: str) -> str:
    if kind not in row.by_kind:
        return ""
    success, steps, _ = row.by_kind[kind]
    own = f" / {100 * row.shares_by_kind[kind][share].mean:.0f}" if share else ""
    return f"{100 * success:.1f} / {steps:.1f}{own}"


class Table(NamedTuple):
    """A table as text."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(title: str, rows: Sequence[Row], prefix: str = "") -> tuple[Table, Table]:
    """The table of some arms, and their success and steps by task type, with the world's own measure where it has one.

    Several would make the cells of the second unreadable.
    """
    kinds = sorted({kind for row in rows for kind in row.by_kind})
    share = own[0] if len(own := measures(rows)) == 1 else ""
    return (
        Table(title, header(rows), tuple(cells(row, prefix) for row in rows)),
        Table(
            f"{title}: success % / steps{f' / {share} %' if share else ''} by task type",
            ("arm", *kinds),
            tuple(kind_cells(row, kinds, prefix, share) for row in rows),
        ),
    )
