"""Simulation of update policies over 5,000 tasks: wrong outcomes, poisoned runs, and a world that changes half way.

    python bench/updates.py [--settings noise|all|quick] [--seeds 0 1 2] [--tasks 5000] [--jobs 2] [--plot docs/updates.svg]
    python bench/updates.py --rules

Each arm meets the same tasks and the same luck (bench/simulation/world.py). The table has the share of tasks that truly
succeeded, its standard deviation over seeds, and the difference to the first of ours; docs/updates.md explains it.
"""

import argparse
import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from simulation.arms import Memory, NoMemory, Paper, Product, WithoutNames
from simulation.rules import archived_share, product_rule
from simulation.world import FAMILIES, Setting, World

from memp.config import read_settings
from memp.domain.results import Options
from memp.embed import Embedder
from memp.embed.hashing import HashingEmbedder
from memp.embed.load import open_embedder

WINDOW = 250
"""Tasks in the moving window of the plot."""

NOISES = (0.0, 0.1, 0.3)
SETTINGS: Mapping[str, Sequence[Setting]] = {
    "noise": [Setting(noise) for noise in NOISES],
    "all": [Setting(n, poison, changes) for n, poison, changes in product(NOISES, (0.1, 0.0), (True, False))]
    + [Setting(0.3, weak_only=True)],
    "quick": [Setting(0.1)],
}

ARMS: Mapping[str, Callable[[WithoutNames], Memory]] = {
    "no memory": lambda embedder: NoMemory(),
    "vanilla": lambda embedder: Paper(embedder, "vanilla"),
    "validation": lambda embedder: Paper(embedder, "validation"),
    "adjustment": lambda embedder: Paper(embedder, "adjustment"),
    "adjustment, deletion": lambda embedder: Paper(embedder, "adjustment", deletes=True),
    "ours": lambda embedder: Product(embedder, Options(), writes=True),
    "ours, no revisions written": lambda embedder: Product(embedder, Options(), writes=False),
}
OURS = "ours"


@dataclass(frozen=True)
class Job:
    arm: str
    setting: Setting
    seed: int
    tasks: int
    families: int = FAMILIES
    hashing: bool = False


@dataclass(frozen=True)
class Result:
    """`successes[i]`: whether task i truly succeeded. `counts`: how many recalls brought each kind of procedure."""

    arm: str
    setting: str
    seed: int
    successes: list[bool]
    counts: dict[str, int]

    @property
    def rate(self) -> float:
        return sum(self.successes) / len(self.successes)


def simulate(job: Job) -> Result:
    """One memory through one stream of tasks."""
    world = World.make(job.seed, job.tasks, job.setting, job.families)
    memory = ARMS[job.arm](WithoutNames(HashingEmbedder() if job.hashing else _model()))
    successes: list[bool] = []
    counts: Counter[str] = Counter()
    for index in range(job.tasks):
        task = world.task(index)
        recalled = memory.recall(task.text)
        shown = world.read(recalled.steps) if recalled else None
        plan = world.plan(task, shown)
        run = world.run(task, plan)
        report = world.report(task, plan, run)
        memory.finish(report, recalled if report.used else None, partial(world.revised, index))
        successes.append(run.success)
        counts[world.kind(task, shown)] += 1
    memory.close()
    return Result(job.arm, job.setting.name, job.seed, successes, dict(counts))


def _model() -> Embedder:
    settings = read_settings()
    return open_embedder(settings.model, settings.cache)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--settings", choices=list(SETTINGS), default="noise")
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="SEED", help="each a world of its own"
    )
    parser.add_argument("--tasks", type=int, default=5000)
    parser.add_argument("--families", type=int, default=FAMILIES)
    parser.add_argument("--hashing", action="store_true", help="compare words, not meanings: no model is needed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, help="a JSONL file: what it holds is not run again")
    parser.add_argument("--plot", type=Path, help="an SVG file to write (needs matplotlib)")
    parser.add_argument("--rules", action="store_true", help="only how often each archiving rule archives")
    given = parser.parse_args()
    if given.rules:
        show_rules()
        return
    jobs = [Job(arm, setting, seed, given.tasks, given.families, given.hashing)
            for seed in given.seeds for setting in SETTINGS[given.settings] for arm in given.arms]  # fmt: skip
    results = run_all(jobs, given.jobs, given.results)
    show(results)
    if given.plot:
        plot(results, given.plot)


def run_all(jobs: Sequence[Job], workers: int, kept: Path | None) -> list[Result]:
    """The result of every job; with `kept` each is written to that file as it comes."""
    known: dict[str, Result] = {}
    if kept is not None and kept.exists():
        for line in kept.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            job = row.pop("job")
            known[job] = Result(**row)
    todo = [job for job in jobs if repr(job) not in known]
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for job, result in zip(todo, pool.map(simulate, todo), strict=True):
            known[repr(job)] = result
            print(f"{result.setting}, seed {result.seed}, {result.arm}: {result.rate:.3f}", file=sys.stderr, flush=True)
            if kept is not None:
                with kept.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps({"job": repr(job), **asdict(result)}) + "\n")
    return [known[repr(job)] for job in jobs]


def show(results: Sequence[Result]) -> None:
    """Print a table for each setting."""
    for setting in dict.fromkeys(result.setting for result in results):
        own = [result for result in results if result.setting == setting]
        ours = {result.seed: result.rate for result in own if result.arm == OURS}
        table = Table(title=f"{setting}; seeds: {len({r.seed for r in own})}, tasks: {len(own[0].successes)}")
        kinds = ("right", "wrong way", "harmful", "foreign", "incomplete", "nothing")
        for column in ("arm", "success", "quarters", "ours ahead by", *kinds):
            table.add_column(column, justify="left" if column == "arm" else "right")
        for arm in dict.fromkeys(result.arm for result in own):
            runs = [result for result in own if result.arm == arm]
            ahead = [ours[run.seed] - run.rate for run in runs if run.seed in ours]
            quarters = np.mean([[q.mean() for q in np.array_split(np.array(r.successes), 4)] for r in runs], axis=0)
            counts = sum((Counter(run.counts) for run in runs), Counter[str]())
            table.add_row(
                arm,
                _spread([run.rate for run in runs]),
                " ".join(f"{quarter:.2f}"[1:] for quarter in quarters),
                _spread(ahead) if arm != OURS and ahead else "",
                *(f"{counts[kind] / counts.total():.0%}" for kind in kinds),
            )
        Console(width=150).print(table)


def _spread(values: Sequence[float]) -> str:
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else f"{values[0]:.3f}"


def show_rules() -> None:
    """Print how often each rule archives, within 30 uses, procedures of known success rates."""
    table = Table(title="archived at any time in 30 uses (4,000 draws each)")
    rates = (0.7, 0.5, 0.4, 0.3, 0.2)
    for column in ("rule", "noise", *(f"true success {rate}" for rate in rates)):
        table.add_column(column, justify="right")
    rules = {
        "posterior, base rate 0.5": product_rule("posterior", 0.5),
        "posterior, base rate 0.2": product_rule("posterior", 0.2),
        "reference": product_rule("reference", 0.5),
    }
    for name, noise in product(rules, NOISES):
        shares = [archived_share(rules[name], rate, noise=noise) for rate in rates]
        table.add_row(name, f"{noise:.0%}", *(f"{share:.1%}" for share in shares))
    Console(width=130).print(table)


def plot(results: Sequence[Result], path: Path) -> None:
    """Success in a moving window, a panel for each setting; the band is one standard deviation over seeds."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "updates"
    from matplotlib import pyplot

    settings = list(dict.fromkeys(result.setting for result in results))
    figure, axes = pyplot.subplots(1, len(settings), figsize=(4 * len(settings) + 2, 4), sharey=True, squeeze=False)
    for panel, setting in zip(axes[0], settings, strict=True):
        for arm in dict.fromkeys(result.arm for result in results):
            runs = [r.successes for r in results if (r.arm, r.setting) == (arm, setting)]
            window = min(WINDOW, len(runs[0]))
            curves = np.array([np.convolve(run, np.ones(window) / window, mode="valid") for run in runs])
            x, mean, spread = np.arange(curves.shape[1]) + window, curves.mean(axis=0), curves.std(axis=0)
            some = slice(None, None, max(1, len(x) // 80))
            panel.plot(x[some], mean[some], label=arm, linewidth=2 if arm == OURS else 1)
            panel.fill_between(x[some], (mean - spread)[some], (mean + spread)[some], alpha=0.15)
        panel.set_title(setting)
        panel.set_xlabel("tasks")
    axes[0][0].set_ylabel(f"share of the last {WINDOW} tasks that succeeded")
    axes[0][-1].legend(fontsize="small", loc="center left", bbox_to_anchor=(1.02, 0.5))
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
