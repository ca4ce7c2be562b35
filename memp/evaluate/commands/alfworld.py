"""`memp eval alfworld --data FOLDER --out FILE`: the tables of Build and Retrieve on ALFWorld, played by the follower.

The memory is built from the train split; results go to a JSON-lines file, and the same command goes on where one stopped.
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from memp.embed.load import HASHING
from memp.errors import MempError
from memp.evaluate.alfworld import SOURCES, prepare
from memp.evaluate.run import ARMS, BUILD, RETRIEVE, STEPS, Episode
from memp.evaluate.tables import HEADER, cells, kind_cells, rows


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    errors = Console(stderr=True)
    names: list[str] = asked.arms.split(",")
    unknown = [name for name in names if name not in ARMS]
    if unknown:
        errors.print(f"There is no arm '{unknown[0]}': use {', '.join(ARMS)}.", markup=False)
        return 2
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=errors) as progress:
            bar = progress.add_task("learning", total=None)
            experiment = prepare(
                asked.data, asked.out, [ARMS[name] for name in names], range(asked.seeds), split=asked.split,
                limit=asked.steps, most=asked.tasks, source=asked.source, model=HASHING if asked.hashing else None,
                moved=lambda _: progress.advance(bar),
            )  # fmt: skip
            progress.reset(bar, description="playing", total=experiment.total)
            episodes = experiment.run(asked.out, lambda arm: progress.update(bar, advance=1, description=arm))
    except MempError as error:
        errors.print(str(error), markup=False)
        return 1
    for title, arms in (("Build", BUILD), ("Retrieve", RETRIEVE)):
        show(Console(width=170), f"{title}: {asked.split}, {asked.seeds} seeds, {asked.steps} steps", episodes, arms)
    return 0


def show(console: Console, title: str, episodes: list[Episode], arms: tuple[str, ...]) -> None:
    """The table of some arms, and their success and steps by task type."""
    found = rows(episodes, arms)
    kinds = sorted({kind for row in found for kind in row.by_kind})
    main_table = Table(*HEADER, title=title)
    by_kind = Table("arm", *kinds, title="success % / steps by task type")
    for row in found:
        main_table.add_row(*cells(row))
        by_kind.add_row(*kind_cells(row, kinds))
    console.print(main_table, by_kind)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="memp eval alfworld", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder with ALFWorld's games")
    parser.add_argument("--out", type=Path, required=True, help="the results' file; the memories lie beside it")
    parser.add_argument("--arms", default=",".join(ARMS), help=f"which of {', '.join(ARMS)}; separated by commas")
    parser.add_argument("--seeds", type=int, default=5, help="how many")
    parser.add_argument("--split", default="valid_seen")
    parser.add_argument("--steps", type=int, default=STEPS, help="the limit of an episode")
    parser.add_argument("--tasks", type=int, help="only so many tasks, spread over the split")
    parser.add_argument("--source", choices=SOURCES, default="expert", help="the runs that the memory is built from")
    parser.add_argument("--hashing", action="store_true", help="hashed vectors instead of the embedding model's")
    return parser
