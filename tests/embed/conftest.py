"""Fixtures of the embedders' tests: a tiny model, compiled and not, and the default model through torch."""

import shutil
from pathlib import Path

import pytest
from tiny_model import build_model

from memp.embed.load import compile_model
from memp.embed.sentence_transformer import SentenceTransformerEmbedder
from memp.embed.weights import DEFAULT_MODEL


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def tiny_stages() -> list[str]:
    """The stages of compiling the tiny model."""
    return []


@pytest.fixture(scope="session")
def tiny_cache(tiny: Path, tmp_path_factory: pytest.TempPathFactory, tiny_stages: list[str]) -> Path:
    cache = tmp_path_factory.mktemp("cache")
    compile_model(str(tiny), cache, tiny_stages.append)
    return cache


@pytest.fixture
def cache(tiny_cache: Path, tmp_path: Path) -> Path:
    """A copy of a cache that holds the tiny model compiled."""
    return shutil.copytree(tiny_cache, tmp_path / "cache")


@pytest.fixture(scope="session")
def original() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(DEFAULT_MODEL)


@pytest.fixture
def no_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Hugging Face cache and no network; returns the cache."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"
