"""Other memory servers beside this one: `python bench/peers.py [--items 500] [--queries 40] [--venvs FOLDER]`. Uses the network.

Each is installed from PyPI into an environment of its own and run in an empty home with the settings that its documentation
gives, over stdio. All are given the same procedures and asked the same questions (bench/store.py), one after the other: CPU to
the answer of `initialize`, p50 and CPU of a recall, how often the procedure that is meant is among the first three, and the
disk that the home takes.

skillmem              searches by words (BM25), on the older SDK
mcp-memory-service    is not here: it needs a Python whose sqlite3 loads extensions, and its ONNX model comes from a hub
total-agent-memory    searches by words (FTS5); by meaning as well where a model is set up, which needs a hub
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from memory import ready
from rows import Row
from startup import BARE, SERVE, at_home, handshake
from stdio import Server
from store import Text
from table import show

FIRST = 3


class Call(NamedTuple):
    """A call of a tool."""

    tool: str
    arguments: Mapping[str, Any]


class Peer(NamedTuple):
    """A server: how it is started, and what storing a procedure and asking for one are called."""

    name: str
    package: str
    command: Sequence[str]
    """A program of its environment, and arguments."""

    store: Callable[[int], Call]
    recall: Callable[[str], Call]
    mark: Callable[[int, str], str]
    """What stands in an answer that has the procedure of a number, by that and what was answered when it was stored."""

    ready: Callable[[Server], None] = lambda server: None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--runs", type=int, default=5, help="starts of each server")
    parser.add_argument("--venvs", type=Path, help="where environments are kept, and found again")
    show(rows(**vars(parser.parse_args())))


def rows(items: int = 500, queries: int = 40, runs: int = 5, venvs: Path | None = None) -> list[Row]:
    """The rows of each server."""
    with tempfile.TemporaryDirectory() as folder:
        commands = {OURS.name: SERVE}
        for peer in PEERS:
            environment = installed((venvs or Path(folder)) / peer.name, peer.package)
            commands[peer.name] = [environment / "bin" / peer.command[0], *peer.command[1:]]
        starts = started({**commands, "bare SDK server": [sys.executable, "-c", BARE]}, runs, Path(folder))
        asked = [
            row
            for peer in (OURS, *PEERS)
            for row in used(peer, commands[peer.name], items, queries, Path(folder, f"{peer.name}-home"))
        ]
    return [*starts, *asked]


def installed(folder: Path, package: str) -> Path:
    """An environment with a package."""
    if not folder.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", package], check=True)
    return folder


def started(commands: Mapping[str, Sequence[str | Path]], runs: int, folder: Path) -> list[Row]:
    """CPU of each until it answers, in turns, without a warm-up round."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            home = at_home(os.environ, folder / f"{name}-start{run}")
            taken[name].append(handshake(list(command), home)[1])
    return [
        Row(f"{name}: CPU to the answer of initialize", statistics.median(seconds[1:]), "s")
        for name, seconds in taken.items()
    ]


def used(peer: Peer, command: Sequence[str | Path], items: int, queries: int, home: Path) -> list[Row]:
    """The rows of a memory of so many procedures."""
    seconds, cpu, found = list[float](), list[float](), 0
    with Server(command, at_home(os.environ, home), home) as server:
        server.begin()
        marks = [peer.mark(number, ask(server, peer.store(number))) for number in range(items)]
        peer.ready(server)
        for query in range(queries):
            number = query * items // queries
            call = peer.recall(Text(number).task.replace("before", "until"))
            begin, before = time.perf_counter(), server.cpu()
            answer = ask(server, call)
            seconds.append(time.perf_counter() - begin)
            cpu.append(server.cpu() - before)
            found += marks[number] in answer
    disk = sum(path.stat().st_blocks * 512 for path in home.rglob("*") if path.is_file()) / 1e6
    what = f"{peer.name}, {items} procedures:"
    return [
        Row(f"{what} recall, p50", 1000 * statistics.median(seconds), "ms"),
        Row(f"{what} CPU of a recall", 1000 * statistics.median(cpu), "ms"),
        Row(f"{what} the one that is meant among the first {FIRST}", found / queries),
        Row(f"{what} disk of the home, with a model that was made there", disk, "MB"),
    ]


def ask(server: Server, call: Call) -> str:
    return server.call(call.tool, **call.arguments)


def _record(number: int) -> Call:
    run = Text(number).run()
    steps = [f"{step.action} -> {step.observation}" for step in run.steps]
    return Call("record_trajectory", {"task": run.task, "steps": steps, "outcome": "success", "evidence": "check: ok"})


def _save(number: int) -> Call:
    run = Text(number).run()
    steps = "\n".join(f"{step.action} -> {step.observation}" for step in run.steps)
    return Call("memory_save", {"content": f"{run.task}\n{steps}\nskill-{number}-end", "type": "solution"})


def _learn(number: int) -> Call:
    run = Text(number).run()
    steps = "\n".join(f"{step.action} -> {step.observation}" for step in run.steps)
    named = {"slug": f"skill-{number}-end", "title": run.task, "trigger": run.task}
    return Call("mem_learn", {**named, "steps": steps, "outcome": "success"})


def _id_of(answer: Mapping[str, str]) -> str:
    return f'"id":"{answer.get("created") or answer["merged"]}"'


def _marked(number: int, _: str) -> str:
    return f"skill-{number}-end"


OURS = Peer(
    "memp", "", (), _record, lambda task: Call("recall_procedure", {"task": task, "limit": FIRST}),
    lambda _, answer: _id_of(json.loads(answer)), ready,
)  # fmt: skip

PEERS = (
    Peer("skillmem", "skillmem==0.13.0", ("skillmem-mcp",), _learn,
         lambda task: Call("mem_recall", {"query": task, "limit": FIRST, "auto_reinforce": False}), _marked),
    Peer("total-agent-memory", "total-agent-memory==14.9.0", ("total-agent-memory",), _save,
         lambda task: Call("memory_recall", {"query": task, "limit": FIRST}), _marked),
)  # fmt: skip


if __name__ == "__main__":
    main()
