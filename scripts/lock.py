"""Write requirements/*.txt: every package that is installed, at one version each, with the hashes of its files.

    make lock                     # or: python scripts/lock.py [--upgrade], with uv on the PATH

scripts/bootstrap.py installs from them, and so does CI. Run it after a change to the dependencies in a pyproject.toml, or with
--upgrade for newer versions; what need not change stays. tests/scripts/test_lock.py notices when it is due.

torch stands in none of them: which build of it fits depends on the machine (bootstrap.py). What it needs besides does.
"""

import argparse
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"

OLDEST = "3.11"
"""The Python that all versions must run on; where a newer one has newer versions, both stand there, with a condition."""

BUILD_NEEDS = ("editables",)
"""What hatchling asks for of a package that is installed as a link to its sources."""

TORCH_NEEDS = ("filelock", "fsspec", "jinja2", "networkx", "setuptools", "sympy", "typing-extensions")
"""What torch asks for, apart from CUDA."""

HEAD = """\
# Of {project}: written by `make lock`, not by hand. Each version with the hashes of all its files, for pip --require-hashes.
"""


class Lock:
    """One file of pins: the dependencies of a pyproject.toml with some of its extras, without what is `excluded`."""

    def __init__(
        self,
        name: str,
        project: str,
        extras: Sequence[str] = (),
        more: Sequence[str] = (),
        excluded: Sequence[str] = (),
    ) -> None:
        self.path = FOLDER / f"{name}.txt"
        self.project = project
        self.excluded = excluded
        self._extras, self._more = extras, more

    def asked(self) -> list[str]:
        """The requirements that it is the answer to."""
        tables: Mapping[str, Any] = tomllib.loads((ROOT / self.project).read_text(encoding="utf-8"))
        project = tables["project"]
        optional = [line for extra in self._extras for line in project["optional-dependencies"][extra]]
        # What builds an editable package is installed beside it: pip would fetch it anew, and check no hash.
        return [*tables["build-system"]["requires"], *BUILD_NEEDS, *project["dependencies"], *optional, *self._more]


WEIGHTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"][
    "weights"
]

LOCKS = (
    Lock("memp", "pyproject.toml", ["weights"], TORCH_NEEDS, ["torch"]),
    Lock("dev", "pyproject.toml", ["weights", "dev"], TORCH_NEEDS, ["torch"]),
    # The weights' package asks for sentence-transformers, which its files do not need.
    Lock("slim", "slim/pyproject.toml", [], WEIGHTS, ["torch", "sentence-transformers"]),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upgrade", action="store_true", help="take newer versions where there are")
    options = parser.parse_args()
    for lock in LOCKS:
        write(lock, upgrade=options.upgrade)
        print(f"{lock.path.relative_to(ROOT)} is written.")
    return 0


def write(lock: Lock, *, upgrade: bool) -> None:
    lock.path.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        asked, excluded = Path(folder) / "asked.in", Path(folder) / "excluded.txt"
        asked.write_text("\n".join(lock.asked()), encoding="utf-8")
        excluded.write_text("\n".join(lock.excluded), encoding="utf-8")
        command = [
            "uv",
            "pip",
            "compile",
            "--universal",
            "--python-version",
            OLDEST,
            "--generate-hashes",
            "--no-header",
        ]
        command += [
            "--no-annotate",
            "--quiet",
            "--excludes",
            str(excluded),
            "--output-file",
            str(lock.path),
            str(asked),
        ]
        subprocess.run([*command, *(["--upgrade"] if upgrade else [])], check=True, stdout=subprocess.DEVNULL)
    pins = lock.path.read_text(encoding="utf-8")
    lock.path.write_text(HEAD.format(project=lock.project) + pins, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
