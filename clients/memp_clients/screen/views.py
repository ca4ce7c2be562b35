"""Views of replies, procedures and counts for a person: plain values in, rich renderables out.

Everything shown is data: it goes into Text, never through markup, and what could steer a terminal is taken out.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from memp.domain.procedure import Procedure
from memp.reply import MOST_FIT, MatchReply, RecallReply, RecordReply, ReflectReply
from memp.retrieve.uplift import Uplift
from memp.store.records import Stats
from memp.text.invisible import shown

# C1 controls: some terminals take them for the start of a command. Rich and memp's own cleaning take out the others.
_CONTROLS = dict.fromkeys(range(128, 160), "�")


def line(text: object, style: str = "") -> Text:
    """A text without what could steer a terminal, and with what nobody sees as escapes."""
    return Text(shown(str(text).translate(_CONTROLS)), style=style)


LEAST_COLUMN = 16
"""Characters that a column needs at least for texts that are longer; where the screen has not that much, rows become blocks."""


_TELLING = ("goal", "task")
"""Columns that say what a row is; of the others the second does."""


class _Rows(Table):
    """A table, or on a narrow screen its rows as blocks below each other: no column is squeezed to a few letters."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self._least(console, options) <= options.max_width:
            yield from super().__rich_console__(console, options)
            return
        cells = [list(column.cells) for column in self.columns]
        headings = [str(column.header) for column in self.columns]
        beside = next((headings.index(name) for name in _TELLING if name in headings), min(1, len(headings) - 1))
        for number, row in enumerate(self.rows):
            values = [_text(column[number]) for column in cells]
            yield Text.assemble(values[0], "  ", values[beside] if beside else "", style=row.style or "")
            rest = [place for place in range(1, len(values)) if place != beside and values[place].plain.strip()]
            titled = [Text.assemble(f"{headings[place]} ".lstrip(), values[place]) for place in rest]
            if titled:
                yield Padding(Text(" · ").join(titled), (0, 0, 0, 2), style=row.style or "dim")

    def _least(self, console: Console, options: ConsoleOptions) -> int:
        """The width that it needs to be read as a table."""
        widths = [self._least_of(column, console, options) for column in self.columns]
        return sum(widths) + 3 * len(widths)

    def _least_of(self, column: Column, console: Console, options: ConsoleOptions) -> int:
        texts = [Measurement.get(console, options, cell).maximum for cell in column.cells]
        heading = Measurement.get(console, options, column.header).maximum if self.show_header else 0
        longest = max(texts, default=0)
        return max(heading, longest if column.no_wrap else min(longest, LEAST_COLUMN))


def _text(cell: object) -> Text:
    return cell.copy() if isinstance(cell, Text) else line(cell)


def table(*headings: str, **options: Any) -> Table:
    """An empty table; columns fold what is too long for them, and on a narrow screen rows are blocks."""
    made = _Rows(box=box.SIMPLE, pad_edge=False, show_header=any(headings), **options)
    for heading in headings:
        made.add_column(heading, overflow="fold")
    return made


def pairs(rows: Iterable[tuple[str, object]]) -> Table:
    """Names with their values, below each other."""
    made = Table(box=None, pad_edge=False, show_header=False)
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in rows:
        made.add_row(name, value if isinstance(value, Text) else line(value))
    return made


def numbered(steps: Sequence[str]) -> Table:
    """Steps with their numbers."""
    made = Table(box=None, pad_edge=False, show_header=False)
    made.add_column(style="cyan", justify="right")
    made.add_column(overflow="fold")
    for number, step in enumerate(steps, 1):
        made.add_row(str(number), line(step))
    return made


def listing(title: str, texts: Sequence[str], style: str = "") -> list[RenderableType]:
    """A heading with lines under it; nothing where there are none."""
    if not texts:
        return []
    return [line(title, f"bold {style}".strip()), *(Padding(line(text, style), (0, 0, 0, 2)) for text in texts)]


# Replies of the three tools


def recalled(reply: RecallReply) -> Group:
    """The reply of recall."""
    return Group(
        *listing("Known of this error", reply.on_error, "red"),
        *(_match(match) for match in reply.matches),
        *listing("Perhaps", [reply.perhaps] if reply.perhaps else []),
        *listing("Pitfalls", reply.pitfalls, "red"),
        *_ending(reply.next, reply.notes),
    )


def _match(match: MatchReply) -> Panel:
    heading = [*([f"fit {match.fit:.2f}"] if match.fit < MOST_FIT else []), *([match.worked] if match.worked else [])]
    parts: list[RenderableType] = [line(match.goal, "bold")]
    parts += [line(" · ".join(heading), "dim")] if heading else []
    parts += listing("Avoid", match.pitfalls, "red")
    facts = [("when", match.when), ("not when", match.not_when), ("before", "; ".join(match.before))]
    parts += [pairs((name, value) for name, value in facts if value)] if any(value for _, value in facts) else []
    if match.steps:
        parts += [line("Steps", "bold"), numbered(match.steps), *listing("Now", match.now)]
    if match.parameters:
        parts += [line("Parameters", "bold"), pairs((f"{{{n}}}", value) for n, value in match.parameters.items())]
    parts += listing("Check", [match.verify] if match.verify else [])
    if match.example is not None:
        parts += [line(f"As in: {match.example.task}", "bold"), numbered(match.example.steps)]
    return Panel(Group(*parts), title=line(match.id), title_align="left", border_style="cyan")


def recorded(reply: RecordReply) -> Group:
    """The reply of record."""
    done = [f"Kept as {reply.trajectory}."]
    if reply.created:
        done.append(f"Made {reply.created} of it ({reply.builder}).")
    if reply.merged:
        done.append(f"{reply.merged} has these steps already and took it in.")
    if reply.general:
        done.append(f"{reply.general} generalises it.")
    assessed = [line(f"Assessed as {reply.assessed}.")] if reply.assessed else []
    return Group(line(" ".join(done), "green"), *assessed, *_changes(reply))


def reflected(reply: ReflectReply) -> Group:
    """The reply of reflect."""
    parts: list[RenderableType] = [line(f"Kept as {reply.trajectory}.", "green"), *_changes(reply)]
    if reply.material:
        parts[1:1] = [Panel(material(reply.material), title="To write a revision from", title_align="left")]
    return Group(*parts)


def material(content: Mapping[str, Any]) -> Group:
    """The material that a revision is written from, shortened for a person."""
    rows: list[tuple[str, object]] = [("error", line(content.get("error", ""), "red"))]
    procedure: Mapping[str, Any] = content.get("procedure") or content.get("closest_procedure") or {}
    left: Mapping[str, Any] = content.get("left_it_at") or {}
    success: Mapping[str, Any] = content.get("closest_success") or {}
    if procedure:
        rows.append(("procedure", f"{procedure.get('id')}: {procedure.get('goal', '')}"))
    if left:
        rows.append(("followed", f"{left.get('followed', 0)} of {len(procedure.get('steps', ()))} steps"))
        rows += [(name, left[name]) for name in ("expected", "did") if left.get(name)]
    if success:
        rows.append(("closest success", success.get("task", "")))
    if failed := content.get("failed_run"):
        # Left out of a reply to who has just made that run.
        rows.append(("failed run", f"{len(failed)} steps"))
    return Group(pairs(rows))


def _changes(reply: RecordReply | ReflectReply) -> list[RenderableType]:
    kept = f"{reply.pitfalls} pitfall{'s' if reply.pitfalls != 1 else ''} kept."
    return [
        *(line(f"{text}.") for text in reply.revised),
        *(line(f"{text}.") for text in reply.credited),
        *(line(f"{text}.") for text in reply.changed),
        *(line(f"{name} is archived: it failed too often.", "yellow") for name in reply.archived),
        *([line(kept)] if reply.pitfalls else []),
        *_ending(reply.next, reply.notes),
    ]


def _ending(following: str, notes: Sequence[str]) -> list[RenderableType]:
    return [*(line(f"Note: {note}", "yellow") for note in notes), line(following, "dim")]


# Procedures and counts


def summary(procedure: Procedure) -> dict[str, Any]:
    """A procedure in a list, as --json shows it."""
    return {
        "id": procedure.label,
        "goal": procedure.script.goal,
        "builder": procedure.builder,
        "steps": len(procedure.script.steps),
        "runs": len(procedure.trajectories),
        "uses": procedure.uses,
        "successes": procedure.successes,
        "revision": procedure.revision,
        "trial": procedure.trial,
        "tier": procedure.tier,
        "status": procedure.status,
        "project": procedure.scope,
        "updated_at": procedure.updated_at.isoformat(),
    }


def listed(procedures: Sequence[Procedure], db: Path, *, chosen: bool = False) -> RenderableType:
    """Procedures as a table, a line each; `chosen`: only some were wanted."""
    if not procedures and chosen:
        return line("Nothing here is like that: `memp list --all` shows all procedures.")
    if not procedures:
        return line(f"No procedures in {db} yet: record a run, or import some.")
    projects = any(procedure.scope for procedure in procedures)
    made = table("id", "goal", "tier", "steps", "runs", "success", "by", *(["project"] if projects else []))
    for name in ("id", "tier", "steps", "runs", "success", "by"):
        column = next(column for column in made.columns if column.header == name)
        column.no_wrap, column.justify = True, "left" if name in ("id", "tier", "by") else "right"
    for p in procedures:
        goal = line(p.script.goal if p.status == "active" else f"(archived) {p.script.goal}")
        success = f"{p.successes}/{p.uses}" if p.uses else "-"
        tier = f"{p.tier}, r{p.trial} on trial" if p.trial else p.tier
        row = [p.label, goal, tier, str(len(p.script.steps)), str(len(p.trajectories)), success, p.builder]
        made.add_row(*row, *([line(p.scope)] if projects else []), style="" if p.status == "active" else "dim")
    return made


def counted(
    stats: Stats, db: Path, tiers: Mapping[str, int], trials: int, unwritten: int, uplifts: Sequence[Uplift]
) -> Group:  # fmt: skip
    """Counts of the whole memory, and the uplift where recalls were held out. `unwritten` procedures wait for a model."""
    rows: list[tuple[str, object]] = [
        ("memory", str(db)),
        ("size", f"{stats.bytes / 1e6:.1f} MB"),
        ("runs", f"{stats.trajectories:,} ({stats.successes:,} successes)"),
        ("procedures", f"{stats.procedures:,}{f' and {stats.archived:,} archived' if stats.archived else ''}"),
        ("tiers", ", ".join(f"{count:,} {tier}" for tier, count in tiers.items())),
        ("revisions", f"{stats.revisions:,}{f', {trials:,} on trial' if trials else ''}"),
        ("by rule", f"{unwritten:,} could be written by a model (memp distill)" if unwritten else ""),
        ("pitfalls", f"{stats.pitfalls:,}"),
        ("recalled", f"{stats.recalls:,} times"),
        ("used", f"{stats.credits:,} times"),
        ("keys", f"{stats.keys:,}{f', {stats.pending:,} without a vector yet' if stats.pending else ''}"),
        ("embedded with", stats.identity.name if stats.identity else "nothing yet"),
    ]
    parts: list[RenderableType] = [pairs((name, value) for name, value in rows if value)]
    if uplifts:
        parts += [line("Does it help? (MEMP_HOLDOUT)", "bold"), difference(uplifts, "recalled", "held out")]
    return Group(*parts)


def difference(uplifts: Sequence[Uplift], ours: str, theirs: str) -> Table:
    """Measures of two groups of runs, with the 95 % interval of their difference, or why there is none."""
    made = table("", f"{ours} (runs)", f"{theirs} (runs)", "difference", "")
    for u in uplifts:
        means = ["-" if mean is None else _measured(u.measure, mean) for mean in (u.mean, u.held_mean)]
        between = "" if u.difference is None else (
            f"{_measured(u.measure, u.difference.value, '+')} [{_measured(u.measure, u.difference.low, '+')}, "
            f"{_measured(u.measure, u.difference.high, '+')}]"
        )  # fmt: skip
        verdict = f"{u.verdict}: {u.why}" if u.why else u.verdict
        made.add_row(u.measure, f"{means[0]} ({u.runs:,})", f"{means[1]} ({u.held:,})", between, verdict)
    return made


def _measured(measure: str, value: float, sign: str = "") -> str:
    return f"{value:{sign}.0%}" if measure == "success" else f"{value:{sign},.1f}"


def many(count: int, noun: str) -> str:
    """A count with its noun, in the plural where it needs one."""
    return f"{count:,} {noun}{'s' if count != 1 else ''}"
