"""Pictures of a section: bars of the arms' success, or what the table has for its study."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from memp.evaluate.experiments.arms import NONE, PAPER
from memp.evaluate.experiments.faults import FAULTS
from memp.evaluate.experiments.studies import CALM, MOST, Group
from memp.evaluate.report import plots
from memp.evaluate.report.sections import Section
from memp.evaluate.report.stats import Interval
from memp.evaluate.report.tables import Row

NAMES = {
    NONE: "no memory",
    "random": "random\nprocedure",
    "irrelevant": "other\ndomains",
    "trajectory": "trajectory,\nuncut",
    "trajectory-600": "trajectory,\n600 tokens",
    "proceduralization": "procedural-\nization",
    PAPER: "by AveFact",
    "query": "by query",
}
"""Labels of arms in a picture, where their names are no good ones."""


def pictures(section: Section, folder: Path) -> list[Path]:
    """Draw the figures of a section; the paths of their SVGs.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    path = folder / f"{section.study.name}.svg"
    return section.draw(path) if section.draw else DRAWINGS.get(section.study.name, _bars)(section, path)


def _bars(section: Section, path: Path) -> list[Path]:
    own = [row for group in section.rows.values() for row in group]
    labels = [NAMES.get(row.arm, row.arm) for row in own]
    title = f"{section.study.title}: games won"
    plots.bars(path, title, "games won, %", labels, [plots.Bars("", _percents(row.success for row in own))], 112)
    return [path]


def _percents(values: Iterable[Interval | None]) -> tuple[Interval | None, ...]:
    return tuple(None if value is None else value.in_percent for value in values)


def _scaling(section: Section, path: Path) -> list[Path]:
    panels: list[tuple[str, Callable[[Row], Interval], float | None]] = [
        ("games won, %", lambda row: row.success.in_percent, 105.0),
        ("tokens of an episode", lambda row: row.tokens, None),
    ]

    def series(group: Group, value: Callable[[Row], Interval]) -> plots.Series:
        named = {0: group.none, **{k: f"{group.prefix}k={k}" for k in range(1, MOST + 1)}}
        points = [(float(k), row) for k, arm in named.items() if (row := section.row(arm)) is not None]
        return plots.Series(group.title, tuple((k, value(row)) for k, row in points))

    drawn = [plots.Panel(tuple(series(g, value) for g in section.study.groups), y, top) for y, value, top in panels]
    plots.lines(path, section.study.title, "k, procedures in an answer", drawn)
    return [path]


def _transfer(section: Section, path: Path) -> list[Path]:
    names = {NONE: "no memory", "weak memory": "the weak agent's runs", "strong memory": "the expert's runs"}
    who = [group.prefix for group in section.study.groups]
    groups = [
        plots.Bars(label, _percents(row.success if (row := section.row(prefix + arm)) else None for prefix in who))
        for arm, label in names.items()
    ]
    labels = [group.title for group in section.study.groups]
    plots.bars(path, f"{section.study.title}: games won with a memory of ...", "games won, %", labels, groups, 112)
    return [path]


def _robustness(section: Section, path: Path) -> list[Path]:
    arms = [arm.name.removeprefix(CALM) for arm in section.study.groups[0].arms]

    def troubles(arm: str) -> list[Row | None]:
        return [section.row(f"{fault}, {arm}") for fault in FAULTS]

    recovered = [
        plots.Bars(
            NAMES.get(arm, arm), _percents(r.trouble.recovery if r and r.trouble else None for r in troubles(arm))
        )
        for arm in arms
    ]
    extra = [
        plots.Bars(NAMES.get(arm, arm), tuple(r.trouble.extra if r and r.trouble else None for r in troubles(arm)))
        for arm in arms
    ]
    labels = [kind.title.replace(" fails", "\nfails").replace(" needed ", " needed\n") for kind in FAULTS.values()]
    second = path.with_stem(f"{path.stem}-steps")
    plots.bars(path, "Robustness: games won of those in which it happened", "games won, %", labels, recovered, 115)
    plots.bars(second, "Robustness: steps more than in the same game without it", "steps", labels, extra)
    return [path, second]


def _curve(section: Section, path: Path) -> list[Path]:
    series: list[plots.Series] = []
    for group in section.study.groups:
        own = {arm.name: row for arm in group.arms if (row := section.row(arm.name)) is not None}
        points = (
            (float(name.removeprefix(group.prefix).split()[0]), row.success.in_percent) for name, row in own.items()
        )
        series.append(plots.Series(group.title, tuple(points)))
    plots.lines(path, section.study.title, "train tasks", [plots.Panel(tuple(series), "success, %", 105.0)])
    return [path]


DRAWINGS: Mapping[str, Callable[[Section, Path], list[Path]]] = {
    "scaling": _scaling,
    "transfer": _transfer,
    "robustness": _robustness,
    "curve": _curve,
}
"""Study to what draws it; the others are drawn as bars."""
