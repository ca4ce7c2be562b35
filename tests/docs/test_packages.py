"""Published packages: the wheel, the sdist, the registry's server.json, and the .mcpb bundle."""

import email
import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from paths import ROOT

from memp.config import Settings
from memp_server.app import make_server
from memp_server.opening import LazyMemory

PACKAGES = {"memp": ROOT, "memp_server": ROOT / "server", "memp_clients": ROOT / "clients"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SLIM = tomllib.loads((ROOT / "slim" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REGISTERED = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
MANIFEST = json.loads((ROOT / "clients" / "mcpb" / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a fresh wheel and a fresh sdist."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    (found,) = built.glob("*.whl")
    return zipfile.ZipFile(found)


def metadata(wheel: zipfile.ZipFile, name: str) -> str:
    return wheel.read(f"memp-{PROJECT['version']}.dist-info/{name}").decode()


# The wheel


def test_the_wheel_holds_every_file_of_the_three_packages_and_nothing_else(wheel: zipfile.ZipFile):
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    wanted = {
        path.relative_to(folder).as_posix()
        for package, folder in PACKAGES.items()
        for path in (folder / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == wanted
    assert {name.split("/")[0] for name in names} == set(PACKAGES)
    # What is no Python: a list of files cannot say that a glob of it matches anything.
    assert {"memp/py.typed", "memp/embed/pairs.jsonl", "memp_clients/demo.json"} <= names


def test_the_wheel_has_the_command_the_licence_and_the_readme(wheel: zipfile.ZipFile):
    assert metadata(wheel, "entry_points.txt").split() == ["[console_scripts]", "memp", "=", "memp_clients.cli:main"]
    told = email.message_from_string(metadata(wheel, "METADATA"))
    assert (told["Name"], told["Version"], told["License-Expression"]) == ("memp", PROJECT["version"], "MIT")
    assert told["Requires-Python"] == "<3.15,>=3.11"
    assert "MIT License" in metadata(wheel, "licenses/LICENSE")


def test_the_sdist_builds_the_wheel_again_and_holds_no_caches(built: Path, wheel: zipfile.ZipFile, tmp_path: Path):
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        names = source.getnames()
        source.extractall(tmp_path, filter="data")
    assert not [name for name in names if re.search(r"__pycache__|\.venv|\.sqlite3|\.git/", name)]
    folder = tmp_path / f"memp-{PROJECT['version']}"
    assert {"README.md", "CHANGELOG.md", "LICENSE", "Makefile", "server.json", "tests", "docs", "bench", "scripts"} <= {
        path.name for path in folder.iterdir()
    }
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"], cwd=folder, check=True, capture_output=True
    )
    (again,) = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(again) as second:
        assert sorted(second.namelist()) == sorted(wheel.namelist())


# memp-slim


@pytest.fixture(scope="module")
def slim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a fresh wheel and a fresh sdist of memp-slim."""
    folder = tmp_path_factory.mktemp("slim")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT / "slim", check=True, capture_output=True)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """The files of the one wheel in a folder, but for its metadata."""
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}


def test_the_slim_wheel_holds_the_same_files_as_the_whole(built: Path, slim: Path):
    assert contents(slim) == contents(built)


def test_the_slim_sdist_builds_the_slim_wheel_again(slim: Path, tmp_path: Path):
    (archive,) = slim.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        source.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "again")]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    assert contents(tmp_path / "again") == contents(slim)


def test_an_editable_slim_points_to_the_sources(tmp_path: Path):
    script = f"import hatchling.build, os; os.chdir({str(ROOT / 'slim')!r}); hatchling.build.build_editable({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    files = contents(tmp_path)
    assert list(files) == ["_memp_slim.pth"]
    assert [Path(line) for line in files["_memp_slim.pth"].decode().splitlines()] == [
        ROOT,
        ROOT / "clients",
        ROOT / "server",
    ]


def test_slim_is_the_whole_without_what_is_large_and_not_needed_to_run():
    assert set(SLIM["dependencies"]) < set(PROJECT["dependencies"])
    left_out = {re.split(r"[<>=]", line)[0] for line in set(PROJECT["dependencies"]) - set(SLIM["dependencies"])}
    assert left_out == {"anthropic", "onnx", "onnxscript", "scipy", "sentence-transformers"}
    same = ["version", "requires-python", "license", "authors", "scripts", "classifiers"]
    assert {key: SLIM[key] for key in same} == {key: PROJECT[key] for key in same}
    assert SLIM["optional-dependencies"].items() <= PROJECT["optional-dependencies"].items()
    assert (ROOT / "slim" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_no_source_asks_for_the_version_of_a_package_that_slim_is_not():
    sources = [path for name, folder in PACKAGES.items() for path in (folder / name).rglob("*.py")]
    asking = [
        path.name for path in sources if re.search(r"""version\(["']memp["']\)""", path.read_text(encoding="utf-8"))
    ]
    assert asking == []


def test_the_whole_keeps_the_packages_that_the_project_promises():
    names = {re.split(r"[<>=]", line)[0] for line in PROJECT["dependencies"]}
    assert {"mcp", "sqlite-vec", "sentence-transformers", "anthropic", "pydantic"} <= names


# The MCP registry: the rules of its schema of 2025-12-11, and those it checks at publication


def test_the_registry_entry_names_this_version_of_this_package():
    (package,) = REGISTERED["packages"]
    assert (package["registryType"], package["identifier"]) == ("pypi", PROJECT["name"])
    assert {REGISTERED["version"], package["version"]} == {PROJECT["version"]}
    assert package["transport"] == {"type": "stdio"}
    assert [argument["value"] for argument in package["packageArguments"]] == ["serve"]


def test_the_registry_entry_keeps_to_the_lengths_and_forms_of_its_schema():
    assert REGISTERED["$schema"] == "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", REGISTERED["name"])
    assert 1 <= len(REGISTERED["description"]) <= 100
    assert 1 <= len(REGISTERED["title"]) <= 100


def test_what_is_published_carries_the_mark_by_which_the_registry_knows_its_owner(wheel: zipfile.ZipFile):
    # It must end at a space or a line's end.
    assert f"mcp-name: {REGISTERED['name']} " in metadata(wheel, "METADATA")


def settings_named(variables: list[str]) -> None:
    for name in variables:
        assert name.startswith("MEMP_")
        assert name.removeprefix("MEMP_").lower() in Settings.model_fields


def test_the_variables_that_are_offered_are_settings():
    settings_named([variable["name"] for variable in REGISTERED["packages"][0]["environmentVariables"]])
    settings_named([*MANIFEST["server"]["mcp_config"]["env"]])


# The bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("bundle")
    command = [sys.executable, str(ROOT / "scripts" / "mcpb.py"), "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    (found,) = folder.glob("*.mcpb")
    return zipfile.ZipFile(found)


def test_the_bundle_names_its_own_wheel_and_what_starts_it(bundle: zipfile.ZipFile, tmp_path: Path):
    project = tomllib.loads(bundle.read("pyproject.toml").decode())
    wheel = project["tool"]["uv"]["sources"]["memp-slim"]["path"]
    assert wheel in bundle.namelist()
    assert project["project"]["dependencies"] == ["memp-slim", *PROJECT["optional-dependencies"]["weights"]]
    assert project["project"]["requires-python"] == PROJECT["requires-python"]
    manifest = json.loads(bundle.read("manifest.json"))
    assert manifest["version"] == PROJECT["version"]
    assert manifest["server"]["entry_point"] in bundle.namelist()
    assert manifest["server"]["mcp_config"]["args"][-1] == manifest["server"]["entry_point"]


def test_what_a_person_leaves_empty_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch):
    offered, before = MANIFEST["user_config"], Settings()
    for name, value in MANIFEST["server"]["mcp_config"]["env"].items():
        option = offered[value.removeprefix("${user_config.").removesuffix("}")]
        # Without a default, hosts pass the placeholder itself.
        assert (option["default"], option["required"]) == ("", False)
        monkeypatch.setenv(name, option["default"])
    assert Settings() == before


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_bundle_names_the_tools_of_the_server(anyio_backend: Any):
    async with Client(make_server(LazyMemory())) as client:
        listed = (await client.list_tools()).tools
    assert [tool["name"] for tool in MANIFEST["tools"]] == [tool.name for tool in listed]


def test_the_bundle_starts_the_server(bundle: zipfile.ZipFile, tmp_path: Path):
    bundle.extractall(tmp_path)
    initialize = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }  # fmt: skip
    main = tmp_path / MANIFEST["server"]["entry_point"]
    done = subprocess.run(
        [sys.executable, str(main)], input=json.dumps(initialize) + "\n", capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["result"]["serverInfo"]["version"] == PROJECT["version"]
