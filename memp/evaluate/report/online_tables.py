"""Tables of online learning: by group of tasks, and over all, as values and as text."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from memp.evaluate.experiments.online import OURS, OnlineEpisode
from memp.evaluate.experiments.results import Episode
from memp.evaluate.report.stats import Comparison, Interval, compare, over_seeds
from memp.evaluate.report.tables import against, percent, spread, won

Rows = Sequence[OnlineEpisode]


class GroupRow(NamedTuple):
    """One group of one arm: success in [0, 1], steps, and the procedures in memory when it began; over the seeds."""

    wrong: float
    arm: str
    group: int
    success: Interval
    steps: Interval
    size: Interval


class OnlineRow(NamedTuple):
    """One arm at one share of wrong labels.

    `early` and `late` are success in the first and the second half of the groups, `late_steps` the steps of the second.
    `final`, `final_steps`, `tokens` and `size` are of the finished memory, measured on tasks that it did not learn from;
    None where there were none. `behind` and `final_behind` are how far ours is ahead, in the second half and in the end.
    """

    wrong: float
    arm: str
    early: Interval
    late: Interval
    late_steps: Interval
    behind: Comparison | None
    final: Interval | None
    final_steps: Interval | None
    final_behind: Comparison | None
    tokens: Interval | None
    size: Interval


def group_rows(episodes: Rows) -> list[GroupRow]:
    """A row for each group of each arm, in the order of the episodes; the final tasks are left out."""
    groups: dict[tuple[float, str, int], list[OnlineEpisode]] = {}
    for episode in episodes:
        if episode.group:
            groups.setdefault((episode.wrong, episode.arm, episode.group), []).append(episode)
    return [
        GroupRow(*key, over_seeds(of, won), over_seeds(of, _steps), over_seeds(of, _size)) for key, of in groups.items()
    ]


def online_rows(episodes: Rows, ours: str = OURS) -> list[OnlineRow]:
    """A row for each share of wrong labels and arm. An arm without memory has one row, whatever the labels."""
    arms: dict[tuple[float, str], list[OnlineEpisode]] = {}
    for episode in episodes:
        arms.setdefault((episode.wrong, episode.arm), []).append(episode)
    return [_row(wrong, arm, of, arms.get((wrong, ours), []), arm != ours) for (wrong, arm), of in arms.items()]


def _row(wrong: float, arm: str, own: Rows, ours: Rows, compared: bool) -> OnlineRow:
    last = max(episode.group for episode in own)
    parts = [
        _of(own, lambda e: 0 < 2 * e.group <= last), _of(own, lambda e: 2 * e.group > last),
        _of(own, lambda e: not e.group), _of(ours, lambda e: 2 * e.group > last), _of(ours, lambda e: not e.group),
    ]  # fmt: skip
    early, late, final, ours_late, ours_final = parts
    return OnlineRow(
        wrong=wrong,
        arm=arm,
        early=over_seeds(early, won),
        late=over_seeds(late, won),
        late_steps=over_seeds(late, _steps),
        behind=compare(ours_late, late, won) if compared else None,
        final=over_seeds(final, won) if final else None,
        final_steps=over_seeds(final, _steps) if final else None,
        final_behind=compare(ours_final, final, won) if compared else None,
        tokens=over_seeds(final, lambda episode: episode.tokens) if final else None,
        size=over_seeds(final or late, _size),
    )


HEADER = (
    "wrong %", "arm", "success %, 1st half", "2nd half", "steps", "ours ahead (points)", "final success %", "steps",
    "ours ahead (points)", "tokens", "size",
)  # fmt: skip


def cells(row: OnlineRow) -> tuple[str, ...]:
    """A row as text, in the order of HEADER."""
    return (
        f"{100 * row.wrong:g}",
        row.arm,
        percent(row.early),
        percent(row.late),
        spread(row.late_steps, 2),
        against(row.behind),
        percent(row.final) if row.final else "",
        spread(row.final_steps, 2) if row.final_steps else "",
        against(row.final_behind),
        spread(row.tokens, 0) if row.tokens else "",
        spread(row.size, 0),
    )


def _steps(episode: Episode) -> float:
    return episode.steps


def _size(episode: Episode) -> float:
    assert isinstance(episode, OnlineEpisode)
    return episode.size


def _of(episodes: Rows, wanted: Callable[[OnlineEpisode], bool]) -> list[OnlineEpisode]:
    return [episode for episode in episodes if wanted(episode)]
