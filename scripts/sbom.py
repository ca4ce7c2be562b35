"""Bills of materials: `make sbom`, or python scripts/sbom.py [--out FOLDER] [memp | slim].

Writes NAME-VERSION.cdx.json (CycloneDX, of what the lock file names, with hashes) and a wheel that holds it, in its folder
.dist-info/sboms as PEP 770 says.
"""

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

from bootstrap import TORCH
from hatchling.builders.wheel import WheelBuilder
from lock import LOCKS, ROOT, Lock


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where to write them")
    parser.add_argument("names", nargs="*", metavar="NAME", help="memp or slim; both by default")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for lock in LOCKS:
        if lock.path.stem in (options.names or ("memp", "slim")):
            written = bill(lock, options.out)
            print(f"{written}\n{wheel(lock, written)}")
    return 0


def bill(lock: Lock, folder: Path) -> Path:
    """The bill of materials of what a lock file names; and of torch, where it is left out."""
    manifest = ROOT / lock.project
    project = tomllib.loads(manifest.read_text(encoding="utf-8"))["project"]
    written = folder / f"{project['name']}-{project['version']}.cdx.json"
    listed = lock.path.read_text(encoding="utf-8")
    if "sentence-transformers==" in listed:
        listed += f"torch=={TORCH}\n"
    command = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "requirements",
        "--pyproject",
        str(manifest),
        "--output-reproducible",
    ]
    command += ["--output-format", "JSON", "--output-file", str(written), "-"]
    subprocess.run(command, input=listed, text=True, check=True, stderr=subprocess.DEVNULL)
    return written


def wheel(lock: Lock, written: Path) -> str:
    """A wheel that holds its bill of materials."""
    builder = WheelBuilder(str((ROOT / lock.project).parent))
    builder.target_config["sbom-files"] = [str(written.absolute())]
    (path,) = builder.build(directory=str(written.parent.absolute()), versions=["standard"])
    return path


if __name__ == "__main__":
    sys.exit(main())
