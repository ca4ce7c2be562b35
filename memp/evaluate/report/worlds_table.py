"""The table of all worlds: each measure of a world in a row, the memories side by side; and where they do not help."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from memp.evaluate.experiments.arms import NONE
from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.studies import Study
from memp.evaluate.experiments.traces.measures import MEASURES, Measure
from memp.evaluate.experiments.traces.study import TraceLine
from memp.evaluate.experiments.worlds import (
    BOTH,
    COMPARED,
    IRRELEVANT,
    RANDOM,
    SCRIPT,
    VERBATIM_RUN,
    World,
    by_arm,
)
from memp.evaluate.report import plots
from memp.evaluate.report.sections import Section
from memp.evaluate.report.stats import Comparison, Interval, compare, over_seeds, pooled
from memp.evaluate.report.tables import Table, against, percent, spread, won
from memp.evaluate.report.traces_table import goal_text, share

TRACES = "traces"
"""The labelled runs' name among the worlds."""

STUDY = Study(
    "worlds",
    "All worlds",
    "Does a memory help, in which form, and where does it not?",
    (),
)

READING = (
    "A scripted agent plays each world; it knows how actions are written there and has all else from recall or by chance. "
    "'verbatim run' is the nearest run, uncut; 'script' what was abstracted from runs; 'both' the two together, as installed; "
    "'irrelevant' a memory of other domains, 'random' any procedure of the memory. ±: the 95 % interval over seeds (Student's "
    "t), the agent's luck. Differences are in points over the same tasks, with a 95 % bootstrap interval over tasks and the "
    "p of a paired permutation test; a task counts once, whatever the seeds. Of the labelled runs no agent plays: their rows "
    "say what Build makes of them, with a 95 % bootstrap interval over families."
)

LIMITS = (
    "The skill of a language model: the players are scripted, read perfectly and never misunderstand. `memp eval llm` lets a "
    "model play the same worlds.",
    "Worlds beyond these: each has its own page with what its figures do not show.",
    "The seeds vary the agent's luck and the random arm's choice, not the memories, which are built once.",
    "Interval and p are of each row alone: nothing is corrected for the number of rows.",
)

NAMES = {
    NONE: "no memory", IRRELEVANT: "irrelevant", RANDOM: "random", VERBATIM_RUN: "verbatim run", SCRIPT: "script",
    BOTH: "both",
}  # fmt: skip
"""The arms as they are called here."""

_TRACED = ("lost", "lost_family", "named", "false", "joined", "foreign")
"""Measures of the labelled runs that have a goal."""

HEADER = ("world", "measure", "tasks", "seeds", *NAMES.values())
NO_ROW = ("",) * len(COMPARED)


class Traced(NamedTuple):
    """The labelled runs as they were measured, or the reason why they were not."""

    lines: Sequence[TraceLine] = ()
    missing: str = ""


def worlds_table(worlds: Sequence[World], traces: Traced | None) -> Table:
    """One row for each measure of each world; a world that was not measured says what it needs."""
    rows: list[tuple[str, ...]] = []
    for world in worlds:
        if world.missing:
            rows.append((world.name, f"not measured: {world.missing}", "", "", *NO_ROW))
        else:
            rows += _rows(world)
    if traces is not None:
        rows += _trace_rows(traces)
    return Table(STUDY.title, HEADER, tuple(rows))


def _rows(world: World) -> Iterator[tuple[str, ...]]:
    others = world.compared
    title = f"success %, without tasks that are {world.handed}"
    if world.handed and others:
        yield _row(world.name, title, others, lambda own: percent(over_seeds(own, won)))
    yield _row(world.name, "success %", world.episodes, lambda own: percent(over_seeds(own, won)))
    shares = dict.fromkeys(name for episode in world.episodes for name in episode.shares)
    if len(shares) == 1:  # Several would make the table unreadable; the world's own report has them.
        own_share = next(iter(shares))
        yield _row(world.name, f"{own_share} %", world.episodes, lambda own: percent(pooled(own, own_share)))
    yield _row(world.name, "steps", world.episodes, lambda own: spread(over_seeds(own, lambda e: e.steps), 1))
    yield _row(world.name, "memory tokens", world.episodes, lambda own: spread(over_seeds(own, lambda e: e.tokens), 0))


def _row(
    world: str, measure: str, episodes: Sequence[Episode], cell: Callable[[Sequence[Episode]], str]
) -> tuple[str, ...]:  # fmt: skip
    arms = by_arm(episodes)
    tasks, seeds = len({e.task for e in episodes}), len({e.seed for e in episodes})
    return (world, measure, str(tasks), str(seeds), *(cell(arms[arm]) if arms[arm] else "" for arm in COMPARED))


def _trace_rows(traces: Traced) -> Iterator[tuple[str, ...]]:
    if traces.missing:
        yield (TRACES, f"not measured: {traces.missing}", "", "", *NO_ROW)
        return
    for measure in (MEASURES[name] for name in _TRACED):
        value = share(traces.lines, measure.name)
        families = sum(bool(line.counts.get(measure.name, (0, 0))[1]) for line in traces.lines)
        cells = {VERBATIM_RUN: _control(measure), SCRIPT: "" if value is None else _percent_of(value)}
        title = f"{measure.title}, % (goal {goal_text(measure)})"
        yield (TRACES, title, f"{families} families", "", *(cells.get(arm, "") for arm in COMPARED))


def _control(measure: Measure) -> str:
    return {"all": "100", "none": "0", "": ""}[measure.verbatim]


def _percent_of(value: Interval) -> str:
    return f"{100 * value.mean:.1f} [{100 * value.low:.1f}, {100 * value.high:.1f}]"


# --- Differences


class Difference(NamedTuple):
    """Two arms of a world, compared over the same tasks."""

    world: str
    arm: str
    other: str
    compared: Comparison


def differences(worlds: Sequence[World]) -> list[Difference]:
    """Each arm against no memory, and what Build makes against the verbatim run; tasks that one action wins left out."""
    pairs = [*((arm, NONE) for arm in COMPARED[1:]), (SCRIPT, VERBATIM_RUN), (BOTH, VERBATIM_RUN)]
    known: list[Difference] = []
    for world in worlds:
        arms = by_arm(world.compared)
        for arm, other in pairs:
            if (compared := compare(arms[arm], arms[other], world.grade)) is not None:
                known.append(Difference(world.name, arm, other, compared))
    return known


def differences_table(worlds: Sequence[World]) -> Table:
    """The differences in success, or in a world's own measure, one world a row."""
    known = {(d.world, d.arm, d.other): d.compared for d in differences(worlds)}
    pairs = list(dict.fromkeys((arm, other) for _, arm, other in known))
    header = ("world", *(f"{NAMES[arm]} vs {NAMES[other]}" for arm, other in pairs))
    names = dict.fromkeys(world for world, _, _ in known)
    graded = {world.name: f" ({world.graded})" for world in worlds if world.graded}
    rows = tuple(
        (f"{name}{graded.get(name, '')}", *(against(known.get((name, *pair))) for pair in pairs)) for name in names
    )
    return Table("Differences in success, in points", header, rows)


def negative_table(worlds: Sequence[World]) -> Table:
    """Where the memory does not help: arms that are not clearly ahead of no memory, or behind the verbatim run."""
    rows = tuple(
        (d.world, f"{NAMES[d.arm]} vs {NAMES[d.other]}", against(d.compared), reason)
        for d in differences(worlds)
        if (reason := _negative(d))
    )
    return Table("Where memory does not help", ("world", "arms", "difference, points", "so it is"), rows)


def _negative(difference: Difference) -> str:
    interval = difference.compared.difference
    if difference.arm in (IRRELEVANT, RANDOM):
        return "worse than no memory" if interval.high < 0 else ""
    if difference.other == NONE:
        return "" if interval.low > 0 else "worse than no memory" if interval.high < 0 else "not clearly better"
    return "" if interval.mean >= 0 else "clearly worse" if interval.high < 0 else "behind, not clearly"


# --- Section


def section(worlds: Sequence[World], traces: Traced | None) -> Section:
    """The section of the report."""
    tables = [worlds_table(worlds, traces)]
    if any(world.episodes for world in worlds):
        tables += [differences_table(worlds), negative_table(worlds)]
    return Section(STUDY, {}, tables, partial(_drawn, worlds, traces))


def _drawn(worlds: Sequence[World], traces: Traced | None, path: Path) -> list[Path]:
    """Success with each memory, one world a row, and of the labelled runs what has a goal."""
    rows = [_bars(world) for world in worlds if world.episodes]
    labels = [name.replace(" ", "\n") for name in NAMES.values()]
    if not rows:
        return []
    plots.bar_rows(path, "Success with each memory, by world", "success, %", labels, rows)
    return [path]


def _bars(world: World) -> plots.Bars:
    arms = by_arm(world.compared)
    values = (over_seeds(arms[arm], world.grade) if arms[arm] else None for arm in COMPARED)
    label = f"{world.name}: {world.graded}" if world.graded else world.name
    return plots.Bars(label, tuple(None if value is None else value.in_percent for value in values))
