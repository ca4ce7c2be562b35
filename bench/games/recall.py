"""Retrieval accuracy on ALFWorld's tasks: does recall bring a procedure of the right task type? Then the same over MCP.

    python bench/games/recall.py --data FOLDER

FOLDER holds `expert_train.jsonl.gz` (rollouts of the ALFWorld train split) and `games.jsonl.xz`. The rollouts are
imported twice by the `memp import` command into a memory of their own (the second run must add nothing); then each
`valid_seen` task is recalled with each strategy. A game's folder name says its task type; it is used only to judge.
"""

import argparse
import collections
import json
import lzma
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from rich.console import Console
from rich.table import Table

from memp.config import open_memory, read_settings
from memp.retrieve.strategies import STRATEGIES, Strategy

Types = Mapping[int, str]


@dataclass(frozen=True)
class Shares:
    """Of the tasks looked up: how many got a procedure of their type, how many none, and the seconds for all."""

    right: int
    silent: int
    tasks: int
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder with the two files")
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "memory.sqlite3"
        for attempt in ("first", "second"):
            print(f"{attempt} import: {json.dumps(imported(db, data / 'expert_train.jsonl.gz'))}")
        tasks = tasks_of(data / "games.jsonl.xz", "valid_seen")
        types = procedure_types(db)
        mixed = collections.Counter(types.values())
        print(f"procedures by task type: {dict(mixed)}")
        table = Table(title=f"right task type at rank 1, {len(tasks)} valid_seen tasks")
        for column in ("strategy", "right", "share", "nothing applicable", "seconds"):
            table.add_column(column, justify="left" if column == "strategy" else "right")
        rows = [(name, recalled(db, tasks, types, name)) for name in STRATEGIES]
        rows.append(("hybrid, over MCP (stdio)", anyio.run(recalled_over_mcp, db, tasks, types)))
        for name, shares in rows:
            share = f"{shares.right / shares.tasks:.3f}"
            table.add_row(name, str(shares.right), share, str(shares.silent), f"{shares.seconds:.2f}")
        Console(width=100).print(table)


def imported(db: Path, rollouts: Path) -> dict[str, object]:
    """The summary of `memp import`, run as a command."""
    command = [sys.executable, "-m", "memp_clients.cli", "--db", str(db), "--json", "import", str(rollouts)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    summary: dict[str, object] = json.loads(done.stdout)
    return {k: summary[k] for k in ("read", "added", "merged", "known", "skipped", "embedded", "seconds")}


def tasks_of(games: Path, split: str) -> list[tuple[str, str]]:
    """(task, type) of each game of a split."""
    with lzma.open(games, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [(row["task"], _type(row["game"])) for row in rows if row["game"].startswith(f"{split}/")]


def procedure_types(db: Path) -> Types:
    """The task type that most of a procedure's source runs have."""
    memory = open_memory(read_settings(db=db, model="hashing", read_only=True))
    types: dict[int, str] = {}
    for procedure in memory.store.procedures():
        runs = [memory.store.trajectory(i) for i in procedure.trajectories]
        count = collections.Counter(_type(run.provenance.source or "/") for run in runs)
        types[procedure.id] = count.most_common(1)[0][0]
    memory.close()
    return types


def recalled(db: Path, tasks: Sequence[tuple[str, str]], types: Types, strategy: Strategy) -> Shares:
    memory = open_memory(read_settings(db=db, retrieve=strategy, read_only=strategy != "facts"))
    if strategy == "facts":
        memory.embed_pending()  # Vectors of key facts, which no other strategy asks for.
    begin = time.perf_counter()
    recalls = [memory.recall(task).matches for task, _ in tasks]
    seconds = time.perf_counter() - begin
    memory.close()
    right = sum(bool(m) and types[m[0].procedure.id] == kind for m, (_, kind) in zip(recalls, tasks, strict=True))
    return Shares(right, sum(not m for m in recalls), len(tasks), seconds)


async def recalled_over_mcp(db: Path, tasks: Sequence[tuple[str, str]], types: Types) -> Shares:
    """The same through the server as a subprocess and the real client."""
    environment = {**os.environ, "MEMP_DB": str(db)}
    server = StdioServerParameters(command=sys.executable, args=["-m", "memp_server"], env=environment)
    right = silent = 0
    async with Client(stdio_client(server)) as client:
        for _ in range(3000):
            reply = (await client.call_tool("recall_procedure", {"task": "warm up"})).structured_content or {}
            if "notes" not in reply:
                break
            await anyio.sleep(0.1)
        begin = time.perf_counter()
        for task, kind in tasks:
            reply = (await client.call_tool("recall_procedure", {"task": task})).structured_content or {}
            matches = reply["matches"]
            silent += not matches
            right += bool(matches) and types[int(matches[0]["id"][1:])] == kind
        seconds = time.perf_counter() - begin
    return Shares(right, silent, len(tasks), seconds)


def _type(game: str) -> str:
    return game.split("/")[1].split("-")[0]


if __name__ == "__main__":
    main()
