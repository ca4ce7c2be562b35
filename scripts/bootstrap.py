"""Set memp up in .venv beside this repository: `python3 scripts/bootstrap.py [--dev | --slim]`.

What it installs stands in requirements/, each package at one version and with the hashes of its files, which pip checks. Only
torch does not: on Linux without an NVIDIA driver a CPU build of it is taken, where a plain `pip install torch` would bring
several gigabytes of CUDA. --slim sets up memp-slim, which needs no torch (slim/README.md). Needs Python 3.11 to 3.14 and
nothing else; run it again to update.
"""

import argparse
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TORCH = "2.13.0"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", action="store_true", help="also what the tests and checks need")
    parser.add_argument(
        "--slim", action="store_true", help="memp-slim: what an agent's memory needs to run, without torch"
    )
    options = parser.parse_args()
    if options.dev and options.slim:
        parser.error("the tests need the whole of memp: choose --dev or --slim")
    if not (3, 11) <= sys.version_info[:2] <= (3, 14):
        return fail(f"memp needs Python 3.11 to 3.14; this is {sys.version.split()[0]}. Run it with another python3.")
    python = environment()
    lock = "slim" if options.slim else "dev" if options.dev else "memp"
    if not install_locked(python, lock):
        return fail("The packages could not be installed; the lines above say why.")
    if not options.slim and not installed(python) and not install_torch(python):
        return fail(f"No CPU build of torch {TORCH} was found: install one into .venv, then run this again.")
    # Built by the hatchling of the lock file: pip would fetch one anew, and check no hash.
    if not pip(python, "--no-deps", "--no-build-isolation", "-e", str(ROOT / "slim" if options.slim else ROOT)):
        return fail("memp itself could not be installed; the lines above say why.")
    # pip compiles what it copies, not what it links to: where PYTHONDONTWRITEBYTECODE is set, each start would do it anew.
    run(python, "-m", "compileall", "-q", *(ROOT / part for part in ("memp", "server", "clients")))
    print(f"memp is installed: {python.parent / 'memp'}")
    return 0


def environment() -> Path:
    """The interpreter of .venv, made when missing."""
    folder = ROOT / ".venv"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        print("Making .venv", flush=True)
        venv.create(folder, with_pip=True)
    return python


def installed(python: Path) -> bool:
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"
    return subprocess.run([python, "-c", probe], check=False).returncode == 0


def install_torch(python: Path) -> bool:
    """Torch without CUDA where there is no use for it; whether it is there now."""
    if sys.platform != "linux" or shutil.which("nvidia-smi"):
        return pip(python, f"torch=={TORCH}")
    # A wheel that pip was told of (find-links, an extra index) first; else uv, which knows where the CPU builds are.
    return pip(python, f"torch=={TORCH}+cpu", quiet=True) or (
        pip(python, "uv")
        and run(
            python, "-m", "uv", "pip", "install", "--python", str(python), "--torch-backend", "cpu", f"torch=={TORCH}"
        )
    )


def install_locked(python: Path, lock: str) -> bool:
    """Exactly what a lock file says, which names the dependencies of dependencies too."""
    return pip(python, "--no-deps", "--require-hashes", "-r", str(ROOT / "requirements" / f"{lock}.txt"))


def pip(python: Path, *arguments: str, quiet: bool = False) -> bool:
    print(f"Installing {' '.join(arguments)}", flush=True)
    return run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments, quiet=quiet)


def run(*command: str | Path, quiet: bool = False) -> bool:
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL if quiet else None).returncode == 0


def fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
