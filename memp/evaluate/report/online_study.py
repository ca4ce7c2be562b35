"""Online learning as a section of the report: its tables, and success over the groups as a picture."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from memp.evaluate.experiments.arms import NONE
from memp.evaluate.experiments.online import OnlineEpisode
from memp.evaluate.experiments.studies import Study
from memp.evaluate.report import plots
from memp.evaluate.report.online_tables import HEADER, cells, group_rows, online_rows
from memp.evaluate.report.sections import Section
from memp.evaluate.report.stats import Interval
from memp.evaluate.report.tables import Table

UPDATE = Study(
    name="update",
    title="Update online",
    asks="Memory starts empty and is updated after every group of train tasks, by the paper's policies and by ours, with right "
    "outcome labels and with wrong ones; then it is frozen and measured on tasks that it did not learn from. The agent has "
    "a skill of its own here (it wins about 42 % alone), or there would be nothing to learn from: docs/evaluation-online.md.",
    groups=(),
)


def section(episodes: Sequence[OnlineEpisode]) -> Section:
    """The arms' table, and success and memory size by group."""
    rows = group_rows(episodes)
    groups = sorted({row.group for row in rows})
    lines: dict[tuple[float, str], list[str]] = {}
    for row in rows:
        lines.setdefault((row.wrong, row.arm), []).append(f"{100 * row.success.mean:.0f} / {row.size.mean:.0f}")
    by_group = Table(
        "success % / procedures in memory, by group", ("wrong %", "arm", *map(str, groups)),
        tuple((f"{100 * wrong:g}", arm, *texts) for (wrong, arm), texts in lines.items()),
    )  # fmt: skip
    arms = Table("Update online", HEADER, tuple(cells(row) for row in online_rows(episodes)))
    return Section(UPDATE, {}, (arms, by_group), partial(picture, episodes))


def picture(episodes: Sequence[OnlineEpisode], path: Path) -> list[Path]:
    """Draw success over the groups, a panel for each share of wrong labels; the path of the SVG.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    played = group_rows(episodes)
    # The arm without a memory is played once, whatever the labels.
    alone = [row for row in played if row.arm == NONE]
    panels: list[plots.Panel] = []
    for wrong in dict.fromkeys(row.wrong for row in played):
        rows = [*alone, *(row for row in played if row.wrong == wrong and row.arm != NONE)]
        series = [
            plots.Series(arm, tuple((row.group, _band(row.success)) for row in rows if row.arm == arm))
            for arm in dict.fromkeys(row.arm for row in rows)
        ]
        panels.append(plots.Panel(tuple(series), f"games won, % ({100 * wrong:g} % wrong labels)", 105))
    plots.lines(path, "Update online: games won over groups of tasks", "group of tasks", panels)
    return [path]


def _band(value: Interval) -> Interval:
    """In percent, without its interval: with five seeds of 14 tasks each the bands would hide the lines."""
    mean = 100 * value.mean
    return Interval(mean, mean, mean)
