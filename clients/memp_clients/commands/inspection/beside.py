"""The runs of a procedure beside its steps: what each did for which step, and what it did in addition."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, NamedTuple, Protocol

from rich.console import RenderableType

from memp.domain.procedure import Procedure, Script
from memp.domain.results import Options
from memp.domain.trajectory import Step, Trajectory
from memp.retrieve.track import correspond
from memp.store import Evidence, Trajectories
from memp.text.failures.detection import failure_of
from memp_clients.screen.views import line, table

MOST_RUNS = 3
MOST_LOOKED_AT = 60
"""Runs of which those to show are chosen, the newest."""

MOST_MORE = 2
"""Steps in addition that are shown in one place; the others are counted."""

MOST_CHARACTERS = 200


class BesideStore(Trajectories, Evidence, Protocol):
    """The parts of a store that are used here."""


class Did(NamedTuple):
    """What a run did: its action, and whether that failed."""

    text: str
    failed: bool = False


class Row(NamedTuple):
    """A step of the procedure by its number (0, and no text: none of its steps), and what each run did for it."""

    number: int
    step: str
    did: Sequence[Did | None]


class Beside(NamedTuple):
    """The runs, by their numbers, and the rows; `others` is how many more runs there are."""

    runs: Sequence[tuple[int, bool]]
    rows: Sequence[Row]
    others: int


def beside(store: BesideStore, options: Options, procedure: Procedure) -> Beside:
    """The steps of a procedure, and beside them its newest success, its newest failure, and what else came last."""
    used = {use.trajectory for use in store.uses(procedure.id, MOST_LOOKED_AT)}
    newest = sorted({*used, *procedure.trajectories[-MOST_LOOKED_AT:]}, reverse=True)[:MOST_LOOKED_AT]
    seen = set(newest) if options.seen is None else store.runs_within(newest, options.seen)
    runs: dict[int, Trajectory] = {}
    won: dict[int, bool] = {}
    for number in (number for number in newest if number in seen):
        if len(runs) >= MOST_RUNS and len(set(won.values())) == 2:
            break  # A success, a failure, and enough beside them: the others need not be read.
        runs[number] = store.trajectory(number)
        won[number] = runs[number].succeeded(options.success_reward)
    one_each = [next((number for number in runs if won[number] is success), None) for success in (True, False)]
    order = dict.fromkeys([*(number for number in one_each if number is not None), *runs])
    chosen = [*order][:MOST_RUNS]
    rows = aligned_rows(procedure.script, [runs[number] for number in chosen])
    return Beside([(number, won[number]) for number in chosen], rows, len(seen) - len(chosen))


def aligned_rows(script: Script, runs: Sequence[Trajectory]) -> list[Row]:
    """The steps of a script in order, each with what corresponds to it in each run; between them what runs did in addition."""
    places = [correspond(script, run.steps) for run in runs]
    rows: list[Row] = []
    begins = [0] * len(runs)
    for at in range(len(script.steps) + 1):
        ends: list[int] = []
        for run, own, begin in zip(runs, places, begins, strict=True):
            following = next((place for place in own[at:] if place is not None), len(run.steps))
            ends.append(max(begin, following) if at == len(script.steps) or own[at] is not None else begin)
        more = [_more(run.steps[begin:end]) for run, begin, end in zip(runs, begins, ends, strict=True)]
        rows += [Row(0, "", list(did)) for did in zip_longest(*more)]
        if at == len(script.steps):
            break
        did = [
            None if own[at] is None else _did(run.steps[own[at] or 0]) for run, own in zip(runs, places, strict=True)
        ]
        rows.append(Row(at + 1, script.steps[at], did))
        begins = [end if own[at] is None else (own[at] or 0) + 1 for own, end in zip(places, ends, strict=True)]
    return rows


def _more(steps: Sequence[Step]) -> list[Did]:
    left = len(steps) - MOST_MORE
    shown = [_did(step) for step in (steps if left <= 1 else steps[:MOST_MORE])]
    return shown if left <= 1 else [*shown, Did(f"... and {left} more steps")]


def _did(step: Step) -> Did:
    text = " ".join(step.action.split())
    return Did(
        text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 3]}...",
        failure_of(step.observation) is not None,
    )


def beside_document(found: Beside) -> dict[str, Any]:
    """The rows as --json shows them."""
    rows = [
        {
            **({"step": row.number} if row.number else {}),
            "did": {
                f"t{number}": {"action": did.text, **({"failed": True} if did.failed else {})}
                for (number, _), did in zip(found.runs, row.did, strict=True)
                if did
            },
        }
        for row in found.rows
    ]
    return {"runs": {f"t{number}": "success" if won else "failure" for number, won in found.runs}, "rows": rows}


def beside_view(found: Beside) -> RenderableType:
    """The rows as a table."""
    if not found.runs:
        return line("There is no run of it in this memory.")
    view = table("", "step", *(f"t{number} {'worked' if won else 'failed'}" for number, won in found.runs))
    for row in found.rows:
        cells = [
            line(f"{did.text}{' (failed)' if did.failed else ''}", "red" if did.failed else "") if did else ""
            for did in row.did
        ]
        view.add_row(str(row.number or "+"), line(row.step), *cells)
    return view
