"""Update online as a part of the report: its tables, and success over the groups as a picture."""

from collections.abc import Sequence
from pathlib import Path

from memp.evaluate.experiments.online import OnlineEpisode
from memp.evaluate.experiments.studies import Study
from memp.evaluate.report import plots
from memp.evaluate.report.online_tables import HEADER, cells, group_rows, online_rows
from memp.evaluate.report.page import Section
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
    found = group_rows(episodes)
    groups = sorted({row.group for row in found})
    lines: dict[tuple[float, str], list[str]] = {}
    for row in found:
        told = f"{100 * row.success.mean:.0f} / {row.size.mean:.0f}"
        lines.setdefault((row.wrong, row.arm), []).append(told)
    by_group = Table(
        "success % / procedures in memory, by group", ("wrong %", "arm", *map(str, groups)),
        tuple((f"{100 * wrong:g}", arm, *texts) for (wrong, arm), texts in lines.items()),
    )  # fmt: skip
    arms = Table("Update online", HEADER, tuple(cells(row) for row in online_rows(episodes)))
    return Section(UPDATE, {}, (arms, by_group))


def picture(episodes: Sequence[OnlineEpisode], path: Path) -> list[Path]:
    """Draws success over the groups, a panel for each share of wrong labels; the path of the SVG.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    found = group_rows(episodes)
    # An arm without memory is played once, whatever the labels.
    alone = [row for row in found if row.arm == "none"]
    panels: list[plots.Panel] = []
    for wrong in dict.fromkeys(row.wrong for row in found):
        rows = [*alone, *(row for row in found if row.wrong == wrong and row.arm != "none")]
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
