"""All rows of performance in one run, as a page: `make bench`, or

    python bench/everything.py [--small] [--most 10000] [--only startup search] [--keep FOLDER] [--network] [--out FILE]

Each part runs in a process of its own, one after the other, and by itself with the command that stands above its rows. Figures
are medians of the rounds of a part, with the least and the most. With --small all parts are tried in a minute, without a
model: that they run, not what they say. With --most, memories of more procedures or keys are left out: the largest take longer
than all else. --network adds what installs packages: an installation, and other servers.
"""

import argparse
import multiprocessing
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from rows import Row
from shortfalls import SHORTFALLS
from table import show

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "performance.md"
PACKAGES = ("memp", "mcp", "numpy", "onnxruntime", "apsw", "sqlite-vec")


class Part(NamedTuple):
    """A bench: the module whose `rows` gives its rows, and what that is called with, which are also its options."""

    module: str
    whole: Mapping[str, Any] = {}
    small: Mapping[str, Any] | None = {}
    """None where it is not tried in the small run."""

    rounds: int = 1
    kept: bool = False
    """Whether it takes the folder where memories are kept."""

    network: bool = False


TINY: Mapping[str, Any] = {"model": "hashing"}

PARTS = (
    Part("startup", {"runs": 5}, {"runs": 1, **TINY}, rounds=3),
    Part("hooks", {"runs": 9}, {"runs": 1, "pitfalls": 3}, rounds=2),
    Part("embed", {}, None),
    Part("calls", {}, {"procedures": 3, "calls": 2, **TINY}),
    Part("joining", {}, {"steps": [8, 16], "rounds": 1}),
    Part("recording", {"sizes": [1_000, 10_000]}, {"sizes": [12], "calls": 2, **TINY}, kept=True),
    Part("writers", {}, {"processes": 2, "calls": 2, **TINY}),
    Part("bulk_import", {"sizes": [500, 2_000]}, {"sizes": [6, 12], **TINY}),
    Part("recalls", {"memories": ["1000-1", "10000-1", "100000-1", "100000-100"]},
         {"memories": ["40-1", "40-2"], "calls": 4, **TINY}, kept=True),
    Part("store", {"sizes": [1_000, 10_000, 100_000]},
         {"sizes": [60], "projects": 3, "calls": 3, **TINY}, kept=True),
    Part("search", {"sizes": [100_000, 1_000_000]}, {"sizes": [100, 17_000], "real": 300, "queries": 5, **TINY}, kept=True),
    Part("memory", {"recalls": 2_000, "mixed": 1_500}, {"recalls": 3, "procedures": [5], "mixed": 4, **TINY}, kept=True),
    Part("slim", {}, None, network=True),
    Part("peers", {}, None, network=True),
)  # fmt: skip


class Figure(NamedTuple):
    """A row over some rounds."""

    row: Row
    values: tuple[float, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="try all parts in a minute, and write nothing")
    parser.add_argument("--most", type=int, help="leave out memories of more procedures or keys than this")
    parser.add_argument("--only", nargs="+", metavar="PART", choices=[part.module for part in PARTS])
    parser.add_argument("--keep", type=Path, help="where memories and vectors are kept, and found again")
    parser.add_argument("--network", action="store_true", help="also what installs packages")
    parser.add_argument("--out", type=Path, help=f"the page; by default {OUT.relative_to(ROOT)}, but for --small")
    options = parser.parse_args()
    begin, load = time.monotonic(), os.getloadavg()
    out = options.out or (None if options.small else OUT)
    sections: list[str] = []
    for part in PARTS:
        if (part.network and not options.network) or (options.only and part.module not in options.only):
            continue
        arguments = part.small if options.small else limited(part.whole, options.most)
        if arguments is not None:
            print(f"\n{command(part, arguments)}", flush=True)
            kept = {"keep": options.keep} if part.kept and options.keep else {}
            figures = measured(part, {**arguments, **kept}, 1 if options.small else part.rounds)
            show(figure.row for figure in figures)
            sections.append(section(command(part, arguments), figures))
            if out:  # After each part, as the largest may be cut off.
                out.write_text("\n".join([head(time.monotonic() - begin, load), *sections]), encoding="utf-8")


def limited(arguments: Mapping[str, Any], most: int | None) -> Mapping[str, Any] | None:
    """Arguments without the sizes above `most`; None where none is left."""
    sizes = {name: arguments[name] for name in ("sizes", "memories") if name in arguments}
    kept = {name: [one for one in values if most is None or size_of(one) <= most] for name, values in sizes.items()}
    return {**arguments, **kept} if all(kept.values()) else None


def size_of(one: int | str) -> int:
    """The procedures or keys of a size, which may be "1000-10": so many in so many scopes."""
    return int(str(one).split("-")[0])


def measured(part: Part, arguments: Mapping[str, Any], rounds: int) -> list[Figure]:
    """The rows of a part, each over some rounds."""
    found: list[list[Row]] = []
    for _ in range(rounds):
        # A process of its own, so that none finds the memory of the others.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            found.append(pool.submit(rows_of, part.module, arguments).result())
    figures = [(rows[0], tuple(row.value for row in rows)) for rows in zip(*found, strict=True)]
    return [Figure(row._replace(value=statistics.median(values)), values) for row, values in figures]


def rows_of(module: str, arguments: Mapping[str, Any]) -> list[Row]:
    return list(import_module(module).rows(**arguments))


def command(part: Part, arguments: Mapping[str, Any]) -> str:
    """The command that runs a part alone."""
    words = [f"python bench/{part.module}.py"]
    for name, value in arguments.items():
        values = value if isinstance(value, list) else [value]
        words.append(" ".join([f"--{name.replace('_', '-')}", *(str(one) for one in values)]))
    return " ".join(words)


def met(row: Row) -> bool:
    """Whether a row reaches its goal."""
    sign, bound = row.goal.split()
    return {
        "<": row.value < float(bound), "<=": row.value <= float(bound), ">=": row.value >= float(bound),
    }[sign]  # fmt: skip


def section(title: str, figures: Sequence[Figure]) -> str:
    lines = [f"## `{title}`", "", "| what | figure | aim | |", "|---|--:|--:|---|", *map(line, figures)]
    return "\n".join([*lines, ""])


def line(figure: Figure) -> str:
    row, values = figure
    spread = f" ({number(min(values))} to {number(max(values))})" if len(values) > 1 else ""
    said = "" if not row.goal else "met" if met(row) else f"**not met.** {SHORTFALLS.get(row.what, '')}".strip()
    return f"| {row.what} | {number(row.value)}{' ' * bool(row.unit)}{row.unit}{spread} | {row.goal} | {said} |"


def number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def head(seconds: float, load: Sequence[float]) -> str:
    """The machine, the load, the time, and the versions."""
    commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, text=True).strip()
    changed = subprocess.check_output(
        ["git", "status", "--porcelain", "memp", "server", "clients"], cwd=ROOT, text=True
    )
    loads = [" ".join(f"{one:.1f}" for one in three) for three in (load, os.getloadavg())]
    return f"""# Performance

Made by `make bench` in one run (`bench/everything.py`); the head of each part says what it measures.
Ratios are of what was measured in turns on one machine, and vary less than milliseconds do, which depend on what else it does.

What the figures do not say: procedures are made-up texts of one pattern, and so are most vectors (`bench/store.py`); a search is
held against an exact one of float vectors, and preselects by bits above 16,384 keys (`bench/search.py`); hooks are measured with
the hashing embedder; the peers run with the settings of their documentation, where they search by words, as their models come
from a hub, and ours has its model and is waited for; all that is timed begins with the bytecode written.

- machine: {processor()}, {os.cpu_count()} cores (shared with other work), {platform.system()} {platform.machine()}
- load before and after: {loads[0]}; {loads[1]}
- date: {datetime.now(UTC):%Y-%m-%d}, {seconds / 60:.0f} minutes
- commit: {commit}{" and changes to it" if changed.strip() else ""}
- versions: Python {platform.python_version()}, {", ".join(f"{name} {version(name)}" for name in PACKAGES)}
"""


def processor() -> str:
    """The processor's name (Linux), or its architecture."""
    cpus = Path("/proc/cpuinfo")
    names = (
        [text.split(":")[1] for text in cpus.read_text().splitlines() if text.startswith("model name")]
        if cpus.exists()
        else []
    )
    return names[0].strip() if names else platform.machine()


if __name__ == "__main__":
    main()
