"""`memp eval all --data FOLDER --out FOLDER`: one table over all worlds, with and without a memory.

FOLDER of --data has a folder for each world that needs data, by its name. A world whose package or data is missing is named
in the table with what brings it, and the exit status is 1. Results are written as they come: the same command goes on where
one stopped, and so does `memp eval WORLD --out FOLDER/WORLD`.
"""

import argparse
import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID

from memp.embed.load import HASHING
from memp.errors import ConfigError, InputError, MempError
from memp.evaluate.commands.screen import (
    INTERRUPTED,
    add_hashing,
    count,
    embedding_model,
    progress_bar,
    show,
    unknown,
)
from memp.evaluate.environments.catalog import ENVIRONMENTS
from memp.evaluate.environments.environment import Benchmark
from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.traces.labels import ROUNDS, default_folder, read_traces
from memp.evaluate.experiments.traces.replay import SHARE, replayed
from memp.evaluate.experiments.traces.study import measured, opener, write
from memp.evaluate.experiments.worlds import Bounds, World, data_of, played
from memp.evaluate.report import traces_table, worlds_table
from memp.evaluate.report.folder import write_report
from memp.evaluate.report.page import Head
from memp.evaluate.report.worlds_table import TRACES, Traced
from memp.light.version import version

WIDTH = 190
"""Columns of the terminal that the tables need."""

SMOKE: Mapping[str, object] = {"seeds": 1, "tasks": 4, "learned": 150}
"""Bounds of a look whether everything works; its figures mean nothing."""


def main(arguments: Sequence[str] | None, benchmark: Benchmark) -> int:
    """`memp eval all`; its exit status."""
    args = _parser().parse_args(arguments)
    errors = Console(stderr=True)
    names: list[str] = args.only.split(",")
    if (reason := unknown(names, _names(), "world")) is not None:
        errors.print(reason, markup=False)
        return 2
    try:
        worlds, traces = _measured(args, names, errors)
        _report(args, worlds, traces, errors)
    except MempError as error:
        errors.print(str(error), markup=False)
        return 1
    except KeyboardInterrupt:
        errors.print(f"Stopped. What was played is in {args.out}: the same command goes on.", markup=False)
        return INTERRUPTED
    missing = [world.name for world in worlds if world.missing] + [TRACES] * bool(traces and traces.missing)
    if missing:
        errors.print(f"Not measured: {', '.join(missing)}; the table says what each needs.", markup=False)
    return int(bool(missing))


def _names() -> list[str]:
    return [*ENVIRONMENTS, TRACES]


def _measured(
    args: argparse.Namespace, names: Sequence[str], errors: Console
) -> tuple[list[World], Traced | None]:  # fmt: skip
    if args.out.is_file():
        raise InputError(f"{args.out} is a file: name a folder, for results, memories and the report.")
    with progress_bar(errors) as progress:
        overall = progress.add_task("worlds", total=len(set(names)))
        bar = progress.add_task("", total=None)
        worlds: list[World] = []
        for benchmark in (benchmark for name, benchmark in ENVIRONMENTS.items() if name in names):
            worlds.append(_world(benchmark, args, progress, bar))
            progress.advance(overall)
        traces = None
        if TRACES in names:
            traces, episodes = _traces(args, progress, bar)
            worlds += [World(TRACES, episodes, graded=SHARE)] if episodes else []
            progress.advance(overall)
    return worlds, traces


def _world(benchmark: Benchmark, args: argparse.Namespace, progress: Progress, bar: TaskID) -> World:
    """A world as it was played. What it lacks is a row of the table, so that the others are still measured."""
    name = benchmark.name
    progress.reset(bar, description=f"{name}: learning", total=None)

    def total(count: int) -> None:
        progress.reset(bar, description=name, total=count)

    advance: Callable[[str], None] = lambda _: progress.advance(bar)  # noqa: E731
    try:
        data = data_of(benchmark, args.data)
        episodes = played(benchmark, data, args.out / name, _bounds(benchmark, args), advance, total, advance)
    except (ConfigError, InputError) as error:
        return World(name, missing=str(error))
    return World(name, episodes, handed=benchmark.handed)


def _traces(args: argparse.Namespace, progress: Progress, bar: TaskID) -> tuple[Traced, list[Episode]]:
    try:
        own = args.data and args.data / TRACES
        traces = read_traces(own if own and own.is_dir() else default_folder())
    except (ConfigError, InputError) as error:
        return Traced(missing=str(error)), []
    progress.reset(bar, description=TRACES, total=len(traces.families) + ROUNDS)
    opened = opener(_model(args))
    lines = measured(traces, opened, lambda: progress.advance(bar))
    seeds = range(args.seeds or (1 if args.smoke else Bounds().seeds))
    episodes = replayed(traces.families, seeds, opened, lambda: progress.advance(bar))
    write(lines, episodes, args.out / TRACES, {"model": _model(args) or "as installed"})
    return Traced(lines), episodes


def _bounds(benchmark: Benchmark, args: argparse.Namespace) -> Bounds:
    """How much of a world is played: as asked, else as the world itself says, else all of it."""
    asked = {key: value for key in ("seeds", "tasks", "learned") if (value := getattr(args, key)) is not None}
    own: Mapping[str, object] = benchmark.bounded
    if args.smoke:
        quick = {key: value for key, value in benchmark.quick.items() if key in Bounds._fields}
        own = {**SMOKE, "split": benchmark.smoke, **quick, "seeds": 1}
    return Bounds(model=_model(args))._replace(**{**own, **asked})


def _model(args: argparse.Namespace) -> str | None:
    return HASHING if args.smoke else embedding_model(args)


def _report(args: argparse.Namespace, worlds: list[World], traces: Traced | None, errors: Console) -> None:
    section = worlds_table.section(worlds, traces)
    show(Console(width=WIDTH), section.tables)
    replay = next((world.episodes for world in worlds if world.name == TRACES), ())
    sections = [section, *([traces_table.section(traces.lines, replay)] if traces and traces.lines else [])]
    head = Head("Procedural memory on all worlds", worlds_table.READING, worlds_table.LIMITS)
    errors.print(f"The report is {write_report(head, sections, _setting(args, worlds), args.out)}.", markup=False)


def _setting(args: argparse.Namespace, worlds: Sequence[World]) -> Mapping[str, object]:
    """The conditions of the measurement, for a reader."""
    played = [world.name for world in worlds if world.name in ENVIRONMENTS and not world.missing]
    bounds = {name: _bounds(ENVIRONMENTS[name], args) for name in played}
    return {
        **{name: _described(ENVIRONMENTS[name], of) for name, of in bounds.items()},
        "embedding model": _model(args) or "as installed",
        "memp": version(),
        "Python": platform.python_version(),
    }


def _described(benchmark: Benchmark, bounds: Bounds) -> str:
    tasks, learned = bounds.tasks or "all", bounds.learned or "all"
    steps = bounds.steps or benchmark.steps
    return (
        f"{tasks} tasks of {bounds.split or benchmark.final}, memory of {learned} runs of {benchmark.train} "
        f"({benchmark.sources[0]}), seeds 0 to {bounds.seeds - 1}, {steps} steps at most"
    )


def _parser() -> argparse.ArgumentParser:
    names = ",".join(_names())
    parser = argparse.ArgumentParser(
        prog="memp eval all",
        description="One table over all worlds: no memory, an irrelevant and a random one, the nearest run verbatim, its "
        "script, and both.",
        epilog="A world whose package or data is missing is named in the table with what brings it; the exit status is then 1.",
    )
    wanted = "; ".join(f"{name}: {b.data}" for name, b in ENVIRONMENTS.items() if b.data and b.needs_data)
    parser.add_argument("--data", type=Path, help=f"a folder with one for each world that needs data. {wanted}")
    parser.add_argument("--out", type=Path, required=True, help="a folder for results, memories and the report")
    parser.add_argument("--only", default=names, help=f"which of {names}; separated by commas")
    parser.add_argument("--seeds", type=count, help="how many for each world (default: 5; of scienceworld 2)")
    parser.add_argument("--tasks", type=count, help="only so many tasks of each (default: all; of scienceworld 75)")
    parser.add_argument(
        "--learned", type=count, help="only so many runs to learn from (default: all; of scienceworld 75)"
    )
    add_hashing(parser)
    parser.add_argument("--smoke", action="store_true", help="a few tasks with hashed vectors, to see that all works")
    return parser
