"""The report of experiments: tables, pictures, and one HTML page that needs nothing else.

It depends on results and settings alone, so the same results give the same bytes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from memp.evaluate.experiments.faults import FAULTS
from memp.evaluate.experiments.run import Episode
from memp.evaluate.experiments.studies import CALM, FAULT_TITLES, MOST, Group, Study
from memp.evaluate.report import plots
from memp.evaluate.report.stats import Interval
from memp.evaluate.report.tables import Row, Table, rows, tables, trouble

LIMITS = (
    "The skill of a language model: the player is a scripted follower that reads perfectly and never misunderstands. "
    "What a model makes of the same answers has to be measured with a model.",
    "Another world: all games are ALFWorld's, whose rooms and texts are regular.",
    "The faults are three kinds that we chose. The memory of the robustness arms has met each of them in train games, so "
    "they show what it tells of known troubles, not of new ones.",
    "That an agent needs a memory to recover. The arm 'retry habit' does a failed step again without one; and what a second "
    "look-up without pitfalls brings is that the steps are gone through again, by places that did not refuse: an agent "
    "might do that by itself.",
    "That more procedures never help: the follower needs only one that fits, and the first does. A model may combine them.",
    "The seeds vary the agent's luck, the faults and the random arm's choice, not the memories, which are built once.",
)
"""What the figures do not show."""

READING = (
    "± and whiskers: the 95 % interval over seeds (Student's t), the agent's luck. 'vs': the difference in points of "
    "success over the same tasks, with a 95 % bootstrap interval over tasks and the p of a paired permutation test; a "
    "task counts once, whatever the seeds. 'facts' is the paper's own best arm: proceduralization, retrieved by AveFact. "
    "Tokens are those of all of an episode's look-ups (4 characters each)."
)


class Section(NamedTuple):
    """A study and the rows of its groups."""

    study: Study
    rows: Mapping[str, Sequence[Row]]
    """Group title to its rows."""
    more: Sequence[Table] = ()
    """Tables of a study that has no groups of arms."""

    @property
    def tables(self) -> list[Table]:
        return [
            *(t for group in self.study.groups for t in tables(group.title, self.rows[group.title], group.prefix)),
            *self.more,
        ]

    def row(self, arm: str) -> Row | None:
        return next((row for found in self.rows.values() for row in found if row.arm == arm), None)


def section(study: Study, episodes: Sequence[Episode]) -> Section:
    """The rows of a study; where something went wrong, beside the episodes in which nothing did."""
    by_arm: dict[str, list[Episode]] = {}
    for episode in episodes:
        by_arm.setdefault(episode.arm, []).append(episode)

    def found(group: Group) -> list[Row]:
        own = rows(episodes, [arm.name for arm in group.arms], group.none, group.paper)
        faulty = {arm.name for arm in group.arms if arm.fault is not None}
        return [
            row if row.arm not in faulty
            else row._replace(trouble=trouble(by_arm[row.arm], by_arm.get(CALM + row.arm.removeprefix(group.prefix), [])))
            for row in own
        ]  # fmt: skip

    return Section(study, {group.title: found(group) for group in study.groups})


# --- Pictures

NAMES = {
    "none": "no memory",
    "random": "random\nprocedure",
    "irrelevant": "other\ndomains",
    "trajectory": "trajectory,\nuncut",
    "trajectory-600": "trajectory,\n600 tokens",
    "proceduralization": "procedural-\nization",
    "facts": "by AveFact",
    "query": "by query",
}
"""Arms in words of a picture, where their names are not."""


def pictures(found: Section, folder: Path) -> list[Path]:
    """Draws a study's figures; the paths of their SVGs.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    path = folder / f"{found.study.name}.svg"
    if found.study.name == "scaling":
        return _scaling(found, path)
    if found.study.name == "transfer":
        return _transfer(found, path)
    if found.study.name == "robustness":
        return _robustness(found, path)
    own = [row for group in found.rows.values() for row in group]
    labels = [NAMES.get(row.arm, row.arm) for row in own]
    title = f"{found.study.title}: games won"
    plots.bars(path, title, "games won, %", labels, [plots.Bars("", _percents(row.success for row in own))], 112)
    return [path]


def _percent(value: Interval) -> Interval:
    """A share in percent; its interval cannot leave 0 to 100."""
    mean, low, high = (100 * part for part in value)
    return Interval(mean, max(low, 0.0), min(high, 100.0)) if high < float("inf") else Interval(mean, low, high)


def _percents(values: Iterable[Interval | None]) -> tuple[Interval | None, ...]:
    return tuple(None if value is None else _percent(value) for value in values)


def _scaling(found: Section, path: Path) -> list[Path]:
    panels: list[tuple[str, Callable[[Row], Interval], float | None]] = [
        ("games won, %", lambda row: _percent(row.success), 105.0),
        ("tokens of an episode", lambda row: row.tokens, None),
    ]

    def series(group: Group, value: Callable[[Row], Interval]) -> plots.Series:
        named = {0: group.none, **{k: f"{group.prefix}k={k}" for k in range(1, MOST + 1)}}
        points = [(float(k), row) for k, arm in named.items() if (row := found.row(arm)) is not None]
        return plots.Series(group.title, tuple((k, value(row)) for k, row in points))

    drawn = [plots.Panel(tuple(series(g, value) for g in found.study.groups), y, top) for y, value, top in panels]
    plots.lines(path, found.study.title, "k, procedures in an answer", drawn)
    return [path]


def _transfer(found: Section, path: Path) -> list[Path]:
    names = {"none": "no memory", "weak memory": "the weak agent's runs", "strong memory": "the expert's runs"}
    who = [group.prefix for group in found.study.groups]
    groups = [
        plots.Bars(told, _percents(row.success if (row := found.row(prefix + arm)) else None for prefix in who))
        for arm, told in names.items()
    ]
    labels = [group.title for group in found.study.groups]
    plots.bars(path, f"{found.study.title}: games won with a memory of ...", "games won, %", labels, groups, 112)
    return [path]


def _robustness(found: Section, path: Path) -> list[Path]:
    arms = [arm.name.removeprefix(CALM) for arm in found.study.groups[0].arms]

    def troubles(arm: str) -> list[Row | None]:
        return [found.row(f"{fault}, {arm}") for fault in FAULTS]

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
    labels = [FAULT_TITLES[fault].replace(" fails", "\nfails").replace(" needed ", " needed\n") for fault in FAULTS]
    second = path.with_stem(f"{path.stem}-steps")
    plots.bars(path, "Robustness: games won of those in which it happened", "games won, %", labels, recovered, 115)
    plots.bars(second, "Robustness: steps more than in the same game without it", "steps", labels, extra)
    return [path, second]


# --- Text


def markdown(found: Sequence[Section], setting: Mapping[str, object]) -> str:
    """The tables as Markdown."""
    parts = ["# Procedural memory on ALFWorld", _told(setting), READING]
    for one in found:
        parts += [f"## {one.study.title}", one.study.asks, *map(_markdown_table, one.tables)]
    parts += ["## What this does not show", "\n".join(f"- {limit}" for limit in LIMITS)]
    return "\n\n".join(parts) + "\n"


def _told(setting: Mapping[str, object]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in setting.items())


def _markdown_table(table: Table) -> str:
    lines = [table.header, ("---",) * len(table.header), *table.rows]
    return f"**{table.title}**\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 3rem; border-top: 1px solid #ccc; padding-top: 1.5rem }
figure { margin: 1rem 0 } figure svg { max-width: 54rem; width: 100%; height: auto }
.table { overflow-x: auto } table { border-collapse: collapse; font-size: 14px; margin: .5rem 0 1.5rem }
caption { text-align: left; font-weight: 600; padding: .3rem 0 } td, th { padding: .2rem .7rem; text-align: right }
td:first-child, th:first-child { text-align: left } thead th { border-bottom: 2px solid #888; white-space: nowrap }
tbody tr:nth-child(even) { background: #f5f5f5 } td { white-space: nowrap } dt { font-weight: 600 } dd { margin: 0 0 .3rem 1rem }
"""


def html(found: Sequence[Section], setting: Mapping[str, object], drawn: Mapping[str, Sequence[Path]]) -> str:
    """The whole report as one page; `drawn` are the SVGs of each study's figures."""
    told = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in setting.items())
    body = [f"<h1>Procedural memory on ALFWorld</h1><h2>What was measured</h2><dl>{told}</dl><p>{escape(READING)}</p>"]
    for one in found:
        body.append(f"<h2>{escape(one.study.title)}</h2><p>{escape(one.study.asks)}</p>")
        body += [f"<figure>{_inline(path)}</figure>" for path in drawn.get(one.study.name, ())]
        body += map(_html_table, one.tables)
    body.append(
        "<h2>What this does not show</h2><ul>" + "".join(f"<li>{escape(text)}</li>" for text in LIMITS) + "</ul>"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Procedural memory on ALFWorld</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.header)
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in table.rows)
    return (
        f'<div class="table"><table><caption>{escape(table.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _inline(path: Path) -> str:
    """An SVG as a part of a page: without the lines before its element."""
    text = path.read_text(encoding="utf-8")
    return text[text.index("<svg") :]
