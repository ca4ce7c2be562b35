"""The report of experiments: Markdown, and one HTML page that needs nothing else.

It depends on results and settings alone, so the same results give the same bytes.
"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from memp.evaluate.environments.environment import Benchmark
from memp.evaluate.report.sections import Section
from memp.evaluate.report.tables import Table

LIMITS = (
    "The skill of a language model: the player is a scripted follower that reads perfectly and never misunderstands. "
    "What a model makes of the same answers has to be measured with a model.",
    "Another world: {limits}",
    "The faults are three kinds that we chose. The memory of the robustness arms has met each of them in train games, so "
    "they show what it tells of known troubles, not of new ones.",
    "That an agent needs a memory to recover. The arm 'retry habit' does a failed step again without one; and what a second "
    "look-up without pitfalls brings is that the steps are gone through again, by places that did not refuse: an agent "
    "might do that by itself.",
    "That more procedures never help: the follower needs only one that fits, and the first does. A model may combine them.",
    "The seeds vary the agent's luck, the faults and the random arm's choice, not the memories, which are built once.",
)
"""Limits of the figures, with a gap for the benchmark's own."""

READING = (
    "± and whiskers: the 95 % interval over seeds (Student's t), the agent's luck. 'vs': the difference in points of "
    "success over the same tasks, with a 95 % bootstrap interval over tasks and the p of a paired permutation test; a "
    "task counts once, whatever the seeds. 'facts' is the paper's own best arm: proceduralization, retrieved by AveFact. "
    "Tokens are those of all of an episode's look-ups (4 characters each)."
)


class Head(NamedTuple):
    """The title of a report, how its figures are read, and their limits."""

    title: str
    reading: str
    limits: Sequence[str]


def head_of(benchmark: Benchmark) -> Head:
    """The head of a benchmark's report."""
    limits = [limit.format(limits=benchmark.limits) for limit in LIMITS]
    return Head(f"Procedural memory on {benchmark.title}", READING, limits)


def markdown(head: Head, sections: Sequence[Section], setting: Mapping[str, object]) -> str:
    """The tables as Markdown."""
    parts = [f"# {head.title}", "; ".join(f"{name}: {value}" for name, value in setting.items()), head.reading]
    for section in sections:
        parts += [f"## {section.study.title}", section.study.asks, *map(_markdown_table, section.tables)]
    parts += ["## What this does not show", "\n".join(f"- {limit}" for limit in head.limits)]
    return "\n\n".join(parts) + "\n"


def _markdown_table(table: Table) -> str:
    lines = [table.header, ("---",) * len(table.header), *table.rows]
    rows = (" | ".join(cell.replace("|", "\\|") for cell in line) for line in lines)
    return f"**{table.title}**\n\n" + "\n".join(f"| {row} |" for row in rows)


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 3rem; border-top: 1px solid #ccc; padding-top: 1.5rem }
figure { margin: 1rem 0 } figure svg { max-width: 54rem; width: 100%; height: auto }
.table { overflow-x: auto } table { border-collapse: collapse; font-size: 14px; margin: .5rem 0 1.5rem }
caption { text-align: left; font-weight: 600; padding: .3rem 0 } td, th { padding: .2rem .7rem; text-align: right }
td:first-child, th:first-child { text-align: left } thead th { border-bottom: 2px solid #888; white-space: nowrap }
tbody tr:nth-child(even) { background: #f5f5f5 } td { white-space: nowrap } dt { font-weight: 600 } dd { margin: 0 0 .3rem 1rem }
"""


def html(
    head: Head, sections: Sequence[Section], setting: Mapping[str, object], drawn: Mapping[str, Sequence[Path]]
) -> str:
    """The whole report as one page; `drawn` are the SVGs of each study's figures."""
    title = escape(head.title, quote=False)
    terms = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in setting.items())
    body = [f"<h1>{title}</h1><h2>What was measured</h2><dl>{terms}</dl><p>{escape(head.reading)}</p>"]
    for section in sections:
        body.append(f"<h2>{escape(section.study.title)}</h2><p>{escape(section.study.asks)}</p>")
        body += [f"<figure>{_inline(path)}</figure>" for path in drawn.get(section.study.name, ())]
        body += map(_html_table, section.tables)
    limits = "".join(f"<li>{escape(limit)}</li>" for limit in head.limits)
    body.append(f"<h2>What this does not show</h2><ul>{limits}</ul>")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
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
