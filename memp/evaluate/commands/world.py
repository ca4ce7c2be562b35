"""`memp eval WORLD --data FOLDER --out FOLDER`: the paper's experiments on a benchmark, played by a scripted agent.

The memories are built from the train split. Results go to JSON-lines files, one for each experiment; the same command
goes on where one stopped. Then come the tables, report.md, the pictures, and report.html with all of them.
"""

import argparse
import platform
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from memp.errors import InputError, MempError
from memp.evaluate.commands.online import WIDTH as ONLINE_WIDTH
from memp.evaluate.commands.screen import (
    add_data,
    add_hashing,
    add_source,
    embedding_model,
    progress_bar,
    show,
    unknown,
)
from memp.evaluate.environments.environment import Benchmark
from memp.evaluate.experiments.memories import CONTENTS, Memories
from memp.evaluate.experiments.online import ARMS as ONLINE_ARMS
from memp.evaluate.experiments.online import STREAM, prepare
from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.studies import MISHAPS, RUNS, STUDIES, Study, arms_at, curve, points
from memp.evaluate.report import online_study, sections
from memp.evaluate.report.folder import write_report
from memp.evaluate.report.online_study import UPDATE
from memp.evaluate.report.page import head_of
from memp.evaluate.report.sections import Section
from memp.light.version import version

CURVE = "curve"
WIDTH = 190
"""Columns of the terminal that the tables need."""


def main(arguments: Sequence[str] | None, benchmark: Benchmark) -> int:
    """`memp eval WORLD`; its exit status."""
    parser = _parser(benchmark)
    args = parser.parse_args(arguments)
    if args.smoke:
        parser.set_defaults(**_smoke(benchmark))
        args = parser.parse_args(arguments)
    errors = Console(stderr=True)
    names: list[str] = args.only.split(",")
    if (reason := unknown(names, _measurements(benchmark), "experiment")) is not None:
        errors.print(reason, markup=False)
        return 2
    try:
        _measure(args, names, benchmark, errors)
    except MempError as error:
        errors.print(str(error), markup=False)
        return 1
    return 0


def _smoke(benchmark: Benchmark) -> Mapping[str, object]:
    """Arguments that show in seconds whether everything works; the figures mean nothing."""
    return {
        "hashing": True, "seeds": 2, "tasks": 4, "learned": 150, "runs": 25, "mishaps": 5, "split": benchmark.smoke,
        "stream": 6, **benchmark.quick,
    }  # fmt: skip


def _measure(args: argparse.Namespace, names: Sequence[str], benchmark: Benchmark, errors: Console) -> None:
    """Play the missing episodes and report: first the tables, which cannot fail, the pictures last."""
    folder: Path = args.out
    if folder.is_file():
        raise InputError(f"{folder} is a file: name a folder, for results, memories and the report.")
    memories = Memories(
        benchmark, args.data, folder, source=args.source, model=embedding_model(args), learned=args.learned,
        runs=args.runs, mishaps=args.mishaps,
    )  # fmt: skip
    if not any(folder.glob("*.jsonl")):
        memories.forget()
    # The studies first: they have memories in common.
    ordered = sorted(dict.fromkeys(names), key=lambda name: name not in STUDIES)
    sections = [MEASUREMENTS[name](args, memories, errors) for name in ordered]
    setting = _setting(args, memories)
    for section in sections:
        show(Console(width=WIDTH if section.study.groups else ONLINE_WIDTH), section.main_tables)
    errors.print(f"The report is {write_report(head_of(benchmark), sections, setting, folder)}.", markup=False)


def _study(study: Study, args: argparse.Namespace, memories: Memories, errors: Console) -> Section:
    """One study, played by the scripted agent of each arm."""
    with progress_bar(errors) as progress:
        bar = progress.add_task(f"{study.name}: learning", total=None)

        def learned(what: str) -> None:
            progress.update(bar, advance=1, description=f"{study.name}: {what}")

        experiment = memories.experiment(
            study.arms, range(args.seeds), split=args.split, limit=args.steps, most=args.tasks, progress=learned
        )
        progress.reset(bar, description=study.name, total=experiment.total)
        episodes = experiment.run(args.out / f"{study.name}.jsonl", lambda _: progress.advance(bar))
    section = sections.section(study, episodes)
    handed = memories.benchmark.handed
    return section._replace(more=sections.without_kind(study, episodes, handed)) if handed else section


def _update(args: argparse.Namespace, memories: Memories, errors: Console) -> Section:
    """Online learning, with memories of its own."""
    online = prepare(
        memories.benchmark, args.data, list(ONLINE_ARMS), range(args.seeds), final=args.split, stream=args.stream,
        most=args.tasks, group=max(1, args.stream // 10), limit=args.steps, model=embedding_model(args),
    )  # fmt: skip
    with progress_bar(errors) as progress:
        bar = progress.add_task(UPDATE.name, total=len(online.cells))
        episodes = online.run(args.out / f"{UPDATE.name}.jsonl", lambda cell: progress.update(bar, advance=1))
    return online_study.section(episodes)


def _curve(args: argparse.Namespace, memories: Memories, errors: Console) -> Section:
    """A learning curve, each seed with memories of its own."""
    at = points(memories.train_tasks)
    study = curve(at)
    arms = {point: arms_at(study, point) for point in at}
    episodes: list[Episode] = []
    with progress_bar(errors) as progress:
        bar = progress.add_task(CURVE, total=None)
        for seed in range(args.seeds):
            experiments = memories.curve(
                arms,
                seed,
                split=args.split,
                limit=args.steps,
                most=args.tasks,
                progress=lambda _: progress.advance(bar),
            )
            for experiment in experiments:
                episodes += experiment.run(args.out / f"{CURVE}.jsonl", lambda _: progress.advance(bar))
    return sections.section(study, episodes)


Measurement = Callable[[argparse.Namespace, Memories, Console], Section]

MEASUREMENTS: Mapping[str, Measurement] = {
    **{name: partial(_study, study) for name, study in STUDIES.items()},
    UPDATE.name: _update,
    CURVE: _curve,
}
"""Name to experiment."""


def _measurements(benchmark: Benchmark) -> list[str]:
    """The experiments that can be played on a benchmark."""
    without = (*benchmark.without, *(() if benchmark.tries else (CURVE,)))
    return [name for name in MEASUREMENTS if name not in without]


def _setting(args: argparse.Namespace, memories: Memories) -> Mapping[str, object]:
    """The conditions of the measurement, for a reader."""
    counts = {f"memory '{contents}'": memories.size(contents) for contents in CONTENTS}
    return {
        "split": args.split,
        "tasks": args.tasks or "all",
        "seeds": f"0 to {args.seeds - 1}",
        "steps of an episode": args.steps,
        "memory of the train split": f"{args.learned or 'all'} runs ({args.source})",
        "embedding model": memories.setting["model"],
        "memp": version(),
        "Python": platform.python_version(),
        **{
            name: f"{size.successes} won runs of {size.trajectories}, {size.procedures} procedures, {size.pitfalls} pitfalls"
            for name, size in counts.items()
            if size is not None
        },
    }


def _parser(benchmark: Benchmark) -> argparse.ArgumentParser:
    prog, names = f"memp eval {benchmark.name}", _measurements(benchmark)
    parser = argparse.ArgumentParser(
        prog=prog,
        description=f"`{prog}`: the paper's experiments on {benchmark.title}, played by a scripted agent.",
    )
    add_data(parser, benchmark, "a folder for results, memories and the report")
    parser.add_argument("--only", default=",".join(names), help=f"which of {', '.join(names)}; separated by commas")
    parser.add_argument("--seeds", type=int, default=5, help="how many")
    parser.add_argument("--split", default=benchmark.final, help="the part of the tasks that it is measured on")
    parser.add_argument("--steps", type=int, default=benchmark.steps, help="the limit of an episode")
    parser.add_argument("--tasks", type=int, help="only so many tasks, spread over the split")
    add_source(parser, benchmark, benchmark.sources[0], "the memory is")
    parser.add_argument("--learned", type=int, help="only so many of them, spread over the split")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs in each memory of the transfer experiment")
    parser.add_argument("--mishaps", type=int, default=MISHAPS, help="train games that are played with each fault")
    parser.add_argument("--stream", type=int, default=STREAM, help="train tasks that the update experiment learns from")
    add_hashing(parser)
    parser.add_argument("--smoke", action="store_true", help="a few tasks with hashed vectors, to see that all works")
    return parser
