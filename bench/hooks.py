"""CPU cost of a hook: CPU seconds of `memp hook`, against a bare start of Python.

    python bench/hooks.py [--runs 9] [--pitfalls 500] [--model hashing] [--no-server]

Each run is a process of its own, started by the command that `memp connect` writes, with its bytecode kept as where pip
installed it; the calls take turns, so that the ratio holds on a busy machine. The memory has as many procedures as pitfalls. A
prompt is asked of a server that runs meanwhile, with --model (a compiled one, see `memp setup`) by that; its own CPU is not
counted. With --no-server there is none, and a prompt is looked up by its words.
"""

import argparse
import compileall
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from uuid import uuid4

from rows import Row
from startup import INITIALIZE

from memp.config import open_memory, read_settings
from memp.light.local_socket import alive

ERROR = "ModuleNotFoundError: No module named 'frobnicate'"
VERBS = "fix build test deploy rename document profile port remove migrate".split()
THINGS = "parser importer scheduler cache index server client renderer installer logger".split()
BARE = "bare Python"
SERVED = "prompt: a task"
"""The one call that asks a server, or looks up by words where there is none."""

NOTHING_EMBEDDED, ASKED = 45 / 14, 120 / 14
"""The goals in units of a bare start of Python, which took 14 ms where they were set."""

ROOT = Path(__file__).resolve().parent.parent

Calls = dict[str, tuple[list[str], dict[str, str]]]
"""Name to (arguments of a process, payload)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--pitfalls", type=int, default=500)
    parser.add_argument("--model", default="hashing")
    parser.add_argument("--no-server", action="store_true")
    options = parser.parse_args()
    seconds = measured(options.runs, options.pitfalls, options.model, alone=options.no_server)
    print(f"{'':22}{'CPU, ms':>9}{'least':>8}{'most':>8}{'ratio':>8}   (median of {options.runs}, after one warm-up)")
    bare = statistics.median(seconds[BARE])
    for name, figures in seconds.items():
        middle = statistics.median(figures)
        print(f"{name:22}{middle * 1e3:9.0f}{min(figures) * 1e3:8.0f}{max(figures) * 1e3:8.0f}{middle / bare:8.1f}")


def rows(runs: int = 9, pitfalls: int = 500) -> list[Row]:
    """Each call of a hook, by a bare start of Python."""
    seconds = measured(runs, pitfalls, "hashing")
    bare = statistics.median(seconds.pop(BARE))
    return [
        Row(
            f"CPU of `memp hook`, {name} / bare Python ({bare * 1e3:.0f} ms)",
            statistics.median(figures) / bare,
            goal=f"<= {ASKED if name == SERVED else NOTHING_EMBEDDED:.1f}",
        )
        for name, figures in seconds.items()
    ]


def measured(runs: int, pitfalls: int, model: str, *, alone: bool = False) -> dict[str, list[float]]:
    """CPU seconds of each call on a new memory, which a server serves unless it is `alone`."""
    for part in ("memp", "server", "clients"):
        compileall.compile_dir(ROOT / part, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {**kept, "MEMP_DB": f"{folder}/memory.sqlite3", "MEMP_MODEL": model}
        fill(Path(folder, "memory.sqlite3"), model, pitfalls)
        with nullcontext() if alone else server(environment):
            return repeated(calls(), environment, runs)


def calls() -> Calls:
    """Each kind of call: the arguments of its process, and the payload on stdin."""
    base = {"session_id": "s", "cwd": "/home/me/parser", "transcript_path": ""}
    failed = {**base, "hook_event_name": "PostToolUseFailure", "tool_name": "Bash"}
    prompt = {**base, "hook_event_name": "UserPromptSubmit"}
    hook = [str(Path(sys.executable).with_name("memp")), "hook", "claude-code"]
    return {
        BARE: (["-c", "pass"], {}),
        "tool: a known error": ([*hook, "tool"], {**failed, "error": f"Exit code 1\n{ERROR}"}),
        "tool: another error": ([*hook, "tool"], {**failed, "error": "Exit code 2\nsegmentation fault"}),
        "tool, as Cursor": (
            [*hook[:-1], "cursor", "tool"],
            {**failed, "tool_output": json.dumps({"exitCode": 1, "stdout": ERROR}), "tool_use_id": "1"},
        ),
        "start": ([*hook, "start"], {**base, "hook_event_name": "SessionStart"}),
        "end": ([*hook, "end"], {**base, "hook_event_name": "SessionEnd"}),
        'prompt: "go on"': ([*hook, "prompt"], {**prompt, "prompt": "go on"}),
        SERVED: ([*hook, "prompt"], {**prompt, "prompt": "fix the failing test of the parser"}),
    }


@contextmanager
def server(environment: dict[str, str]) -> Generator[None]:
    """A server of the memory, once it answers hooks and its model is loaded."""
    command = [sys.executable, "-m", "memp_clients.cli", "serve"]
    db = Path(environment["MEMP_DB"])
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        recall = {"name": "recall_procedure", "arguments": {"task": "fix the parser"}}
        for message in (INITIALIZE, {"jsonrpc": "2.0", "method": "notifications/initialized"}):
            process.stdin.write(json.dumps(message).encode() + b"\n")
        answer = "Matched by keywords only"
        while answer.count("Matched by keywords only") or not alive(db):
            call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": recall}
            process.stdin.write(json.dumps(call).encode() + b"\n")
            process.stdin.flush()
            while '"id":2' not in (answer := process.stdout.readline().decode()):
                pass
            time.sleep(0.1)
        yield
        process.stdin.close()


def repeated(called: Calls, environment: dict[str, str], runs: int) -> dict[str, list[float]]:
    """CPU seconds of each call, without those of the warm-up round."""
    seconds: dict[str, list[float]] = {name: [] for name in called}
    for _ in range(runs + 1):
        for name, (arguments, payload) in called.items():
            # Another session each time, since nothing is offered twice in one.
            stdin = json.dumps({**payload, "session_id": str(uuid4())}).encode() if payload else b""
            seconds[name].append(spent([sys.executable, *arguments], environment, stdin))
    return {name: figures[1:] for name, figures in seconds.items()}


def fill(db: Path, model: str, count: int) -> None:
    """A memory of so many procedures and pitfalls, one of them that of ERROR."""
    memory, chance = open_memory(read_settings(db=db, model=model)), random.Random(0)
    for number in range(count):
        task = f"{chance.choice(VERBS)} the {chance.choice(THINGS)} of module {number}"
        memory.record(
            task, [f"Bash: make step{number} -> ok", "Bash: make test -> ok"], "success", evidence="check: make"
        )
        memory.reflect(task, ["a -> b"], f"Error {number}: {chance.choice(THINGS)} broke", lesson="mend it")
    memory.reflect("run it", ["a -> b"], ERROR, lesson="install it")
    memory.close()


def spent(command: list[str], environment: dict[str, str], stdin: bytes) -> float:
    """The CPU seconds of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, input=stdin, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
