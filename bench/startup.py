"""Start-up: the CPU of a server until it answers the handshake, and until its first recall by meaning, in turns with a bare one.

    python bench/startup.py [--runs 5] [--model NAME]

The bare server has three empty tools on the same SDK. Each run starts a fresh process; the servers take turns, so that the
ratios hold on a busy machine. CPU seconds are those of the process and its children up to its answer. The first recall by
meaning is measured with the model compiled, and in an empty home, where it is compiled first; what is recorded there shares no
word with what is asked.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from rows import Row
from stdio import CLIENT, Server
from table import show

from memp.config import read_settings
from memp.embed.load import HASHING, compile_model

BARE = """
from mcp.server import MCPServer
server = MCPServer("bare")
for name in ("one", "two", "three"):
    server.add_tool(lambda: None, name=name, description="")
server.run("stdio")
"""
SERVE: list[str | Path] = [sys.executable, "-m", "memp_clients.cli", "serve"]
RECORD = {
    "task": "Add a column to a large Postgres table without locking it",
    "steps": ["ALTER TABLE orders ADD COLUMN region text -> ok", "backfill in batches of 1000 -> ok"],
    "outcome": "success",
    "evidence": "check: a test inserts a row",
}
RECALL = {"task": "Put one more field into a huge PostgreSQL relation while it is in use"}
WAIT = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--model", help="the embedding model; by default the configured one")
    show(rows(**vars(parser.parse_args())))


def rows(runs: int = 5, model: str | None = None) -> list[Row]:
    """The rows of a start."""
    model = model or read_settings().model
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "MEMP_DB": f"{folder}/memory.sqlite3", "MEMP_MODEL": model}
        ways: dict[str, Callable[[int], tuple[float, float]]] = {
            "bare": lambda _: handshake([sys.executable, "-c", BARE], environment),
            "memp": lambda _: handshake(SERVE, environment),
        }
        if model != HASHING:  # Which knows no meaning.
            compile_model(model, read_settings().cache)
            ways["meaning"] = lambda _: first_recall(SERVE, environment)
            ways["fresh"] = lambda run: first_recall(SERVE, at_home(environment, Path(folder, f"home{run}")))
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for run in range(runs + 1):
            for name, way in ways.items():
                taken[name].append(way(run))
    return list(_rows_of(taken))


def _rows_of(taken: Mapping[str, Sequence[tuple[float, float]]]) -> Iterator[Row]:
    # Without the warm-up.
    seconds, cpu = (
        {name: statistics.median(pair[place] for pair in pairs[1:]) for name, pairs in taken.items()}
        for place in (0, 1)
    )
    yield Row("CPU to the answer of initialize / bare SDK server", cpu["memp"] / cpu["bare"], "", "< 1.0")
    yield Row("seconds to the answer of initialize / bare SDK server", seconds["memp"] / seconds["bare"])
    yield Row("CPU to the answer of initialize", cpu["memp"], "s")
    if "meaning" in taken:
        what = "CPU from spawn to the first recall by meaning / bare SDK server"
        yield Row(what, cpu["meaning"] / cpu["bare"], "", "<= 1.7")
        yield Row("CPU from a fresh home to the first recall by meaning", cpu["fresh"], "s", "<= 3")


def at_home(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """The environment in an empty home."""
    home.mkdir()
    kept = {name: value for name, value in environment.items() if not name.startswith(("XDG_", "MEMP_HOME"))}
    return {**kept, "HOME": str(home), "MEMP_DB": str(home / "memory.sqlite3")}


def handshake(command: list[str | Path], environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds and CPU seconds of a new server until it answers; what it does behind the answer, or at its end, is not counted."""
    begin = time.perf_counter()
    with Server(command, environment) as server:
        assert server.ask("initialize", **CLIENT)["serverInfo"]
        return time.perf_counter() - begin, cpu_of(server)


def first_recall(
    command: list[str | Path], environment: Mapping[str, str], folder: Path | None = None
) -> tuple[float, float]:
    """Seconds and CPU seconds of a new server until a recall goes by meaning."""
    begin = time.perf_counter()
    with Server(command, environment, folder) as server:
        server.begin()
        server.call("record_trajectory", **RECORD)
        while not by_meaning(server.call("recall_procedure", **RECALL)):
            if time.perf_counter() - begin > WAIT:
                sys.exit(f"No recall went by meaning within {WAIT:.0f} s.")
            time.sleep(0.1)
        return time.perf_counter() - begin, cpu_of(server)


def by_meaning(answer: str) -> bool:
    """Whether the procedure was matched by its vector: its task shares no word with the one that was recorded."""
    return bool(json.loads(answer)["matches"]) and "keyword" not in answer.lower()


def cpu_of(server: Server) -> float:
    """CPU seconds of a server so far, its ended threads and children included (Linux)."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
