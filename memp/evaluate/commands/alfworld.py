"""`memp eval alfworld --data FOLDER --out FOLDER`: the paper's experiments on ALFWorld, played by the follower.

The memories are built from the train split. Results go to JSON-lines files, one for each experiment; the same command
goes on where one stopped. Then come the tables, report.md, the pictures, and report.html with all of them.
"""

import argparse
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from memp.embed.load import HASHING
from memp.errors import InputError, MempError
from memp.evaluate.commands.online import prepare as prepare_online
from memp.evaluate.experiments.alfworld import SOURCES, Alfworlds
from memp.evaluate.experiments.online import ARMS as ONLINE_ARMS
from memp.evaluate.experiments.online import OnlineEpisode
from memp.evaluate.experiments.run import STEPS
from memp.evaluate.experiments.studies import MISHAPS, RUNS, STUDIES, Study
from memp.evaluate.report import online_study, page, tables
from memp.evaluate.report.online_study import UPDATE

SMOKE = {
    "hashing": True, "seeds": 2, "tasks": 4, "learned": 150, "runs": 25, "mishaps": 5, "split": "valid_train", "stream": 6,
}  # fmt: skip
"""A look at whether all works, in seconds: its figures say nothing."""


COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.smoke:
        parser.set_defaults(**SMOKE)
        asked = parser.parse_args(arguments)
    errors = Console(stderr=True)
    names: list[str] = asked.only.split(",")
    known = (*STUDIES, UPDATE.name)
    unknown = [name for name in names if name not in known]
    if unknown:
        errors.print(f"There is no experiment '{unknown[0]}': use {', '.join(known)}.", markup=False)
        return 2
    try:
        _measure(asked, [STUDIES[name] for name in names if name in STUDIES], UPDATE.name in names, errors)
    except MempError as error:
        errors.print(str(error), markup=False)
        return 1
    return 0


def _measure(asked: argparse.Namespace, studies: Sequence[Study], update: bool, errors: Console) -> None:
    """Plays what is missing, then tells it: first what cannot fail, the pictures last."""
    folder: Path = asked.out
    if folder.is_file():
        raise InputError(f"{folder} is a file: name a folder, for results, memories and the report.")
    worlds = Alfworlds(
        asked.data, folder, source=asked.source, model=HASHING if asked.hashing else None, learned=asked.learned,
        runs=asked.runs, mishaps=asked.mishaps,
    )  # fmt: skip
    if not any(folder.glob("*.jsonl")):
        # Nothing was measured with the memories that lie there: they may be another version's.
        worlds.forget()
    found = [_played(asked, study, worlds, errors) for study in studies]
    learned = _learned(asked, errors) if update else []
    setting = _setting(asked, worlds)
    for one in found:
        show(Console(width=190), one.tables[::2])
    if learned:
        found.append(online_study.section(learned))
        show(Console(width=210), found[-1].tables)
    (folder / "report.md").write_text(page.markdown(found, setting), encoding="utf-8", newline="\n")
    drawn = {one.study.name: page.pictures(one, folder) for one in found if one.study != UPDATE}
    if learned:
        drawn[UPDATE.name] = online_study.picture(learned, folder / "update.svg")
    (folder / "report.html").write_text(page.html(found, setting, drawn), encoding="utf-8", newline="\n")
    errors.print(f"The report is {folder / 'report.html'}.", markup=False)


def _played(asked: argparse.Namespace, study: Study, worlds: Alfworlds, errors: Console) -> page.Section:
    with Progress(*COLUMNS, console=errors) as progress:
        bar = progress.add_task(f"{study.name}: learning", total=None)

        def learned(what: str) -> None:
            progress.update(bar, advance=1, description=f"{study.name}: {what}")

        experiment = worlds.experiment(
            study.arms, range(asked.seeds), split=asked.split, limit=asked.steps, most=asked.tasks, moved=learned
        )
        progress.reset(bar, description=study.name, total=experiment.total)
        episodes = experiment.run(asked.out / f"{study.name}.jsonl", lambda _: progress.advance(bar))
    return page.section(study, episodes)


def _learned(asked: argparse.Namespace, errors: Console) -> list[OnlineEpisode]:
    """Update online, played."""
    online = prepare_online(
        asked.data, list(ONLINE_ARMS), range(asked.seeds), final=asked.split, stream=asked.stream, most=asked.tasks,
        group=max(1, asked.stream // 10), limit=asked.steps, model=HASHING if asked.hashing else None,
    )  # fmt: skip
    with Progress(*COLUMNS, console=errors) as progress:
        bar = progress.add_task(UPDATE.name, total=len(online.cells))
        return online.run(asked.out / f"{UPDATE.name}.jsonl", lambda cell: progress.update(bar, advance=1))


def _setting(asked: argparse.Namespace, worlds: Alfworlds) -> dict[str, object]:
    """What was measured, for a reader."""
    told: dict[str, object] = {
        "split": asked.split,
        "tasks": asked.tasks or "all",
        "seeds": f"0 to {asked.seeds - 1}",
        "steps of an episode": asked.steps,
        "memory of the train split": f"{asked.learned or 'all'} runs ({asked.source})",
        "embedding model": worlds.setting["model"],
        "memp": version("memp"),
        "Python": platform.python_version(),
    }
    for contents in ("train", "other", "expert", "weak", "mishaps"):
        size = worlds.size(contents)
        if size is not None:
            counts = f"{size.successes} won runs of {size.trajectories}, {size.procedures} procedures, {size.pitfalls} pitfalls"
            told[f"memory '{contents}'"] = counts
    return told


def show(console: Console, found: Sequence[tables.Table]) -> None:
    for one in found:
        table = Table(*one.header, title=one.title)
        for line in one.rows:
            table.add_row(*line)
        console.print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="memp eval alfworld", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder with ALFWorld's games")
    parser.add_argument("--out", type=Path, required=True, help="a folder for results, memories and the report")
    parser.add_argument("--only", default=",".join((*STUDIES, UPDATE.name)),
                        help=f"which of {', '.join((*STUDIES, UPDATE.name))}; separated by commas")  # fmt: skip
    parser.add_argument("--seeds", type=int, default=5, help="how many")
    parser.add_argument("--split", default="valid_seen")
    parser.add_argument("--steps", type=int, default=STEPS, help="the limit of an episode")
    parser.add_argument("--tasks", type=int, help="only so many tasks, spread over the split")
    parser.add_argument("--source", choices=SOURCES, default="expert", help="the runs that the memory is built from")
    parser.add_argument("--learned", type=int, help="only so many of them, spread over the split")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs in each memory of the transfer experiment")
    parser.add_argument("--mishaps", type=int, default=MISHAPS, help="train games that are played with each fault")
    parser.add_argument("--stream", type=int, default=140, help="train tasks that the update experiment learns from")
    parser.add_argument("--hashing", action="store_true", help="hashed vectors instead of the embedding model's")
    parser.add_argument("--smoke", action="store_true", help="a few tasks with hashed vectors, to see that all works")
    return parser
