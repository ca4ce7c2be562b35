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
from stdio import Server
from table import show

from memp.config import open_memory, read_settings
from memp.light.local_socket import alive

ERROR = "ModuleNotFoundError: No module named 'frobnicate'"
VERBS = "fix build test deploy rename document profile port remove migrate".split()
THINGS = "parser importer scheduler cache index server client renderer installer logger".split()
BARE = "bare Python"
TASK = "prompt: a task"
KEYWORDS = "Matched by keywords only"
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
    show(rows(**vars(parser.parse_args())))


def rows(runs: int = 9, pitfalls: int = 500, model: str = "hashing", no_server: bool = False) -> list[Row]:
    """Each call of a hook, by a bare start of Python."""
    for part in ("memp", "server", "clients"):
        compileall.compile_dir(ROOT / part, quiet=2)
    # What a session's end left to do is done behind it, and may still write.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {**kept, "MEMP_DB": f"{folder}/memory.sqlite3", "MEMP_MODEL": model}
        fill(Path(folder, "memory.sqlite3"), model, pitfalls)
        with nullcontext() if no_server else server(environment):
            seconds = measured(calls(), environment, runs)
    medians = {name: 1000 * statistics.median(figures) for name, figures in seconds.items()}
    bare = medians.pop(BARE)
    return [
        Row(f"{BARE}, CPU", bare, "ms"),
        *(row for name, middle in medians.items() for row in rows_of(name, middle, bare)),
    ]


def rows_of(name: str, middle: float, bare: float) -> list[Row]:
    """One call of a hook by a bare start of Python, both in milliseconds of CPU."""
    goal = ASKED if name == TASK else NOTHING_EMBEDDED
    return [Row(f"memp hook, {name} / bare Python", middle / bare, goal=f"<= {goal:.1f}"), Row("... CPU", middle, "ms")]


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
        TASK: ([*hook, "prompt"], {**prompt, "prompt": "fix the failing test of the parser"}),
    }


@contextmanager
def server(environment: dict[str, str]) -> Generator[None]:
    """A server of the memory, once it answers hooks and its model is loaded."""
    with Server([sys.executable, "-m", "memp_clients.cli", "serve"], environment) as process:
        process.begin()
        while KEYWORDS in process.call("recall_procedure", task="fix the parser") or not alive(
            Path(environment["MEMP_DB"])
        ):
            time.sleep(0.1)
        yield


def measured(called: Calls, environment: dict[str, str], runs: int) -> dict[str, list[float]]:
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
    before = cpu_of_children()
    subprocess.run(command, env=environment, input=stdin, stdout=subprocess.DEVNULL, check=True)
    return cpu_of_children() - before


def cpu_of_children() -> float:
    """CPU seconds of the processes that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
