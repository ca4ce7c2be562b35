"""`memp runs`: the list of runs, those that ended last first."""

from datetime import date
from typing import Any, Literal

from rich.console import RenderableType

from memp.errors import InputError
from memp.memory import ProceduralMemory
from memp.store.records import RunRow, RunsWanted
from memp.text.quoting import quoted
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line, table


def list_runs(
    memory: ProceduralMemory, terminal: Terminal, outcome: Literal["worked", "failed", "revoked"] | None, origin: str, since: str,
    until: str, limit: int,
) -> None:  # fmt: skip
    """Show the runs that are wanted.

    Raises:
        InputError: a day is none, or `origin` names none.
    """
    wanted = runs_wanted(outcome or "", origin_of(origin), day_of(since), day_of(until))
    rows = memory.store.browse_runs(wanted, memory.options.seen, limit=limit)
    total = memory.store.count_runs(wanted, memory.options.seen)
    terminal.show({"runs": [document(row) for row in rows], "of": total}, lambda: _view(rows, total))


def runs_wanted(
    outcome: Literal["", "worked", "failed", "revoked"], origin: int | None, since: str, until: str, project: str | None = None
) -> RunsWanted:  # fmt: skip
    """The filter that a person's choices are."""
    return RunsWanted(
        success={"worked": True, "failed": False}.get(outcome), revoked=True if outcome == "revoked" else None,
        project=project, origin=origin, since=since, until=until,
    )  # fmt: skip


def document(row: RunRow) -> dict[str, Any]:
    """A run in the list, as --json shows it."""
    return {**row._asdict(), "id": f"t{row.id}", "revoked": row.weight == 0}


def _view(rows: list[RunRow], total: int) -> RenderableType:
    if not rows:
        return line("No such runs.")
    shown = table("id", "task", "outcome", "known by", "steps", "by", "ended")
    for row in rows:
        ended = "revoked" if row.weight == 0 else "worked" if row.success else "failed"
        shown.add_row(
            f"t{row.id}", line(row.task[:300]), ended, row.evidence, str(row.steps), line(row.client), row.at[:10]
        )
    if total > len(rows):
        shown.add_row("...", f"and {total - len(rows):,} more (--limit)")
    return shown


def origin_of(name: str) -> int | None:
    """The origin of a name like o3; None for the empty one.

    Raises:
        InputError: it names none.
    """
    if not name:
        return None
    number = name.removeprefix("o")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise InputError(f'"{quoted(name)}" names no origin: pass one that `memp origins` lists, like o3.')
    return int(number)


def day_of(text: str) -> str:
    """A day as the store has it; empty for the empty text.

    Raises:
        InputError: it is none.
    """
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise InputError(f'"{quoted(text)}" is no day: write it as 2026-12-01.') from None
