"""Resident memory of the server over many calls (Linux).

    python bench/memory.py [--recalls 20000] [--procedures 50 10000] [--mixed 1500] [--keep FOLDER]

A server over stdio in a home of its own, with the configured model, asked by a client as an agent's host does. Three kinds:
recalls over a memory of few procedures, over one of many (made as in bench/store.py), and records and recalls in turns. Each
is given as a whole, after a tenth of the calls, so that what grows shows, and by its parts: anonymous pages are the process's
own, the others are of files, which all processes share.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rows import Row
from stdio import Server
from store import Text, filled
from table import show

from memp.config import read_settings
from memp.embed.load import open_embedder

QUERIES = 997
MIB = 1024
GOALS = {50: "<= 180", 10_000: "<= 250"}
MIXED_GOAL = "<= 250"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recalls", type=int, default=2_000)
    parser.add_argument("--procedures", type=int, nargs="+", default=[50, 10_000])
    parser.add_argument(
        "--mixed", type=int, default=1_500, help="calls of which every second records a run of 20 steps"
    )
    parser.add_argument("--model", help="the embedding model; by default the configured one")
    parser.add_argument("--keep", type=Path, help="where memories are kept, and found again")
    show(rows(**vars(parser.parse_args())))


def rows(
    recalls: int = 2_000, procedures: Sequence[int] = (50, 10_000), mixed: int = 1_500, model: str | None = None,
    keep: Path | None = None,
) -> list[Row]:  # fmt: skip
    """Resident memory after so many calls."""
    settings = read_settings()
    embedder = open_embedder(model or settings.model, settings.cache)
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in procedures:
            path = filled((keep or Path(folder)) / f"{size}-1.sqlite3", size, 1, embedder)
            found += resident(
                f"{recalls:,} recalls over {size:,} procedures", path, model, recalls,
                lambda server, number, size=size: recall(server, number, size), GOALS.get(size, ""),
            )  # fmt: skip
        path = Path(folder, "mixed.sqlite3")
        found += resident(f"{mixed:,} calls, every second a record", path, model, mixed, in_turns, MIXED_GOAL)
    return found


def resident(
    what: str, path: Path, model: str | None, calls: int, call: Callable[[Server, int], None], goal: str
) -> list[Row]:  # fmt: skip
    """Memory of a server that is called so often."""
    environment = {**os.environ, "MEMP_DB": str(path), **({"MEMP_MODEL": model} if model else {})}
    with Server([sys.executable, "-m", "memp_clients.cli", "serve"], environment) as server:
        server.begin()
        ready(server)
        early = None
        for number in range(calls):
            call(server, number)
            if number == calls // 10:
                early = pages(server.pid)
        whole, anonymous, files = pages(server.pid)
    assert early
    return [
        Row(f"resident after {what}", whole, "MiB", goal),
        Row("... beyond that after a tenth of them", whole - early[0], "MiB"),
        Row("... of it anonymous", anonymous, "MiB"),
        Row("... of it of files", files, "MiB"),
    ]


def ready(server: Server) -> None:
    """Wait for the model."""
    while "keyword" in server.call("recall_procedure", task=Text(0).task).lower():
        time.sleep(0.1)


def recall(server: Server, number: int, size: int) -> None:
    task = Text(number % QUERIES * 7919 % size).task
    server.call("recall_procedure", task=f"{task} {number}")


def in_turns(server: Server, number: int) -> None:
    run = Text(number // 2).run()
    if number % 2:
        server.call("recall_procedure", task=f"{run.task} {number}")
    else:
        steps = [step.model_dump() for step in run.steps]
        server.call("record_trajectory", task=run.task, steps=steps, outcome="success", evidence="check: tests pass")


def pages(pid: int) -> tuple[float, float, float]:
    """MiB that are resident: all, anonymous, of files."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    whole, anonymous, files = (int(status[name].split()[0]) / MIB for name in ("VmRSS", "RssAnon", "RssFile"))
    return whole, anonymous, files


if __name__ == "__main__":
    main()
