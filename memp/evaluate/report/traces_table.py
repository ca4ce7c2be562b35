"""The tables of the labelled runs: each measure over sets and over all, and for each family what was lost."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from memp.evaluate.experiments.arms import NONE
from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.studies import Study
from memp.evaluate.experiments.traces.measures import MEASURES, Count, Measure
from memp.evaluate.experiments.traces.replay import SHARE
from memp.evaluate.experiments.traces.study import TraceLine
from memp.evaluate.experiments.worlds import VERBATIM_RUN, by_arm
from memp.evaluate.report import plots
from memp.evaluate.report.sections import Section
from memp.evaluate.report.stats import Interval, compare, over_seeds, pooled, ratio
from memp.evaluate.report.tables import Table, against, percent, spread, won

STUDY = Study(
    "traces",
    "Own traces: what Build makes of labelled runs",
    "Does a procedure keep what a run did, vary what varies, and do siblings become one?",
    (),
)

READING = (
    "A measure is a share, in percent, with its 95 % bootstrap interval over families; then the counts. The procedures are "
    "those of one run each, and of the three runs of a family together, whether or not they would join by themselves; the "
    "last three measures record the runs into memories. A step counts as lost, too, where the condition that the procedure "
    "gives it did not hold in the run that did it. A name counts as a person's if it is one that the label lists or has its "
    "head word, and is not what another value is called. The control is the run itself, verbatim. In the second table a run "
    "is left out of the memory and its task recalled: given is a step with an effect that the answer says to the letter."
)

_DRAWN = {
    "lost": "effects lost\n(one run)", "lost_family": "effects lost\n(family)", "values": "values became\nparameters",
    "named": "... named\nwell", "false": "false\nparameters", "conditions": "conditions\nfound",
    "joined": "siblings\njoined",
}  # fmt: skip

_CONTROL = {"all": "100", "none": "0", "": ""}


def sets_of(lines: Sequence[TraceLine]) -> list[str]:
    """The names of the sets, sorted."""
    return sorted({line.set for line in lines})


def counts(lines: Sequence[TraceLine], measure: str, of_set: str = "") -> list[Count]:
    """A measure's counts of each family that has it, of one set or of all."""
    return [
        line.counts[measure] for line in lines if measure in line.counts and of_set in ("", line.set)
    ]  # fmt: skip


def share(lines: Sequence[TraceLine], measure: str, of_set: str = "") -> Interval | None:
    """A measure over families; None where nothing was counted."""
    return ratio(counts(lines, measure, of_set))


def measures_table(lines: Sequence[TraceLine]) -> Table:
    """The measures, one a row."""
    sets = sets_of(lines)
    families = [sum(line.set == name for line in lines) for name in sets]
    heads = [f"{name} ({count} families) %" for name, count in zip(sets, families, strict=True)]
    rows = tuple(_row(lines, measure, sets) for measure in MEASURES.values())
    header = ("measure", *heads, f"all ({len(lines)}) %", "counts", "goal %", "reached", "verbatim run %")
    return Table("Build on labelled runs", header, rows)


def _row(lines: Sequence[TraceLine], measure: Measure, sets: Sequence[str]) -> tuple[str, ...]:
    of_all = share(lines, measure.name)
    many, of = (sum(part) for part in zip(*counts(lines, measure.name), (0, 0), strict=False))
    reached = None if of_all is None else measure.reached(of_all.mean)
    return (
        measure.title,
        *(_cell(share(lines, measure.name, name)) for name in sets),
        _cell(of_all),
        f"{many} of {of}",
        goal_text(measure),
        "" if reached is None else "yes" if reached else "no",
        _CONTROL[measure.verbatim],
    )


def goal_text(measure: Measure) -> str:
    """The goal of a measure, in percent."""
    if measure.goal is None:
        return ""
    return "0" if not measure.goal else f"{'<=' if measure.at_most else '>='} {100 * measure.goal:.0f}"


def _cell(value: Interval | None) -> str:
    return "" if value is None else f"{100 * value.mean:.1f} [{100 * value.low:.1f}, {100 * value.high:.1f}]"


def replay_table(episodes: Sequence[Episode]) -> Table:
    """The table of what the answer to a run's task gives of the run, when it was left out: one memory a row."""
    arms = {arm: own for arm, own in by_arm(episodes).items() if own}
    families = len({episode.task for episode in episodes})
    header = (
        "memory", "effects given %", "all given %", "steps of the answer", "tokens", "vs no memory (points of effects)",
        "vs verbatim run (points of effects)",
    )  # fmt: skip
    rows = tuple(_replay_row(arm, own, arms) for arm, own in arms.items())
    return Table(f"A run left out, and its task recalled: {families} families", header, rows)


def _replay_row(arm: str, own: Sequence[Episode], arms: Mapping[str, Sequence[Episode]]) -> tuple[str, ...]:
    others = (arms.get(other, ()) if other != arm else () for other in (NONE, VERBATIM_RUN))
    return (
        arm,
        percent(pooled(own, SHARE)),
        percent(over_seeds(own, won)),
        spread(over_seeds(own, lambda episode: episode.steps), 1),
        spread(over_seeds(own, lambda episode: episode.tokens), 0),
        *(against(compare(own, other, _given)) for other in others),
    )


def _given(episode: Episode) -> float:
    passed, of = episode.shares[SHARE]
    return passed / of


def families_table(lines: Sequence[TraceLine]) -> Table:
    """Each family's counts."""
    names = list(MEASURES)
    rows = ((f"{line.set}/{line.family}", *(_count(line, name) for name in names)) for line in lines)
    return Table("By family", ("family", *names), tuple(rows))


def _count(line: TraceLine, measure: str) -> str:
    many, of = line.counts.get(measure, (0, 0))
    return f"{many}/{of}" if of else ""


def remarks_table(lines: Sequence[TraceLine]) -> Table:
    """The table of what was lost, a line each."""
    rows = tuple((line.family, remark) for line in lines for remark in line.remarks)
    return Table("What was lost, and what is wrong", ("family", "remark"), rows)


def section(lines: Sequence[TraceLine], episodes: Sequence[Episode] = ()) -> Section:
    """The section of the report."""
    replay = [replay_table(episodes)] if episodes else []
    tables = [measures_table(lines), *replay, families_table(lines), remarks_table(lines)]
    return Section(STUDY, {}, tables, partial(_drawn, lines))


def _drawn(lines: Sequence[TraceLine], path: Path) -> list[Path]:
    """The measures as bars, one colour a set."""
    groups = [
        plots.Bars(name, tuple(_percent(share(lines, measure, name)) for measure in _DRAWN)) for name in sets_of(lines)
    ]
    plots.bars(path, "Build on labelled runs", "%", list(_DRAWN.values()), groups, 112)
    return [path]


def _percent(value: Interval | None) -> Interval | None:
    return None if value is None else Interval(*(100 * part for part in value))
