"""Sections of the report: a study with the rows of its groups of arms."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.studies import CALM, Group, Study
from memp.evaluate.report.tables import Row, Table, rows, tables, trouble


class Section(NamedTuple):
    """A study and the rows of its groups.

    A study without groups of arms has its tables in `more`, and draws its pictures itself: `draw` writes them to a path
    and returns those of their SVGs.
    """

    study: Study
    rows: Mapping[str, Sequence[Row]]
    """Group title to its rows."""
    more: Sequence[Table] = ()
    draw: Callable[[Path], list[Path]] | None = None

    @property
    def tables(self) -> list[Table]:
        """All tables, those by task type included."""
        return [*(table for pair in self._pairs for table in pair), *self.more]

    @property
    def main_tables(self) -> list[Table]:
        """The tables without those by task type."""
        return [*(table for table, _ in self._pairs), *self.more]

    @property
    def _pairs(self) -> list[tuple[Table, Table]]:
        return [tables(group.title, self.rows[group.title], group.prefix) for group in self.study.groups]

    def row(self, arm: str) -> Row | None:
        """An arm's row; None where it has no episodes."""
        return next((row for of_group in self.rows.values() for row in of_group if row.arm == arm), None)


def without_kind(study: Study, episodes: Sequence[Episode], kind: str) -> list[Table]:
    """The tables of a study without the tasks of a kind."""
    others = section(study, [episode for episode in episodes if episode.kind != kind]).main_tables
    return [table._replace(title=f"{table.title}: without the tasks that are {kind}") for table in others]


def section(study: Study, episodes: Sequence[Episode]) -> Section:
    """The rows of a study; those of arms with a fault are compared with the same arms without one."""
    by_arm: dict[str, list[Episode]] = {}
    for episode in episodes:
        by_arm.setdefault(episode.arm, []).append(episode)

    def group_rows(group: Group) -> list[Row]:
        own = rows(episodes, [arm.name for arm in group.arms], group.none, group.paper)
        faulty = {arm.name for arm in group.arms if arm.fault is not None}
        return [
            row if row.arm not in faulty
            else row._replace(trouble=trouble(by_arm[row.arm], by_arm.get(CALM + row.arm.removeprefix(group.prefix), [])))
            for row in own
        ]  # fmt: skip

    return Section(study, {group.title: group_rows(group) for group in study.groups})
